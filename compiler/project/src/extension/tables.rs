//! What is linked to the objects of a program to make an extension of it without a C compiler: tables
//! for the converter, the functions that it calls, and the one that Python calls.

use crate::error::{EnvError, Failure};
use crate::machine::{self, ObjectFile};
use crate::session::Front;
use crate::settings::Settings;
use rayon::prelude::*;
use spy_codegen_c::Library;
use spy_codegen_cranelift::{
    CompileError, CompiledFunction, Data, Pointer, ProgramScope, Reference, Target, Unit,
    compile_bridge, compile_forward, layout, write_object,
};
use spy_codegen_py::tables::{
    Entry, Field, Frame, INIT, Layout, Program, TABLES, Tables, Target as Place, tables,
};
use spy_db::Db;
use spy_eval::spelling::Speller;
use spy_ir::{Fqn, Func, Type};
use spy_link::Profile;
use spy_package::python::Bindings;
use spy_text::HashMap;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The name of the object.
const OBJECT: &str = "spy:python";

/// How deep data of containers hang together: a value points to its data, and these to entries.
const DEPTH: u32 = 2;

/// The object with all of that.
///
/// # Errors
/// Cranelift fails.
pub(crate) fn object(
    db: &dyn Db,
    settings: &Settings,
    front: &Front,
    bindings: &Bindings,
    library: &Library,
    name: &str,
) -> Result<ObjectFile, Failure> {
    let target = machine::object_target(&settings.compile)?;
    let program = &front.built.program;
    let work = Work { scope: ProgramScope::new(program), target };
    let (frames, bridges) =
        work.bridges(front, library).map_err(|error| machine::failed(&error))?;
    let made = tables(&Program {
        bindings,
        layouts: &work.layouts(db, front),
        frames: &frames,
        simple: &super::simple::symbols(program, library, settings.release_gil),
        checked: settings.compile.profile == Profile::Debug,
        release_gil: settings.release_gil,
    });
    let made = made.ok_or_else(|| {
        Failure::Environment(EnvError::new("Cranelift does not know a type that Python is given"))
    })?;
    let unit = work.unit(made, bridges, name).map_err(|error| machine::failed(&error))?;
    let bytes = write_object(OBJECT, &unit, &[], &work.target);
    Ok(machine::object_file(OBJECT, bytes.map_err(|error| machine::failed(&error))?))
}

struct Work<'p> {
    scope: ProgramScope<'p>,
    target: Target,
}

/// The functions of a program as the converter calls them, by the symbols of the bindings, and their
/// code.
type Bridges = (BTreeMap<String, Frame>, Vec<Arc<CompiledFunction>>);

impl Work<'_> {
    fn bridges(&self, front: &Front, library: &Library) -> Result<Bridges, CompileError> {
        let funcs = front.built.program.modules.iter().flat_map(|module| &module.funcs);
        let funcs: HashMap<&Fqn, &Arc<Func>> = funcs.map(|func| (&func.fqn, func)).collect();
        let mut wanted: Vec<(&String, &Arc<Func>)> = library
            .names
            .iter()
            .filter_map(|(fqn, symbol)| Some((symbol, *funcs.get(fqn)?)))
            .collect();
        wanted.sort_by_key(|(symbol, _)| *symbol);
        let one = |(number, (symbol, func)): (usize, &(&String, &Arc<Func>))| {
            let own = format!("spy_python_run{number}");
            let made = compile_bridge(&own, func, &self.scope, &self.target)?;
            let (params, result, size) = (made.params, made.result, made.size);
            let frame = Frame { symbol: own, params, result, size };
            Ok(((*symbol).clone(), frame, Arc::new(made.code)))
        };
        let made: Vec<Result<_, CompileError>> = wanted.par_iter().enumerate().map(one).collect();
        let (mut frames, mut codes) = (BTreeMap::new(), Vec::new());
        for bridge in made {
            let (symbol, frame, code) = bridge?;
            frames.insert(symbol, frame);
            codes.push(code);
        }
        Ok((frames, codes))
    }

    /// How the structs of the program lie in memory, by the names of their layouts.
    fn layouts(&self, db: &dyn Db, front: &Front) -> BTreeMap<String, Layout> {
        let mut speller = Speller::new(db, front.loaded.project);
        let mut found = BTreeMap::new();
        for def in &front.built.program.structs {
            let own = Type::Struct(def.fqn.clone());
            let ty = front.built.types.get(&own).copied();
            if let Some(name) = ty.and_then(|ty| speller.ty(ty)) {
                found.insert(name, self.layout(&own, DEPTH));
            }
        }
        found
    }

    /// How a struct lies in memory, and what it points to.
    fn layout(&self, ty: &Type, depth: u32) -> Layout {
        let found = layout(ty, &self.scope, &self.target);
        let field = |place: spy_codegen_cranelift::Place| {
            let target = match &place.ty {
                Type::Ptr(_, item) if depth > 0 && matches!(**item, Type::Struct(_)) => {
                    Some(self.layout(item, depth - 1))
                }
                _ => None,
            };
            Field { name: place.name, offset: place.offset, target }
        };
        let fields = found.fields.into_iter().map(field).collect();
        Layout { size: found.size, scanned: found.scanned, fields }
    }

    /// The tables with all functions that are not the program's own.
    fn unit(
        &self,
        made: Tables,
        bridges: Vec<Arc<CompiledFunction>>,
        name: &str,
    ) -> Result<Unit, CompileError> {
        let Tables { bytes, pointers, start, entries } = made;
        let entry = spy_codegen_py::entry(name);
        let first = Entry { symbol: entry.clone(), callee: INIT, place: start, count: 0 };
        let entries: Vec<Entry> = entries.into_iter().chain([first]).collect();
        let forward = |Entry { symbol, callee, place, count }: &Entry| {
            let place = (TABLES, *place);
            let code = compile_forward(symbol, callee, place, *count, &self.scope, &self.target);
            code.map(Arc::new)
        };
        let codes: Vec<Result<_, CompileError>> = entries.par_iter().map(forward).collect();
        let mut functions = bridges;
        for code in codes {
            functions.push(code?);
        }
        let pointer = |pointer: spy_codegen_py::tables::Pointer| {
            let (target, addend) = match pointer.target {
                Place::Own(place) => (Reference::Data(TABLES.to_owned()), place.cast_signed()),
                Place::Function(symbol) => (Reference::Function(symbol), 0),
            };
            Pointer { offset: u32::try_from(pointer.offset).unwrap_or(u32::MAX), target, addend }
        };
        let data = Data {
            symbol: TABLES.to_owned(),
            exported: true,
            writable: true,
            align: 16,
            bytes,
            pointers: pointers.into_iter().map(pointer).collect(),
        };
        Ok(Unit { functions, data: vec![data], exported: vec![entry] })
    }
}
