//! `interface.json`: what a library offers, for tools and for other compilers.
//!
//! The format is described by `interface.schema.json`. It is the same for the same program, target
//! and compiler version: modules, functions and structs stand in the program's order.

use crate::session::Front;
use crate::settings::Settings;
use serde_json::Value as Json;
use spy_codegen_c::{CUnit, Library, ProgramScope};
use spy_db::{Db, Project};
use spy_eval::Machine;
use spy_ir::{Fqn, Func, Module, ScalarTy, Type};
use spy_link::Profile;
use spy_package::interface::{
    Export, Field, Function, Interface, ModuleEntry, Parameter, Role, SCHEMA, StructEntry, Target,
    layout_hash,
};
use spy_syntax::ast::Stmt;
use spy_text::HashMap;
use spy_text::Name;
use spy_types::names::func_fqn;
use spy_types::{Color, FrameKey, FrameKeyData, FuncId, FuncKey, Scalar, Value};
use std::collections::BTreeSet;
use std::fmt::Write;

/// The description as JSON text.
pub(crate) fn describe(
    db: &dyn Db,
    settings: &Settings,
    front: &Front,
    own: &BTreeSet<Name>,
    library: &Library,
) -> String {
    let mut writer = Writer {
        db,
        front,
        library,
        machine: Machine::new(db, front.loaded.project),
        layouts: Layouts::new(front, settings),
        functions: front.built.funcs.iter().map(|func| (func_fqn(*func), *func)).collect(),
    };
    let program = &front.built.program;
    let modules = program.modules.iter().filter(|module| own.contains(&module.name));
    let modules = modules.map(|module| writer.module(module)).collect();
    let structs = writer.structs();
    let interface = Interface {
        schema: SCHEMA,
        package: front.loaded.root.to_string(),
        version: None,
        compiler: format!("spy {}", env!("CARGO_PKG_VERSION")),
        abi: spy_runtime_embed::ABI.to_string(),
        target: target(settings),
        modules,
        structs,
        prebuilt: Vec::new(),
        imports: Vec::new(),
        python: None,
    };
    interface.to_text()
}

/// A C file that puts the description into the custom section `spy.interface`.
pub(crate) fn section(description: &str) -> CUnit {
    let mut text =
        String::from("__asm__(\".section .custom_section.spy.interface,\\\"\\\",@\\n\"\n");
    for chunk in description.as_bytes().chunks(64) {
        text.push_str("    \".byte ");
        for (index, byte) in chunk.iter().enumerate() {
            let _ = write!(text, "{}{byte}", if index == 0 { "" } else { "," });
        }
        text.push_str("\\n\"\n");
    }
    text.push_str(");\n");
    CUnit { name: "spy_interface.c".to_owned(), text }
}

struct Writer<'f> {
    db: &'f dyn Db,
    front: &'f Front,
    library: &'f Library,
    machine: Machine<'f>,
    layouts: Layouts<'f>,
    /// The instance behind each function of the program.
    functions: HashMap<Fqn, FuncId>,
}

