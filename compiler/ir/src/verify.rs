//! Checks that IR is well formed: what the code generators take for granted.
//!
//! Every expression's type must follow from its parts, locals and callees must exist, `break` and
//! `continue` must stand in a loop. A program that fails here is the compiler's fault, never the
//! user's.

mod expr;

use crate::{
    Const, DataItems, Expr, Fqn, Func, LocalId, PosIdx, Program, ProgramInfo, ScalarTy, Stmt,
    StmtKind, Target, Type,
};

/// Checks one function against the rest of its program.
///
/// # Errors
/// Everything that is wrong, in order of appearance.
pub fn verify(func: &Func, program: &dyn ProgramInfo) -> Result<(), Vec<String>> {
    let mut checker = Checker { func, program, loops: 0, in_block: false, errors: Vec::new() };
    if program.is_extern(&func.fqn) {
        return if func.body.is_empty() { Ok(()) } else { Err(vec!["it has a body".to_owned()]) };
    }
    checker.function();
    if checker.errors.is_empty() { Ok(()) } else { Err(checker.errors) }
}

/// Checks the first values of module variables and static data.
///
/// # Errors
/// Everything that is wrong, in order of appearance.
pub fn verify_constants(program: &Program, index: &dyn ProgramInfo) -> Result<(), Vec<String>> {
    let mut errors = Vec::new();
    for cell in program.modules.iter().flat_map(|module| &module.cells) {
        errors.extend(constants(&cell.fqn, std::slice::from_ref(&cell.init), &cell.ty, index));
    }
    for data in &program.data {
        match &data.items {
            DataItems::Values(values) => {
                errors.extend(constants(&data.fqn, values, &data.item, index));
            }
            DataItems::Bytes(_) | DataItems::RawBuffer(_) => {
                if data.item != Type::Scalar(ScalarTy::U8) {
                    errors.push(format!("{}: bytes of `{}`", data.fqn, data.item.fqn()));
                }
            }
        }
    }
    if errors.is_empty() { Ok(()) } else { Err(errors) }
}

/// What is wrong with constants of one type that belong to `owner`.
fn constants(owner: &Fqn, values: &[Const], ty: &Type, program: &dyn ProgramInfo) -> Vec<String> {
    let func = Func {
        fqn: owner.clone(),
        locals: Vec::new(),
        param_count: 0,
        ret: Type::None,
        scratch: Vec::new(),
        body: Vec::new(),
        pos_count: 0,
        end_pos: PosIdx(0),
        track_caller: false,
    };
    let mut checker =
        Checker { func: &func, program, loops: 0, in_block: false, errors: Vec::new() };
    checker.storable("value", ty);
    for value in values {
        checker.constant(value, ty);
    }
    checker.errors
}

struct Checker<'a> {
    func: &'a Func,
    program: &'a dyn ProgramInfo,
    /// How many loops of the same function body or block expression enclose the statement.
    loops: u32,
    /// Whether a block expression encloses the statement.
    in_block: bool,
    errors: Vec<String>,
}

