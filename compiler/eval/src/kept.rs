//! Whether a function that is kept in a variable misses a change of what it holds.
//!
//! A lambda, or a `def` in a red function, has the values that locals had where it stands, and in Python
//! those that they have where it is called. Both are the same if nothing calls it after the change:
//!
//! ```text
//! for i in range(n):           # `i` changes, and `f` with it
//!     def f(x: int) -> int:
//!         return x + i
//!     print(f(1))
//! ```

use crate::stored::{STORES, keeps};
use spy_syntax::ast::{Body, DefPath, Expr, ExprId, Ident, Stmt, StmtId};
use spy_text::{HashSet, Name};

/// A function that an assignment keeps.
struct Kept<'b> {
    body: &'b Body,
    exprs: Vec<ExprId>,
    /// The assignment, in the order of the body's statements.
    at: usize,
    /// Blocks around it, outermost first.
    around: Vec<StmtId>,
    /// The function itself, in the order of the body's expressions.
    made: usize,
    /// Where its variable is read, in the order of the body's expressions.
    reads: Vec<usize>,
    /// Whether something may call it that does not stand behind it, in the same block: its value goes elsewhere.
    leaves: bool,
}

/// What changes one of the locals that the function `lambda` of a body holds, so that it would have to know;
/// `uses` tells whether the text of another function mentions a name.
pub(crate) fn change<'b>(
    body: &'b Body,
    lambda: &DefPath,
    is_held: impl Fn(&Name) -> bool,
    uses: impl Fn(&DefPath, &Name) -> bool,
) -> Option<&'b Ident> {
    let kept = Kept::find(body, lambda, uses)?;
    let ids = body.stmt_ids();
    let mut assigned = ids.iter().zip(&body.stmts).enumerate().filter_map(|(at, (id, stmt))| {
        let (targets, value) = assigned(stmt)?;
        let target = targets.iter().find(|target| is_held(&target.name))?;
        let knows = match at > kept.at {
            true => kept.knows(*id, value),
            false => !kept.leaves || !kept.repeats_with(*id),
        };
        (!knows).then_some(target)
    });
    let is_later = |(place, _): &(usize, &ExprId)| *place > kept.made || kept.leaves;
    let places = kept.exprs.iter().enumerate().filter(is_later);
    let mut walruses = places.filter_map(|(_, id)| match body.expr(*id) {
        Expr::AssignExpr { target, .. } if is_held(&target.name) => Some(&**target),
        _ => None,
    });
    assigned.next().or_else(|| walruses.next())
}

/// The variables that a statement assigns, and what it computes first.
pub(crate) fn assigned(stmt: &Stmt) -> Option<(&[Ident], Option<ExprId>)> {
    Some(match stmt {
        Stmt::VarDef { target, value, .. } => (std::slice::from_ref(target), *value),
        Stmt::Assign { target, value } | Stmt::AugAssign { target, value, .. } => {
            (std::slice::from_ref(target), Some(*value))
        }
        Stmt::For { target, iter, .. } => (std::slice::from_ref(target), Some(*iter)),
        Stmt::Unpack { targets, value } => (targets, Some(*value)),
        _ => return None,
    })
}

impl<'b> Kept<'b> {
    fn find(
        body: &'b Body,
        lambda: &DefPath,
        uses: impl Fn(&DefPath, &Name) -> bool,
    ) -> Option<Self> {
        let is_this =
            |id: &ExprId| matches!(body.expr(*id), Expr::Lambda(def) if def.body == *lambda);
        let keeps = |stmt: &'b Stmt| match stmt {
            Stmt::VarDef { target, value: Some(value), .. } | Stmt::Assign { target, value } => {
                is_this(value).then_some(&target.name)
            }
            _ => None,
        };
        let (at, name) = body
            .stmts
            .iter()
            .enumerate()
            .find_map(|(at, stmt)| keeps(stmt).map(|name| (at, name)))?;
        let exprs = body.expr_ids();
        let made = exprs.iter().position(is_this)?;
        let is_read = |id: &ExprId| matches!(body.expr(*id), Expr::Name(read) if read == name);
        let places = exprs.iter().enumerate();
        let reads: Vec<usize> =
            places.filter(|(_, id)| is_read(id)).map(|(place, _)| place).collect();
        let held_by_others = body.exprs.iter().any(|expr| match expr {
            Expr::Lambda(other) => other.body != *lambda && uses(&other.body, name),
            _ => false,
        });
        let calls = calls(body);
        let leaves = held_by_others
            || reads.iter().any(|read| *read < made || !calls.contains(&exprs[*read]))
            || crate::escape::escaping_names(body).contains(name);
        let mut around = Vec::new();
        find_blocks(body, &body.root, body.stmt_ids()[at], &mut around);
        Some(Self { body, exprs, at, around, made, reads, leaves })
    }

    /// Whether a statement is in a loop that the function is made in.
    fn repeats_with(&self, stmt: StmtId) -> bool {
        let mut around = Vec::new();
        find_blocks(self.body, &self.body.root, stmt, &mut around);
        let is_loop =
            |id: &&StmtId| matches!(self.body.stmt(**id), Stmt::While { .. } | Stmt::For { .. });
        around.iter().filter(is_loop).any(|id| self.around.contains(id))
    }

    /// Whether the function is made anew before anything calls it after a statement that has computed `value`.
    fn knows(&self, stmt: StmtId, value: Option<ExprId>) -> bool {
        if self.leaves {
            return false;
        }
        if self.around.contains(&stmt) {
            return true;
        }
        let mut around = Vec::new();
        let Some(value) =
            value.filter(|_| find_blocks(self.body, &self.body.root, stmt, &mut around))
        else {
            return false;
        };
        // A loop begins with what it asks.
        let mut loops = around.iter().filter(|id| !self.around.contains(id)).filter_map(|id| {
            match self.body.stmt(*id) {
                Stmt::While { test, .. } => Some(*test),
                Stmt::For { iter, .. } => Some(*iter),
                _ => None,
            }
        });
        let begins = loops.next().unwrap_or(value);
        let begins = self.exprs.iter().position(|id| *id == begins);
        begins.is_some_and(|begins| self.reads.iter().all(|read| *read < begins))
    }
}

/// The expressions that are called, or given to a function, which is taken to call them before it returns.
fn calls(body: &Body) -> HashSet<ExprId> {
    let value = |arg: &ExprId| match body.expr(*arg) {
        Expr::Keyword { value, .. } => *value,
        _ => *arg,
    };
    let mut found = HashSet::default();
    for expr in &body.exprs {
        match expr {
            Expr::Call { func, args } => {
                found.insert(*func);
                if !keeps(body, *func) {
                    found.extend(args.iter().map(value));
                }
            }
            Expr::CallMethod { method, args, .. } if !STORES.contains(&method.name.as_str()) => {
                found.extend(args.iter().map(value));
            }
            _ => {}
        }
    }
    found
}

/// Finds the blocks around a statement, outermost first.
fn find_blocks(body: &Body, stmts: &[StmtId], wanted: StmtId, around: &mut Vec<StmtId>) -> bool {
    stmts.iter().any(|id| {
        if *id == wanted {
            return true;
        }
        around.push(*id);
        let found = crate::machine::deep(|| match body.stmt(*id) {
            Stmt::If { then, orelse, .. } => {
                find_blocks(body, then, wanted, around) || find_blocks(body, orelse, wanted, around)
            }
            Stmt::While { body: inside, .. } | Stmt::For { body: inside, .. } => {
                find_blocks(body, inside, wanted, around)
            }
            _ => false,
        });
        if !found {
            around.pop();
        }
        found
    })
}
