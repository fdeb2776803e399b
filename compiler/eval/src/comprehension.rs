//! Comprehensions and generator expressions.
//!
//! The parser has made loops of them, which both domains run like any others (`syntax::lower::comprehension`). What
//! is left to find is what collects the items: of which type it is, the text says before anything runs.
//!
//! A generator expression is evaluated at once, up to the last item that is wanted: `any`, `all`, `next` stop early,
//! `sum` keeps a number only, other functions of the library get a list. Elsewhere it is an iterator over that list.

use crate::attr::ModuleAttr;
use crate::builtins::{display, unpack};
use crate::call;
use crate::convert::{Context, convert};
use crate::domain::{Arg, Domain, Ev};
use crate::expr::{at, eval, eval_by, eval_condition, expr_pos, infos};
use crate::frame::Local;
use crate::machine::Machine;
use crate::stmt;
use crate::typed::Typed;
use spy_syntax::ast::{CmpOp, CompKind, Comprehension, Expr, ExprId, Literal, Node, Stmt, StmtId};
use spy_types::{
    BuiltinTy, Color, FuncId, FuncKey, Loc, Name, Pos, Result, ScalarTy, SpyError, Ty, TyKey, Value,
};

/// The module of the library with what collects the items of generator expressions.
const COLLECT: &str = "_collect";
/// The module with `iter` and `next`.
const GENERATOR: &str = "_generator";

/// A comprehension where a value of type `wanted` may be asked for, or a generator expression as an iterator.
///
/// # Errors
/// Whatever is wrong with it, and if no type of its items is found.
pub(crate) fn value<'db, D: Domain<'db>>(
    d: &mut D,
    made: &Comprehension,
    wanted: Option<Ty>,
    loc: Loc,
) -> Result<Ev<D::Red>> {
    if made.kind == CompKind::Generator {
        let list = collected(d, made, None, "items", loc)?;
        return iterator(d, list, loc);
    }
    collected(d, made, wanted, "", loc)
}

/// A generator expression among the arguments of a call. Functions of the library that take one item after the
/// other get them all.
///
/// # Errors
/// Whatever is wrong with it.
pub(crate) fn argument<'db, D: Domain<'db>>(
    d: &mut D,
    id: ExprId,
    callee: &Arg,
    method: Option<&Name>,
) -> Result<Ev<D::Red>> {
    let library = d.machine().library_function(callee, method);
    eval_by(d, id, |d, expr, pos| {
        let Expr::Comprehension(made) = expr else { return eval(d, id) };
        let loc = Loc::from(pos);
        match &library {
            Some((module, name)) if module == GENERATOR => {
                let collector = if name == "next" { "first" } else { "items" };
                let list = collected(d, made, None, collector, loc)?;
                iterator(d, list, loc)
            }
            Some(_) => collected(d, made, None, "items", loc),
            None => value(d, made, None, loc),
        }
    })
}

/// `any(... for ...)`, `all` and `sum`; `None` if this is another call.
///
/// # Errors
/// Whatever is wrong with the items.
pub(crate) fn consumed<'db, D: Domain<'db>>(
    d: &mut D,
    func: ExprId,
    args: &[ExprId],
    loc: Loc,
) -> Result<Option<Ev<D::Red>>> {
    let [id] = args else { return Ok(None) };
    let index = d.frame_index();
    let body = d.machine().frame(index).body.clone();
    let (Expr::Comprehension(made), Expr::Name(_)) = (body.expr(*id), body.expr(func)) else {
        return Ok(None);
    };
    if made.kind != CompKind::Generator {
        return Ok(None);
    }
    let callee = eval(d, func)?;
    let collector = match d.machine().library_function(&callee.arg, None) {
        Some((module, name)) if module == "_iter" => match name.as_str() {
            "any" => "any",
            "all" => "all",
            "sum" => "sum",
            _ => return Ok(None),
        },
        _ => return Ok(None),
    };
    // Found once, whatever becomes of them: inside of each other, each would double the work of those inside.
    let items = types(d.machine(), index, made, &[None])?;
    let by_number = collector != "sum" || items.as_deref().is_some_and(are_numbers);
    let pos = Loc::from(expr_pos(d, *id));
    let collector = if by_number { collector } else { "items" };
    let mut ev = gathered(d, made, items, &[None], collector, pos)?;
    if !by_number {
        return called(d, callee, ev, loc).map(Some);
    }
    ev.arg.loc = loc;
    Ok(Some(ev))
}

