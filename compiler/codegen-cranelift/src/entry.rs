//! The C function `main` of a program.

use crate::code::CompiledFunction;
use crate::emitter::{CompileError, Emitter, Val, compile};
use crate::scope::Scope;
use crate::shape::{ADDRESS, exists};
use crate::target::Target;
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{
    AbiParam, BlockArg, InstBuilder, MemFlagsData, Signature, Value, types,
};
use spy_ir::{ArgvList, Entry, Fqn, Func, PosIdx, Type};

/// Its symbol.
pub const MAIN: &str = "main";

/// Compiles `main`: it starts the runtime, makes the list of arguments if the program wants it, and
/// calls the program.
///
/// # Errors
/// Cranelift fails.
pub fn compile_main(
    entry: &Entry,
    scope: &dyn Scope,
    target: &Target,
) -> Result<CompiledFunction, CompileError> {
    let mut own = Signature::new(target.isa.default_call_conv());
    own.params.extend([AbiParam::new(types::I32), AbiParam::new(ADDRESS)]);
    own.returns.push(AbiParam::new(types::I32));
    compile(&artificial(MAIN), MAIN, own, scope, target, |emitter| emitter.main(entry))
}

/// A function that the program does not have, without locals and positions of its own.
pub(crate) fn artificial(name: &str) -> Func {
    Func {
        fqn: Fqn::simple(name),
        locals: Vec::new(),
        param_count: 0,
        ret: Type::None,
        scratch: Vec::new(),
        body: Vec::new(),
        pos_count: 1,
        end_pos: PosIdx(0),
        track_caller: false,
    }
}

impl Emitter<'_> {
    fn main(&mut self, entry: &Entry) {
        let [argc, argv] = *self.entry_block() else {
            return;
        };
        let near = self.target.is_near_runtime();
        let mut begin = Signature::new(self.target.isa.default_call_conv());
        begin.params.extend([AbiParam::new(types::I32), AbiParam::new(ADDRESS)]);
        let begin = self.function("spy_main_begin", near, begin);
        self.b.ins().call(begin, &[argc, argv]);
        let list = entry.argv.as_ref().map(|list| (&list.ty, self.argv(list, argc, argv)));
        let (types, args): (Vec<&Type>, Vec<Val>) = list.into_iter().unzip();
        let ret = if entry.returns_status { Type::I32 } else { Type::None };
        let status = self.call_program(&entry.main, &types, &args, &ret);
        let status = match status.values() {
            [status] if exists(&ret) => *status,
            _ => self.b.ins().iconst(types::I32, 0),
        };
        let mut end = Signature::new(self.target.isa.default_call_conv());
        end.params.push(AbiParam::new(types::I32));
        end.returns.push(AbiParam::new(types::I32));
        let end = self.function("spy_main_end", near, end);
        let call = self.b.ins().call(end, &[status]);
        let result = self.b.inst_results(call).to_vec();
        self.b.ins().return_(&result);
    }

    /// Calls a function of the program. No position is to blame.
    pub(crate) fn call_program(
        &mut self,
        fqn: &Fqn,
        types: &[&Type],
        args: &[Val],
        ret: &Type,
    ) -> Val {
        let callee = self.scope.func(fqn);
        let pos = callee.track_caller.then(|| self.address_const(0));
        self.call_symbol(&callee.name, types, args, ret, pos)
    }

    /// The list of arguments.
    fn argv(&mut self, list: &ArgvList, argc: Value, argv: Value) -> Val {
        let first = self.call_program(&list.new, &[], &[], &list.ty);
        let (round, body, done) =
            (self.b.create_block(), self.b.create_block(), self.b.create_block());
        let index = self.b.append_block_param(round, types::I32);
        self.declare_local(&list.ty, Some(&first));
        let args = spy_ir::LocalId(0);
        let zero = self.b.ins().iconst(types::I32, 0);
        self.b.ins().jump(round, &[BlockArg::Value(zero)]);
        self.b.switch_to_block(round);
        let more = self.b.ins().icmp(IntCC::SignedLessThan, index, argc);
        self.b.ins().brif(more, body, &[], done, &[]);
        self.b.seal_block(body);
        self.b.switch_to_block(body);
        let wide = self.b.ins().sextend(types::I64, index);
        let offset = self.b.ins().ishl_imm_u(wide, 3);
        let place = self.b.ins().iadd(argv, offset);
        let word = self.b.ins().load(ADDRESS, MemFlagsData::trusted(), place, 0);
        let text =
            self.call_c("spy_str_from_cstr", &[(&Type::STR, &Val::one(word))], &Type::STR, None);
        let old = self.read_local(args);
        let longer = self.call_program(&list.push, &[&list.ty, &Type::STR], &[old, text], &list.ty);
        self.assign(args, &list.ty, &longer);
        let next = self.b.ins().iadd_imm_s(index, 1);
        self.b.ins().jump(round, &[BlockArg::Value(next)]);
        self.b.seal_block(round);
        self.b.seal_block(done);
        self.b.switch_to_block(done);
        self.read_local(args)
    }
}
