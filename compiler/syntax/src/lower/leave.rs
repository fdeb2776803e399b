//! What is left early: loops, and the blocks of `with`.
//!
//! Neither `else` of a loop nor `with` are in the AST; hidden names that no text can spell take their
//! place:
//!
//! ```text
//! while test: ...; break          _$value0 = False
//! else: last                      while test: ...; _$value0 = True; break
//!                                 if not _$value0: last
//!
//! with e as t: ...; return x      _$value0 = e;  t = _$value0.__enter__(); ...
//!                                 _$value1 = x;  _$value0.__exit__(None, None, None); return _$value1
//!                                 _$value0.__exit__(None, None, None)
//! ```
//!
//! An error ends the program, so nothing is to be done after one.

use super::Lower;
use super::assign::Source;
use crate::ast::{Expr, ExprId, Ident, Literal, Stmt, StmtId, UnaryOp};
use crate::cst::stmt::NO_TARGET;
use crate::cst::{E, List};
use spy_text::{Name, Span};

/// A block that `break`, `continue` or `return` leaves.
pub(super) enum Around {
    /// A loop, and the name that says whether it was left by `break`, if it has an `else`.
    Loop(Option<Name>),
    /// A loop of a generator: the states that `continue` and `break` go to.
    States { head: usize, end: usize },
    /// The block of a `with`: the name of what was entered, and where that is written.
    With(Name, Span),
}

impl Lower<'_, '_> {
    /// Before a loop: the name that says whether it was left by `break`, if it has an `else`.
    pub(super) fn start_else(
        &mut self,
        span: Span,
        orelse: List,
        out: &mut Vec<StmtId>,
    ) -> Option<Name> {
        if orelse.len() == 0 {
            return None;
        }
        let target = self.hidden(span);
        let name = target.name.clone();
        let value = self.add_expr(Expr::Literal(Literal::Bool(false)), span);
        self.push(Stmt::Assign { target, value }, span, out);
        Some(name)
    }

    /// After a loop: its `else`.
    pub(super) fn end_else(
        &mut self,
        span: Span,
        broke: Option<Name>,
        orelse: List,
        out: &mut Vec<StmtId>,
    ) {
        let Some(broke) = broke else { return };
        let value = self.add_expr(Expr::Name(broke), span);
        let test = self.add_expr(Expr::UnaryOp { op: UnaryOp::Not, value }, span);
        let then = self.body(orelse);
        self.push(Stmt::If { test, then, orelse: Vec::new() }, span, out);
    }

    /// The statements in a loop.
    pub(super) fn loop_body(&mut self, body: List, broke: Option<Name>) -> Vec<StmtId> {
        self.cx.around.push(Around::Loop(broke));
        let body = self.body(body);
        self.cx.around.pop();
        body
    }

    /// `break`.
    pub(super) fn break_stmt(&mut self, span: Span, out: &mut Vec<StmtId>) -> Option<Stmt> {
        let Some(innermost) = self.innermost_loop() else {
            self.reject(span, "'break' outside loop", "this is not in a loop");
            return None;
        };
        self.exits(innermost + 1, span, out);
        match &self.cx.around[innermost] {
            Around::Loop(Some(broke)) => {
                let target = Ident { name: broke.clone(), mark: self.mark(span) };
                let value = self.add_expr(Expr::Literal(Literal::Bool(true)), span);
                self.push(Stmt::Assign { target, value }, span, out);
            }
            Around::States { end, .. } => {
                self.go_to(*end, span, out);
                return None;
            }
            _ => {}
        }
        Some(Stmt::Break)
    }

    /// `continue`.
    pub(super) fn continue_stmt(&mut self, span: Span, out: &mut Vec<StmtId>) -> Option<Stmt> {
        let Some(innermost) = self.innermost_loop() else {
            self.reject(span, "'continue' not properly in loop", "this is not in a loop");
            return None;
        };
        self.exits(innermost + 1, span, out);
        if let Around::States { head, .. } = &self.cx.around[innermost] {
            self.go_to(*head, span, out);
            return None;
        }
        Some(Stmt::Continue)
    }

