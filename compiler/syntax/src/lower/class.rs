//! Classes.

use super::Lower;
use crate::ast::{BodyKind, ClassDef, ClassKind, Ident, Stmt};
use crate::cst::{Class, ExprKind, List};
use spy_text::{Name, Span};

impl Lower<'_, '_> {
    /// Lowers a `class`.
    pub(super) fn class(&mut self, span: Span, class: u32, body: List) -> Stmt {
        let class = self.cst.classes[class as usize];
        self.check_class_args(class.args);
        let kind = self.class_kind(class.decorators);
        if class.type_params.len() == 0 {
            let name = self.name(class.name);
            return self.plain_class(span, &class, kind, body, &name);
        }
        let header = self.class_header(span);
        let class_name = self.ident(class.name);
        self.generic(span, class_name, class.type_params, header, |lower| {
            let name = Name::new_static("Self");
            (lower.plain_class(span, &class, kind, body, &name), name)
        })
    }

    fn check_class_args(&mut self, args: List) {
        let keyword = |kind| matches!(kind, ExprKind::Keyword { .. });
        let nodes: Vec<_> = self.cst.exprs(args).map(|arg| self.cst.expr(arg)).collect();
        if let Some(base) = nodes.iter().find(|node| !keyword(node.kind)) {
            self.reject(base.span, "base classes not supported yet", "this is not supported");
        } else if let Some(first) = nodes.first() {
            self.reject(
                first.span,
                "keywords in classes not supported yet",
                "this is not supported",
            );
        }
    }

    fn class_kind(&mut self, decorators: List) -> ClassKind {
        let mut kind = ClassKind::Class;
        for decorator in self.cst.exprs(decorators) {
            let node = self.cst.expr(decorator);
            if node.kind == ExprKind::Name && self.slice(node.span) == "struct" {
                kind = ClassKind::Struct;
            } else {
                self.reject(
                    node.span,
                    "class decorators not supported yet",
                    "this is not supported",
                );
            }
        }
        kind
    }

    fn plain_class(
        &mut self,
        span: Span,
        class: &Class,
        kind: ClassKind,
        body: List,
        name: &Name,
    ) -> Stmt {
        let ident = Ident { name: name.clone(), mark: self.mark(class.name) };
        let header = self.mark(self.class_header(span));
        let (path, outer) = self.enter(name, BodyKind::Class);
        let docstring = self.body_with_docstring(body);
        self.leave(outer);
        Stmt::ClassDef(Box::new(ClassDef { name: ident, kind, docstring, header, body: path }))
    }

    /// From `class` to the end of that line.
    fn class_header(&self, span: Span) -> Span {
        Span::new(span.start, self.end_of_line(span.start))
    }
}
