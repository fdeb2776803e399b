//! The states of a generator: its statements cut where it can be left and entered again.

use super::Lower;
use super::generator::FRAME;
use super::leave::Around;
use crate::ast::{CmpOp, Expr, ExprId, Ident, Literal, Stmt, StmtId, is_of_comprehension};
use crate::cst::{E, ExprKind, List, S, StmtKind};
use crate::node_ids::Arena;
use spy_text::{IndexSet, Name, Span};

/// The number of the state that comes next.
const STATE: &str = "_$state";

/// States that are being made.
#[derive(Default)]
pub(super) struct States {
    /// The statements of each.
    blocks: Vec<Vec<StmtId>>,
    /// The one that statements are added to.
    current: usize,
    /// Where locals are stored: before a statement of a state, and the place of the `yield`.
    yields: Vec<(usize, usize, Span)>,
}

impl States {
    fn current(&mut self) -> &mut Vec<StmtId> {
        if self.blocks.is_empty() {
            self.blocks.push(Vec::new());
        }
        &mut self.blocks[self.current]
    }

    fn add(&mut self) -> usize {
        if self.blocks.is_empty() {
            self.blocks.push(Vec::new());
        }
        self.blocks.push(Vec::new());
        self.blocks.len() - 1
    }
}

impl Lower<'_, '_> {
    /// Adds a statement of a generator to its states.
    pub(super) fn step(&mut self, s: S) {
        crate::stack::with_room(|| self.step_kind(s));
    }

    fn step_kind(&mut self, s: S) {
        let stmt = self.cst.stmt(s);
        if !self.yields(s) {
            let mut out = Vec::new();
            self.stmt(s, &mut out);
            self.emit(out);
            return;
        }
        match stmt.kind {
            StmtKind::Expr(e) => match self.cst.expr(e).kind {
                ExprKind::Yield { value: Some(value), from: true } => {
                    self.step_yield_from(stmt.span, value);
                }
                ExprKind::Yield { value, .. } => {
                    let value = self.yielded(value, stmt.span);
                    self.step_yield(stmt.span, value);
                }
                _ => {}
            },
            StmtKind::If { arms, orelse } => self.step_if(stmt.span, arms, orelse),
            StmtKind::While { test, body, orelse } => {
                self.step_while(stmt.span, test, body, orelse);
            }
            StmtKind::For { target, iter, body, orelse } => {
                self.step_for(stmt.span, target, iter, (body, orelse));
            }
            StmtKind::With { items, body } => self.step_with(stmt.span, items, body),
            _ => {}
        }
    }

    fn steps(&mut self, list: List) {
        for s in self.cst.stmts(list).collect::<Vec<_>>() {
            self.step(s);
        }
    }

    fn states(&mut self) -> &mut States {
        self.cx.states.get_or_insert_default()
    }

    fn emit(&mut self, stmts: Vec<StmtId>) {
        self.states().current().extend(stmts);
    }

    /// Goes on with what follows in another state.
    fn enter_state(&mut self, state: usize) {
        self.states().current = state;
    }

    /// `state = n; continue`.
    pub(super) fn go_to(&mut self, state: usize, at: Span, out: &mut Vec<StmtId>) {
        let number = self.add_expr(Expr::Literal(Literal::Int(state.to_string().into())), at);
        self.bind(STATE, number, at, out);
        self.push(Stmt::Continue, at, out);
    }

    fn jump(&mut self, state: usize, at: Span) {
        let mut out = Vec::new();
        self.go_to(state, at, &mut out);
        self.emit(out);
    }

    /// `if test: go to yes` and else to `no`.
    fn branch(&mut self, test: ExprId, yes: usize, no: usize, at: Span) {
        let (mut then, mut orelse) = (Vec::new(), Vec::new());
        self.go_to(yes, at, &mut then);
        self.go_to(no, at, &mut orelse);
        let mut out = Vec::new();
        self.push(Stmt::If { test, then, orelse }, at, &mut out);
        self.emit(out);
    }

    fn step_yield(&mut self, span: Span, value: ExprId) {
        let next = self.states().add();
        let mut out = Vec::new();
        self.store_value("__item__", value, span, &mut out);
        let number = self.add_expr(Expr::Literal(Literal::Int(next.to_string().into())), span);
        self.store_value("__state__", number, span, &mut out);
        self.emit(out);
        let states = self.states();
        let place = (states.current, states.current().len(), span);
        states.yields.push(place);
        let more = self.add_expr(Expr::Literal(Literal::Bool(true)), span);
        let mut out = Vec::new();
        self.push(Stmt::Return(more), span, &mut out);
        self.emit(out);
        self.enter_state(next);
    }

