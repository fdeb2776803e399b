//! Comprehensions and generator expressions.
//!
//! Each stands for its loops, in which a hidden local collects the items:
//!
//! ```text
//! [f(x) for x in xs if x > y]     _$c0 = ...;  for _$0_x in xs:
//!                                                  if _$0_x > y: _$c0.append(f(_$0_x))
//! (f(x) for x in xs)              _$c0 = ...;  for _$0_x in xs:
//!                                                  _$c0 = _$c0._add(f(_$0_x))
//!                                                  if _$c0._is_full(): break
//! ```
//!
//! What it begins as, and of which type, evaluation finds (`eval::comprehension`). The names of targets get a
//! number of its own, so they are in nobody's way; [`written`](crate::ast::written) takes it off.

use super::{Lower, MAX_DEPTH};
use crate::ast::{CompKind, Comprehension, Expr, ExprId, Ident, Stmt, StmtId};
use crate::cst::{E, ExprKind, List, clause};
use spy_text::{Name, Span};

/// The comprehensions around an expression.
#[derive(Default)]
pub(super) struct Comprehensions {
    /// What names stand for, the innermost last.
    names: Vec<(Name, Name)>,
    /// In a target, what its names begin with.
    prefix: Option<String>,
    /// How many iterables of comprehensions the expression stands in.
    iterables: u32,
    /// Loops and conditions of comprehensions around the expression.
    clauses: u32,
}

/// How many loops and conditions of comprehensions may stand inside of each other: they are blocks, of which
/// the text of a function has a hundred at most.
const MAX_CLAUSES: u32 = 200;

impl Comprehensions {
    /// What the names of the current target begin with, if it is a comprehension's.
    pub(super) fn prefix(&self) -> Option<&str> {
        self.prefix.as_deref()
    }
}

/// What a comprehension is made from.
struct Parts<'c> {
    kind: CompKind,
    items: Vec<E>,
    collected: Name,
    prefix: String,
    clauses: &'c [u32],
    /// The items, once they are lowered.
    lowered: Vec<ExprId>,
}

impl Lower<'_, '_> {
    /// Lowers a comprehension.
    pub(super) fn comprehension(
        &mut self,
        kind: CompKind,
        items: Vec<E>,
        clauses: List,
        span: Span,
    ) -> ExprId {
        let clauses: Vec<u32> = self.cst.list(clauses).to_vec();
        let levels = u32::try_from(clauses.len() / 3).unwrap_or(u32::MAX);
        let depth = self.cx.depth.saturating_add(levels);
        let around = self.cx.comprehensions.clauses;
        let inside = around.saturating_add(levels);
        if depth > MAX_DEPTH / 2 || inside > MAX_CLAUSES {
            self.reject(span, "expression is too deeply nested", "this is too deep");
            return self.poison(span);
        }
        if clauses.chunks_exact(3).any(|part| part[0] == clause::ASYNC_FOR) {
            self.unsupported(span, "asynchronous comprehension");
            return self.poison(span);
        }
        let outer = std::mem::replace(&mut self.cx.depth, depth);
        self.cx.comprehensions.clauses = inside;
        let seq = self.cx.next_loop;
        self.cx.next_loop += 1;
        let (collected, prefix) = (Name::from(format!("_$c{seq}")), format!("_${seq}_"));
        let mut parts =
            Parts { kind, items, collected, prefix, clauses: &clauses, lowered: Vec::new() };
        let first = self.iterable(E(clauses[2]));
        let names = self.cx.comprehensions.names.len();
        for part in clauses.chunks_exact(3).filter(|part| part[0] == clause::FOR) {
            self.declare(E(part[1]), &parts.prefix);
        }
        let mut body = Vec::new();
        self.clause(&mut parts, 0, Some(first), &mut body);
        self.cx.comprehensions.names.truncate(names);
        self.cx.depth = outer;
        self.cx.comprehensions.clauses = around;
        let at = Span::new(span.start, span.start);
        let result = self.add_expr(Expr::Name(parts.collected.clone()), at);
        let result = match kind {
            CompKind::Generator => self.method_of(result, "_result", Box::default(), at),
            _ => result,
        };
        let Parts { collected, lowered: items, .. } = parts;
        let made = Comprehension { kind, items, collected, body, result };
        self.add_expr(Expr::Comprehension(Box::new(made)), span)
    }

    fn iterable(&mut self, e: E) -> ExprId {
        self.cx.comprehensions.iterables += 1;
        let iterable = self.expr(e);
        self.cx.comprehensions.iterables -= 1;
        iterable
    }

    /// Lets the names of a target stand for locals of the comprehension.
    fn declare(&mut self, target: E, prefix: &str) {
        let node = self.cst.expr(target);
        match node.kind {
            ExprKind::Name => {
                let name = self.name(node.span);
                let local = Name::from(format!("{prefix}{name}"));
                self.cx.comprehensions.names.push((name, local));
            }
            ExprKind::Tuple(items) | ExprKind::List(items) => {
                for item in self.cst.exprs(items) {
                    crate::stack::with_room(|| self.declare(item, prefix));
                }
            }
            ExprKind::Starred(value) => self.declare(value, prefix),
            _ => {}
        }
    }

