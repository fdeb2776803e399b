//! The table of allowed dependencies between crates, and how it compares with reality.
//!
//! The table stands in `compiler/README.md`. Its first column names a folder of `compiler/`, the
//! second the folders that the crate may be built from, the third those that only its tests may
//! use. A dash stands for none.

use crate::Complaint;
use crate::metadata::{Member, Members};
use std::collections::{BTreeMap, BTreeSet};

/// First line of the table.
pub const HEADER: &str = "| crate | may depend on | only its tests |";

/// What one crate may use, as folder names.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Allowed {
    /// What it may be built from.
    pub needs: BTreeSet<String>,
    /// What only its tests may use.
    pub test_needs: BTreeSet<String>,
}

/// The table by folder name.
pub type Table = BTreeMap<String, Allowed>;

/// Reads the table.
///
/// # Errors
/// When there is no such table, a line has not three cells, or a crate occurs twice.
pub fn parse_table(document: &str) -> Result<Table, String> {
    let mut lines = document.lines().map(str::trim);
    lines.find(|line| *line == HEADER).ok_or_else(|| format!("no table begins with {HEADER:?}"))?;
    let mut table = Table::new();
    for line in lines.skip(1).take_while(|line| line.starts_with('|')) {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [name, needs, test_needs] = cells[..] else {
            return Err(format!("not three cells: {line}"));
        };
        let allowed = Allowed { needs: names(needs), test_needs: names(test_needs) };
        if table.insert(unquoted(name), allowed).is_some() {
            return Err(format!("{name} occurs twice"));
        }
    }
    Ok(table)
}

fn names(cell: &str) -> BTreeSet<String> {
    cell.split(',').map(unquoted).filter(|name| !name.is_empty() && name != "-").collect()
}

fn unquoted(name: &str) -> String {
    name.trim().trim_matches('`').to_owned()
}

/// Compares the table with what the members' manifests say.
#[must_use]
pub fn compare(table: &Table, members: &Members) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    // Benchmarks and the like may use everything; an edge to them is none of the table's.
    for (package, member) in members.iter().filter(|(_, member)| is_crate(member)) {
        let folder = folder_of(package);
        if member.folder != format!("compiler/{folder}") {
            complaints.push(format!("{package} does not stand in compiler/{folder}"));
        }
        let Some(allowed) = table.get(folder) else {
            complaints.push(format!("{folder} is missing from the table"));
            continue;
        };
        let inside = |names: &BTreeSet<String>| -> BTreeSet<String> {
            let ours = names.iter().filter(|name| members.contains_key(*name));
            ours.map(|name| folder_of(name).to_owned()).collect()
        };
        let needs = inside(&member.needs);
        let test_needs: BTreeSet<String> =
            inside(&member.test_needs).difference(&needs).cloned().collect();
        differ(folder, "may not depend on", &needs, &allowed.needs, &mut complaints);
        differ(folder, "may not test with", &test_needs, &allowed.test_needs, &mut complaints);
    }
    for folder in table.keys() {
        if !members.keys().any(|package| folder_of(package) == folder) {
            complaints.push(format!("{folder} is in the table and does not exist"));
        }
    }
    complaints
}

fn is_crate(member: &Member) -> bool {
    member.folder.starts_with("compiler/")
}

/// Package `spy-text` stands in folder `text`.
fn folder_of(package: &str) -> &str {
    package.strip_prefix("spy-").unwrap_or(package)
}

fn differ(
    folder: &str,
    forbidden: &str,
    used: &BTreeSet<String>,
    allowed: &BTreeSet<String>,
    complaints: &mut Vec<Complaint>,
) {
    for name in used.difference(allowed) {
        complaints.push(format!("{folder} {forbidden} {name}"));
    }
    for name in allowed.difference(used) {
        complaints.push(format!("{folder} does not use {name}, which the table allows"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOCUMENT: &str = "Text.\n\n| crate | may depend on | only its tests |\n| --- | --- | --- |\n\
                            | `text` | - | - |\n| `ir` | `text` | `c` |\n| `c` | `text` | - |\n\nMore.\n";

    fn set(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    fn members(edges: &[(&str, &[&str], &[&str])]) -> Members {
        let member = |(name, needs, test_needs): &(&str, &[&str], &[&str])| {
            let member = Member {
                folder: format!("compiler/{name}"),
                needs: set(needs),
                test_needs: set(test_needs),
                ..Member::default()
            };
            (format!("spy-{name}"), member)
        };
        edges.iter().map(member).collect()
    }

    #[test]
    fn the_table_is_read() {
        let table = parse_table(DOCUMENT).expect("the table is right");
        assert_eq!(table.len(), 3);
        assert_eq!(table["ir"], Allowed { needs: set(&["text"]), test_needs: set(&["c"]) });
        assert_eq!(table["text"], Allowed::default());
    }

    #[test]
    fn broken_tables_are_refused() {
        assert!(parse_table("no table").is_err());
        assert!(parse_table(&DOCUMENT.replace("| `ir` |", "| `text` |")).is_err());
        assert!(parse_table(&DOCUMENT.replace("| `text` | - | - |", "| `text` | - |")).is_err());
    }

    #[test]
    fn equal_is_silent_and_each_difference_is_named() {
        let table = parse_table(DOCUMENT).expect("the table is right");
        let good: &[(&str, &[&str], &[&str])] = &[
            ("text", &["smol_str"], &[]),
            ("ir", &["spy-text"], &["spy-c", "spy-text", "proptest"]),
            ("c", &["spy-text"], &[]),
        ];
        assert_eq!(compare(&table, &members(good)), Vec::<String>::new());
        let bad: &[(&str, &[&str], &[&str])] =
            &[("text", &["spy-ir"], &[]), ("ir", &["spy-text"], &["spy-new"]), ("new", &[], &[])];
        let expected = [
            "ir may not test with new",
            "ir does not use c, which the table allows",
            "new is missing from the table",
            "text may not depend on ir",
            "c is in the table and does not exist",
        ];
        assert_eq!(compare(&table, &members(bad)), expected);
    }

    #[test]
    fn only_crates_of_the_compiler_are_in_the_table() {
        let table = parse_table(DOCUMENT).expect("the table is right");
        let mut members = members(&[
            ("text", &[], &[]),
            ("ir", &["spy-text"], &["spy-c"]),
            ("c", &["spy-text"], &[]),
            ("benches", &["spy-ir"], &[]),
        ]);
        members.entry("spy-benches".to_owned()).or_default().folder = "benches".to_owned();
        assert_eq!(compare(&table, &members), Vec::<String>::new());
        members.entry("spy-c".to_owned()).or_default().needs.insert("spy-benches".to_owned());
        assert_eq!(compare(&table, &members), ["c may not depend on benches"]);
    }

    #[test]
    fn folders_are_named_like_their_packages() {
        let table = parse_table(DOCUMENT).expect("the table is right");
        let mut members = members(&[
            ("text", &[], &[]),
            ("ir", &["spy-text"], &["spy-c"]),
            ("c", &["spy-text"], &[]),
        ]);
        members.entry("spy-c".to_owned()).or_default().folder = "compiler/other".to_owned();
        assert_eq!(compare(&table, &members), ["spy-c does not stand in compiler/c"]);
    }
}
