//! How many blank lines stand before a line: as many as were written, within bounds, and more around
//! definitions.

use super::lines::{Item, Line};
use crate::lexer::token::Token;

/// The number of blank lines before each line.
pub(super) fn before(lines: &[Line]) -> Vec<usize> {
    let mut counts = Vec::with_capacity(lines.len());
    // By level: whether the last line of code there was the header of a definition.
    let mut headers: Vec<bool> = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        counts.push(blanks(lines, index, &headers));
        if line.first().is_some() {
            headers.resize(line.depth, false);
            headers.push(is_definition(line));
        }
    }
    counts
}

fn blanks(lines: &[Line], index: usize, headers: &[bool]) -> usize {
    let Some(before) = index.checked_sub(1).map(|before| &lines[before]) else { return 0 };
    let line = &lines[index];
    let most = if line.depth == 0 { 2 } else { 1 };
    let opens = before.opens_block() && line.depth > before.depth;
    if opens && is_definition(before) || before.first() == Some(Token::At) {
        return 0;
    }
    let attached = before.first().is_none() && line.blanks == 0 && before.depth == line.depth;
    if attached {
        // The comment took the blank lines.
        return 0;
    }
    let definition = begins_definition(lines, index);
    let after = headers.len() > line.depth + 1 && headers.get(line.depth) == Some(&true);
    if definition || after {
        return most;
    }
    let least = usize::from(index == 1 && is_text(before));
    line.blanks.clamp(least, most)
}

/// Whether a line is a definition's first one: a header, a decorator, or a comment just above those.
fn begins_definition(lines: &[Line], index: usize) -> bool {
    let depth = lines[index].depth;
    let mut rest = lines[index..].iter();
    let Some(first) = rest.next() else { return false };
    if first.first().is_some() {
        return is_definition(first);
    }
    let code = rest.find(|line| line.first().is_some() || line.blanks > 0 || line.depth != depth);
    code.is_some_and(|line| line.blanks == 0 && line.depth == depth && is_definition(line))
}

fn is_definition(line: &Line) -> bool {
    matches!(line.first(), Some(Token::Def | Token::Class | Token::Async | Token::At))
}

/// Whether a line is nothing but a string.
fn is_text(line: &Line) -> bool {
    let tokens = line.items.iter().filter(|item| matches!(item, Item::Token(_)));
    line.first() == Some(Token::Str) && tokens.count() == 1
}
