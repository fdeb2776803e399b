//! The source of a module's generics, for wheels that have no other source.
//!
//! It becomes a module of its own, which specialises what was not compiled ahead of time. It imports
//! everything else from the module that only declares. A generic is left out that mentions what is
//! not offered, or whose own signature needs a value of the module, which would be a circle.

use spy_package::interface::{Export, ModuleEntry, SourceOfGenerics};
use spy_syntax::tokens::{TokenAt, TokenKind, tokens};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

/// A statement at the top level of a module.
struct Statement<'t> {
    text: &'t str,
    /// The names in it, in order.
    names: Vec<&'t str>,
    /// The names in decorators and in the first line of a definition.
    head: Vec<&'t str>,
    kind: Kind<'t>,
}

enum Kind<'t> {
    Import,
    /// A definition: its name, and whether its parameters of compile time are in brackets.
    Definition(&'t str, bool),
    Other,
}

/// What the names of a module are.
struct Names<'t> {
    /// What others can import: see [`offered`].
    offered: BTreeSet<&'t str>,
    /// Everything that the interface lists.
    own: BTreeSet<&'t str>,
    imported: BTreeSet<&'t str>,
    /// What the text binds.
    defined: BTreeSet<&'t str>,
    generics: BTreeSet<&'t str>,
}

/// Generics whose source is shipped, by name.
type Kept<'s, 't> = BTreeMap<&'t str, &'s Statement<'t>>;

impl<'t> Names<'t> {
    fn new(entry: &'t ModuleEntry, statements: &[Statement<'t>]) -> Self {
        let (mut imported, mut defined) = (BTreeSet::new(), BTreeSet::new());
        for statement in statements {
            match statement.kind {
                Kind::Import => imported.extend(statement.names.iter().copied()),
                Kind::Definition(name, _) => _ = defined.insert(name),
                Kind::Other => defined.extend(statement.names.first().copied()),
            }
        }
        let generics = entry.exports.iter().filter_map(|export| match export {
            Export::Generic { fqn, .. } => Some(last(fqn)),
            _ => None,
        });
        Self {
            offered: entry.exports.iter().filter_map(offered).collect(),
            own: entry.exports.iter().map(|export| last(export.fqn())).collect(),
            imported,
            defined,
            generics: generics.collect(),
        }
    }

    /// Whether a name means the same in the module of generics, beside those that are kept.
    fn is_known(&self, name: &str, kept: &Kept<'_, 't>) -> bool {
        let is_of_module = self.own.contains(name) || self.defined.contains(name);
        !is_of_module
            || self.imported.contains(name)
            || kept.contains_key(name)
            || (self.offered.contains(name) && !self.generics.contains(name))
    }

    /// Whether a definition needs a value of the module at once, which needs this one.
    fn is_circle(&self, statement: &Statement<'t>) -> bool {
        let needs = |name: &&str| self.own.contains(name) && !self.imported.contains(name);
        let is_sugar = matches!(statement.kind, Kind::Definition(_, true));
        !is_sugar && statement.head.iter().any(needs)
    }

    fn kept<'s>(&self, statements: &'s [Statement<'t>]) -> Kept<'s, 't> {
        let mut kept = Kept::new();
        for statement in statements {
            if let Kind::Definition(name, _) = statement.kind
                && self.generics.contains(name)
                && !self.is_circle(statement)
            {
                // What is defined twice is whatever came last.
                kept.insert(name, statement);
            }
        }
        loop {
            let lacks = kept.iter().find(|(_, statement)| {
                !statement.names.iter().all(|name| self.is_known(name, &kept))
            });
            let Some(name) = lacks.map(|(name, _)| *name) else { return kept };
            kept.remove(name);
        }
    }
}

/// Finds the generics of a module whose source can be shipped.
pub(super) fn source(
    entry: &ModuleEntry,
    is_package: bool,
    text: &str,
) -> Option<SourceOfGenerics> {
    let statements = statements(text);
    let known = Names::new(entry, &statements);
    let kept = known.kept(&statements);
    let used: BTreeSet<&str> = kept.values().flat_map(|kept| kept.names.iter().copied()).collect();
    let mut out = String::new();
    for statement in statements.iter().filter(|statement| matches!(statement.kind, Kind::Import)) {
        if statement.names.iter().any(|name| used.contains(name)) {
            let _ = writeln!(out, "{}", statement.text.trim_end());
        }
    }
    for name in used.iter().filter(|name| known.offered.contains(**name)) {
        if !kept.contains_key(name) && !known.imported.contains(name) {
            let _ = writeln!(out, "from {} import {name}", entry.name);
        }
    }
    for statement in &statements {
        if let Kind::Definition(name, _) = statement.kind
            && kept.get(name).is_some_and(|kept| std::ptr::eq(*kept, statement))
        {
            let _ = writeln!(out, "\n{}", statement.text.trim_end());
        }
    }
    let names: Vec<String> = kept.keys().map(|name| (*name).to_owned()).collect();
    (!names.is_empty()).then(|| SourceOfGenerics {
        module: module_name(&entry.name, is_package),
        names,
        text: out,
    })
}

/// A name for the module that relative imports take for the same place.
fn module_name(name: &str, is_package: bool) -> String {
    match name.rsplit_once('.').filter(|_| !is_package) {
        Some((outer, last)) => format!("{outer}._generics_{last}"),
        None => format!("{name}._generics"),
    }
}

