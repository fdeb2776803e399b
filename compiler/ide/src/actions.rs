//! Changes that repair something, or say more.

use crate::analysis::{Analysis, Cx, Edit, FilePath, FileRange};
use crate::diagnostics::Finding;
use crate::hints::HintKind;
use crate::index::{DefKind, Role};
use crate::show;
use spy_eval::queries;
use spy_syntax::ast::{BinOp, Body, Color, DefPath, Expr, ExprId, Literal, Stmt, UnaryOp};
use spy_text::{Name, Span};
use spy_types::Value;
use std::collections::BTreeSet;

/// What an action is for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum ActionKind {
    /// It repairs what is wrong.
    Fix,
    /// It says the same in another way.
    Rewrite,
}

/// A change that is offered.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Action {
    /// What it does.
    pub title: String,
    /// What it is for.
    pub kind: ActionKind,
    /// What is repaired, if something is.
    pub fixes: Option<Finding>,
    /// The change.
    pub edits: Vec<Edit>,
}

impl Analysis {
    /// What can be done about a range of a file.
    #[must_use]
    pub fn actions(&self, path: &FilePath, range: Span) -> Vec<Action> {
        let Some(cx) = self.cx(path) else { return Vec::new() };
        let mut actions = Vec::new();
        for finding in self.check(path) {
            let span = finding.range.span;
            let touches = span.start <= range.end && range.start <= span.end;
            if finding.range.file == *path && touches {
                actions.extend(cx.fixes(&finding));
            }
        }
        let line = cx.line_around(range);
        for hint in self.hints(path, line) {
            if hint.kind == HintKind::Type {
                let at = Span::new(hint.offset, hint.offset);
                actions.push(Action {
                    title: format!("Write the type `{}`", hint.text.trim_start_matches(": ")),
                    kind: ActionKind::Rewrite,
                    fixes: None,
                    edits: vec![Edit { range: cx.range(at), text: hint.text }],
                });
            }
        }
        actions
    }
}

