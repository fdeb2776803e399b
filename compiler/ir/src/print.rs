//! Prints functions as SPy-like text: what `spy redshift` shows.
//!
//! Output is written front to back into one buffer, so printing takes time linear in the size of
//! the function. Names come from a [`DumpContext`]; nothing here decides what a thing is called.

mod expr;
mod literal;

use crate::layout::Layouts;
use crate::{Fqn, Func, LocalId, Namer, PosIdx, Stmt, StmtKind, StructDef, Target, Type};
use std::fmt::Write;
use std::sync::Arc;

/// How to print.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default, Debug)]
pub struct DumpOptions {
    /// Full names everywhere, and no operator sugar.
    pub full_fqn: bool,
    /// ANSI colours for keywords and types.
    pub color: bool,
}

/// Where a position lies, as dumps print it.
#[derive(Clone, PartialEq, Eq, Hash, Default, Debug)]
pub struct DumpPos {
    /// The displayed path of the file.
    pub file: String,
    /// 1-based first line.
    pub line: u32,
    /// 0-based first column.
    pub col: u32,
    /// 1-based last line.
    pub end_line: u32,
    /// 0-based column after the last character.
    pub end_col: u32,
}

/// What printing has to know apart from the function.
pub trait DumpContext: Namer {
    /// A struct's fields.
    fn struct_def(&self, fqn: &Fqn) -> Option<Arc<StructDef>>;
    /// Where a position of a function lies.
    fn position(&self, func: &Fqn, pos: PosIdx) -> Option<DumpPos>;
}

/// The human name of something that no instance numbering applies to: the full name without
/// `builtins::`.
#[must_use]
pub fn builtin_human(fqn: &Fqn) -> String {
    fqn.short()
}

/// Prints one function, from `def` to the line end of its last statement.
#[must_use]
pub fn dump_func(func: &Func, context: &dyn DumpContext, opts: &DumpOptions) -> String {
    let find = |fqn: &Fqn| context.struct_def(fqn);
    let mut printer = Printer::new(func, context, *opts, &find);
    printer.header();
    printer.block(&func.body);
    printer.out
}

/// Prints a module: its aliases (attribute and function), an empty line if there are any, then
/// its functions separated by empty lines.
#[must_use]
pub fn dump_functions(
    aliases: &[(String, Fqn)],
    funcs: &[Arc<Func>],
    context: &dyn DumpContext,
    opts: &DumpOptions,
) -> String {
    let mut out = String::new();
    for (attr, fqn) in aliases {
        let _ = writeln!(out, "{attr} = `{}`", context.human(fqn));
    }
    if !aliases.is_empty() {
        out.push('\n');
    }
    for (index, func) in funcs.iter().enumerate() {
        if index > 0 {
            out.push('\n');
        }
        out.push_str(&dump_func(func, context, opts));
    }
    out
}

struct Printer<'a> {
    func: &'a Func,
    context: &'a dyn DumpContext,
    opts: DumpOptions,
    layouts: Layouts<'a>,
    /// Locals whose type has been printed.
    declared: Vec<bool>,
    indent: usize,
    out: String,
}

impl<'a> Printer<'a> {
    fn new(
        func: &'a Func,
        context: &'a dyn DumpContext,
        opts: DumpOptions,
        find: &'a dyn Fn(&Fqn) -> Option<Arc<StructDef>>,
    ) -> Self {
        Self {
            func,
            context,
            opts,
            layouts: Layouts::new(find),
            declared: vec![false; func.locals.len()],
            indent: 0,
            out: String::new(),
        }
    }

    fn push(&mut self, text: &str) {
        self.out.push_str(text);
    }

    fn colored(&mut self, code: &str, text: &str) {
        if self.opts.color {
            let _ = write!(self.out, "\x1b[{code}m{text}\x1b[0m");
        } else {
            self.push(text);
        }
    }

    fn keyword(&mut self, text: &str) {
        self.colored("34", text);
    }

    /// A name, in backticks unless it is a plain identifier.
    fn name_text(&self, fqn: &Fqn) -> String {
        let name =
            if self.opts.full_fqn { self.context.full(fqn) } else { self.context.human(fqn) };
        let plain =
            !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        if plain { name } else { format!("`{name}`") }
    }

    fn name(&mut self, fqn: &Fqn) {
        let text = self.name_text(fqn);
        self.push(&text);
    }

    fn ty(&mut self, ty: &Type) {
        let text = self.name_text(&ty.fqn());
        self.colored("36", &text);
    }

