//! Where imports are written.

use crate::analysis::{Cx, Edit};
use crate::index::Role;
use spy_syntax::ast::DefPath;
use spy_syntax::tokens::{TokenKind, tokens};
use spy_text::{Name, Span};

impl Cx<'_> {
    /// The insertion that imports a name: into an import from the same module, if there is one.
    pub(crate) fn import_edit(self, module: &Name, name: &Name) -> Edit {
        match self.end_of_import(module) {
            Some(end) => Edit { range: self.range(Span::new(end, end)), text: format!(", {name}") },
            None => self.import_line(&format!("from {module} import {name}\n")),
        }
    }

    /// The insertion of a line that imports something.
    pub(crate) fn import_line(self, line: &str) -> Edit {
        let at = self.import_place();
        let text = match self.text()[..at as usize].ends_with('\n') || at == 0 {
            true => line.to_owned(),
            false => format!("\n{line}"),
        };
        Edit { range: self.range(Span::new(at, at)), text }
    }

    /// Behind the last name that an import at the top takes from a module.
    fn end_of_import(self, module: &Name) -> Option<u32> {
        let index = self.index();
        let top = self.import_place();
        let last = index.names.iter().rposition(|found| {
            let from = |role: &Role| matches!(role, Role::Imported(of, 0) if of == module);
            from(&found.role) && found.def == DefPath::module() && found.span.end <= top
        })?;
        let alias = index.names.get(last + 1).filter(|next| next.role == Role::Alias);
        Some(alias.unwrap_or(&index.names[last]).span.end)
    }

    /// Behind the imports at the top, or what stands before everything else.
    fn import_place(self) -> u32 {
        let module = spy_db::parse(self.db, self.file);
        let top = DefPath::module();
        let text = self.text();
        let line_after = |at: u32| {
            let rest = text.get(at as usize..).unwrap_or_default();
            let end = rest.find('\n').map_or(text.len(), |found| at as usize + found + 1);
            u32::try_from(end).unwrap_or(at)
        };
        let (Some(body), Some(spans)) = (module.bodies.get(&top), module.spans.get(&top)) else {
            return 0;
        };
        let mut last = None;
        for id in &body.root {
            match body.stmt(*id) {
                spy_syntax::ast::Stmt::Import(_) => {
                    last = Some(spans.get(spy_syntax::ast::Node::Stmt(*id)).end);
                }
                spy_syntax::ast::Stmt::Pass => {}
                _ => break,
            }
        }
        if let Some(end) = last {
            return line_after(end);
        }
        // The docstring and comments before the first token that is neither.
        let tokens = tokens(text);
        let mut tokens = tokens
            .iter()
            .skip_while(|token| matches!(token.kind, TokenKind::Newline | TokenKind::Comment));
        match tokens.next() {
            Some(token) if token.kind == TokenKind::Str && module.docstring.is_some() => {
                line_after(token.span.end)
            }
            Some(token) if token.kind != TokenKind::Str => token.span.start,
            _ => 0,
        }
    }
}
