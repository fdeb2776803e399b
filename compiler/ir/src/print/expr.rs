//! Expressions, with as few parentheses as SPy's precedences allow.

use super::{Printer, literal};
use crate::{
    Callee, Const, Expr, ExprKind, Fqn, PosIdx, PrimOp, PtrKind, PtrOp, Scalar, ScalarTy, Type,
};
use spy_prim::{BinKind, CmpKind, OpKind};
use std::fmt::Write;

/// Binding strengths, weakest first.
mod prec {
    pub(super) const WALRUS: u8 = 0;
    pub(super) const OR: u8 = 1;
    pub(super) const AND: u8 = 2;
    pub(super) const CMP: u8 = 3;
    pub(super) const SUM: u8 = 4;
    pub(super) const PRODUCT: u8 = 5;
    pub(super) const ATOM: u8 = 6;
}

/// The infix form of the operations that have one, with its precedence.
fn infix(op: PrimOp) -> Option<(&'static str, u8)> {
    let sugared = |ty| matches!(ty, ScalarTy::I32 | ScalarTy::F64);
    Some(match op.kind() {
        OpKind::Binary(kind, ty) if sugared(ty) => match kind {
            BinKind::Add => ("+", prec::SUM),
            BinKind::Sub => ("-", prec::SUM),
            BinKind::Mul => ("*", prec::PRODUCT),
            BinKind::Div => ("/", prec::PRODUCT),
            BinKind::FloorDiv => ("//", prec::PRODUCT),
            _ => return None,
        },
        OpKind::Compare(kind, ty) if sugared(ty) => {
            let sign = match kind {
                CmpKind::Eq => "==",
                CmpKind::Ne => "!=",
                CmpKind::Lt => "<",
                CmpKind::Le => "<=",
                CmpKind::Gt => ">",
                CmpKind::Ge => ">=",
            };
            (sign, prec::CMP)
        }
        _ => return None,
    })
}

