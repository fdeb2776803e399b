//! What stands between two tokens of a line: a blank, or nothing.

use super::lines::{Item, Piece};
use crate::lexer::token::Token;

/// An open bracket.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bracket {
    /// The bracket.
    pub(super) token: Token,
    /// The level of the line that it stands in.
    pub(super) level: usize,
    /// Whether there was a `:` since its last comma: the `=` after it is that of an annotated name.
    pub(super) annotated: bool,
}

/// Goes along a line.
#[derive(Debug)]
pub(super) struct Spacing {
    /// The token before.
    last: Option<Piece>,
    /// Whether that is an operator with one operand.
    unary: bool,
    /// Starts of the `**` without blanks around them, which stay so.
    tight: Vec<usize>,
    /// Starts of the `:` in slices with more in them than names and numbers, which have blanks around
    /// them like operators.
    wide: Vec<usize>,
    /// Whether the line is an import.
    import: bool,
}

impl Spacing {
    /// Before a line.
    pub(super) fn new(items: &[Item]) -> Self {
        let pieces: Vec<Piece> = items
            .iter()
            .filter_map(|item| match item {
                Item::Token(piece) => Some(*piece),
                _ => None,
            })
            .collect();
        let tight = pieces.windows(3).filter(|three| {
            three[1].token == Token::DoubleStar
                && three[0].end == three[1].start
                && three[1].end == three[2].start
        });
        let import = pieces.first().is_some_and(|piece| piece.token == Token::From);
        let tight = tight.map(|three| three[1].start).collect();
        Self { last: None, unary: false, tight, wide: wide_colons(&pieces), import }
    }

    /// Whether there is a blank before `piece`, which is inside of `bracket`.
    pub(super) fn needs_blank(&self, piece: Piece, bracket: Option<&Bracket>) -> bool {
        use Token::{
            Arrow, Colon, Comma, Dot, DoubleStar, Ellipsis, Equal, From, Import, LBrace, LPar,
            LSqb, Name, Number, RBrace, RPar, RSqb, Semi, Str,
        };
        let Some(last) = self.last else { return false };
        let keyword = bracket.is_some_and(|open| open.token == LPar && !open.annotated);
        match (last.token, piece.token) {
            (LSqb | Colon | Comma, Colon) => last.token == Comma,
            (Colon, RSqb | Comma) => false,
            (_, Colon) => self.wide.contains(&piece.start),
            (Colon, _) if self.wide.contains(&last.start) => true,
            (Colon, _) => bracket.is_none_or(|open| open.token != LSqb),
            (_, Comma | Semi | RPar | RSqb | RBrace) | (LPar | LSqb | LBrace, _) => false,
            (From, Dot | Ellipsis) | (Dot | Ellipsis, Import) => true,
            (Dot | Ellipsis, _) if self.import => false,
            (Number, Dot) => last.end < piece.start,
            (_, Dot) | (Dot, _) => false,
            (Equal, _) | (_, Equal) if keyword => false,
            _ if self.unary => false,
            (DoubleStar, _) if self.tight.contains(&last.start) => false,
            (_, DoubleStar) if self.tight.contains(&piece.start) => false,
            (Arrow, _) => true,
            (Name | RPar | RSqb | RBrace | Str | Number, LPar | LSqb) => false,
            _ => true,
        }
    }

    /// Goes on behind `piece`, which is inside of `bracket`.
    pub(super) fn pass(&mut self, piece: Piece, bracket: Option<&mut Bracket>) {
        if let Some(bracket) = bracket {
            match piece.token {
                Token::Colon => bracket.annotated = true,
                Token::Comma => bracket.annotated = false,
                _ => {}
            }
        }
        let has_left = self.last.is_some_and(|last| ends_operand(last.token));
        self.unary = match piece.token {
            Token::Minus | Token::Plus | Token::Star | Token::DoubleStar | Token::At => !has_left,
            Token::Tilde => true,
            _ => false,
        };
        self.last = Some(piece);
    }
}

/// The colons of slices that are more than names and numbers.
fn wide_colons(pieces: &[Piece]) -> Vec<usize> {
    let mut wide = Vec::new();
    // For each open bracket: its colons, and whether there is more.
    let mut open: Vec<(Token, Vec<usize>, bool)> = Vec::new();
    for piece in pieces {
        if piece.opens() {
            if let Some((_, _, more)) = open.last_mut() {
                *more = true;
            }
            open.push((piece.token, Vec::new(), false));
        } else if piece.closes() {
            if let Some((Token::LSqb, colons, true)) = open.pop() {
                wide.extend(colons);
            }
        } else if let Some((_, colons, more)) = open.last_mut() {
            match piece.token {
                Token::Colon => colons.push(piece.start),
                Token::Name | Token::Number | Token::Minus | Token::Comma => {}
                _ => *more = true,
            }
        }
    }
    wide
}

/// Whether an expression can end with this token.
fn ends_operand(token: Token) -> bool {
    matches!(
        token,
        Token::Name
            | Token::Number
            | Token::Str
            | Token::FStr
            | Token::True
            | Token::False
            | Token::None
            | Token::Ellipsis
            | Token::RPar
            | Token::RSqb
            | Token::RBrace
    )
}
