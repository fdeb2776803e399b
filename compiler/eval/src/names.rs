//! What names stand for, in any domain.

use crate::attr::ModuleAttr;
use crate::domain::{Domain, Ev};
use crate::sites::{Home, Known};
use spy_scope::{Storage, Symbol};
use spy_syntax::ast::{DefPath, Ident};
use spy_types::{
    BuiltinTy, Color, ExcTy, FrameKey, FrameKeyData, Loc, Name, Pos, Result, SpyError, Value,
};
use std::sync::Arc;

/// Reads the name at a node of the current frame.
///
/// # Errors
/// If it has no value.
pub fn eval_name_at<'db, D: Domain<'db>>(d: &mut D, name: &Name, pos: Pos) -> Result<Ev<D::Red>> {
    let loc = Loc::from(pos);
    let index = d.frame_index();
    let sites = d.machine().frames.get(index).and_then(|frame| frame.sites.clone());
    let Some(sites) = sites else { return eval_name(d, name, loc) };
    if let Some(Known { home, name: known }) = sites.name(pos.node) {
        let mut ev = match home {
            Home::Constant(value, ty) => Ev::blue(value, ty, loc),
            Home::Slot(slot) => read_slot(d, slot, name, loc)?,
        };
        ev.arg.name = Some(known);
        return Ok(ev);
    }
    let ev = eval_name(d, name, loc)?;
    let scope = d.machine().frame(index).scope.clone();
    let symbol = scope.symbols.get_full(name.as_str());
    let home = match (symbol, &ev.arg.value) {
        (Some((slot, _, symbol)), _)
            if symbol.impref().is_none()
                && symbol.level == 0
                && symbol.storage == Storage::Direct =>
        {
            Some(Home::Slot(slot))
        }
        (Some((_, _, symbol)), Some(value)) if symbol.storage == Storage::Direct => {
            Some(Home::Constant(value.clone(), ev.arg.ty))
        }
        _ => None,
    };
    if let (Some(home), Some(name)) = (home, &ev.arg.name) {
        sites.add_name(pos.node, Known { home, name: name.clone() });
    }
    Ok(ev)
}

/// Reads the local with this index.
fn read_slot<'db, D: Domain<'db>>(
    d: &mut D,
    slot: usize,
    name: &Name,
    loc: Loc,
) -> Result<Ev<D::Red>> {
    let index = d.frame_index();
    let Some(local) = &d.machine().frames[index].locals[slot] else {
        return Err(uninitialized(name, loc));
    };
    let ty = local.ty;
    if let (Color::Blue, Some(value)) = (local.color, &local.value) {
        return Ok(Ev::blue(value.clone(), ty, loc));
    }
    let red = d.read_slot(slot, name, loc)?;
    Ok(Ev::red(red, ty, loc))
}

fn eval_name<'db, D: Domain<'db>>(d: &mut D, name: &Name, loc: Loc) -> Result<Ev<D::Red>> {
    let index = d.frame_index();
    let scope = d.machine().frame(index).scope.clone();
    let Some(symbol) = scope.symbols.get(name) else {
        return Err(undefined(name, loc));
    };
    let mut ev = read_symbol(d, symbol, loc)?;
    ev.arg.name = Some(Arc::new((name.clone(), symbol_loc(d, symbol))));
    Ok(ev)
}

/// Where a symbol was defined.
fn symbol_loc<'db, D: Domain<'db>>(d: &mut D, symbol: &Symbol) -> Option<Loc> {
    let index = d.frame_index();
    let module = d.machine().frame(index).def.module.clone();
    node_loc(&module, symbol.loc()?)
}

/// A node of a module as a place.
#[must_use]
pub fn node_loc(module: &Name, node: &spy_syntax::ast::NodeRef) -> Option<Loc> {
    let def = spy_types::DefKey::new(spy_types::DefKeyData {
        module: module.clone(),
        path: node.def.clone(),
    });
    Some(Pos { def, node: node.node }.into())
}

/// A name that means nothing where it stands.
pub(crate) fn undefined(name: &Name, loc: Loc) -> Box<SpyError> {
    SpyError::new(ExcTy::NameError, format!("name `{name}` is not defined"))
        .error("not found in this scope", loc)
}

fn read_symbol<'db, D: Domain<'db>>(d: &mut D, symbol: &Symbol, loc: Loc) -> Result<Ev<D::Red>> {
    if symbol.storage == Storage::NameError {
        return Err(undefined(&symbol.name, loc));
    }
    if let Some(import) = symbol.impref() {
        let Some(attr) = &import.attr else {
            let value = Value::Module(import.module.clone());
            return Ok(Ev::blue(value, BuiltinTy::Module.into(), loc));
        };
        return match d.machine().module_attr(&import.module, attr)? {
            Some(ModuleAttr::Value(value)) => {
                let ty = d.machine().type_of(&value);
                Ok(Ev::blue(value, ty, loc))
            }
            // As in Python, the name stands for what the variable was when it was imported.
            Some(ModuleAttr::Cell(ty)) if d.reads_late(&import.module, ty) => {
                let (ty, red) = d.read_cell(&import.module, attr, loc)?;
                Ok(Ev::red(red, ty, loc))
            }
            Some(ModuleAttr::Cell(ty)) => match d.machine().first_value(&import.module, attr) {
                Some(value) => Ok(Ev::blue(value, ty, loc)),
                None => Err(uninitialized(&symbol.name, loc)),
            },
            None => Err(undefined(&symbol.name, loc)),
        };
    }
    match (symbol.storage, symbol.level) {
        (Storage::Cell, _) => {
            let index = d.frame_index();
            let module = d.machine().frame(index).def.module.clone();
            let (ty, red) = d.read_cell(&module, &symbol.name, loc)?;
            Ok(Ev::red(red, ty, loc))
        }
        (_, 0) => read_local(d, symbol, loc),
        _ => read_outer(d, symbol, loc),
    }
}

