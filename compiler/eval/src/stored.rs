//! Whether a lambda that is stored where it stands misses a change of what it holds.
//!
//! A lambda in a list, or what `append` gets, may be called at any later time, and would see there what its variables
//! have become by then:
//!
//! ```text
//! for i in range(3):
//!     buttons.append(lambda: print(i))    # in Python, all of them print 2
//! ```
//!
//! What a function gets as an argument is taken to be called before that returns.

use crate::kept::assigned;
use spy_syntax::ast::{Body, DefPath, Expr, ExprId, Ident, Stmt, StmtId};
use spy_text::{HashMap, Name};

/// What keeps what it is given.
pub(crate) const STORES: [&str; 6] =
    ["add", "append", "appendleft", "insert", "setdefault", "__setitem__"];

/// Functions of the library whose results keep the functions that they are given.
const KEEPERS: [&str; 4] = ["cache", "cmp_to_key", "lru_cache", "partial"];

/// What changes one of the locals that a stored lambda holds; `None` also if it is not stored.
pub(crate) fn change<'b>(
    body: &'b Body,
    lambda: &DefPath,
    is_held: impl Fn(&Name) -> bool,
) -> Option<&'b Ident> {
    let ids = body.expr_ids();
    let is_this =
        |id: &&ExprId| matches!(body.expr(**id), Expr::Lambda(def) if def.body == *lambda);
    let made = *ids.iter().find(is_this)?;
    if !is_stored(body, &ids, made) {
        return None;
    }
    let places: HashMap<ExprId, usize> = ids.iter().enumerate().map(|(at, id)| (*id, at)).collect();
    let text = Text { body, places };
    let made = text.place(made);
    let loops: Vec<(usize, usize)> =
        body.stmts.iter().filter_map(|stmt| text.around(stmt)).collect();
    let again = |at: usize| {
        loops
            .iter()
            .any(|(begin, end)| (begin..=end).contains(&&made) && (begin..=end).contains(&&at))
    };
    let is_seen = |at: usize| at > made || again(at);
    let mut stmts = body.stmts.iter().filter_map(|stmt| {
        let (targets, value) = assigned(stmt)?;
        let target = targets.iter().find(|target| is_held(&target.name))?;
        is_seen(text.place(value?)).then_some(target)
    });
    let mut walruses = ids.iter().enumerate().filter_map(|(at, id)| match body.expr(*id) {
        Expr::AssignExpr { target, .. } if is_held(&target.name) && is_seen(at) => Some(&**target),
        _ => None,
    });
    stmts.next().or_else(|| walruses.next())
}

/// Whether the value of an expression goes into a collection or an object.
fn is_stored(body: &Body, ids: &[ExprId], id: ExprId) -> bool {
    let by_stmt = body.stmts.iter().any(|stmt| match stmt {
        Stmt::SetItem { value, .. } | Stmt::SetAttr { value, .. } => *value == id,
        _ => false,
    });
    by_stmt
        || ids.iter().any(|outer| match body.expr(*outer) {
            Expr::List(items) | Expr::Tuple(items) | Expr::Set(items) => items.contains(&id),
            Expr::Dict(items) => items.iter().any(|(_, value)| *value == id),
            Expr::Comprehension(made) => made.items.contains(&id),
            Expr::CallMethod { method, args, .. } => {
                args.contains(&id) && STORES.contains(&method.name.as_str())
            }
            Expr::Call { func, args } => args.contains(&id) && keeps(body, *func),
            Expr::Keyword { value, .. } if *value == id => is_stored(body, ids, *outer),
            Expr::IfExp { then, orelse, .. } if [*then, *orelse].contains(&id) => {
                is_stored(body, ids, *outer)
            }
            _ => false,
        })
}

/// Whether what is called keeps what it is given: it has the name of a class, by custom, or is known for it.
pub(crate) fn keeps(body: &Body, func: ExprId) -> bool {
    let (Expr::Name(name) | Expr::GetAttr { attr: name, .. }) = body.expr(func) else {
        return false;
    };
    KEEPERS.contains(&name.as_str()) || name.trim_start_matches('_').starts_with(char::is_uppercase)
}

/// Where the parts of a body stand in it, in the order of its text.
struct Text<'b> {
    body: &'b Body,
    places: HashMap<ExprId, usize>,
}

impl Text<'_> {
    fn place(&self, id: ExprId) -> usize {
        self.places.get(&id).copied().unwrap_or(usize::MAX)
    }

    /// Where a loop begins and ends; `None` for other statements.
    fn around(&self, stmt: &Stmt) -> Option<(usize, usize)> {
        let (begin, inside) = match stmt {
            Stmt::While { test, body } => (*test, body),
            Stmt::For { iter, body, .. } => (*iter, body),
            _ => return None,
        };
        let begin = self.place(begin);
        Some((begin, self.end(inside).max(begin)))
    }

    /// Where the last expression of some statements stands.
    fn end(&self, stmts: &[StmtId]) -> usize {
        let ends = stmts.iter().map(|id| {
            crate::machine::deep(|| match self.body.stmt(*id) {
                Stmt::If { test, then, orelse } => {
                    self.place(*test).max(self.end(then)).max(self.end(orelse))
                }
                Stmt::While { test, body } => self.place(*test).max(self.end(body)),
                Stmt::For { iter, body, .. } => self.place(*iter).max(self.end(body)),
                stmt => last(stmt).map_or(0, |id| self.place(id)),
            })
        });
        ends.max().unwrap_or(0)
    }
}

/// The expression that a simple statement ends with.
fn last(stmt: &Stmt) -> Option<ExprId> {
    Some(match stmt {
        Stmt::Return(value) | Stmt::Expr(value) | Stmt::Raise(value) => *value,
        Stmt::VarDef { ty, value, .. } => value.unwrap_or(*ty),
        Stmt::Assign { value, .. }
        | Stmt::AugAssign { value, .. }
        | Stmt::Unpack { value, .. }
        | Stmt::SetAttr { value, .. }
        | Stmt::AugSetAttr { value, .. }
        | Stmt::SetItem { value, .. }
        | Stmt::AugSetItem { value, .. } => *value,
        Stmt::DelItem { target, args, .. } => args.last().copied().unwrap_or(*target),
        Stmt::Assert { test, msg } => msg.unwrap_or(*test),
        _ => return None,
    })
}
