//! Checked operations: which function, with which arguments and conversions.

use crate::convert::{Context, convert};
use crate::domain::{Arg, Domain, Ev};
use crate::machine::Machine;
use crate::varargs::Pack;
use spy_types::{
    BuiltinTy, Color, FuncId, FuncKey, FuncKind, Loc, OpSpec, Result, SpyError, Ty, Value,
};

/// A checked operation on the operands of one operator.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum OpImpl {
    /// The result is this constant.
    Const(Value, Ty),
    /// The result is operand number n, as it is.
    Operand(usize),
    /// Call a function.
    Call(OpCall),
    /// `print` of several operands, each with the function that prints it and that one's
    /// parameter type.
    PrintMany(Vec<(FuncId, Ty, OpArg)>),
}

/// A checked call.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OpCall {
    /// The function.
    pub func: FuncId,
    /// Its arguments, one per parameter.
    pub args: Vec<OpArg>,
    /// The result's type.
    pub ret: Ty,
    /// Whether it is computed at once if all operands are blue.
    pub pure: bool,
    /// The colour of the function.
    pub color: Color,
}

/// An argument of a checked call.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum OpArg {
    /// Operand number n.
    In(usize),
    /// A constant of this type.
    Const(Value, Ty, Loc),
    /// The result of a conversion, an operation on one operand.
    Converted(Box<OpImpl>, Box<OpArg>),
    /// The result of another operation on the same operands.
    Nested(Box<OpImpl>),
    /// What a function takes as `*args`.
    Pack(Box<Pack>),
}

impl OpImpl {
    /// A call of a pure red function with the operands in order.
    #[must_use]
    pub fn pure(func: FuncId, args: Vec<OpArg>, ret: Ty) -> Self {
        Self::Call(OpCall { func, args, ret, pure: true, color: Color::Red })
    }

    /// A call of an impure red function.
    #[must_use]
    pub fn red(func: FuncId, args: Vec<OpArg>, ret: Ty) -> Self {
        Self::Call(OpCall { func, args, ret, pure: false, color: Color::Red })
    }

    /// The operation on other operands: `place` says where each of its own stands, `alone` what the
    /// result is where it is nothing but an operand.
    pub(crate) fn on(self, place: &dyn Fn(usize) -> OpArg, alone: &dyn Fn(usize) -> Self) -> Self {
        match self {
            Self::Call(mut call) => {
                call.args.iter_mut().for_each(|arg| arg.replace(place, alone));
                Self::Call(call)
            }
            Self::PrintMany(mut printers) => {
                printers.iter_mut().for_each(|(_, _, arg)| arg.replace(place, alone));
                Self::PrintMany(printers)
            }
            Self::Operand(index) => alone(index),
            Self::Const(..) => self,
        }
    }
}

impl OpArg {
    fn replace(&mut self, place: &dyn Fn(usize) -> Self, alone: &dyn Fn(usize) -> OpImpl) {
        match self {
            Self::In(index) => *self = place(*index),
            Self::Const(..) => {}
            Self::Converted(_, inner) => inner.replace(place, alone),
            Self::Nested(op) => {
                let inner = std::mem::replace(&mut **op, OpImpl::Operand(0));
                **op = inner.on(place, alone);
            }
            Self::Pack(pack) => pack.operands().for_each(|item| item.replace(place, alone)),
        }
    }
}

/// What is known about an argument before its conversion.
pub(crate) fn arg_info(arg: &OpArg, ins: &[Arg]) -> Arg {
    match arg {
        OpArg::In(index) => ins[*index].clone(),
        OpArg::Const(value, ty, loc) => Arg::blue(value.clone(), *ty, *loc),
        OpArg::Converted(op, inner) => {
            let mut info = arg_info(inner, ins);
            info.ty = result_ty(op).unwrap_or(info.ty);
            info
        }
        OpArg::Nested(op) => {
            let mut info = ins[0].clone();
            info.ty = result_ty(op).unwrap_or(info.ty);
            info
        }
        OpArg::Pack(pack) => Arg::red(pack.ty(), pack.loc),
    }
}

/// The type of the result, if it does not depend on an operand.
pub(crate) fn result_ty(op: &OpImpl) -> Option<Ty> {
    match op {
        OpImpl::Const(_, ty) => Some(*ty),
        OpImpl::Operand(_) | OpImpl::PrintMany(_) => None,
        OpImpl::Call(call) => Some(call.ret),
    }
}

