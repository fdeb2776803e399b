//! `_`, where nobody reads it.
//!
//! Python's programmers write `_` for what they do not want, whatever its type. A local has one type, so all targets
//! `_` of a function but the first become locals of their own, with a number before the name as comprehensions have it
//! ([`written`](crate::ast::written) takes it off):
//!
//! ```text
//! for _, name, _ in rows: ...     is    for _, name, _$0__ in rows: ...
//! _, age = pair                         _$1__, age = pair
//! ```
//!
//! A definition at the top level that reads `_` anywhere is left as it is.

use super::{Lower, Place};
use crate::ast::BodyKind;
use crate::cst::stmt::NO_TARGET;
use crate::cst::{E, ExprKind, List, StmtKind, clause};
use crate::stack;
use spy_text::{Name, Span};

const BLANK: &str = "_";

impl Lower<'_, '_> {
    /// The name for a target: another one than is written, if it is a `_` that nobody reads.
    pub(super) fn blank(&mut self, span: Span) -> Option<Name> {
        let is_local = self.cx.builder.body.kind == BodyKind::Function;
        let is_file = matches!(self.place, Place::File);
        if self.slice(span) != BLANK || !is_local || !is_file || self.is_blank_read() {
            return None;
        }
        if !std::mem::replace(&mut self.cx.builder.has_blank, true) {
            return None;
        }
        let seq = self.cx.next_loop;
        self.cx.next_loop += 1;
        Some(Name::from(format!("_${seq}_{BLANK}")))
    }

    /// Whether a function has a parameter `_`, which has a type of its own.
    pub(super) fn has_blank_param(&self, params: List) -> bool {
        self.cst.params(params).iter().any(|param| self.slice(param.name) == BLANK)
    }

    /// Whether the statement at the top level that is being lowered reads `_`: the name stands in it more
    /// often than as a target.
    fn is_blank_read(&mut self) -> bool {
        if let Some(known) = self.reads_blank {
            return known;
        }
        let all = self.cst.all_exprs();
        let named = all.filter(|e| self.is_blank(*e)).count();
        let mut targets = 0;
        for s in self.cst.all_stmts() {
            match self.cst.stmt(s).kind {
                StmtKind::For { target, .. } => targets += self.blanks_in(target),
                StmtKind::With { items, .. } => {
                    let items = self.cst.list(items).chunks_exact(2).map(|item| item[1]);
                    let items = items.filter(|target| *target != NO_TARGET);
                    targets += items.map(|target| self.blanks_in(E(target))).sum::<usize>();
                }
                StmtKind::Assign { targets: list, .. } => {
                    targets += self.cst.exprs(list).map(|e| self.blanks_in(e)).sum::<usize>();
                }
                StmtKind::Global(names) | StmtKind::Nonlocal(names) => {
                    let mut names = self.cst.aliases(names).iter();
                    if names.any(|alias| self.slice(alias.name) == BLANK) {
                        return *self.reads_blank.insert(true);
                    }
                }
                _ => {}
            }
        }
        for e in self.cst.all_exprs() {
            if let ExprKind::Comprehension { clauses, .. } = self.cst.expr(e).kind {
                let clauses = self.cst.list(clauses).chunks_exact(3);
                let loops = clauses.filter(|part| part[0] == clause::FOR);
                targets += loops.map(|part| self.blanks_in(E(part[1]))).sum::<usize>();
            }
        }
        *self.reads_blank.insert(named > targets)
    }

    fn is_blank(&self, e: E) -> bool {
        let node = self.cst.expr(e);
        node.kind == ExprKind::Name && self.slice(node.span) == BLANK
    }

    /// How often `_` stands in a target.
    fn blanks_in(&self, target: E) -> usize {
        match self.cst.expr(target).kind {
            ExprKind::Tuple(items) | ExprKind::List(items) => stack::with_room(|| {
                self.cst.exprs(items).map(|item| self.blanks_in(item)).sum::<usize>()
            }),
            ExprKind::Starred(inner) => stack::with_room(|| self.blanks_in(inner)),
            _ => usize::from(self.is_blank(target)),
        }
    }
}
