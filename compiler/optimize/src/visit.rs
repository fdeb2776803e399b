//! Walks over statements and expressions.

use spy_ir::{Expr, ExprKind, LocalId, Stmt, StmtKind, Target};

/// Runs `f` with enough stack for one more level of nesting.
pub(crate) fn deep<R>(f: impl FnOnce() -> R) -> R {
    stacker::maybe_grow(64 << 10, 1 << 20, f)
}

/// The expressions directly in a statement, in order of evaluation, without those of its blocks.
pub(crate) fn stmt_exprs(stmt: &Stmt) -> Vec<&Expr> {
    match &stmt.kind {
        StmtKind::Pass | StmtKind::Break | StmtKind::Continue | StmtKind::VarDef(_, None) => {
            Vec::new()
        }
        StmtKind::VarDef(_, Some(value))
        | StmtKind::Assign(_, value)
        | StmtKind::AssignCell(_, value)
        | StmtKind::Unpack(_, value)
        | StmtKind::Expr(value)
        | StmtKind::Return(value)
        | StmtKind::If { test: value, .. }
        | StmtKind::While { test: value, .. } => vec![value],
        StmtKind::Assert { test, msg } => std::iter::once(test).chain(msg).collect(),
    }
}

/// Like [`stmt_exprs`], to change them.
pub(crate) fn stmt_exprs_mut(stmt: &mut Stmt) -> Vec<&mut Expr> {
    match &mut stmt.kind {
        StmtKind::Pass | StmtKind::Break | StmtKind::Continue | StmtKind::VarDef(_, None) => {
            Vec::new()
        }
        StmtKind::VarDef(_, Some(value))
        | StmtKind::Assign(_, value)
        | StmtKind::AssignCell(_, value)
        | StmtKind::Unpack(_, value)
        | StmtKind::Expr(value)
        | StmtKind::Return(value)
        | StmtKind::If { test: value, .. }
        | StmtKind::While { test: value, .. } => vec![value],
        StmtKind::Assert { test, msg } => std::iter::once(test).chain(msg).collect(),
    }
}

/// The statement lists directly in a statement.
pub(crate) fn stmt_blocks(stmt: &Stmt) -> Vec<&Vec<Stmt>> {
    match &stmt.kind {
        StmtKind::If { then, orelse, .. } => vec![then, orelse],
        StmtKind::While { body, .. } => vec![body],
        _ => Vec::new(),
    }
}

/// Like [`stmt_blocks`], to change them.
pub(crate) fn stmt_blocks_mut(stmt: &mut Stmt) -> Vec<&mut Vec<Stmt>> {
    match &mut stmt.kind {
        StmtKind::If { then, orelse, .. } => vec![then, orelse],
        StmtKind::While { body, .. } => vec![body],
        _ => Vec::new(),
    }
}

/// The expressions directly in an expression, in order of evaluation, without those in the
/// statements of a block.
pub(crate) fn operands(expr: &Expr) -> Vec<&Expr> {
    match &expr.kind {
        ExprKind::Const(_) | ExprKind::Local(_) | ExprKind::Cell(_) => Vec::new(),
        ExprKind::Call(_, args) => args.iter().collect(),
        ExprKind::And(left, right) | ExprKind::Or(left, right) => vec![left, right],
        ExprKind::AssignLocal(_, value)
        | ExprKind::AssignCell(_, value)
        | ExprKind::Block(_, value) => vec![value],
    }
}

/// Like [`operands`], to change them.
pub(crate) fn operands_mut(expr: &mut Expr) -> Vec<&mut Expr> {
    match &mut expr.kind {
        ExprKind::Const(_) | ExprKind::Local(_) | ExprKind::Cell(_) => Vec::new(),
        ExprKind::Call(_, args) => args.iter_mut().collect(),
        ExprKind::And(left, right) | ExprKind::Or(left, right) => vec![left, right],
        ExprKind::AssignLocal(_, value)
        | ExprKind::AssignCell(_, value)
        | ExprKind::Block(_, value) => vec![value],
    }
}

