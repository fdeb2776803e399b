//! Every program of `tests/programs` in every execution mode.
//!
//! `tests/programs/README.md` says what a program's folder holds. A test is one program in one
//! mode, so a report shows which mode differs.

use crate::common::{finish, spy};
use crate::modes::Mode;
use libtest_mimic::{Failed, Trial};
use std::fs;
use std::path::{Path, PathBuf};

/// A test for each program and mode.
pub(crate) fn trials(folder: &Path) -> Vec<Trial> {
    let mut programs: Vec<PathBuf> = fs::read_dir(folder)
        .expect("tests/programs can be read")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.join("main.spy").is_file())
        .collect();
    programs.sort();
    assert!(!programs.is_empty(), "there are programs in {}", folder.display());
    programs.iter().flat_map(|path| Mode::ALL.map(|mode| trial(path.clone(), mode))).collect()
}

fn trial(folder: PathBuf, mode: Mode) -> Trial {
    let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
    Trial::test(format!("programs::{name}::{}", mode.name()), move || check(&folder, mode))
}

/// What a program's folder asks for.
struct Expected {
    args: Vec<String>,
    stdin: Vec<u8>,
    stdout: String,
    stderr: Option<String>,
    status: i32,
}

impl Expected {
    /// Reads the folder; `{tmp}` in arguments becomes `temp`.
    fn read(folder: &Path, temp: &Path) -> Result<Self, Failed> {
        let optional = |name: &str| match fs::read_to_string(folder.join(name)) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(format!("cannot read {name}: {error}")),
        };
        let temp = temp.to_string_lossy();
        let args = optional("args")?.unwrap_or_default();
        let stdout = optional("expected.txt")?.ok_or("there is no expected.txt")?;
        let status = match optional("status")? {
            Some(text) => text.trim().parse().map_err(|_| "status is not a number")?,
            None => 0,
        };
        Ok(Self {
            args: args.lines().map(|line| line.replace("{tmp}", &temp)).collect(),
            stdin: optional("stdin")?.unwrap_or_default().into_bytes(),
            stdout,
            stderr: optional("stderr")?.map(|text| text.trim_end().to_owned()),
            status,
        })
    }
}

fn check(folder: &Path, mode: Mode) -> Result<(), Failed> {
    let temp = tempfile::tempdir()?;
    let expected = Expected::read(folder, temp.path())?;
    let mut command = spy(folder);
    command.args(mode.command());
    command.arg("--build-dir").arg(temp.path().join("build"));
    command.arg("main.spy").args(&expected.args);
    let outcome = finish(&mut command, &expected.stdin);
    if let Some(difference) = first_difference(&expected.stdout, &outcome.stdout) {
        return Err(format!("standard output differs: {difference}\n{outcome:?}").into());
    }
    if outcome.status != expected.status {
        return Err(format!("status {} was expected\n{outcome:?}", expected.status).into());
    }
    match &expected.stderr {
        Some(text) if !outcome.stderr.contains(text) => {
            Err(format!("{text:?} was expected on standard error\n{outcome:?}").into())
        }
        _ => Ok(()),
    }
}

/// The first line that is not as expected.
fn first_difference(expected: &str, found: &str) -> Option<String> {
    if expected == found {
        return None;
    }
    let mut number = 0;
    let (mut expected, mut found) = (expected.split('\n'), found.split('\n'));
    loop {
        number += 1;
        let (want, have) = (expected.next(), found.next());
        if want != have {
            return Some(format!("line {number}: expected {want:?}, found {have:?}"));
        }
    }
}
