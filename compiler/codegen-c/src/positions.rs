//! Position tables: where the run-time errors of each function are reported.
//!
//! Code refers to entries by number, so code that moves changes these tables and nothing else.

use crate::literal::c_string;
use spy_ir::SourceLine;
pub(crate) use spy_ir::symbols::position_table as table_name;
use std::fmt::Write;

/// The declaration that code which refers to a function's table needs, by the function's symbol.
#[must_use]
pub fn declare_positions(symbol: &str) -> String {
    format!("extern const spy_Pos {}[];\n", table_name(symbol))
}

/// The definition of a function's position table, by the function's symbol.
#[must_use]
pub fn emit_positions(symbol: &str, entries: &[Option<SourceLine>]) -> String {
    let mut out = format!("const spy_Pos {}[] = {{\n", table_name(symbol));
    for entry in entries {
        match entry {
            Some(at) => {
                let file = c_string(at.file.as_str().as_bytes());
                let text = c_string(at.text.as_bytes());
                let _ = writeln!(out, "    {{{file}, {}, {text}}},", at.line);
            }
            None => out.push_str("    {\"<unknown>\", 0, NULL},\n"),
        }
    }
    if entries.is_empty() {
        out.push_str("    {\"<unknown>\", 0, NULL},\n");
    }
    out.push_str("};\n");
    out
}
