//! Calls of packages that were compiled ahead of time.
//!
//! An evaluation that calls such a function loads the packages into a memory of its own ([`Compiled`]),
//! so that what it does stays its own business, as with any evaluation; a program that is being run
//! loads them once. [`mirror`] takes values there and back, [`layout`] says how they lie there.
//!
//! [`Compiled`]: spy_db::Compiled

mod borrowed;
mod layout;
mod mirror;

use crate::machine::{Machine, deep};
use crate::queries::Output;
use layout::Leaf;
use mirror::Mirror;
use spy_db::compiled::{NotLoaded, Stop, Word};
use spy_syntax::ast::Stmt;
use spy_text::Name;
use spy_types::{
    BuiltinTy, ExcTy, FrameKey, FrameKeyData, FuncId, FuncKey, Result, ScalarTy, SpyError, Ty,
    TyKey, Value,
};

/// Instructions of compiled code that count as one step of the evaluator.
const INSTRUCTIONS: u64 = 16;

/// The packages of a machine that has called one.
pub(crate) struct Packages(Mirror);

/// Something that works in source only.
fn needs_source(message: impl Into<String>) -> Box<SpyError> {
    SpyError::wip(message).help("install a wheel of the package that has its source")
}

/// What keeps packages from being used.
fn not_loaded(why: NotLoaded) -> Box<SpyError> {
    let error = SpyError::new(ExcTy::ImportError, why.message);
    match why.help {
        Some(help) => error.help(help),
        None => error,
    }
}

impl Machine<'_> {
    /// The symbol of a function that was compiled ahead of time: the first line of its docstring.
    pub fn declared_symbol(&mut self, func: FuncId) -> Option<String> {
        let FuncKey::Def { def, .. } = func.get() else { return None };
        if !spy_db::is_interface(self.db, self.project, &def.module) {
            return None;
        }
        let container = self.func_sig(func)?.container;
        let body = spy_db::def_body(self.db, self.project, container)?;
        let docstring = body.stmts.iter().find_map(|stmt| match stmt {
            Stmt::FuncDef(found) if found.body == def.path => found.docstring.clone(),
            _ => None,
        });
        docstring?.lines().next().map(str::to_owned)
    }

    /// Calls a function that was compiled ahead of time, in a module that declares it.
    ///
    /// # Errors
    /// What it raises; or it cannot be called here.
    pub fn call_declared(&mut self, func: FuncId, args: &[Value]) -> Result<Value> {
        let symbol = self.declared_symbol(func).ok_or_else(|| needs_source("it has no symbol"))?;
        let FuncKey::Def { def, .. } = func.get() else {
            return Err(needs_source("it is not a function"));
        };
        let sig = self.func_sig(func).ok_or_else(|| needs_source("it has no signature"))?;
        let params: Vec<Ty> = sig.params.iter().map(|param| param.ty).collect();
        self.call_compiled(&def.module, &symbol, &params, sig.ret, args)
    }

    /// Calls a compiled function by its symbol; `module` declares it.
    ///
    /// # Errors
    /// As for [`Machine::call_declared`].
    pub fn call_compiled(
        &mut self,
        module: &Name,
        symbol: &str,
        params: &[Ty],
        ret: Ty,
        args: &[Value],
    ) -> Result<Value> {
        self.with_packages(module, |m, packages| {
            packages.call(m, module, symbol, params, ret, args)
        })
    }

    /// The value of a variable of a module that declares it.
    ///
    /// # Errors
    /// It cannot be read here.
    pub fn declared_variable(&mut self, module: &Name, name: &Name, ty: Ty) -> Result<Value> {
        let symbol = variable_symbol(module, name);
        self.with_packages(module, |m, packages| packages.get(m, &symbol, ty))
    }

    /// Assigns such a variable.
    ///
    /// # Errors
    /// It cannot be assigned here.
    pub fn set_declared_variable(
        &mut self,
        module: &Name,
        name: &Name,
        ty: Ty,
        value: &Value,
    ) -> Result<()> {
        let symbol = variable_symbol(module, name);
        self.with_packages(module, |m, packages| packages.set(m, &symbol, ty, value))
    }

    /// Does something with the packages, which are loaded if they are not yet.
    fn with_packages<T>(
        &mut self,
        module: &Name,
        work: impl FnOnce(&mut Self, &mut Packages) -> Result<T>,
    ) -> Result<T> {
        // The text of the module changes when its code does: then this must run again.
        if let Some(file) = spy_db::module_file(self.db, self.project, module) {
            let _ = file.text(self.db);
        }
        let mut packages = match self.packages.take() {
            Some(packages) => packages,
            None => self.load_packages(module)?,
        };
        let done = work(self, &mut packages);
        self.packages = Some(packages);
        done
    }

    fn load_packages(&mut self, module: &Name) -> Result<Box<Packages>> {
        let Some(compiled) = self.db.compiled() else {
            let message = format!("`{module}` was compiled ahead of time, and is not loaded here");
            return Err(needs_source(message));
        };
        let fuel = self.world.is_none().then(|| self.fuel_left().saturating_mul(INSTRUCTIONS));
        // Who waits for this result may not want it any more.
        let waits = || self.db.unwind_if_revision_cancelled();
        let code = compiled.start(self.world.is_some(), fuel, &waits).map_err(not_loaded)?;
        Ok(Box::new(Packages(Mirror::new(code))))
    }

    /// Whether a module only declares what was compiled.
    pub fn declares(&self, module: &Name) -> bool {
        spy_db::is_interface(self.db, self.project, module)
    }

    /// The module of a frame, if it is the top level of one that only declares.
    pub(crate) fn declaring_module(&self, key: FrameKey) -> Option<&'static Name> {
        match key.get() {
            FrameKeyData::Module(module) if self.declares(module) => Some(module),
            _ => None,
        }
    }
}

