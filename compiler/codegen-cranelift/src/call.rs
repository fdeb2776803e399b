//! Calls of the program's functions and of the runtime's.

use crate::emitter::{Emitter, Val};
use crate::func::{returns_in_memory, signature};
use crate::shape::{ADDRESS, exists};
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{AbiParam, Inst, InstBuilder, Signature, Value, types};
use spy_ir::symbols::symbol;
use spy_ir::{Const, Expr, ExprKind, Fqn, Name, PosIdx, Scalar, ScalarTy, Type};

/// Machine parameters for a value that is passed to C, where narrow integers fill a register.
fn c_param(ty: &Type, param: AbiParam) -> AbiParam {
    match ty {
        Type::Scalar(ScalarTy::Bool | ScalarTy::U8) => param.uext(),
        Type::Scalar(ScalarTy::I8) => param.sext(),
        _ => param,
    }
}

impl Emitter<'_> {
    /// Values of operands, which are evaluated from left to right, each once.
    pub(crate) fn operands(&mut self, exprs: &[Expr]) -> Vec<Val> {
        // What comes after the last operand that does something cannot disturb anything.
        let is_plain = |expr: &Expr| matches!(expr.kind, ExprKind::Const(_) | ExprKind::Local(_));
        let quiet = exprs.iter().rposition(|expr| !is_plain(expr)).unwrap_or(0);
        let value = |(index, expr)| {
            if index < quiet { self.expr(expr) } else { self.borrow(expr) }
        };
        exprs.iter().enumerate().map(value).collect()
    }

    pub(crate) fn call_func(&mut self, expr: &Expr, fqn: &Fqn, args: &[Expr]) -> Val {
        let values = self.operands(args);
        // The operands may have come from other lines.
        self.source(expr.pos);
        let callee = self.scope.func(fqn);
        let pos = callee.track_caller.then(|| self.position(expr.pos));
        let types: Vec<&Type> = args.iter().map(|arg| &arg.ty).collect();
        self.call_symbol(&callee.name, &types, &values, &expr.ty, pos)
    }

    /// Calls a function of the program by symbol.
    pub(crate) fn call_symbol(
        &mut self,
        name: &str,
        types: &[&Type],
        args: &[Val],
        ret: &Type,
        pos: Option<Value>,
    ) -> Val {
        let types = types.iter().copied();
        let own = signature(&mut self.shapes, self.target, types, ret, pos.is_some());
        let function = self.function(name, true, own);
        self.finish_call(ret, args, pos, |emitter, all| emitter.b.ins().call(function, all))
    }

    /// Passes what a function of the program takes, and takes what it returns.
    fn finish_call(
        &mut self,
        ret: &Type,
        args: &[Val],
        pos: Option<Value>,
        call: impl FnOnce(&mut Self, &[Value]) -> Inst,
    ) -> Val {
        let result = self.shape(ret);
        let memory = returns_in_memory(&result).then(|| self.temp(result.size));
        let mut all: Vec<Value> = memory.into_iter().collect();
        all.extend(args.iter().flat_map(Val::values));
        all.extend(pos);
        let call = call(self, &all);
        match memory {
            Some(address) => self.load(&result, address),
            None => Val::Parts(self.b.inst_results(call).to_vec()),
        }
    }

    /// The address of a function.
    pub(crate) fn func_address(&mut self, fqn: &Fqn, ty: &Type) -> Val {
        let Type::Func(func) = ty else {
            return Val::nothing();
        };
        let own = signature(&mut self.shapes, self.target, &func.params, &func.ret, false);
        let name = self.scope.func(fqn).name;
        let function = self.function(&name, true, own);
        Val::one(self.b.ins().func_addr(ADDRESS, function))
    }

    /// A call of a function value, which is looked at when all arguments have been evaluated.
    pub(crate) fn call_value(&mut self, expr: &Expr, args: &[Expr]) -> Val {
        let values = self.operands(args);
        self.source(expr.pos);
        let (Some(Type::Func(func)), Some((callee, values))) =
            (args.first().map(|callee| &callee.ty), values.split_first())
        else {
            return Val::nothing();
        };
        let [callee] = callee.values() else {
            return Val::nothing();
        };
        let null = self.b.ins().icmp_imm_s(IntCC::Equal, *callee, 0);
        self.check(null, |emitter| {
            let pos = emitter.position(expr.pos);
            emitter.panic("PanicError", "cannot call NULL function", pos);
        });
        let own = signature(&mut self.shapes, self.target, &func.params, &func.ret, false);
        let own = self.b.import_signature(own);
        let callee = *callee;
        self.finish_call(&func.ret, values, None, |emitter, all| {
            emitter.b.ins().call_indirect(own, callee, all)
        })
    }

    /// Calls a C function with values of these types.
    pub(crate) fn call_c(
        &mut self,
        name: &str,
        args: &[(&Type, &Val)],
        ret: &Type,
        pos: Option<Value>,
    ) -> Val {
        let mut own = Signature::new(self.target.isa.default_call_conv());
        let mut all = Vec::new();
        for (ty, value) in args {
            let shape = self.shape(ty);
            own.params.extend(shape.parts().iter().map(|part| c_param(ty, AbiParam::new(part.ty))));
            all.extend(value.values());
        }
        if let Some(pos) = pos {
            own.params.push(AbiParam::new(ADDRESS));
            all.push(pos);
        }
        let result = self.shape(ret);
        // The runtime's only struct of two narrow integers comes in one register.
        let packed =
            matches!(ret, Type::Struct(_)) && result.size == 8 && result.parts().len() == 2;
        if packed {
            own.returns.push(AbiParam::new(types::I64));
        } else {
            own.returns.extend(result.parts().iter().map(|part| AbiParam::new(part.ty)));
        }
        let near = self.target.is_near_runtime();
        let function = self.function(name, near, own);
        let call = self.b.ins().call(function, &all);
        let results = self.b.inst_results(call).to_vec();
        match &*results {
            [both] if packed => {
                let high = self.b.ins().ushr_imm_u(*both, 32);
                let halves = [*both, high].map(|half| self.b.ins().ireduce(types::I32, half));
                Val::Parts(halves.to_vec())
            }
            _ => Val::Parts(results),
        }
    }

    /// Calls a C function with addresses and 64-bit numbers, for its effect.
    pub(crate) fn call_plain(&mut self, name: &str, args: &[Value]) {
        let mut own = Signature::new(self.target.isa.default_call_conv());
        own.params.extend(args.iter().map(|_| AbiParam::new(ADDRESS)));
        let near = self.target.is_near_runtime();
        let function = self.function(name, near, own);
        self.b.ins().call(function, args);
    }

    pub(crate) fn call_runtime(&mut self, expr: &Expr, name: &Name, args: &[Expr]) -> Val {
        let values = self.operands(args);
        if let (Some(machine), [value]) = (math_instruction(name), &*values) {
            let value = value.values()[0];
            return Val::one(match machine {
                Math::Sqrt => self.b.ins().sqrt(value),
                Math::Fabs => self.b.ins().fabs(value),
            });
        }
        self.source(expr.pos);
        let function = spy_prim::runtime::lookup(name);
        let can_panic = function.is_some_and(|function| function.can_panic);
        let pos = can_panic.then(|| self.position(expr.pos));
        let args: Vec<(&Type, &Val)> = args.iter().map(|arg| &arg.ty).zip(&values).collect();
        self.call_c(&symbol(&Fqn::simple(name)), &args, &expr.ty, pos)
    }

    /// `raise`: ends the program.
    pub(crate) fn raise(&mut self, expr: &Expr, etype: &str, args: &[Expr]) -> Val {
        self.panic_with(etype, args.first(), expr.pos);
        self.unreachable_from_here();
        if exists(&expr.ty) { self.zeros(&expr.ty) } else { Val::nothing() }
    }

    /// Ends the program with a message that is evaluated first, if there is one.
    pub(crate) fn panic_with(&mut self, etype: &str, msg: Option<&Expr>, pos: PosIdx) {
        let fixed = match msg.map(|msg| &msg.kind) {
            None => Some("assertion failed"),
            Some(ExprKind::Const(Const::Scalar(Scalar::Str(text)))) if !text.contains('\0') => {
                Some(&**text)
            }
            Some(_) => None,
        };
        if let Some(text) = fixed {
            let pos = self.position(pos);
            self.panic(etype, text, pos);
        } else if let Some(msg) = msg {
            let message = self.expr(msg);
            let etype = self.c_string(etype);
            let pos = self.position(pos);
            let message = message.values().first().copied().unwrap_or(etype);
            self.call_plain("spy_panic_str", &[etype, message, pos]);
        }
        self.trap();
    }

    /// Calls what ends the program with a message.
    pub(crate) fn panic(&mut self, etype: &str, message: &str, pos: Value) {
        let etype = self.c_string(etype);
        let message = self.c_string(message);
        self.call_plain("spy_panic_at", &[etype, message, pos]);
    }
}

/// Functions of the runtime that are one instruction.
enum Math {
    Sqrt,
    Fabs,
}

fn math_instruction(name: &str) -> Option<Math> {
    match name {
        "math::sqrt" => Some(Math::Sqrt),
        "math::fabs" => Some(Math::Fabs),
        _ => None,
    }
}
