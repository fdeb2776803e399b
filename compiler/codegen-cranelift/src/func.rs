//! Whole functions: signature, parameters, body, end.

use crate::code::CompiledFunction;
use crate::emitter::{CompileError, Emitter, Val, compile};
use crate::scope::Scope;
use crate::shape::{ADDRESS, Shape, Shapes, exists};
use crate::target::Target;
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{AbiParam, InstBuilder, MemFlagsData, Signature, Value};
use spy_ir::{Fqn, Func, Type};

/// How many integers, and how many floats, a function can return in registers on every machine.
const RESULT_REGISTERS: usize = 2;

/// Where guests of other programs find the end of their stack.
const STACK_END: &str = "spy_stack_end";

/// Whether a result is written to memory whose address the caller passes first.
pub(crate) fn returns_in_memory(shape: &Shape) -> bool {
    let floats = shape.parts().iter().filter(|part| part.ty.is_float()).count();
    let integers = shape.parts().len() - floats;
    shape.in_memory() || floats > RESULT_REGISTERS || integers > RESULT_REGISTERS
}

/// The machine signature of a function of the program.
pub(crate) fn signature<'t>(
    shapes: &mut Shapes<'_>,
    target: &Target,
    params: impl IntoIterator<Item = &'t Type>,
    ret: &Type,
    track_caller: bool,
) -> Signature {
    let mut out = Signature::new(target.isa.default_call_conv());
    let result = shapes.of(ret);
    if returns_in_memory(&result) {
        out.params.push(AbiParam::new(ADDRESS));
    } else {
        out.returns.extend(result.parts().iter().map(|part| AbiParam::new(part.ty)));
    }
    for ty in params {
        let shape = shapes.of(ty);
        if shape.in_memory() {
            out.params.push(AbiParam::new(ADDRESS));
        }
        out.params.extend(shape.parts().iter().map(|part| AbiParam::new(part.ty)));
    }
    if track_caller {
        out.params.push(AbiParam::new(ADDRESS));
    }
    out
}

/// Compiles one function.
///
/// # Errors
/// It is too large for Cranelift.
pub fn compile_function(
    func: &Func,
    scope: &dyn Scope,
    target: &Target,
) -> Result<CompiledFunction, CompileError> {
    let symbol = scope.func(&func.fqn).name;
    let params = || func.params().iter().map(|param| &param.ty);
    let mut shapes = Shapes::new(scope, target.checked);
    let own = signature(&mut shapes, target, params(), &func.ret, func.track_caller);
    let mut fits = true;
    let out = compile(func, &symbol, own.clone(), scope, target, |emitter| {
        emitter.body();
        fits = !emitter.temps.is_too_large();
    })?;
    if fits {
        return Ok(out);
    }
    compile(func, &symbol, own, scope, target, |emitter| emitter.overflow())
}

impl Emitter<'_> {
    fn body(&mut self) {
        let func = self.func;
        self.begin();
        self.guard_stack();
        self.reserve_scratch();
        self.stmts(&func.body);
        if !self.b.is_unreachable() {
            self.fall_off();
        } else {
            self.trap();
        }
    }

    /// In guests of other programs, looks whether the stack is long enough for one more call.
    fn guard_stack(&mut self) {
        let is_library = |fqn: &Fqn| self.scope.func(fqn).track_caller;
        if !self.target.guards_stack() || !spy_ir::calls_others(self.func, &is_library) {
            return;
        }
        let limit = self.data_address(STACK_END, 0);
        let limit = self.b.ins().load(ADDRESS, MemFlagsData::trusted(), limit, 0);
        let here = self.b.ins().get_frame_pointer(ADDRESS);
        let low = self.b.ins().icmp(IntCC::UnsignedLessThan, here, limit);
        self.check(low, |emitter| {
            let pos = emitter.address_const(0);
            emitter.panic("PanicError", "stack overflow", pos);
        });
    }

    /// The entry block: parameters and locals.
    fn begin(&mut self) {
        let func = self.func;
        let mut values = self.entry_block().into_iter();
        let result = self.shape(&func.ret);
        if returns_in_memory(&result) {
            self.extra.result = values.next();
        }
        for (index, local) in func.locals.iter().enumerate() {
            if index >= func.param_count as usize {
                self.declare_local(&local.ty, None);
                continue;
            }
            let shape = self.shape(&local.ty);
            let value = match values.next() {
                Some(address) if shape.in_memory() => Val::Memory(address),
                first => {
                    let rest = shape.parts().len().saturating_sub(1);
                    match (first, shape.parts().is_empty()) {
                        (Some(first), false) => {
                            let mut parts = vec![first];
                            parts.extend(values.by_ref().take(rest));
                            Val::Parts(parts)
                        }
                        (first, _) => {
                            // Nothing was passed: what came next belongs to the next one.
                            values =
                                first.into_iter().chain(values).collect::<Vec<_>>().into_iter();
                            Val::nothing()
                        }
                    }
                }
            };
            self.declare_local(&local.ty, Some(&value));
        }
        if func.track_caller {
            self.extra.pos = values.next();
        }
    }

    /// Starts the function; returns what it was passed.
    pub(crate) fn entry_block(&mut self) -> Vec<Value> {
        let entry = self.b.create_block();
        self.b.append_block_params_for_function_params(entry);
        self.b.switch_to_block(entry);
        self.b.seal_block(entry);
        // Until then it counts as a block that nothing jumps to.
        self.b.ensure_inserted_block();
        self.b.block_params(entry).to_vec()
    }

    /// Returns a value.
    pub(crate) fn return_value(&mut self, ty: &Type, value: &Val) {
        let shape = self.shape(ty);
        match self.extra.result {
            Some(address) => {
                self.store(&shape, value, address);
                self.b.ins().return_(&[]);
            }
            None => {
                self.b.ins().return_(value.values());
            }
        }
    }

    /// Control reached the end.
    fn fall_off(&mut self) {
        let func = self.func;
        if !exists(&func.ret) {
            self.b.ins().return_(&[]);
            return;
        }
        let pos = self.position(func.end_pos);
        self.panic("TypeError", "reached the end of the function without a `return`", pos);
        self.trap();
    }

    /// In place of a function whose frame is larger than any stack: entering it ends the program.
    fn overflow(&mut self) {
        self.entry_block();
        let pos = self.address_const(0);
        self.panic("PanicError", "stack overflow", pos);
        self.trap();
    }
}
