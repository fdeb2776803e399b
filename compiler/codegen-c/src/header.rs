//! The public header of a native library: the functions and variables that C programs may use, and
//! the types that these mention. It stands alone, so it repeats what the runtime's own headers say
//! about strings.

use crate::exports::Library;
use crate::names::{c_type, declare, exists};
use crate::scope::ProgramScope;
use crate::structs::{Pointers, forward, function_types, is_runtime_pointer};
use crate::units::CUnit;
use spy_ir::{Cell, Fqn, Func, Program, Type};
use std::collections::BTreeSet;
use std::fmt::Write;

/// Functions of the runtime that every header declares.
pub const HEADER_FUNCTIONS: [&str; 4] =
    ["spy_str_from_bytes", "spy_str_from_cstr", "spy_bytes_alloc", "spy_flush"];

/// The library's functions, each with its name for C, in the order of the program.
pub(crate) fn functions<'p>(
    program: &'p Program,
    library: &'p Library,
) -> impl Iterator<Item = (&'p Func, &'p str)> {
    let funcs = program.modules.iter().flat_map(|module| &module.funcs);
    let own = funcs.filter(|func| !program.externs.contains_key(&func.fqn));
    own.filter_map(|func| Some((&**func, library.names.get(&func.fqn)?.as_str())))
}

/// The library's variables.
pub(crate) fn variables<'p>(
    program: &'p Program,
    library: &'p Library,
) -> impl Iterator<Item = &'p Cell> {
    let cells = program.modules.iter().flat_map(|module| &module.cells);
    let own = cells.filter(|cell| !program.externs.contains_key(&cell.fqn));
    own.filter(|cell| exists(&cell.ty) && library.offers(cell.fqn.module()))
}

/// The header of the library `name`, for pointers as in debug builds if `checked`.
#[must_use]
pub fn emit_header(program: &Program, library: &Library, name: &str, checked: bool) -> CUnit {
    let mut types = Types { program, structs: BTreeSet::new(), pointers: Pointers::default() };
    for (func, _) in functions(program, library) {
        func.params().iter().for_each(|param| types.add(&param.ty));
        types.add(&func.ret);
    }
    for cell in variables(program, library) {
        types.add(&cell.ty);
    }
    for fqn in &library.structs {
        types.add(&Type::Struct(fqn.clone()));
    }
    let guard: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    let mut out = begin(name, &guard, checked);
    types.define(&mut out, checked);
    let scope = ProgramScope::new(program);
    out.push('\n');
    for cell in variables(program, library) {
        let _ = writeln!(out, "extern {};", declare(&cell.ty, &scope.name(&cell.fqn)));
    }
    for (func, symbol) in functions(program, library) {
        let _ = writeln!(out, "{};", prototype(func, symbol));
    }
    let _ = write!(out, "\n#ifdef __cplusplus\n}}\n#endif\n\n#endif\n");
    CUnit { name: format!("{name}.h"), text: out }
}

/// The prototype of a function as its users see it, without the semicolon.
pub(crate) fn prototype(func: &Func, symbol: &str) -> String {
    let mut params: Vec<String> = func
        .params()
        .iter()
        .filter(|param| exists(&param.ty))
        .enumerate()
        .map(|(index, param)| declare(&param.ty, &format!("arg{index}")))
        .collect();
    if params.is_empty() {
        params.push("void".to_owned());
    }
    declare(&func.ret, &format!("{symbol}({})", params.join(", ")))
}

fn begin(name: &str, guard: &str, checked: bool) -> String {
    let (build, length) = if checked {
        ("Debug build: a pointer knows how many items it may reach", "\n    ptrdiff_t length;")
    } else {
        ("Release build: pointers are not checked", "")
    };
    format!(
        "/* What the SPy library `{name}` offers. {build}.

   Strings and everything else that is allocated are garbage collected. An object
   lives as long as its address lies in a variable, in static data or in another
   such object; addresses in malloc memory do not count. Call from the thread that
   loaded the library only. A run-time error ends the process with status 1. */
#ifndef SPY_LIBRARY_{guard}_H
#define SPY_LIBRARY_{guard}_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#ifdef __cplusplus
extern \"C\" {{
#endif

typedef struct spy_unsafe$gc_ptr__builtins$u8 {{
    uint8_t *p;{length}
}} spy_unsafe$gc_ptr__builtins$u8;

/* UTF-8, not terminated; `length` counts bytes. */
typedef struct spy_StrObject {{
    size_t length;
    int32_t hash;
    spy_unsafe$gc_ptr__builtins$u8 utf8;
}} spy_StrObject;

typedef struct spy_BytesObject {{
    size_t length;
    int32_t hash;
    spy_unsafe$gc_ptr__builtins$u8 data;
}} spy_BytesObject;

typedef struct spy_Complex128 {{
    double real;
    double imag;
}} spy_Complex128;

typedef struct spy_RawBuffer spy_RawBuffer;

/* New objects: a copy of a text, and room that the caller fills. */
spy_StrObject *spy_str_from_bytes(const void *data, size_t length);
spy_StrObject *spy_str_from_cstr(const char *text);
spy_BytesObject *spy_bytes_alloc(size_t length);

/* Writes out what the library has printed. It happens at exit, too. */
void spy_flush(void);

"
    )
}

/// The types that a header has to define.
struct Types<'p> {
    program: &'p Program,
    structs: BTreeSet<Fqn>,
    pointers: Pointers,
}

impl Types<'_> {
    fn add(&mut self, ty: &Type) {
        self.pointers.add(ty);
        stacker::maybe_grow(64 << 10, 1 << 20, || match ty {
            Type::Ptr(_, item) | Type::Ref(_, item) => self.add(item),
            Type::Func(func) => {
                func.params.iter().for_each(|param| self.add(param));
                self.add(&func.ret);
            }
            Type::Struct(fqn) => self.add_struct(fqn),
            _ => {}
        });
    }

    fn add_struct(&mut self, fqn: &Fqn) {
        if !self.structs.insert(fqn.clone()) {
            return;
        }
        let found = self.program.structs.iter().find(|def| def.fqn == *fqn);
        let fields = found.map(|def| def.fields.clone()).unwrap_or_default();
        fields.iter().for_each(|(_, ty)| self.add(ty));
    }

    fn define(&self, out: &mut String, checked: bool) {
        let needed = |fqn: &Fqn| self.structs.contains(fqn);
        let structs: Vec<_> = self.program.structs.iter().filter(|def| needed(&def.fqn)).collect();
        structs.iter().for_each(|def| forward(out, def));
        if self.pointers.has_functions() {
            out.push_str(
                "\n/* A function: its code, and the place of what that uses, which it gets first. */\n",
            );
            function_types(out, &self.pointers);
        }
        let length = if checked { " ptrdiff_t length;" } else { "" };
        for (name, item) in self.pointers.items().filter(|(name, _)| !is_runtime_pointer(name)) {
            let item = declare(item, "*p");
            let _ = writeln!(out, "typedef struct {name} {{ {item};{length} }} {name};");
        }
        for (name, ptr) in self.pointers.refs() {
            let _ = writeln!(out, "typedef {ptr} {name};");
        }
        for def in structs {
            if !def.builtin {
                crate::structs::define(out, def);
            } else if def.fqn.full() == "posix::TerminalSize" {
                let name = c_type(&Type::Struct(def.fqn.clone()));
                let _ = writeln!(
                    out,
                    "typedef struct {name} {{ int32_t columns; int32_t lines; }} {name};"
                );
            }
        }
    }
}
