//! `spy_structdefs.h`: every struct and pointer type of a program.

use crate::names::{c_type, declare, exists, identifier, kind_name, symbol};
use crate::scope::Scope;
use crate::{Target, carry};
use spy_ir::{
    Expr, ExprKind, Fqn, FuncType, Program, PtrKind, ScalarTy, Stmt, StmtKind, StructDef, Type,
};
use spy_text::HashMap;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::sync::Arc;

/// Structs of the runtime and their names in C. The runtime defines the pointers to the first two.
const RUNTIME_STRUCTS: [(&str, &str); 2] =
    [("_str::StrObject", "spy_StrObject"), ("_bytes::BytesObject", "spy_BytesObject")];

/// Pointer types that the runtime's headers define.
const RUNTIME_POINTERS: [&str; 3] = [
    "spy_unsafe$gc_ptr__builtins$u8",
    "spy_unsafe$gc_ptr___str$StrObject",
    "spy_unsafe$gc_ptr___bytes$BytesObject",
];

/// Whether the runtime's headers define a pointer type.
pub(crate) fn is_runtime_pointer(name: &str) -> bool {
    RUNTIME_POINTERS.contains(&name)
}

/// The pointer and ref types that a program mentions.
#[derive(Default)]
pub(crate) struct Pointers {
    /// By nesting depth and name, so that what is pointed to comes first.
    ptrs: BTreeMap<(usize, String), (PtrKind, Arc<Type>)>,
    /// Ref types with the pointer type that they share, by name.
    refs: BTreeMap<String, String>,
    /// Function types by nesting depth and name.
    funcs: BTreeMap<(usize, String), Arc<FuncType>>,
    seen: BTreeSet<Type>,
}

impl Pointers {
    /// Notes a type; returns how many pointers and functions deep it is.
    pub(crate) fn add(&mut self, ty: &Type) -> usize {
        let (Type::Ptr(kind, item) | Type::Ref(kind, item)) = ty else {
            return match ty {
                Type::Func(func) => self.add_func(ty, func),
                _ => 0,
            };
        };
        let depth = 1 + stacker::maybe_grow(64 << 10, 1 << 20, || self.add(item));
        if self.seen.insert(ty.clone()) {
            let ptr = symbol(&Type::Ptr(*kind, item.clone()).fqn());
            self.ptrs.insert((depth, ptr.clone()), (*kind, item.clone()));
            if matches!(ty, Type::Ref(..)) {
                self.refs.insert(symbol(&ty.fqn()), ptr);
            }
        }
        depth
    }

    fn add_func(&mut self, ty: &Type, func: &Arc<FuncType>) -> usize {
        let mut depth = 1;
        for part in func.params.iter().chain([&func.ret]) {
            depth = depth.max(1 + stacker::maybe_grow(64 << 10, 1 << 20, || self.add(part)));
        }
        if self.seen.insert(ty.clone()) {
            self.funcs.insert((depth, symbol(&ty.fqn())), func.clone());
        }
        depth
    }

    /// Names of the pointer types and what they point to; what is pointed to comes first.
    pub(crate) fn items(&self) -> impl Iterator<Item = (&str, &Type)> {
        self.ptrs.iter().map(|((_, name), (_, item))| (name.as_str(), &**item))
    }

    /// Names of the ref types and of the pointer types that they share.
    pub(crate) fn refs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.refs.iter().map(|(name, ptr)| (name.as_str(), ptr.as_str()))
    }

    pub(crate) fn has_functions(&self) -> bool {
        !self.funcs.is_empty()
    }

    fn stmts(&mut self, stmts: &[Stmt]) {
        for stmt in stmts {
            stacker::maybe_grow(64 << 10, 1 << 20, || match &stmt.kind {
                StmtKind::Pass
                | StmtKind::Break
                | StmtKind::Continue
                | StmtKind::VarDef(_, None) => {}
                StmtKind::VarDef(_, Some(value))
                | StmtKind::Assign(_, value)
                | StmtKind::AssignCell(_, value)
                | StmtKind::Unpack(_, value)
                | StmtKind::Expr(value)
                | StmtKind::Return(value) => self.expr(value),
                StmtKind::If { test, then, orelse } => {
                    self.expr(test);
                    self.stmts(then);
                    self.stmts(orelse);
                }
                StmtKind::While { test, body } => {
                    self.expr(test);
                    self.stmts(body);
                }
                StmtKind::Assert { test, msg } => {
                    self.expr(test);
                    msg.iter().for_each(|msg| self.expr(msg));
                }
            });
        }
    }

    fn expr(&mut self, expr: &Expr) {
        self.add(&expr.ty);
        stacker::maybe_grow(64 << 10, 1 << 20, || match &expr.kind {
            ExprKind::Const(_) | ExprKind::Local(_) | ExprKind::Cell(_) => {}
            ExprKind::Call(_, args) => args.iter().for_each(|arg| self.expr(arg)),
            ExprKind::And(left, right) | ExprKind::Or(left, right) => {
                self.expr(left);
                self.expr(right);
            }
            ExprKind::AssignLocal(_, value) | ExprKind::AssignCell(_, value) => self.expr(value),
            ExprKind::Block(body, value) => {
                self.stmts(body);
                self.expr(value);
            }
        });
    }

    fn of(program: &Program) -> Self {
        let mut found = Self::default();
        for def in &program.structs {
            def.fields.iter().for_each(|(_, ty)| {
                found.add(ty);
            });
        }
        for data in &program.data {
            found.add(&data.item);
        }
        for module in &program.modules {
            for cell in &module.cells {
                found.add(&cell.ty);
            }
            for func in &module.funcs {
                found.add(&func.ret);
                for local in &func.locals {
                    found.add(&local.ty);
                }
                found.stmts(&func.body);
            }
        }
        found
    }
}

