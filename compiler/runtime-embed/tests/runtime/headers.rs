//! The headers as such: warnings, the list of panicking functions, symbols in the archives.

use std::collections::BTreeMap;
use std::process::Command;

use spy_runtime_embed::{
    ABI_MINOR, ABI_VERSION, ArchiveKind, archive, collector_license, fingerprint, headers,
    panicking, sources, target,
};

use crate::support::{BOTH, Program, compilers, include_dir};

#[test]
fn headers_compile_without_warnings_alone_and_twice() {
    for compiler in compilers() {
        for profile in BOTH {
            for (header, _) in headers() {
                let text = format!(
                    "#include \"{header}\"\n#include \"{header}\"\n#include \"spy.h\"\n\
                     int main(void) {{ return 0; }}\n"
                );
                let program = Program::compile(&text, profile, &compiler, ArchiveKind::HeapMalloc);
                assert_eq!(program.run(&[]).status, Some(0));
            }
        }
    }
}

/// The headers after preprocessing, comments gone and macros expanded.
fn preprocessed() -> String {
    let output = Command::new(&compilers()[0])
        .args(["-E", "-P", "-std=c11", "-DSPY_DEBUG", "-DSPY_TARGET_NATIVE", "-I"])
        .arg(include_dir())
        .arg(include_dir().join("spy.h"))
        .output()
        .expect("run the preprocessor");
    assert!(output.status.success());
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// Functions of SPy modules that the text declares or defines, and whether their last parameter is a
/// position.
fn declared_functions(text: &str) -> BTreeMap<String, bool> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '$';
    let mut found = BTreeMap::new();
    for (start, _) in text.match_indices("spy_") {
        if text[..start].ends_with(is_name) {
            continue;
        }
        let rest = &text[start..];
        let name = &rest[..rest.find(|c| !is_name(c)).unwrap_or(rest.len())];
        let Some(parameters) = rest[name.len()..].trim_start().strip_prefix('(') else {
            continue;
        };
        let Some((parameters, after)) = parameters.split_once(')') else {
            continue;
        };
        // A call is followed by `;` too, but names no types.
        let is_declaration = after.trim_start().starts_with('{')
            || after.trim_start().starts_with(';') && declares_types(parameters);
        if is_declaration && name.contains('$') && !name.starts_with("spy_unsafe$gc_ptr_") {
            found.insert(name.to_owned(), parameters.contains("const spy_Pos *pos"));
        }
    }
    found
}

fn declares_types(parameters: &str) -> bool {
    parameters == "void"
        || parameters.split(',').all(|parameter| {
            let mut words = parameter.split([' ', '*']).filter(|word| !word.is_empty());
            words.next().is_some() && words.next().is_some()
        })
}

#[test]
fn the_list_of_panicking_functions_is_exact() {
    let declared = declared_functions(&preprocessed());
    assert!(declared.len() > 250, "only {} functions found", declared.len());
    let takes_position: Vec<&str> =
        declared.iter().filter(|(_, takes)| **takes).map(|(name, _)| name.as_str()).collect();
    let mut listed: Vec<String> =
        panicking().map(|fqn| format!("spy_{}", fqn.replace("::", "$"))).collect();
    let lines: Vec<&str> = panicking().collect();
    assert!(lines.is_sorted(), "panicking.txt is not sorted");
    listed.sort();
    assert_eq!(listed, takes_position);
}

#[test]
fn every_function_has_a_symbol_in_the_archives() {
    // One program that takes the address of each; `volatile` keeps the linker's references.
    let declared = declared_functions(&preprocessed());
    let mut text = "#include \"spy.h\"\ntypedef void (*Any)(void);\nint main(void) {\n\
        volatile Any all[] = {\n"
        .to_owned();
    for name in declared.keys() {
        text.push_str(&format!("(Any){name},\n"));
    }
    text.push_str("};\nreturn all[0] == 0;\n}\n");
    let text = format!("#pragma GCC diagnostic ignored \"-Wcast-function-type\"\n{text}");
    for profile in BOTH {
        let compiler = &compilers()[0];
        let program = Program::compile(&text, profile, compiler, ArchiveKind::HeapMalloc);
        assert_eq!(program.run(&[]).status, Some(0));
    }
}

#[test]
fn the_crate_describes_what_it_embeds() {
    let config = headers().iter().find(|(name, _)| *name == "spy/config.h").expect("config.h");
    let config = String::from_utf8_lossy(config.1);
    assert!(config.contains(&format!("#define SPY_ABI_VERSION {ABI_VERSION}\n")));
    assert!(config.contains(&format!("#define SPY_ABI_MINOR {ABI_MINOR}\n")));
    assert_eq!(fingerprint().len(), 64);
    assert!(!target().is_empty());
    assert!(collector_license().contains("Boehm"));
    for kind in ArchiveKind::ALL {
        assert!(archive(kind).starts_with(b"!<arch>\n"), "{kind:?}");
    }
    let names: Vec<&str> = sources().iter().map(|(name, _)| *name).collect();
    assert!(names.is_sorted());
    assert!(names.contains(&"src/panic.c") && names.contains(&"heap/heap_malloc.c"));
}
