//! Statements of a dump.

use super::BodyDumper;
use super::expr::str_literal;
use super::tree::Tree;
use crate::ast::{ExprId, Ident, Import, Stmt, StmtId, VarKeyword};
use crate::stack;

impl BodyDumper<'_> {
    /// A statement.
    pub(super) fn stmt(&self, id: StmtId) -> Tree {
        stack::with_room(|| self.stmt_kind(self.body.stmt(id)))
    }

    fn stmt_kind(&self, stmt: &Stmt) -> Tree {
        match stmt {
            Stmt::Pass => Tree::node("Pass", Vec::new()),
            Stmt::Break => Tree::node("Break", Vec::new()),
            Stmt::Continue => Tree::node("Continue", Vec::new()),
            Stmt::Return(value) => Tree::node("Return", vec![("value", self.expr(*value))]),
            Stmt::Expr(value) => Tree::node("StmtExpr", vec![("value", self.expr(*value))]),
            Stmt::Raise(exc) => Tree::node("Raise", vec![("exc", self.expr(*exc))]),
            Stmt::Assert { test, msg } => Tree::node(
                "Assert",
                vec![
                    ("test", self.expr(*test)),
                    ("msg", msg.map_or_else(Tree::none, |msg| self.expr(msg))),
                ],
            ),
            Stmt::Global(names) => {
                let names = names.iter().map(|name| str_literal(&name.name)).collect();
                Tree::node("Global", vec![("names", Tree::List(names))])
            }
            Stmt::FuncDef(def) => self.func_def(def),
            Stmt::ClassDef(def) => self.class_def(def),
            Stmt::Import(import) => dump_import(import),
            stmt @ (Stmt::If { .. } | Stmt::While { .. } | Stmt::For { .. }) => self.compound(stmt),
            stmt => self.assignment(stmt),
        }
    }

    fn compound(&self, stmt: &Stmt) -> Tree {
        match stmt {
            Stmt::If { test, then, orelse } => Tree::node(
                "If",
                vec![
                    ("test", self.expr(*test)),
                    ("then_body", self.stmts(then)),
                    ("else_body", self.stmts(orelse)),
                ],
            ),
            Stmt::While { test, body } => {
                Tree::node("While", vec![("test", self.expr(*test)), ("body", self.stmts(body))])
            }
            Stmt::For { seq, target, iter, body } => Tree::node(
                "For",
                vec![
                    ("seq", Tree::Text(seq.to_string())),
                    ("target", str_literal(&target.name)),
                    ("iter", self.expr(*iter)),
                    ("body", self.stmts(body)),
                ],
            ),
            _ => Tree::none(),
        }
    }

    fn var_def(
        &self,
        keyword: Option<VarKeyword>,
        target: &Ident,
        ty: ExprId,
        value: Option<ExprId>,
    ) -> Tree {
        let kind = keyword.map(|keyword| match keyword {
            VarKeyword::Var => "var",
            VarKeyword::Const => "const",
        });
        Tree::node(
            "VarDef",
            vec![
                ("kind", Tree::optional_str(kind)),
                ("name", str_literal(&target.name)),
                ("type", self.expr(ty)),
                ("value", value.map_or_else(Tree::none, |value| self.expr(value))),
            ],
        )
    }

    fn assignment(&self, stmt: &Stmt) -> Tree {
        if let Some((name, stands)) = self.body.local_def(stmt) {
            return self.local_def(&name.name, stands);
        }
        match stmt {
            Stmt::VarDef { keyword, target, ty, value } => {
                self.var_def(*keyword, target, *ty, *value)
            }
            Stmt::Assign { target, value } => Tree::node(
                "Assign",
                vec![("target", single_target(target)), ("value", self.expr(*value))],
            ),
            Stmt::Unpack { targets, value } => {
                let targets = Tree::List(targets.iter().map(single_target).collect());
                let target = Tree::node("UnpackTarget", vec![("targets", targets)]);
                Tree::node("Assign", vec![("target", target), ("value", self.expr(*value))])
            }
            Stmt::AugAssign { op, target, value } => Tree::node(
                "AugAssign",
                vec![
                    ("op", Tree::str(op.symbol())),
                    ("target", str_literal(&target.name)),
                    ("value", self.expr(*value)),
                ],
            ),
            Stmt::AugSetAttr { op, target, attr, value, .. } => Tree::node(
                "AugSetAttr",
                vec![
                    ("op", Tree::str(op.symbol())),
                    ("target", self.expr(*target)),
                    ("attr", str_literal(attr)),
                    ("value", self.expr(*value)),
                ],
            ),
            Stmt::AugSetItem { op, target, args, value, .. } => Tree::node(
                "AugSetItem",
                vec![
                    ("op", Tree::str(op.symbol())),
                    ("target", self.expr(*target)),
                    ("args", self.exprs(args)),
                    ("value", self.expr(*value)),
                ],
            ),
            Stmt::DelItem { target, args, .. } => Tree::node(
                "DelItem",
                vec![("target", self.expr(*target)), ("args", self.exprs(args))],
            ),
            Stmt::SetAttr { target, attr, value, .. } => Tree::node(
                "SetAttr",
                vec![
                    ("target", self.expr(*target)),
                    ("attr", str_literal(attr)),
                    ("value", self.expr(*value)),
                ],
            ),
            Stmt::SetItem { target, args, value, .. } => Tree::node(
                "SetItem",
                vec![
                    ("target", self.expr(*target)),
                    ("args", self.exprs(args)),
                    ("value", self.expr(*value)),
                ],
            ),
            _ => Tree::none(),
        }
    }
}

impl Stmt {
    /// What dumps call it.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Pass => "Pass",
            Self::Break => "Break",
            Self::Continue => "Continue",
            Self::Return(_) => "Return",
            Self::Expr(_) => "StmtExpr",
            Self::VarDef { .. } => "VarDef",
            Self::Assign { .. } | Self::Unpack { .. } => "Assign",
            Self::AugAssign { .. } => "AugAssign",
            Self::AugSetAttr { .. } => "AugSetAttr",
            Self::AugSetItem { .. } => "AugSetItem",
            Self::DelItem { .. } => "DelItem",
            Self::SetAttr { .. } => "SetAttr",
            Self::SetItem { .. } => "SetItem",
            Self::If { .. } => "If",
            Self::While { .. } => "While",
            Self::For { .. } => "For",
            Self::Raise(_) => "Raise",
            Self::Assert { .. } => "Assert",
            Self::Global(_) => "Global",
            Self::FuncDef(_) => "FuncDef",
            Self::ClassDef(_) => "ClassDef",
            Self::Import(_) => "Import",
        }
    }
}

fn single_target(target: &Ident) -> Tree {
    Tree::node("SingleTarget", vec![("name", str_literal(&target.name))])
}

fn dump_import(import: &Import) -> Tree {
    let written = format!("{}{}", ".".repeat(import.level as usize), import.module);
    let module = if written.contains('.') { format!("({written})") } else { written };
    let attr = import.attr.as_ref().map_or_else(String::new, |attr| format!(".{attr}"));
    Tree::node(
        "Import",
        vec![
            ("ref", Tree::Text(format!("<ImportRef {module}{attr}>"))),
            (
                "asname",
                Tree::str(if import.binds_top { &import.module } else { &import.asname.name }),
            ),
        ],
    )
}