/// Whether calls of a function are computed at once if all operands are blue.
#[must_use]
pub fn is_pure(func: FuncId) -> bool {
    match func.get() {
        FuncKey::Prim(op) => op.is_pure(),
        FuncKey::Runtime(name) => spy_prim::runtime::lookup(name).is_some_and(|entry| entry.pure),
        FuncKey::FromDynamic(_) => true,
        FuncKey::Def { def, .. } => {
            let path = def.path.0.as_str();
            let Some(method) = path.strip_prefix("methods.") else { return false };
            def.module == "_str"
                && matches!(method, "__add__" | "__mul__" | "__len__" | "__repr__" | "replace")
        }
        FuncKey::Blue(_)
        | FuncKey::Raise(_)
        | FuncKey::Ptr(..)
        | FuncKey::Make(_)
        | FuncKey::AutoEq(_)
        | FuncKey::AutoNe(_)
        | FuncKey::Getter(..)
        | FuncKey::PrintMany(_)
        | FuncKey::CallValue(_)
        | FuncKey::ReadCell(..)
        | FuncKey::WriteCell(..)
        | FuncKey::Bind(..)
        | FuncKey::Bound(..)
        | FuncKey::Wrapper(_) => false,
    }
}

/// Turns what a metafunction or a lookup answered into a checked operation. `ins` are the
/// operator's operands; `own` says which of them a simple spec passes on.
///
/// # Errors
/// `null()` if the operation is not supported; otherwise whatever checking the call reports.
pub fn typecheck(
    machine: &mut Machine<'_>,
    spec: &OpSpec,
    ins: &[Arg],
    own: &[usize],
    null: impl FnOnce() -> Box<SpyError>,
) -> Result<OpImpl> {
    match spec {
        OpSpec::Null => Err(null()),
        OpSpec::Const(value) => {
            let ty = machine.type_of(value);
            Ok(OpImpl::Const(value.clone(), ty))
        }
        OpSpec::Simple(func) => {
            let args = own.iter().map(|&index| OpArg::In(index)).collect();
            check_call(machine, *func, args, ins, None)
        }
        OpSpec::Complex(func, metas) => {
            let loc = ins.first().map(|arg| arg.loc);
            let mut args = Vec::with_capacity(metas.len());
            for meta in metas {
                args.push(spec_arg(meta, ins, own, loc)?);
            }
            // The keywords were those of the metafunction.
            let mut ins = ins.to_vec();
            ins.iter_mut().for_each(|arg| arg.keyword = None);
            check_call(machine, *func, args, &ins, None)
        }
    }
}

fn spec_arg(
    meta: &spy_types::MetaArg,
    ins: &[Arg],
    own: &[usize],
    loc: Option<Loc>,
) -> Result<OpArg> {
    let slot = meta.slot.and_then(|slot| own.get(slot as usize)).copied();
    if let (Color::Blue, Some(value)) = (meta.color, &meta.value) {
        let loc = slot.map_or(loc, |slot| Some(ins[slot].loc));
        if let Some(loc) = loc {
            return Ok(OpArg::Const(value.clone(), meta.ty, loc));
        }
    }
    match slot {
        Some(slot) => Ok(OpArg::In(slot)),
        None => Err(SpyError::type_error(
            "the red arguments of an OpSpec must be arguments of the operator",
        )),
    }
}

/// How a call was written, for messages.
pub struct CallSite {
    /// What is pointed at for missing arguments: the callee, or the object of a method.
    pub callee: Loc,
}

/// Checks a call and adds the conversions of its arguments.
///
/// # Errors
/// Wrong number of arguments, red arguments of a blue function, mismatched types.
pub fn check_call(
    machine: &mut Machine<'_>,
    func: FuncId,
    mut args: Vec<OpArg>,
    ins: &[Arg],
    site: Option<&CallSite>,
) -> Result<OpImpl> {
    let fty = machine.func_type(func);
    let Some(signature) = fty.func() else {
        return Err(SpyError::type_error("not a function"));
    };
    crate::keywords::place(machine, func, &mut args, ins)?;
    check_count(machine, func, &mut args, ins, site)?;
    for (index, slot) in args.iter_mut().enumerate() {
        let Some(expected) = signature.params.get(index).copied().or(signature.varargs) else {
            break;
        };
        let info = arg_info(slot, ins);
        if crate::keywords::is_starred(slot, ins) {
            continue;
        }
        if signature.color == Color::Blue && !info.is_blue() {
            return Err(blue_with_red(machine, func, &info, site));
        }
        let sig = machine.func_sig(func);
        let context = Context::Argument(sig.as_ref().map(|sig| sig.prototype_pos()));
        if let Some(op) = convert(machine, expected, &info, &context)? {
            let inner = std::mem::replace(slot, OpArg::In(0));
            *slot = OpArg::Converted(Box::new(op), Box::new(inner));
        }
    }
    crate::varargs::pack(machine, func, signature, &mut args, ins)?;
    let pure = is_pure(func);
    Ok(OpImpl::Call(OpCall { func, args, ret: signature.ret, pure, color: signature.color }))
}

