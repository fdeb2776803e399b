//! Tests of the whole analysis, one file per subject. Modules are written with [`build`], which
//! can also say what no text can; [`text`] joins the analysis with the parser.

mod build;
mod captures;
mod dumps;
mod errors;
mod rows;
mod scaling;
mod text;
mod walk;

use crate::{ModuleScopes, ScopeKind, Storage, Symbol, VarKind, analyze};
use build::{Built, S};
use spy_syntax::ast::{Color, DefPath};
use spy_text::Name;

/// A module and what the analysis says of it.
struct Analyzed {
    built: Built,
    scopes: ModuleScopes,
}

fn run(stmts: impl Into<Vec<S>>) -> Analyzed {
    let built = build::module(stmts);
    let scopes = analyze(&built.module, "m");
    Analyzed { built, scopes }
}

/// `x: const auto`, `v: var explicit cell ^1`, `i32: const explicit ^2 => builtins.i32`.
fn show(symbol: &Symbol) -> String {
    if symbol.storage == Storage::NameError {
        assert_eq!(symbol.level, -1);
        return format!("{}: not found", symbol.name);
    }
    let varkind = if symbol.varkind == VarKind::Var { "var" } else { "const" };
    let mut text = format!("{}: {varkind} {}", symbol.name, symbol.origin.as_str());
    if symbol.storage == Storage::Cell {
        text.push_str(" cell");
    }
    if symbol.level != 0 {
        text.push_str(&format!(" ^{}", symbol.level));
    }
    if let Some(impref) = symbol.impref() {
        text.push_str(&format!(" => {impref}"));
    }
    text
}

impl Analyzed {
    fn symbol(&self, def: &str, name: &str) -> &Symbol {
        let table = &self.scopes.tables[&DefPath(Name::from(def))];
        table.symbols.get(name).unwrap_or_else(|| panic!("no {name} in {def:?}"))
    }

    /// The symbols of a definition.
    fn table(&self, def: &str) -> Vec<String> {
        self.scopes.tables[&DefPath(Name::from(def))].symbols.values().map(show).collect()
    }

    fn row(&self, def: &str, name: &str) -> String {
        show(self.symbol(def, name))
    }

    /// Where a symbol was declared, and where its type was.
    fn places(&self, def: &str, name: &str) -> (&str, &str) {
        let symbol = self.symbol(def, name);
        let text = |at: Option<&_>| at.map_or("nowhere", |at| self.built.text(at));
        (text(symbol.loc()), text(symbol.type_loc().as_ref()))
    }

    /// The errors: the message, what is new and what was there.
    fn errors(&self) -> Vec<(&str, &str, &str)> {
        self.scopes
            .errors
            .iter()
            .map(|error| {
                let text = |at| self.built.text(at);
                (error.message.as_str(), text(&error.new), text(&error.previous))
            })
            .collect()
    }

    fn implicit_imports(&self) -> Vec<&str> {
        self.scopes.implicit_imports.iter().map(Name::as_str).collect()
    }

    /// Names, kinds and colours of all scopes, in the order of the tables.
    fn scope_names(&self) -> Vec<(&str, ScopeKind, Color)> {
        self.scopes.tables.values().map(|t| (t.name.as_str(), t.kind, t.color)).collect()
    }
}
