//! `nonlocal`.
//!
//! Functions hold values, not variables. So a local that a function inside assigns lies in a list of one item, and
//! both functions hold that list:
//!
//! ```text
//! def f() -> int:                         def f() -> int:
//!     count = 0                               count = [0]
//!     def step() -> None:                     def step() -> None:
//!         nonlocal count           is
//!         count += 1                              count[0] += 1
//!     step()                                  step()
//!     return count                            return count[0]
//! ```

use super::Lower;
use super::assign::Source;
use crate::ast::{BinOp, Expr, ExprId, Stmt, StmtId};
use crate::cst::stmt::NO_TARGET;
use crate::cst::{E, ExprKind, List, S, StmtKind};
use crate::stack;
use spy_text::{HashSet, Name, Span};

/// The locals of the present function that lie in lists.
#[derive(Clone, Default)]
pub(super) struct Boxes {
    names: HashSet<Name>,
    /// Those whose lists are there already.
    made: HashSet<Name>,
    /// Branches and loops around the current statement.
    pub(super) depth: u32,
}

/// What the statements of a function do with names.
#[derive(Default)]
struct Uses {
    assigned: HashSet<Name>,
    nonlocal: HashSet<Name>,
    /// Functions inside: their names, and their parameters and statements.
    inner: Vec<(List, List)>,
}

impl Lower<'_, '_> {
    /// What lies in lists in a function with these parameters and statements.
    pub(super) fn boxes_of(&mut self, params: List, body: List) -> Boxes {
        // Few files have any, and this looks at functions once for each function around them.
        if !*self.cx.has_nonlocal.get_or_insert_with(|| self.text.contains("nonlocal")) {
            return Boxes::default();
        }
        let uses = self.uses(body);
        let params = self.param_names(params);
        let wanted = self.nonlocal_inside(&uses);
        for (name, span) in params.iter().filter(|(name, _)| wanted.contains(name)) {
            let message = format!("parameter '{name}' cannot be nonlocal in a function inside");
            self.reject(*span, &message, "give its value to a local of another name");
        }
        let outer = &self.cx.boxes.names;
        let is_own = |name: &&Name| {
            uses.assigned.contains(*name) && !uses.nonlocal.contains(*name)
                || params.iter().any(|(param, _)| param == *name)
        };
        let outer: HashSet<Name> = outer.iter().filter(|name| !is_own(name)).cloned().collect();
        let own = wanted.iter().filter(is_own).cloned();
        Boxes { names: own.chain(outer.iter().cloned()).collect(), made: outer, depth: 0 }
    }

    fn param_names(&self, params: List) -> Vec<(Name, Span)> {
        let params = self.cst.params(params).iter();
        let named = params.filter(|param| param.name.end > param.name.start);
        named.map(|param| (self.name(param.name), param.span)).collect()
    }

    /// The names that functions inside declare `nonlocal`, and do not find in one another.
    fn nonlocal_inside(&self, uses: &Uses) -> HashSet<Name> {
        let mut found = HashSet::default();
        for (params, body) in &uses.inner {
            let inner = self.uses(*body);
            let params = self.param_names(*params);
            let mut names = stack::with_room(|| self.nonlocal_inside(&inner));
            names.retain(|name| {
                !inner.assigned.contains(name) && !params.iter().any(|(param, _)| param == name)
            });
            found.extend(names);
            found.extend(inner.nonlocal);
        }
        found
    }

    fn uses(&self, body: List) -> Uses {
        let mut uses = Uses::default();
        self.add_uses(body, &mut uses);
        uses
    }

    fn add_uses(&self, body: List, uses: &mut Uses) {
        for s in self.cst.stmts(body) {
            stack::with_room(|| self.add_uses_of(s, uses));
        }
    }

    fn add_uses_of(&self, s: S, uses: &mut Uses) {
        match self.cst.stmt(s).kind {
            StmtKind::If { arms, orelse } => {
                for arm in self.cst.list(arms).chunks_exact(4) {
                    self.add_uses(List::from_parts(arm[2], arm[3]), uses);
                }
                self.add_uses(orelse, uses);
            }
            StmtKind::While { body, orelse, .. } => {
                self.add_uses(body, uses);
                self.add_uses(orelse, uses);
            }
            StmtKind::For { target, body, orelse, .. } => {
                self.add_targets(target, uses);
                self.add_uses(body, uses);
                self.add_uses(orelse, uses);
            }
            StmtKind::With { items, body } => {
                for item in self.cst.list(items).chunks_exact(2) {
                    if item[1] != NO_TARGET {
                        self.add_targets(E(item[1]), uses);
                    }
                }
                self.add_uses(body, uses);
            }
            StmtKind::Def { def, body } => {
                let def = self.cst.defs[def as usize];
                uses.assigned.insert(self.name(def.name));
                uses.inner.push((def.params, body));
            }
            StmtKind::Assign { targets, .. } => {
                self.cst.exprs(targets).for_each(|target| self.add_targets(target, uses));
            }
            StmtKind::AnnAssign { target, .. } | StmtKind::AugAssign { target, .. } => {
                self.add_targets(target, uses);
            }
            StmtKind::Declare { name, .. } => drop(uses.assigned.insert(self.name(name))),
            StmtKind::Nonlocal(names) => {
                uses.nonlocal
                    .extend(self.cst.aliases(names).iter().map(|alias| self.name(alias.name)));
            }
            _ => {}
        }
    }

