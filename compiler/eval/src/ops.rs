//! Arithmetic, comparisons and the other operators that have no name in the source.

use crate::call::metacall_spec;
use crate::domain::Arg;
use crate::machine::Machine;
use crate::opimpl::{OpArg, OpImpl, typecheck};
use crate::optional::{ALL, of_nothing, or_on_values};
use spy_prim::{BinKind, CmpKind, PrimOp};
use spy_syntax::ast::{BinOp, CmpOp, UnaryOp};
use spy_types::names::ty_human;
use spy_types::{
    BuiltinTy, FuncId, FuncKey, Name, OpSpec, PtrOp, Result, ScalarTy, SpyError, Ty, TyKey, Value,
};
use std::sync::Arc;

/// An operator on operands of primitive types: its symbol and the types.
pub(crate) type OpKey = (&'static str, Ty, Ty);

/// Names of an operator: in `operator`, and of the method that implements it. Division has two of
/// those, SPy's and Python's.
struct Names {
    operator: &'static str,
    method: &'static str,
    alias: Option<&'static str>,
    prim: Option<BinKind>,
}

impl Names {
    fn methods(&self) -> impl Iterator<Item = &'static str> + use<> {
        std::iter::once(self.method).chain(self.alias)
    }
}

fn names(op: BinOp) -> Names {
    let make = |operator, method, prim| Names { operator, method, alias: None, prim };
    match op {
        BinOp::Add => make("ADD", "__add__", Some(BinKind::Add)),
        BinOp::Sub => make("SUB", "__sub__", Some(BinKind::Sub)),
        BinOp::Mul => make("MUL", "__mul__", Some(BinKind::Mul)),
        BinOp::Div => {
            Names { alias: Some("__truediv__"), ..make("DIV", "__div__", Some(BinKind::Div)) }
        }
        BinOp::FloorDiv => make("FLOORDIV", "__floordiv__", Some(BinKind::FloorDiv)),
        BinOp::Mod => make("MOD", "__mod__", Some(BinKind::Mod)),
        BinOp::Pow => make("POW", "__pow__", Some(BinKind::Pow)),
        BinOp::LShift => make("LSHIFT", "__lshift__", Some(BinKind::LShift)),
        BinOp::RShift => make("RSHIFT", "__rshift__", Some(BinKind::RShift)),
        BinOp::And => make("AND", "__and__", Some(BinKind::And)),
        BinOp::Or => make("OR", "__or__", Some(BinKind::Or)),
        BinOp::Xor => make("XOR", "__xor__", Some(BinKind::Xor)),
        BinOp::MatMul => make("MATMUL", "__matmul__", None),
    }
}

fn cmp_names(op: CmpOp) -> (&'static str, &'static str, Option<CmpKind>) {
    match op {
        CmpOp::Eq => ("EQ", "__eq__", Some(CmpKind::Eq)),
        CmpOp::Ne => ("NE", "__ne__", Some(CmpKind::Ne)),
        CmpOp::Lt => ("LT", "__lt__", Some(CmpKind::Lt)),
        CmpOp::Le => ("LE", "__le__", Some(CmpKind::Le)),
        CmpOp::Gt => ("GT", "__gt__", Some(CmpKind::Gt)),
        CmpOp::Ge => ("GE", "__ge__", Some(CmpKind::Ge)),
        CmpOp::Is => ("IS", "", None),
        CmpOp::IsNot => ("ISNOT", "", None),
        CmpOp::In | CmpOp::NotIn => ("IN", "__contains__", None),
    }
}

/// The note that every error of an operator carries.
pub fn called_here(error: Box<SpyError>, operator: &str, loc: spy_types::Loc) -> Box<SpyError> {
    error.note(format!("operator::{operator} called here"), loc)
}

/// `left op right`.
///
/// # Errors
/// If the types have no such operator.
pub fn binop(m: &mut Machine<'_>, op: BinOp, ins: &[Arg], loc: spy_types::Loc) -> Result<OpImpl> {
    or_on_values(m, ins, ALL, |m, ins| plain_binop(m, op, ins, loc))
}