/// Whether these are numbers, which have a sum.
fn are_numbers(items: &[Arg]) -> bool {
    let number =
        |scalar: ScalarTy| scalar.is_int() || scalar.is_float() || scalar == ScalarTy::Bool;
    items.iter().all(|item| display::item_type(item.ty).scalar().is_some_and(number))
}

impl Machine<'_> {
    /// Module and name of a function, type or method of the library.
    fn library_function(&mut self, callee: &Arg, method: Option<&Name>) -> Option<(Name, Name)> {
        let (def, name) = match (&callee.value, method) {
            (_, Some(method)) if callee.ty.scalar().is_some() => {
                return Some((Name::new_static("_str"), method.clone()));
            }
            (Some(Value::Func(func)), None) => match func.get() {
                FuncKey::Def { def, .. } => (*def, def.path.0.clone()),
                FuncKey::Blue(name) => return Some((Name::default(), name.clone())),
                _ => return None,
            },
            (Some(Value::Type(ty)), None) => match ty.get() {
                TyKey::Struct { def, .. } => (*def, def.path.0.clone()),
                _ => return None,
            },
            (Some(Value::Module(module)), Some(method)) => {
                let attr = self.module_attr(module, method).ok()??;
                let ModuleAttr::Value(value) = attr else { return None };
                let ty = self.type_of(&value);
                return self.library_function(&Arg::blue(value, ty, callee.loc), None);
            }
            (_, Some(method)) => match display::item_type(callee.ty).get() {
                TyKey::Struct { def, .. } => (*def, method.clone()),
                _ => return None,
            },
            _ => return None,
        };
        let file = spy_db::module_file(self.db, self.project, &def.module);
        let is_library = file.is_some_and(|file| file.stdlib(self.db));
        is_library.then(|| (def.module.clone(), name))
    }
}

/// An iterator over a list.
fn iterator<'db, D: Domain<'db>>(d: &mut D, list: Ev<D::Red>, loc: Loc) -> Result<Ev<D::Red>> {
    let (module, name) = (Name::new_static(GENERATOR), Name::new_static("iter"));
    let Some(ModuleAttr::Value(iter)) = d.machine().module_attr(&module, &name)? else {
        return Err(broken());
    };
    let ty = d.machine().type_of(&iter);
    called(d, Ev::blue(iter, ty, loc), list, loc)
}

/// A function, called with what was collected.
fn called<'db, D: Domain<'db>>(
    d: &mut D,
    function: Ev<D::Red>,
    list: Ev<D::Red>,
    loc: Loc,
) -> Result<Ev<D::Red>> {
    at(d, loc.start);
    let ins = [function, list];
    let op = call::call(d.machine(), &infos(&ins), loc)?;
    d.apply(&op, &ins, loc)
}

/// Makes what collects the items, and runs the loops.
fn collected<'db, D: Domain<'db>>(
    d: &mut D,
    made: &Comprehension,
    wanted: Option<Ty>,
    collector: &str,
    loc: Loc,
) -> Result<Ev<D::Red>> {
    let index = d.frame_index();
    let wanted = wanted_items(made.kind, wanted);
    let items = types(d.machine(), index, made, &wanted)?;
    gathered(d, made, items, &wanted, collector, loc)
}

/// The same, where it is known what the items are.
fn gathered<'db, D: Domain<'db>>(
    d: &mut D,
    made: &Comprehension,
    items: Option<Vec<Arg>>,
    wanted: &[Option<Ty>],
    collector: &str,
    loc: Loc,
) -> Result<Ev<D::Red>> {
    let index = d.frame_index();
    let mut types = Vec::with_capacity(wanted.len());
    for (number, wanted) in wanted.iter().enumerate() {
        let item = items.as_ref().and_then(|items| items.get(number));
        types.push(item_type(d.machine(), made.kind, item, *wanted, loc)?);
    }
    at(d, loc.start);
    let (ty, new) = empty(d.machine(), made.kind, types, collector)?;
    let red = d.call(new, Vec::new(), ty, loc)?;
    let local = Local { ty, color: Color::Red, value: None, type_loc: Some(loc) };
    let frame = d.machine().frame(index);
    frame.set_local(&made.collected, local);
    d.collect((&made.collected, Ev::red(red, ty, loc)), &made.body, made.result, loc)
}

