//! Input and surroundings that are wrong: a clear message and the right status, never a panic, a
//! hang or a half-written file.

use crate::common::{Outcome, finish, run, spy};
use std::fs;
use std::path::Path;
use tempfile::TempDir;

const HELLO: &str = "def main() -> None:\n    print(\"hello\")\n";

fn project(files: &[(&str, &[u8])]) -> TempDir {
    let dir = tempfile::tempdir().expect("a temporary folder");
    for (name, text) in files {
        fs::write(dir.path().join(name), text).expect("write");
    }
    dir
}

/// Ends with this status and says all of this on standard error, and nothing on standard output.
#[track_caller]
fn refused(outcome: &Outcome, status: i32, says: &[&str]) {
    assert_eq!((outcome.status, outcome.stdout.as_str()), (status, ""), "{outcome:?}");
    for text in says {
        assert!(outcome.stderr.contains(text), "{text:?} was expected\n{outcome:?}");
    }
    assert!(!outcome.stderr.contains("panicked"), "{outcome:?}");
}

/// Builds and runs the file `a.spy` with this text.
#[track_caller]
fn runs(text: &[u8], stdout: &str) {
    let dir = project(&[("a.spy", text)]);
    let outcome = run(dir.path(), &["a.spy"]);
    assert_eq!((outcome.status, outcome.stdout.as_str()), (0, stdout), "{outcome:?}");
}

/// Refuses the file `a.spy` with this text, in every command that runs its import time.
#[track_caller]
fn refuses(text: &[u8], says: &[&str]) {
    let dir = project(&[("a.spy", text)]);
    for command in ["check", "build", "redshift"] {
        refused(&run(dir.path(), &[command, "a.spy"]), 1, says);
    }
}

/// Says why a test cannot do its work on this machine.
#[expect(clippy::print_stderr, reason = "for whoever reads the test's output")]
fn skipped(reason: &str) {
    eprintln!("skipped: {reason}");
}

#[test]
fn a_file_that_is_missing() {
    let dir = project(&[]);
    for command in ["build", "run", "check", "redshift", "parse", "symtable", "imports"] {
        let outcome = run(dir.path(), &[command, "gone.spy"]);
        refused(&outcome, 1, &["ImportError: module `gone` does not exist"]);
    }
}

#[test]
fn a_folder() {
    let dir = project(&[]);
    fs::create_dir(dir.path().join("d.spy")).expect("create");
    for command in ["build", "parse"] {
        let outcome = run(dir.path(), &[command, "d.spy"]);
        refused(&outcome, 1, &["`d.spy` is a directory, not a SPy file"]);
    }
}

#[test]
fn a_python_file() {
    let dir = project(&[("a.py", b"print(1)\n")]);
    for args in [&["a.py"][..], &["build", "a.py"], &["parse", "a.py"]] {
        let outcome = run(dir.path(), args);
        refused(&outcome, 1, &["Error: a.py is a .py file, not a .spy file.\n"]);
    }
}

#[test]
fn bytes_that_are_no_text() {
    refuses(b"x = 1\ny = '\xff'\n", &["`a.spy` is not UTF-8", "0xff at byte offset 11"]);
}

#[test]
fn an_imported_file_that_is_no_text() {
    let dir = project(&[("a.spy", b"import b\n"), ("b.spy", b"\xfe\xff")]);
    refused(&run(dir.path(), &["check", "a.spy"]), 1, &["`b.spy` is not UTF-8"]);
}

#[test]
fn an_empty_file_is_a_module_without_main() {
    let dir = project(&[("a.spy", b"")]);
    assert_eq!(run(dir.path(), &["check", "a.spy"]).status, 0);
    refused(&run(dir.path(), &["build", "a.spy"]), 1, &["main"]);
}

#[test]
fn a_byte_order_mark_and_other_line_ends() {
    runs(&[b"\xef\xbb\xbf", HELLO.as_bytes()].concat(), "hello\n");
    runs(HELLO.replace('\n', "\r\n").as_bytes(), "hello\n");
    runs(HELLO.replace('\n', "\r").as_bytes(), "hello\n");
    runs(HELLO.trim_end().as_bytes(), "hello\n");
}

#[test]
fn tabs_mixed_with_spaces() {
    refuses(b"def main() -> None:\n        x = 1\n\ty = 2\n", &["inconsistent use of tabs"]);
}

