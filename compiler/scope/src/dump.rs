//! Symbol tables as text: `spy symtable`.

use crate::{ModuleScopes, ScopeKind, Storage, SymTable, Symbol, VarKind};
use spy_syntax::ast::Color;
use std::fmt::Write;

/// The implicit imports and the tables of a module, nested tables indented.
#[must_use]
pub fn dump_symtables(scopes: &ModuleScopes) -> String {
    let mut out = String::from("Implicit imports:\n");
    for module in &scopes.implicit_imports {
        line(&mut out, 1, format_args!("{module}"));
    }
    out.push('\n');
    for table in scopes.tables.values() {
        dump_table(&mut out, table);
        out.push('\n');
    }
    out
}

fn dump_table(out: &mut String, table: &SymTable) {
    let depth = table.name.matches("::").count();
    line(out, depth, format_args!("{}", header(table)));
    let mut symbols: Vec<&Symbol> = table.symbols.values().collect();
    symbols.sort_by_cached_key(|symbol| sort_key(symbol));
    for symbol in symbols {
        line(out, depth + 1, format_args!("{}", row(symbol)));
    }
}

/// One line, indented by `depth` steps.
fn line(out: &mut String, depth: usize, text: std::fmt::Arguments<'_>) {
    let width = depth * 4;
    // Writing to a string cannot fail.
    let _ = writeln!(out, "{:width$}{text}", "");
}

/// `<SymTable 'm::f' (red, function)>`.
fn header(table: &SymTable) -> String {
    let color = match table.color {
        Color::Red => "red",
        Color::Blue => "blue",
    };
    let kind = match table.kind {
        ScopeKind::Builtins => "builtins",
        ScopeKind::Module => "module",
        ScopeKind::Class => "class",
        ScopeKind::Function => "function",
    };
    format!("<SymTable '{}' ({color}, {kind})>", table.name)
}

/// By level, constants first, then by name; `@return` and its like come last.
fn sort_key(symbol: &Symbol) -> (i32, bool, String) {
    (symbol.level, symbol.varkind == VarKind::Var, symbol.name.replace('@', "~"))
}

/// `[LEVEL] KIND NAME [cell] => <ImportRef mod.attr>`, in columns.
fn row(symbol: &Symbol) -> String {
    if symbol.storage == Storage::NameError {
        return format!("[ ] NameError  {:10}", symbol.name.as_str());
    }
    let varkind = match symbol.varkind {
        VarKind::Var => "var",
        VarKind::Const => "const",
    };
    let storage = if symbol.storage == Storage::Cell { "[cell]" } else { "" };
    let import = symbol.impref().map_or_else(String::new, |i| format!(" => <ImportRef {i}>"));
    format!("[{}] {varkind:5} {:10} {storage} {import}", symbol.level, symbol.name.as_str())
}