/// The types of items that a collection of type `wanted` has.
fn wanted_items(kind: CompKind, wanted: Option<Ty>) -> Vec<Option<Ty>> {
    let (module, name, count) = match kind {
        CompKind::List => ("_list", "list", 1),
        CompKind::Set => ("_set", "set", 1),
        CompKind::Dict => ("_dict", "dict", 2),
        CompKind::Generator => return vec![None],
    };
    let types = wanted.and_then(|ty| crate::builtins::generic_args(ty, module, name));
    let found = |index| types.as_ref().and_then(|types| types.get(index)).copied();
    (0..count).map(found).collect()
}

/// The type in which items are collected: what was asked for, if they become that.
fn item_type(
    m: &mut Machine<'_>,
    kind: CompKind,
    item: Option<&Arg>,
    wanted: Option<Ty>,
    loc: Loc,
) -> Result<Ty> {
    let Some(item) = item else {
        return wanted.ok_or_else(|| {
            SpyError::type_error("the type of the comprehension's items is not known")
                .error("what this loops over has no items that would say it", loc)
        });
    };
    if let Some(wanted) = wanted
        && convert(m, wanted, item, &Context::Argument(None)).is_ok()
    {
        return Ok(wanted);
    }
    let ty = display::item_type(item.ty);
    if ty.is(BuiltinTy::EmptyList) || ty.is(BuiltinTy::EmptyDict) {
        return Err(SpyError::type_error("the type of the comprehension's items is not known")
            .error("this is an empty display", item.loc)
            .help("say what is in it: `xs: list[list[T]] = [[] for ...]`"));
    }
    let is_blue = m.frames.last().is_some_and(|frame| frame.blue);
    if display::compile_time_item(ty) && !(kind == CompKind::List && is_blue) {
        return Err(SpyError::type_error(
            "only a list comprehension can have such items, at compile time",
        )
        .error(format!("this is `{}`", spy_types::names::ty_human(ty)), item.loc));
    }
    Ok(ty)
}

/// What collects items of these types, and the function that makes an empty one.
fn empty(
    m: &mut Machine<'_>,
    kind: CompKind,
    types: Vec<Ty>,
    collector: &str,
) -> Result<(Ty, FuncId)> {
    if let (CompKind::List, &[item]) = (kind, types.as_slice())
        && display::compile_time_item(item)
    {
        let is_type = item.is_subclass(BuiltinTy::Type.into());
        let item = if is_type { BuiltinTy::Type.into() } else { item };
        let ty = Ty::new(TyKey::InterpList(item));
        return Ok((ty, crate::builtins::runtime_fn("__spy__::make_list")));
    }
    let (module, name, new) = match kind {
        CompKind::List => ("_list", "list", "new"),
        CompKind::Set => ("_set", "set", "new"),
        CompKind::Dict => ("_dict", "dict", "__new__"),
        CompKind::Generator => (COLLECT, collector, "new"),
    };
    let types = types.into_iter().map(Value::Type).collect();
    let Value::Type(ty) = m.call_library(module, name, types)? else { return Err(broken()) };
    let new = match m.lookup(ty, new)? {
        Some(Value::Func(new)) => Some(new),
        _ => m.sibling(ty, new)?,
    };
    Ok((ty, new.ok_or_else(broken)?))
}

fn broken() -> Box<SpyError> {
    SpyError::type_error("the standard library's collections are broken")
}

/// What is known about the items without running the loops; `None` if there can be none. The comprehension's own
/// names are as new again afterwards: each evaluation of it may give them other types.
fn types(
    m: &mut Machine<'_>,
    index: usize,
    made: &Comprehension,
    wanted: &[Option<Ty>],
) -> Result<Option<Vec<Arg>>> {
    let (own, values) = (Vec::new(), Vec::new());
    let mut types = Types { typed: Typed::new(m, index), index, own, values };
    let found = types.items(made, wanted);
    let own = std::mem::take(&mut types.own);
    let frame = m.frame(index);
    for name in own {
        if let Some(slot) = frame.slot(&name) {
            frame.locals[slot] = None;
        }
    }
    found
}

/// Finds the types of a comprehension's names.
struct Types<'m, 'db> {
    typed: Typed<'m, 'db>,
    index: usize,
    /// The names found so far.
    own: Vec<Name>,
    /// Those of them that the conditions have found not to be `None`.
    values: Vec<Name>,
}

