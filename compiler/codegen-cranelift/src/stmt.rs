//! Statements.

use crate::emitter::{Emitter, Loop};
use crate::shape::exists;
use cranelift_codegen::ir::{Block, InstBuilder, SourceLoc};
use spy_ir::{Const, Expr, ExprKind, PosIdx, Scalar, Stmt, StmtKind, Target, Type};

impl Emitter<'_> {
    /// Says where the code that follows comes from.
    pub(crate) fn source(&mut self, pos: PosIdx) {
        self.b.set_srcloc(SourceLoc::new(pos.0));
    }

    /// Emits statements one after the other. What cannot be reached is left out.
    pub(crate) fn stmts(&mut self, stmts: &[Stmt]) {
        for stmt in stmts {
            if self.b.is_unreachable() {
                return;
            }
            let mark = self.temps.mark();
            stacker::maybe_grow(128 << 10, 1 << 20, || self.stmt(stmt));
            self.temps.release(mark);
        }
    }

    fn stmt(&mut self, stmt: &Stmt) {
        self.source(stmt.pos);
        match &stmt.kind {
            StmtKind::Pass | StmtKind::VarDef(_, None) => {}
            StmtKind::Break => self.leave(|around| around.exit),
            StmtKind::Continue => self.leave(|around| around.next_round),
            StmtKind::VarDef(local, Some(value)) | StmtKind::Assign(local, value) => {
                let found = self.borrow(value);
                self.assign(*local, &value.ty, &found);
            }
            StmtKind::AssignCell(cell, value) => {
                let found = self.borrow(value);
                let name = self.scope.cell(cell);
                self.write_cell(&name, &value.ty, &found);
            }
            StmtKind::Unpack(targets, value) => self.unpack(targets, value),
            // A constant statement, such as a doc string, does nothing.
            StmtKind::Expr(Expr { kind: ExprKind::Const(_), .. }) => {}
            StmtKind::Expr(value) => {
                self.borrow(value);
            }
            StmtKind::Return(value) => self.return_stmt(value),
            StmtKind::If { test, then, orelse } => self.if_stmt(test, then, orelse),
            StmtKind::While { test, body } => self.while_stmt(test, body),
            StmtKind::Assert { test, msg } => self.assert_stmt(test, msg.as_ref(), stmt.pos),
        }
    }

    /// Ends the block; what cannot be reached jumps nowhere.
    pub(crate) fn go_to(&mut self, block: Block) {
        if self.b.is_unreachable() {
            self.trap();
        } else {
            self.b.ins().jump(block, &[]);
        }
    }

    fn leave(&mut self, to: impl Fn(&Loop) -> Block) {
        if let Some(around) = self.loops.last() {
            let block = to(around);
            self.b.ins().jump(block, &[]);
            self.unreachable_from_here();
        }
    }

    fn return_stmt(&mut self, value: &Expr) {
        let found = self.borrow(value);
        if exists(&self.func.ret) {
            self.return_value(&value.ty, &found);
        } else {
            self.b.ins().return_(&[]);
        }
        self.unreachable_from_here();
    }

    fn if_stmt(&mut self, test: &Expr, then: &[Stmt], orelse: &[Stmt]) {
        let (yes, done) = (self.b.create_block(), self.b.create_block());
        let no = if orelse.is_empty() { done } else { self.b.create_block() };
        self.branch(test, yes, no);
        self.b.seal_block(yes);
        self.b.switch_to_block(yes);
        self.stmts(then);
        self.go_to(done);
        if !orelse.is_empty() {
            self.b.seal_block(no);
            self.b.switch_to_block(no);
            self.stmts(orelse);
            self.go_to(done);
        }
        self.b.seal_block(done);
        self.b.switch_to_block(done);
    }

    fn assert_stmt(&mut self, test: &Expr, msg: Option<&Expr>, pos: PosIdx) {
        if matches!(test.kind, ExprKind::Const(Const::Scalar(Scalar::Bool(true)))) {
            return;
        }
        let (fine, failed) = (self.b.create_block(), self.b.create_block());
        self.b.set_cold_block(failed);
        self.branch(test, fine, failed);
        self.b.seal_block(failed);
        self.b.switch_to_block(failed);
        self.panic_with("AssertionError", msg, pos);
        self.b.seal_block(fine);
        self.b.switch_to_block(fine);
    }

    fn unpack(&mut self, targets: &[Target], value: &Expr) {
        let whole = self.expr(value);
        if !matches!(value.ty, Type::Struct(_)) {
            return;
        }
        let shape = self.shape(&value.ty);
        for (index, (target, field)) in targets.iter().zip(&shape.fields).enumerate() {
            let part = self.field(&shape, &whole, index);
            match target {
                Target::Local(local) => self.assign(*local, &field.ty, &part),
                Target::Cell(cell) => {
                    let name = self.scope.cell(cell);
                    self.write_cell(&name, &field.ty, &part);
                }
            }
        }
    }
}
