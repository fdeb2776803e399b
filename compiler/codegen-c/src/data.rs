//! Static data in C, and constants as initialisers.

use crate::emitter::string_object;
use crate::names::{c_type, declare, exists, identifier};
use crate::scope::{ProgramScope, Scope};
use crate::{Target, literal};
use spy_ir::{Const, Data, DataItems, DataRef, Fqn, Name, Program, Scalar, ScalarTy, Type};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

/// The declaration of static data, without initialiser and semicolon. A length of `None` leaves it
/// to the definition.
fn declaration(name: &str, item: &Type, buffer: bool, len: Option<usize>) -> String {
    if buffer {
        return format!("spy_RawBuffer {name}");
    }
    // C has no empty arrays.
    let len = len.map_or_else(String::new, |len| len.max(1).to_string());
    declare(item, &format!("{name}[{len}]"))
}

/// The declaration of data that is defined elsewhere.
pub(crate) fn extern_data(fqn: &Fqn, scope: &dyn Scope) -> Option<String> {
    let data = scope.data(fqn)?;
    Some(format!("extern {};", declaration(&data.name, &data.item, data.buffer, None)))
}

/// The fields of a pointer to a place in static data, or the address of a buffer.
pub(crate) fn address(place: &DataRef, ty: &Type, scope: &dyn Scope, target: Target) -> String {
    let Some(data) = scope.data(&place.data) else { return "0".to_owned() };
    if data.buffer {
        return format!("&{}", data.name);
    }
    let mut text = format!("&{}[{}]", data.name, place.index);
    let mut owner = data.item;
    for field in &place.path {
        let def = scope.struct_def(&owner.fqn());
        let Some((name, ty)) = def.and_then(|def| def.fields.get(*field as usize).cloned()) else {
            return "0".to_owned();
        };
        let _ = write!(text, ".{}", identifier(&name));
        owner = ty;
    }
    // What a field is declared as may be another name for the item type of the pointer, and what a function value holds
    // is of any type.
    if (!place.path.is_empty() || *ty == Type::held())
        && let Type::Ptr(_, item) | Type::Ref(_, item) = ty
    {
        text = format!("({} *){text}", c_type(item));
    }
    if target.checked { format!("{text}, {}", place.len) } else { text }
}

/// The parts of a pointer to a function's code, as what tells that from others.
pub(crate) fn function_place(name: &str, target: Target) -> String {
    let length = if target.checked { ", 1" } else { "" };
    format!("(uint8_t *){name}{length}")
}

/// Writes constants as initialisers of static objects.
pub(crate) struct Initializers<'a> {
    scope: &'a dyn Scope,
    target: Target,
    /// Definitions of the strings in them.
    pub(crate) objects: Vec<String>,
    /// Declarations of the data that they point to, by name.
    pub(crate) data: BTreeMap<Fqn, String>,
    /// Modules whose functions they point to.
    pub(crate) modules: BTreeSet<Name>,
}

impl<'a> Initializers<'a> {
    pub(crate) fn new(scope: &'a dyn Scope, target: Target) -> Self {
        Self { scope, target, objects: Vec::new(), data: BTreeMap::new(), modules: BTreeSet::new() }
    }

    /// A constant. `owner` tells its strings from those of other objects of the file.
    pub(crate) fn value(&mut self, value: &Const, ty: &Type, owner: &str) -> String {
        match value {
            Const::Scalar(text @ (Scalar::Str(_) | Scalar::Bytes(_))) => {
                let tag = format!("_{owner}_{}", self.objects.len());
                let (name, line) = string_object(text, &tag);
                self.objects.push(line);
                format!("&{name}")
            }
            Const::Scalar(Scalar::Complex(re, im)) => literal::complex_init(*re, *im),
            Const::Scalar(number) => literal::number(number).0,
            Const::Null => match ty {
                Type::Ptr(..) | Type::Ref(..) => "{0}".to_owned(),
                _ => "NULL".to_owned(),
            },
            Const::Struct(fields) => self.fields(fields, owner),
            Const::Func(fqn) if exists(ty) => {
                let symbol = self.scope.func(fqn);
                self.modules.insert(symbol.module);
                match *ty == Type::held() {
                    true => format!("{{{}}}", function_place(&symbol.name, self.target)),
                    false => symbol.name,
                }
            }
            Const::Data(place) => {
                if let Some(line) = extern_data(&place.data, self.scope) {
                    self.data.insert(place.data.clone(), line);
                }
                let text = address(place, ty, self.scope, self.target);
                if *ty == Type::RawBuffer { text } else { format!("{{{text}}}") }
            }
            Const::None | Const::Func(_) | Const::Opaque(_) => "0".to_owned(),
        }
    }