impl Types<'_, '_> {
    fn items(&mut self, made: &Comprehension, wanted: &[Option<Ty>]) -> Result<Option<Vec<Arg>>> {
        if !self.block(&made.body)? {
            return Ok(None);
        }
        let mut items = Vec::with_capacity(made.items.len());
        for (item, wanted) in made.items.iter().zip(wanted) {
            let ev = match wanted {
                Some(wanted) => crate::expr::eval_as(&mut self.typed, *item, *wanted)?,
                None => eval(&mut self.typed, *item)?,
            };
            items.push(match crate::optional::item(ev.arg.ty) {
                Some(value) if self.is_value(*item) => Arg::red(value, ev.arg.loc),
                _ => ev.arg,
            });
        }
        Ok(Some(items))
    }

    /// Whether an item is a name that a condition has found not to be `None`.
    fn is_value(&mut self, item: ExprId) -> bool {
        let body = self.typed.machine().frame(self.index).body.clone();
        matches!(body.expr(item), Expr::Name(name) if self.values.contains(name))
    }

    /// Notes which names are not `None` if a condition holds: `x`, `x is not None`, and what is behind `and`.
    fn note_values(&mut self, test: ExprId) {
        let body = self.typed.machine().frame(self.index).body.clone();
        let mut open = vec![test];
        while let Some(test) = open.pop() {
            match body.expr(test) {
                Expr::And(left, right) => open.extend([*left, *right]),
                Expr::Name(name) => self.values.push(name.clone()),
                Expr::CmpOp { op: CmpOp::IsNot, left, right } => {
                    if let (Expr::Name(name), Expr::Literal(Literal::None)) =
                        (body.expr(*left), body.expr(*right))
                    {
                        self.values.push(name.clone());
                    }
                }
                _ => {}
            }
        }
    }

    /// False if there is nothing to loop over.
    fn block(&mut self, stmts: &[StmtId]) -> Result<bool> {
        for id in stmts {
            let frame = self.typed.machine().frame(self.index);
            let pos = Pos { def: frame.def, node: Node::Stmt(*id) };
            frame.pos = Some(pos);
            let body = frame.body.clone();
            if !crate::machine::deep(|| self.stmt(body.stmt(*id), pos))? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn stmt(&mut self, stmt: &Stmt, pos: Pos) -> Result<bool> {
        match stmt {
            Stmt::For { target, iter, body, .. } => {
                let iterable = eval(&mut self.typed, *iter)?;
                if stmt::is_without_items(iterable.arg.ty) {
                    return Ok(false);
                }
                at(&mut self.typed, pos);
                let loc = Loc::from(pos);
                let iterator = stmt::protocol(&mut self.typed, iterable, "__fastiter__", loc)?;
                let item = stmt::protocol(&mut self.typed, iterator, "__item__", loc)?;
                self.declare(&target.name, &item);
                return self.block(body);
            }
            Stmt::If { then, .. } if self.is_end(then) => {}
            Stmt::If { test, then, .. } => {
                eval_condition(&mut self.typed, *test)?;
                self.note_values(*test);
                return self.block(then);
            }
            Stmt::Unpack { targets, value } => {
                let ev = crate::optional::eval_value(&mut self.typed, *value)?;
                let ev = unpack::unpackable(&mut self.typed, ev)?;
                let count = targets.len();
                unpack::unpack_count(self.typed.machine(), &ev.arg, count)
                    .map_err(|error| stmt::unpack_error(&mut self.typed, error, targets))?;
                for (number, target) in targets.iter().enumerate() {
                    let item = unpack::unpack_target(&mut self.typed, &ev, number, count)?;
                    self.declare(&target.name, &item);
                }
            }
            Stmt::Assign { target, value } if self.is_own(&target.name) => {
                let ev = eval(&mut self.typed, *value)?;
                self.declare(&target.name, &ev);
            }
            // What adds the items, and what stops then; targets that are no names have their type.
            _ => {}
        }
        Ok(true)
    }

    /// Whether a branch stops because no more items are wanted.
    fn is_end(&mut self, then: &[StmtId]) -> bool {
        let body = self.typed.machine().frame(self.index).body.clone();
        matches!(then, [last] if *body.stmt(*last) == Stmt::Break)
    }

    /// Whether a name is that of a target, and not of what collects the items, whose type follows.
    fn is_own(&self, name: &Name) -> bool {
        spy_syntax::ast::written(name) != name.as_str()
    }

    fn declare(&mut self, name: &Name, ev: &Ev<()>) {
        if self.is_own(name) {
            self.own.push(name.clone());
        }
        let loc = ev.arg.loc;
        let value = Ev { arg: Arg::red(ev.arg.ty, loc), red: Some(()) };
        stmt::declare(&mut self.typed, name, &value, Some(loc));
    }
}
