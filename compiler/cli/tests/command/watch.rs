//! `spy build --watch`: a build for each change, and what editors and people see of it.

use crate::common::spy;
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::thread;
use std::time::Duration;
use tempfile::TempDir;

/// What takes longer than this never comes.
const PATIENCE: Duration = Duration::from_secs(60);

/// A process that watches.
struct Watch {
    dir: TempDir,
    child: Child,
    lines: [Receiver<String>; 2],
}

fn lines(pipe: impl Read + Send + 'static) -> Receiver<String> {
    // A program that prints without end has to wait for its reader.
    let (sender, receiver) = sync_channel(100);
    thread::spawn(move || {
        for line in BufReader::new(pipe).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    receiver
}

impl Watch {
    fn start(text: &str, options: &[&str]) -> Self {
        let dir = tempfile::tempdir().expect("a temporary folder");
        fs::write(dir.path().join("main.spy"), text).expect("write");
        let mut command = spy(dir.path());
        command.args(["build", "--watch", "--message-format", "short"]).args(options);
        command.arg("main.spy").env("SPY_CACHE", dir.path().join("cache"));
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("spy can be started");
        let output = lines(child.stdout.take().expect("a pipe"));
        let errors = lines(child.stderr.take().expect("a pipe"));
        Self { dir, child, lines: [output, errors] }
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.dir.path().join(name), text).expect("write");
    }

    /// The next line of standard output.
    #[track_caller]
    fn output(&self) -> String {
        self.lines[0].recv_timeout(PATIENCE).expect("a line of output")
    }

    /// Waits for a line of standard output.
    #[track_caller]
    fn until(&self, line: &str) {
        while self.output() != line {}
    }

    /// The next line of standard error.
    #[track_caller]
    fn error(&self) -> String {
        self.lines[1].recv_timeout(PATIENCE).expect("a line of errors")
    }

    /// The lines between the beginning of the next build and its end, and how it ended.
    #[track_caller]
    fn build(&self) -> (Vec<String>, String) {
        while self.error() != "[spy] building main.spy" {}
        let mut between = Vec::new();
        loop {
            let line = self.error();
            if let Some(end) = line.strip_prefix("[spy] done: ") {
                return (between, end.to_owned());
            }
            between.push(line);
        }
    }

    fn program(&self) -> String {
        let output = Command::new(self.dir.path().join("build/main")).output().expect("it runs");
        String::from_utf8(output.stdout).expect("UTF-8")
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

const GOOD: &str = "from other import f\n\ndef main() -> None:\n    print(f())\n";

#[test]
fn each_change_is_built() {
    let watch = Watch::start("def main() -> None:\n    print(1)\n", &[]);
    assert_eq!(watch.build(), (vec![], "0 error(s), 0 warning(s)".to_owned()));
    assert_eq!(watch.output(), "[debug] build/main ");
    assert_eq!(watch.program(), "1\n");
    watch.write(
        "main.spy",
        "def main() -> None:\n    print(x)\n    \n\n\
        def f() -> i32:\n    return \"2\"\n",
    );
    let (said, end) = watch.build();
    assert_eq!(end, "2 error(s), 0 warning(s)");
    assert!(said[0].starts_with("main.spy:2:11: error: NameError:"), "{said:?}");
    // A module that is not there yet.
    watch.write("main.spy", GOOD);
    assert_eq!(watch.build().1, "1 error(s), 0 warning(s)");
    watch.write("other.spy", "def f() -> i32:\n    return 2\n");
    assert_eq!(watch.build().1, "0 error(s), 0 warning(s)");
    assert_eq!(watch.program(), "2\n");
    watch.write("other.spy", "def f() -> i32:\n    return 3\n");
    assert_eq!(watch.build().1, "0 error(s), 0 warning(s)");
    assert_eq!(watch.program(), "3\n");
}

#[test]
fn a_module_in_a_folder_is_watched() {
    let watch = Watch::start(&GOOD.replace("other", "inner.deep"), &[]);
    assert_eq!(watch.build().1, "1 error(s), 0 warning(s)");
    fs::create_dir(watch.dir.path().join("inner")).expect("create");
    watch.write("inner/deep.spy", "def f() -> i32:\n    return 4\n");
    watch.write("main.spy", &GOOD.replace("other", "inner.deep").replace("f())", "f() + 1)"));
    assert_eq!(watch.build().1, "0 error(s), 0 warning(s)");
    assert_eq!(watch.program(), "5\n");
    watch.write("inner/deep.spy", "def f() -> i32:\n    return 5\n");
    assert_eq!(watch.build().1, "0 error(s), 0 warning(s)");
    assert_eq!(watch.program(), "6\n");
}

#[cfg(unix)]
#[test]
fn programs_take_turns_and_end_with_the_watcher() {
    let forever =
        |what: &str| format!("def main() -> None:\n    while True:\n        print(\"{what}\")\n");
    let mut watch = Watch::start(&forever("one"), &["-q", "-x"]);
    watch.until("one");
    watch.write("main.spy", &forever("two"));
    watch.until("two");
    // The one before may have been ended within a line.
    watch.write("main.spy", "def main() -> None:\n    print(\"\")\n    print(\"three\")\n");
    watch.until("three");
    while watch.error() != "[spy] program ended: exit status: 0" {}
    watch.write("main.spy", &forever("four"));
    watch.until("four");
    let pid = watch.child.id().to_string();
    assert!(Command::new("kill").args(["-INT", &pid]).status().expect("kill").success());
    assert_eq!(watch.child.wait().expect("it ends").code(), Some(130));
    // Whoever still ran would hold the pipe open.
    while watch.lines[0].recv_timeout(PATIENCE).is_ok() {}
    assert_eq!(watch.lines[0].recv_timeout(PATIENCE), Err(RecvTimeoutError::Disconnected));
}

#[test]
fn it_goes_with_executables_only() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let outcome = crate::common::run(dir.path(), &["build", "--watch", "--emit", "c", "a.spy"]);
    assert!(outcome.status == 2 && outcome.stderr.contains("--watch"), "{outcome:?}");
}
