//! Which functions take a source position: the compiler's tables and the C runtime must agree, or
//! compiled programs would pass arguments that nobody reads, or read some that nobody passes.

use spy_prim::{PrimOp, runtime};
use std::collections::BTreeSet;

#[test]
fn tables_and_runtime_agree_on_what_can_panic() {
    let ops = PrimOp::all().filter(|op| op.can_panic()).map(PrimOp::fqn);
    let functions = runtime::all().filter(|function| function.can_panic).map(|f| f.fqn);
    // `raise` has a form of its own in the IR.
    let tables: BTreeSet<&str> = ops.chain(functions).chain(["operator::raise"]).collect();
    let runtime: BTreeSet<&str> = spy_runtime_embed::panicking().collect();
    assert!(runtime.len() > 50, "the runtime lists only {} functions", runtime.len());
    let only_tables: Vec<_> = tables.difference(&runtime).collect();
    let only_runtime: Vec<_> = runtime.difference(&tables).collect();
    assert!(only_tables.is_empty(), "missing from runtime/c/panicking.txt: {only_tables:?}");
    assert!(only_runtime.is_empty(), "only in runtime/c/panicking.txt: {only_runtime:?}");
}