impl Printer<'_> {
    /// Prints an expression.
    pub(super) fn expr(&mut self, expr: &Expr) {
        stacker::maybe_grow(64 << 10, 1 << 20, || self.expr_inner(expr));
    }

    fn expr_inner(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Const(value) => self.constant(value, &expr.ty),
            ExprKind::Local(local) => self.push(&self.func.local(*local).name),
            ExprKind::Cell(cell) => self.name(cell),
            ExprKind::Call(callee, args) => self.call(expr, callee, args),
            ExprKind::And(left, right) => self.short_circuit("and", prec::AND, left, right),
            ExprKind::Or(left, right) => self.short_circuit("or", prec::OR, left, right),
            ExprKind::AssignLocal(local, value) => {
                self.push(&self.func.local(*local).name);
                self.push(" := ");
                self.expr(value);
            }
            ExprKind::AssignCell(cell, value) => {
                self.name(cell);
                self.push(" := ");
                self.expr(value);
            }
            ExprKind::Block(body, value) => {
                let outer = (std::mem::take(&mut self.out), std::mem::take(&mut self.indent));
                for stmt in body {
                    self.stmt(stmt);
                }
                let lines = std::mem::replace(&mut self.out, outer.0);
                self.indent = outer.1;
                self.push("__block__(");
                for line in lines.lines() {
                    self.push(line);
                    self.push("; ");
                }
                self.expr(value);
                self.push(")");
            }
        }
    }

    fn prec_of(&self, expr: &Expr) -> u8 {
        match &expr.kind {
            ExprKind::AssignLocal(..) | ExprKind::AssignCell(..) => prec::WALRUS,
            ExprKind::And(..) => prec::AND,
            ExprKind::Or(..) => prec::OR,
            ExprKind::Call(Callee::Prim(op), _) if !self.opts.full_fqn => {
                infix(*op).map_or(prec::ATOM, |(_, prec)| prec)
            }
            _ => prec::ATOM,
        }
    }

    /// Prints an operand, in parentheses if it binds weaker than `least`.
    fn operand(&mut self, expr: &Expr, least: u8) {
        if self.prec_of(expr) < least {
            self.push("(");
            self.expr(expr);
            self.push(")");
        } else {
            self.expr(expr);
        }
    }

    fn short_circuit(&mut self, word: &str, prec: u8, left: &Expr, right: &Expr) {
        self.operand(left, prec);
        self.push(" ");
        self.keyword(word);
        self.push(" ");
        self.operand(right, prec);
    }

    fn constant(&mut self, value: &Const, ty: &Type) {
        match value {
            Const::None => self.push("None"),
            Const::Scalar(value) => self.push(&literal::scalar(value)),
            Const::Null if *ty == Type::File => self.name(&Fqn::simple("posix::_FILE_NULL")),
            Const::Null => self.name(&ty.fqn().join("NULL")),
            Const::Struct(fields) if ty.is_function_value() => match fields.first() {
                Some((Const::Null, _)) | None => self.name(&ty.fqn().join("NULL")),
                Some((code, code_ty)) => self.constant(code, code_ty),
            },
            Const::Struct(fields) => {
                self.push("(");
                for (index, (field, ty)) in fields.iter().enumerate() {
                    if index > 0 {
                        self.push(", ");
                    }
                    stacker::maybe_grow(64 << 10, 1 << 20, || self.constant(field, ty));
                }
                self.push(")");
            }
            Const::Func(fqn) => self.name(fqn),
            Const::Data(place) => {
                self.name(&place.data);
                if place.index > 0 {
                    let _ = write!(self.out, "[{}]", place.index);
                }
                for field in &place.path {
                    let _ = write!(self.out, ".{field}");
                }
            }
            Const::Opaque(text) => self.push(text),
        }
    }

    fn call(&mut self, expr: &Expr, callee: &Callee, args: &[Expr]) {
        match (callee, args) {
            (Callee::Prim(op), [left, right]) if !self.opts.full_fqn && infix(*op).is_some() => {
                let (sign, prec) = infix(*op).unwrap_or_default();
                // Comparisons do not chain, so their operands group by themselves.
                let right_least = if prec == prec::CMP { prec } else { prec + 1 };
                self.operand(left, prec);
                let _ = write!(self.out, " {sign} ");
                self.operand(right, right_least);
            }
            (Callee::Raise(etype), [msg]) => self.raise(etype, msg, expr.pos),
            (Callee::Ptr(op), _) => self.ptr_op(*op, expr, args),
            (Callee::Value, [code, args @ ..]) => {
                let (func, args) = called(code, args);
                self.operand(func, prec::ATOM);
                self.push("(");
                self.args(args);
                self.push(")");
            }
            _ => {
                let name = self.callee_name(callee, expr, args);
                self.name(&name);
                self.push("(");
                self.args(args);
                self.push(")");
            }
        }
    }

    fn args(&mut self, args: &[Expr]) {
        for (index, arg) in args.iter().enumerate() {
            if index > 0 {
                self.push(", ");
            }
            self.expr(arg);
        }
    }

    fn callee_name(&self, callee: &Callee, expr: &Expr, args: &[Expr]) -> Fqn {
        match callee {
            Callee::Func(fqn) => fqn.clone(),
            Callee::Prim(op) => Fqn::simple(op.fqn()),
            Callee::Runtime(name) => Fqn::simple(name),
            Callee::StructMake => expr.ty.fqn().join("__make__"),
            Callee::GetField(index) => {
                let owner = args.first().map_or_else(|| expr.ty.fqn(), |arg| arg.ty.fqn());
                let field = self.context.struct_def(&owner).and_then(|def| {
                    def.fields.get(*index as usize).map(|(name, _)| name.to_string())
                });
                owner.join(&format!("__get_{}__", field.unwrap_or_else(|| index.to_string())))
            }
            Callee::LoadScratch(number) => Fqn::simple(&format!("scratch::load{number}")),
            Callee::StoreScratch(number) => Fqn::simple(&format!("scratch::store{number}")),
            Callee::Value | Callee::Raise(_) | Callee::Ptr(_) => Fqn::simple("operator::raise"),
        }
    }

    fn raise(&mut self, etype: &str, msg: &Expr, pos: PosIdx) {
        let at = self.context.position(&self.func.fqn, pos).unwrap_or_default();
        if self.opts.full_fqn {
            let (etype, file) = (literal::text_repr(etype), literal::text_repr(&at.file));
            let _ = write!(self.out, "`operator::raise`({etype}, ");
            self.expr(msg);
            let _ = write!(self.out, ", {file}, {})", at.line);
            return;
        }
        self.keyword("raise");
        let _ = write!(self.out, " {etype}");
        let empty = ExprKind::Const(Const::Scalar(Scalar::str("")));
        if msg.kind != empty {
            self.push("(");
            self.expr(msg);
            self.push(")");
        }
        let base = at.file.rsplit('/').next().unwrap_or_default();
        let _ = write!(self.out, " # /.../{base}:{}", at.line);
    }

    fn ptr_op(&mut self, op: PtrOp, expr: &Expr, args: &[Expr]) {
        let name = ptr_op_name(op, expr, args);
        self.name(&name);
        self.push("(");
        match op {
            PtrOp::GetFieldByVal(field) | PtrOp::GetFieldByRef(field) | PtrOp::SetField(field) => {
                self.field_args(field, args);
            }
            _ => self.args(args),
        }
        // The place to blame is that of the pointer.
        if let (PtrOp::GetItemByVal | PtrOp::GetItemByRef | PtrOp::Store, [ptr, ..]) = (op, args) {
            let at = self.context.position(&self.func.fqn, ptr.pos).unwrap_or_default();
            let _ = write!(
                self.out,
                ", Loc('{} {}:{} {}:{}')",
                at.file, at.line, at.col, at.end_line, at.end_col
            );
        }
        self.push(")");
    }

    /// `p, 'x', 8` and the value, if there is one.
    fn field_args(&mut self, field: u32, args: &[Expr]) {
        let [ptr, value @ ..] = args else { return };
        self.expr(ptr);
        let place = match &ptr.ty {
            Type::Ptr(_, item) | Type::Ref(_, item) => self.layouts.field(&item.fqn(), field),
            _ => None,
        };
        let (offset, name) =
            place.map_or((0, field.to_string()), |(offset, name, _)| (offset, name.to_string()));
        let _ = write!(self.out, ", {}, {offset}", literal::text_repr(&name));
        for value in value {
            self.push(", ");
            self.expr(value);
        }
    }
}