fn plain_binop(m: &mut Machine<'_>, op: BinOp, ins: &[Arg], loc: spy_types::Loc) -> Result<OpImpl> {
    let names = names(op);
    let (left, right) = (ins[0].ty, ins[1].ty);
    let cached = (op.symbol(), left, right);
    if let Some(found) = m.op_cache.get(&cached) {
        return Ok((**found).clone());
    }
    if let Some(kind) = names.prim {
        if let (Some(l), Some(r)) = (left.scalar(), right.scalar())
            && let Some((prim, operand)) = spy_prim::binop(kind, l, r)
        {
            let found = primitive(prim, operand.into(), ins);
            m.op_cache.insert(cached, Arc::new(found.clone()));
            return Ok(found);
        }
        let found = adopted(ins, |ty| spy_prim::binop(kind, ty, ty));
        if let Some(found) = found.or_else(|| counting(kind, ins)) {
            return Ok(found);
        }
    }
    if op == BinOp::Pow
        && let Some(found) = complex_power(m, ins)?
    {
        return Ok(found);
    }
    if op == BinOp::Or
        && let Some(found) = crate::optional::union(m, &ins[0], &ins[1])?
    {
        return Ok(found);
    }
    if op == BinOp::Add && left == right && matches!(left.get(), TyKey::InterpList(_)) {
        return Ok(OpImpl::red(runtime("__spy__::concat"), vec![OpArg::In(0), OpArg::In(1)], left));
    }
    if is_dynamic(ins) && op != BinOp::Pow {
        return Ok(dynamic(names.method.trim_matches('_'), ins));
    }
    by_methods(m, &names, ins)
        .and_then(|found| found.ok_or_else(|| no_operator(op, ins)))
        .map_err(|error| called_here(error, names.operator, loc))
}

fn no_operator(op: BinOp, ins: &[Arg]) -> Box<SpyError> {
    if ins.iter().all(|arg| arg.ty.scalar().is_some()) && op == BinOp::MatMul {
        return SpyError::wip("Operator not implemented yet: @");
    }
    cannot(op.symbol(), ins)
}

