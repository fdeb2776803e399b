//! What a module imports.

use crate::builtins::MODULE;
use crate::{ImportRef, ModuleScopes};
use spy_syntax::ast::{DefPath, Import, Module, Node, NodeRef, Stmt};
use spy_text::{IndexMap, Name};

/// Where a module stands among the packages: what relative imports start from.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Home {
    /// The module's dotted name.
    pub module: Name,
    /// Whether it is a package's `__init__`.
    pub is_package: bool,
}

impl From<&str> for Home {
    /// A module that is no package.
    fn from(module: &str) -> Self {
        Self { module: Name::from(module), is_package: false }
    }
}

impl Home {
    /// The dotted name of the module that an import names. If its dots lead out of all packages,
    /// they stay in front, and there is no such module.
    #[must_use]
    pub fn resolve(&self, import: &Import) -> Name {
        if import.level == 0 {
            return home_of_type(import).unwrap_or_else(|| import.module.clone());
        }
        let parts: Vec<&str> = self.module.split('.').collect();
        let up = (import.level as usize).saturating_sub(usize::from(self.is_package));
        if up >= parts.len() {
            return Name::from(format!("{}{}", ".".repeat(import.level as usize), import.module));
        }
        let package = parts[..parts.len() - up].join(".");
        if import.module.is_empty() {
            return Name::from(package);
        }
        Name::from(format!("{package}.{}", import.module))
    }

    /// What the name that an import binds stands for.
    #[must_use]
    pub fn bound(&self, import: &Import) -> ImportRef {
        let module = if import.binds_top { top(&import.module) } else { self.resolve(import) };
        ImportRef { module, attr: import.attr.clone() }
    }
}

/// Where the library has what Python programs import from `typing`, if it is no part of the compiler.
fn home_of_type(import: &Import) -> Option<Name> {
    let attr = import.attr.as_deref().filter(|_| import.module == "typing")?;
    match attr {
        "Optional" => Some(Name::new_static("_optional")),
        "Iterator" | "Iterable" | "Generator" => Some(Name::new_static("_generator")),
        "List" | "Dict" | "Set" | "FrozenSet" | "Tuple" => Some(Name::new_static("_typing")),
        _ => None,
    }
}

/// The outermost package of a module.
fn top(module: &Name) -> Name {
    module.split('.').next().map_or_else(|| module.clone(), Name::from)
}

/// A module that another one needs.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Want {
    /// Its dotted name.
    pub module: Name,
    /// Whether it need not exist: a package around the imported module, or a module that an
    /// imported name may stand for.
    pub optional: bool,
}

fn statements(module: &Module) -> impl Iterator<Item = (&Import, NodeRef)> {
    let path = DefPath::module();
    module.bodies.get(&path).into_iter().flat_map(|body| {
        body.root.iter().filter_map(move |&id| match body.stmt(id) {
            Stmt::Import(import) => {
                Some((&**import, NodeRef { def: DefPath::module(), node: Node::Stmt(id) }))
            }
            _ => None,
        })
    })
}

/// The explicit imports at module level in textual order, with their statements.
#[must_use]
pub fn imports(module: &Module, home: &Home) -> Vec<(ImportRef, NodeRef)> {
    let import = |(import, node): (&Import, NodeRef)| {
        let impref = ImportRef { module: home.resolve(import), attr: import.attr.clone() };
        (impref, node)
    };
    statements(module).map(import).collect()
}

/// The modules to load before this one, each once, in the order in which to run them: implicit
/// ones by name, then explicit ones in textual order, each after the packages around it. An explicit
/// import stays in its place even if it is among the implicit ones too, so that using an imported
/// name does not reorder imports.
#[must_use]
pub fn dependencies(module: &Module, scopes: &ModuleScopes, home: &Home) -> Vec<Want> {
    let mut explicit: IndexMap<Name, bool> = IndexMap::default();
    let mut want = |module: Name, optional: bool| {
        let known = explicit.entry(module).or_insert(optional);
        *known &= optional;
    };
    for (import, _) in statements(module) {
        let target = home.resolve(import);
        if target.starts_with('.') {
            want(target, false);
            continue;
        }
        for (dot, _) in target.match_indices('.') {
            want(Name::from(&target[..dot]), true);
        }
        want(target.clone(), false);
        if let Some(attr) = &import.attr {
            want(Name::from(format!("{target}.{attr}")), true);
        }
    }
    let implicit = scopes
        .implicit_imports
        .iter()
        .filter(|name| *name != MODULE && explicit.get(*name) != Some(&false))
        .map(|name| Want { module: name.clone(), optional: false });
    let implicit: Vec<Want> = implicit.collect();
    let explicit = explicit.into_iter().map(|(module, optional)| Want { module, optional });
    implicit.into_iter().chain(explicit).filter(|want| want.module != home.module).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wants(text: &str, module: &str, is_package: bool) -> Vec<String> {
        let parsed = spy_syntax::parse(text);
        assert!(parsed.errors.is_empty(), "{:?}", parsed.errors);
        let home = Home { module: Name::from(module), is_package };
        let scopes = crate::analyze(&parsed, home.clone());
        let wants = dependencies(&parsed, &scopes, &home);
        let shown = |want: Want| format!("{}{}", want.module, if want.optional { "?" } else { "" });
        wants.into_iter().map(shown).collect()
    }

    #[test]
    fn packages_come_before_what_is_in_them() {
        assert_eq!(wants("import a.b.c\n", "m", false), ["a?", "a.b?", "a.b.c"]);
        assert_eq!(wants("from a import b\nimport a.b\n", "m", false), ["a", "a.b"]);
    }

    #[test]
    fn dots_start_from_the_package_around() {
        assert_eq!(wants("from . import x\n", "p.m", false), ["p", "p.x?"]);
        assert_eq!(wants("from . import x\n", "p", true), ["p.x?"]);
        assert_eq!(wants("from ..q import x\n", "p.r.m", false), ["p?", "p.q", "p.q.x?"]);
        assert_eq!(wants("from .q import x\n", "p.r", true), ["p?", "p.r.q", "p.r.q.x?"]);
    }

    #[test]
    fn dots_that_lead_nowhere_stay() {
        assert_eq!(wants("from . import x\n", "m", false), ["."]);
        assert_eq!(wants("from ..q import x\n", "p", true), ["..q"]);
    }
}
