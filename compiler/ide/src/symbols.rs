//! What a file, or a program, defines.

use crate::analysis::{Analysis, Cx, FilePath, FileRange};
use crate::index::{DefKind, FileIndex, Occurrence, Role};
use spy_scope::{Origin, Storage};
use spy_syntax::ast::DefPath;
use spy_text::{HashMap, HashSet, Name, Span};

/// What a symbol is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum SymbolKind {
    /// A function.
    Function,
    /// A function of a class.
    Method,
    /// A class.
    Struct,
    /// A field of a class.
    Field,
    /// A module variable.
    Variable,
    /// A constant of a module or a class.
    Constant,
}

/// Something that a file defines.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Symbol {
    /// What it is.
    pub kind: SymbolKind,
    /// Its name.
    pub name: Name,
    /// Where the name stands.
    pub name_span: Span,
    /// All of it.
    pub span: Span,
    /// What is defined in it.
    pub children: Vec<Symbol>,
}

impl Analysis {
    /// What a file defines, as a tree.
    #[must_use]
    pub fn document_symbols(&self, path: &FilePath) -> Vec<Symbol> {
        self.cx(path).map(Cx::symbols).unwrap_or_default()
    }

    /// What the program's own files define, if its name has the letters of `query` in their order. At
    /// most `limit` results; the name of what is around stands with each.
    #[must_use]
    pub fn workspace_symbols(&self, query: &str, limit: usize) -> Vec<(Symbol, String, FileRange)> {
        let mut out = Vec::new();
        for (module, path) in &self.view.paths {
            let path = FilePath::Disk(path.clone());
            let Some(cx) = self.cx(&path) else { continue };
            let mut open: Vec<(Symbol, String)> =
                cx.symbols().into_iter().rev().map(|symbol| (symbol, module.to_string())).collect();
            while let Some((mut symbol, around)) = open.pop() {
                let inner = format!("{around}.{}", symbol.name);
                let children = std::mem::take(&mut symbol.children);
                open.extend(children.into_iter().rev().map(|child| (child, inner.clone())));
                if matches(&symbol.name, query) {
                    let range = cx.range(symbol.name_span);
                    out.push((symbol, around, range));
                    if out.len() >= limit {
                        return out;
                    }
                }
            }
        }
        out
    }
}

/// Whether the letters of `query` stand in `name` in their order, in upper or lower case.
pub(crate) fn matches(name: &str, query: &str) -> bool {
    let mut letters = name.chars().flat_map(char::to_lowercase);
    query.chars().flat_map(char::to_lowercase).all(|wanted| letters.any(|letter| letter == wanted))
}

/// How deep definitions are shown.
const MAX_DEPTH: usize = 32;

/// The names that are assigned, by the definition in which they are.
type Writes<'i> = HashMap<&'i DefPath, Vec<&'i Occurrence>>;

impl Cx<'_> {
    /// What the file defines, as a tree, with the variables of modules and classes.
    fn symbols(self) -> Vec<Symbol> {
        let index = self.index();
        let mut writes: Writes<'_> = HashMap::default();
        for found in index.names.iter().filter(|found| found.role == Role::Write) {
            writes.entry(&found.def).or_default().push(found);
        }
        self.symbols_in(&index, &writes, &DefPath::module(), 0)
    }

    fn symbols_in(
        self,
        index: &FileIndex,
        writes: &Writes<'_>,
        def: &DefPath,
        depth: usize,
    ) -> Vec<Symbol> {
        if depth > MAX_DEPTH {
            return Vec::new();
        }
        let in_class = index.defs.get(def).is_some_and(|def| def.kind == DefKind::Class);
        let mut out = Vec::new();
        for path in index.inner.get(def).into_iter().flatten() {
            let Some(found) = index.defs.get(path) else { continue };
            let children = self.symbols_in(index, writes, path, depth + 1);
            if found.hidden {
                out.extend(children);
                continue;
            }
            let makes_class =
                || index.hidden_in(path).is_some_and(|inner| inner.kind == DefKind::Class);
            let is_struct = found.kind == DefKind::Class || makes_class();
            let kind = match (is_struct, in_class) {
                (true, _) => SymbolKind::Struct,
                (false, true) => SymbolKind::Method,
                (false, false) => SymbolKind::Function,
            };
            let (name, name_span, span) = (found.name.clone(), found.name_span, found.span);
            out.push(Symbol { kind, name, name_span, span, children });
        }
        let mut seen = HashSet::default();
        for found in writes.get(def).into_iter().flatten() {
            if let Some(symbol) = self.variable(found)
                && seen.insert(symbol.name.clone())
            {
                out.push(symbol);
            }
        }
        out.sort_by_key(|symbol| symbol.span.start);
        out
    }

    /// A variable of a module or class; those of functions are not listed.
    fn variable(self, found: &Occurrence) -> Option<Symbol> {
        if found.role != Role::Write {
            return None;
        }
        let scope = spy_db::def_scope(self.db, self.project(), self.def(&found.def))?;
        let symbol = scope.symbols.get(&found.name).filter(|symbol| symbol.level == 0)?;
        let kind = match (scope.kind, symbol.origin, symbol.storage) {
            (spy_scope::ScopeKind::Module, _, Storage::Cell) => SymbolKind::Variable,
            (spy_scope::ScopeKind::Module, ..) => SymbolKind::Constant,
            (spy_scope::ScopeKind::Class, Origin::ClassField, _) => SymbolKind::Field,
            (spy_scope::ScopeKind::Class, ..) => SymbolKind::Constant,
            _ => return None,
        };
        let (name, span) = (found.name.clone(), found.span);
        Some(Symbol { kind, name, name_span: span, span, children: Vec::new() })
    }
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn letters_in_their_order_match() {
        assert!(matches("make_adder", "mad") && matches("Point", "") && matches("Point", "PT"));
        assert!(!matches("Point", "tp") && !matches("f", "ff"));
    }
}
