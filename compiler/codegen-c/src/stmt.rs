//! Statements.

use crate::effects::{Effects, LocalSet};
use crate::emitter::{Emitter, Value};
use crate::names::exists;
use spy_ir::{Expr, ExprKind, PosIdx, Stmt, StmtKind, Target, Type};

impl Emitter<'_> {
    /// Emits statements one after the other.
    pub(crate) fn stmts(&mut self, stmts: &[Stmt]) {
        for stmt in stmts {
            stacker::maybe_grow(128 << 10, 1 << 20, || self.stmt(stmt));
        }
    }

    fn stmt(&mut self, stmt: &Stmt) {
        self.source_line(stmt.pos);
        match &stmt.kind {
            StmtKind::Pass | StmtKind::VarDef(_, None) => {}
            StmtKind::Break => self.line("break;"),
            StmtKind::Continue => self.line("continue;"),
            StmtKind::VarDef(local, Some(value)) | StmtKind::Assign(local, value) => {
                self.assign_local(*local, value);
            }
            StmtKind::AssignCell(cell, value) => self.assign_cell(cell, value),
            StmtKind::Unpack(targets, value) => self.unpack(targets, value),
            // A constant statement, such as a doc string, does nothing.
            StmtKind::Expr(Expr { kind: ExprKind::Const(_), .. }) => {}
            // Its value is not read, so that an otherwise unused local counts as such.
            StmtKind::Expr(Expr { kind: ExprKind::AssignLocal(local, value), .. }) => {
                self.assign_local(*local, value)
            }
            StmtKind::Expr(value) => {
                let value = self.value(value);
                self.discard(&value);
            }
            StmtKind::Return(value) => self.return_stmt(value),
            StmtKind::If { test, then, orelse } => self.if_stmt(test, then, orelse),
            StmtKind::While { test, body } => self.while_stmt(test, body),
            StmtKind::Assert { test, msg } => self.assert_stmt(test, msg.as_ref(), stmt.pos),
        }
    }

    fn return_stmt(&mut self, value: &Expr) {
        let value = self.value(value);
        if exists(&self.func.ret) && !value.text.is_empty() {
            let text = if self.carried(&self.func.ret) {
                crate::carry::pack(&self.func.ret, &value.text)
            } else {
                value.text
            };
            self.effect_line(format!("return {text};"), &value.effects);
        } else {
            self.discard(&value);
            self.line("return;");
        }
    }

    /// Chains of `elif` stay flat where their tests need no statements of their own.
    fn if_stmt(&mut self, test: &Expr, then: &[Stmt], mut orelse: &[Stmt]) {
        let test = self.value(test);
        self.open("if", &test, then);
        let mut nested = 0;
        while let [Stmt { kind: StmtKind::If { test, then, orelse: rest }, pos, .. }] = orelse {
            self.source_line(*pos);
            self.indent();
            let (test, before) = self.aside(|emitter| emitter.value(test));
            self.dedent();
            if before.is_empty() {
                self.open("} else if", &test, then);
            } else {
                self.line("} else {");
                self.append(before);
                self.indent();
                nested += 1;
                self.open("if", &test, then);
            }
            orelse = rest;
        }
        if !orelse.is_empty() {
            self.line("} else {");
            self.indent();
            self.stmts(orelse);
            self.dedent();
        }
        self.line("}");
        for _ in 0..nested {
            self.dedent();
            self.line("}");
        }
    }

    fn open(&mut self, keyword: &str, test: &Value, body: &[Stmt]) {
        self.effect_line(format!("{keyword} ({}) {{", test.text), &test.effects);
        self.indent();
        self.stmts(body);
        self.dedent();
    }

    fn while_stmt(&mut self, test: &Expr, body: &[Stmt]) {
        self.indent();
        let (test, before) = self.aside(|emitter| emitter.value(test));
        self.dedent();
        if before.is_empty() {
            self.open("while", &test, body);
        } else {
            self.line("while (true) {");
            self.append(before);
            self.indent();
            self.effect_line(format!("if ({}) break;", test.negated()), &test.effects);
            self.stmts(body);
            self.dedent();
        }
        self.line("}");
        // A loop may run forever.
        self.note(&Effects { acts: true, ..Effects::default() });
    }

    fn assert_stmt(&mut self, test: &Expr, msg: Option<&Expr>, pos: PosIdx) {
        let test = self.value(test);
        self.effect_line(format!("if ({}) {{", test.negated()), &test.effects);
        self.indent();
        let line = self.panic_call("AssertionError", msg, pos);
        self.effect_line(line, &Effects { panics: true, ..Effects::default() });
        self.dedent();
        self.line("}");
    }

    fn unpack(&mut self, targets: &[Target], value: &Expr) {
        let whole = self.value(value);
        let Type::Struct(fqn) = &value.ty else {
            return self.discard(&whole);
        };
        let Some(def) = self.scope.struct_def(fqn) else {
            return self.discard(&whole);
        };
        let whole = self.spill(&whole, &value.ty);
        for (index, (target, (_, ty))) in (0u32..).zip(targets.iter().zip(&def.fields)) {
            if !exists(ty) {
                continue;
            }
            let field = self.field_name(&value.ty, index);
            let (name, effects) = match target {
                Target::Local(local) => {
                    let writes = LocalSet::one(*local);
                    (self.local_name(*local).to_owned(), Effects { writes, ..Effects::default() })
                }
                Target::Cell(cell) => {
                    (self.cell_name(cell), Effects { acts: true, ..Effects::default() })
                }
            };
            self.effect_line(format!("{name} = {}.{field};", whole.text), &effects);
        }
    }
}
