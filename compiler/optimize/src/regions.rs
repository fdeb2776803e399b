//! Which memory may be the same as which other.
//!
//! All locals that may point into the same memory, or into what is reachable from it, are in one
//! region; so is what is stored there. Memory that a function was given, or has given away, is in
//! the region `OUTSIDE`. What it has allocated is in a region of its own for as long as it keeps it
//! to itself: a list that grows is not one of those that are read. This is the analysis of
//! Steensgaard, "Points-to analysis in almost linear time" (1996), with one node for a pointer and
//! all that it leads to.

use crate::Bodies;
use crate::memory::{self, Effects};
use crate::visit::{self, Node, deep};
use spy_ir::{Callee, Expr, ExprKind, Func, LocalId, PtrOp, Stmt, StmtKind, Target, Type};
use spy_text::HashMap;

/// A number of a node.
type Id = usize;

/// The node of memory that others know.
const OUTSIDE: Id = 0;

/// The regions of a function.
pub(crate) struct Regions {
    /// Of each node one that is in the same region, or itself.
    parents: Vec<Id>,
    locals: HashMap<LocalId, Id>,
}

/// A load or store.
pub(crate) struct Access {
    region: Id,
    /// Type of what is there.
    item: Type,
}

impl Regions {
    /// Reads a function.
    pub(crate) fn of(func: &Func) -> Self {
        let mut regions = Self { parents: vec![OUTSIDE], locals: HashMap::default() };
        for number in 0..func.param_count {
            regions.locals.insert(LocalId(number), OUTSIDE);
        }
        regions.note(&func.body);
        regions
    }

    /// Reads code of the function.
    pub(crate) fn note(&mut self, stmts: &[Stmt]) {
        visit::walk(stmts, &mut |node| match node {
            Node::Stmt(stmt) => self.note_stmt(stmt),
            Node::Expr(expr) => self.note_expr(expr),
        });
    }

    fn note_stmt(&mut self, stmt: &Stmt) {
        match &stmt.kind {
            StmtKind::VarDef(local, Some(value)) | StmtKind::Assign(local, value) => {
                self.flows(value, Some(*local));
            }
            StmtKind::AssignCell(_, value) => self.flows(value, None),
            StmtKind::Unpack(targets, value) => {
                for target in targets {
                    match target {
                        Target::Local(local) => self.flows(value, Some(*local)),
                        _ => self.flows(value, None),
                    }
                }
            }
            _ => {}
        }
    }