/// The text of `spy_structdefs.h`.
#[must_use]
pub fn emit_structdefs(program: &Program, scope: &dyn Scope, target: Target) -> String {
    let pointers = Pointers::of(program);
    let mut out = String::from(
        "/* Structs and pointers of the program. */\n#ifndef SPY_STRUCTDEFS_H\n#define SPY_STRUCTDEFS_H\n\n#include \"spy.h\"\n\n",
    );
    for def in &program.structs {
        forward(&mut out, def);
    }
    if !pointers.funcs.is_empty() {
        function_types(&mut out, &pointers);
    }
    for ((_, name), (_, item)) in &pointers.ptrs {
        if !is_runtime_pointer(name) {
            let item = if **item == Type::None { "char".to_owned() } else { c_type(item) };
            let _ = writeln!(out, "SPY_PTR_TYPE({name}, {item})");
            let _ = writeln!(out, "#define {name}$NULL (({name}){{0}})");
        }
    }
    for (name, ptr) in &pointers.refs {
        let _ = writeln!(out, "typedef {ptr} {name};");
    }
    for def in program.structs.iter().filter(|def| !def.builtin) {
        define(&mut out, def);
    }
    for def in program.structs.iter().filter(|_| target.shares_inline) {
        let ty = Type::Struct(def.fqn.clone());
        if carry::is_packed(&ty, scope) {
            let _ = write!(out, "\n{}\n", carry::define(&ty));
        }
    }
    let mut scans = Scans { defs: &program.structs, known: HashMap::default() };
    out.push('\n');
    for ((_, name), (kind, item)) in &pointers.ptrs {
        if !is_runtime_pointer(name) {
            let kind = kind_name(*kind);
            if **item == Type::None {
                let _ = writeln!(out, "SPY_PTR_FUNCTIONS_NOTHING({kind}, {name})");
                continue;
            }
            let atomic = if scans.holds_pointers(item) { "" } else { "_ATOMIC" };
            let item = c_type(item);
            let _ = writeln!(out, "SPY_PTR_FUNCTIONS{atomic}({kind}, {name}, {item})");
        }
    }
    out.push_str("\n#endif\n");
    out
}

/// Function types may mention pointer types that are not complete yet.
pub(crate) fn function_types(out: &mut String, pointers: &Pointers) {
    for (_, name) in pointers.ptrs.keys() {
        if !is_runtime_pointer(name) {
            let _ = writeln!(out, "typedef struct {name} {name};");
        }
    }
    for (name, ptr) in &pointers.refs {
        let _ = writeln!(out, "typedef {ptr} {name};");
    }
    for ((_, name), func) in &pointers.funcs {
        let params: Vec<String> = func.params.iter().filter(|ty| exists(ty)).map(c_type).collect();
        let params = if params.is_empty() { "void".to_owned() } else { params.join(", ") };
        let _ = writeln!(out, "typedef {};", declare(&func.ret, &format!("(*{name})({params})")));
    }
}

pub(crate) fn forward(out: &mut String, def: &StructDef) {
    let name = symbol(&def.fqn);
    if !def.builtin {
        let _ = writeln!(out, "typedef struct {name} {name};");
    } else if let Some((_, own)) = RUNTIME_STRUCTS.iter().find(|(fqn, _)| def.fqn.full() == *fqn) {
        let _ = writeln!(out, "typedef {own} {name};");
    }
}

pub(crate) fn define(out: &mut String, def: &StructDef) {
    let _ = writeln!(out, "\nstruct {} {{", symbol(&def.fqn));
    let mut empty = true;
    for (name, ty) in def.fields.iter().filter(|(_, ty)| exists(ty)) {
        let _ = writeln!(out, "    {};", declare(ty, &identifier(name)));
        empty = false;
    }
    if empty {
        // C has no empty structs.
        out.push_str("    char spy_empty;\n");
    }
    out.push_str("};\n");
}

/// Which types the collector has to look into.
struct Scans<'p> {
    defs: &'p [Arc<StructDef>],
    known: HashMap<Fqn, bool>,
}

impl Scans<'_> {
    fn holds_pointers(&mut self, ty: &Type) -> bool {
        match ty {
            Type::None | Type::Opaque(_) | Type::Func(_) => false,
            Type::Scalar(scalar) => matches!(scalar, ScalarTy::Str | ScalarTy::Bytes),
            Type::Ptr(..) | Type::Ref(..) | Type::File | Type::RawBuffer => true,
            Type::Struct(fqn) => {
                if self.known.is_empty() {
                    self.learn();
                }
                self.known.get(fqn).copied().unwrap_or(true)
            }
        }
    }

    /// Structs come after those that they hold, so one pass is enough.
    fn learn(&mut self) {
        for def in self.defs {
            let scanned = def.builtin
                || def.fields.iter().any(|(_, ty)| match ty {
                    Type::Struct(fqn) => self.known.get(fqn).copied().unwrap_or(true),
                    other => self.holds_pointers(other),
                });
            self.known.insert(def.fqn.clone(), scanned);
        }
    }
}
