//! The text of a definition with numbers of lines, as debuggers list it.

use crate::Sources;
use crate::place::Place;
use spy_text::FileSpan;

const GREEN: &str = "\x1b[32m";
const TURQUOISE: &str = "\x1b[36m";
const RESET: &str = "\x1b[0m";

/// The lines of `whole`. Those of `current` are marked with an arrow, and its text in colour.
/// Nothing if the file's text cannot be had.
#[must_use]
pub fn render(
    whole: &FileSpan,
    current: Option<&FileSpan>,
    sources: &dyn Sources,
    color: bool,
) -> String {
    let Some(place) = Place::find(whole, sources) else { return String::new() };
    let current = current.filter(|span| span.file == whole.file);
    let marked = current.and_then(|span| Some((Place::find(span, sources)?, span)));
    let mut out = String::new();
    for line in place.start.line..=place.end.line {
        let number = format!("{line:4}");
        let number = if color { format!("{TURQUOISE}{number}{RESET}") } else { number };
        let text = place.line(line);
        match &marked {
            Some((marked, _)) if (marked.start.line..=marked.end.line).contains(&line) => {
                let text = if color { highlighted(marked, line) } else { text.to_owned() };
                out.push_str(&format!("{number}  -> {text}\n"));
            }
            _ => out.push_str(&format!("{number}     {text}\n")),
        }
    }
    out
}

/// A line of a range, with the part that belongs to the range in colour.
fn highlighted(marked: &Place, line: u32) -> String {
    let text = marked.line(line);
    let cut = |column: u32| text.floor_char_boundary((column as usize).min(text.len()));
    let start = if line == marked.start.line { cut(marked.start.col) } else { 0 };
    let end = if line == marked.end.line { cut(marked.end.col) } else { text.len() };
    let end = end.max(start);
    format!("{}{GREEN}{}{RESET}{}", &text[..start], &text[start..end], &text[end..])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_sources::{Files, span};

    #[test]
    fn the_lines_of_a_definition() {
        let files = Files::example();
        let whole = span("e1.spy", 0, 39);
        let listed = render(&whole, Some(&span("e1.spy", 28, 39)), &files, false);
        let expected = "   1     def bar(x: i32):\n   2  ->     return x + \"hello\"\n";
        assert_eq!(listed, expected);
        let listed = render(&whole, None, &files, false);
        assert_eq!(listed, expected.replace("->", "  "));
        let listed = render(&whole, Some(&span("e1.spy", 28, 29)), &files, true);
        assert!(listed.contains("\x1b[36m   2\x1b[0m  ->     return \x1b[32mx\x1b[0m + "));
        assert_eq!(render(&span("no.spy", 0, 1), None, &files, false), "");
    }

    #[test]
    fn a_range_of_several_lines() {
        let files = Files::new(&[("a.spy", "f(\n  é,\n)\nx\n")]);
        let listed = render(&span("a.spy", 0, 11), Some(&span("a.spy", 1, 9)), &files, true);
        let lines: Vec<&str> =
            listed.lines().map(|line| &line[line.find("m ").map_or(0, |at| at + 2)..]).collect();
        assert_eq!(lines.len(), 4, "{listed}");
        assert!(lines[0].ends_with("f\x1b[32m(\x1b[0m"), "{listed:?}");
        assert!(lines[1].ends_with("\x1b[32m  é,\x1b[0m"), "{listed:?}");
    }
}