/// The name of the function that a pointer operation is an instance of.
fn ptr_op_name(op: PtrOp, expr: &Expr, args: &[Expr]) -> Fqn {
    let pointer = |index: usize| args.get(index).map_or_else(|| expr.ty.fqn(), |arg| arg.ty.fqn());
    let bulk = |name: &str, pointers: &[usize]| {
        Fqn::simple(&format!("unsafe::{name}"))
            .with_quals(pointers.iter().map(|&index| pointer(index)))
            .join("impl")
    };
    match op {
        PtrOp::Alloc => as_ptr(&expr.ty).fqn().join("alloc"),
        PtrOp::GetItemByVal => pointer(0).join("getitem_byval"),
        PtrOp::GetItemByRef => pointer(0).join("getitem_byref"),
        PtrOp::Store => pointer(0).join("store"),
        PtrOp::GetFieldByVal(_) => {
            Fqn::simple("unsafe::ptr_getfield").with_quals([expr.ty.fqn()]).join("byval")
        }
        PtrOp::GetFieldByRef(_) => {
            Fqn::simple("unsafe::ptr_getfield").with_quals([expr.ty.fqn()]).join("byref")
        }
        PtrOp::SetField(_) => {
            Fqn::simple("unsafe::ptr_setfield").with_quals([pointer(1)]).join("impl")
        }
        PtrOp::Deref => pointer(0).join("deref"),
        PtrOp::Eq => pointer(0).join("__eq__"),
        PtrOp::Ne => pointer(0).join("__ne__"),
        PtrOp::ToBool => pointer(0).join("to_bool"),
        PtrOp::Cast => expr.ty.fqn().join("cast"),
        PtrOp::Copy => bulk("ptr_copy", &[0, 1]),
        PtrOp::CopySlice => bulk("ptr_copy_slice", &[0, 3]),
        PtrOp::Move => bulk("ptr_move", &[0, 1]),
        PtrOp::MoveSlice => bulk("ptr_move_slice", &[0, 3]),
        PtrOp::SetBytes => bulk("ptr_setbytes", &[0]),
        PtrOp::SetBytesSlice => bulk("ptr_setbytes_slice", &[0]),
        PtrOp::Cmp => bulk("ptr_cmp", &[0, 1]),
        PtrOp::CmpSlice => bulk("ptr_cmp_slice", &[0, 3]),
    }
}

/// The function value that is called, and its arguments: who reads a dump thinks of these, not of the parts.
fn called<'e>(code: &'e Expr, args: &'e [Expr]) -> (&'e Expr, &'e [Expr]) {
    let Some((_, rest)) = args.split_first().filter(|(held, _)| held.ty == Type::held()) else {
        return (code, args);
    };
    let owner = match &code.kind {
        ExprKind::Call(Callee::GetField(0), owner) => owner.first(),
        ExprKind::Const(Const::Func(_)) => Some(code),
        _ => None,
    };
    match owner.map(|owner| &owner.kind) {
        Some(ExprKind::AssignLocal(_, func)) => (func, rest),
        Some(_) => (owner.unwrap_or(code), rest),
        None => (code, args),
    }
}

/// The pointer type of the same kind and item.
fn as_ptr(ty: &Type) -> Type {
    match ty {
        Type::Ref(kind, item) => Type::Ptr(*kind, item.clone()),
        Type::Ptr(..) => ty.clone(),
        other => Type::Ptr(PtrKind::Gc, std::sync::Arc::new(other.clone())),
    }
}
