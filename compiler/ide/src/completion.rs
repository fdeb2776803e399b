//! What could be written at the cursor.

use crate::analysis::{Analysis, Cx, Edit, FilePath};
use crate::index::DefKind;
use crate::known::Notes;
use crate::show;
use crate::target::Target;
use spy_eval::{Known, queries};
use spy_syntax::ast::{Color, DefPath};
use spy_syntax::tokens::{KEYWORDS, TokenAt, TokenKind, tokens};
use spy_text::{HashSet, Name, Span};
use spy_types::{FrameKey, FrameKeyData, FuncKind, ScalarTy, Ty, TyKey, Value};
use std::sync::Arc;

/// How many names of other modules are offered at once.
const MAX_IMPORTS: usize = 100;

/// What a proposal is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum CompletionKind {
    /// `name=` of an argument.
    Argument,
    /// A variable, also a parameter.
    Variable,
    /// Something whose value is known.
    Constant,
    /// A function.
    Function,
    /// A function of a type.
    Method,
    /// A field of a struct.
    Field,
    /// A type.
    Type,
    /// A module.
    Module,
    /// A word of the language.
    Keyword,
}

/// A proposal.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Completion {
    /// What is shown.
    pub label: String,
    /// What stands in the text afterwards.
    pub insert: String,
    /// What it replaces: the part that is written already.
    pub replace: Span,
    /// What it is.
    pub kind: CompletionKind,
    /// Its type or signature.
    pub detail: Option<String>,
    /// Its documentation.
    pub doc: Option<Arc<str>>,
    /// How near it is: what is near comes first.
    pub distance: u8,
    /// The import that it needs.
    pub import: Option<Edit>,
}

impl Analysis {
    /// What could be written at an offset.
    #[must_use]
    pub fn completions(&self, path: &FilePath, offset: u32) -> Vec<Completion> {
        let Some(cx) = self.cx(path) else { return Vec::new() };
        let tokens = tokens(cx.text());
        let Some(spot) = Spot::find(cx.text(), &tokens, offset) else { return Vec::new() };
        let mut out = List { cx, spot: &spot, items: Vec::new(), seen: HashSet::default() };
        match spot.place {
            Place::Module(ref before) => out.modules(before),
            Place::Import => drop(out.add("import", CompletionKind::Keyword, 0)),
            Place::ImportedFrom(ref module, level) => out.imported(module, level),
            Place::Attribute(dot) => out.attributes(dot),
            Place::Name => out.names(offset),
            Place::Fresh => {}
        }
        let mut items = out.items;
        items.sort_by(|a, b| (a.distance, &a.label).cmp(&(b.distance, &b.label)));
        items
    }
}

impl Analysis {
    /// Finds out what every completion in a file needs, which takes as long as evaluating parts of the
    /// library does, so that the first one is as quick as those after it.
    pub fn prepare_completions(&self, path: &FilePath) {
        let Some(text) = self.text(path) else { return };
        let end = u32::try_from(text.len()).unwrap_or(u32::MAX);
        drop(self.completions(path, end));
    }
}

/// What kind of thing is wanted.
enum Place {
    /// A name that has a meaning.
    Name,
    /// An attribute of what ends before the dot at this offset.
    Attribute(u32),
    /// The name of a module, behind this part of it.
    Module(String),
    /// The word `import`.
    Import,
    /// A name of a module, with the dots before it.
    ImportedFrom(Name, u32),
    /// A name of somebody's own choice.
    Fresh,
}

/// Where the cursor is.
struct Spot {
    place: Place,
    prefix: String,
    replace: Span,
}

impl Spot {
    fn find(text: &str, tokens: &[TokenAt], offset: u32) -> Option<Self> {
        let behind = tokens.partition_point(|token| token.span.start < offset);
        let before = &tokens[..behind];
        let mut replace = Span::new(offset, offset);
        let mut rest = before;
        if let Some((last, others)) = before.split_last() {
            let touches = last.span.end >= offset;
            match last.kind {
                TokenKind::Comment => return None,
                TokenKind::Str | TokenKind::Number if last.span.end > offset => return None,
                TokenKind::Number if touches => return None,
                TokenKind::Str if touches && !is_closed(slice(text, last.span)) => return None,
                TokenKind::Name | TokenKind::Keyword if touches => {
                    replace = last.span;
                    rest = others;
                }
                _ => {}
            }
        }
        let prefix = text.get(replace.start as usize..offset as usize)?.to_owned();
        let start = rest.iter().rposition(|token| token.kind == TokenKind::Newline);
        let line = &rest[start.map_or(0, |at| at + 1)..];
        let place = place(text, line, rest);
        Some(Self { place, prefix, replace })
    }
}

fn is_closed(literal: &str) -> bool {
    let quote = |c| literal.len() > 1 && literal.ends_with(c);
    (quote('"') || quote('\'')) && !literal.ends_with("\\\"")
}

