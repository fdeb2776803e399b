//! Statements at module level: only definitions and imports.

use super::Lower;
use crate::ast::{CmpOp, Expr, ExprId, Ident, Import, Stmt};
use crate::cst::{E, ExprKind, List, S, StmtKind};
use crate::lexer::name;
use crate::stack;
use spy_text::{Name, Span};
use std::sync::Arc;

const NOT_GLOBAL: &str = "only function and variable definitions are allowed at global scope";

impl Lower<'_, '_> {
    /// Lowers a statement of the module's top level.
    pub(super) fn module_stmt(&mut self, s: S) {
        let stmt = self.cst.stmt(s);
        self.start_stmt(s);
        match stmt.kind {
            StmtKind::Def { .. } | StmtKind::Class { .. } => self.module_root(s),
            StmtKind::AnnAssign { value: Some(_), .. }
            | StmtKind::Declare { value: Some(_), .. } => {
                self.module_root(s);
            }
            StmtKind::Assign { targets, .. } => self.module_assign(s, targets),
            StmtKind::Import(aliases) => {
                for alias in self.cst.aliases(aliases) {
                    let module = self.dotted(alias.name);
                    let package = module.split('.').next().map(Name::from);
                    let binds_top = alias.asname.is_none() && package.as_ref() != Some(&module);
                    let name = match (alias.asname, package) {
                        (Some(asname), _) => self.dotted(asname),
                        (None, package) => package.unwrap_or_default(),
                    };
                    let asname = Ident { name, mark: self.mark(alias.span) };
                    let import = Import { module, level: 0, binds_top, attr: None, asname };
                    self.import(stmt.span, import);
                }
            }
            StmtKind::ImportFrom { module, level, aliases } => {
                for alias in self.cst.aliases(aliases) {
                    let module = self.dotted(module);
                    let attr = Some(self.name(alias.name));
                    let name = self.dotted(alias.asname.unwrap_or(alias.name));
                    let asname = Ident { name, mark: self.mark(alias.span) };
                    let import = Import { module, level, binds_top: false, attr, asname };
                    self.import(stmt.span, import);
                }
            }
            StmtKind::Expr(e) if self.is_text(e) => {}
            StmtKind::If { arms, orelse } if self.calls_main(arms, orelse) => {}
            _ => self.not_global(stmt.span),
        }
    }

    /// Whether an `if` is `if __name__ == "__main__": main()`, and nothing else. Programs that are Python's too
    /// end so, and begin with `main` anyway.
    fn calls_main(&self, arms: List, orelse: List) -> bool {
        let is_name = |e: E, name: &str| {
            let node = self.cst.expr(e);
            node.kind == ExprKind::Name && self.slice(node.span) == name
        };
        let is_main_text = |e: E| {
            let node = self.cst.expr(e);
            node.kind == ExprKind::Str
                && self.slice(node.span).trim_matches(['"', '\'']) == "__main__"
        };
        let [_, test, start, end] = self.cst.list(arms) else { return false };
        let ExprKind::Compare { op: CmpOp::Eq, left, right } = self.cst.expr(E(*test)).kind else {
            return false;
        };
        let mut body = self.cst.stmts(List::from_parts(*start, *end));
        let (Some(only), None) = (body.next(), body.next()) else { return false };
        let StmtKind::Expr(call) = self.cst.stmt(only).kind else { return false };
        let ExprKind::Call { func, args } = self.cst.expr(call).kind else { return false };
        is_name(left, "__name__")
            && is_main_text(right)
            && is_name(func, "main")
            && args.len() == 0
            && orelse.len() == 0
    }

    fn not_global(&mut self, span: Span) {
        self.reject(span, NOT_GLOBAL, "this is not allowed here");
    }

    fn module_root(&mut self, s: S) {
        let mut root = Vec::new();
        self.stmt(s, &mut root);
        self.cx.builder.body.root.extend(root);
    }