    fn header(&mut self) {
        let func = self.func;
        self.keyword("def");
        self.push(" ");
        let name = self.header_name();
        self.push(&name);
        self.push("(");
        for (index, param) in func.params().iter().enumerate() {
            if index > 0 {
                self.push(", ");
            }
            self.push(&param.name);
            self.push(": ");
            self.ty(&param.ty);
        }
        self.push(") -> ");
        if func.ret == Type::None && !self.opts.full_fqn {
            self.colored("36", "None");
        } else {
            self.ty(&func.ret);
        }
        self.push(":\n");
    }

    /// A module-level function is introduced by its bare name.
    fn header_name(&self) -> String {
        let fqn = &self.func.fqn;
        let module_level = fqn.parts().len() == 2 && fqn.last().suffix.is_none();
        if !self.opts.full_fqn && module_level {
            let human = self.context.human(fqn);
            let bare = human.strip_prefix(fqn.module().as_str()).and_then(|n| n.strip_prefix("::"));
            // An instance number or an enclosing name that the namer added keeps it long.
            if let Some(bare) = bare.filter(|bare| !has_outside_brackets(bare)) {
                return bare.to_owned();
            }
        }
        self.name_text(fqn)
    }

    fn block(&mut self, stmts: &[Stmt]) {
        self.indent += 1;
        for stmt in stmts {
            stacker::maybe_grow(64 << 10, 1 << 20, || self.stmt(stmt));
        }
        self.indent -= 1;
    }

    fn stmt(&mut self, stmt: &Stmt) {
        for _ in 0..self.indent {
            self.push("    ");
        }
        match &stmt.kind {
            StmtKind::If { test, then, orelse } => {
                self.keyword("if");
                self.push(" ");
                self.expr(test);
                self.push(":\n");
                self.block(then);
                if !orelse.is_empty() {
                    for _ in 0..self.indent {
                        self.push("    ");
                    }
                    self.keyword("else");
                    self.push(":\n");
                    self.block(orelse);
                }
                return;
            }
            StmtKind::While { test, body } => {
                self.keyword("while");
                self.push(" ");
                self.expr(test);
                self.push(":\n");
                self.block(body);
                return;
            }
            _ => self.simple_stmt(stmt),
        }
        self.push("\n");
    }

    /// A statement of one line.
    fn simple_stmt(&mut self, stmt: &Stmt) {
        match &stmt.kind {
            StmtKind::Pass => self.keyword("pass"),
            StmtKind::Break => self.keyword("break"),
            StmtKind::Continue => self.keyword("continue"),
            StmtKind::VarDef(local, value) => {
                self.declare(*local);
                if let Some(value) = value {
                    self.push(" = ");
                    self.expr(value);
                }
            }
            StmtKind::Assign(local, value) => {
                if self.declared[local.0 as usize] {
                    self.push(&self.func.local(*local).name);
                } else {
                    self.declare(*local);
                }
                self.push(" = ");
                self.expr(value);
            }
            StmtKind::AssignCell(cell, value) => {
                self.name(cell);
                self.push(" = ");
                self.expr(value);
            }
            StmtKind::Unpack(targets, value) => self.unpack(targets, value),
            StmtKind::Expr(value) => self.expr(value),
            StmtKind::Return(value) => {
                self.keyword("return");
                self.push(" ");
                self.expr(value);
            }
            StmtKind::Assert { test, msg } => {
                self.keyword("assert");
                self.push(" ");
                self.expr(test);
                if let Some(msg) = msg {
                    self.push(", ");
                    self.expr(msg);
                }
            }
            StmtKind::If { .. } | StmtKind::While { .. } => {}
        }
    }

    fn declare(&mut self, local: LocalId) {
        let func = self.func;
        let local_def = func.local(local);
        self.push(&local_def.name);
        self.push(": ");
        self.ty(&local_def.ty);
        self.declared[local.0 as usize] = true;
    }

    fn unpack(&mut self, targets: &[Target], value: &crate::Expr) {
        for (index, target) in targets.iter().enumerate() {
            if index > 0 {
                self.push(", ");
            }
            match target {
                Target::Local(local) => self.push(&self.func.local(*local).name),
                Target::Cell(cell) => self.name(cell),
            }
        }
        self.push(" = ");
        self.expr(value);
    }
}

/// Whether `::` or `#` stands in the text outside of brackets.
fn has_outside_brackets(text: &str) -> bool {
    let mut depth = 0usize;
    for byte in text.bytes() {
        match byte {
            b'[' => depth += 1,
            b']' => depth = depth.saturating_sub(1),
            b':' | b'#' if depth == 0 => return true,
            _ => {}
        }
    }
    false
}

#[cfg(test)]
mod tests;
