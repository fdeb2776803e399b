//! A text as lines of tokens and comments.

use crate::lexer::token::Token;
use logos::Lexer;

/// A token and its range.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Piece {
    /// The kind.
    pub(super) token: Token,
    /// Byte offset of its start.
    pub(super) start: usize,
    /// Byte offset of its end.
    pub(super) end: usize,
}

impl Piece {
    /// Whether it is an opening bracket.
    pub(super) fn opens(self) -> bool {
        matches!(self.token, Token::LPar | Token::LSqb | Token::LBrace)
    }

    /// Whether it is a closing bracket.
    pub(super) fn closes(self) -> bool {
        matches!(self.token, Token::RPar | Token::RSqb | Token::RBrace)
    }
}

/// What a line consists of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Item {
    /// A token.
    Token(Piece),
    /// A comment, from its `#` to the end of the line.
    Comment(usize, usize),
    /// The line goes on on the next one.
    Break {
        /// Whether a backslash says so, and not a bracket.
        join: bool,
    },
}

/// A logical line, or a comment that has a line of its own.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Line {
    /// What stands in it; at least one thing.
    pub(super) items: Vec<Item>,
    /// How many blank lines stand before it.
    pub(super) blanks: usize,
    /// How far it is indented, in columns as Python counts them; afterwards in levels.
    pub(super) depth: usize,
}

impl Line {
    /// Its first token.
    pub(super) fn first(&self) -> Option<Token> {
        self.items.iter().find_map(|item| match item {
            Item::Token(piece) => Some(piece.token),
            _ => None,
        })
    }

    /// Whether a block follows it.
    pub(super) fn opens_block(&self) -> bool {
        let last = self.items.iter().rev().find_map(|item| match item {
            Item::Token(piece) => Some(piece.token),
            _ => None,
        });
        last == Some(Token::Colon)
    }
}

/// The lines of a text; `None` if something in it is no token.
pub(super) fn read(text: &str) -> Option<Vec<Line>> {
    let mut reader = Reader { text, lines: Vec::new(), items: Vec::new(), blanks: 0, open: 0 };
    let mark = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let mut lexer = Lexer::<Token>::new(text);
    lexer.bump(mark);
    let mut at = mark;
    while let Some(token) = lexer.next() {
        let span = lexer.span();
        reader.gap(at, span.start);
        reader.token(Piece { token: token.ok()?, start: span.start, end: span.end });
        at = span.end;
    }
    reader.gap(at, text.len());
    reader.end_line();
    let mut lines = reader.lines;
    levels(&mut lines);
    Some(lines)
}

struct Reader<'t> {
    text: &'t str,
    lines: Vec<Line>,
    /// The current line.
    items: Vec<Item>,
    blanks: usize,
    /// Brackets that are open in it.
    open: usize,
}

impl Reader<'_> {
    /// What the lexer skips: blanks, backslashes at ends of lines, and a comment at the end.
    fn gap(&mut self, start: usize, end: usize) {
        for (at, letter) in self.text[start..end].char_indices() {
            match letter {
                '#' => {
                    self.items.push(Item::Comment(start + at, end));
                    return;
                }
                '\\' if !self.items.is_empty() => self.break_line(true),
                _ => {}
            }
        }
    }

    fn token(&mut self, piece: Piece) {
        if piece.token != Token::Newline {
            self.open += usize::from(piece.opens());
            self.open = self.open.saturating_sub(usize::from(piece.closes()));
            self.items.push(Item::Token(piece));
        } else if self.open > 0 {
            self.break_line(false);
        } else if self.items.is_empty() {
            self.blanks += 1;
        } else {
            self.end_line();
        }
    }

    /// Lines without anything in them are dropped inside of brackets.
    fn break_line(&mut self, join: bool) {
        if !matches!(self.items.last(), Some(Item::Break { .. })) {
            self.items.push(Item::Break { join });
        }
    }

    fn end_line(&mut self) {
        let items = std::mem::take(&mut self.items);
        let start = match items.first() {
            Some(Item::Token(piece)) => piece.start,
            Some(Item::Comment(start, _)) => *start,
            Some(Item::Break { .. }) | None => return,
        };
        let blanks = std::mem::take(&mut self.blanks);
        self.lines.push(Line { items, blanks, depth: column(self.text, start) });
        self.open = 0;
    }
}

/// The column of an offset, with tabs as Python counts them.
fn column(text: &str, offset: usize) -> usize {
    let start = text[..offset].rfind(['\n', '\r']).map_or(0, |at| at + 1);
    text[start..offset].chars().fold(0, |column, letter| match letter {
        '\t' => (column / 8 + 1) * 8,
        '\u{feff}' => column,
        '\x0c' => 0,
        _ => column + 1,
    })
}

/// Turns columns into levels. A comment belongs to the innermost block that its column allows,
/// between the line before and the line after it.
fn levels(lines: &mut [Line]) {
    let mut columns = vec![0];
    for index in 0..lines.len() {
        if lines[index].first().is_none() {
            continue;
        }
        let column = lines[index].depth;
        while columns.len() > 1 && columns.last().is_some_and(|last| *last > column) {
            columns.pop();
        }
        if columns.last().is_some_and(|last| *last < column) {
            columns.push(column);
        }
        let depth = columns.len() - 1;
        lines[index].depth = depth;
        comment_levels(lines, index, &columns);
    }
    // Comments before the first line of code.
    let first = lines.iter().position(|line| line.first().is_some()).unwrap_or(lines.len());
    lines[..first].iter_mut().for_each(|line| line.depth = 0);
}

/// The levels of the comments after the code line `index`; `columns` are those of its blocks.
fn comment_levels(lines: &mut [Line], index: usize, columns: &[usize]) {
    let count = lines[index + 1..].iter().take_while(|line| line.first().is_none()).count();
    let next = lines.get(index + 1 + count).map(|line| line.depth);
    let own = columns.len() - 1;
    let opens = lines[index].opens_block();
    for line in &mut lines[index + 1..=index + count] {
        let column = line.depth;
        let allowed = columns.iter().filter(|start| **start <= column).count().saturating_sub(1);
        // The next line's column is not a level yet: which of the blocks it continues?
        let least = match next {
            Some(next) if next > columns[own] => own + 1,
            Some(next) => columns.iter().filter(|start| **start <= next).count().saturating_sub(1),
            None => 0,
        };
        let inside = opens && column > columns[own];
        line.depth = (allowed + usize::from(inside)).max(least);
    }
}
