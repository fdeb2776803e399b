//! Which memory a piece of code may change.
//!
//! Pointers are typed and nothing converts one into another, so a store through a pointer to one
//! type leaves alone what is loaded through pointers to types that neither contain it nor are
//! contained in it.

use crate::Bodies;
use crate::visit::{self, Node};
use spy_ir::{Callee, Expr, ExprKind, Fqn, Name, PtrOp, Stmt, StmtKind, Type};
use spy_text::HashMap;

/// How many functions a call is followed into.
const DEPTH: usize = 4;

/// How deep structs in structs are looked at.
const NESTING: usize = 16;

/// What code may change.
#[derive(Clone, Debug, Default)]
pub(crate) struct Writes {
    /// Anything.
    anything: bool,
    /// Items of these types, or parts of them.
    items: Vec<Type>,
}

impl Writes {
    /// What other code may change as well.
    pub(crate) fn extend(&mut self, other: Self) {
        self.anything |= other.anything;
        self.items.extend(other.items);
    }

    /// Whether a value of type `ty` in memory may change.
    pub(crate) fn touch(&self, ty: &Type, bodies: &dyn Bodies) -> bool {
        self.anything || self.items.iter().any(|item| overlap(item, ty, bodies))
    }
}

/// Whether memory that is used as an item of one type may be used as one of the other.
pub(crate) fn overlap(left: &Type, right: &Type, bodies: &dyn Bodies) -> bool {
    contains(left, right, bodies, NESTING) || contains(right, left, bodies, NESTING)
}

/// Whether values of type `outer` hold values of type `inner`, or are such values.
fn contains(outer: &Type, inner: &Type, bodies: &dyn Bodies, depth: usize) -> bool {
    if outer == inner {
        return true;
    }
    // Only structs in structs can be pointed to, fields of other types cannot.
    let (Type::Struct(fqn), Type::Struct(_)) = (outer, inner) else { return false };
    if depth == 0 {
        return true;
    }
    let Some(def) = bodies.struct_def(fqn) else { return true };
    def.fields.iter().any(|(_, field)| contains(field, inner, bodies, depth - 1))
}

/// Finds out what code may change; remembers functions.
pub(crate) struct Effects<'a> {
    bodies: &'a dyn Bodies,
    known: HashMap<Fqn, Writes>,
}

impl<'a> Effects<'a> {
    pub(crate) fn new(bodies: &'a dyn Bodies) -> Self {
        Self { bodies, known: HashMap::default() }
    }