impl Cx<'_> {
    /// The lines that a range touches.
    fn line_around(self, range: Span) -> Span {
        let text = self.text();
        let start = text[..range.start as usize].rfind('\n').map_or(0, |at| at + 1);
        let end = text[range.end as usize..].find('\n').map(|at| at + range.end as usize);
        let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        Span::new(offset(start), offset(end.unwrap_or(text.len())))
    }

    fn fixes(self, finding: &Finding) -> Vec<Action> {
        let headline = finding.message.lines().next().unwrap_or_default();
        if let Some(name) = quoted(headline, "name `", "` is not defined") {
            return self.imports(finding, &Name::from(name));
        }
        if headline == "invalid assignment target" {
            return self.declare_var(finding).into_iter().collect();
        }
        if headline == "missing return type" {
            return self.return_type(finding).into_iter().collect();
        }
        if let Some(name) = quoted(headline, "missing type for argument '", "'") {
            return self.parameter_type(finding, name).into_iter().collect();
        }
        Vec::new()
    }

    fn fix(self, finding: &Finding, title: String, edit: Edit) -> Action {
        let fixes = Some(finding.clone());
        Action { title, kind: ActionKind::Fix, fixes, edits: vec![edit] }
    }

    /// Imports of a name from whatever module has it.
    fn imports(self, finding: &Finding, name: &Name) -> Vec<Action> {
        let own = self.own_modules().filter(|module| *module != self.module).cloned();
        let library = spy_project::builtin_modules().iter().copied();
        let library = library.filter(|module| !module.starts_with('_')).map(Name::new_static);
        let modules = own.chain(library).filter(|module| self.exports(module, name));
        let mut actions: Vec<Action> = modules
            .map(|module| {
                let title = format!("Import `{name}` from `{module}`");
                self.fix(finding, title, self.import_edit(&module, name))
            })
            .collect();
        let is_module = self.own_modules().any(|module| module == name && module != self.module)
            || spy_project::builtin_modules().contains(&name.as_str());
        if is_module {
            let edit = self.import_line(&format!("import {name}\n"));
            actions.push(self.fix(finding, format!("Import the module `{name}`"), edit));
        }
        actions
    }

    fn exports(self, module: &Name, name: &Name) -> bool {
        if spy_eval::builtins::is_builtin_module(module) {
            return spy_eval::builtins::module_value(module, name).is_some();
        }
        let top = spy_eval::queries::module_def(module);
        let scope = spy_db::def_scope(self.db, self.project(), top);
        let symbol = scope.as_ref().and_then(|scope| scope.symbols.get(name));
        symbol.is_some_and(|symbol| symbol.level == 0 && symbol.impref().is_none())
    }

    /// `var` before the declaration of a constant that is assigned.
    fn declare_var(self, finding: &Finding) -> Option<Action> {
        let note =
            |(_, text): &&(FileRange, String)| text.starts_with("help: declare it as variable");
        let (declared, _) = finding.related.iter().find(note)?;
        if declared.file != self.path() {
            return None;
        }
        let line = self.line_around(Span::new(declared.span.start, declared.span.start));
        let text = self.text().get(line.start as usize..)?;
        let indent = text.len() - text.trim_start_matches([' ', '\t']).len();
        let at = line.start + u32::try_from(indent).ok()?;
        let edit = Edit { range: self.range(Span::new(at, at)), text: "var ".to_owned() };
        let name = text.trim_start().split(|c: char| !c.is_alphanumeric() && c != '_').next()?;
        Some(self.fix(finding, format!("Declare `{name}` with `var`"), edit))
    }

    /// The function whose header is at a place.
    fn function_at(self, span: Span) -> Option<DefPath> {
        let index = self.index();
        let near = index.defs.iter().filter(|(_, def)| {
            def.kind == DefKind::Function && def.span.start <= span.start.max(def.header.start)
        });
        let mut holds =
            near.filter(|(_, def)| (def.header.start..=def.header.end + 1).contains(&span.start));
        holds.next_back().map(|(path, _)| path.clone())
    }

    /// `-> None`, or the type of what is returned, as far as that shows.
    fn return_type(self, finding: &Finding) -> Option<Action> {
        let path = self.function_at(finding.range.span)?;
        let body = spy_db::def_body(self.db, self.project(), self.def(&path))?;
        let returned = body.stmts.iter().filter_map(|stmt| match stmt {
            Stmt::Return(value) => Some(self.type_of(&path, &body, *value)),
            _ => None,
        });
        let returned = returned.collect::<Option<BTreeSet<String>>>()?;
        let ty = match returned.len() {
            0 => "None".to_owned(),
            1 => returned.into_iter().next()?,
            // Which one is meant is not for us to say.
            _ => return None,
        };
        let header = self.index().defs.get(&path)?.header;
        let text = self.text();
        let rest = text.get(header.start as usize..)?;
        let close = closing(rest)?;
        let at = header.start + u32::try_from(close).ok()?;
        let edit = Edit { range: self.range(Span::new(at, at)), text: format!(" -> {ty}") };
        Some(self.fix(finding, format!("Add the return type `{ty}`"), edit))
    }

    /// The type of an expression in a function that cannot be evaluated yet, as far as it shows.
    fn type_of(self, path: &DefPath, body: &Body, expr: ExprId) -> Option<String> {
        let shown = |text: &str| Some(text.to_owned());
        match body.expr(expr) {
            Expr::Literal(Literal::None) => shown("None"),
            Expr::Literal(Literal::Bool(_)) | Expr::CmpOp { .. } | Expr::Chain { .. } => {
                shown("bool")
            }
            Expr::UnaryOp { op: UnaryOp::Not, .. } => shown("bool"),
            Expr::Literal(Literal::Int(_)) => shown("i32"),
            Expr::Literal(Literal::F64(_)) => shown("f64"),
            Expr::Literal(Literal::Str(_)) => shown("str"),
            Expr::UnaryOp { value, .. } => self.type_of(path, body, *value),
            Expr::BinOp { op, left, right } => {
                let left = self.type_of(path, body, *left)?;
                let right = self.type_of(path, body, *right)?;
                match (left.as_str(), right.as_str()) {
                    ("i32", "i32") if *op == BinOp::Div => shown("f64"),
                    ("i32", "f64") | ("f64", "i32") => shown("f64"),
                    _ => (left == right).then_some(left),
                }
            }
            Expr::Name(name) => self.annotation(path, name),
            Expr::Call { func, .. } => {
                let Expr::Name(name) = body.expr(*func) else { return None };
                match self.target_known(&self.named(path, name)?)?.value? {
                    Value::Type(ty) => Some(show::ty(ty)),
                    Value::Func(func) => {
                        let sig = queries::func_sig(self.db, self.project(), func)?;
                        (sig.color == Color::Red).then(|| show::ty(sig.ret))
                    }
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// The type of a parameter, as it is written.
    fn annotation(self, path: &DefPath, name: &Name) -> Option<String> {
        let index = self.index();
        let param = index
            .names
            .iter()
            .find(|it| it.name == *name && matches!(&it.role, Role::Param(of) if of == path))?;
        let rest = self.text().get(param.span.end as usize..)?.trim_start().strip_prefix(':')?;
        let mut depth = 0_usize;
        let end = rest.find(|c| {
            match c {
                '[' | '(' => depth += 1,
                ']' | ')' if depth > 0 => depth -= 1,
                ',' | '=' | ')' if depth == 0 => return true,
                _ => {}
            }
            false
        })?;
        Some(rest[..end].trim().to_owned())
    }

    /// A type for a parameter: that of its default, if it shows.
    fn parameter_type(self, finding: &Finding, name: &str) -> Option<Action> {
        let index = self.index();
        let span = finding.range.span;
        let found = index.names.iter().find(|found| {
            matches!(found.role, Role::Param(_))
                && found.name == name
                && (span.start..=span.end).contains(&found.span.start)
        })?;
        let rest = self.text().get(found.span.end as usize..)?.trim_start();
        let default = rest.strip_prefix('=').map(str::trim_start);
        let ty = default.map_or("i32", |default| match default.chars().next() {
            Some('"' | '\'') => "str",
            Some('T' | 'F') => "bool",
            _ if default.split([',', ')']).next().is_some_and(|text| text.contains('.')) => "f64",
            _ => "i32",
        });
        let at = Span::new(found.span.end, found.span.end);
        let edit = Edit { range: self.range(at), text: format!(": {ty}") };
        Some(self.fix(finding, format!("Add the type `{ty}` to `{name}`"), edit))
    }
}

fn quoted<'t>(text: &'t str, before: &str, after: &str) -> Option<&'t str> {
    text.strip_prefix(before)?.strip_suffix(after)
}

/// Behind the parenthesis that closes the first one.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, c) in text.char_indices() {
        match c {
            '(' => depth += 1,
            ')' if depth == 1 => return Some(at + 1),
            ')' => depth = depth.checked_sub(1)?,
            _ => {}
        }
    }
    None
}
