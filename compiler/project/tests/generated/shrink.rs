//! Makes a program that shows a fault shorter.

use std::time::{Duration, Instant};

/// Removes lines, each with the block that belongs to it, as long as `is_faulty` says that the
/// rest still shows the fault. Gives up after `limit`.
pub(crate) fn shrink(text: &str, limit: Duration, is_faulty: impl Fn(&str) -> bool) -> String {
    let start = Instant::now();
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let is_faulty =
        |lines: &[String]| start.elapsed() < limit && is_faulty(&(lines.join("\n") + "\n"));
    // Definitions, many at once at first.
    let mut count = lines.len() / 2;
    while count > 0 {
        remove_definitions(&mut lines, count, &is_faulty);
        count /= 2;
    }
    while remove_lines(&mut lines, &is_faulty) {}
    lines.join("\n") + "\n"
}

/// Removes groups of `count` definitions, from the end.
fn remove_definitions(
    lines: &mut Vec<String>,
    count: usize,
    is_faulty: &impl Fn(&[String]) -> bool,
) {
    let mut starts = Vec::new();
    let mut at = 0;
    while at < lines.len() {
        starts.push(at);
        at = block_end(lines, at);
    }
    let mut end = lines.len();
    for group in starts.rchunks(count) {
        let candidate = without(lines, group[0], end);
        if is_faulty(&candidate) {
            *lines = candidate;
        }
        end = group[0];
    }
}

/// Removes single statements, or what surrounds their block. Whether anything could be.
fn remove_lines(lines: &mut Vec<String>, is_faulty: &impl Fn(&[String]) -> bool) -> bool {
    let before = lines.len();
    let mut at = before;
    while at > 0 {
        at -= 1;
        let end = block_end(lines, at);
        let mut candidates = vec![without(lines, at, end)];
        if end > at + 1 {
            candidates.push(outdented(lines, at, end));
        }
        if let Some(candidate) = candidates.into_iter().find(|lines| is_faulty(lines)) {
            *lines = candidate;
            at = at.min(lines.len());
        }
    }
    lines.len() < before
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

/// The end of the block that belongs to a line.
fn block_end(lines: &[String], at: usize) -> usize {
    let inside = |line: &&String| line.is_empty() || indent(line) > indent(&lines[at]);
    let len =
        if lines[at].is_empty() { 0 } else { lines[at + 1..].iter().take_while(inside).count() };
    // A decorator belongs to what follows.
    if lines[at].starts_with('@') && at + 1 < lines.len() {
        return block_end(lines, at + 1);
    }
    at + 1 + len
}

fn without(lines: &[String], at: usize, end: usize) -> Vec<String> {
    lines[..at].iter().chain(&lines[end..]).cloned().collect()
}

/// The block in place of the statement that it belongs to.
fn outdented(lines: &[String], at: usize, end: usize) -> Vec<String> {
    let inner = lines[at + 1..end].iter().map(|line| line.strip_prefix("    ").unwrap_or(line));
    let (before, after) = (&lines[..at], &lines[end..]);
    before
        .iter()
        .map(String::as_str)
        .chain(inner)
        .chain(after.iter().map(String::as_str))
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::shrink;
    use std::time::Duration;

    #[test]
    fn only_what_matters_is_left() {
        let text = "a\nif b:\n    c\n    d\n@e\ndef f():\n    while g:\n        h\n";
        let short = shrink(text, Duration::from_secs(10), |text| text.contains("h\n"));
        assert_eq!(short, "h\n");
        let short = shrink(text, Duration::from_secs(10), |text| text.contains("if b:\n    d"));
        assert_eq!(short, "if b:\n    d\n");
    }
}
