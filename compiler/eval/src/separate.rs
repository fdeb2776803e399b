//! Variables of loops that are a new variable in each loop.
//!
//! A local has one type. But where `x` is nothing but what several loops call their items, and is read in these loops
//! only, each of them can have an `x` of its own, of another type:
//!
//! ```text
//! for x in [1, 2]: ...
//! for x in ["a", "b"]: ...
//! ```

use crate::uses::Uses;
use spy_syntax::ast::{Body, Expr, Ident, Stmt, StmtId};
use spy_text::Name;
use std::collections::BTreeSet;

/// The names of `body` that only loops assign, not one inside of another, and that are read in these loops only.
#[must_use]
pub(crate) fn separate_names(body: &Body) -> BTreeSet<Name> {
    let mut walk =
        Walk { body, loops: Vec::new(), bound: BTreeSet::new(), shared: BTreeSet::new() };
    walk.block(&body.root);
    walk.bound.difference(&walk.shared).cloned().collect()
}

struct Walk<'b> {
    body: &'b Body,
    /// What the loops around the current statement assign, the innermost last.
    loops: Vec<BTreeSet<Name>>,
    /// The names that loops assign.
    bound: BTreeSet<Name>,
    /// The names with another use.
    shared: BTreeSet<Name>,
}

impl<'b> Walk<'b> {
    /// The names that a loop assigns, and how many statements do that for it: what is no single name is taken apart
    /// there.
    fn bound_by(&mut self, target: &'b Ident, stmts: &'b [StmtId]) -> (BTreeSet<Name>, usize) {
        let mut names = BTreeSet::from([target.name.clone()]);
        let mut count = 0;
        for id in stmts {
            let Stmt::Unpack { targets, value } = self.body.stmt(*id) else { break };
            let is_part = |name: &Name| name.starts_with("_$") && names.contains(name);
            if !matches!(self.body.expr(*value), Expr::Name(name) if is_part(name)) {
                break;
            }
            for target in targets {
                if !names.insert(target.name.clone()) {
                    self.shared.insert(target.name.clone());
                }
            }
            count += 1;
        }
        (names, count)
    }
}

impl<'b> Uses<'b> for Walk<'b> {
    fn body(&self) -> &'b Body {
        self.body
    }

    fn used(&mut self, name: &Name) {
        if !self.loops.iter().any(|names| names.contains(name)) {
            self.shared.insert(name.clone());
        }
    }

    fn assigned(&mut self, target: &Ident) {
        self.shared.insert(target.name.clone());
    }

    fn augmented(&mut self, target: &Ident) {
        self.shared.insert(target.name.clone());
    }

    fn nested(&mut self, target: Option<&'b Ident>, stmts: &'b [StmtId]) {
        let Some(target) = target else { return self.block(stmts) };
        let (names, count) = self.bound_by(target, stmts);
        for name in &names {
            if self.loops.iter().any(|around| around.contains(name)) {
                self.shared.insert(name.clone());
            }
        }
        self.bound.extend(names.iter().cloned());
        self.loops.push(names);
        self.block(&stmts[count..]);
        self.loops.pop();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use spy_syntax::ast::DefPath;

    #[track_caller]
    fn separate(body: &str, wanted: &[&str]) {
        let text = format!("def f(b: bool) -> i32:\n{body}    return 0\n");
        let module = spy_syntax::parse(&text);
        assert!(module.errors.is_empty(), "{:?}", module.errors);
        let body = &module.bodies[&DefPath::module().child("f", 1)];
        let names = separate_names(body);
        let written: Vec<&str> =
            names.iter().map(Name::as_str).filter(|name| !name.starts_with('_')).collect();
        assert_eq!(written, wanted);
    }

    #[test]
    fn what_only_loops_assign_and_read() {
        separate("    for x in a:\n        g(x)\n    for x in c:\n        g(x + x)\n", &["x"]);
        separate("    for k, (v, w) in a:\n        if b:\n            g(k, w)\n", &["k", "v", "w"]);
        separate("    for x in a:\n        g([x + y for y in c])\n", &["x"]);
        separate("    while b:\n        for x in a:\n            g(x)\n", &["x"]);
    }

    #[test]
    fn what_is_read_outside_is_not() {
        separate("    for x in a:\n        pass\n    g(x)\n", &[]);
        separate("    g(x)\n    for x in a:\n        pass\n", &[]);
        separate("    for x in x:\n        pass\n", &[]);
    }

    #[test]
    fn what_is_assigned_otherwise_is_not() {
        separate("    for x in a:\n        x = x + 1\n", &[]);
        separate("    for x in a:\n        x += 1\n", &[]);
        separate("    x: i32 = 0\n    for x in a:\n        g(x)\n", &[]);
        separate("    for x in a:\n        g((x := 1))\n", &[]);
        separate("    for x in a:\n        x, y = g(x)\n", &[]);
    }

    #[test]
    fn loops_inside_of_each_other_share_their_variable() {
        separate("    for x in a:\n        for x in c:\n            g(x)\n", &[]);
        separate("    for x, x in a:\n        g(x)\n", &[]);
    }
}