fn blue_with_red(
    machine: &mut Machine<'_>,
    func: FuncId,
    info: &Arg,
    site: Option<&CallSite>,
) -> Box<SpyError> {
    let mut error = SpyError::type_error("cannot call blue function with red arguments");
    if let Some(site) = site {
        error = error.error("this is blue", site.callee);
    }
    error = error.error("this is red", info.loc);
    defined_here(machine, func, error)
}

/// Adds the note that points at a function's definition.
pub fn defined_here(
    machine: &mut Machine<'_>,
    func: FuncId,
    error: Box<SpyError>,
) -> Box<SpyError> {
    match machine.func_sig(func) {
        Some(sig) => error.note("function defined here", sig.prototype_pos()),
        None => error,
    }
}

fn check_count(
    machine: &mut Machine<'_>,
    func: FuncId,
    args: &mut Vec<OpArg>,
    ins: &[Arg],
    site: Option<&CallSite>,
) -> Result<()> {
    let fty = machine.func_type(func);
    let Some(signature) = fty.func() else { return Ok(()) };
    let sig = machine.func_sig(func);
    let expected = signature.params.len();
    let defaults = sig.as_ref().map_or(0, |sig| sig.default_count());
    let supplied = args.len();
    if supplied > expected && signature.varargs.is_none() || supplied + defaults < expected {
        return Err(count_error(machine, func, args, ins, site));
    }
    if let Some(sig) = sig {
        let missing = sig.single().skip(supplied);
        for (value, expr) in missing.filter_map(|param| param.default.as_ref()) {
            let ty = machine.type_of(value);
            args.push(OpArg::Const(value.clone(), ty, sig.default_pos(*expr).into()));
        }
    }
    Ok(())
}

fn count_error(
    machine: &mut Machine<'_>,
    func: FuncId,
    args: &[OpArg],
    ins: &[Arg],
    site: Option<&CallSite>,
) -> Box<SpyError> {
    let fty = machine.func_type(func);
    let (expected, varargs) =
        fty.func().map_or((0, false), |func| (func.params.len(), func.varargs.is_some()));
    let expected = expected + usize::from(varargs);
    let defaults = machine.func_sig(func).map_or(0, |sig| sig.default_count());
    let plural = |count: usize| if count == 1 { "argument" } else { "arguments" };
    // What a lambda holds comes first, and is nobody's argument.
    let held = crate::closure::held_count(func).min(args.len());
    let most = expected - held;
    let takes = if defaults > 0 {
        format!("from {} to {most} arguments", most - defaults)
    } else {
        format!("{most} {}", plural(most))
    };
    let supplied = match args.len() - held {
        1 => "1 argument was supplied".to_owned(),
        count => format!("{count} arguments were supplied"),
    };
    let mut error = SpyError::type_error(format!("this function takes {takes} but {supplied}"));
    if let Some(site) = site {
        if args.len() < expected {
            let missing = expected - defaults - args.len();
            error = error.error(format!("{missing} {} missing", plural(missing)), site.callee);
        } else {
            let extra = args.len() - expected;
            let first = arg_info(&args[expected], ins).loc;
            let last = arg_info(&args[args.len() - 1], ins).loc;
            let range = Loc { start: first.start, end: last.end };
            error = error.error(format!("{extra} extra {}", plural(extra)), range);
        }
    }
    defined_here(machine, func, error)
}

/// Applies a checked operation to evaluated operands.
///
/// # Errors
/// Whatever the operation raises.
pub fn apply<'db, D: Domain<'db>>(
    domain: &mut D,
    op: &OpImpl,
    ins: &[Ev<D::Red>],
    loc: Loc,
) -> Result<Ev<D::Red>> {
    match op {
        OpImpl::Operand(index) => {
            let mut ev = ins[*index].clone();
            ev.arg.keyword = None;
            Ok(ev)
        }
        OpImpl::Const(value, ty) => {
            if ins.iter().all(|ev| ev.arg.is_blue()) {
                return Ok(Ev::blue(value.clone(), *ty, loc));
            }
            let red = domain.constant(value, *ty, loc)?;
            Ok(Ev::red(red, *ty, loc))
        }
        OpImpl::PrintMany(printers) => {
            let mut funcs = Vec::with_capacity(printers.len());
            let mut reds = Vec::with_capacity(printers.len());
            for (func, ty, arg) in printers {
                let ev = eval_arg(domain, arg, ins)?;
                reds.push(lift(domain, &ev)?);
                funcs.push((*func, *ty));
            }
            let red = domain.print_many(funcs, reds, loc)?;
            Ok(Ev::red(red, BuiltinTy::NoneType.into(), loc))
        }
        OpImpl::Call(call) => apply_call(domain, call, ins, loc),
    }
}