fn slice(text: &str, span: Span) -> &str {
    text.get(span.start as usize..span.end as usize).unwrap_or_default()
}

/// What is wanted behind the tokens of a line.
fn place(text: &str, line: &[TokenAt], all: &[TokenAt]) -> Place {
    let words: Vec<&str> = line.iter().map(|token| slice(text, token.span)).collect();
    let imports = words.iter().position(|word| *word == "import");
    match words.first().copied() {
        Some("import") if words.last() != Some(&"as") => {
            let last = words.iter().rposition(|word| *word == ",").unwrap_or(0);
            return Place::Module(words[last + 1..].concat());
        }
        Some("from") => match imports {
            None if words.len() == 1 || words.last().is_some_and(|word| word.ends_with('.')) => {
                return Place::Module(words[1..].concat());
            }
            None => return Place::Import,
            Some(at) if words.last() != Some(&"as") => {
                let module: String = words[1..at].concat();
                let level = module.len() - module.trim_start_matches('.').len();
                let name = Name::from(module.trim_start_matches('.'));
                return Place::ImportedFrom(name, u32::try_from(level).unwrap_or(0));
            }
            Some(_) => return Place::Fresh,
        },
        _ => {}
    }
    match all.last() {
        Some(last) if slice(text, last.span) == "." => Place::Attribute(last.span.start),
        Some(last)
            if matches!(slice(text, last.span), "def" | "class" | "as" | "var" | "const") =>
        {
            Place::Fresh
        }
        _ => Place::Name,
    }
}

struct List<'a> {
    cx: Cx<'a>,
    spot: &'a Spot,
    items: Vec<Completion>,
    seen: HashSet<String>,
}

impl<'a> List<'a> {
    fn add(&mut self, label: &str, kind: CompletionKind, distance: u8) -> Option<&mut Completion> {
        if label.is_empty() || !self.seen.insert(label.to_owned()) {
            return None;
        }
        self.items.push(Completion {
            label: label.to_owned(),
            insert: label.to_owned(),
            replace: self.spot.replace,
            kind,
            detail: None,
            doc: None,
            distance,
            import: None,
        });
        self.items.last_mut()
    }

    fn known(&mut self, name: &Name, known: Option<&Known>, distance: u8, in_type: bool) {
        let (kind, detail) = match known {
            Some(known) => describe(self.cx, name, known, in_type),
            None => (CompletionKind::Variable, None),
        };
        if let Some(item) = self.add(name, kind, distance) {
            item.detail = detail;
        }
    }

    /// The modules that could be imported, behind what is written of their names: `pkg.`, `..`.
    fn modules(&mut self, before: &str) {
        let cx = self.cx;
        let name = before.trim_start_matches('.');
        let around = match u32::try_from(before.len() - name.len()) {
            Ok(level) if level > 0 => format!("{}.", cx.absolute_module(&Name::default(), level)),
            _ => String::new(),
        };
        let around = around + name;
        let library = spy_project::builtin_modules().iter().map(|name| (Name::new_static(name), 1));
        let stdlib = cx.project().modules(cx.db).keys().cloned().map(|name| (name, 0));
        for (name, distance) in stdlib.chain(library).collect::<Vec<_>>() {
            let Some(rest) = name.strip_prefix(around.as_str()) else { continue };
            if !rest.starts_with('_') || self.spot.prefix.starts_with('_') {
                self.add(rest, CompletionKind::Module, distance);
            }
        }
    }

    /// The names of a module.
    fn imported(&mut self, module: &Name, level: u32) {
        let absolute = match level {
            0 => module.clone(),
            _ => self.cx.absolute_module(module, level),
        };
        self.module_names(&absolute, 0);
    }

    fn module_names(&mut self, module: &Name, distance: u8) {
        for name in self.cx.names_of_module(module) {
            if !name.starts_with('_') || self.spot.prefix.starts_with('_') {
                let known = self.cx.known_in_module(module, &name);
                self.known(&name, known.as_ref(), distance, false);
            }
        }
    }

    /// The attributes of what ends before a dot.
    fn attributes(&mut self, dot: u32) {
        let cx = self.cx;
        let Some(known) = cx.object_before(dot) else { return };
        if let Some(Value::Module(module)) = &known.value {
            self.module_names(module, 0);
            return;
        }
        let (ty, is_type) = match &known.value {
            Some(Value::Type(ty)) => (*ty, true),
            _ => (known.ty, false),
        };
        for (name, member) in cx.members(ty) {
            let is_field =
                member.color == Color::Red && !matches!(member.value, Some(Value::Func(_)));
            if name.starts_with("__") && !self.spot.prefix.starts_with('_') || is_type && is_field {
                continue;
            }
            let distance = u8::from(name.starts_with('_'));
            if is_field {
                let detail = show::ty(member.ty);
                if let Some(item) = self.add(&name, CompletionKind::Field, distance) {
                    item.detail = Some(detail);
                }
            } else {
                self.known(&name, Some(&member), distance, true);
            }
        }
    }

