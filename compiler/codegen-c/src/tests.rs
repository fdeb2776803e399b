//! What the emitted text looks like, and what it does when it runs.

mod order;
mod random;
mod run;
mod semantics;
mod text;
mod values;

use crate::{CUnit, EmitOptions, emit};
use spy_ir::{FileName, Fqn, Program, ProgramIndex, SourceLine, verify, verify_constants};

/// Emits a program whose positions are lines of `m.spy`: position n is line n + 1.
fn emit_checked(program: &Program, opts: &EmitOptions) -> Vec<CUnit> {
    let index = ProgramIndex::new(program);
    for func in program.modules.iter().flat_map(|module| &module.funcs) {
        assert_eq!(verify(func, &index), Ok(()));
    }
    assert_eq!(verify_constants(program, &index), Ok(()));
    emit(program, &lines, opts)
}

fn lines(_: &Fqn) -> Vec<Option<SourceLine>> {
    let entry = |n: u32| SourceLine {
        file: FileName::new("m.spy"),
        line: n + 1,
        text: format!("    line {}", n + 1).into(),
    };
    (0..8).map(|n| Some(entry(n))).collect()
}

/// The text of one file.
fn file<'u>(units: &'u [CUnit], name: &str) -> &'u str {
    units.iter().find(|unit| unit.name == name).map_or("", |unit| &unit.text)
}