/// An operator as a method of the left operand, else as a reflected one of the right operand.
fn by_methods(m: &mut Machine<'_>, names: &Names, ins: &[Arg]) -> Result<Option<OpImpl>> {
    for method in names.methods() {
        let found = by_method(m, method, ins)?;
        let found = found.or_else(|| reflected(m, &method.replacen("__", "__r", 1), ins));
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}

/// Powers with a complex number, which the library computes.
fn complex_power(m: &mut Machine<'_>, ins: &[Arg]) -> Result<Option<OpImpl>> {
    let [left, right] = [ins[0].ty.scalar(), ins[1].ty.scalar()];
    let (Some(left), Some(right)) = (left, right) else { return Ok(None) };
    let is_number = |ty: ScalarTy| !matches!(ty, ScalarTy::Bool | ScalarTy::Str | ScalarTy::Bytes);
    if ![left, right].contains(&ScalarTy::Complex128) || !is_number(left) || !is_number(right) {
        return Ok(None);
    }
    let types = vec![Value::Type(left.into()), Value::Type(right.into())];
    match m.call_library("_complex", "complex_power", types)? {
        Value::Func(func) => {
            let args = vec![OpArg::In(0), OpArg::In(1)];
            Ok(Some(OpImpl::red(func, args, ScalarTy::Complex128.into())))
        }
        _ => Err(SpyError::type_error("the standard library's powers are broken")),
    }
}

/// An operation on primitive operands, each converted to `operand`.
fn primitive(op: PrimOp, operand: Ty, ins: &[Arg]) -> OpImpl {
    let func = FuncId::new(FuncKey::Prim(op));
    let convert = |index: usize| {
        let arg = OpArg::In(index);
        match (ins[index].ty.scalar(), operand.scalar()) {
            (Some(from), Some(to)) if from != to => match operand_conversion(from, to) {
                Some(op) => {
                    let func = FuncId::new(FuncKey::Prim(op));
                    let op = OpImpl::pure(func, vec![OpArg::In(0)], operand);
                    OpArg::Converted(Box::new(op), Box::new(arg))
                }
                None => arg,
            },
            _ => arg,
        }
    };
    OpImpl::pure(func, (0..ins.len()).map(convert).collect(), op.result().into())
}

/// How an operand becomes what an operation takes. Bools count as numbers there, but nowhere else.
fn operand_conversion(from: ScalarTy, to: ScalarTy) -> Option<PrimOp> {
    let found = spy_prim::implicit_conversion(from, to);
    found.or_else(|| spy_prim::explicit_conversion(from, to).filter(|_| from == ScalarTy::Bool))
}

/// Arithmetic with bools, which are 0 and 1 as in Python: `count + (a < b)`.
fn counting(kind: BinKind, ins: &[Arg]) -> Option<OpImpl> {
    let (left, right) = (ins[0].ty.scalar()?, ins[1].ty.scalar()?);
    let is_arithmetic = !matches!(kind, BinKind::And | BinKind::Or | BinKind::Xor);
    if !is_arithmetic || ![left, right].contains(&ScalarTy::Bool) {
        return None;
    }
    let (left, right) = counted(left, right);
    let (prim, operand) = spy_prim::binop(kind, left, right)?;
    Some(primitive(prim, operand.into(), ins))
}

/// The types of two operands where a bool is a number of the other's type.
fn counted(left: ScalarTy, right: ScalarTy) -> (ScalarTy, ScalarTy) {
    let number = |ty, other: ScalarTy| match ty {
        ScalarTy::Bool if other.is_int() => other,
        ScalarTy::Bool => ScalarTy::I32,
        ty => ty,
    };
    (number(left, right), number(right, left))
}

/// A comparison of a bool with a number: `True == 1`.
fn counting_comparison(kind: CmpKind, ins: &[Arg]) -> Option<OpImpl> {
    let (left, right) = (ins[0].ty.scalar()?, ins[1].ty.scalar()?);
    if ![left, right].contains(&ScalarTy::Bool) {
        return None;
    }
    let (left, right) = counted(left, right);
    let (prim, operand) = spy_prim::cmpop(kind, left, right)?;
    Some(primitive(prim, operand.into(), ins))
}

/// An operation on integers of which one is known and fits the type of the other: `u64(3) + 1`.
fn adopted(ins: &[Arg], select: impl Fn(ScalarTy) -> Option<(PrimOp, ScalarTy)>) -> Option<OpImpl> {
    let (left, right) = (ins[0].ty.scalar()?, ins[1].ty.scalar()?);
    if !left.is_int() || !right.is_int() || left == right {
        return None;
    }
    let fitting = |known: &Arg, ty: ScalarTy| match &known.value {
        Some(Value::Scalar(scalar)) => {
            let value = scalar.as_int()?;
            spy_prim::Scalar::int_wrapping(ty, value)
                .filter(|scalar| scalar.as_int() == Some(value))
        }
        _ => None,
    };
    for (known, ty) in [(1, left), (0, right)] {
        let Some(scalar) = fitting(&ins[known], ty) else { continue };
        let (prim, _) = select(ty)?;
        let mut args = vec![OpArg::In(0), OpArg::In(1)];
        args[known] = OpArg::Const(Value::Scalar(scalar), ty.into(), ins[known].loc);
        return Some(OpImpl::pure(FuncId::new(FuncKey::Prim(prim)), args, prim.result().into()));
    }
    None
}

fn is_dynamic(ins: &[Arg]) -> bool {
    ins.iter().any(|arg| arg.ty.is(BuiltinTy::Dynamic))
}

fn dynamic(name: &str, ins: &[Arg]) -> OpImpl {
    let func = FuncId::new(FuncKey::Runtime(Name::from(format!("operator::dynamic_{name}"))));
    let args = (0..ins.len()).map(OpArg::In).collect();
    OpImpl::pure(func, args, BuiltinTy::Dynamic.into())
}

/// `left op= right`: in place, by `__iadd__` and the like, where the type of the target has that, as
/// in Python; else as `left op right`. The target is set to the result either way.
///
/// # Errors
/// Like those of `left op right`.
pub fn augmented(
    m: &mut Machine<'_>,
    op: BinOp,
    ins: &[Arg],
    loc: spy_types::Loc,
) -> Result<OpImpl> {
    if ins[0].ty.scalar().is_none() && !is_dynamic(ins) {
        for method in names(op).methods() {
            if let Some(found) = by_method(m, &method.replacen("__", "__i", 1), ins)? {
                return Ok(found);
            }
        }
    }
    binop(m, op, ins, loc)
}

/// The operation that a method of the first operand's type performs, if there is one.
fn by_method(m: &mut Machine<'_>, method: &str, ins: &[Arg]) -> Result<Option<OpImpl>> {
    by_method_of(m, method, ins, 0)
}

fn by_method_of(
    m: &mut Machine<'_>,
    method: &str,
    ins: &[Arg],
    owner: usize,
) -> Result<Option<OpImpl>> {
    let Some(found) = m.lookup(ins[owner].ty, method)? else { return Ok(None) };
    let Value::Func(func) = found else { return Ok(None) };
    let mut order: Vec<usize> = (0..ins.len()).collect();
    if owner == 1 {
        order.swap(0, 1);
    }
    if crate::opimpl::is_metafunc(m, func) {
        let ordered: Vec<Arg> = order.iter().map(|&index| ins[index].clone()).collect();
        let spec = metacall_spec(m, func, &ordered)?;
        if matches!(spec, OpSpec::Null) {
            return Ok(None);
        }
        return typecheck(m, &spec, ins, &order, || SpyError::type_error("not supported"))
            .map(Some);
    }
    typecheck(m, &OpSpec::Simple(func), ins, &order, || SpyError::type_error("not supported"))
        .map(Some)
}

fn cannot(symbol: &str, ins: &[Arg]) -> Box<SpyError> {
    let (left, right) = (ty_human(ins[0].ty), ty_human(ins[1].ty));
    SpyError::type_error(format!("cannot do `{left}` {symbol} `{right}`"))
        .error(format!("this is `{left}`"), ins[0].loc)
        .error(format!("this is `{right}`"), ins[1].loc)
}

/// `left op right`, a comparison.
///
/// # Errors
/// If the types cannot be compared so.
pub fn cmpop(m: &mut Machine<'_>, op: CmpOp, ins: &[Arg], loc: spy_types::Loc) -> Result<OpImpl> {
    or_on_values(m, ins, ALL, |m, ins| plain_cmpop(m, op, ins, loc))
}

fn plain_cmpop(m: &mut Machine<'_>, op: CmpOp, ins: &[Arg], loc: spy_types::Loc) -> Result<OpImpl> {
    if let Some(known) = of_nothing(op, ins) {
        return Ok(known);
    }
    let (operator, method, prim) = cmp_names(op);
    let result = match op {
        CmpOp::Is | CmpOp::IsNot => identity(m, op, ins),
        CmpOp::In | CmpOp::NotIn => contains(m, op, method, ins),
        _ => compare(m, op, method, prim, ins),
    };
    result.map_err(|error| called_here(error, operator, loc))
}

fn compare(
    m: &mut Machine<'_>,
    op: CmpOp,
    method: &str,
    prim: Option<CmpKind>,
    ins: &[Arg],
) -> Result<OpImpl> {
    let (left, right) = (ins[0].ty, ins[1].ty);
    if let (Some(kind), Some(l), Some(r)) = (prim, left.scalar(), right.scalar())
        && let Some((prim, operand)) = spy_prim::cmpop(kind, l, r)
    {
        return Ok(primitive(prim, operand.into(), ins));
    }
    if let Some(kind) = prim
        && let Some(found) = adopted(ins, |ty| spy_prim::cmpop(kind, ty, ty))
            .or_else(|| counting_comparison(kind, ins))
    {
        return Ok(found);
    }
    if is_dynamic(ins) {
        return Ok(dynamic(method.trim_matches('_'), ins));
    }
    let equality = matches!(op, CmpOp::Eq | CmpOp::Ne);
    if equality {
        let found = pointer_equality(op, ins)
            .or_else(|| file_equality(op, ins))
            .or_else(|| content_equality(op, ins));
        if let Some(found) = found {
            return Ok(found);
        }
    }
    if let Some(found) = by_method(m, method, ins)? {
        return Ok(found);
    }
    if equality {
        if let Some(found) = negated(m, op, ins)? {
            return Ok(found);
        }
        if let Some(found) = reflected(m, method, ins).filter(|_| left != right) {
            return Ok(found);
        }
        if let Some(found) = reference_equality(op, ins)? {
            return Ok(found);
        }
    }
    let mirrored = match op {
        CmpOp::Lt => "__gt__",
        CmpOp::Le => "__ge__",
        CmpOp::Gt => "__lt__",
        CmpOp::Ge => "__le__",
        _ => return Err(cannot(op.symbol(), ins)),
    };
    reflected(m, mirrored, ins).ok_or_else(|| cannot(op.symbol(), ins))
}

/// `==` and `!=` of types, functions and other objects with an identity; exceptions have to be of one type.
fn reference_equality(op: CmpOp, ins: &[Arg]) -> Result<Option<OpImpl>> {
    let (left, right) = (ins[0].ty, ins[1].ty);
    let exceptions = [left, right].map(|ty| matches!(ty.get(), TyKey::Exc(_)));
    if exceptions == [true; 2] && left != right {
        return Err(cannot(op.symbol(), ins));
    }
    let common = left.union(right);
    let universal = common.is(BuiltinTy::Object) || common.is(BuiltinTy::Dynamic);
    Ok((common.is_reference() && !universal).then(|| object_is(op == CmpOp::Eq)))
}

/// The operation that a method of the second operand's type performs, if it takes the first one.
fn reflected(m: &mut Machine<'_>, method: &str, ins: &[Arg]) -> Option<OpImpl> {
    let has_methods = ins[1].ty.is_struct() || ins[1].ty.scalar() == Some(ScalarTy::Str);
    has_methods.then(|| by_method_of(m, method, ins, 1).ok().flatten()).flatten()
}

/// `item in container`, `item not in container`.
fn contains(m: &mut Machine<'_>, op: CmpOp, method: &str, ins: &[Arg]) -> Result<OpImpl> {
    if crate::stmt::is_without_items(ins[1].ty) {
        return Ok(OpImpl::Const(Value::bool(op == CmpOp::NotIn), ScalarTy::Bool.into()));
    }
    let Some(found) = by_method_of(m, method, ins, 1)? else {
        return Err(cannot(op.symbol(), ins));
    };
    if op == CmpOp::In {
        return Ok(found);
    }
    let mut arg = OpArg::Nested(Box::new(found));
    let info = crate::opimpl::arg_info(&arg, ins);
    if let Some(convert) = crate::convert::to_bool(m, &info)? {
        arg = OpArg::Converted(Box::new(convert), Box::new(arg));
    }
    let func = FuncId::new(FuncKey::Prim(PrimOp::NOT));
    Ok(OpImpl::pure(func, vec![arg], ScalarTy::Bool.into()))
}

/// `==` where only `__ne__` is defined, and the other way round.
fn negated(m: &mut Machine<'_>, op: CmpOp, ins: &[Arg]) -> Result<Option<OpImpl>> {
    let other = if op == CmpOp::Eq { "__ne__" } else { "__eq__" };
    let Some(inner) = by_method(m, other, ins)? else { return Ok(None) };
    let is_bool = matches!(&inner, OpImpl::Call(call) if call.ret.scalar() == Some(ScalarTy::Bool));
    if !is_bool {
        return Ok(None);
    }
    Ok(Some(inverted(inner)))
}

/// `not` what an operation with a bool as its result gives.
fn inverted(inner: OpImpl) -> OpImpl {
    let func = FuncId::new(FuncKey::Prim(PrimOp::NOT));
    OpImpl::pure(func, vec![OpArg::Nested(Box::new(inner))], ScalarTy::Bool.into())
}

fn object_is(equal: bool) -> OpImpl {
    let name = if equal { "operator::object_is" } else { "operator::object_isnot" };
    let func = FuncId::new(FuncKey::Runtime(Name::from(name)));
    OpImpl::pure(func, vec![OpArg::In(0), OpArg::In(1)], ScalarTy::Bool.into())
}

fn runtime(name: &'static str) -> FuncId {
    FuncId::new(FuncKey::Runtime(Name::new_static(name)))
}

/// Objects of the compiler that are equal if what they hold is.
fn content_equality(op: CmpOp, ins: &[Arg]) -> Option<OpImpl> {
    let ty = ins[0].ty;
    let by_content = matches!(
        ty.get(),
        TyKey::InterpList(_)
            | TyKey::InterpDict(..)
            | TyKey::Builtin(BuiltinTy::InterpTuple | BuiltinTy::MetaArg)
    );
    if !by_content || ty != ins[1].ty {
        return None;
    }
    let func = runtime(if op == CmpOp::Eq { "__spy__::eq" } else { "__spy__::ne" });
    let args = vec![OpArg::In(0), OpArg::In(1)];
    Some(OpImpl::pure(func, args, ScalarTy::Bool.into()))
}

fn file_equality(op: CmpOp, ins: &[Arg]) -> Option<OpImpl> {
    if !ins.iter().all(|arg| arg.ty.is(BuiltinTy::File)) {
        return None;
    }
    let name = if op == CmpOp::Eq { "posix::_FILE::__eq__" } else { "posix::_FILE::__ne__" };
    let func = FuncId::new(FuncKey::Runtime(Name::from(name)));
    Some(OpImpl::red(func, vec![OpArg::In(0), OpArg::In(1)], ScalarTy::Bool.into()))
}

fn pointer_equality(op: CmpOp, ins: &[Arg]) -> Option<OpImpl> {
    let (left, right) = (ins[0].ty, ins[1].ty);
    let name = if op == CmpOp::Eq { PtrOp::Eq } else { PtrOp::Ne };
    let (is_ref, _, _) = left.pointer()?;
    if is_ref || left != right {
        return None;
    }
    let func = FuncId::new(FuncKey::Ptr(name, left));
    Some(OpImpl::red(func, vec![OpArg::In(0), OpArg::In(1)], ScalarTy::Bool.into()))
}

/// Values that stand for something in memory, such as lists, tell by `__is__` whether it is the same.
fn identity(m: &mut Machine<'_>, op: CmpOp, ins: &[Arg]) -> Result<OpImpl> {
    for owner in [0, 1] {
        if crate::optional::item(ins[owner].ty).is_some()
            && ins[1 - owner].ty.is(BuiltinTy::NoneType)
            && let Some(found) = by_method_of(m, "__is__", ins, owner)?
        {
            return Ok(if op == CmpOp::Is { found } else { inverted(found) });
        }
    }
    if crate::optional::is_never_none(ins) {
        return Ok(OpImpl::Const(Value::bool(op != CmpOp::Is), ScalarTy::Bool.into()));
    }
    if ins.iter().any(|arg| arg.ty.is_reference()) {
        return Ok(object_is(op == CmpOp::Is));
    }
    if ins[0].ty == ins[1].ty
        && let Some(found) = by_method(m, "__is__", ins)?
    {
        return Ok(if op == CmpOp::Is { found } else { inverted(found) });
    }
    let symbol = op.symbol();
    Err(cannot(symbol, ins).note(
        format!("cannot use `{symbol}` between value types as they don't have an identity"),
        ins[0].loc,
    ))
}

/// `op value`.
///
/// # Errors
/// If the type has no such operator.
pub fn unary(m: &mut Machine<'_>, op: UnaryOp, ins: &[Arg], loc: spy_types::Loc) -> Result<OpImpl> {
    or_on_values(m, ins, ALL, |m, ins| plain_unary(m, op, ins, loc))
}

fn plain_unary(
    m: &mut Machine<'_>,
    op: UnaryOp,
    ins: &[Arg],
    loc: spy_types::Loc,
) -> Result<OpImpl> {
    match op {
        UnaryOp::Neg => negate(m, ins).map_err(|error| called_here(error, "NEG", loc)),
        UnaryOp::Not => {
            let convert = crate::convert::to_bool(m, &ins[0])
                .map_err(|error| called_here(error, "NOT", loc))?;
            let arg = match convert {
                None => OpArg::In(0),
                Some(op) => OpArg::Converted(Box::new(op), Box::new(OpArg::In(0))),
            };
            let func = FuncId::new(FuncKey::Prim(PrimOp::NOT));
            Ok(OpImpl::pure(func, vec![arg], ScalarTy::Bool.into()))
        }
        UnaryOp::Pos => plus(m, ins).map_err(|error| called_here(error, "POS", loc)),
        UnaryOp::Invert => invert(m, ins).map_err(|error| called_here(error, "INVERT", loc)),
    }
}

/// `+x` is a number as it is.
fn plus(m: &mut Machine<'_>, ins: &[Arg]) -> Result<OpImpl> {
    let is_number = |ty: ScalarTy| !matches!(ty, ScalarTy::Bool | ScalarTy::Str | ScalarTy::Bytes);
    if ins[0].ty.scalar().is_some_and(is_number) {
        return Ok(OpImpl::Operand(0));
    }
    if let Some(found) = by_method(m, "__pos__", ins)? {
        return Ok(found);
    }
    Err(single(format!("cannot do +`{}`", ty_human(ins[0].ty)), &ins[0]))
}

/// `~x` of an integer is `x ^ -1`, whose bits are all set.
fn invert(m: &mut Machine<'_>, ins: &[Arg]) -> Result<OpImpl> {
    let scalar = ins[0].ty.scalar();
    let ones = scalar.and_then(|ty| Some((ty, spy_prim::Scalar::int_wrapping(ty, -1)?)));
    if let Some((ty, ones)) = ones
        && let Some((prim, _)) = spy_prim::binop(BinKind::Xor, ty, ty)
    {
        let func = FuncId::new(FuncKey::Prim(prim));
        let mask = OpArg::Const(Value::Scalar(ones), ins[0].ty, ins[0].loc);
        return Ok(OpImpl::pure(func, vec![OpArg::In(0), mask], ins[0].ty));
    }
    if let Some(found) = by_method(m, "__invert__", ins)? {
        return Ok(found);
    }
    Err(single(format!("cannot do ~`{}`", ty_human(ins[0].ty)), &ins[0]))
}

fn negate(m: &mut Machine<'_>, ins: &[Arg]) -> Result<OpImpl> {
    if let Some(prim) = ins[0].ty.scalar().and_then(spy_prim::negop) {
        return Ok(primitive(prim, ins[0].ty, ins));
    }
    if let Some(found) = by_method(m, "__neg__", ins)? {
        return Ok(found);
    }
    Err(single(format!("cannot do -`{}`", ty_human(ins[0].ty)), &ins[0]))
}

/// An error about one operand, which is pointed at, with its definition if it is a plain name.
#[must_use]
pub fn single(message: String, arg: &Arg) -> Box<SpyError> {
    let error =
        SpyError::type_error(message).error(format!("this is `{}`", ty_human(arg.ty)), arg.loc);
    match arg.name.as_deref() {
        // Names that no text can spell begin so.
        Some((name, Some(loc))) if !name.starts_with("_$") => {
            error.note(format!("`{name}` defined here"), *loc)
        }
        _ => error,
    }
}