/// Whether the value of a declared variable may be none: what no text can say was left out, and is
/// zero then.
pub(crate) fn may_lack_value(ty: Ty, value: &Value) -> bool {
    match ty.scalar() {
        None | Some(ScalarTy::Bytes | ScalarTy::Complex128) => true,
        Some(ScalarTy::F32 | ScalarTy::F64) => Value::zero(ty).as_ref() == Some(value),
        Some(_) => false,
    }
}

/// Whether values of a type hold addresses.
fn has_pointers(m: &mut Machine<'_>, ty: Ty) -> bool {
    match ty.get() {
        TyKey::Ptr(..) | TyKey::Ref(..) | TyKey::Builtin(BuiltinTy::RawBuffer) => true,
        TyKey::Struct { .. } => {
            let fields = m.struct_fields(ty).unwrap_or_default();
            fields.iter().any(|(_, field)| deep(|| has_pointers(m, *field)))
        }
        _ => false,
    }
}

fn variable_symbol(module: &Name, name: &Name) -> String {
    spy_ir::symbols::symbol(&spy_types::names::cell_fqn(module, name))
}

impl Packages {
    fn call(
        &mut self,
        m: &mut Machine<'_>,
        module: &Name,
        symbol: &str,
        params: &[Ty],
        ret: Ty,
        args: &[Value],
    ) -> Result<Value> {
        let mirror = &mut self.0;
        mirror.agree(m, ret)?;
        let mut words = Vec::new();
        for (ty, value) in params.iter().zip(args) {
            let mut image = vec![0; mirror.layouts.of(m, *ty)?.0 as usize];
            mirror.encode(m, *ty, value, &mut image)?;
            let mut leaves = Vec::new();
            mirror.layouts.leaves(m, *ty, 0, &mut leaves)?;
            words.extend(leaves.into_iter().map(|(at, leaf)| word_at(&image, at, leaf)));
        }
        mirror.push(m)?;
        let before = m.world.is_none().then(|| mirror.code.variables());
        let called = mirror.code.call(symbol, &words);
        self.after(m)?;
        let mirror = &mut self.0;
        let results = called.map_err(|stop| stopped(module, stop))?;
        if let Some(before) = before {
            unchanged(&before, &mirror.code.variables())?;
        }
        let mut image = vec![0; mirror.layouts.of(m, ret)?.0 as usize];
        let mut leaves = Vec::new();
        mirror.layouts.leaves(m, ret, 0, &mut leaves)?;
        for ((at, leaf), word) in leaves.into_iter().zip(results) {
            set_word(&mut image, at, leaf, word);
        }
        mirror.pull(m)?;
        let value = mirror.decode(m, ret, &image)?;
        mirror.fill(m)?;
        Ok(value)
    }

