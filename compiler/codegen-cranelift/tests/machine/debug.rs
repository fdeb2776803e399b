//! Debug information names the functions and the lines of the program.

use gimli::{DebugAbbrev, DebugInfo, DebugLine, DebugLineOffset, DebugStr, LittleEndian};
use object::{Object, ObjectSection};
use spy_codegen_cranelift::{
    DebugFunction, Effort, Placement, ProgramScope, Target, Unit, compile_function, write_object,
};
use spy_ir::build::*;
use spy_ir::{FileName, Func, SourceLine, Type};
use std::sync::Arc;
use target_lexicon::Triple;

/// `def f(x: i32) -> i32`, with the first statement in line 5 and the second in line 7 of `m.spy`.
fn function() -> Func {
    let mut f = FuncBuilder::new("m::f").ret(Type::I32);
    let x = f.param("x", Type::I32);
    let mut first = eval(at(4, call("m::f", Type::I32, vec![f.get(x)])));
    first.pos = spy_ir::PosIdx(4);
    let mut second = ret(at(6, f.get(x)));
    second.pos = spy_ir::PosIdx(6);
    f.body(vec![first, second])
}

/// The object of a program with that function; position n is line n + 1.
fn object() -> Vec<u8> {
    let program = program("m", vec![function()], vec![]);
    let target = Target::new(&Triple::host(), true, Placement::Object, Effort::Full)
        .expect("a known machine");
    let scope = ProgramScope::new(&program);
    let func = &program.modules[0].funcs[0];
    let compiled = Arc::new(compile_function(func, &scope, &target).expect("compiles"));
    let line = |n: u32| {
        let (file, text) = (FileName::new("m.spy"), "".into());
        Some(SourceLine { file, line: n + 1, text })
    };
    let positions = (0..func.pos_count).map(line).collect();
    let function = DebugFunction { function: &compiled, name: "m::f".to_owned(), positions };
    let unit = Unit { functions: vec![compiled.clone()], ..Unit::default() };
    write_object("m.spy", &unit, &[function], &target).expect("writes")
}

#[cfg(target_os = "linux")]
#[test]
fn code_comes_from_lines() {
    let bytes = object();
    let file = object::File::parse(&*bytes).expect("an object");
    let data = |name| file.section_by_name(name).and_then(|section| section.data().ok());
    let line = DebugLine::new(data(".debug_line").expect("there is one"), LittleEndian);
    let program = line.program(DebugLineOffset(0), 8, None, None).expect("a program");
    let mut rows = program.rows();
    let mut lines = Vec::new();
    while let Some((_, row)) = rows.next_row().expect("a row") {
        lines.extend(row.line().filter(|_| !row.end_sequence()).map(|line| line.get()));
    }
    assert_eq!(lines, [5, 7]);
    assert!(data(".debug_frame").is_some_and(|frames| !frames.is_empty()));
}

#[cfg(target_os = "linux")]
#[test]
fn functions_have_names() {
    let bytes = object();
    let file = object::File::parse(&*bytes).expect("an object");
    let data = |name| file.section_by_name(name).and_then(|section| section.data().ok());
    let section = |name| data(name).expect("there is one");
    let (info, abbrev) = (section(".debug_info"), section(".debug_abbrev"));
    let info = DebugInfo::new(info, LittleEndian);
    let abbrevs = DebugAbbrev::new(abbrev, LittleEndian);
    let strings = DebugStr::new(section(".debug_str"), LittleEndian);
    let header = info.units().next().expect("readable").expect("one unit");
    let abbrevs = header.abbreviations(&abbrevs).expect("readable");
    let mut entries = header.entries(&abbrevs);
    let mut tags = Vec::new();
    while let Some(entry) = entries.next_dfs().expect("readable") {
        tags.push(entry.tag());
    }
    assert_eq!(tags, [gimli::DW_TAG_compile_unit, gimli::DW_TAG_subprogram]);
    // Which string is whose is for the linker to fill in.
    let text = String::from_utf8_lossy(section(".debug_str"));
    assert!(text.contains("m::f") && text.contains("m.spy"), "{text:?}");
    assert!(strings.get_str(gimli::DebugStrOffset(0)).is_ok());
}