/// What a walk meets, before what is in it.
pub(crate) enum Node<'a> {
    /// A statement.
    Stmt(&'a Stmt),
    /// An expression.
    Expr(&'a Expr),
}

/// Visits everything in `stmts`, parents first.
pub(crate) fn walk<'a>(stmts: &'a [Stmt], f: &mut dyn FnMut(Node<'a>)) {
    for stmt in stmts {
        deep(|| {
            f(Node::Stmt(stmt));
            for expr in stmt_exprs(stmt) {
                walk_expr(expr, f);
            }
            for block in stmt_blocks(stmt) {
                walk(block, f);
            }
        });
    }
}

/// Visits everything in `expr` and itself, parents first.
pub(crate) fn walk_expr<'a>(expr: &'a Expr, f: &mut dyn FnMut(Node<'a>)) {
    deep(|| {
        f(Node::Expr(expr));
        if let ExprKind::Block(stmts, _) = &expr.kind {
            walk(stmts, f);
        }
        for operand in operands(expr) {
            walk_expr(operand, f);
        }
    });
}

/// Changes all expressions in `stmts`, each after those in it.
pub(crate) fn each_expr(stmts: &mut [Stmt], f: &mut dyn FnMut(&mut Expr)) {
    for stmt in stmts {
        deep(|| {
            for expr in stmt_exprs_mut(stmt) {
                each_expr_in(expr, f);
            }
            for block in stmt_blocks_mut(stmt) {
                each_expr(block, f);
            }
        });
    }
}

/// Changes `expr` and all expressions in it, each after those in it.
pub(crate) fn each_expr_in(expr: &mut Expr, f: &mut dyn FnMut(&mut Expr)) {
    deep(|| {
        if let ExprKind::Block(stmts, _) = &mut expr.kind {
            each_expr(stmts, f);
        }
        for operand in operands_mut(expr) {
            each_expr_in(operand, f);
        }
        f(expr);
    });
}

/// Changes all statement lists in `stmts` and itself, each after those in it.
pub(crate) fn each_list(stmts: &mut Vec<Stmt>, f: &mut dyn FnMut(&mut Vec<Stmt>)) {
    for stmt in stmts.iter_mut() {
        deep(|| {
            for expr in stmt_exprs_mut(stmt) {
                each_list_in(expr, f);
            }
            for block in stmt_blocks_mut(stmt) {
                each_list(block, f);
            }
        });
    }
    f(stmts);
}

fn each_list_in(expr: &mut Expr, f: &mut dyn FnMut(&mut Vec<Stmt>)) {
    deep(|| {
        if let ExprKind::Block(stmts, _) = &mut expr.kind {
            each_list(stmts, f);
        }
        for operand in operands_mut(expr) {
            each_list_in(operand, f);
        }
    });
}

/// Calls `f` with every local that a node itself assigns.
pub(crate) fn assigned(node: &Node<'_>, f: &mut dyn FnMut(LocalId)) {
    match node {
        Node::Stmt(stmt) => match &stmt.kind {
            StmtKind::VarDef(local, _) | StmtKind::Assign(local, _) => f(*local),
            StmtKind::Unpack(targets, _) => {
                for target in targets {
                    if let Target::Local(local) = target {
                        f(*local);
                    }
                }
            }
            _ => {}
        },
        Node::Expr(expr) => {
            if let ExprKind::AssignLocal(local, _) = &expr.kind {
                f(*local);
            }
        }
    }
}

/// Whether there is a loop in `stmts`.
pub(crate) fn has_loop(stmts: &[Stmt]) -> bool {
    let mut found = false;
    walk(stmts, &mut |node| {
        found |= matches!(node, Node::Stmt(Stmt { kind: StmtKind::While { .. }, .. }));
    });
    found
}

/// Whether there is a loop in a loop in `stmts`.
pub(crate) fn has_nested_loop(stmts: &[Stmt]) -> bool {
    let mut found = false;
    walk(stmts, &mut |node| {
        if let Node::Stmt(stmt @ Stmt { kind: StmtKind::While { .. }, .. }) = node {
            found = found || stmt_blocks(stmt).into_iter().any(|block| has_loop(block));
        }
    });
    found
}

/// Number of statements and expressions.
pub(crate) fn size(stmts: &[Stmt]) -> usize {
    let mut count = 0;
    walk(stmts, &mut |_| count += 1);
    count
}