#[test]
fn a_zero_byte() {
    refuses(b"x = 1\0\n", &["ParseError"]);
}

#[test]
fn a_very_long_line() {
    let mut text = b"def main() -> None:\n    pass\n# ".to_vec();
    text.resize(50 << 20, b'x');
    let dir = project(&[("a.spy", &text)]);
    let outcome = run(dir.path(), &["check", "a.spy"]);
    assert_eq!(outcome.status, 0, "{}", &outcome.stderr[..outcome.stderr.len().min(500)]);
    // The line is the one that is wrong: the message must not repeat all of it many times.
    text.truncate(text.len() - 1);
    text.splice(0..28, *b"x = = 1 # ");
    fs::write(dir.path().join("a.spy"), &text).expect("write");
    let outcome = run(dir.path(), &["check", "--message-format", "short", "a.spy"]);
    assert_eq!(outcome.status, 1);
    assert!(outcome.stderr.contains("invalid syntax") && outcome.stderr.len() < 1000);
}

#[test]
fn loops_of_comprehensions_inside_of_each_other() {
    let program = |count: usize| {
        let clauses: String = (0..count).map(|number| format!(" for a{number} in [0]")).collect();
        format!("def main() -> None:\n    print(len([1{clauses}]))\n")
    };
    let dir = project(&[("a.spy", program(200).as_bytes())]);
    for mode in ["--interp", "--backend=cranelift", "--release"] {
        let outcome = run(dir.path(), &["run", mode, "a.spy"]);
        assert_eq!((outcome.status, outcome.stdout.as_str()), (0, "1\n"), "{mode} {outcome:?}");
    }
    fs::write(dir.path().join("a.spy"), program(201)).expect("write");
    refused(&run(dir.path(), &["run", "a.spy"]), 1, &["expression is too deeply nested"]);
}

#[test]
fn import_cycles() {
    let dir = project(&[("a.spy", b"import b\n"), ("b.spy", b"import a\n")]);
    let outcome = run(dir.path(), &["check", "a.spy"]);
    assert_eq!(outcome.status, 0, "neither needs the other to start: {}", outcome.stderr);
    let dir = project(&[
        ("a.spy", b"from b import y\nx = y + 1\n"),
        ("b.spy", b"from a import x\ny = x + 1\n"),
    ]);
    refused(&run(dir.path(), &["check", "a.spy"]), 1, &["cannot import", "circular import"]);
}

#[test]
fn modules_that_cannot_be_imported() {
    let dir = project(&[("a.spy", b"import gone\nimport b\n"), ("b.py", b"")]);
    let outcome = run(dir.path(), &["check", "a.spy"]);
    let says = ["module `gone` does not exist", "file `b.py` exists, but py files cannot"];
    refused(&outcome, 1, &says);
}

#[test]
fn a_file_named_like_a_library_module() {
    let dir = project(&[("math.spy", HELLO.as_bytes())]);
    refused(&run(dir.path(), &["math.spy"]), 1, &["the name of the library module `math`"]);
}

#[test]
fn main_that_is_missing_or_wrong() {
    let dir = project(&[("a.spy", b"def f() -> None:\n    pass\n")]);
    for args in [&["build"][..], &["run"], &["run", "--interp"], &["run", "--redshifted"]] {
        refused(&run(dir.path(), &[args, &["a.spy"]].concat()), 1, &["main"]);
    }
    for text in [
        "def main(x: i32) -> None:\n    pass\n",
        "def main() -> str:\n    return \"\"\n",
        "def main(a: list[str], b: i32) -> None:\n    pass\n",
    ] {
        let dir = project(&[("a.spy", text.as_bytes())]);
        for command in ["build", "check", "redshift"] {
            let outcome = run(dir.path(), &[command, "a.spy"]);
            refused(&outcome, 1, &["TypeError: `main` has the wrong signature"]);
        }
    }
}

#[test]
fn endless_evaluation_at_compile_time() {
    let text =
        b"@blue\ndef f() -> i32:\n    while True:\n        pass\n    return 1\nx: i32 = f()\n";
    let dir = project(&[("a.spy", text)]);
    let outcome = run(dir.path(), &["check", "--blue-fuel", "10000", "a.spy"]);
    assert_eq!(outcome.status, 1, "{outcome:?}");
}