    /// Passes on what was printed, and counts the steps.
    fn after(&mut self, m: &mut Machine<'_>) -> Result<()> {
        let printed = self.0.code.take_output();
        if !printed.is_empty() {
            let text = String::from_utf8_lossy(&printed).into_owned();
            match &mut m.world {
                Some(world) => world.write(&text)?,
                None => m.output.push(Output::Text(text)),
            }
        }
        if m.world.is_none() {
            m.limit_fuel(self.0.code.fuel() / INSTRUCTIONS);
        }
        Ok(())
    }

    fn get(&mut self, m: &mut Machine<'_>, symbol: &str, ty: Ty) -> Result<Value> {
        let mirror = &mut self.0;
        let size = mirror.layouts.of(m, ty)?.0;
        let at = mirror.code.address(symbol).ok_or_else(|| not_there(symbol))?;
        let image = mirror.code.read(at, size).ok_or_else(|| not_there(symbol))?.to_vec();
        let value = mirror.decode(m, ty, &image)?;
        mirror.fill(m)?;
        Ok(value)
    }

    fn set(&mut self, m: &mut Machine<'_>, symbol: &str, ty: Ty, value: &Value) -> Result<()> {
        let mirror = &mut self.0;
        let mut image = vec![0; mirror.layouts.of(m, ty)?.0 as usize];
        mirror.encode(m, ty, value, &mut image)?;
        let at = mirror.code.address(symbol).ok_or_else(|| not_there(symbol))?;
        mirror.code.write(at, &image).ok_or_else(|| not_there(symbol))
    }
}

fn not_there(symbol: &str) -> Box<SpyError> {
    needs_source(format!("the compiled package does not offer `{symbol}`"))
}

/// At compile time, modules that have been executed do not change.
fn unchanged(before: &[(String, Vec<u8>)], after: &[(String, Vec<u8>)]) -> Result<()> {
    match before.iter().zip(after).find(|(before, after)| before != after) {
        None => Ok(()),
        Some(((name, _), _)) => Err(SpyError::type_error(format!(
            "cannot assign the module variable `{name}` at compile time: its module has been executed"
        ))),
    }
}

fn stopped(module: &Name, stop: Stop) -> Box<SpyError> {
    match stop {
        Stop::Panic { etype, message, place } => {
            let etype = ExcTy::from_name(&etype).unwrap_or(ExcTy::Exception);
            SpyError::new(etype, message).help(format!("it was raised at {place}"))
        }
        Stop::Fuel => SpyError::new(ExcTy::StaticError, "compile-time evaluation takes too long")
            .help("give it more steps with `--blue-fuel N`, or compute less at compile time"),
        Stop::Stack => SpyError::new(ExcTy::PanicError, "stack overflow"),
        Stop::Broken(what) => SpyError::new(
            ExcTy::PanicError,
            format!("the compiled code of `{module}` failed: {what}"),
        ),
    }
}

/// The number at an offset of a value's bytes.
fn word_at(image: &[u8], at: usize, leaf: Leaf) -> Word {
    let mut bytes = [0; 8];
    let part = image.get(at..at + leaf.size()).unwrap_or_default();
    bytes[..part.len()].copy_from_slice(part);
    let wide = u64::from_le_bytes(bytes);
    let low = u32::try_from(wide & 0xffff_ffff).unwrap_or(0);
    match leaf {
        Leaf::U8 | Leaf::I32 => Word::I32(low),
        Leaf::I8 => Word::I32(i32::from(bytes[0].cast_signed()).cast_unsigned()),
        Leaf::I64 => Word::I64(wide),
        Leaf::F32 => Word::F32(f32::from_bits(low)),
        Leaf::F64 => Word::F64(f64::from_bits(wide)),
    }
}

fn set_word(image: &mut [u8], at: usize, leaf: Leaf, word: Word) {
    let wide = match word {
        Word::I32(value) => u64::from(value),
        Word::I64(value) => value,
        Word::F32(value) => u64::from(value.to_bits()),
        Word::F64(value) => value.to_bits(),
    };
    if let Some(part) = image.get_mut(at..at + leaf.size()) {
        let size = part.len();
        part.copy_from_slice(&wide.to_le_bytes()[..size]);
    }
}
