//! How a program starts: the signature of `main`, its arguments, and running it interpreted.

use crate::diagnose;
use crate::program::import_order;
use spy_db::{Db, Project};
use spy_diagnostics::{Diagnostic, Severity};
use spy_eval::{Debugger, Machine};
use spy_syntax::ast::{Color, Node};
use spy_types::{
    BuiltinTy, FrameKey, FrameKeyData, FuncId, Loc, Name, Pos, ScalarTy, SpyError, Ty, Value,
};
use std::rc::Rc;

pub(crate) fn list_of_str(machine: &mut Machine<'_>) -> Option<Ty> {
    let args = vec![Value::Type(ScalarTy::Str.into())];
    match machine.call_library("_list", "list", args) {
        Ok(Value::Type(ty)) => Some(ty),
        _ => None,
    }
}

/// Checks the signature of `main`; whether it takes the arguments.
///
/// # Errors
/// `` `main` has the wrong signature``.
pub fn check_main(machine: &mut Machine<'_>, main: FuncId) -> spy_types::Result<bool> {
    let wrong = || SpyError::type_error("`main` has the wrong signature");
    let Some(sig) = machine.func_sig(main) else { return Err(wrong()) };
    if sig.color != Color::Red {
        return Err(wrong().error("`main` must not be @blue", sig.prototype_pos()));
    }
    let takes_argv = match sig.params.as_slice() {
        [] => false,
        [param] if !param.varargs && Some(param.ty) == list_of_str(machine) => true,
        params => {
            let mark =
                |param: &spy_eval::Param| Pos { def: sig.container, node: Node::Mark(param.mark) };
            let (Some(first), Some(last)) = (params.first(), params.last()) else {
                return Err(wrong());
            };
            let range = Loc { start: mark(first), end: mark(last) };
            return Err(wrong().error("parameters must be `main(argv: list[str])`", range));
        }
    };
    let valid = sig.ret.is(BuiltinTy::NoneType) || sig.ret.scalar() == Some(ScalarTy::I32);
    if !valid {
        let pos = Pos { def: sig.container, node: Node::Expr(sig.ret_expr) };
        return Err(wrong().error("the only valid return types are `None`, `int` and `i32`", pos));
    }
    Ok(takes_argv)
}

/// Runs a program in the interpreter, from its source, with real input and output. The result is
/// its exit status. The debugger is there for `breakpoint()`, and for an error that ends the program.
///
/// # Errors
/// What is wrong with it, or what it raises.
pub fn run_interp<'db>(
    db: &'db dyn Db,
    project: Project,
    root: &Name,
    argv: &[String],
    world: Box<dyn spy_eval::World + 'db>,
    debugger: Option<Rc<dyn Debugger + 'db>>,
) -> Result<i32, Vec<Diagnostic>> {
    let order = import_order(db, project, root)?;
    let mut machine = Machine::new(db, project);
    machine.world = Some(world);
    machine.debugger.clone_from(&debugger);
    let looking_back = debugger.filter(|debugger| debugger.looks_back());
    if looking_back.is_some() {
        machine.keep_fallen();
    }
    let result =
        run_modules(&mut machine, &order).and_then(|()| call_main(&mut machine, root, argv));
    if let (Err(error), Some(debugger)) = (&result, looking_back) {
        machine.raise_fallen(error);
        debugger.post_mortem(&mut machine, error);
    }
    result.map_err(|error| vec![diagnose::diagnostic(db, project, &error, Severity::Error)])
}

/// Runs the top levels of modules, as far as they show: prints what they print.
fn run_modules(machine: &mut Machine<'_>, order: &[Name]) -> spy_types::Result<()> {
    let (db, project) = (machine.db, machine.project);
    for module in order {
        let image = spy_eval::module_image(db, project, module.clone());
        machine.replay(&image.output)?;
        if let Err(error) = &image.result {
            machine.fail_again_in(module);
            return Err(error.clone());
        }
    }
    Ok(())
}

fn call_main(machine: &mut Machine<'_>, root: &Name, argv: &[String]) -> spy_types::Result<i32> {
    let frame = FrameKey::new(FrameKeyData::Module(root.clone()));
    let value = machine.frame_local(frame, &Name::new_static("main"));
    let Some(Value::Func(main)) = value.and_then(|local| local.value) else {
        return Err(SpyError::new(spy_types::ExcTy::ImportError, "Cannot find function main()"));
    };
    let takes_argv = check_main(machine, main)?;
    let Some(sig) = machine.func_sig(main) else { return Ok(0) };
    let loc = Loc::from(sig.prototype_pos());
    let mut args = Vec::new();
    if takes_argv {
        args.push(argv_value(machine, argv, loc)?);
    }
    Ok(machine.call(main, args, loc)?.as_i32().unwrap_or(0))
}

fn argv_value(machine: &mut Machine<'_>, argv: &[String], loc: Loc) -> spy_types::Result<Value> {
    let broken = || SpyError::type_error("the standard library's lists are broken");
    let ty = list_of_str(machine).ok_or_else(broken)?;
    let new = machine.sibling(ty, "new")?.ok_or_else(broken)?;
    let Some(Value::Func(push)) = machine.lookup(ty, "_push")? else { return Err(broken()) };
    let mut list = machine.call(new, Vec::new(), loc)?;
    for arg in argv {
        list = machine.call(push, vec![list, Value::str(arg.as_str())], loc)?;
    }
    Ok(list)
}