    fn module_assign(&mut self, s: S, targets: List) {
        let stmt = self.cst.stmt(s);
        // In `a = b = e`, what `b` is assigned is the constant `a`.
        let mut first: Option<Name> = None;
        for target in self.cst.exprs(targets) {
            let target = self.cst.expr(target);
            match (target.kind, stmt.kind) {
                (ExprKind::Name, StmtKind::Assign { value, .. }) => {
                    let at = target.span;
                    let target = self.ident(at);
                    let ty = self.add_expr(Expr::Auto, stmt.span);
                    let value = Some(match &first {
                        Some(name) => self.add_expr(Expr::Name(name.clone()), at),
                        None => self.expr(value),
                    });
                    first.get_or_insert_with(|| target.name.clone());
                    let made = Stmt::VarDef { keyword: None, target, ty, value };
                    let stmt = self.add_stmt(made, stmt.span);
                    self.cx.builder.body.root.push(stmt);
                }
                (
                    ExprKind::Tuple(items) | ExprKind::List(items),
                    StmtKind::Assign { value, .. },
                ) if self.cst.exprs(targets).len() == 1 => {
                    let value = self.expr(value);
                    self.module_unpack(stmt.span, items, value);
                }
                (ExprKind::Attr { .. } | ExprKind::Subscript { .. } | ExprKind::Tuple(_), _) => {
                    self.not_global(stmt.span);
                    return;
                }
                _ => self.unsupported(target.span, "assign to complex expressions"),
            }
        }
    }

    /// `a, (b, c) = value`: hidden names take the items, and constants are declared as those.
    fn module_unpack(&mut self, span: Span, items: List, value: ExprId) {
        let items: Vec<E> = self.cst.exprs(items).collect();
        let mut targets = Vec::with_capacity(items.len());
        for item in &items {
            let at = self.cst.expr(*item).span;
            targets.push(self.hidden(at));
        }
        let names: Vec<Name> = targets.iter().map(|target| target.name.clone()).collect();
        let stmt = self.add_stmt(Stmt::Unpack { targets, value }, span);
        self.cx.builder.body.root.push(stmt);
        for (item, name) in items.into_iter().zip(names) {
            let node = self.cst.expr(item);
            let value = self.add_expr(Expr::Name(name), node.span);
            match node.kind {
                ExprKind::Name => {
                    let target = self.ident(node.span);
                    let ty = self.add_expr(Expr::Auto, span);
                    let made = Stmt::VarDef { keyword: None, target, ty, value: Some(value) };
                    let stmt = self.add_stmt(made, span);
                    self.cx.builder.body.root.push(stmt);
                }
                ExprKind::Tuple(items) | ExprKind::List(items) => {
                    stack::with_room(|| self.module_unpack(span, items, value));
                }
                ExprKind::Attr { .. } | ExprKind::Subscript { .. } => self.not_global(span),
                ExprKind::Error => {}
                ExprKind::Starred(_) => self.reject(
                    node.span,
                    "not implemented yet: assign to complex expressions",
                    "a star is possible in functions only; here, slice: `rest = xs[1:]`",
                ),
                _ => self.unsupported(node.span, "assign to complex expressions"),
            }
        }
    }

    fn import(&mut self, stmt: Span, import: Import) {
        let stmt = self.add_stmt(Stmt::Import(Box::new(import)), stmt);
        self.cx.builder.body.root.push(stmt);
    }

    /// A dotted name without the white space that may stand around its dots.
    fn dotted(&self, span: Span) -> Name {
        let text = self.slice(span);
        if text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'*'))
        {
            return Name::new(text);
        }
        let parts: String = text.chars().filter(|c| !c.is_whitespace() && *c != '\\').collect();
        name::intern(&parts)
    }

    /// The text of a statement that is nothing but a string.
    pub(super) fn docstring(&mut self, s: S) -> Option<Arc<str>> {
        match self.cst.stmt(s).kind {
            StmtKind::Expr(e) if self.is_text(e) => self.text_of(e),
            _ => None,
        }
    }
}
