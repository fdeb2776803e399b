//! Which locals are used outside the branch or loop that assigns them.
//!
//! A constant that is assigned once is blue: its uses become its value. If the assignment stands in
//! a branch and a use after it, the value is known only if the branch was taken, so such a local
//! must stay red.

use crate::uses::Uses;
use spy_syntax::ast::{Body, Ident, StmtId};
use spy_text::Name;
use std::collections::{BTreeMap, BTreeSet};

/// The names of `body` that are used outside the innermost block that assigns them.
#[must_use]
pub fn escaping_names(body: &Body) -> BTreeSet<Name> {
    let mut walk =
        Walk { body, path: Vec::new(), next: 0, homes: BTreeMap::new(), out: BTreeSet::new() };
    walk.block(&body.root);
    walk.out
}

struct Walk<'b> {
    body: &'b Body,
    /// Numbers of the blocks around the current statement, outermost first.
    path: Vec<u32>,
    next: u32,
    /// The blocks around the first assignment of each name.
    homes: BTreeMap<Name, Vec<u32>>,
    out: BTreeSet<Name>,
}

impl<'b> Uses<'b> for Walk<'b> {
    fn body(&self) -> &'b Body {
        self.body
    }

    fn augmented(&mut self, target: &Ident) {
        self.used(&target.name);
    }

    fn nested(&mut self, _: Option<&'b Ident>, stmts: &'b [StmtId]) {
        self.next += 1;
        self.path.push(self.next);
        self.block(stmts);
        self.path.pop();
    }

    fn assigned(&mut self, target: &Ident) {
        if !self.path.is_empty() && !self.homes.contains_key(&target.name) {
            self.homes.insert(target.name.clone(), self.path.clone());
        }
    }

    fn used(&mut self, name: &Name) {
        if self.homes.get(name).is_some_and(|home| !self.path.starts_with(home)) {
            self.out.insert(name.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use spy_syntax::ast::DefPath;

    fn escaping(body: &str) -> Vec<String> {
        let text = format!("def f(b: bool) -> i32:\n{body}");
        let module = spy_syntax::parse(&text);
        assert!(module.errors.is_empty(), "{:?}", module.errors);
        let body = &module.bodies[&DefPath::module().child("f", 1)];
        escaping_names(body).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_use_after_the_branch_escapes() {
        assert_eq!(escaping("    if b:\n        x = 1\n    return x\n"), ["x"]);
        assert_eq!(
            escaping("    if b:\n        x = 1\n    else:\n        return x\n    return 0\n"),
            ["x"]
        );
    }

    #[test]
    fn a_use_inside_the_branch_does_not() {
        assert!(
            escaping("    if b:\n        x = 1\n        return x + 1\n    return 0\n").is_empty()
        );
        assert!(escaping("    x = 1\n    if b:\n        return x\n    return x\n").is_empty());
    }
}
