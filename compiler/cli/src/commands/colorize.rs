//! `spy colorize`: which parts of a program are known at compile time.

use super::build::front_end;
use crate::args::{ColorFormat, ColorizeCommand};
use crate::context::Context;
use crate::html::{self, Page};
use crate::output;
use crate::status::Status;
use spy_project::Session;
use spy_project::colors::{Colored, colors};
use spy_project::front::MainRule;

const BLUE: &str = "\x1b[48;5;110m\x1b[30m";
const RED: &str = "\x1b[48;5;174m\x1b[30m";
const END: &str = "\x1b[0m";

/// `spy colorize`.
pub(crate) fn colorize(context: &Context, command: &ColorizeCommand) -> Result<Status, Status> {
    let file = &command.file;
    let settings = context.settings(file)?;
    let mut session = Session::new(context.world(), &settings);
    let front = front_end(context, &mut session, file, command.error_mode, MainRule::Free)?;
    let (project, root) = (front.loaded.project, &front.loaded.root);
    let parts = colors(session.db(), project, &front.built, root);
    let text = spy_db::module_file(session.db(), project, root)
        .map(|source| source.text(session.db()).to_string())
        .unwrap_or_default();
    match command.format {
        ColorFormat::Spy => output::print_dump(&terminal(&text, &parts))?,
        ColorFormat::Json => output::print_dump(&json(&text, &parts))?,
        ColorFormat::Html => {
            let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let page = Page {
                title: &name,
                about: "What is known at compile time is blue; what is left for run time is red.",
                legend: true,
                code: &runs(&text, &parts),
            };
            html::write(context, file, "colorize", &page)?;
        }
    }
    Ok(Status::Success)
}

/// A text in pieces of one colour. Colours end at the ends of lines.
fn runs<'t>(text: &'t str, parts: &[Colored]) -> Vec<(&'t str, Option<bool>)> {
    let mut paint: Vec<Option<bool>> = vec![None; text.len()];
    for part in parts {
        let range = part.span.start as usize..(part.span.end as usize).min(text.len());
        if let Some(covered) = paint.get_mut(range) {
            covered.fill(Some(part.blue));
        }
    }
    let mut runs = Vec::new();
    let mut start = 0;
    for (line, piece) in text.split_inclusive('\n').scan(0, |at, line| {
        let begin = *at;
        *at += line.len();
        Some((begin, line))
    }) {
        // The indentation of a line in the middle of an expression has no colour.
        let indent = piece.len() - piece.trim_start().len();
        let end = piece.trim_end().len().max(indent);
        paint[line..line + indent].fill(None);
        paint[line + end..line + piece.len()].fill(None);
    }
    for index in 1..=text.len() {
        let changes = index == text.len() || paint[index] != paint[start];
        if changes && text.is_char_boundary(index) {
            runs.push((&text[start..index], paint[start]));
            start = index;
        }
    }
    runs
}

fn terminal(text: &str, parts: &[Colored]) -> String {
    let mut out = String::with_capacity(text.len() * 2);
    for (piece, color) in runs(text, parts) {
        match color {
            None => out.push_str(piece),
            Some(blue) => {
                out.push_str(if blue { BLUE } else { RED });
                out.push_str(piece);
                out.push_str(END);
            }
        }
    }
    out
}

/// Every part by itself, outer ones first. Of those on several lines, what is on the first one.
fn json(text: &str, parts: &[Colored]) -> String {
    let spans: Vec<String> = parts
        .iter()
        .filter_map(|part| {
            let (start, end) = (part.span.start as usize, part.span.end as usize);
            let before = text.get(..start)?;
            let first = text.get(start..end)?.lines().next().unwrap_or_default();
            let column = before.rsplit('\n').next().unwrap_or_default().chars().count();
            let (line, length) = (before.matches('\n').count() + 1, first.chars().count());
            let color = if part.blue { "blue" } else { "red" };
            Some(format!(
                r#"{{"line": {line}, "col": {column}, "length": {length}, "type": "{color}"}}"#
            ))
        })
        .collect();
    format!("[{}]", spans.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use spy_text::Span;

    fn part(start: u32, end: u32, blue: bool) -> Colored {
        Colored { span: Span::new(start, end), blue }
    }

    #[test]
    fn inner_parts_cover_outer_ones() {
        let parts = [part(0, 13, false), part(8, 13, true)];
        let shown = terminal("y = n + 2 * 3\n", &parts);
        assert_eq!(shown, format!("{RED}y = n + {END}{BLUE}2 * 3{END}\n"));
    }

    #[test]
    fn lines_are_colored_one_by_one() {
        let shown = terminal("x = [1,\n     2]\n", &[part(0, 15, false)]);
        assert_eq!(shown, format!("{RED}x = [1,{END}\n     {RED}2]{END}\n"));
    }

    #[test]
    fn columns_count_characters() {
        let text = "s = \"ï\"; f(\n 1)\n";
        let call = u32::try_from(text.find('f').expect("a call")).expect("small");
        let end = u32::try_from(text.len() - 1).expect("small");
        assert_eq!(
            json(text, &[part(call, end, false)]),
            r#"[{"line": 1, "col": 9, "length": 2, "type": "red"}]"#
        );
    }
}