    /// The statement of clause number `index`, with the later ones inside; behind the last, what adds the items.
    fn clause(
        &mut self,
        parts: &mut Parts<'_>,
        index: usize,
        first: Option<ExprId>,
        out: &mut Vec<StmtId>,
    ) {
        let Some(&[what, one, other]) =
            parts.clauses.chunks_exact(3).nth(index).and_then(|part| part.first_chunk())
        else {
            return self.add_items(parts, out);
        };
        let span = Span::new(self.cst.expr(E(one)).span.start, self.cst.expr(E(other)).span.end);
        if what == clause::IF {
            let test = self.expr(E(one));
            let mut then = Vec::new();
            crate::stack::with_room(|| self.clause(parts, index + 1, None, &mut then));
            self.push(Stmt::If { test, then, orelse: Vec::new() }, span, out);
            return;
        }
        let seq = self.cx.next_loop;
        self.cx.next_loop += 1;
        let iter = match first {
            Some(iter) => iter,
            None => self.iterable(E(other)),
        };
        if matches!(self.cst.expr(E(one)).kind, ExprKind::Starred(_)) {
            self.unsupported(self.cst.expr(E(one)).span, "complex for loop targets");
        }
        let outer = self.cx.comprehensions.prefix.replace(parts.prefix.clone());
        let (target, mut body) = self.loop_target(span, E(one));
        self.cx.comprehensions.prefix = outer;
        crate::stack::with_room(|| self.clause(parts, index + 1, None, &mut body));
        self.push(Stmt::For { seq, target, iter, body }, span, out);
        if parts.kind == CompKind::Generator && index > 0 {
            self.break_if_full(&parts.collected, span, out);
        }
    }

    /// What adds the items to what collects them.
    fn add_items(&mut self, parts: &mut Parts<'_>, out: &mut Vec<StmtId>) {
        let spans = parts.items.iter().map(|item| self.cst.expr(*item).span);
        let span = spans.reduce(|all, last| Span::new(all.start, last.end)).unwrap_or_default();
        let items: Vec<ExprId> = parts.items.iter().map(|item| self.expr(*item)).collect();
        parts.lowered.clone_from(&items);
        let at = Span::new(span.start, span.start);
        let collected = self.add_expr(Expr::Name(parts.collected.clone()), at);
        let stmt = match (parts.kind, items.as_slice()) {
            (CompKind::Dict, &[key, value]) => {
                let mark = self.mark(span);
                Stmt::SetItem { target: collected, args: vec![key], mark, value }
            }
            (CompKind::Generator, _) => {
                let value = self.adding(collected, "_add", items, span);
                let target = Ident { name: parts.collected.clone(), mark: self.mark(at) };
                Stmt::Assign { target, value }
            }
            (CompKind::Set, _) => Stmt::Expr(self.adding(collected, "add", items, span)),
            _ => Stmt::Expr(self.adding(collected, "append", items, span)),
        };
        self.push(stmt, span, out);
        if parts.kind == CompKind::Generator {
            self.break_if_full(&parts.collected, span, out);
        }
    }

    /// A call whose method stands nowhere in the text.
    fn adding(
        &mut self,
        collected: ExprId,
        method: &'static str,
        items: Vec<ExprId>,
        span: Span,
    ) -> ExprId {
        let mark = self.mark(Span::new(span.start, span.start));
        let method = Box::new(Ident { name: Name::new_static(method), mark });
        self.add_expr(Expr::CallMethod { target: collected, method, args: items.into() }, span)
    }

    fn break_if_full(&mut self, collected: &Name, span: Span, out: &mut Vec<StmtId>) {
        let at = Span::new(span.start, span.start);
        let collected = self.add_expr(Expr::Name(collected.clone()), at);
        let test = self.method_of(collected, "_is_full", Box::default(), at);
        let then = vec![self.add_stmt(Stmt::Break, at)];
        self.push(Stmt::If { test, then, orelse: Vec::new() }, at, out);
    }

    /// Whether a name that is read is that of a target of a comprehension, or of a lambda's parameter.
    pub(super) fn is_shadowed(&self, span: Span) -> bool {
        let name = self.name(span);
        self.cx.comprehensions.names.iter().any(|(from, _)| *from == name)
    }

    /// A name that is read: a target of a comprehension around it, or as it is written.
    pub(super) fn name_read(&self, span: Span) -> Name {
        let name = self.name(span);
        let mut names = self.cx.comprehensions.names.iter().rev();
        names.find(|(from, _)| *from == name).map_or(name, |(_, to)| to.clone())
    }

    /// A name that a target binds, at its place.
    pub(super) fn bound(&mut self, span: Span) -> Ident {
        let mut ident = self.ident(span);
        if let Some(name) = self.blank(span) {
            ident.name = name;
        } else if let Some(prefix) = self.cx.comprehensions.prefix() {
            ident.name = Name::from(format!("{prefix}{}", ident.name));
        }
        ident
    }

    /// The target of `:=`, which belongs to what is around all comprehensions.
    pub(super) fn walrus_target(&mut self, span: Span) -> Ident {
        let ident = self.ident(span);
        let all = &self.cx.comprehensions;
        let is_target = all.names.iter().any(|(from, to)| *from == ident.name && from != to);
        if is_target {
            let message = format!(
                "assignment expression cannot rebind comprehension iteration variable '{}'",
                ident.name
            );
            self.errors.syntax(self.place(span).start, message);
        } else if all.iterables > 0 {
            let message =
                "assignment expression cannot be used in a comprehension iterable expression";
            self.errors.syntax(self.place(span).start, message);
        }
        ident
    }

    /// Lets names stand for themselves: the parameters of a lambda. The result undoes it.
    pub(super) fn shadow(&mut self, names: impl Iterator<Item = Name>) -> (usize, u32) {
        let all = &mut self.cx.comprehensions;
        let before = (all.names.len(), all.iterables);
        all.names.extend(names.map(|name| (name.clone(), name)));
        all.iterables = 0;
        before
    }

    /// Undoes [`Self::shadow`].
    pub(super) fn unshadow(&mut self, (names, iterables): (usize, u32)) {
        self.cx.comprehensions.names.truncate(names);
        self.cx.comprehensions.iterables = iterables;
    }
}