#[test]
fn recursion_without_end() {
    let body = "def f(x: i32) -> i32:\n    return f(x + 1) + 1\n\
                def main() -> None:\n    print(f(0))\n";
    let dir =
        project(&[("a.spy", body.as_bytes()), ("b.spy", format!("@blue\n{body}").as_bytes())]);
    refused(&run(dir.path(), &["run", "a.spy"]), 1, &["stack overflow"]);
    refused(&run(dir.path(), &["check", "b.spy"]), 1, &["calls are nested more than"]);
}

#[test]
fn no_c_compiler() {
    let dir = project(&[("a.spy", HELLO.as_bytes())]);
    let mut command = spy(dir.path());
    command.args(["build", "a.spy"]).env("PATH", dir.path());
    let outcome = finish(&mut command, &[]);
    refused(&outcome, 2, &["no C compiler found", "cc, gcc, clang", "help: install one"]);
    // Nothing else needs one.
    for mode in [&["run"][..], &["run", "--interp"]] {
        let mut command = spy(dir.path());
        command.args(mode).arg("a.spy").env("PATH", dir.path());
        assert_eq!(finish(&mut command, &[]).stdout, "hello\n", "{mode:?}");
    }
    let outcome = run(dir.path(), &["build", "--cc", "no-such-cc", "a.spy"]);
    refused(&outcome, 2, &["`no-such-cc` (from `--cc`) was not found"]);
}

#[cfg(unix)]
#[test]
fn a_c_compiler_that_does_not_work() {
    let dir = project(&[("a.spy", HELLO.as_bytes())]);
    let outcome = run(dir.path(), &["build", "--cc", "false", "a.spy"]);
    refused(&outcome, 2, &["the C compiler does not work"]);
    assert!(!dir.path().join("build/a").exists());
}

#[cfg(unix)]
#[test]
fn generated_code_that_is_refused_is_our_bug() {
    let script =
        "#!/bin/sh\ncase \"$*\" in *src/*) echo 'bad code' >&2; exit 1;; esac\nexec cc \"$@\"\n";
    let dir = project(&[("a.spy", HELLO.as_bytes()), ("picky", script.as_bytes())]);
    make_executable(&dir.path().join("picky"));
    let outcome = run(dir.path(), &["build", "--backend", "c", "--cc", "./picky", "a.spy"]);
    refused(&outcome, 101, &["internal error", "bad code", "bug in the compiler", "picky"]);
    assert!(!dir.path().join("build/a").exists());
    assert_eq!(run(dir.path(), &["build", "a.spy"]).status, 0);
}

#[test]
fn cranelift_makes_executables_for_this_machine() {
    let dir = project(&[("a.spy", HELLO.as_bytes())]);
    let outcome =
        run(dir.path(), &["build", "--backend", "cranelift", "--target", "wasi", "a.spy"]);
    refused(
        &outcome,
        2,
        &[
            "`--backend cranelift` makes executables",
            "for this machine only",
            "leave `--backend` out",
        ],
    );
}

#[cfg(unix)]
fn make_executable(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("chmod");
}

#[test]
fn a_build_folder_that_cannot_be_made() {
    let dir = project(&[("a.spy", HELLO.as_bytes()), ("build", b"a file")]);
    let outcome = run(dir.path(), &["build", "a.spy"]);
    refused(&outcome, 2, &["cannot create the folder", "build"]);
}

#[cfg(target_os = "linux")]
mod mounts {
    use super::*;
    use std::process::Command;

