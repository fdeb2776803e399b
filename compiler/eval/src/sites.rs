//! What a running program remembers about the expressions of a function.
//!
//! Which operation an expression performs depends on what is known about its operands: their types,
//! and the values of the blue ones. In a function that runs again and again these are the same each
//! time, so the operation that was found first is used again as long as they are. What was found is
//! the same as what would be found: nothing here can be noticed but the time that it takes.

use crate::domain::Ev;
use crate::opimpl::OpImpl;
use spy_syntax::ast::Node;
use spy_text::HashMap;
use spy_types::{Color, Loc, Name, Ty, Value};
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

/// The expressions of one function instance.
#[derive(Debug, Default)]
pub struct Sites {
    ops: RefCell<HashMap<(Node, u8), Found>>,
    names: RefCell<HashMap<Node, Known>>,
    joined: RefCell<HashMap<Node, Option<Ty>>>,
}

/// An operation, and the operands that it was found for.
#[derive(Debug)]
struct Found {
    operands: Vec<Operand>,
    op: Rc<OpImpl>,
}

/// What an operation depends on.
#[derive(Debug)]
struct Operand {
    color: Color,
    ty: Ty,
    value: Option<Value>,
}

impl Operand {
    fn is<R>(&self, ev: &Ev<R>) -> bool {
        self.ty == ev.arg.ty && self.color == ev.arg.color && self.value == ev.arg.value
    }
}

/// What a name stands for.
#[derive(Clone, Debug)]
pub struct Known {
    /// Where its value is.
    pub home: Home,
    /// The name, and where it was defined.
    pub name: Arc<(Name, Option<Loc>)>,
}

/// Where the value of a name is.
#[derive(Clone, Debug)]
pub enum Home {
    /// In the local with this index.
    Slot(usize),
    /// It is always this value of this type.
    Constant(Value, Ty),
}

impl Sites {
    /// The type to which the values of the conditional expression at a node are converted, if any.
    pub fn joined(&self, node: Node) -> Option<Option<Ty>> {
        self.joined.borrow().get(&node).copied()
    }

    /// Remembers that type.
    pub fn add_joined(&self, node: Node, ty: Option<Ty>) {
        self.joined.borrow_mut().insert(node, ty);
    }

    /// The operation that was found at a node for these operands. A node that performs several has
    /// numbers for them.
    pub fn op<R>(&self, node: Node, number: u8, ins: &[Ev<R>]) -> Option<Rc<OpImpl>> {
        let ops = self.ops.borrow();
        let found = ops.get(&(node, number))?;
        let same = found.operands.len() == ins.len()
            && found.operands.iter().zip(ins).all(|(operand, ev)| operand.is(ev));
        same.then(|| found.op.clone())
    }

    /// Remembers an operation.
    pub fn add_op<R>(&self, node: Node, number: u8, ins: &[Ev<R>], op: &Rc<OpImpl>) {
        let operand = |ev: &Ev<R>| Operand {
            color: ev.arg.color,
            ty: ev.arg.ty,
            value: ev.arg.value.clone(),
        };
        let found = Found { operands: ins.iter().map(operand).collect(), op: op.clone() };
        self.ops.borrow_mut().insert((node, number), found);
    }

    /// What the name at a node stands for.
    pub fn name(&self, node: Node) -> Option<Known> {
        self.names.borrow().get(&node).cloned()
    }

    /// Remembers what the name at a node stands for.
    pub fn add_name(&self, node: Node, known: Known) {
        self.names.borrow_mut().insert(node, known);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use spy_syntax::ast::StmtId;
    use spy_types::{Pos, ScalarTy};

    #[test]
    fn an_operation_is_known_for_the_operands_that_it_was_found_for() {
        let node = Node::Stmt(StmtId(0));
        let pos = Pos { def: crate::queries::module_def(&Name::new_static("m")), node };
        let int: Ty = ScalarTy::I32.into();
        let blue = |value| Ev::<()>::blue(Value::i32(value), int, pos);
        let red = |ty: ScalarTy| Ev::red((), ty.into(), pos);
        let sites = Sites::default();
        let op = Rc::new(OpImpl::Operand(0));
        sites.add_op(node, 1, &[blue(1), red(ScalarTy::I32)], &op);
        let is_known = |number, ins: &[Ev<()>]| sites.op(node, number, ins).is_some();
        assert!(is_known(1, &[blue(1), red(ScalarTy::I32)]));
        assert!(!is_known(2, &[blue(1), red(ScalarTy::I32)]));
        assert!(!is_known(1, &[blue(2), red(ScalarTy::I32)]));
        assert!(!is_known(1, &[blue(1), red(ScalarTy::F64)]));
        assert!(!is_known(1, &[red(ScalarTy::I32), red(ScalarTy::I32)]));
        assert!(!is_known(1, &[blue(1)]));
    }
}