    fn step_yield_from(&mut self, span: Span, iter: E) {
        let (head, after) = self.start_for(span, iter);
        let target = self.hidden(head.at);
        let name = target.name.clone();
        let value = self.next_item(&head);
        let mut out = Vec::new();
        self.push(Stmt::Assign { target, value }, span, &mut out);
        self.emit(out);
        self.advance(&head, span);
        let item = self.add_expr(Expr::Name(name), head.at);
        self.step_yield(span, item);
        self.jump(head.state, span);
        self.enter_state(after);
    }

    fn step_if(&mut self, span: Span, arms: List, orelse: List) {
        let end = self.states().add();
        for arm in self.cst.list(arms).to_vec().chunks_exact(4) {
            let test = self.expr(E(arm[1]));
            let (then, other) = (self.states().add(), self.states().add());
            self.branch(test, then, other, span);
            self.enter_state(then);
            self.steps(List::from_parts(arm[2], arm[3]));
            self.jump(end, span);
            self.enter_state(other);
        }
        self.steps(orelse);
        self.jump(end, span);
        self.enter_state(end);
    }

    fn step_while(&mut self, span: Span, test: E, body: List, orelse: List) {
        let [head, inside, other, end] = [(); 4].map(|()| self.states().add());
        self.jump(head, span);
        self.enter_state(head);
        let test = self.expr(test);
        self.branch(test, inside, other, span);
        self.enter_state(inside);
        self.loop_steps(body, head, end);
        self.jump(head, span);
        self.enter_state(other);
        self.steps(orelse);
        self.jump(end, span);
        self.enter_state(end);
    }

    fn loop_steps(&mut self, body: List, head: usize, end: usize) {
        self.cx.around.push(Around::States { head, end });
        self.steps(body);
        self.cx.around.pop();
    }

    fn step_for(&mut self, span: Span, target: E, iter: E, (body, orelse): (List, List)) {
        let node = self.cst.expr(target);
        let (head, other) = self.start_for(span, iter);
        let end = self.states().add();
        if matches!(node.kind, ExprKind::Starred(_)) {
            self.unsupported(node.span, "complex for loop targets");
            return;
        }
        let (name, assigns) = self.loop_target(span, target);
        let value = self.next_item(&head);
        let mut out = Vec::new();
        self.push(Stmt::Assign { target: name, value }, span, &mut out);
        out.extend(assigns);
        self.emit(out);
        self.advance(&head, span);
        self.loop_steps(body, head.state, end);
        self.jump(head.state, span);
        self.enter_state(other);
        self.steps(orelse);
        self.jump(end, span);
        self.enter_state(end);
    }

    fn step_with(&mut self, span: Span, items: List, body: List) {
        let outer = self.cx.around.len();
        let mut out = Vec::new();
        self.enter_with(span, items, &mut out);
        self.emit(out);
        self.steps(body);
        let mut out = Vec::new();
        self.exits(outer, span, &mut out);
        self.emit(out);
        self.cx.around.truncate(outer);
    }

    /// The beginning of a loop, up to the body; and the state behind it.
    fn start_for(&mut self, span: Span, iter: E) -> (Head, usize) {
        let at = self.cst.expr(iter).span;
        let [state, inside, after] = [(); 3].map(|()| self.states().add());
        let iter = self.expr(iter);
        let target = self.hidden(at);
        let iterator = target.name.clone();
        let value = self.method_of(iter, "__fastiter__", Box::default(), at);
        let mut out = Vec::new();
        self.push(Stmt::Assign { target, value }, span, &mut out);
        self.emit(out);
        self.jump(state, span);
        self.enter_state(state);
        let iterator_now = self.add_expr(Expr::Name(iterator.clone()), at);
        let test = self.method_of(iterator_now, "__continue_iteration__", Box::default(), at);
        self.branch(test, inside, after, span);
        self.enter_state(inside);
        (Head { state, iterator, at }, after)
    }

    /// The item that the iterator of a loop has.
    fn next_item(&mut self, head: &Head) -> ExprId {
        let iterator = self.add_expr(Expr::Name(head.iterator.clone()), head.at);
        self.method_of(iterator, "__item__", Box::default(), head.at)
    }

    /// Advances the iterator of a loop.
    fn advance(&mut self, head: &Head, span: Span) {
        let iterator = self.add_expr(Expr::Name(head.iterator.clone()), head.at);
        let value = self.method_of(iterator, "__next__", Box::default(), head.at);
        let target = Ident { name: head.iterator.clone(), mark: self.mark(head.at) };
        let mut out = Vec::new();
        self.push(Stmt::Assign { target, value }, span, &mut out);
        self.emit(out);
    }