    fn add_targets(&self, target: E, uses: &mut Uses) {
        let node = self.cst.expr(target);
        match node.kind {
            ExprKind::Name => drop(uses.assigned.insert(self.name(node.span))),
            ExprKind::Tuple(items) | ExprKind::List(items) => stack::with_room(|| {
                self.cst.exprs(items).for_each(|item| self.add_targets(item, uses));
            }),
            ExprKind::Starred(inner) => stack::with_room(|| self.add_targets(inner, uses)),
            _ => {}
        }
    }

    /// Whether a name that is assigned lies in a list.
    pub(super) fn is_boxed(&self, name: Span) -> bool {
        !self.cx.boxes.names.is_empty()
            && self.cx.comprehensions.prefix().is_none()
            && self.cx.boxes.names.contains(&self.name(name))
    }

    /// A name that is read.
    pub(super) fn name_expr(&mut self, span: Span) -> ExprId {
        let value = self.add_expr(Expr::Name(self.name_read(span)), span);
        if self.cx.boxes.names.is_empty() || self.is_shadowed(span) {
            return value;
        }
        if !self.cx.boxes.names.contains(&self.name(span)) {
            return value;
        }
        let args = vec![self.integer("0".to_owned(), span)];
        self.add_expr(Expr::GetItem { value, args }, span)
    }

    /// `name = source`, for a name that lies in a list.
    pub(super) fn assign_boxed(
        &mut self,
        span: Span,
        name: Span,
        source: Source,
        out: &mut Vec<StmtId>,
    ) {
        let value = self.source(source);
        let target = self.ident(name);
        if self.cx.boxes.made.contains(&target.name) {
            let target = self.add_expr(Expr::Name(target.name), name);
            let (args, mark) = (vec![self.integer("0".to_owned(), name)], self.mark(name));
            return self.push(Stmt::SetItem { target, args, mark, value }, span, out);
        }
        if self.cx.boxes.depth > 0 {
            let message = format!("'{}' is nonlocal in a function inside", target.name);
            self.reject(name, &message, "give it its first value outside of branches and loops");
        }
        self.cx.boxes.made.insert(target.name.clone());
        let value = self.add_expr(Expr::List(vec![value]), span);
        self.push(Stmt::Assign { target, value }, span, out);
    }

    /// `name: T = value`, for a name that lies in a list.
    pub(super) fn declare_boxed(
        &mut self,
        span: Span,
        name: Span,
        (annotation, value): (Option<E>, Option<E>),
        out: &mut Vec<StmtId>,
    ) {
        let Some(value) = value else {
            let message = format!("'{}' is nonlocal in a function inside", self.name(name));
            self.reject(name, &message, "give it a value here");
            return;
        };
        let Some(annotation) = annotation else {
            return self.assign_boxed(span, name, Source::Text(value), out);
        };
        let target = self.hidden(name);
        let source = Source::Hidden(target.name.clone(), name);
        let value = Some(self.expr(value));
        let ty = self.type_expr(annotation);
        self.push(Stmt::VarDef { keyword: None, target, ty, value }, span, out);
        self.assign_boxed(span, name, source, out);
    }

    /// `name op= value`, for a name that lies in a list.
    pub(super) fn augment_boxed(&mut self, op: BinOp, name: Span, value: E) -> Stmt {
        let target = self.add_expr(Expr::Name(self.name(name)), name);
        let (args, mark) = (vec![self.integer("0".to_owned(), name)], self.mark(name));
        Stmt::AugSetItem { op, target, args, mark, value: self.expr(value) }
    }

    /// `nonlocal names`: nothing is done with them here, but editors find them.
    pub(super) fn nonlocal(&mut self, span: Span, names: List, out: &mut Vec<StmtId>) {
        let names: Vec<Span> = self.cst.aliases(names).iter().map(|alias| alias.name).collect();
        for at in names {
            let name = self.name(at);
            if !self.cx.boxes.names.contains(&name) {
                let message = format!("no binding for nonlocal '{name}' found");
                self.reject(at, &message, "no compiled function around this one assigns it");
            }
            let list = self.add_expr(Expr::Name(name), at);
            self.push(Stmt::Expr(list), span, out);
        }
    }
}
