//! Which parameter an argument is for, while a call is being written.

use crate::analysis::{Analysis, Cx, FilePath};
use spy_syntax::ast::{DefPath, Expr, ExprId};
use spy_syntax::tokens::{TokenKind, tokens};
use spy_text::{Name, Span};
use spy_types::{FuncKey, Value};
use std::sync::Arc;

/// The function that is being called.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SignatureHelp {
    /// Its signature.
    pub label: String,
    /// The parameters in it: ranges of bytes of the label.
    pub params: Vec<(usize, usize)>,
    /// The one that the cursor is at.
    pub active: Option<usize>,
    /// Its documentation.
    pub doc: Option<Arc<str>>,
}

/// Where in a call the cursor is.
pub(crate) struct InCall {
    /// How many commas stand before it.
    commas: usize,
    /// The name of the argument, if it is given by name.
    keyword: Option<Name>,
    /// Whether it is in no other brackets.
    pub(crate) is_direct: bool,
}

impl Analysis {
    /// The signature for the call around an offset.
    #[must_use]
    pub fn signature_help(&self, path: &FilePath, offset: u32) -> Option<SignatureHelp> {
        let cx = self.cx(path)?;
        let (def, call, inside) = cx.call_around(offset)?;
        let func = cx.callee(&def, call)?;
        let (name, bound) = cx.call_name(&def, call)?;
        let mut shown = cx.signature(func, &name);
        // The object before the dot is the first argument.
        if bound && !shown.params.is_empty() {
            shown.params.remove(0);
        }
        let mut at = shown.start.len();
        let mut params = Vec::with_capacity(shown.params.len());
        for param in &shown.params {
            params.push((at, at + param.len()));
            at += param.len() + ", ".len();
        }
        let named = |keyword: &Name| {
            shown.params.iter().position(|param| param.split(':').next() == Some(keyword.as_str()))
        };
        let active = match &inside.keyword {
            Some(keyword) => named(keyword),
            None => (inside.commas < params.len()).then_some(inside.commas),
        };
        let doc = match func.get() {
            FuncKey::Def { def, .. } => cx.other(&def.module).and_then(|cx| cx.def_doc(&def.path)),
            _ => None,
        };
        Some(SignatureHelp { label: shown.text(), params, active, doc })
    }
}

impl Cx<'_> {
    /// The call whose arguments an offset is among.
    pub(crate) fn call_around(self, offset: u32) -> Option<(DefPath, ExprId, InCall)> {
        let text = self.text();
        let tokens = tokens(text);
        let slice = |span: Span| text.get(span.start as usize..span.end as usize).unwrap_or("");
        let before = tokens.partition_point(|token| token.span.end <= offset);
        let mut depth = 0_usize;
        let mut inside = InCall { commas: 0, keyword: None, is_direct: true };
        let mut index = before;
        while index > 0 {
            index -= 1;
            let token = tokens[index];
            match (token.kind, slice(token.span)) {
                (TokenKind::Close, _) => depth += 1,
                (TokenKind::Open, bracket) if depth == 0 => {
                    let call = self.call_at(token.span.start).filter(|_| bracket == "(");
                    if let Some((def, call)) = call {
                        return Some((def, call, inside));
                    }
                    // All that is in these brackets is a part of one argument.
                    inside = InCall { commas: 0, keyword: None, is_direct: false };
                }
                (TokenKind::Open, _) => depth -= 1,
                (TokenKind::Other, ",") if depth == 0 => inside.commas += 1,
                (TokenKind::Other, "=") if depth == 0 && inside.commas == 0 => {
                    let name = index.checked_sub(1).map(|index| tokens[index]);
                    let name = name.filter(|name| name.kind == TokenKind::Name);
                    inside.keyword = name.map(|name| Name::from(slice(name.span)));
                }
                // A call does not go on behind the start of a statement.
                (TokenKind::Keyword, "def" | "class" | "import" | "return" | "while") => {
                    return None;
                }
                _ => {}
            }
        }
        None
    }

    /// The call whose parenthesis stands at an offset.
    fn call_at(self, open: u32) -> Option<(DefPath, ExprId)> {
        let index = self.index();
        let text = self.text();
        let ends_here = |end: u32| {
            let between = text.get(end as usize..open as usize);
            between.is_some_and(|text| text.chars().all(|c| c.is_whitespace() || c == ')'))
        };
        let found = index.calls.iter().filter(|(_, _, end)| ends_here(*end));
        let (def, call, _) = found.max_by_key(|(_, _, end)| *end)?;
        Some((def.clone(), *call))
    }

    /// The name by which a call names its function, and whether an object comes before the
    /// arguments.
    fn call_name(self, def: &DefPath, call: ExprId) -> Option<(Name, bool)> {
        let body = spy_db::def_body(self.db, self.project(), self.def(def))?;
        match body.expr(call) {
            Expr::Call { func, .. } => {
                let span = self.expr_span(def, *func)?;
                let text = self.text().get(span.start as usize..span.end as usize)?;
                Some((Name::from(text), false))
            }
            Expr::CallMethod { target, method, .. } => {
                let object = self.known(def, *target)?;
                let is_bound = !matches!(object.value, Some(Value::Module(_) | Value::Type(_)));
                Some((method.name.clone(), is_bound))
            }
            _ => None,
        }
    }
}
