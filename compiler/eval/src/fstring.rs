//! f-strings: the texts of their parts, one behind the other.
//!
//! What a part means is known when the program is compiled, so nothing reads a pattern when it runs. Texts that
//! are known beside each other become one before anything is joined.

use crate::attr::ModuleAttr;
use crate::builtins::text;
use crate::call;
use crate::domain::{Arg, Domain, Ev};
use crate::exec::Run;
use crate::expr::{at, eval, expr_pos, infos};
use crate::machine::Machine;
use crate::opimpl::{OpImpl, lift};
use crate::ops;
use spy_syntax::ast::{BinOp, Conversion, ExprId};
use spy_types::{Loc, Name, Result, ScalarTy, SpyError, Value};

/// An f-string.
///
/// # Errors
/// Whatever is wrong with its parts.
pub(crate) fn joined<'db, D: Domain<'db>>(
    d: &mut D,
    parts: &[ExprId],
    loc: Loc,
) -> Result<Ev<D::Red>> {
    let mut texts: Vec<Ev<D::Red>> = Vec::with_capacity(parts.len());
    for part in parts {
        let text = eval(d, *part)?;
        match (texts.last_mut(), known(&text)) {
            (Some(last), Some(more)) if known(last).is_some() => {
                let all = format!("{}{more}", known(last).unwrap_or_default());
                last.arg.value = Some(Value::str(all));
            }
            _ => texts.push(text),
        }
    }
    at(d, loc.start);
    let mut texts = texts.into_iter();
    let Some(mut all) = texts.next() else {
        return Ok(Ev::blue(Value::str(""), ScalarTy::Str.into(), loc));
    };
    for text in texts {
        let ins = [all, text];
        let add = ops::binop(d.machine(), BinOp::Add, &infos(&ins), loc)?;
        all = d.apply(&add, &ins, loc)?;
    }
    all.arg.loc = loc;
    all.arg.name = None;
    Ok(all)
}

/// The text of a part whose value is known.
fn known<R>(ev: &Ev<R>) -> Option<&str> {
    match &ev.arg.value {
        Some(Value::Scalar(spy_prim::Scalar::Str(text))) => Some(text),
        _ => None,
    }
}

/// `{value!conversion:spec}`.
///
/// # Errors
/// Whatever is wrong with value and specification, or if such a value is not shown so.
pub(crate) fn formatted<'db, D: Domain<'db>>(
    d: &mut D,
    value: ExprId,
    conversion: Conversion,
    spec: Option<ExprId>,
    loc: Loc,
) -> Result<Ev<D::Red>> {
    let value_pos = expr_pos(d, value);
    let value = eval(d, value)?;
    let value = converted(d, value, conversion, value_pos.into())?;
    let spec = match spec {
        Some(spec) => eval(d, spec)?,
        None => Ev::blue(Value::str(""), ScalarTy::Str.into(), loc),
    };
    at(d, loc.start);
    let ty = value.arg.ty;
    let by_method = d.machine().lookup(ty, "__format__")?.is_some();
    if known(&spec) == Some("") && !by_method {
        let op = text::to_str(d.machine(), &value.arg)?;
        return made(d, &op, &[value], value_pos.into());
    }
    let value = if exists_at_run_time(&value.arg) {
        value
    } else {
        let op = text::to_str(d.machine(), &value.arg)?;
        made(d, &op, &[value], value_pos.into())?
    };
    let format = library(d.machine(), "format")?;
    let ty = d.machine().type_of(&format);
    let ins = [Ev::blue(format, ty, value_pos), value, spec];
    let op = call::call(d.machine(), &infos(&ins), loc)?;
    made(d, &op, &ins, loc)
}

/// Whether an operand can be given to a function that runs later.
fn exists_at_run_time(arg: &Arg) -> bool {
    matches!(arg.value, None | Some(Value::Scalar(_) | Value::Struct(_)))
}

fn converted<'db, D: Domain<'db>>(
    d: &mut D,
    value: Ev<D::Red>,
    conversion: Conversion,
    loc: Loc,
) -> Result<Ev<D::Red>> {
    let op = match conversion {
        Conversion::None => return Ok(value),
        Conversion::Str => text::to_str(d.machine(), &value.arg)?,
        Conversion::Repr | Conversion::Ascii => text::to_repr(d.machine(), &value.arg)?,
    };
    let text = made(d, &op, &[value], loc)?;
    if conversion != Conversion::Ascii {
        return Ok(text);
    }
    let ascii = library(d.machine(), "_ascii")?;
    let ty = d.machine().type_of(&ascii);
    let ins = [Ev::blue(ascii, ty, loc), text];
    let op = call::call(d.machine(), &infos(&ins), loc)?;
    made(d, &op, &ins, loc)
}

/// The text that an operation of the library makes, at once if it can.
fn made<'db, D: Domain<'db>>(
    d: &mut D,
    op: &OpImpl,
    ins: &[Ev<D::Red>],
    loc: Loc,
) -> Result<Ev<D::Red>> {
    match text_now(d.machine(), op, ins, loc) {
        Some(text) => Ok(Ev::blue(text, ScalarTy::Str.into(), loc)),
        None => d.apply(op, ins, loc),
    }
}

/// The text that an operation makes of numbers and text that are known; `None` if it has to run later, to raise an
/// error then.
fn text_now<R>(m: &mut Machine<'_>, op: &OpImpl, ins: &[Ev<R>], loc: Loc) -> Option<Value> {
    let plain = |ev: &Ev<R>| match &ev.arg.value {
        Some(value @ (Value::Scalar(_) | Value::Func(_))) => {
            Some(Ev::blue(value.clone(), ev.arg.ty, ev.arg.loc))
        }
        _ => None,
    };
    let ins: Vec<Ev<Value>> = ins.iter().map(plain).collect::<Option<_>>()?;
    let index = m.frames.len().checked_sub(1)?;
    let mut run = Run::new(m, index);
    let text = run.apply(op, &ins, loc).and_then(|ev| lift(&mut run, &ev)).ok();
    text.filter(|text| text.as_str().is_some())
}

fn library(m: &mut Machine<'_>, name: &'static str) -> Result<Value> {
    let (module, name) = (Name::new_static("_format"), Name::new_static(name));
    match m.module_attr(&module, &name)? {
        Some(ModuleAttr::Value(value)) => Ok(value),
        _ => Err(SpyError::type_error("the standard library cannot format text")),
    }
}
