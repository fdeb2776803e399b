//! What is the compiler's, and what is the program's.
//!
//! `spy FILE` means `spy run FILE`. For `run`, and for `build` and `redshift` with `-x` before FILE,
//! everything after FILE goes to the program as it is, dashes or not. clap cannot say that, so the
//! arguments are cut here, by the option table that clap has.

use clap::Command;
use std::ffi::{OsStr, OsString};

/// The arguments of a command line in two parts.
#[derive(PartialEq, Eq, Debug)]
pub(crate) struct Split {
    /// For clap.
    pub argv: Vec<OsString>,
    /// For the program, if they were cut off; they follow FILE.
    pub program_args: Option<Vec<OsString>>,
}

/// Cuts a command line; `argv[0]` is the compiler.
pub(crate) fn split(mut argv: Vec<OsString>, cli: &Command) -> Split {
    let keep = |argv| Split { argv, program_args: None };
    let run = cli.find_subcommand("run").unwrap_or(cli);
    // Options that stand before the command may be global ones, or those of an implied `run`.
    let Some(first) = first_positional(&argv, 1, &[cli, run]) else {
        return keep(argv);
    };
    let name = argv[first].to_string_lossy().into_owned();
    let command = match cli.find_subcommand(&name) {
        Some(command) => command,
        // The built-in one, which clap adds while it parses.
        None if name == "help" => return keep(argv),
        None if is_file(&argv[first]) => {
            argv.insert(1, "run".into());
            return cut(argv, first + 1);
        }
        None => return keep(argv),
    };
    let Some(file) = first_positional(&argv, first + 1, &[cli, command]) else {
        return keep(argv);
    };
    let verbatim = match command.get_name() {
        "run" => true,
        "build" | "redshift" => argv[first + 1..file].iter().any(|arg| means_execute(arg)),
        _ => false,
    };
    if verbatim { cut(argv, file) } else { keep(argv) }
}

/// Whether an option is `-x`, alone or among other letters that take no value.
fn means_execute(option: &OsStr) -> bool {
    let text = option.to_string_lossy();
    let letters = text.strip_prefix('-').unwrap_or_default();
    text == "--execute" || letters.contains('x') && letters.chars().all(|c| "gqvwx".contains(c))
}

/// Cuts after the argument `file`.
fn cut(mut argv: Vec<OsString>, file: usize) -> Split {
    let rest = argv.split_off(file + 1);
    Split { argv, program_args: Some(rest) }
}

/// Whether a word that is no command is meant as a file.
fn is_file(word: &OsStr) -> bool {
    let text = word.to_string_lossy();
    text.ends_with(".spy") || text.ends_with(".py") || std::path::Path::new(word).exists()
}

/// Index of the first argument from `start` that is neither an option nor an option's value.
fn first_positional(argv: &[OsString], start: usize, commands: &[&Command]) -> Option<usize> {
    let mut index = start;
    while let Some(arg) = argv.get(index) {
        let text = arg.to_string_lossy();
        if text == "--" {
            return (index + 1 < argv.len()).then_some(index + 1);
        }
        if !text.starts_with('-') || text == "-" {
            return Some(index);
        }
        index += if takes_next(&text, commands) { 2 } else { 1 };
    }
    None
}

/// Whether the next argument is the value of this one.
fn takes_next(option: &str, commands: &[&Command]) -> bool {
    let args = || commands.iter().flat_map(|command| command.get_arguments());
    if let Some(long) = option.strip_prefix("--") {
        return args().any(|arg| {
            arg.get_long() == Some(long)
                && arg.get_action().takes_values()
                && !arg.is_require_equals_set()
        });
    }
    // A cluster: `-qO2`. The first one that takes a value takes the rest, or the next argument.
    for (at, letter) in option.char_indices().skip(1) {
        let found = args().find(|arg| arg.get_short() == Some(letter));
        if found.is_some_and(|arg| arg.get_action().takes_values()) {
            return at + letter.len_utf8() == option.len();
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    fn check(line: &str, argv: &str, rest: Option<&str>) {
        let words = |line: &str| line.split_whitespace().map(OsString::from).collect::<Vec<_>>();
        let split = split(words(line), &crate::args::Cli::command());
        assert_eq!(split.argv, words(argv), "{line}");
        assert_eq!(split.program_args, rest.map(words), "{line}");
    }

    #[test]
    fn a_file_alone_means_run() {
        check("spy a.spy x -y", "spy run a.spy", Some("x -y"));
        check("spy --release -O 2 a.spy -O", "spy run --release -O 2 a.spy", Some("-O"));
        check("spy --color never -O2 a.spy", "spy run --color never -O2 a.spy", Some(""));
        check("spy --timings a.spy b", "spy run --timings a.spy", Some("b"));
        check("spy -- a.spy b", "spy run -- a.spy", Some("b"));
    }

    #[test]
    fn commands_are_commands() {
        check("spy build a.spy -x", "spy build a.spy -x", None);
        check("spy --color never build a.spy", "spy --color never build a.spy", None);
        check("spy frobnicate", "spy frobnicate", None);
        check("spy --help", "spy --help", None);
        check("spy", "spy", None);
    }

    #[test]
    fn what_follows_the_file_is_the_programs() {
        check("spy run -q a.spy --quiet -- z", "spy run -q a.spy", Some("--quiet -- z"));
        check("spy execute a.spy --help", "spy execute a.spy", Some("--help"));
        check("spy rs -x a.spy b --timeit", "spy rs -x a.spy", Some("b --timeit"));
        check(
            "spy build -gx -t native a.spy 1 --timeit",
            "spy build -gx -t native a.spy",
            Some("1 --timeit"),
        );
        check("spy build a.spy -x --release 1", "spy build a.spy -x --release 1", None);
        check("spy redshift a.spy --full-fqn", "spy redshift a.spy --full-fqn", None);
    }
}