    fn innermost_loop(&self) -> Option<usize> {
        let is_loop = |around: &Around| !matches!(around, Around::With(..));
        self.cx.around.iter().rposition(is_loop)
    }

    /// `return`, with a value or without.
    pub(super) fn return_stmt(
        &mut self,
        span: Span,
        value: Option<E>,
        out: &mut Vec<StmtId>,
    ) -> Stmt {
        if self.cx.states.is_some() {
            if let Some(value) = value {
                let at = self.cst.expr(value).span;
                self.reject(at, "a generator returns nothing", "use `yield`, or a plain `return`");
            }
            self.exits(0, span, out);
            return Stmt::Return(self.add_expr(Expr::Literal(Literal::Bool(false)), span));
        }
        let leaves = self.cx.around.iter().any(|around| matches!(around, Around::With(..)));
        let value = match value {
            None => self.add_expr(Expr::Literal(Literal::None), span),
            Some(value) if leaves && !self.is_literal(value) => {
                let at = self.cst.expr(value).span;
                let target = self.hidden(at);
                let name = target.name.clone();
                let value = self.expr(value);
                self.push(Stmt::Assign { target, value }, span, out);
                self.add_expr(Expr::Name(name), at)
            }
            Some(value) => self.expr(value),
        };
        self.exits(0, span, out);
        Stmt::Return(value)
    }

    /// `with items: body`.
    pub(super) fn with_stmt(&mut self, span: Span, items: List, body: List, out: &mut Vec<StmtId>) {
        let outer = self.cx.around.len();
        self.enter_with(span, items, out);
        out.extend(self.body(body));
        self.exits(outer, span, out);
        self.cx.around.truncate(outer);
    }

    /// The beginning of a `with`: its items are around what follows.
    pub(super) fn enter_with(&mut self, span: Span, items: List, out: &mut Vec<StmtId>) {
        if items.len() == 0 {
            self.unsupported(span, "With");
        }
        for item in self.cst.list(items).chunks_exact(2) {
            let at = self.cst.expr(E(item[0])).span;
            let manager = self.hidden(at);
            let name = manager.name.clone();
            let value = self.expr(E(item[0]));
            self.push(Stmt::Assign { target: manager, value }, span, out);
            let entered = self.method(&name, "__enter__", Box::default(), at);
            if item[1] == NO_TARGET {
                self.push(Stmt::Expr(entered), span, out);
            } else {
                let target = self.hidden(at);
                let source = Source::Hidden(target.name.clone(), at);
                self.push(Stmt::Assign { target, value: entered }, span, out);
                self.assign_one(span, E(item[1]), source, out);
            }
            self.cx.around.push(Around::With(name, at));
        }
    }

    /// Leaves the blocks of `with` that are inside of the first `outer` ones.
    pub(super) fn exits(&mut self, outer: usize, span: Span, out: &mut Vec<StmtId>) {
        let left = self.cx.around[outer..].iter().rev();
        let managers: Vec<(Name, Span)> = left
            .filter_map(|around| match around {
                Around::With(name, at) => Some((name.clone(), *at)),
                Around::Loop(_) | Around::States { .. } => None,
            })
            .collect();
        for (name, at) in managers {
            let args = [(); 3].map(|()| self.add_expr(Expr::Literal(Literal::None), at));
            let exit = self.method(&name, "__exit__", args.into(), at);
            self.push(Stmt::Expr(exit), span, out);
        }
    }

    /// `name.method(args)`, all of it at one place.
    fn method(
        &mut self,
        name: &Name,
        method: &'static str,
        args: Box<[ExprId]>,
        at: Span,
    ) -> ExprId {
        let target = self.add_expr(Expr::Name(name.clone()), at);
        let method = Box::new(Ident { name: Name::new_static(method), mark: self.mark(at) });
        self.add_expr(Expr::CallMethod { target, method, args }, at)
    }
}
