//! Checks on the text of single files.

use crate::Complaint;
use std::collections::BTreeMap;

/// Most lines of a source file.
pub const MOST_LINES: usize = 1_000;

/// Lines above which a file is listed, with the reason, in `large-files.txt`.
pub const MANY_LINES: usize = 600;

/// Words that stand for work left to do. Put together here, so that this file holds none of them.
fn marks() -> [String; 6] {
    [
        ["FIX", "ME"].concat(),
        ["X", "XX"].concat(),
        ["HA", "CK"].concat(),
        ["TO", "DO"].concat(),
        ["todo", "!"].concat(),
        ["unimplemented", "!"].concat(),
    ]
}

/// Beginnings of paths that exist on one machine only.
fn machine_paths() -> [String; 3] {
    ["home", "root", "tmp"].map(|folder| format!("/{folder}/"))
}

/// Lines (1-based) with words that stand for work left to do.
#[must_use]
pub fn find_marks(path: &str, text: &str) -> Vec<Complaint> {
    let marks = marks();
    find(path, text, |line| marks.iter().find(|mark| has_word(line, mark)).cloned())
}

/// Lines (1-based) with paths of one machine.
#[must_use]
pub fn find_machine_paths(path: &str, text: &str) -> Vec<Complaint> {
    let paths = machine_paths();
    find(path, text, |line| paths.iter().find(|part| begins_path(line, part)).cloned())
}

fn find(path: &str, text: &str, check: impl Fn(&str) -> Option<String>) -> Vec<Complaint> {
    let found = text.lines().enumerate().filter_map(|(index, line)| {
        check(line).map(|what| format!("{path}:{}: {what}", index + 1))
    });
    found.collect()
}

/// Whether `word` occurs with no letter, digit or underscore around it.
fn has_word(line: &str, word: &str) -> bool {
    let joins = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(word).any(|(start, _)| {
        let before = line[..start].chars().next_back();
        let after = line[start + word.len()..].chars().next();
        let ends = word.ends_with('!') || !after.is_some_and(joins);
        ends && !before.is_some_and(joins)
    })
}

/// Whether an absolute path begins so: `/tmp/x`, but not `a/tmp/x`.
fn begins_path(line: &str, part: &str) -> bool {
    line.match_indices(part).any(|(start, _)| {
        let before = line[..start].chars().next_back();
        !before.is_some_and(|c| c.is_alphanumeric() || "_-.$}".contains(c))
    })
}

/// Whether a Rust file opens with its own documentation.
#[must_use]
pub fn opens_with_docs(text: &str) -> bool {
    text.starts_with("//!")
}

/// Complaints about sizes. `listed` is the text of `large-files.txt`: `PATH: reason` per line.
#[must_use]
pub fn check_sizes(sizes: &BTreeMap<&str, usize>, listed: &str) -> Vec<Complaint> {
    let lines = listed.lines().map(str::trim).filter(|line| !line.is_empty());
    let entries: BTreeMap<&str, &str> = lines
        .filter(|line| !line.starts_with('#'))
        .map(|line| line.split_once(": ").unwrap_or((line, "")))
        .collect();
    let mut complaints = Vec::new();
    for (&path, &size) in sizes {
        if size > MOST_LINES {
            complaints.push(format!("{path} has {size} lines, more than {MOST_LINES}"));
        } else if size > MANY_LINES && entries.get(path).is_none_or(|reason| reason.is_empty()) {
            complaints.push(format!(
                "{path} has {size} lines: split it, or say in large-files.txt why not"
            ));
        }
    }
    for path in entries.keys() {
        if sizes.get(path).is_none_or(|&size| size <= MANY_LINES) {
            complaints.push(format!("{path} is not large any more: take it off large-files.txt"));
        }
    }
    complaints
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_whole_words() {
        for mark in marks() {
            let line = format!("fine\n// {mark} later\n");
            assert_eq!(find_marks("a.rs", &line), [format!("a.rs:2: {mark}")]);
            assert!(find_marks("a.rs", &format!("an{mark}")).is_empty());
        }
        assert_eq!(find_marks("a.rs", &format!("{}(\"later\")", marks()[4])).len(), 1);
        assert!(find_marks("a.rs", &format!("{}X", marks()[1])).is_empty());
    }

    #[test]
    fn machine_paths_are_absolute() {
        for part in machine_paths() {
            assert_eq!(find_machine_paths("a", &format!("\"{part}x\"")).len(), 1);
            assert_eq!(find_machine_paths("a", &format!("{part}x")).len(), 1);
            assert!(find_machine_paths("a", &format!("a{part}x")).is_empty());
            assert!(find_machine_paths("a", &format!("$HOME{part}x")).is_empty());
        }
    }

    #[test]
    fn sizes_and_the_list_of_large_files() {
        let sizes = BTreeMap::from([("a.rs", 1_001), ("b.rs", 601), ("c.rs", 600)]);
        assert_eq!(check_sizes(&sizes, "# head\nb.rs: one table\n").len(), 1);
        let complaints = check_sizes(&sizes, "c.rs: small\ngone.rs: gone\na.rs: large\n");
        let expected = [
            "a.rs has 1001 lines, more than 1000",
            "b.rs has 601 lines: split it, or say in large-files.txt why not",
            "c.rs is not large any more: take it off large-files.txt",
            "gone.rs is not large any more: take it off large-files.txt",
        ];
        assert_eq!(complaints, expected);
    }

    #[test]
    fn a_reason_is_needed() {
        let sizes = BTreeMap::from([("b.rs", 700)]);
        assert_eq!(check_sizes(&sizes, "b.rs\n").len(), 1);
        assert!(check_sizes(&sizes, "b.rs: one table").is_empty());
    }

    #[test]
    fn documentation_comes_first() {
        assert!(opens_with_docs("//! What this is.\n"));
        assert!(!opens_with_docs("use std::fs;\n//! What this is.\n"));
    }
}