fn apply_call<'db, D: Domain<'db>>(
    domain: &mut D,
    call: &OpCall,
    ins: &[Ev<D::Red>],
    loc: Loc,
) -> Result<Ev<D::Red>> {
    let mut args = Vec::with_capacity(call.args.len());
    for arg in &call.args {
        args.push(eval_arg(domain, arg, ins)?);
    }
    let known = ins.iter().all(|ev| ev.arg.is_blue()) && args.iter().all(|ev| ev.arg.is_blue());
    let now = call.color == Color::Blue || call.pure && known;
    if now && args.iter().all(|ev| ev.arg.value.is_some()) {
        let values = args.into_iter().filter_map(|ev| ev.arg.value).collect();
        let value = domain.machine().call(call.func, values, loc)?;
        let ty = result_type(domain.machine(), &value, call.ret);
        return Ok(Ev::blue(value, ty, loc));
    }
    let mut reds = Vec::with_capacity(args.len());
    for arg in &args {
        reds.push(lift(domain, arg)?);
    }
    let red = domain.call(call.func, reds, call.ret, loc)?;
    Ok(Ev::red(red, call.ret, loc))
}

/// The static type of a blue result: a `dynamic` one has the type of its value.
fn result_type(machine: &mut Machine<'_>, value: &Value, declared: Ty) -> Ty {
    if declared.is(BuiltinTy::Dynamic) { machine.type_of(value) } else { declared }
}

fn eval_arg<'db, D: Domain<'db>>(
    domain: &mut D,
    arg: &OpArg,
    ins: &[Ev<D::Red>],
) -> Result<Ev<D::Red>> {
    match arg {
        OpArg::In(index) => Ok(ins[*index].clone()),
        OpArg::Const(value, ty, loc) => Ok(Ev::blue(value.clone(), *ty, *loc)),
        OpArg::Converted(op, inner) => {
            let inner = eval_arg(domain, inner, ins)?;
            let loc = inner.arg.loc;
            apply(domain, op, std::slice::from_ref(&inner), loc)
        }
        OpArg::Nested(op) => {
            let loc = ins[0].arg.loc;
            apply(domain, op, ins, loc)
        }
        OpArg::Pack(pack) => {
            let mut red = domain.call(pack.new, Vec::new(), pack.list, pack.loc)?;
            for (add, item) in &pack.items {
                let item = eval_arg(domain, item, ins)?;
                let args = vec![red, lift(domain, &item)?];
                red = domain.call(*add, args, pack.list, pack.loc)?;
            }
            if let Some(ty) = pack.made {
                red = domain.call(FuncId::new(FuncKey::Make(ty)), vec![red], ty, pack.loc)?;
            }
            Ok(Ev::red(red, pack.ty(), pack.loc))
        }
    }
}

/// The run-time value of an evaluated expression.
///
/// # Errors
/// If a blue value has no representation at run time.
pub fn lift<'db, D: Domain<'db>>(domain: &mut D, ev: &Ev<D::Red>) -> Result<D::Red> {
    match (&ev.red, &ev.arg.value) {
        (Some(red), _) => Ok(red.clone()),
        (None, Some(value)) => domain.constant(value, ev.arg.ty, ev.arg.loc),
        (None, None) => Err(SpyError::type_error("this expression has no value")),
    }
}

/// Evaluates an expression's value to an expected type.
///
/// # Errors
/// If it does not convert.
pub fn convert_ev<'db, D: Domain<'db>>(
    domain: &mut D,
    ev: Ev<D::Red>,
    expected: Ty,
    context: &Context,
) -> Result<Ev<D::Red>> {
    match convert(domain.machine(), expected, &ev.arg, context)? {
        None => {
            let mut ev = ev;
            // What is `dynamic` has the type of its value, where that is known.
            if !expected.is(BuiltinTy::Dynamic) || !ev.arg.is_blue() {
                ev.arg.ty = expected;
            }
            Ok(ev)
        }
        Some(op) => {
            let loc = ev.arg.loc;
            let name = ev.arg.name.clone();
            let mut result = apply(domain, &op, std::slice::from_ref(&ev), loc)?;
            result.arg.name = name;
            Ok(result)
        }
    }
}

/// Whether a function is a metafunction.
pub fn is_metafunc(machine: &mut Machine<'_>, func: FuncId) -> bool {
    machine.func_type(func).func().is_some_and(|func| func.kind == FuncKind::Metafunc)
}