impl Writer<'_> {
    fn module(&mut self, module: &Module) -> ModuleEntry {
        let project = self.front.loaded.project;
        let file = spy_db::module_file(self.db, project, &module.name);
        let doc = file.and_then(|file| spy_db::parse(self.db, file).docstring.clone());
        let mut exports: Vec<Export> = Vec::new();
        for func in &module.funcs {
            exports.extend(self.function(func));
        }
        let scope = ProgramScope::new(&self.front.built.program);
        for cell in &module.cells {
            let value = self.machine.first_value(&module.name, &cell.fqn.last().name);
            exports.push(Export::Variable {
                fqn: cell.fqn.full().to_owned(),
                symbol: scope.name(&cell.fqn),
                ty: self.type_name(&cell.ty),
                value: value.as_ref().and_then(constant),
            });
        }
        exports.extend(self.constants(&module.name));
        ModuleEntry {
            name: module.name.to_string(),
            doc: doc.as_deref().map(str::to_owned),
            exports,
            generics: None,
        }
    }

    fn function(&mut self, func: &Func) -> Option<Export> {
        let symbol = self.library.names.get(&func.fqn)?.clone();
        let id = self.functions.get(&func.fqn).copied();
        let project = self.front.loaded.project;
        let sig = id.and_then(|id| self.machine.func_sig(id));
        let default = |index: usize| {
            let param = sig.as_ref()?.params.get(index)?;
            constant(&param.default.as_ref()?.0)
        };
        let parameters = func.params().iter().enumerate().map(|(index, param)| Parameter {
            name: param.name.to_string(),
            ty: self.type_name(&param.ty),
            default: default(index),
        });
        Some(Export::Function(Function {
            fqn: self.front.built.names.numbered(&func.fqn).full().to_owned(),
            symbol,
            color: "red".to_owned(),
            parameters: parameters.collect(),
            returns: self.type_name(&func.ret),
            doc: id.and_then(|id| docstring(self.db, project, &mut self.machine, id)),
            role: Role::Plain,
        }))
    }

    /// Names at the top level with a value that JSON can say.
    fn constants(&mut self, module: &Name) -> Vec<Export> {
        let def = spy_eval::queries::module_def(module);
        let scope = spy_db::def_scope(self.db, self.front.loaded.project, def);
        let frame = FrameKey::new(FrameKeyData::Module(module.clone()));
        let names: Vec<Name> =
            scope.map(|scope| scope.symbols.keys().cloned().collect()).unwrap_or_default();
        let mut found = Vec::new();
        // No text can spell the names that hold what is being unpacked.
        for name in names.into_iter().filter(|name| !name.starts_with("_$")) {
            let Some(local) = self.machine.frame_local(frame, &name) else { continue };
            let value = local.value.as_ref().filter(|_| local.color == Color::Blue);
            if let Some(value) = value.and_then(constant) {
                let ty = spy_types::names::ty_full(local.ty).short();
                found.push(Export::Constant { fqn: format!("{module}::{name}"), ty, value });
            }
        }
        found
    }

    fn structs(&mut self) -> Vec<StructEntry> {
        let program = &self.front.built.program;
        let defs: Vec<_> = program.structs.iter().filter(|def| !def.builtin).cloned().collect();
        defs.iter()
            .map(|def| {
                let (size, alignment) = self.layouts.of(&Type::Struct(def.fqn.clone()));
                let fields = self.layouts.fields(&def.fqn);
                let fields: Vec<Field> = fields
                    .into_iter()
                    .map(|(name, ty, offset)| {
                        let (size, alignment) = self.layouts.of(&ty);
                        let ty = self.type_name(&ty);
                        Field { name: name.to_string(), ty, offset, size, alignment }
                    })
                    .collect();
                let fqn = self.front.built.names.numbered(&def.fqn).full().to_owned();
                let layout = layout_hash(&fqn, size, &fields);
                StructEntry { fqn, size, alignment, layout, fields }
            })
            .collect()
    }

    fn type_name(&self, ty: &Type) -> String {
        match ty {
            Type::Struct(fqn) => self.front.built.names.numbered(fqn).full().to_owned(),
            Type::None => "None".to_owned(),
            other => other.fqn().short(),
        }
    }
}

/// The docstring of a function.
pub(crate) fn docstring(
    db: &dyn Db,
    project: Project,
    machine: &mut Machine<'_>,
    func: FuncId,
) -> Option<String> {
    let FuncKey::Def { def, .. } = func.get() else { return None };
    let container = machine.func_sig(func)?.container;
    let body = spy_db::def_body(db, project, container)?;
    let docstring = body.stmts.iter().find_map(|stmt| match stmt {
        Stmt::FuncDef(found) if found.body == def.path => found.docstring.clone(),
        _ => None,
    });
    docstring.as_deref().map(str::to_owned)
}