/// What can be imported from the module that only declares. A variable cannot: a name that is
/// imported stands for the value that it had.
fn offered(export: &Export) -> Option<&str> {
    match export {
        Export::Variable { .. } => None,
        other => Some(last(other.fqn())),
    }
}

fn last(fqn: &str) -> &str {
    fqn.rsplit("::").next().unwrap_or(fqn)
}

/// The statements at the top level.
fn statements(text: &str) -> Vec<Statement<'_>> {
    let mut starts = Vec::new();
    let (mut depth, mut is_new, mut is_decorated) = (0_usize, true, false);
    let all = tokens(text);
    for token in &all {
        match token.kind {
            TokenKind::Open => depth += 1,
            TokenKind::Close => depth = depth.saturating_sub(1),
            TokenKind::Newline => {
                is_new |= depth == 0;
                continue;
            }
            TokenKind::Comment => continue,
            _ => {}
        }
        let at = token.span.start as usize;
        let is_first = text[..at].ends_with('\n') || at == 0;
        if std::mem::take(&mut is_new) && is_first {
            let decorates = text[at..].starts_with('@');
            if !is_decorated {
                starts.push(at);
            }
            is_decorated = decorates;
        }
    }
    let ends = starts.iter().skip(1).copied().chain([text.len()]);
    starts.iter().zip(ends).map(|(start, end)| statement(text, *start..end, &all)).collect()
}

fn statement<'t>(text: &'t str, range: std::ops::Range<usize>, all: &[TokenAt]) -> Statement<'t> {
    let word = |token: &TokenAt| &text[token.span.start as usize..token.span.end as usize];
    let inside = |token: &&TokenAt| range.contains(&(token.span.start as usize));
    let own: Vec<&TokenAt> = all.iter().filter(inside).collect();
    let is_name = |token: &&&TokenAt| token.kind == TokenKind::Name;
    let names = own.iter().filter(is_name).map(|token| word(token)).collect();
    let keyword = own.iter().position(|token| matches!(word(token), "def" | "class"));
    let first = own.first().map(|token| word(token));
    let is_definition = matches!(first, Some("@" | "def" | "class"));
    let (mut head, mut kind) = (Vec::new(), Kind::Other);
    if matches!(first, Some("from" | "import")) {
        kind = Kind::Import;
    } else if let Some(at) = keyword.filter(|_| is_definition)
        && let Some(name) = own.get(at + 1)
    {
        let is_sugar = own.get(at + 2).is_some_and(|token| word(token) == "[");
        kind = Kind::Definition(word(name), is_sugar);
        let mut depth = 0_usize;
        for (index, token) in own.iter().enumerate() {
            match token.kind {
                TokenKind::Open => depth += 1,
                TokenKind::Close => depth = depth.saturating_sub(1),
                TokenKind::Name if index != at + 1 => head.push(word(token)),
                _ if index > at && depth == 0 && word(token) == ":" => break,
                _ => {}
            }
        }
    }
    Statement { text: &text[range], names, head, kind }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn generic(name: &str) -> Export {
        Export::Generic { fqn: format!("p::{name}"), brackets: true, parameters: Vec::new() }
    }

    fn constant(name: &str) -> Export {
        let (fqn, ty) = (format!("p::{name}"), "i32".to_owned());
        Export::Constant { fqn, ty, value: 1.into() }
    }

    fn made(text: &str, exports: Vec<Export>) -> Option<SourceOfGenerics> {
        let entry = ModuleEntry { name: "p".to_owned(), doc: None, exports, generics: None };
        source(&entry, true, text)
    }

    #[test]
    fn generics_come_with_what_they_use() {
        let text = "\"\"\"Doc.\"\"\"\nfrom .a import (\n    one,\n    two)\nimport b\nN = 3\n\n\
            def add[T](x: T) -> T:\n    # why\n    return one(x) + N\n\n\
            @blue.generic\ndef Box(T):\n    def get(x: T) -> T:\n        return add[T](x)\n    return get\n\
            def red() -> None:\n    pass\n";
        let found = made(text, vec![generic("add"), generic("Box"), constant("N")]);
        let found = found.expect("generics");
        assert_eq!((found.module.as_str(), found.names.len()), ("p._generics", 2));
        assert!(found.text.starts_with("from .a import (\n    one,\n    two)\nfrom p import N\n"));
        assert!(found.text.contains("def add[T](x: T) -> T:\n    # why\n    return one(x) + N\n"));
        assert!(found.text.contains("@blue.generic\ndef Box(T):\n    def get"), "{}", found.text);
        assert!(!found.text.contains("red") && !found.text.contains("import b"));
    }

    #[test]
    fn what_cannot_work_is_left_out() {
        let text = "var v: i32 = 1\nhidden = [1]\n\ndef a[T](x: T) -> T:\n    return x + v\n\n\
            def b[T](x: T) -> T:\n    return a[T](x)\n\ndef c[T](x: T) -> T:\n    return hidden\n\n\
            @blue\ndef d(n: N):\n    return n\n\ndef e[T](x: T) -> T:\n    return x + N\n";
        let exports = ["a", "b", "c", "d", "e"].map(generic).into_iter();
        let variable = Export::Variable {
            fqn: "p::v".to_owned(),
            symbol: "v".to_owned(),
            ty: "i32".to_owned(),
            value: None,
        };
        let found = made(text, exports.chain([constant("N"), variable]).collect());
        assert_eq!(found.expect("one is left").names, ["e"]);
        assert_eq!(made("X = 1\n", vec![constant("X")]), None);
    }
}