    /// The program around the code.
    pub(crate) fn bodies(&self) -> &'a dyn Bodies {
        self.bodies
    }

    /// What `stmts` may change.
    pub(crate) fn of(&mut self, stmts: &[Stmt]) -> Writes {
        let mut writes = Writes::default();
        self.add(stmts, DEPTH, &mut writes);
        writes
    }

    /// Types of the items that a call of a function may change; `None` if it may change anything.
    pub(crate) fn of_function(&mut self, fqn: &Fqn) -> Option<Vec<Type>> {
        let writes = self.function(fqn, DEPTH);
        (!writes.anything).then_some(writes.items)
    }

    fn add(&mut self, stmts: &[Stmt], depth: usize, writes: &mut Writes) {
        for stmt in stmts {
            if matches!(stmt.kind, StmtKind::AssignCell(..) | StmtKind::Unpack(..)) {
                // Variables of modules are no memory that pointers lead to, but the loop's
                // conditions may read them.
                writes.anything = true;
            }
            visit::deep(|| {
                for expr in visit::stmt_exprs(stmt) {
                    self.add_expr(expr, depth, writes);
                }
                for block in visit::stmt_blocks(stmt) {
                    self.add(block, depth, writes);
                }
            });
        }
    }

    fn add_expr(&mut self, expr: &Expr, depth: usize, writes: &mut Writes) {
        match &expr.kind {
            ExprKind::Block(stmts, _) => self.add(stmts, depth, writes),
            ExprKind::AssignCell(..) => writes.anything = true,
            ExprKind::Call(callee, args) => self.add_call(callee, args, depth, writes),
            _ => {}
        }
        for operand in visit::operands(expr) {
            visit::deep(|| self.add_expr(operand, depth, writes));
        }
    }

    fn add_call(&mut self, callee: &Callee, args: &[Expr], depth: usize, writes: &mut Writes) {
        match callee {
            Callee::Prim(_)
            | Callee::Raise(_)
            | Callee::StructMake
            | Callee::GetField(_)
            | Callee::LoadScratch(_)
            | Callee::StoreScratch(_) => {}
            Callee::Runtime(name) => {
                writes.anything |= !is_pure_runtime(name);
            }
            Callee::Ptr(op) => add_ptr(*op, args, writes),
            Callee::Func(fqn) => {
                let found = self.function(fqn, depth);
                writes.extend(found);
            }
            _ => writes.anything = true,
        }
    }

    fn function(&mut self, fqn: &Fqn, depth: usize) -> Writes {
        let all = Writes { anything: true, items: Vec::new() };
        if let Some(known) = self.known.get(fqn) {
            return known.clone();
        }
        let Some(depth) = depth.checked_sub(1) else { return all };
        let Some(body) = self.bodies.body(fqn) else { return all };
        // A function that calls itself is followed until the depth is used up.
        let mut writes = Writes::default();
        visit::walk(&body.body, &mut |node| {
            writes.anything |=
                matches!(node, Node::Stmt(Stmt { kind: StmtKind::While { .. }, .. }));
        });
        if !writes.anything {
            self.add(&body.body, depth, &mut writes);
        }
        if depth == DEPTH - 1 {
            self.known.insert(fqn.clone(), writes.clone());
        }
        writes
    }
}

/// Whether a function of the runtime changes nothing.
pub(crate) fn is_pure_runtime(name: &Name) -> bool {
    spy_prim::runtime::lookup(name).is_some_and(|func| func.pure)
}

/// Whether a function of the runtime changes nothing, and always gives a value.
pub(crate) fn is_total_runtime(name: &Name) -> bool {
    spy_prim::runtime::lookup(name).is_some_and(|func| func.pure && !func.can_panic)
}

/// Whether an operation reads what its first operand points to.
pub(crate) fn is_load(op: PtrOp) -> bool {
    matches!(
        op,
        PtrOp::GetItemByVal | PtrOp::GetFieldByVal(_) | PtrOp::Deref | PtrOp::Cmp | PtrOp::CmpSlice
    )
}

/// Whether an operation changes what its first operand points to.
pub(crate) fn is_store(op: PtrOp) -> bool {
    match op {
        PtrOp::Store
        | PtrOp::SetField(_)
        | PtrOp::Copy
        | PtrOp::CopySlice
        | PtrOp::Move
        | PtrOp::MoveSlice
        | PtrOp::SetBytes
        | PtrOp::SetBytesSlice => true,
        PtrOp::GetItemByVal
        | PtrOp::GetItemByRef
        | PtrOp::GetFieldByVal(_)
        | PtrOp::GetFieldByRef(_)
        | PtrOp::Deref
        | PtrOp::Alloc
        | PtrOp::Eq
        | PtrOp::Ne
        | PtrOp::ToBool
        | PtrOp::Cast
        | PtrOp::Cmp
        | PtrOp::CmpSlice => false,
    }
}

fn add_ptr(op: PtrOp, args: &[Expr], writes: &mut Writes) {
    match op {
        PtrOp::Store | PtrOp::SetField(_) => match args.first().map(|arg| &arg.ty) {
            Some(Type::Ptr(_, item) | Type::Ref(_, item)) => writes.items.push((**item).clone()),
            _ => writes.anything = true,
        },
        // An allocation may run the collector, which moves nothing, but it is rare in hot loops.
        _ => writes.anything |= op == PtrOp::Alloc || is_store(op),
    }
}
