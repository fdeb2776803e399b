//! Fully qualified names of operations, both ways.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use crate::op::{OpKind, PrimOp};

struct Names {
    by_op: BTreeMap<PrimOp, String>,
    by_fqn: BTreeMap<String, PrimOp>,
}

static NAMES: LazyLock<Names> = LazyLock::new(|| {
    let by_op: BTreeMap<_, _> = PrimOp::all().map(|op| (op, spell(op.kind()))).collect();
    let by_fqn = by_op.iter().map(|(op, fqn)| (fqn.clone(), *op)).collect();
    Names { by_op, by_fqn }
});

fn spell(kind: OpKind) -> String {
    match kind {
        OpKind::Binary(op, ty) => format!("operator::{ty}_{}", op.suffix()),
        OpKind::Compare(op, ty) => format!("operator::{ty}_{}", op.suffix()),
        OpKind::Neg(ty) => format!("operator::{ty}_neg"),
        OpKind::Not => "operator::bool_not".to_owned(),
        OpKind::Convert(from, to) => format!("operator::{from}_to_{to}"),
        OpKind::MakeComplex => "operator::f64_f64_to_complex128".to_owned(),
        OpKind::Unchecked(op, ty) => format!("unsafe::{ty}_unchecked_{}", op.checked().suffix()),
        OpKind::IeeeDiv(ty) => format!("unsafe::{ty}_ieee754_div"),
    }
}

pub(crate) fn fqn(op: PrimOp) -> &'static str {
    // Every `PrimOp` is in `all()`: both are closed under the same existence test.
    &NAMES.by_op[&op]
}

pub(crate) fn from_fqn(fqn: &str) -> Option<PrimOp> {
    NAMES.by_fqn.get(fqn).copied()
}