    /// Everything that a name can mean here.
    fn names(&mut self, offset: u32) {
        let cx = self.cx;
        for name in cx.keyword_arguments(offset) {
            if let Some(item) = self.add(&format!("{name}="), CompletionKind::Argument, 0) {
                item.detail = Some("argument".to_owned());
            }
        }
        let mut next = Some(cx.def_around(offset));
        let mut distance = 1;
        let index = cx.index();
        while let Some(def) = next {
            next = def.parent();
            let is_class = index.defs.get(&def).is_some_and(|def| def.kind == DefKind::Class);
            // The names of a class are seen in its own body only.
            if distance == 1 || !is_class {
                self.scope(&def, distance);
            }
            distance = (distance + 1).min(8);
        }
        for (name, import) in spy_scope::builtins().iter() {
            if name.starts_with('_') {
                continue;
            }
            let known = cx.follow(import.clone()).and_then(|target| cx.target_known(&target));
            self.known(name, known.as_ref(), 9, false);
        }
        for keyword in KEYWORDS.iter().chain(&["var", "const"]) {
            self.add(keyword, CompletionKind::Keyword, 10);
        }
        if self.spot.prefix.len() >= 2 {
            self.importable();
        }
    }

    fn scope(&mut self, def: &DefPath, distance: u8) {
        let cx = self.cx;
        let Some(scope) = spy_db::def_scope(cx.db, cx.project(), cx.def(def)) else { return };
        let notes = Notes::new(cx);
        for (name, symbol) in &scope.symbols {
            let is_named = name.starts_with(|c: char| c.is_alphabetic() || c == '_');
            if symbol.level != 0 || !is_named || name.starts_with("_$") || *name == self.spot.prefix
            {
                continue;
            }
            let known = notes.local(def, name).or_else(|| cx.target_known(&cx.named(def, name)?));
            self.known(name, known.as_ref(), distance, false);
        }
    }

    /// Names of other modules, with the imports that they need.
    fn importable(&mut self) {
        let cx = self.cx;
        let prefix = self.spot.prefix.to_lowercase();
        let own: Vec<Name> = cx.own_modules().filter(|name| *name != cx.module).cloned().collect();
        let library = ["math", "time", "os"].map(Name::new_static);
        let mut count = 0;
        for module in own.into_iter().chain(library) {
            for name in cx.names_of_module(&module) {
                if !name.to_lowercase().starts_with(&prefix) || count >= MAX_IMPORTS {
                    continue;
                }
                let known = cx.known_in_module(&module, &name);
                let kind = known
                    .as_ref()
                    .map_or(CompletionKind::Variable, |known| describe(cx, &name, known, false).0);
                if let Some(item) = self.add(&name, kind, 11) {
                    count += 1;
                    item.detail = Some(format!("from {module} import {name}"));
                    item.import = Some(cx.import_edit(&module, &name));
                }
            }
        }
    }
}

/// What something is, and its type or signature.
fn describe(
    cx: Cx<'_>,
    name: &Name,
    known: &Known,
    in_type: bool,
) -> (CompletionKind, Option<String>) {
    let function = if in_type { CompletionKind::Method } else { CompletionKind::Function };
    match &known.value {
        Some(Value::Func(func)) => (function, Some(cx.signature(*func, name).text())),
        Some(Value::Wrapped(_, inner)) => match &**inner {
            Value::Func(func) => (function, Some(cx.signature(*func, name).text())),
            _ => (function, None),
        },
        Some(Value::Type(_)) => (CompletionKind::Type, None),
        Some(Value::Module(_)) => (CompletionKind::Module, None),
        Some(value) => {
            let ty = show::ty(known.ty);
            let shown = show::value(value).map(|shown| format!("{ty} = {shown}"));
            (CompletionKind::Constant, Some(shown.unwrap_or(ty)))
        }
        None => {
            let is_generic = known.ty.func().is_some_and(|func| func.kind != FuncKind::Plain);
            let kind = if is_generic { function } else { CompletionKind::Variable };
            (kind, Some(show::ty(known.ty)))
        }
    }
}

impl<'a> Cx<'a> {
    /// What ends before a dot.
    fn object_before(self, dot: u32) -> Option<Known> {
        let index = self.index();
        let text = self.text();
        let ends_here = |span: Span| {
            let between = text.get(span.end as usize..dot as usize);
            between.is_some_and(|between| between.chars().all(|c| c.is_whitespace() || c == ')'))
        };
        let found = index.objects.iter().filter(|(_, _, span)| ends_here(*span));
        let (def, expr, _) = found.max_by_key(|(_, _, span)| (span.end, span.end - span.start))?;
        self.known(def, *expr)
    }

