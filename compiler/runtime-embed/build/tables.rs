//! The Rust source that embeds what was compiled, and its fingerprint.

use std::fmt::Write as _;
use std::path::Path;

use crate::archives::Archive;
use crate::files_below;

/// Writes `embedded.rs` into `out`.
pub(crate) fn write(
    runtime: &Path,
    gc: &Path,
    archives: &[Archive],
    out: &Path,
) -> Result<(), String> {
    let mut hasher = blake3::Hasher::new();
    let mut text = String::new();
    let includes = runtime.join("include");
    let headers = files_below(&includes, "h")?;
    file_table(&mut text, &mut hasher, "HEADERS", &includes, &headers)?;

    let mut sources = files_below(&runtime.join("src"), "c")?;
    sources.extend(files_below(&runtime.join("src"), "h")?);
    let mut sources: Vec<_> = sources.iter().map(|path| Path::new("src").join(path)).collect();
    sources.extend(["heap/heap_malloc.c".into(), "heap/heap_wasm.c".into()]);
    sources.sort();
    file_table(&mut text, &mut hasher, "SOURCES", runtime, &sources)?;

    for archive in archives {
        let bytes = read(&archive.path)?;
        add(&mut hasher, archive.kind, &bytes);
        let path = &archive.path;
        let name = constant_name(archive.kind);
        let _ = writeln!(text, "static {name}: &[u8] = include_bytes!({path:?});");
    }
    let panicking = runtime.join("panicking.txt");
    add(&mut hasher, "panicking.txt", &read(&panicking)?);
    let license = gc.join("LICENSE");
    let target = std::env::var("TARGET").map_err(|error| format!("TARGET: {error}"))?;
    add(&mut hasher, "target", target.as_bytes());
    let fingerprint = hasher.finalize().to_hex();
    let _ = writeln!(text, "static PANICKING: &str = include_str!({panicking:?});");
    let _ = writeln!(text, "static GC_LICENSE: &[u8] = include_bytes!({license:?});");
    let _ = writeln!(text, "const TARGET: &str = {target:?};");
    let _ = writeln!(text, "const FINGERPRINT: &str = \"{fingerprint}\";");
    std::fs::write(out.join("embedded.rs"), text).map_err(|error| error.to_string())
}

/// `RuntimeDebug` as `RUNTIME_DEBUG`.
fn constant_name(kind: &str) -> String {
    let mut name = String::new();
    for (index, letter) in kind.char_indices() {
        if index > 0 && letter.is_ascii_uppercase() {
            name.push('_');
        }
        name.push(letter.to_ascii_uppercase());
    }
    name
}

fn file_table(
    text: &mut String,
    hasher: &mut blake3::Hasher,
    name: &str,
    root: &Path,
    files: &[impl AsRef<Path>],
) -> Result<(), String> {
    let _ = writeln!(text, "static {name}: &[(&str, &[u8])] = &[");
    for file in files {
        let relative = file.as_ref().to_string_lossy().replace('\\', "/");
        let path = root.join(file);
        add(hasher, &relative, &read(&path)?);
        let _ = writeln!(text, "    ({relative:?}, include_bytes!({path:?})),");
    }
    text.push_str("];\n");
    Ok(())
}

/// Hashes a named piece; lengths keep neighbouring pieces apart.
fn add(hasher: &mut blake3::Hasher, name: &str, content: &[u8]) {
    for part in [name.as_bytes(), content] {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
    std::fs::read(path).map_err(|error| format!("{}: {error}", path.display()))
}
