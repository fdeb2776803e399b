//! Which locals are used outside the branch or loop that assigns them.
//!
//! A constant that is assigned once is blue: its uses become its value. If the assignment stands in
//! a branch and a use after it, the value is known only if the branch was taken, so such a local
//! must stay red.

use spy_syntax::ast::{Body, Expr, ExprId, Ident, Stmt, StmtId};
use spy_text::Name;
use std::collections::{BTreeMap, BTreeSet};

/// The names of `body` that are used outside the innermost block that assigns them.
#[must_use]
pub fn escaping_names(body: &Body) -> BTreeSet<Name> {
    let mut walk =
        Walk { body, path: Vec::new(), next: 0, homes: BTreeMap::new(), out: BTreeSet::new() };
    walk.block(&body.root);
    walk.out
}

struct Walk<'b> {
    body: &'b Body,
    /// Numbers of the blocks around the current statement, outermost first.
    path: Vec<u32>,
    next: u32,
    /// The blocks around the first assignment of each name.
    homes: BTreeMap<Name, Vec<u32>>,
    out: BTreeSet<Name>,
}

impl Walk<'_> {
    fn nested(&mut self, stmts: &[StmtId]) {
        self.next += 1;
        self.path.push(self.next);
        self.block(stmts);
        self.path.pop();
    }

    fn block(&mut self, stmts: &[StmtId]) {
        for id in stmts {
            crate::machine::deep(|| self.stmt(*id));
        }
    }

    fn assigned(&mut self, target: &Ident) {
        if !self.path.is_empty() && !self.homes.contains_key(&target.name) {
            self.homes.insert(target.name.clone(), self.path.clone());
        }
    }

    fn used(&mut self, name: &Name) {
        if self.homes.get(name).is_some_and(|home| !self.path.starts_with(home)) {
            self.out.insert(name.clone());
        }
    }

    fn stmt(&mut self, id: StmtId) {
        match self.body.stmt(id) {
            Stmt::Return(value) | Stmt::Expr(value) | Stmt::Raise(value) => self.expr(*value),
            Stmt::VarDef { target, ty, value, .. } => {
                self.expr(*ty);
                value.iter().for_each(|value| self.expr(*value));
                self.assigned(target);
            }
            Stmt::Assign { target, value } => {
                self.expr(*value);
                self.assigned(target);
            }
            Stmt::Unpack { targets, value } => {
                self.expr(*value);
                targets.iter().for_each(|target| self.assigned(target));
            }
            Stmt::AugAssign { target, value, .. } => {
                self.used(&target.name);
                self.expr(*value);
            }
            Stmt::SetAttr { target, value, .. } | Stmt::AugSetAttr { target, value, .. } => {
                self.expr(*target);
                self.expr(*value);
            }
            Stmt::DelItem { target, args, .. } => {
                self.expr(*target);
                self.exprs(args);
            }
            Stmt::SetItem { target, args, value, .. }
            | Stmt::AugSetItem { target, args, value, .. } => {
                self.expr(*target);
                self.exprs(args);
                self.expr(*value);
            }
            Stmt::If { test, then, orelse } => {
                self.expr(*test);
                self.nested(then);
                self.nested(orelse);
            }
            Stmt::While { test, body } => {
                self.expr(*test);
                self.nested(body);
            }
            Stmt::For { iter, body, .. } => {
                self.expr(*iter);
                self.nested(body);
            }
            Stmt::Assert { test, msg } => {
                self.expr(*test);
                msg.iter().for_each(|msg| self.expr(*msg));
            }
            Stmt::FuncDef(_) | Stmt::ClassDef(_) | Stmt::Import(_) => {}
            Stmt::Pass | Stmt::Break | Stmt::Continue | Stmt::Global(_) => {}
        }
    }

    fn exprs(&mut self, ids: &[ExprId]) {
        ids.iter().for_each(|id| self.expr(*id));
    }

    fn expr(&mut self, id: ExprId) {
        crate::machine::deep(|| self.expr_kind(id));
    }

    fn expr_kind(&mut self, id: ExprId) {
        match self.body.expr(id) {
            Expr::Auto | Expr::Literal(_) => {}
            Expr::Lambda(def) => self.exprs(&def.defaults),
            Expr::Name(name) => self.used(name),
            Expr::GetItem { value, args } => {
                self.expr(*value);
                self.exprs(args);
            }
            Expr::GetAttr { value, .. }
            | Expr::UnaryOp { value, .. }
            | Expr::Keyword { value, .. }
            | Expr::Starred(value) => self.expr(*value),
            Expr::Chain { first, rest } => {
                self.expr(*first);
                rest.iter().for_each(|(_, operand)| self.expr(*operand));
            }
            Expr::Call { func, args } => {
                self.expr(*func);
                self.exprs(args);
            }
            Expr::CallMethod { target, args, .. } => {
                self.expr(*target);
                self.exprs(args);
            }
            Expr::BinOp { left, right, .. } | Expr::CmpOp { left, right, .. } => {
                self.exprs(&[*left, *right]);
            }
            Expr::And(left, right) | Expr::Or(left, right) => self.exprs(&[*left, *right]),
            Expr::IfExp { then, test, orelse } => self.exprs(&[*test, *then, *orelse]),
            Expr::List(items) | Expr::Tuple(items) | Expr::Set(items) => self.exprs(items),
            Expr::Dict(items) => {
                items.iter().for_each(|(key, value)| self.exprs(&[*key, *value]));
            }
            Expr::JoinedStr(parts) => self.exprs(parts),
            Expr::FormattedValue { value, spec, .. } => {
                self.expr(*value);
                self.exprs(spec.as_slice());
            }
            Expr::Slice { start, stop, step } => self.exprs(&[*start, *stop, *step]),
            Expr::AssignExpr { target, value } => {
                self.expr(*value);
                self.assigned(target);
            }
            Expr::Comprehension(made) => {
                self.block(&made.body);
                self.expr(made.result);
            }
            Expr::Block { body, value } => {
                self.block(body);
                self.expr(*value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use spy_syntax::ast::DefPath;

    fn escaping(body: &str) -> Vec<String> {
        let text = format!("def f(b: bool) -> i32:\n{body}");
        let module = spy_syntax::parse(&text);
        assert!(module.errors.is_empty(), "{:?}", module.errors);
        let body = &module.bodies[&DefPath::module().child("f", 1)];
        escaping_names(body).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_use_after_the_branch_escapes() {
        assert_eq!(escaping("    if b:\n        x = 1\n    return x\n"), ["x"]);
        assert_eq!(
            escaping("    if b:\n        x = 1\n    else:\n        return x\n    return 0\n"),
            ["x"]
        );
    }

    #[test]
    fn a_use_inside_the_branch_does_not() {
        assert!(
            escaping("    if b:\n        x = 1\n        return x + 1\n    return 0\n").is_empty()
        );
        assert!(escaping("    x = 1\n    if b:\n        return x\n    return x\n").is_empty());
    }
}
