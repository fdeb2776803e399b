//! The state of compiling one function.

use crate::code::{CompiledFunction, Line, Reference, Relocation};
use crate::literal::Literals;
use crate::scope::Scope;
use crate::shape::{ADDRESS, Shape, Shapes};
use crate::target::Target;
use crate::temps::Temps;
use cranelift_codegen::binemit::CodeOffset;
use cranelift_codegen::ir::{
    Block, ExtFuncData, ExternalName, FuncRef, Function, GlobalValue, GlobalValueData, InstBuilder,
    Signature, SourceLoc, StackSlot, TrapCode, UserExternalName, Value,
};
use cranelift_codegen::{Context, FinalizedRelocTarget};
use cranelift_frontend::{FunctionBuilder, FunctionBuilderContext, Variable};
use spy_ir::symbols::position_table;
use spy_ir::{Func, PosIdx};
use spy_text::{HashMap, IndexSet};
use std::rc::Rc;

/// Size of an entry of a position table, in bytes.
pub(crate) const POSITION_SIZE: i64 = 24;

/// What is never reached.
const UNREACHABLE: TrapCode = TrapCode::unwrap_user(1);

/// A SPy value while code for it is made.
#[derive(Clone, Debug)]
pub(crate) enum Val {
    /// One machine value for each part; none if values of the type do not exist.
    Parts(Vec<Value>),
    /// The address of a value that nobody changes before it is used.
    Memory(Value),
}

impl Val {
    pub(crate) fn nothing() -> Self {
        Self::Parts(Vec::new())
    }

    pub(crate) fn one(value: Value) -> Self {
        Self::Parts(vec![value])
    }

    /// The machine values that stand for it in calls.
    pub(crate) fn values(&self) -> &[Value] {
        match self {
            Self::Parts(parts) => parts,
            Self::Memory(address) => std::slice::from_ref(address),
        }
    }
}

/// Where a local is kept.
pub(crate) enum Place {
    /// In a variable for each part.
    Variables(Vec<Variable>),
    /// On the stack.
    Slot(StackSlot),
}

/// The loop around a statement.
#[derive(Clone, Copy)]
pub(crate) struct Loop {
    pub(crate) next_round: Block,
    pub(crate) exit: Block,
}

/// What the function was given besides its parameters.
#[derive(Clone, Copy, Default)]
pub(crate) struct Extra {
    /// The caller's position.
    pub(crate) pos: Option<Value>,
    /// Where the result goes, if not into registers.
    pub(crate) result: Option<Value>,
}

/// What code refers to.
pub(crate) struct Links {
    references: Vec<Reference>,
    numbers: HashMap<Reference, u32>,
    functions: HashMap<String, FuncRef>,
    addresses: HashMap<(u32, i64), GlobalValue>,
    pub(crate) literals: Literals,
    /// The symbol of the function's position table.
    positions: String,
    blamed: IndexSet<PosIdx>,
}

impl Links {
    fn new(symbol: &str, checked: bool) -> Self {
        Self {
            references: Vec::new(),
            numbers: HashMap::default(),
            functions: HashMap::default(),
            addresses: HashMap::default(),
            literals: Literals::new(symbol, checked),
            positions: position_table(symbol),
            blamed: IndexSet::default(),
        }
    }

    fn number(&mut self, reference: Reference) -> u32 {
        let next = u32::try_from(self.references.len()).unwrap_or(u32::MAX);
        *self.numbers.entry(reference).or_insert_with_key(|reference| {
            self.references.push(reference.clone());
            next
        })
    }
}

/// Compiles one function.
pub(crate) struct Emitter<'a> {
    pub(crate) b: FunctionBuilder<'a>,
    pub(crate) func: &'a Func,
    pub(crate) scope: &'a dyn Scope,
    pub(crate) target: &'a Target,
    pub(crate) shapes: Shapes<'a>,
    pub(crate) locals: Vec<Place>,
    pub(crate) links: Links,
    pub(crate) temps: Temps,
    /// The function's scratch memory, by number.
    pub(crate) scratch: Vec<StackSlot>,
    pub(crate) loops: Vec<Loop>,
    pub(crate) extra: Extra,
}

