//! What compiled programs lack, and what is said about it.

use spy_eval::debug::{BREAKPOINT, not_here};
use spy_types::names::func_human;
use spy_types::{BuiltinTy, FuncId, FuncKey, Loc, SpyError, Ty, TyKey};

/// What is wrong with a call of a function that exists at compile time only, whose result is a `ret`.
pub(crate) fn at_compile_time_only(func: FuncId, ret: Ty, loc: Loc) -> Box<SpyError> {
    match func.get() {
        FuncKey::Runtime(name) if name == BREAKPOINT => not_here(loc),
        FuncKey::Runtime(_) if holds_anything(ret) => SpyError::type_error(
            "the items of a list, and the keys and values of a dict, have one type",
        )
        .error("these have several", loc),
        _ => SpyError::wip(format!("`{}` works at compile time only", func_human(func)))
            .error("this needs its value at compile time", loc),
    }
}

/// Whether a type is that of a display with items that have only in common that they are objects.
fn holds_anything(ty: Ty) -> bool {
    match ty.get() {
        TyKey::InterpList(item) => item.is(BuiltinTy::Object),
        TyKey::InterpDict(key, value) => key.is(BuiltinTy::Object) || value.is(BuiltinTy::Object),
        _ => false,
    }
}
