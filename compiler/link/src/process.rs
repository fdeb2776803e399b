//! Running the C compiler.

use crate::compiler::CCompiler;
use crate::error::LinkError;
use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// Runs the compiler in a folder. Warnings of a run that succeeds are nobody's business: the C is
/// ours, not the user's.
pub(crate) fn run(cc: &CCompiler, args: &[OsString], dir: &Path) -> Result<(), LinkError> {
    start(cc, args, dir).map(drop)
}

/// Runs the compiler in a folder and returns what it prints.
pub(crate) fn output(cc: &CCompiler, args: &[OsString], dir: &Path) -> Result<String, LinkError> {
    let output = start(cc, args, dir)?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// What a run of the compiler would start, as `-###` prints it.
pub(crate) fn plan(cc: &CCompiler, args: &[OsString], dir: &Path) -> Result<String, LinkError> {
    let mut args = args.to_vec();
    args.push("-###".into());
    let output = start(cc, &args, dir)?;
    Ok(String::from_utf8_lossy(&output.stderr).into_owned())
}

fn start(cc: &CCompiler, args: &[OsString], dir: &Path) -> Result<Output, LinkError> {
    let mut command = Command::new(&cc.program);
    command.args(&cc.args).args(args).current_dir(dir).stdin(Stdio::null());
    // Messages are searched for known causes, so they must not be translated.
    command.env("LC_ALL", "C");
    let output = command
        .output()
        .map_err(|source| LinkError::Start { command: describe(cc, args), source })?;
    if output.status.success() {
        return Ok(output);
    }
    Err(failure(describe(cc, args), &output))
}

fn failure(command: String, output: &Output) -> LinkError {
    let mut text = String::from_utf8_lossy(&output.stderr).into_owned();
    text.push_str(&String::from_utf8_lossy(&output.stdout));
    if text.contains("No space left on device") || text.contains("Disk quota exceeded") {
        return LinkError::NoSpace { command };
    }
    if let Some(signal) = killed_by(output) {
        return LinkError::Killed { command, signal };
    }
    LinkError::Failed { command, output: text }
}

/// The signal that ended the compiler, or that ended its child as it reports.
#[cfg(unix)]
fn killed_by(output: &Output) -> Option<i32> {
    use std::os::unix::process::ExitStatusExt;
    output.status.signal()
}

#[cfg(not(unix))]
fn killed_by(_output: &Output) -> Option<i32> {
    None
}

pub(crate) fn describe(cc: &CCompiler, args: &[OsString]) -> String {
    let words = [cc.program.as_os_str()].into_iter().chain(cc.args.iter().map(OsString::as_os_str));
    shell_words(words.chain(args.iter().map(OsString::as_os_str)))
}

/// Words as typed in a shell: quoted where necessary.
#[must_use]
pub fn shell_words<'w>(words: impl IntoIterator<Item = &'w OsStr>) -> String {
    let quoted: Vec<String> = words.into_iter().map(quote).collect();
    quoted.join(" ")
}

fn quote(word: &OsStr) -> String {
    let word = word.to_string_lossy();
    let plain = |c: char| c.is_alphanumeric() || "-_=./,:+%@".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.into_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_for_a_shell() {
        let words = ["cc", "-DX=1", "a b.c", "it's", ""].map(OsStr::new);
        assert_eq!(shell_words(words), r"cc -DX=1 'a b.c' 'it'\''s' ''");
    }

    #[cfg(unix)]
    #[test]
    fn causes_are_told_apart() {
        let sh = |script: &str| {
            let cc = CCompiler {
                program: "/bin/sh".into(),
                args: vec!["-c".into(), script.into()],
                origin: "--cc",
            };
            run(&cc, &[], Path::new("/")).expect_err("the script fails")
        };
        assert!(sh("echo 'x.c:1: error: bad' >&2; exit 1").is_internal());
        let full = sh("echo 'fatal error: x.o: No space left on device' >&2; exit 1");
        assert!(matches!(full, LinkError::NoSpace { .. }), "{full}");
        let killed = sh("kill -9 $$");
        assert!(matches!(killed, LinkError::Killed { signal: 9, .. }), "{killed}");
    }
}