fn read_local<'db, D: Domain<'db>>(d: &mut D, symbol: &Symbol, loc: Loc) -> Result<Ev<D::Red>> {
    let index = d.frame_index();
    let Some(local) = d.machine().frame(index).local(&symbol.name).cloned() else {
        return Err(uninitialized(&symbol.name, loc));
    };
    match (local.color, local.value) {
        (Color::Blue, Some(value)) => Ok(Ev::blue(value, local.ty, loc)),
        _ => {
            let red = d.read_local(&symbol.name, loc)?;
            Ok(Ev::red(red, local.ty, loc))
        }
    }
}

/// The value of a red local of the current frame, which need not be one that its text declares.
///
/// # Errors
/// If it has none yet.
pub(crate) fn read_own<'db, D: Domain<'db>>(
    d: &mut D,
    name: &Name,
    loc: Loc,
) -> Result<Ev<D::Red>> {
    let index = d.frame_index();
    let Some(ty) = d.machine().frame(index).local(name).map(|local| local.ty) else {
        return Err(uninitialized(name, loc));
    };
    let red = d.read_local(name, loc)?;
    Ok(Ev::red(red, ty, loc))
}

/// A local that is read before it has a value.
#[must_use]
pub fn uninitialized(name: &Name, loc: Loc) -> Box<SpyError> {
    SpyError::new(ExcTy::Exception, "read from uninitialized local")
        .error(format!("`{}` has no value yet", spy_syntax::ast::written(name)), loc)
}

/// Checks the names of `global`. A function assigns variables of its module without being told to, so
/// there is nothing else to do.
///
/// # Errors
/// If one is not defined at the top level.
pub fn check_globals<'db, D: Domain<'db>>(d: &mut D, names: &[Ident]) -> Result<()> {
    for name in names {
        let index = d.frame_index();
        let symbol = d.machine().frame(index).scope.symbols.get(name.name.as_str()).cloned();
        let def = symbol.as_ref().and_then(Symbol::def);
        if symbol.as_ref().is_some_and(|symbol| symbol.level > 0)
            && def.is_some_and(DefPath::is_module)
        {
            continue;
        }
        let loc = crate::stmt::ident_loc(d, name);
        let message = format!("`{}` is not a variable of the module", name.name);
        let help = format!("declare it above the function: `var {}: T = ...`", name.name);
        return Err(SpyError::new(ExcTy::NameError, message).error("", loc).help(help));
    }
    Ok(())
}

fn read_outer<'db, D: Domain<'db>>(d: &mut D, symbol: &Symbol, loc: Loc) -> Result<Ev<D::Red>> {
    let index = d.frame_index();
    let frame = d.machine().frame(index);
    let (module, mut outer) = (frame.def.module.clone(), frame.outer);
    let target = symbol.def();
    let mut inner = None;
    while let Some(key) = outer {
        let def = crate::queries::frame_def(key);
        if def.is_some_and(|def| Some(&def.path) == target && def.module == module) {
            if let Some(inner) = inner
                && let Some(found) = crate::local_def::itself(d, inner, &symbol.name, loc)?
            {
                return Ok(found);
            }
            let local = d.machine().frame_local(key, &symbol.name);
            if let (FrameKeyData::Captured { .. }, Some(local)) = (key.get(), &local)
                && local.color == Color::Red
            {
                let red = d.read_local(&symbol.name, loc)?;
                return Ok(Ev::red(red, local.ty, loc));
            }
            if let Some(value) = local.and_then(|local| local.value) {
                let ty = d.machine().type_of(&value);
                return Ok(Ev::blue(value, ty, loc));
            }
            break;
        }
        inner = outer;
        outer = crate::queries::frame_outer(key);
    }
    let index = d.frame_index();
    let def = d.machine().frame(index).def;
    if let Some(error) = crate::lambda::captured(d.machine(), def, symbol, loc) {
        return Err(error);
    }
    Err(outer_missing(d, symbol, loc))
}

fn outer_missing<'db, D: Domain<'db>>(d: &mut D, symbol: &Symbol, loc: Loc) -> Box<SpyError> {
    let module = {
        let index = d.frame_index();
        d.machine().frame(index).def.module.clone()
    };
    // If the module itself failed, that is the reason worth reporting.
    let key = FrameKey::new(FrameKeyData::Module(module.clone()));
    let running = d.machine().frames.iter().any(|frame| frame.key == Some(key));
    if !running && let Err(error) = d.machine().module_ready(&module) {
        return error;
    }
    SpyError::new(ExcTy::NameError, format!("name `{}` is not defined yet", symbol.name))
        .error("used before its definition has been executed", loc)
}
