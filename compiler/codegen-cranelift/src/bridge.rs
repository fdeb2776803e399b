//! What C that knows a program by tables needs: functions that it can call without knowing their
//! types, and where the parts of values lie.

use crate::code::CompiledFunction;
use crate::emitter::{CompileError, Emitter, Val, compile};
use crate::entry::artificial;
use crate::scope::Scope;
use crate::shape::{ADDRESS, Shape, Shapes, exists};
use crate::target::Target;
use cranelift_codegen::ir::{AbiParam, InstBuilder, Signature};
use spy_ir::{Func, Type};

/// A part of a value. In bytes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Place {
    /// The name of the field.
    pub name: String,
    /// Where it begins.
    pub offset: u64,
    /// Its type.
    pub ty: Type,
}

/// How values of a type lie in memory. In bytes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Layout {
    /// As of C's `sizeof`.
    pub size: u64,
    /// Whether the collector has to look into it.
    pub scanned: bool,
    /// The fields of a struct.
    pub fields: Vec<Place>,
}

/// How values of a type lie in memory.
#[must_use]
pub fn layout(ty: &Type, scope: &dyn Scope, target: &Target) -> Layout {
    let shape = Shapes::new(scope, target.checked).of(ty);
    let names = match ty {
        Type::Struct(fqn) => scope.struct_def(fqn),
        _ => None,
    };
    let names = names.iter().flat_map(|def| &def.fields).map(|(name, _)| name.to_string());
    let field = |(name, field): (String, &crate::shape::Field)| {
        let (offset, ty) = (field.offset, field.ty.clone());
        Place { name, offset, ty }
    };
    let fields = names.zip(&shape.fields).map(field).collect();
    Layout { size: shape.size, scanned: shape.scanned, fields }
}

/// A C function `void f(char *values)` that calls a function of the program: it finds the arguments
/// in memory, and leaves the result there. Offsets and sizes in bytes.
#[derive(Clone, PartialEq, Debug)]
pub struct Bridge {
    /// Its code.
    pub code: CompiledFunction,
    /// Where the arguments lie.
    pub params: Vec<u64>,
    /// Where the result lies.
    pub result: u64,
    /// How long the memory is.
    pub size: u64,
}

/// Compiles the bridge to a function. No position is to blame for the call.
///
/// # Errors
/// Cranelift fails.
pub fn compile_bridge(
    symbol: &str,
    func: &Func,
    scope: &dyn Scope,
    target: &Target,
) -> Result<Bridge, CompileError> {
    let mut shapes = Shapes::new(scope, target.checked);
    let mut size = 0_u64;
    let mut place = |ty: &Type| {
        let shape = shapes.of(ty);
        let start = size.checked_next_multiple_of(shape.align).unwrap_or(u64::MAX);
        size = start.saturating_add(if exists(ty) { shape.size } else { 0 });
        start
    };
    let params: Vec<u64> = func.params().iter().map(|param| place(&param.ty)).collect();
    let result = place(&func.ret);
    let mut own = Signature::new(target.isa.default_call_conv());
    own.params.push(AbiParam::new(ADDRESS));
    let code = compile(&artificial(symbol), symbol, own, scope, target, |emitter| {
        emitter.bridge(func, &params, result);
    })?;
    Ok(Bridge { code, params, result, size })
}

/// Compiles a C function of `count` addresses that calls another one, with the address of a byte of
/// `data` before its arguments, and returns what that returns.
///
/// # Errors
/// Cranelift fails.
pub fn compile_forward(
    symbol: &str,
    callee: &str,
    data: (&str, u64),
    count: usize,
    scope: &dyn Scope,
    target: &Target,
) -> Result<CompiledFunction, CompileError> {
    let addresses = |count: usize| {
        let mut signature = Signature::new(target.isa.default_call_conv());
        signature.params = vec![AbiParam::new(ADDRESS); count];
        signature.returns = vec![AbiParam::new(ADDRESS)];
        signature
    };
    let (name, offset) = data;
    compile(&artificial(symbol), symbol, addresses(count), scope, target, |emitter| {
        let given = emitter.entry_block();
        let first = emitter.data_address(name, offset.cast_signed());
        let function = emitter.function(callee, true, addresses(count + 1));
        let all: Vec<_> = std::iter::once(first).chain(given).collect();
        let call = emitter.b.ins().call(function, &all);
        let result = emitter.b.inst_results(call).to_vec();
        emitter.b.ins().return_(&result);
    })
}

impl Emitter<'_> {
    fn bridge(&mut self, func: &Func, params: &[u64], result: u64) {
        let [values] = *self.entry_block() else {
            return;
        };
        let types: Vec<&Type> = func.params().iter().map(|param| &param.ty).collect();
        let args: Vec<Val> = types
            .iter()
            .zip(params)
            .map(|(ty, offset)| {
                let shape: std::rc::Rc<Shape> = self.shape(ty);
                let place = self.offset(values, *offset);
                self.load(&shape, place)
            })
            .collect();
        let value = self.call_program(&func.fqn, &types, &args, &func.ret);
        let shape = self.shape(&func.ret);
        let place = self.offset(values, result);
        self.store(&shape, &value, place);
        self.b.ins().return_(&[]);
    }
}
