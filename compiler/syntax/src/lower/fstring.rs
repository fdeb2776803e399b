//! f-strings: literals and fields in turn.
//!
//! Text that stands side by side is one literal, whether it is that of an f-string, of a string
//! beside it, or of the `x=` in `{x=}`.

use super::Lower;
use super::literal::{Text, text};
use crate::ast::{Conversion, Expr, ExprId, Literal};
use crate::cst::{E, ExprKind, List};
use spy_text::Span;

/// The parts of an f-string found so far.
#[derive(Default)]
struct Parts {
    made: Vec<ExprId>,
    /// Text that is no part yet, and where it stands.
    text: Option<(String, Span)>,
}

impl Lower<'_, '_> {
    /// Lowers adjacent literals with an f-string among them.
    pub(super) fn joined(&mut self, literals: List, span: Span) -> ExprId {
        let mut parts = Parts::default();
        for literal in self.cst.exprs(literals) {
            let node = self.cst.expr(literal);
            match node.kind {
                ExprKind::Format(pieces) => {
                    let is_raw = self.is_raw(node.span);
                    self.pieces(pieces, is_raw, &mut parts);
                }
                _ => match self.join(node.span) {
                    Ok(Text::Str(text)) => parts.add(&text, node.span),
                    Ok(Text::Bytes(_)) => {
                        self.wrong_text(span, "cannot mix bytes and nonbytes literals".to_owned());
                    }
                    Err(message) => self.wrong_text(node.span, message),
                },
            }
        }
        let values = self.finish(parts);
        self.add_expr(Expr::JoinedStr(values), span)
    }

    fn is_raw(&self, span: Span) -> bool {
        let prefix = self.slice(span).bytes().take_while(u8::is_ascii_alphabetic);
        prefix.into_iter().any(|byte| byte.eq_ignore_ascii_case(&b'r'))
    }

    fn wrong_text(&mut self, span: Span, message: String) {
        let at = self.place(span).start;
        self.errors.syntax(at, message);
    }

    fn pieces(&mut self, pieces: List, is_raw: bool, parts: &mut Parts) {
        for piece in self.cst.exprs(pieces) {
            let node = self.cst.expr(piece);
            match node.kind {
                ExprKind::FormatText => match text(self.slice(node.span), is_raw) {
                    Ok(text) => parts.add(&text, node.span),
                    Err(message) => self.wrong_text(node.span, message),
                },
                ExprKind::Field { value, debug, conversion, spec } => {
                    if let Some(end) = debug {
                        self.shown(Span::new(node.span.start + 1, end), parts);
                    }
                    self.literal(parts);
                    let plain = debug.is_some() && spec.is_none();
                    let conversion = match conversion {
                        Some(letter) => self.conversion(letter),
                        None if plain => Conversion::Repr,
                        None => Conversion::None,
                    };
                    let field = self.field(value, conversion, spec, is_raw);
                    parts.made.push(self.add_expr(field, node.span));
                }
                // Too deep, which was reported.
                _ => {}
            }
        }
    }

    /// The text of `value =`, with the blanks behind it.
    fn shown(&mut self, text: Span, parts: &mut Parts) {
        let behind = &self.text[text.end as usize..];
        let blanks = behind.len() - behind.trim_start().len();
        let all = Span::new(text.start, text.end + super::index(blanks));
        parts.add(self.slice(all), all);
    }

    fn field(&mut self, value: E, conversion: Conversion, spec: Option<E>, is_raw: bool) -> Expr {
        let value = self.expr(value);
        let spec = spec.and_then(|spec| {
            let node = self.cst.expr(spec);
            let ExprKind::Format(pieces) = node.kind else { return None };
            let mut parts = Parts::default();
            self.pieces(pieces, is_raw, &mut parts);
            let values = self.finish(parts);
            Some(self.add_expr(Expr::JoinedStr(values), node.span))
        });
        Expr::FormattedValue { value, conversion, spec }
    }

    fn conversion(&mut self, letter: Span) -> Conversion {
        match self.slice(letter) {
            "s" => Conversion::Str,
            "r" => Conversion::Repr,
            "a" => Conversion::Ascii,
            other => {
                let message = format!(
                    "f-string: invalid conversion character '{other}': expected 's', 'r', or 'a'"
                );
                self.wrong_text(letter, message);
                Conversion::None
            }
        }
    }

    /// Makes what text there is a part.
    fn literal(&mut self, parts: &mut Parts) {
        if let Some((text, span)) = parts.text.take() {
            let literal = Expr::Literal(Literal::Str(text.into()));
            parts.made.push(self.add_expr(literal, span));
        }
    }

    fn finish(&mut self, mut parts: Parts) -> Vec<ExprId> {
        self.literal(&mut parts);
        parts.made
    }
}

impl Parts {
    fn add(&mut self, text: &str, at: Span) {
        if text.is_empty() {
            return;
        }
        match &mut self.text {
            Some((all, span)) => {
                all.push_str(text);
                span.end = at.end;
            }
            None => self.text = Some((text.to_owned(), at)),
        }
    }
}
