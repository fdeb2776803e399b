//! Operators by precedence.
//!
//! The grammar sees a flat chain of operands and operators; here they become a tree, with two
//! stacks and no recursion. One level of grammar per precedence would cost every operand a dozen
//! reductions, and a chain of prefix operators would nest as deep as it is long.
//!
//! An operand keeps two ranges: that of its node, and the outer one with its parentheses, which
//! operators around it extend from.

use super::{Cst, E, ExprKind, Fail, ParseError, count};
use crate::ast::{BinOp, CmpOp, UnaryOp};
use spy_text::Span;

/// An operator.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Op {
    Or,
    And,
    Compare(CmpOp),
    Binary(BinOp),
    Unary(UnaryOp),
    Await,
}

const COMPARE: u8 = 4;
const POWER: u8 = 12;

impl Op {
    fn precedence(self) -> u8 {
        match self {
            Self::Or => 1,
            Self::And => 2,
            Self::Unary(UnaryOp::Not) => 3,
            Self::Compare(_) => COMPARE,
            Self::Binary(op) => match op {
                BinOp::Or => 5,
                BinOp::Xor => 6,
                BinOp::And => 7,
                BinOp::LShift | BinOp::RShift => 8,
                BinOp::Add | BinOp::Sub => 9,
                BinOp::Mul | BinOp::Div | BinOp::FloorDiv | BinOp::Mod | BinOp::MatMul => 10,
                BinOp::Pow => POWER,
            },
            Self::Unary(UnaryOp::Neg | UnaryOp::Pos | UnaryOp::Invert) => 11,
            Self::Await => 13,
        }
    }

    fn is_prefix(self) -> bool {
        matches!(self, Self::Unary(_) | Self::Await)
    }
}

/// An operator that waits for its right operand, and where it starts.
#[derive(Clone, Copy)]
struct Waiting {
    op: Op,
    start: u32,
}

/// A finished operand.
#[derive(Clone, Copy)]
struct Operand {
    node: E,
    /// The range with parentheses.
    outer: Span,
    /// Whether it is a comparison of this chain, so that another one chains it.
    compared: bool,
}

/// The stacks. Chains inside brackets stand above the chain around them.
#[derive(Default)]
pub(crate) struct Stacks {
    operands: Vec<Operand>,
    operators: Vec<Waiting>,
}

impl Stacks {
    pub(super) fn clear(&mut self) {
        self.operands.clear();
        self.operators.clear();
    }
}

/// A chain being read: where its part of the operators starts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Chain(u32);

impl Cst {
    /// A chain that starts here.
    pub(crate) fn chain(&self) -> Chain {
        Chain(count(self.chain.operators.len()))
    }

    /// The next operand.
    pub(crate) fn operand(&mut self, chain: Chain, l: u32, node: E, r: u32) -> Chain {
        self.chain.operands.push(Operand { node, outer: Span::new(l, r), compared: false });
        chain
    }

    /// The next operator before an operand.
    pub(crate) fn prefix(&mut self, chain: Chain, start: u32, op: Op) -> Result<Chain, ParseError> {
        let before = self.chain.operators[chain.0 as usize..].last();
        let misplaced = before.is_some_and(|before| match op {
            Op::Unary(UnaryOp::Not) => before.op.precedence() > op.precedence(),
            _ => before.op == Op::Await,
        });
        if misplaced {
            return Fail::at(start, "invalid syntax");
        }
        self.chain.operators.push(Waiting { op, start });
        Ok(chain)
    }

    /// The next operator between operands.
    pub(crate) fn infix(&mut self, chain: Chain, start: u32, op: Op) -> Chain {
        let precedence = op.precedence();
        while let Some(waiting) = self.chain.operators[chain.0 as usize..].last() {
            let before = waiting.op.precedence();
            if before < precedence || (before == precedence && precedence == POWER) {
                break;
            }
            self.reduce();
        }
        self.chain.operators.push(Waiting { op, start });
        chain
    }

    /// The whole chain as one expression.
    pub(crate) fn finish(&mut self, chain: Chain) -> E {
        while self.chain.operators.len() > chain.0 as usize {
            self.reduce();
        }
        // A chain that the grammar accepted ends in exactly one operand.
        self.chain.operands.pop().map_or(E(0), |operand| operand.node)
    }

    /// Applies the innermost waiting operator.
    fn reduce(&mut self) {
        let Some(Waiting { op, start }) = self.chain.operators.pop() else { return };
        let Some(right) = self.chain.operands.pop() else { return };
        let operand = if op.is_prefix() {
            self.apply_prefix(op, start, right)
        } else {
            let Some(left) = self.chain.operands.pop() else { return };
            self.apply_infix(op, left, right)
        };
        self.chain.operands.push(operand);
    }

    fn apply_prefix(&mut self, op: Op, start: u32, right: Operand) -> Operand {
        let outer = Span::new(start, right.outer.end);
        let node = match op {
            Op::Unary(op) => {
                let below = self.height(right.node);
                self.add(ExprKind::Unary { op, value: right.node }, outer, below)
            }
            _ => self.unsupported(outer.start, "Await", outer.end),
        };
        Operand { node, outer, compared: false }
    }

    fn apply_infix(&mut self, op: Op, left: Operand, right: Operand) -> Operand {
        let outer = left.outer.to(right.outer);
        let below = self.height(left.node).max(self.height(right.node));
        let (l, r) = (left.node, right.node);
        let inner = self.expr(l).span.to(self.expr(r).span);
        let node = match op {
            Op::Or => self.add(ExprKind::Or { left: l, right: r }, inner, below),
            Op::And => self.add(ExprKind::And { left: l, right: r }, inner, below),
            Op::Binary(op) => self.add(ExprKind::Binary { op, left: l, right: r }, outer, below),
            Op::Compare(op) if left.compared => {
                self.add(ExprKind::Chained { left: l, op, right: r }, outer, below)
            }
            Op::Compare(op) => self.add(ExprKind::Compare { op, left: l, right: r }, outer, below),
            Op::Unary(_) | Op::Await => r,
        };
        Operand { node, outer, compared: matches!(op, Op::Compare(_)) }
    }
}
