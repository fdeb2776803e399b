//! Puts compiled functions and data into one of Cranelift's modules.

use crate::code::{CompiledFunction, Data, Reference};
use cranelift_codegen::ir::Signature;
use cranelift_module::{
    DataDescription, DataId, FuncId, Linkage, Module, ModuleError, ModuleReloc, ModuleRelocTarget,
};
use spy_text::HashMap;
use std::sync::Arc;

/// What belongs together: one object file, or everything that is loaded into memory.
#[derive(Clone, Default)]
pub struct Unit {
    /// Its functions, in order.
    pub functions: Vec<Arc<CompiledFunction>>,
    /// Its data besides that of the functions, in order.
    pub data: Vec<Data>,
    /// The symbols of functions that are visible outside of what it is linked into, besides [`crate::MAIN`].
    pub exported: Vec<String>,
}

/// Everything that failed where memory or objects are written.
#[derive(Debug)]
pub struct AssembleError(pub(crate) String);

impl std::fmt::Display for AssembleError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Cranelift cannot put the program together: {}", self.0)
    }
}

impl std::error::Error for AssembleError {}

impl From<ModuleError> for AssembleError {
    fn from(error: ModuleError) -> Self {
        Self(error.to_string())
    }
}

/// What a module calls the things in it.
#[derive(Default)]
pub(crate) struct Names<'u> {
    pub(crate) functions: HashMap<&'u str, FuncId>,
    pub(crate) data: HashMap<&'u str, DataId>,
    /// Functions that are defined elsewhere, in order of their first mention.
    pub(crate) imported: Vec<&'u str>,
    /// Data that is defined elsewhere.
    pub(crate) imported_data: Vec<&'u str>,
}

impl Unit {
    /// All data, writable data first.
    pub(crate) fn all_data(&self) -> Vec<&Data> {
        let own = self.functions.iter().filter_map(|function| function.data.as_ref());
        let mut all: Vec<&Data> = own.chain(&self.data).collect();
        all.sort_by_key(|data| !data.writable);
        all
    }

    /// Declares and defines everything in `module`.
    pub(crate) fn define<'u>(
        &'u self,
        module: &mut impl Module,
    ) -> Result<Names<'u>, AssembleError> {
        let names = self.declare(module)?;
        for data in self.all_data() {
            let description = describe(data, &names);
            module.define_data(names.data[data.symbol.as_str()], &description)?;
        }
        for function in &self.functions {
            let relocations: Vec<ModuleReloc> = function
                .relocations
                .iter()
                .filter_map(|relocation| {
                    let reference = function.references.get(relocation.target as usize)?;
                    Some(ModuleReloc {
                        offset: relocation.offset,
                        kind: relocation.kind,
                        name: names.target(reference)?,
                        addend: relocation.addend,
                    })
                })
                .collect();
            let id = names.functions[function.symbol.as_str()];
            module.define_function_bytes(id, function.align, &function.code, &relocations)?;
        }
        Ok(names)
    }

    fn declare<'u>(&'u self, module: &mut impl Module) -> Result<Names<'u>, AssembleError> {
        let mut names = Names::default();
        // Code has been made already, so nobody asks for signatures.
        let signature = Signature::new(module.isa().default_call_conv());
        for data in self.all_data() {
            let linkage = if data.exported { Linkage::Hidden } else { Linkage::Local };
            let id = module.declare_data(&data.symbol, linkage, data.writable, false)?;
            names.data.insert(&data.symbol, id);
        }
        for function in &self.functions {
            let is_visible =
                function.symbol == crate::MAIN || self.exported.contains(&function.symbol);
            let linkage = if is_visible { Linkage::Export } else { Linkage::Hidden };
            let id = module.declare_function(&function.symbol, linkage, &signature)?;
            names.functions.insert(&function.symbol, id);
        }
        let of_functions = self.functions.iter().flat_map(|function| &function.references);
        let pointers = self.all_data().into_iter().flat_map(|data| &data.pointers);
        for reference in of_functions.chain(pointers.map(|pointer| &pointer.target)) {
            match reference {
                Reference::Function(name) if !names.functions.contains_key(name.as_str()) => {
                    let id = module.declare_function(name, Linkage::Import, &signature)?;
                    names.functions.insert(name, id);
                    names.imported.push(name);
                }
                Reference::Data(name) if !names.data.contains_key(name.as_str()) => {
                    let id = module.declare_data(name, Linkage::Import, true, false)?;
                    names.data.insert(name, id);
                    names.imported_data.push(name);
                }
                _ => {}
            }
        }
        Ok(names)
    }
}

impl Names<'_> {
    fn target(&self, reference: &Reference) -> Option<ModuleRelocTarget> {
        Some(match reference {
            Reference::Function(name) => (*self.functions.get(name.as_str())?).into(),
            Reference::Data(name) => (*self.data.get(name.as_str())?).into(),
        })
    }
}

fn describe(data: &Data, names: &Names<'_>) -> DataDescription {
    let mut out = DataDescription::new();
    if data.writable && data.pointers.is_empty() && data.bytes.iter().all(|byte| *byte == 0) {
        out.define_zeroinit(data.bytes.len());
    } else {
        out.define(data.bytes.clone().into_boxed_slice());
    }
    out.set_align(data.align);
    let mut known = HashMap::default();
    for pointer in &data.pointers {
        let Some(target) = names.target(&pointer.target) else {
            continue;
        };
        if matches!(pointer.target, Reference::Function(_)) {
            let function = out.import_function(target);
            out.write_function_addr(pointer.offset, function);
        } else {
            let global =
                *known.entry(&pointer.target).or_insert_with(|| out.import_global_value(target));
            out.write_data_addr(pointer.offset, global, pointer.addend);
        }
    }
    out
}
