//! Structs as classes.

use super::functions::Callable;
use super::image::{WORD, Word};
use super::{Frame, Writer};
use crate::calls::doc_text;
use spy_package::python::{Class, Function, Make, Parameter, Role, Type};

/// How many words a `py_Class` has.
const WORDS: usize = 16;

/// How many of them are the type of its values.
const TYPE_WORDS: u64 = 4;

impl Writer<'_> {
    /// Makes room for all classes, which anything may mention.
    pub(super) fn reserve_classes(&mut self) {
        for class in self.all_classes() {
            let place = self.image.reserve(WORDS);
            self.classes.insert(class.layout.clone(), place);
        }
    }

    /// Writes a class.
    pub(super) fn class(&mut self, class: &Class) -> Option<()> {
        let ty = Type::Struct {
            name: class.name.clone(),
            module: class.module.clone(),
            layout: class.layout.clone(),
        };
        let place = self.ty(&ty)?;
        let fields = self.fields(class)?;
        let (make, doc) = self.constructor(class, &ty, place)?;
        let (methods, properties) = self.members(class, &ty, fields)?;
        let [eq, repr, str] = self.slots(class, &ty)?;
        let full = format!("{}.{}", class.module, class.name);
        let words = [
            Word::Null,
            Word::Text(class.name.clone()),
            Word::Text(full),
            Word::Text(doc),
            Word::count(class.fields.len()),
            Word::At(fields),
            Word::Function(make),
            Word::At(methods),
            Word::At(properties),
            Word::at(eq),
            Word::at(repr),
            Word::at(str),
        ];
        self.image.fill(place + TYPE_WORDS * WORD, &words);
        Some(())
    }

    /// The attributes.
    fn fields(&mut self, class: &Class) -> Option<u64> {
        let layout = self.layout(&class.layout)?;
        let mut words = Vec::new();
        for field in &class.fields {
            let offset = layout.field(&field.name)?.offset;
            words.extend([Word::Text(field.name.clone()), Word::At(self.ty(&field.ty)?)]);
            words.push(Word::Number(offset));
        }
        Some(self.image.add(&words))
    }

    /// What makes instances, and the docstring.
    fn constructor(&mut self, class: &Class, ty: &Type, place: u64) -> Option<(String, String)> {
        let made;
        let (params, symbol, frame): (&[Parameter], _, _) = match &class.make {
            Make::Fields => {
                made = class.field_parameters();
                (&made, None, self.fields_frame(class)?)
            }
            Make::New(function) => {
                let frame = self.frame(&function.symbol)?;
                (&function.parameters, Some(function.symbol.as_str()), frame)
            }
            Make::Never => {
                let doc = class.doc.clone().unwrap_or_default();
                return Some((self.entry("spy_python_never", place, 3), doc));
            }
        };
        let shown = class.name.clone();
        let callable = Callable { shown, params, receiver: None, returns: ty, symbol, frame };
        let callable = self.callable(&callable)?;
        let doc = doc_text(&class.name, None, params, class.doc.as_deref());
        Some((self.entry("spy_python_new", callable, 3), doc))
    }

    /// The struct itself is what arguments are written to.
    fn fields_frame(&self, class: &Class) -> Option<Frame> {
        let layout = self.layout(&class.layout)?;
        let place = |field: &spy_package::python::Field| Some(layout.field(&field.name)?.offset);
        let params = class.fields.iter().map(place).collect::<Option<_>>()?;
        Some(Frame { symbol: String::new(), params, result: 0, size: layout.size })
    }

    /// The tables of methods and of properties.
    fn members(&mut self, class: &Class, ty: &Type, fields: u64) -> Option<(u64, u64)> {
        let mut methods = Vec::new();
        let mut properties = Vec::new();
        let field_size = 3 * WORD;
        for (place, field) in (fields..).step_by(field_size as usize).zip(&class.fields) {
            properties.extend([
                Word::Text(field.name.clone()),
                Word::Function("spy_python_field".to_owned()),
                Word::Null,
                Word::Null,
                Word::At(place),
            ]);
        }
        for method in &class.methods {
            let shown = format!("{}.{}", class.name, method.name);
            let callable = self.function(method, shown, Some(ty))?;
            if method.role == Some(Role::Property) {
                properties.extend([
                    Word::Text(method.name.clone()),
                    Word::Function("spy_python_property".to_owned()),
                    Word::Null,
                    Word::text(method.doc.as_deref()),
                    Word::At(callable.0),
                ]);
                continue;
            }
            let first = (method.role != Some(Role::Static)).then_some("$self");
            methods.extend(self.method(method, callable, first));
        }
        // Each table ends with an empty line.
        methods.extend(std::iter::repeat_n(Word::Null, 4));
        properties.extend(std::iter::repeat_n(Word::Null, 5));
        Some((self.image.add(&methods), self.image.add(&properties)))
    }

    /// `__eq__`, `__repr__` and `__str__`, where the struct defines them.
    fn slots(&mut self, class: &Class, ty: &Type) -> Option<[Option<u64>; 3]> {
        let other = [Parameter { name: "other".to_owned(), ty: ty.clone(), default: None }];
        let text = Type::Scalar("str".to_owned());
        let truth = Type::Scalar("bool".to_owned());
        let all = [
            ("__eq__", &class.eq, &other[..], truth),
            ("__repr__", &class.repr, &[], text.clone()),
            ("__str__", &class.str, &[], text),
        ];
        let mut found = [None; 3];
        for (place, (name, symbol, params, returns)) in found.iter_mut().zip(all) {
            let Some(symbol) = symbol else { continue };
            let function = Function {
                name: name.to_owned(),
                symbol: symbol.clone(),
                parameters: params.to_vec(),
                returns,
                doc: None,
                role: Some(Role::Method),
            };
            let shown = format!("{}.{name}", class.name);
            *place = Some(self.function(&function, shown, Some(ty))?.0);
        }
        Some(found)
    }
}
