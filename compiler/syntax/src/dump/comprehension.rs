//! Comprehensions of a dump: as Python's `ast` has them, not as loops.

use super::BodyDumper;
use super::tree::Tree;
use crate::ast::{CompKind, Comprehension, Stmt, StmtId, written};

impl BodyDumper<'_> {
    /// A comprehension.
    pub(super) fn comprehension(&self, made: &Comprehension) -> Tree {
        let generators = ("generators", Tree::List(self.generators(&made.body)));
        let name = match made.kind {
            CompKind::List => "ListComp",
            CompKind::Set => "SetComp",
            CompKind::Dict => "DictComp",
            CompKind::Generator => "GeneratorExp",
        };
        let fields = match made.items.as_slice() {
            [key, value] => {
                vec![("key", self.expr(*key)), ("value", self.expr(*value)), generators]
            }
            items => {
                let mut fields: Vec<_> =
                    items.iter().map(|item| ("elt", self.expr(*item))).collect();
                fields.push(generators);
                fields
            }
        };
        Tree::node(name, fields)
    }

    /// The loops inside each other, each with its conditions.
    fn generators(&self, body: &[StmtId]) -> Vec<Tree> {
        let mut found: Vec<(Tree, Tree, Vec<Tree>)> = Vec::new();
        let mut block = body;
        loop {
            let inner = block.iter().find_map(|id| match self.body.stmt(*id) {
                Stmt::For { target, iter, body, .. } => Some((Some((target, *iter)), body)),
                Stmt::If { test, then, .. } => {
                    let is_end =
                        matches!(then.as_slice(), [last] if *self.body.stmt(*last) == Stmt::Break);
                    if let (Some((_, _, ifs)), false) = (found.last_mut(), is_end) {
                        ifs.push(self.expr(*test));
                    }
                    (!is_end).then_some((None, then))
                }
                _ => None,
            });
            let Some((head, inside)) = inner else { break };
            if let Some((target, iter)) = head {
                let target = self.target(&target.name, inside);
                found.push((target, self.expr(iter), Vec::new()));
            }
            block = inside;
        }
        let node = |(target, iter, ifs)| {
            let fields = vec![("target", target), ("iter", iter), ("ifs", Tree::List(ifs))];
            Tree::node("comprehension", fields)
        };
        found.into_iter().map(node).collect()
    }

    /// A name; or for a hidden one the names that are unpacked from it.
    fn target(&self, name: &str, body: &[StmtId]) -> Tree {
        let dump = |name: &str| Tree::node("Name", vec![("id", Tree::str(written(name)))]);
        let unpacked = body.iter().find_map(|id| match self.body.stmt(*id) {
            Stmt::Unpack { targets, value } => {
                let is_this = *self.body.expr(*value) == crate::ast::Expr::Name(name.into());
                is_this.then_some(targets)
            }
            _ => None,
        });
        match unpacked {
            None => dump(name),
            Some(targets) => {
                let items = targets.iter().map(|target| self.target(&target.name, body)).collect();
                Tree::node("Tuple", vec![("items", Tree::List(items))])
            }
        }
    }
}
