//! The runtime inside of the compiler: links it, and lists its functions.
//!
//! Programs that run in the compiler's process call the runtime by address. Which functions there are
//! is read from the archive itself, so no list can be out of date.

#![expect(clippy::print_stdout, reason = "build scripts talk to cargo on standard output")]

use object::read::archive::ArchiveFile;
use object::{Object, ObjectSymbol};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use crate::archives::Archive;

/// The archives that are linked, in this order.
const LINKED: [&str; 2] = ["RuntimeDebug", "HeapBdwgc"];

/// Functions of the C library that code generators call.
const OF_C: [&str; 2] = ["memmove", "memset"];

/// Writes `symbols.rs` into `out`, and tells cargo what to link.
pub(crate) fn write(archives: &[Archive], out: &Path) -> Result<(), String> {
    let mut names: BTreeSet<String> = OF_C.map(str::to_owned).into();
    for kind in LINKED {
        let archive = archives
            .iter()
            .find(|archive| archive.kind == kind)
            .ok_or_else(|| format!("there is no archive {kind}"))?;
        let folder = archive.path.parent().unwrap_or(out);
        let stem = archive.path.file_stem().unwrap_or_default().to_string_lossy();
        let library = stem.strip_prefix("lib").unwrap_or(&stem);
        println!("cargo::rustc-link-search=native={}", folder.display());
        println!("cargo::rustc-link-lib=static={library}");
        names.extend(functions(&archive.path)?);
    }
    println!("cargo::rustc-link-lib=m");
    let mut text = String::from("unsafe extern \"C\" {\n");
    for (index, name) in names.iter().enumerate() {
        let _ = writeln!(text, "    #[link_name = {name:?}]\n    static S{index}: u8;");
    }
    text.push_str("}\n\n");
    let _ = writeln!(text, "fn all() -> [(&'static str, *const u8); {}] {{\n    [", names.len());
    for (index, name) in names.iter().enumerate() {
        let _ = writeln!(text, "        ({name:?}, &raw const S{index}),");
    }
    text.push_str("    ]\n}\n");
    std::fs::write(out.join("symbols.rs"), text).map_err(|error| error.to_string())
}

/// The functions of the runtime that an archive defines.
fn functions(path: &Path) -> Result<Vec<String>, String> {
    let fail = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
    let bytes = std::fs::read(path).map_err(|error| fail(&error))?;
    let archive = ArchiveFile::parse(&*bytes).map_err(|error| fail(&error))?;
    let mut out = Vec::new();
    for member in archive.members() {
        let data = member.and_then(|member| member.data(&*bytes)).map_err(|error| fail(&error))?;
        let file = object::File::parse(data).map_err(|error| fail(&error))?;
        for symbol in file.symbols().filter(|symbol| symbol.is_global() && symbol.is_definition()) {
            let name = symbol.name().map_err(|error| fail(&error))?;
            // Names begin with an underscore in objects of macOS.
            let name = if file.format() == object::BinaryFormat::MachO {
                name.strip_prefix('_').unwrap_or(name)
            } else {
                name
            };
            if name.starts_with("spy_") && symbol.kind() == object::SymbolKind::Text {
                out.push(name.to_owned());
            }
        }
    }
    Ok(out)
}