impl Checker<'_> {
    fn error(&mut self, what: impl AsRef<str>) {
        self.errors.push(format!("{}: {}", self.func.fqn, what.as_ref()));
    }

    fn expect(&mut self, what: &str, expected: &Type, got: &Type) {
        if expected != got {
            self.error(format!("{what}: expected `{}`, got `{}`", expected.fqn(), got.fqn()));
        }
    }

    fn function(&mut self) {
        let func = self.func;
        if func.param_count as usize > func.locals.len() {
            self.error("more parameters than locals");
            return;
        }
        let mut names = std::collections::HashSet::new();
        for local in &func.locals {
            if !names.insert(&local.name) {
                self.error(format!("two locals are called `{}`", local.name));
            }
            self.storable(&format!("local `{}`", local.name), &local.ty);
        }
        self.storable("result", &func.ret);
        if func.track_caller && self.program.is_addressed(&func.fqn) {
            self.error("has an address but takes its caller's position");
        }
        self.pos(func.end_pos);
        self.stmts(&func.body);
    }

    /// Types that exist at compile time only can be passed around as effects, but not pointed to. `None` takes
    /// no room, and any pointer will do.
    fn storable(&mut self, what: &str, ty: &Type) {
        match ty {
            Type::Ptr(_, item) | Type::Ref(_, item) => {
                if matches!(**item, Type::Opaque(_)) {
                    self.error(format!("{what}: pointer to `{}`", item.fqn()));
                }
                stacker::maybe_grow(64 << 10, 1 << 20, || self.storable(what, item));
            }
            Type::Func(func) => {
                for ty in func.params.iter().chain([&func.ret]) {
                    if matches!(ty, Type::Opaque(_)) {
                        self.error(format!("{what}: function of `{}`", ty.fqn()));
                    }
                    stacker::maybe_grow(64 << 10, 1 << 20, || self.storable(what, ty));
                }
            }
            Type::Struct(fqn) if self.program.struct_def(fqn).is_none() => {
                self.error(format!("{what}: unknown struct `{fqn}`"));
            }
            _ => {}
        }
    }

    fn pos(&mut self, pos: PosIdx) {
        if pos.0 >= self.func.pos_count {
            self.error(format!("position {} of {}", pos.0, self.func.pos_count));
        }
    }

    fn local_type(&mut self, local: LocalId) -> Option<Type> {
        let found = self.func.locals.get(local.0 as usize).map(|local| local.ty.clone());
        if found.is_none() {
            self.error(format!("local {} of {}", local.0, self.func.locals.len()));
        }
        found
    }

    fn cell_type(&mut self, cell: &Fqn) -> Option<Type> {
        let found = self.program.cell_type(cell);
        if found.is_none() {
            self.error(format!("unknown cell `{cell}`"));
        }
        found
    }

    fn assign_local(&mut self, local: LocalId, value: &Expr) {
        if let Some(ty) = self.local_type(local) {
            self.expect("assigned value", &ty, &value.ty);
        }
        self.expr(value);
    }

    fn assign_cell(&mut self, cell: &Fqn, value: &Expr) {
        if let Some(ty) = self.cell_type(cell) {
            self.expect("assigned value", &ty, &value.ty);
        }
        self.expr(value);
    }

    fn stmts(&mut self, stmts: &[Stmt]) {
        for stmt in stmts {
            stacker::maybe_grow(64 << 10, 1 << 20, || self.stmt(stmt));
        }
    }

    fn stmt(&mut self, stmt: &Stmt) {
        self.pos(stmt.pos);
        match &stmt.kind {
            StmtKind::Pass => {}
            StmtKind::Break | StmtKind::Continue => {
                if self.loops == 0 {
                    self.error("`break` or `continue` outside of a loop");
                }
            }
            StmtKind::VarDef(local, None) => {
                self.local_type(*local);
            }
            StmtKind::VarDef(local, Some(value)) | StmtKind::Assign(local, value) => {
                self.assign_local(*local, value);
            }
            StmtKind::AssignCell(cell, value) => self.assign_cell(cell, value),
            StmtKind::Unpack(targets, value) => self.unpack(targets, value),
            StmtKind::Expr(value) => self.expr(value),
            StmtKind::Return(value) => {
                if self.in_block {
                    self.error("`return` in a block expression");
                }
                self.expect("returned value", &self.func.ret, &value.ty);
                self.expr(value);
            }
            StmtKind::If { test, then, orelse } => {
                self.test(test);
                self.stmts(then);
                self.stmts(orelse);
            }
            StmtKind::While { test, body } => {
                self.test(test);
                self.loops += 1;
                self.stmts(body);
                self.loops -= 1;
            }
            StmtKind::Assert { test, msg } => {
                self.test(test);
                if let Some(msg) = msg {
                    self.expect("assertion message", &Type::STR, &msg.ty);
                    self.expr(msg);
                }
            }
        }
    }

    fn test(&mut self, test: &Expr) {
        self.expect("test", &Type::BOOL, &test.ty);
        self.expr(test);
    }

    fn unpack(&mut self, targets: &[Target], value: &Expr) {
        self.expr(value);
        let def = match &value.ty {
            Type::Struct(fqn) => self.program.struct_def(fqn),
            _ => None,
        };
        let Some(def) = def else {
            self.error(format!("unpacking a `{}`", value.ty.fqn()));
            return;
        };
        if def.fields.len() != targets.len() {
            self.error(format!("{} targets for {} fields", targets.len(), def.fields.len()));
        }
        for (target, (name, ty)) in targets.iter().zip(&def.fields) {
            let got = match target {
                Target::Local(local) => self.local_type(*local),
                Target::Cell(cell) => self.cell_type(cell),
            };
            if let Some(got) = got {
                self.expect(&format!("target of field `{name}`"), ty, &got);
            }
        }
    }
}

#[cfg(test)]
mod tests;
