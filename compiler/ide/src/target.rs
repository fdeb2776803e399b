//! What a name stands for.

use crate::analysis::{Cx, FileRange};
use crate::index::{Declared, DefKind, Occurrence, Role};
use crate::known::value_type;
use spy_db::ModuleSource;
use spy_eval::{Known, queries};
use spy_scope::{Home, ImportRef, Storage};
use spy_syntax::ast::{DefPath, Expr, ExprId, Import, Node};
use spy_text::{Name, Span};
use spy_types::{Color, FuncId, FuncKey, ScalarTy, Ty, TyKey, Value};
use std::collections::BTreeSet;

/// What a name stands for, as far as it is written somewhere.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub(crate) enum Target {
    /// A name of a definition: a variable, a parameter, a function, a field.
    Symbol {
        /// The module of the definition.
        module: Name,
        /// The definition that has the name.
        def: DefPath,
        /// The name.
        name: Name,
    },
    /// A module.
    Module(Name),
    /// Something that the compiler provides.
    Builtin(Name, Name),
}

impl Cx<'_> {
    /// What stands at an offset, and its range.
    pub(crate) fn target_at(self, offset: u32) -> Option<(Target, Span)> {
        let index = self.index();
        let found = index.name_at(offset)?;
        Some((self.target(found)?, found.span))
    }

    /// What a name of this file stands for.
    pub(crate) fn target(self, found: &Occurrence) -> Option<Target> {
        match &found.role {
            Role::Read(_) | Role::Write | Role::Param(_) | Role::Alias => {
                self.named(&found.def, &found.name)
            }
            Role::Def(_) => Some(self.own(&found.def, &found.name)),
            Role::Attr { object, .. } => {
                self.member(&self.known(&found.def, *object)?, &found.name)
            }
            Role::Keyword(call) => self.keyword(&found.def, *call, &found.name),
            Role::Module(module, level) => {
                Some(Target::Module(self.absolute_module(module, *level)))
            }
            Role::Imported(module, level) => {
                let module = self.absolute_module(module, *level);
                self.follow(ImportRef { module, attr: Some(found.name.clone()) })
            }
        }
    }

    fn own(self, def: &DefPath, name: &Name) -> Target {
        Target::Symbol { module: self.module.clone(), def: def.clone(), name: name.clone() }
    }

    /// The module that is named so, with this number of dots before.
    pub(crate) fn absolute_module(self, module: &Name, level: u32) -> Name {
        let home: Home = spy_db::home(self.db, self.file, self.module);
        let import = Import {
            module: module.clone(),
            level,
            binds_top: false,
            attr: None,
            asname: spy_syntax::ast::Ident {
                name: Name::default(),
                mark: spy_syntax::ast::MarkId(0),
            },
        };
        home.bound(&import).module
    }

    /// What a name means in a definition.
    pub(crate) fn named(self, def: &DefPath, name: &Name) -> Option<Target> {
        let scope = spy_db::def_scope(self.db, self.project(), self.def(def))?;
        let symbol = scope.symbols.get(name)?;
        if symbol.storage == Storage::NameError {
            return None;
        }
        match symbol.impref() {
            Some(import) => self.follow(import.clone()),
            None => {
                let def = symbol.def()?;
                let param = def.generator_start().filter(|start| self.has_param(start, name));
                Some(self.own(param.as_ref().unwrap_or(def), name))
            }
        }
    }

    fn has_param(self, def: &DefPath, name: &Name) -> bool {
        let scope = spy_db::def_scope(self.db, self.project(), self.def(def));
        scope.is_some_and(|scope| scope.symbols.get(name).is_some_and(|symbol| symbol.level == 0))
    }

    /// What is behind an import, and the imports that it leads to.
    pub(crate) fn follow(self, mut import: ImportRef) -> Option<Target> {
        let mut seen = BTreeSet::new();
        while seen.insert(import.clone()) {
            let ImportRef { module, attr } = import;
            let Some(attr) = attr else { return Some(Target::Module(module)) };
            if spy_eval::builtins::is_builtin_module(&module) {
                return Some(Target::Builtin(module, attr));
            }
            let top = queries::module_def(&module);
            let scope = spy_db::def_scope(self.db, self.project(), top);
            let symbol = scope.as_ref().and_then(|scope| scope.symbols.get(&attr));
            match symbol.filter(|symbol| symbol.level == 0) {
                Some(symbol) => match symbol.impref() {
                    Some(next) => import = next.clone(),
                    None => {
                        return Some(Target::Symbol { module, def: DefPath::module(), name: attr });
                    }
                },
                None => {
                    let inner = Name::from(format!("{module}.{attr}"));
                    let source = spy_db::module_source(self.db, self.project(), inner.clone());
                    return matches!(source, Some(ModuleSource::Spy(_)))
                        .then_some(Target::Module(inner));
                }
            }
        }
        None
    }

    /// The attribute of something that is known.
    pub(crate) fn member(self, object: &Known, name: &Name) -> Option<Target> {
        if let Some(Value::Module(module)) = &object.value {
            return self.follow(ImportRef { module: module.clone(), attr: Some(name.clone()) });
        }
        let ty = match &object.value {
            Some(Value::Type(ty)) => *ty,
            _ => object.ty,
        };
        let (module, def) = self.class_of(ty)?;
        let key = crate::analysis::def_key(&module, &def);
        let scope = spy_db::def_scope(self.db, self.project(), key)?;
        let is_own = scope.symbols.get(name).is_some_and(|symbol| symbol.level == 0);
        is_own.then(|| Target::Symbol { module, def, name: name.clone() })
    }

    /// The class whose text says what values of a type can do.
    pub(crate) fn class_of(self, ty: Ty) -> Option<(Name, DefPath)> {
        let library = |module| {
            let class = DefPath(Name::new_static("methods"));
            Some((Name::new_static(module), class))
        };
        match ty.get() {
            TyKey::Struct { def, .. } => Some((def.module.clone(), def.path.clone())),
            TyKey::Ptr(_, item) | TyKey::Ref(_, item) => self.class_of(*item),
            TyKey::Scalar(ScalarTy::Str) => library("_str"),
            TyKey::Scalar(ScalarTy::Bytes) => library("_bytes"),
            _ => None,
        }
    }

    /// The parameter that an argument of a call is for.
    fn keyword(self, def: &DefPath, call: ExprId, name: &Name) -> Option<Target> {
        let func = self.callee(def, call)?;
        let FuncKey::Def { def, .. } = func.get() else { return None };
        Some(Target::Symbol {
            module: def.module.clone(),
            def: def.path.clone(),
            name: name.clone(),
        })
    }

    /// The function that a call calls, if it is known. Of a struct, its `__new__` or what makes it
    /// of its fields.
    pub(crate) fn callee(self, def: &DefPath, call: ExprId) -> Option<FuncId> {
        let body = spy_db::def_body(self.db, self.project(), self.def(def))?;
        match body.expr(call) {
            Expr::Call { func, .. } => match self.known(def, *func)?.value? {
                Value::Func(func) => Some(func),
                Value::Type(ty) => self.maker(ty),
                _ => None,
            },
            Expr::CallMethod { target, method, .. } => {
                self.method(&self.known(def, *target)?, &method.name)
            }
            _ => None,
        }
    }

    /// The function that makes values of a type.
    pub(crate) fn maker(self, ty: Ty) -> Option<FuncId> {
        let attr = |name| queries::struct_attr(self.db, self.project(), ty, Name::new_static(name));
        match attr("__new__").or_else(|| attr("__make__"))? {
            Value::Func(func) => Some(func),
            Value::Wrapped(_, inner) => match &*inner {
                Value::Func(func) => Some(*func),
                _ => None,
            },
            _ => None,
        }
    }

    /// A method of something that is known.
    pub(crate) fn method(self, object: &Known, name: &Name) -> Option<FuncId> {
        if let Some(Value::Module(module)) = &object.value {
            let mut machine = spy_eval::Machine::new(self.dyn_db(), self.project());
            return match machine.module_attr(module, name).ok()?? {
                spy_eval::attr::ModuleAttr::Value(Value::Func(func)) => Some(func),
                spy_eval::attr::ModuleAttr::Value(Value::Type(ty)) => self.maker(ty),
                _ => None,
            };
        }
        let ty = match &object.value {
            Some(Value::Type(ty)) => *ty,
            _ => object.ty,
        };
        let ty = match ty.get() {
            TyKey::Ptr(_, item) | TyKey::Ref(_, item) => *item,
            _ => ty,
        };
        let mut machine = spy_eval::Machine::new(self.dyn_db(), self.project());
        match machine.lookup(ty, name).ok()?? {
            Value::Func(func) => Some(func),
            Value::Wrapped(_, inner) => match &*inner {
                Value::Func(func) => Some(*func),
                _ => None,
            },
            _ => None,
        }
    }

    /// Where a target is written.
    pub(crate) fn place(self, target: &Target) -> Option<FileRange> {
        match target {
            Target::Symbol { module, def, name } => {
                let cx = self.other(module)?;
                let (span, _) = cx.symbol_span(def, name)?;
                Some(cx.range(span))
            }
            Target::Module(module) => Some(self.other(module)?.range(Span::default())),
            Target::Builtin(..) => None,
        }
    }

    /// Where a definition's name is declared: the name, and the definition that it names, if any.
    pub(crate) fn symbol_span(self, def: &DefPath, name: &Name) -> Option<Declared> {
        let index = self.index();
        if let Some(declared) = index.declared.get(def).and_then(|names| names.get(name)) {
            return Some(declared.clone());
        }
        let scope = spy_db::def_scope(self.db, self.project(), self.def(def))?;
        let loc = scope.symbols.get(name)?.loc()?.clone();
        let spans = spy_db::def_spans(self.db, self.project(), self.def(&loc.def))?;
        Some((spans.get(loc.node), None))
    }

    /// What is known about a target.
    pub(crate) fn target_known(self, target: &Target) -> Option<Known> {
        match target {
            Target::Symbol { module, def, name } => self.other(module)?.known_local(def, name),
            Target::Module(module) => {
                let value = Value::Module(module.clone());
                let ty = spy_types::BuiltinTy::Module.into();
                Some(Known { color: Color::Blue, ty, value: Some(value) })
            }
            Target::Builtin(module, name) => {
                let value = spy_eval::builtins::module_value(module, name)?;
                let ty = value_type(self.dyn_db(), self.project(), &value);
                Some(Known { color: Color::Blue, ty, value: Some(value) })
            }
        }
    }

    /// The docstring of a target.
    pub(crate) fn target_doc(self, target: &Target) -> Option<std::sync::Arc<str>> {
        match target {
            Target::Symbol { module, def, name } => {
                let cx = self.other(module)?;
                let (_, inner) = cx.symbol_span(def, name)?;
                cx.def_doc(&inner?)
            }
            Target::Module(module) => self.other(module)?.index().defs.first()?.1.doc.clone(),
            Target::Builtin(..) => None,
        }
    }

    /// The docstring of a definition; of a generic one, that of what it makes.
    pub(crate) fn def_doc(self, def: &DefPath) -> Option<std::sync::Arc<str>> {
        let index = self.index();
        let found = index.defs.get(def)?;
        let inner = || index.hidden_in(def);
        found.doc.clone().or_else(|| inner()?.doc.clone())
    }

    /// The kind of definition that a symbol is, if it is one.
    pub(crate) fn symbol_def(self, target: &Target) -> Option<(DefKind, Color)> {
        let Target::Symbol { module, def, name } = target else { return None };
        let cx = self.other(module)?;
        let (_, inner) = cx.symbol_span(def, name)?;
        let index = cx.index();
        let found = index.defs.get(&inner?)?;
        Some((found.kind, found.color))
    }

    /// The node of an expression in the text.
    pub(crate) fn expr_span(self, def: &DefPath, expr: ExprId) -> Option<Span> {
        let spans = spy_db::def_spans(self.db, self.project(), self.def(def))?;
        Some(spans.get(Node::Expr(expr)))
    }
}
