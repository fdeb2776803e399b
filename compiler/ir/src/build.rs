//! Short ways to write IR down by hand, for tests of whatever reads it.
//!
//! Everything gets position 0 unless [`at`] says otherwise. Nothing is checked: that is the
//! verifier's job.

use crate::{
    Callee, Const, Expr, ExprKind, Fqn, Func, Local, LocalId, Module, Name, PosIdx, PrimOp,
    Program, PtrOp, Scalar, Stmt, StmtKind, StructDef, Type,
};
use std::collections::BTreeSet;
use std::sync::Arc;

const START: PosIdx = PosIdx(0);

/// Builds a [`Func`].
pub struct FuncBuilder {
    func: Func,
}

impl FuncBuilder {
    /// A function without parameters that returns `None`, with eight positions.
    #[must_use]
    pub fn new(fqn: &str) -> Self {
        Self {
            func: Func {
                fqn: Fqn::simple(fqn),
                locals: Vec::new(),
                param_count: 0,
                ret: Type::None,
                scratch: Vec::new(),
                body: Vec::new(),
                pos_count: 8,
                end_pos: START,
                track_caller: false,
            },
        }
    }

    /// Sets the result's type.
    #[must_use]
    pub fn ret(mut self, ty: Type) -> Self {
        self.func.ret = ty;
        self
    }

    /// Makes run-time errors point at the caller.
    #[must_use]
    pub fn track_caller(mut self) -> Self {
        self.func.track_caller = true;
        self
    }

    /// Adds a parameter. All parameters come before all other locals.
    pub fn param(&mut self, name: &str, ty: Type) -> LocalId {
        self.func.param_count += 1;
        self.local(name, ty)
    }

    /// Adds a local.
    pub fn local(&mut self, name: &str, ty: Type) -> LocalId {
        let id = LocalId(u32::try_from(self.func.locals.len()).unwrap_or(u32::MAX));
        self.func.locals.push(Local { name: Name::from(name), ty });
        id
    }

    /// Reads a local.
    #[must_use]
    pub fn get(&self, local: LocalId) -> Expr {
        expr(ExprKind::Local(local), self.func.local(local).ty.clone())
    }

    /// `local := value`.
    #[must_use]
    pub fn walrus(&self, local: LocalId, value: Expr) -> Expr {
        let ty = self.func.local(local).ty.clone();
        expr(ExprKind::AssignLocal(local, Box::new(value)), ty)
    }

    /// The function with these statements.
    #[must_use]
    pub fn body(mut self, body: Vec<Stmt>) -> Func {
        self.func.body = body;
        self.func
    }
}

/// A program of one module and no entry.
#[must_use]
pub fn program(module: &str, funcs: Vec<Func>, structs: Vec<StructDef>) -> Program {
    Program {
        modules: vec![Module {
            name: Name::from(module),
            funcs: funcs.into_iter().map(Arc::new).collect(),
            cells: Vec::new(),
        }],
        structs: structs.into_iter().map(Arc::new).collect(),
        data: Vec::new(),
        addressed: BTreeSet::new(),
        externs: std::collections::BTreeMap::new(),
        entry: None,
    }
}

/// A struct that the program defines.
#[must_use]
pub fn struct_def(fqn: &str, fields: &[(&str, Type)]) -> StructDef {
    StructDef {
        fqn: Fqn::simple(fqn),
        fields: fields.iter().map(|(name, ty)| (Name::from(*name), ty.clone())).collect(),
        builtin: false,
    }
}

/// An expression.
#[must_use]
pub fn expr(kind: ExprKind, ty: Type) -> Expr {
    Expr { kind, ty, pos: START }
}

/// The same expression at another position.
#[must_use]
pub fn at(pos: u32, mut expr: Expr) -> Expr {
    expr.pos = PosIdx(pos);
    expr
}

/// A statement.
#[must_use]
pub fn stmt(kind: StmtKind) -> Stmt {
    Stmt { kind, pos: START }
}

/// A constant number, bool, str or bytes.
#[must_use]
pub fn scalar(value: Scalar) -> Expr {
    let ty = Type::Scalar(value.ty());
    expr(ExprKind::Const(Const::Scalar(value)), ty)
}

/// A constant `i32`.
#[must_use]
pub fn int(value: i32) -> Expr {
    scalar(Scalar::I32(value))
}

/// A constant `str`.
#[must_use]
pub fn text(value: &str) -> Expr {
    scalar(Scalar::str(value))
}

/// `None`.
#[must_use]
pub fn none() -> Expr {
    expr(ExprKind::Const(Const::None), Type::None)
}

/// A primitive operation by name: `i32_add`, `unsafe::i32_unchecked_div`.
///
/// # Panics
/// If there is no such operation.
#[must_use]
pub fn prim(name: &str, args: Vec<Expr>) -> Expr {
    let op = PrimOp::from_fqn(&format!("operator::{name}"))
        .or_else(|| PrimOp::from_fqn(name))
        .expect("the name of a primitive operation");
    expr(ExprKind::Call(Callee::Prim(op), args), Type::Scalar(op.result()))
}

/// A call of a function of the program.
#[must_use]
pub fn call(fqn: &str, ret: Type, args: Vec<Expr>) -> Expr {
    expr(ExprKind::Call(Callee::Func(Fqn::simple(fqn)), args), ret)
}

/// A call of a function of the runtime.
#[must_use]
pub fn runtime(fqn: &str, ret: Type, args: Vec<Expr>) -> Expr {
    expr(ExprKind::Call(Callee::Runtime(Name::from(fqn)), args), ret)
}

/// `raise etype(message)`.
#[must_use]
pub fn raise(etype: &str, message: &str) -> Expr {
    expr(ExprKind::Call(Callee::Raise(Name::from(etype)), vec![text(message)]), Type::None)
}

/// An operation on a pointer.
#[must_use]
pub fn ptr(op: PtrOp, ty: Type, args: Vec<Expr>) -> Expr {
    expr(ExprKind::Call(Callee::Ptr(op), args), ty)
}

/// `left and right`.
#[must_use]
pub fn and(left: Expr, right: Expr) -> Expr {
    expr(ExprKind::And(Box::new(left), Box::new(right)), Type::BOOL)
}

/// `left or right`.
#[must_use]
pub fn or(left: Expr, right: Expr) -> Expr {
    expr(ExprKind::Or(Box::new(left), Box::new(right)), Type::BOOL)
}

/// Statements, then a value.
#[must_use]
pub fn block(body: Vec<Stmt>, value: Expr) -> Expr {
    let ty = value.ty.clone();
    expr(ExprKind::Block(body, Box::new(value)), ty)
}

/// `local = value`.
#[must_use]
pub fn assign(local: LocalId, value: Expr) -> Stmt {
    stmt(StmtKind::Assign(local, value))
}

/// `return value`.
#[must_use]
pub fn ret(value: Expr) -> Stmt {
    stmt(StmtKind::Return(value))
}

/// An expression statement.
#[must_use]
pub fn eval(value: Expr) -> Stmt {
    stmt(StmtKind::Expr(value))
}

/// `if`.
#[must_use]
pub fn if_(test: Expr, then: Vec<Stmt>, orelse: Vec<Stmt>) -> Stmt {
    stmt(StmtKind::If { test, then, orelse })
}

/// `while`.
#[must_use]
pub fn while_(test: Expr, body: Vec<Stmt>) -> Stmt {
    stmt(StmtKind::While { test, body })
}