/// Why a function cannot be compiled.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CompileError {
    /// The function's name.
    pub function: String,
    /// What Cranelift says.
    pub reason: String,
}

impl std::fmt::Display for CompileError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Cranelift cannot compile `{}`: {}", self.function, self.reason)
    }
}

impl std::error::Error for CompileError {}

/// Compiles what `emit` writes into a function with this symbol and signature.
pub(crate) fn compile(
    func: &Func,
    symbol: &str,
    signature: Signature,
    scope: &dyn Scope,
    target: &Target,
    emit: impl FnOnce(&mut Emitter<'_>),
) -> Result<CompiledFunction, CompileError> {
    let mut context = Context::new();
    context.func.signature = signature;
    let mut builder_context = FunctionBuilderContext::new();
    let mut emitter = Emitter {
        b: FunctionBuilder::new(&mut context.func, &mut builder_context),
        func,
        scope,
        target,
        shapes: Shapes::new(scope, target.checked),
        locals: Vec::new(),
        links: Links::new(symbol, target.checked),
        temps: Temps::default(),
        scratch: Vec::new(),
        loops: Vec::new(),
        extra: Extra::default(),
    };
    emit(&mut emitter);
    let Emitter { mut b, links, .. } = emitter;
    b.seal_all_blocks();
    b.finalize(target.isa.frontend_config());
    let failed = |reason: String| CompileError { function: func.fqn.to_string(), reason };
    let compiled = context
        .compile(&*target.isa, &mut cranelift_codegen::control::ControlPlane::default())
        .map_err(|error| failed(error.inner.to_string()))?;
    let unwind =
        compiled.create_unwind_info(&*target.isa).map_err(|error| failed(error.to_string()))?;
    let buffer = &compiled.buffer;
    let mut out = CompiledFunction {
        symbol: symbol.to_owned(),
        code: buffer.data().to_vec(),
        align: u64::from(buffer.alignment.max(target.isa.function_alignment().preferred)),
        relocations: Vec::new(),
        references: Vec::new(),
        data: None,
        blamed: links.blamed.into_iter().map(|pos| pos.0).collect(),
        lines: lines(
            buffer.get_srclocs_sorted().iter().map(|line| (line.start, line.end, line.loc)),
        ),
        unwind: unwind.and_then(|info| crate::unwind::unwind(&info, target)),
    };
    let relocations = buffer.relocs().to_vec();
    out.relocations = relocations
        .iter()
        .map(|found| relocation(found, &context.func))
        .collect::<Result<_, _>>()
        .map_err(failed)?;
    out.data = links.literals.finish();
    out.references = links.references;
    Ok(out)
}

fn relocation(
    found: &cranelift_codegen::FinalizedMachReloc,
    func: &Function,
) -> Result<Relocation, String> {
    let FinalizedRelocTarget::ExternalName(ExternalName::User(name)) = &found.target else {
        return Err(format!("unexpected relocation {:?}", found.target));
    };
    let target = func.params.user_named_funcs()[*name].index;
    Ok(Relocation { offset: found.offset, kind: found.kind, target, addend: found.addend })
}

/// Ranges of code with their positions, as a list without gaps.
fn lines(ranges: impl Iterator<Item = (CodeOffset, CodeOffset, SourceLoc)>) -> Vec<Line> {
    let mut out: Vec<Line> = Vec::new();
    let mut end = 0;
    let mut push = |start, pos| {
        if out.last().is_none_or(|last| last.pos != pos) {
            out.push(Line { start, pos });
        }
    };
    for (start, stop, loc) in ranges {
        if start > end {
            push(end, None);
        }
        push(start, (!loc.is_default()).then(|| PosIdx(loc.bits())));
        end = stop;
    }
    out
}

impl Emitter<'_> {
    /// A function that code calls, by symbol. The signature is always the same for one symbol.
    pub(crate) fn function(&mut self, name: &str, near: bool, signature: Signature) -> FuncRef {
        if let Some(found) = self.links.functions.get(name) {
            return *found;
        }
        let index = self.links.number(Reference::Function(name.to_owned()));
        let user = UserExternalName { namespace: 0, index };
        let external = self.b.func.declare_imported_user_function(user);
        let signature = self.b.import_signature(signature);
        let data = ExtFuncData {
            name: ExternalName::user(external),
            signature,
            colocated: near,
            patchable: false,
        };
        let found = self.b.import_function(data);
        self.links.functions.insert(name.to_owned(), found);
        found
    }

    /// The address of a byte of the program's data.
    pub(crate) fn data_address(&mut self, name: &str, offset: i64) -> Value {
        self.address_of(Reference::Data(name.to_owned()), offset)
    }

    /// The address of a function, as that of data is.
    pub(crate) fn function_place(&mut self, name: &str) -> Value {
        self.address_of(Reference::Function(name.to_owned()), 0)
    }

    fn address_of(&mut self, target: Reference, offset: i64) -> Value {
        let index = self.links.number(target);
        let known = self.links.addresses.get(&(index, offset)).copied();
        let global = known.unwrap_or_else(|| {
            let user = UserExternalName { namespace: 0, index };
            let external = self.b.func.declare_imported_user_function(user);
            let global = self.b.create_global_value(GlobalValueData::Symbol {
                name: ExternalName::user(external),
                offset: offset.into(),
                colocated: true,
                tls: false,
            });
            self.links.addresses.insert((index, offset), global);
            global
        });
        self.b.ins().symbol_value(ADDRESS, global)
    }

    /// The address of a constant of this function.
    pub(crate) fn literal_address(&mut self, offset: i64) -> Value {
        let symbol = self.links.literals.symbol().to_owned();
        self.data_address(&symbol, offset)
    }

    /// The address of a C string.
    pub(crate) fn c_string(&mut self, text: &str) -> Value {
        let offset = self.links.literals.c_string(text.as_bytes());
        self.literal_address(offset)
    }

    /// The argument that tells a function which position to blame.
    pub(crate) fn position(&mut self, pos: PosIdx) -> Value {
        if let Some(caller) = self.extra.pos {
            return caller;
        }
        let (index, _) = self.links.blamed.insert_full(pos);
        let table = self.links.positions.clone();
        let entry = i64::try_from(index).unwrap_or(i64::MAX);
        self.data_address(&table, entry.saturating_mul(POSITION_SIZE))
    }

    /// The position for a check that only checked builds make.
    pub(crate) fn check_position(&mut self, pos: PosIdx) -> Value {
        if self.target.checked { self.position(pos) } else { self.address_const(0) }
    }

    /// A constant address or 64-bit integer.
    pub(crate) fn address_const(&mut self, value: i64) -> Value {
        self.b.ins().iconst(ADDRESS, value)
    }

    /// The shape of a type's values.
    pub(crate) fn shape(&mut self, ty: &spy_ir::Type) -> Rc<Shape> {
        self.shapes.of(ty)
    }

    /// Goes on in a new block that nothing jumps to, after something that does not return.
    pub(crate) fn unreachable_from_here(&mut self) {
        let block = self.b.create_block();
        self.b.switch_to_block(block);
        self.b.seal_block(block);
    }

    /// Ends a block that control never reaches the end of.
    pub(crate) fn trap(&mut self) {
        self.b.ins().trap(UNREACHABLE);
    }

    /// If `bad`, runs `fail`, which does not return.
    pub(crate) fn check(&mut self, bad: Value, fail: impl FnOnce(&mut Self)) {
        let (failed, fine) = (self.b.create_block(), self.b.create_block());
        self.b.set_cold_block(failed);
        self.b.ins().brif(bad, failed, &[], fine, &[]);
        self.b.seal_block(failed);
        self.b.seal_block(fine);
        self.b.switch_to_block(failed);
        fail(self);
        self.trap();
        self.b.switch_to_block(fine);
    }
}