    /// The names that a module defines.
    fn names_of_module(self, module: &Name) -> Vec<Name> {
        if spy_eval::builtins::is_builtin_module(module) {
            let names = spy_eval::builtins::module_names(module).into_iter();
            return names.map(Name::new_static).collect();
        }
        let top = queries::module_def(module);
        let Some(scope) = spy_db::def_scope(self.db, self.project(), top) else {
            return Vec::new();
        };
        let own = scope.symbols.iter().filter(|(name, symbol)| {
            symbol.level == 0 && symbol.impref().is_none() && !name.starts_with(['@', '$'])
        });
        own.map(|(name, _)| name.clone()).collect()
    }

    /// What is known about a name that a module defines.
    fn known_in_module(self, module: &Name, name: &Name) -> Option<Known> {
        if spy_eval::builtins::is_builtin_module(module) {
            return self.target_known(&Target::Builtin(module.clone(), name.clone()));
        }
        let frame = FrameKey::new(FrameKeyData::Module(module.clone()));
        match queries::frame_local(self.db, self.project(), frame, name.clone()) {
            Some(local) => Some(Known { color: local.color, ty: local.ty, value: local.value }),
            None => queries::frame_cell(self.db, self.project(), frame, name.clone())
                .map(|(ty, _)| Known { color: Color::Red, ty, value: None }),
        }
    }

    /// What values of a type have: fields are red and have no value.
    fn members(self, ty: Ty) -> Vec<(Name, Known)> {
        let ty = match ty.get() {
            TyKey::Ptr(_, item) | TyKey::Ref(_, item) => *item,
            TyKey::Scalar(ScalarTy::Str | ScalarTy::Bytes) => {
                let Some((module, def)) = self.class_of(ty) else { return Vec::new() };
                let frame = FrameKey::new(FrameKeyData::Module(module));
                match queries::frame_local(self.db, self.project(), frame, def.0) {
                    Some(local) => match local.value {
                        Some(Value::Type(methods)) => methods,
                        _ => return Vec::new(),
                    },
                    None => return Vec::new(),
                }
            }
            TyKey::Scalar(ScalarTy::Complex128) => {
                let part = |name| {
                    let ty = ScalarTy::F64.into();
                    (Name::new_static(name), Known { color: Color::Red, ty, value: None })
                };
                return vec![part("real"), part("imag")];
            }
            _ => ty,
        };
        let Some(data) = queries::struct_data(self.db, self.project(), ty) else {
            return Vec::new();
        };
        let fields = data
            .fields
            .iter()
            .map(|(name, ty)| (name.clone(), Known { color: Color::Red, ty: *ty, value: None }));
        let mut machine = spy_eval::Machine::new(self.dyn_db(), self.project());
        let dict = data.dict.iter().filter(|(_, value)| !matches!(value, Value::Field(..))).map(
            |(name, value)| {
                let ty = machine.type_of(value);
                (name.clone(), Known { color: Color::Blue, ty, value: Some(value.clone()) })
            },
        );
        fields.chain(dict).collect()
    }

    /// The definition that the cursor is in, also on a new line below its last statement.
    pub(crate) fn def_around(self, offset: u32) -> DefPath {
        let index = self.index();
        let text = self.text();
        let line = text[..offset as usize].rfind('\n').map_or(0, |at| at + 1);
        let before = &text[line..offset as usize];
        let indent = before.len() - before.trim_start().len();
        let column = |at: u32| {
            let at = at as usize;
            at - text[..at].rfind('\n').map_or(0, |line| line + 1)
        };
        let holds = |span: Span| {
            if (span.start..=span.end).contains(&offset) {
                return true;
            }
            let below = text.get(span.end as usize..line).unwrap_or("x");
            let is_empty = |line: &str| line.trim().is_empty() || line.trim().starts_with('#');
            span.end as usize <= line && below.lines().all(is_empty) && indent > column(span.start)
        };
        let mut around =
            index.defs.iter().filter(|(_, def)| def.kind == DefKind::Module || holds(def.span));
        around.next_back().map_or_else(DefPath::module, |(path, _)| path.clone())
    }

    /// The names by which arguments of the call around the cursor could be given.
    fn keyword_arguments(self, offset: u32) -> Vec<Name> {
        let Some((def, call, inside)) = self.call_around(offset) else { return Vec::new() };
        if !inside.is_direct {
            return Vec::new();
        }
        let Some(func) = self.callee(&def, call) else { return Vec::new() };
        match queries::func_sig(self.db, self.project(), func) {
            Some(sig) => sig
                .params
                .iter()
                .filter(|param| !param.varargs && param.name != "self")
                .map(|param| param.name.clone())
                .collect(),
            None => Vec::new(),
        }
    }
}
