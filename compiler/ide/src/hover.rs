//! What is known about what the pointer is on.

use crate::analysis::{Analysis, Cx, FilePath};
use crate::index::{DefKind, Occurrence, Role};
use crate::show;
use crate::target::Target;
use spy_eval::{Known, queries};
use spy_syntax::ast::written;
use spy_text::Span;
use spy_types::{Ty, Value};
use std::sync::Arc;

/// What is known about a part of a text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Hover {
    /// The part.
    pub span: Span,
    /// How it would be declared, in SPy.
    pub code: String,
    /// `blue` or `red`, and what else is worth a line.
    pub note: String,
    /// Its documentation.
    pub doc: Option<Arc<str>>,
}

impl Analysis {
    /// What is known about what stands at an offset.
    #[must_use]
    pub fn hover(&self, path: &FilePath, offset: u32) -> Option<Hover> {
        let cx = self.cx(path)?;
        let index = cx.index();
        let Some(found) = index.name_at(offset) else {
            return cx.expr_hover(offset);
        };
        let target = cx.target(found);
        let name = written(&found.name);
        // At its place, an expression may be known better than where it was declared.
        let here = match &found.role {
            Role::Read(expr) | Role::Attr { expr: Some(expr), .. } => cx.known(&found.def, *expr),
            Role::Write => cx.known_in_loop(found),
            _ => None,
        };
        let known = here.or_else(|| cx.target_known(target.as_ref()?));
        let known = known.map(|known| match &target {
            Some(Target::Symbol { module, def, name }) => {
                cx.other(module).map_or(known.clone(), |cx| cx.unboxed(def, name, known))
            }
            _ => known,
        });
        let doc = target.as_ref().and_then(|target| cx.target_doc(target));
        let (code, note) = match (&known, &target) {
            (Some(known), target) => cx.declared(name, known, target.as_ref()),
            (None, Some(target)) => (cx.undetermined(name, target), String::new()),
            (None, None) => match &found.role {
                Role::Attr { object, .. } => {
                    let object = cx.known(&found.def, *object)?;
                    let func = cx.method(&object, &found.name)?;
                    (cx.signature(func, &found.name).text(), String::new())
                }
                _ => return None,
            },
        };
        Some(Hover { span: found.span, code, note, doc })
    }
}

impl Cx<'_> {
    /// What is known about a target of a loop, if each loop has a variable of its own: what is known
    /// where it is read next.
    fn known_in_loop(self, found: &Occurrence) -> Option<Known> {
        let separate = queries::separate(self.db, self.project(), self.def(&found.def));
        if !separate.contains(&found.name) {
            return None;
        }
        let index = self.index();
        let after = index.names.iter().skip_while(|name| name.span.start <= found.span.start);
        let mut same = after.filter(|name| name.def == found.def && name.name == found.name);
        match same.next()?.role {
            Role::Read(expr) => self.known(&found.def, expr),
            _ => None,
        }
    }

    /// The declaration of something with this name, and what to say about it.
    fn declared(self, name: &str, known: &Known, target: Option<&Target>) -> (String, String) {
        let color = show::color(known.color);
        match &known.value {
            Some(Value::Func(func)) => {
                let shown = self.signature(*func, name);
                let note = match shown.is_blue {
                    true => "called at compile time",
                    false => "red: called at run time",
                };
                (shown.text(), note.to_owned())
            }
            Some(Value::Type(ty)) if ty.is_struct() => {
                (self.class_text(name, *ty), color.to_owned())
            }
            Some(Value::Type(ty)) => (format!("{name} = {}", show::ty(*ty)), "type".to_owned()),
            Some(Value::Module(module)) => (format!("import {module}"), "module".to_owned()),
            value => {
                let mut text = format!("{}{name}: {}", self.keyword_of(target), show::ty(known.ty));
                if let Some(shown) = value.as_ref().and_then(show::value) {
                    text.push_str(&format!(" = {shown}"));
                }
                (text, color.to_owned())
            }
        }
    }

    /// `var ` for variables of modules.
    fn keyword_of(self, target: Option<&Target>) -> &'static str {
        let is_variable = || {
            let Some(Target::Symbol { module, def, name }) = target else { return None };
            let key = crate::analysis::def_key(module, def);
            let scope = spy_db::def_scope(self.db, self.project(), key)?;
            Some(scope.symbols.get(name)?.storage == spy_scope::Storage::Cell)
        };
        if is_variable() == Some(true) { "var " } else { "" }
    }

    fn class_text(self, name: &str, ty: Ty) -> String {
        let mut text = format!("@struct\nclass {name}:");
        let fields = queries::struct_fields(self.db, self.project(), ty).unwrap_or_default();
        for (field, ty) in &fields {
            text.push_str(&format!("\n    {field}: {}", show::ty(*ty)));
        }
        if fields.is_empty() {
            text.push_str(" ...");
        }
        text
    }

    /// What is not evaluated is shown as it is written.
    fn undetermined(self, name: &str, target: &Target) -> String {
        let written = || {
            let Target::Symbol { module, def, name } = target else { return None };
            let cx = self.other(module)?;
            let (_, inner) = cx.symbol_span(def, name)?;
            let index = cx.index();
            let found = index.defs.get(&inner?)?;
            let header = cx.text().get(found.header.start as usize..found.header.end as usize)?;
            (found.kind != DefKind::Module).then(|| header.to_owned())
        };
        written().unwrap_or_else(|| name.to_string())
    }

    /// An operation, or another expression without a name.
    fn expr_hover(self, offset: u32) -> Option<Hover> {
        let index = self.index();
        let (span, def, expr) = index.expr_at(offset)?;
        let known = self.known(def, *expr)?;
        let mut code = show::ty(known.ty);
        if let Some(text) = known.value.as_ref().and_then(show::value) {
            code = format!("{code} = {text}");
        }
        Some(Hover { span: *span, code, note: show::color(known.color).to_owned(), doc: None })
    }
}