    fn fields(&mut self, fields: &[(Const, Type)], owner: &str) -> String {
        let mut texts = Vec::with_capacity(fields.len());
        for (field, ty) in fields.iter().filter(|(_, ty)| exists(ty)) {
            texts.push(stacker::maybe_grow(64 << 10, 1 << 20, || self.value(field, ty, owner)));
        }
        if texts.is_empty() {
            texts.push("0".to_owned());
        }
        format!("{{{}}}", texts.join(", "))
    }
}

/// The text of `spy_data.c`, if the program has static data. `header` gives the header of a module.
pub(crate) fn emit_data(
    program: &Program,
    scope: &ProgramScope<'_>,
    target: Target,
    header: &dyn Fn(&Name) -> String,
) -> Option<String> {
    if program.data.is_empty() {
        return None;
    }
    let mut initializers = Initializers::new(scope, target);
    let mut declarations = String::new();
    let mut definitions = String::new();
    for data in &program.data {
        let buffer = matches!(data.items, DataItems::RawBuffer(_));
        let name = scope.name(&data.fqn);
        let line = declaration(&name, &data.item, buffer, Some(data.items.len()));
        // Data may point to what is defined further down.
        let _ = writeln!(declarations, "extern {line};");
        let value = items(data, &name, &mut initializers);
        for object in initializers.objects.drain(..) {
            let _ = writeln!(definitions, "{object}");
        }
        let _ = writeln!(definitions, "{line} = {value};");
    }
    let mut out = String::from("/* Memory that was filled at import time. */\n");
    out.push_str("#include \"spy_structdefs.h\"\n");
    for module in &program.modules {
        if initializers.modules.contains(&module.name) {
            let _ = writeln!(out, "#include \"{}\"", header(&module.name));
        }
    }
    let _ = write!(out, "\n{declarations}\n{definitions}");
    Some(out)
}

/// Items on a line of numbers.
const PER_LINE: usize = 16;

fn items(data: &Data, name: &str, initializers: &mut Initializers<'_>) -> String {
    match &data.items {
        DataItems::RawBuffer(bytes) => {
            format!("{{{}, {{{}}}}}", bytes.len(), numbers(bytes.iter().map(|byte| *byte as i8)))
        }
        DataItems::Bytes(bytes) => format!("{{{}}}", numbers(bytes.iter())),
        DataItems::Values(values) if values.is_empty() || !exists(&data.item) => "{0}".to_owned(),
        DataItems::Values(values) => {
            let plain = matches!(data.item, Type::Scalar(scalar) if scalar != ScalarTy::Str);
            let texts = values.iter().map(|value| initializers.value(value, &data.item, name));
            if plain {
                return format!("{{{}}}", numbers(texts));
            }
            let mut out = String::from("{\n");
            for text in texts {
                let _ = writeln!(out, "    {text},");
            }
            out.push('}');
            out
        }
    }
}

/// Numbers, so many on a line.
fn numbers<T: std::fmt::Display>(numbers: impl Iterator<Item = T>) -> String {
    let mut out = String::new();
    for (index, number) in numbers.enumerate() {
        let gap = match index % PER_LINE {
            _ if index == 0 => "",
            0 => ",\n    ",
            _ => ", ",
        };
        let _ = write!(out, "{gap}{number}");
    }
    if out.is_empty() {
        out.push('0');
    }
    out
}