/// The machine that something is built for.
pub(crate) fn target(settings: &Settings) -> Target {
    let target = &settings.compile.target;
    Target {
        triple: target.to_string(),
        pointer_width: target.pointer_width().map_or(64, |width| u32::from(width.bits())),
        checked_pointers: settings.compile.profile == Profile::Debug,
    }
}

/// A value as JSON, if JSON can say it exactly.
pub(crate) fn constant(value: &Value) -> Option<Json> {
    match value {
        Value::None => Some(Json::Null),
        Value::Scalar(scalar) => match scalar {
            Scalar::Bool(value) => Some((*value).into()),
            Scalar::I8(value) => Some((*value).into()),
            Scalar::U8(value) => Some((*value).into()),
            Scalar::I32(value) => Some((*value).into()),
            Scalar::U32(value) => Some((*value).into()),
            Scalar::I64(value) => Some((*value).into()),
            Scalar::U64(value) => Some((*value).into()),
            Scalar::Str(text) => Some(text.to_string().into()),
            Scalar::F32(value) => serde_json::Number::from_f64((*value).into()).map(Json::Number),
            Scalar::F64(value) => serde_json::Number::from_f64(*value).map(Json::Number),
            _ => None,
        },
        _ => None,
    }
}

/// Sizes and alignments in memory, in bytes, as the target's C compiler lays things out.
pub(crate) struct Layouts<'f> {
    front: &'f Front,
    pointer: u64,
    checked: bool,
    known: HashMap<Fqn, (u64, u64)>,
}

impl<'f> Layouts<'f> {
    pub(crate) fn new(front: &'f Front, settings: &Settings) -> Self {
        let Target { pointer_width, checked_pointers, .. } = target(settings);
        let pointer = u64::from(pointer_width / 8);
        Self { front, pointer, checked: checked_pointers, known: HashMap::default() }
    }

    /// Size and alignment.
    pub(crate) fn of(&mut self, ty: &Type) -> (u64, u64) {
        match ty {
            Type::None | Type::Opaque(_) => (0, 1),
            Type::Scalar(ScalarTy::Str | ScalarTy::Bytes)
            | Type::File
            | Type::RawBuffer
            | Type::Func(_) => (self.pointer, self.pointer),
            Type::Scalar(ScalarTy::Complex128) => (16, 8),
            Type::Scalar(ScalarTy::Bool) => (1, 1),
            Type::Scalar(scalar) => {
                let size = u64::from(scalar.bits() / 8);
                (size, size)
            }
            Type::Ptr(..) | Type::Ref(..) => {
                (if self.checked { 2 * self.pointer } else { self.pointer }, self.pointer)
            }
            Type::Struct(fqn) => self.of_struct(fqn),
        }
    }

    fn of_struct(&mut self, fqn: &Fqn) -> (u64, u64) {
        if let Some(known) = self.known.get(fqn) {
            return *known;
        }
        let fields = self.fields(fqn);
        let (mut end, mut alignment) = (0, 1);
        for (_, ty, offset) in &fields {
            let (size, own) = self.of(ty);
            end = offset + size;
            alignment = alignment.max(own);
        }
        // C has no empty structs.
        let size = end.max(1).next_multiple_of(alignment);
        self.known.insert(fqn.clone(), (size, alignment));
        (size, alignment)
    }

    /// Names, types and offsets of the fields that exist at run time. Structs come after those
    /// that they hold, so this goes no deeper than they are nested.
    pub(crate) fn fields(&mut self, fqn: &Fqn) -> Vec<(Name, Type, u64)> {
        let structs = &self.front.built.program.structs;
        let Some(def) = structs.iter().find(|def| def.fqn == *fqn).cloned() else {
            return Vec::new();
        };
        let mut end: u64 = 0;
        let mut out = Vec::new();
        for (name, ty) in &def.fields {
            let (size, alignment) = stacker::maybe_grow(64 << 10, 1 << 20, || self.of(ty));
            if size > 0 {
                let offset = end.next_multiple_of(alignment);
                out.push((name.clone(), ty.clone(), offset));
                end = offset + size;
            }
        }
        out
    }
}
