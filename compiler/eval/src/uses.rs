//! A walk over the statements of a function in the order of the text, for who asks where its names are assigned and
//! used.

use spy_syntax::ast::{Body, Expr, ExprId, Ident, Stmt, StmtId};
use spy_text::Name;

/// Who asks. Functions and classes inside have bodies of their own, which are not looked at.
pub(crate) trait Uses<'b> {
    /// The statements.
    fn body(&self) -> &'b Body;

    /// A name that an expression reads.
    fn used(&mut self, name: &Name);

    /// A name that is assigned, but for the target of a loop.
    fn assigned(&mut self, target: &Ident);

    /// A name that is read and assigned, as by `x += 1`.
    fn augmented(&mut self, target: &Ident);

    /// The statements of a branch or loop; a `for` has a target.
    fn nested(&mut self, target: Option<&'b Ident>, stmts: &'b [StmtId]);

    fn block(&mut self, stmts: &'b [StmtId]) {
        for id in stmts {
            crate::machine::deep(|| self.stmt(*id));
        }
    }

    fn stmt(&mut self, id: StmtId) {
        match self.body().stmt(id) {
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
                self.augmented(target);
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
                self.nested(None, then);
                self.nested(None, orelse);
            }
            Stmt::While { test, body } => {
                self.expr(*test);
                self.nested(None, body);
            }
            Stmt::For { target, iter, body, .. } => {
                self.expr(*iter);
                self.nested(Some(target), body);
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
        match self.body().expr(id) {
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