    fn note_expr(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::AssignLocal(local, value) => self.flows(value, Some(*local)),
            ExprKind::AssignCell(_, value) => self.flows(value, None),
            ExprKind::Call(Callee::Func(_) | Callee::Value | Callee::Runtime(_), args) => {
                args.iter().for_each(|arg| self.flows(arg, None));
            }
            ExprKind::Call(Callee::StructMake, _) => {
                self.region(expr);
            }
            ExprKind::Call(Callee::Ptr(op), args) => {
                let stored = match op {
                    PtrOp::Store => args.get(2),
                    PtrOp::SetField(_) => args.get(1),
                    PtrOp::Copy | PtrOp::Move => args.get(1).filter(|from| leads_on(from)),
                    PtrOp::CopySlice | PtrOp::MoveSlice => {
                        args.get(3).filter(|from| leads_on(from))
                    }
                    _ => None,
                };
                if let (Some(pointer), Some(stored)) = (args.first(), stored) {
                    let (pointer, stored) = (self.region(pointer), self.region(stored));
                    self.join(pointer, stored);
                }
            }
            _ => {}
        }
    }

    /// A value gets into a local, or to where others may find it.
    fn flows(&mut self, value: &Expr, local: Option<LocalId>) {
        let from = self.region(value);
        let to = local.map(|local| self.local(local)).or(Some(OUTSIDE));
        self.join(from, to);
    }

    fn local(&mut self, local: LocalId) -> Id {
        if let Some(id) = self.locals.get(&local) {
            return *id;
        }
        let id = self.fresh();
        self.locals.insert(local, id);
        id
    }

    fn fresh(&mut self) -> Id {
        self.parents.push(self.parents.len());
        self.parents.len() - 1
    }

    fn root(&mut self, mut id: Id) -> Id {
        while self.parents[id] != id {
            self.parents[id] = self.parents[self.parents[id]];
            id = self.parents[id];
        }
        id
    }

    fn join(&mut self, left: Option<Id>, right: Option<Id>) {
        if let (Some(left), Some(right)) = (left, right) {
            let (left, right) = (self.root(left), self.root(right));
            self.parents[left.max(right)] = left.min(right);
        }
    }

    /// Where a value points to; `None` if it cannot point anywhere.
    fn region(&mut self, value: &Expr) -> Option<Id> {
        if !holds_pointers(&value.ty) {
            return None;
        }
        match &value.kind {
            ExprKind::Local(local) => Some(self.local(*local)),
            ExprKind::AssignLocal(_, value) | ExprKind::Block(_, value) => {
                deep(|| self.region(value))
            }
            ExprKind::Call(Callee::Ptr(PtrOp::Alloc), _) => Some(self.fresh()),
            ExprKind::Call(Callee::Ptr(_) | Callee::GetField(_), args) => {
                deep(|| self.region(args.first()?)).or(Some(OUTSIDE))
            }
            ExprKind::Call(Callee::StructMake, args) => {
                let whole = Some(self.fresh());
                for arg in args {
                    let part = deep(|| self.region(arg));
                    self.join(whole, part);
                }
                whole
            }
            _ => Some(OUTSIDE),
        }
    }

    fn access(&mut self, pointer: &Expr) -> Option<Access> {
        let (Type::Ptr(_, item) | Type::Ref(_, item)) = &pointer.ty else { return None };
        let region = self.region(pointer)?;
        Some(Access { region, item: (**item).clone() })
    }

    /// What an expression and those in it load through pointers.
    pub(crate) fn loads(&mut self, expr: &Expr, found: &mut Vec<Access>) {
        visit::walk_expr(expr, &mut |node| {
            if let Node::Expr(Expr { kind: ExprKind::Call(Callee::Ptr(op), args), .. }) = node
                && memory::is_load(*op)
            {
                found.extend(args.first().and_then(|pointer| self.access(pointer)));
            }
        });
    }

    /// What code may store; `None` if that is not known.
    pub(crate) fn stores(
        &mut self,
        stmts: &[Stmt],
        effects: &mut Effects<'_>,
    ) -> Option<Vec<Access>> {
        let (mut found, mut known) = (Vec::new(), true);
        visit::walk(stmts, &mut |node| {
            let Node::Expr(Expr { kind: ExprKind::Call(callee, args), .. }) = node else { return };
            match callee {
                Callee::Ptr(op) if memory::is_store(*op) => match args.first() {
                    Some(pointer) => found.extend(self.access(pointer)),
                    None => known = false,
                },
                Callee::Func(fqn) => match effects.of_function(fqn) {
                    Some(items) => {
                        found.extend(items.into_iter().map(|item| Access { region: OUTSIDE, item }))
                    }
                    None => known = false,
                },
                Callee::Runtime(name) => known &= memory::is_pure_runtime(name),
                Callee::Value => known = false,
                _ => {}
            }
        });
        known.then_some(found)
    }

    /// Whether one of `stores` may change what one of `loads` loads.
    pub(crate) fn conflict(
        &mut self,
        stores: &[Access],
        loads: &[Access],
        bodies: &dyn Bodies,
    ) -> bool {
        stores.iter().any(|store| {
            loads.iter().any(|load| {
                self.root(store.region) == self.root(load.region)
                    && memory::overlap(&store.item, &load.item, bodies)
            })
        })
    }
}

/// Whether a value of the type may point to memory that can change.
fn holds_pointers(ty: &Type) -> bool {
    matches!(ty, Type::Ptr(..) | Type::Ref(..) | Type::Struct(_))
}

/// Whether there may be pointers where a pointer leads to.
fn leads_on(pointer: &Expr) -> bool {
    match &pointer.ty {
        Type::Ptr(_, item) | Type::Ref(_, item) => holds_pointers(item),
        _ => true,
    }
}