    /// The body of the function that goes from state to state.
    pub(super) fn finish_states(&mut self, params: &[Name], at: Span) -> Vec<StmtId> {
        let mut states = self.cx.states.take().unwrap_or_default();
        let mut last = Vec::new();
        self.finished(at, &mut last);
        states.current().extend(last);
        let locals = self.locals(params);
        for (state, position, at) in states.yields.iter().rev() {
            let mut stores = Vec::new();
            for (name, _) in &locals {
                self.store(name, *at, &mut stores);
            }
            states.blocks[*state].splice(position..position, stores);
        }
        let mut root = Vec::new();
        let frame = self.named(FRAME, at);
        let attr = Name::new_static("__state__");
        let state = self.add_expr(Expr::GetAttr { value: frame, attr }, at);
        self.bind(STATE, state, at, &mut root);
        self.load_locals(locals, at, &mut root);
        let body = states.blocks.into_iter().enumerate();
        let body = body.map(|(number, block)| self.state(number, block, at)).collect();
        let test = self.add_expr(Expr::Literal(Literal::Bool(true)), at);
        self.push(Stmt::While { test, body }, at, &mut root);
        self.finished(at, &mut root);
        root
    }

    /// `return False`: there is nothing more.
    pub(super) fn finished(&mut self, at: Span, out: &mut Vec<StmtId>) {
        let more = self.add_expr(Expr::Literal(Literal::Bool(false)), at);
        self.push(Stmt::Return(more), at, out);
    }

    fn state(&mut self, number: usize, then: Vec<StmtId>, at: Span) -> StmtId {
        let left = self.named(STATE, at);
        let right = self.add_expr(Expr::Literal(Literal::Int(number.to_string().into())), at);
        let test = self.add_expr(Expr::CmpOp { op: CmpOp::Eq, left, right }, at);
        self.add_stmt(Stmt::If { test, then, orelse: Vec::new() }, at)
    }

    /// The names that a generator's statements assign, with the annotations that they have, after its
    /// parameters. Declarations become assignments: the frame has declared them. What `global` names
    /// is the module's.
    fn locals(&mut self, params: &[Name]) -> Vec<(Name, Option<(Ident, ExprId)>)> {
        let mut names: IndexSet<Name> = params.iter().cloned().collect();
        let mut globals: Vec<Name> = Vec::new();
        let mut typed = Vec::new();
        let builder = &mut self.cx.builder;
        for stmt in &mut builder.body.stmts {
            let targets: Vec<Name> = match &*stmt {
                Stmt::VarDef { target, .. }
                | Stmt::Assign { target, .. }
                | Stmt::AugAssign { target, .. }
                | Stmt::For { target, .. } => vec![target.name.clone()],
                Stmt::Unpack { targets, .. } => {
                    targets.iter().map(|target| target.name.clone()).collect()
                }
                _ => Vec::new(),
            };
            let lasts = |name: &Name| name != STATE && !is_of_comprehension(name);
            names.extend(targets.into_iter().filter(lasts));
            if let Stmt::Global(idents) = stmt {
                globals.extend(idents.iter().map(|ident| ident.name.clone()));
            }
            if let Stmt::VarDef { target, ty, value, .. } = stmt {
                let (target, ty, value) = (target.clone(), *ty, *value);
                *stmt = match value {
                    Some(value) => Stmt::Assign { target: target.clone(), value },
                    None => Stmt::Pass,
                };
                typed.push((target, ty));
            }
        }
        for expr in &builder.body.exprs {
            if let Expr::AssignExpr { target, .. } = expr {
                names.insert(target.name.clone());
            }
        }
        names.retain(|name| !globals.contains(name));
        let is_auto = |ty: &ExprId| {
            let index = builder.numbering.index(Arena::Exprs, ty.0);
            matches!(builder.body.exprs[index], Expr::Auto)
        };
        typed.retain(|(_, ty)| !is_auto(ty));
        let annotation =
            |name: &Name| typed.iter().find(|(target, _)| target.name == *name).cloned();
        names.into_iter().map(|name| (name.clone(), annotation(&name))).collect()
    }

    /// The locals, as the last step left them.
    fn load_locals(
        &mut self,
        locals: Vec<(Name, Option<(Ident, ExprId)>)>,
        at: Span,
        out: &mut Vec<StmtId>,
    ) {
        for (name, annotation) in locals {
            let frame = self.named(FRAME, at);
            let field = self.add_expr(Expr::GetAttr { value: frame, attr: name.clone() }, at);
            let value = self.call_named("_$load", vec![field], at);
            let stmt = match annotation {
                Some((target, ty)) => {
                    Stmt::VarDef { keyword: None, target, ty, value: Some(value) }
                }
                None => Stmt::Assign { target: Ident { name, mark: self.mark(at) }, value },
            };
            self.push(stmt, at, out);
        }
    }
}

/// The beginning of a loop over what an iterator gives.
struct Head {
    /// The state that asks whether there is more.
    state: usize,
    iterator: Name,
    /// The place of what is iterated.
    at: Span,
}
