//! What documents refer to.

use crate::files::has_extension;

/// Targets of the links of a Markdown text that point to files: no addresses, no anchors.
#[must_use]
pub fn links(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut in_block = false;
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            in_block = !in_block;
        } else if !in_block {
            found.extend(line_links(line));
        }
    }
    found
}

fn line_links(line: &str) -> impl Iterator<Item = &str> {
    let starts = line.match_indices("](").map(|(start, _)| start + 2);
    let targets = starts.filter_map(|start| line[start..].split_once(')'));
    let paths = targets.map(|(target, _)| target.split('#').next().unwrap_or(target));
    paths.filter(|path| !path.is_empty() && !path.contains([':', ' ']))
}

/// Targets of the links of a Markdown text that point to a place in a file: the file and the place.
pub fn anchors(text: &str) -> impl Iterator<Item = (&str, &str)> {
    let targets = text.match_indices("](").map(|(start, _)| start + 2);
    let targets = targets.filter_map(|start| text[start..].split_once(')'));
    targets.filter_map(|(target, _)| target.split_once('#')).filter(|(path, _)| !path.is_empty())
}

/// The anchor of a heading: its words in lower case, joined by dashes.
#[must_use]
pub fn anchor(heading: &str) -> String {
    let kept = |c: char| (c.is_alphanumeric() || " -_".contains(c)).then_some(c);
    heading.to_lowercase().chars().filter_map(kept).collect::<String>().replace(' ', "-")
}

/// Source files that a Markdown text names in backticks, with a folder: `eval/src/stmt.rs`.
pub fn sources(text: &str) -> impl Iterator<Item = &str> {
    let quoted = text.lines().flat_map(|line| line.split('`').skip(1).step_by(2));
    quoted.filter(|name| {
        name.contains('/') && !name.contains(['*', ' ']) && has_extension(name, &["rs", "lalrpop"])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_to_files() {
        let text = "[a](a/b.md), [c](https://c.d/e) and [f](g.md#h), [i](#j); `x](y z)`";
        assert_eq!(links(text), ["a/b.md", "g.md"]);
        assert_eq!(links("```\nmake[3](4)\n```\n[k](l)"), ["l"]);
    }

    #[test]
    fn anchors_of_headings() {
        let text = "[a](b.md#c-d), [e](f.md) and [g](#h); [i](../j.rs#k_l)";
        assert_eq!(anchors(text).collect::<Vec<_>>(), [("b.md", "c-d"), ("../j.rs", "k_l")]);
        assert_eq!(anchor("`in`, not in: what `__len__` says"), "in-not-in-what-__len__-says");
    }

    #[test]
    fn quoted_source_files() {
        let text = "`a/b.rs` c/d.rs `e.rs`\n`f/*.rs`, `g/h.lalrpop` and `i/j`";
        assert_eq!(sources(text).collect::<Vec<_>>(), ["a/b.rs", "g/h.lalrpop"]);
    }
}