    /// A file system in memory, unmounted when dropped.
    struct Tmpfs<'d>(&'d Path);

    impl<'d> Tmpfs<'d> {
        /// `None`, with the reason printed, where this is not allowed.
        fn mount(dir: &'d Path, options: &str) -> Option<Self> {
            fs::create_dir_all(dir).expect("create");
            let output = Command::new("mount")
                .args(["-t", "tmpfs", "-o", options, "none"])
                .arg(dir)
                .output();
            match output {
                Ok(output) if output.status.success() => Some(Self(dir)),
                Ok(output) => {
                    let reason = String::from_utf8_lossy(&output.stderr);
                    skipped(&format!("cannot mount: {}", reason.trim()));
                    None
                }
                Err(error) => {
                    skipped(&format!("cannot mount: {error}"));
                    None
                }
            }
        }
    }

    impl Drop for Tmpfs<'_> {
        fn drop(&mut self) {
            let _ = Command::new("umount").arg(self.0).status();
        }
    }

    #[test]
    fn a_full_disk() {
        let dir = project(&[("a.spy", HELLO.as_bytes())]);
        let small = dir.path().join("small");
        for size in ["4k", "16k", "64k", "128k", "512k"] {
            let Some(_mounted) = Tmpfs::mount(&small, &format!("size={size}")) else { return };
            let mut command = spy(dir.path());
            command.args(["build", "-b", "small/build", "a.spy"]);
            let outcome = finish(command.env("XDG_CACHE_HOME", &small), &[]);
            if outcome.status != 0 {
                refused(&outcome, 2, &["no space left on the disk"]);
                assert!(!small.join("build/a").exists(), "{size}: {outcome:?}");
            }
        }
        assert_eq!(run(dir.path(), &["build", "-b", "small/build", "a.spy"]).status, 0);
    }

    #[test]
    fn a_full_cache() {
        let dir = project(&[("a.spy", HELLO.as_bytes())]);
        let small = dir.path().join("small");
        for size in ["4k", "64k", "256k", "1m"] {
            let Some(_mounted) = Tmpfs::mount(&small, &format!("size={size}")) else { return };
            let _ = fs::remove_dir_all(dir.path().join("build"));
            for _ in 0..2 {
                let mut command = spy(dir.path());
                let outcome =
                    finish(command.args(["build", "-x", "a.spy"]).env("SPY_CACHE", &small), &[]);
                assert_eq!(
                    (outcome.status, outcome.stderr.as_str()),
                    (0, ""),
                    "{size} {outcome:?}"
                );
                assert!(outcome.stdout.ends_with("hello\n"), "{outcome:?}");
            }
        }
    }

    #[test]
    fn a_read_only_file_system() {
        let dir = project(&[("a.spy", HELLO.as_bytes())]);
        let fixed = dir.path().join("build");
        let Some(_mounted) = Tmpfs::mount(&fixed, "ro") else { return };
        let outcome = run(dir.path(), &["build", "a.spy"]);
        refused(&outcome, 2, &["the file system is read-only", "help: `--build-dir DIR`"]);
    }
}

#[cfg(unix)]
#[test]
fn a_folder_without_permission() {
    use std::os::unix::fs::PermissionsExt;
    let dir = project(&[("a.spy", HELLO.as_bytes())]);
    fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o555)).expect("chmod");
    let ignored = fs::write(dir.path().join("probe"), "").is_ok();
    if ignored {
        skipped("this user may write everywhere");
    } else {
        let outcome = run(dir.path(), &["build", "a.spy"]);
        refused(&outcome, 2, &["permission denied", "help: `--build-dir DIR`"]);
    }
    fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o755)).expect("chmod");
}

#[cfg(unix)]
#[test]
fn an_interrupted_build_leaves_nothing_broken() {
    use std::os::unix::process::{CommandExt, ExitStatusExt};
    use std::process::{Command, Stdio};
    let script = "#!/bin/sh\ntouch started\nsleep 60\n";
    let dir = project(&[("a.spy", HELLO.as_bytes()), ("slow", script.as_bytes())]);
    make_executable(&dir.path().join("slow"));
    let slow = dir.path().join("slow");
    let mut child = spy(dir.path())
        .args(["build", "a.spy", "--cc"])
        .arg(&slow)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()
        .expect("starts");
    // The compiler runs in the build folder.
    let started = dir.path().join("build/started");
    while !started.exists() {
        assert!(child.try_wait().expect("waits").is_none(), "the build ended by itself");
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    let group = format!("-{}", child.id());
    Command::new("kill").args(["-INT", "--", &group]).status().expect("kill runs");
    let status = child.wait().expect("ends");
    assert_eq!(status.signal(), Some(2), "{status:?}");
    assert!(!dir.path().join("build/a").exists());
    let outcome = run(dir.path(), &["a.spy"]);
    assert_eq!((outcome.status, outcome.stdout.as_str()), (0, "hello\n"), "{outcome:?}");
}
