//! The names and definitions in a text, with their places.
//!
//! The AST says which names there are, but not always where each stands: `import a as b` is one
//! statement with one marked range. The index finds the words. It is made from one file alone and
//! made again when the text changes; what a name stands for is the business of `target`.

use spy_db::{Db, SourceFile};
use spy_syntax::ast::{
    Body, BodySpans, ClassDef, Color, DefPath, Expr, ExprId, FuncDef, Ident, Import, LAMBDA_CALL,
    MarkId, Node, Stmt, StmtId, written,
};
use spy_text::{HashSet, IndexMap, Name, Span};
use std::sync::Arc;

/// What a name does where it stands.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Role {
    /// It is read: this expression.
    Read(ExprId),
    /// A variable is assigned, or declared.
    Write,
    /// A parameter of this function is declared.
    Param(DefPath),
    /// This function or class is defined.
    Def(DefPath),
    /// The attribute of the value of `object`; `expr` is the whole, if it is an expression.
    Attr {
        /// The object.
        object: ExprId,
        /// `object.name`; none for methods that are called, and for assignments.
        expr: Option<ExprId>,
    },
    /// The name of an argument of this call.
    Keyword(ExprId),
    /// A part of the name of a module: all up to here, as it is written, and the number of dots before.
    Module(Name, u32),
    /// What is imported from this module, as it is written.
    Imported(Name, u32),
    /// The name that an import binds, where it differs from what is imported.
    Alias,
}

/// A name in a text.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Occurrence {
    /// Its bytes.
    pub span: Span,
    /// The name.
    pub name: Name,
    /// The definition in whose body it stands. Annotations of a function stand in the body around it.
    pub def: DefPath,
    /// What it does there.
    pub role: Role,
}

/// What a definition is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum DefKind {
    /// The text itself.
    Module,
    /// A class.
    Class,
    /// A function.
    Function,
}

/// A definition in a text.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Def {
    /// What it is.
    pub kind: DefKind,
    /// Its name; empty for the module.
    pub name: Name,
    /// Where the name stands.
    pub name_span: Span,
    /// All of it, without its decorators.
    pub span: Span,
    /// From `def` or `class` to the end of the header.
    pub header: Span,
    /// The definition around it, and the statement there; none for the module.
    pub outer: Option<DefPath>,
    /// Blue for everything but red functions.
    pub color: Color,
    /// Whether it is the part of a generic definition that has no name in the text.
    pub hidden: bool,
    /// Its docstring.
    pub doc: Option<Arc<str>>,
}

/// Where a name is declared, and the definition that it names, if any.
pub(crate) type Declared = (Span, Option<DefPath>);

/// The names, definitions and expressions of a file.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct FileIndex {
    /// Every name, in textual order.
    pub names: Vec<Occurrence>,
    /// Every definition, each after the one around it.
    pub defs: IndexMap<DefPath, Def>,
    /// The definitions that stand directly in others, in textual order.
    pub inner: IndexMap<DefPath, Vec<DefPath>>,
    /// Locals that lie in lists of one item, since functions inside declare them `nonlocal`.
    pub boxed: HashSet<(DefPath, Name)>,
    /// Where the names of definitions are declared first, and what they define there, if anything.
    pub declared: IndexMap<DefPath, IndexMap<Name, Declared>>,
    /// Every expression.
    pub exprs: Vec<(Span, DefPath, ExprId)>,
    /// The objects whose attributes are mentioned, also where the attribute is missing yet.
    pub objects: Vec<(DefPath, ExprId, Span)>,
    /// Every call, and where its callee ends.
    pub calls: Vec<(DefPath, ExprId, u32)>,
}

impl FileIndex {
    /// The name at an offset, or one that ends there.
    #[must_use]
    pub fn name_at(&self, offset: u32) -> Option<&Occurrence> {
        let end = self.names.partition_point(|name| name.span.start <= offset);
        self.names[..end].iter().rev().take(2).find(|name| offset <= name.span.end)
    }

    /// The part of a generic definition that has no name in the text.
    #[must_use]
    pub fn hidden_in(&self, def: &DefPath) -> Option<&Def> {
        let mut inner = self.inner.get(def)?.iter().filter_map(|path| self.defs.get(path));
        inner.find(|def| def.hidden)
    }

    /// The innermost definition around an offset.
    #[must_use]
    pub fn def_at(&self, offset: u32) -> DefPath {
        let mut around = self.defs.iter().filter(|(_, def)| {
            def.kind == DefKind::Module || (def.span.start..=def.span.end).contains(&offset)
        });
        around.next_back().map_or_else(DefPath::module, |(path, _)| path.clone())
    }

    /// The smallest expression around an offset.
    #[must_use]
    pub fn expr_at(&self, offset: u32) -> Option<&(Span, DefPath, ExprId)> {
        let around = self.exprs.iter().filter(|(span, _, _)| {
            (span.start..=span.end).contains(&offset) && span.start < span.end
        });
        around.min_by_key(|(span, _, _)| span.end - span.start)
    }
}

/// The index of a file.
#[salsa::tracked(returns(clone))]
pub fn file_index(db: &dyn Db, file: SourceFile) -> Arc<FileIndex> {
    let module = spy_db::parse(db, file);
    let text = file.text(db);
    let mut build = Build { text, index: FileIndex::default() };
    build.module(text, module.docstring.clone());
    for (path, body) in &module.bodies {
        if let Some(spans) = module.spans.get(path) {
            build.body(path, body, spans);
        }
    }
    build.index.names.sort_by_key(|name| (name.span.start, name.span.end));
    build.index.names.dedup();
    build.index.group();
    Arc::new(build.index)
}

impl FileIndex {
    /// Sorts what was found by definition. Large files have many.
    fn group(&mut self) {
        for (path, def) in &self.defs {
            if let Some(outer) = &def.outer {
                self.inner.entry(outer.clone()).or_default().push(path.clone());
            }
        }
        for found in &self.names {
            let inner = match &found.role {
                Role::Def(path) => Some(path.clone()),
                Role::Param(_) | Role::Write => None,
                _ => continue,
            };
            let names = self.declared.entry(found.def.clone()).or_default();
            names.entry(found.name.clone()).or_insert((found.span, inner));
        }
    }
}

/// What `def` and `class` have in common.
struct Defined<'a> {
    kind: DefKind,
    name: &'a Ident,
    header: MarkId,
    body: &'a DefPath,
    color: Color,
    doc: Option<&'a Arc<str>>,
}

struct Build<'t> {
    text: &'t str,
    index: FileIndex,
}

/// The local that a statement puts into a list of one item: no text covers both the list and its target.
fn boxed<'b>(body: &'b Body, spans: &BodySpans, id: StmtId, stmt: &'b Stmt) -> Option<&'b Name> {
    let Stmt::Assign { target, value } = stmt else { return None };
    let whole = spans.get(Node::Stmt(id)) == spans.get(Node::Expr(*value));
    (whole && matches!(body.expr(*value), Expr::List(_))).then_some(&target.name)
}

impl Build<'_> {
    fn module(&mut self, text: &str, doc: Option<Arc<str>>) {
        let span = Span::new(0, u32::try_from(text.len()).unwrap_or(u32::MAX));
        let def = Def {
            kind: DefKind::Module,
            name: Name::default(),
            name_span: Span::default(),
            span,
            header: Span::default(),
            outer: None,
            color: Color::Blue,
            hidden: true,
            doc,
        };
        self.index.defs.insert(DefPath::module(), def);
    }

    fn body(&mut self, path: &DefPath, body: &Body, spans: &BodySpans) {
        for (id, stmt) in body.stmt_ids().into_iter().zip(&body.stmts) {
            if let Some(name) = boxed(body, spans, id, stmt) {
                self.index.boxed.insert((path.clone(), name.clone()));
            }
            match body.local_def(stmt) {
                Some((target, stands)) => {
                    let made = stands.body.call_of_lambda();
                    let span = self.word(spans.get(Node::Mark(target.mark)), &target.name);
                    self.add(path, span, &target.name, Role::Def(made));
                }
                None => self.stmt(path, spans, id, stmt),
            }
        }
        // The parser made up the names that a lambda's own text does not have.
        if path.is_lambda() && !path.is_local_def() {
            return;
        }
        for (id, expr) in body.expr_ids().into_iter().zip(&body.exprs) {
            let span = spans.get(Node::Expr(id));
            self.index.exprs.push((span, path.clone(), id));
            self.expr(path, spans, (id, span), expr);
            self.parts(path, spans, id, expr);
            let args: &[ExprId] = match expr {
                Expr::Call { args, .. } => args,
                Expr::CallMethod { args, .. } => args,
                _ => &[],
            };
            for arg in args {
                if let Expr::Keyword { name, .. } = body.expr(*arg) {
                    let place = self.word(spans.get(Node::Mark(name.mark)), &name.name);
                    self.add(path, place, &name.name, Role::Keyword(id));
                }
            }
        }
    }

    fn add(&mut self, def: &DefPath, span: Option<Span>, name: &Name, role: Role) {
        if let Some(span) = span {
            self.index.names.push(Occurrence { span, name: name.clone(), def: def.clone(), role });
        }
    }

    fn stmt(&mut self, path: &DefPath, spans: &BodySpans, id: StmtId, stmt: &Stmt) {
        let mark = |mark: MarkId| spans.get(Node::Mark(mark));
        match stmt {
            Stmt::VarDef { target, .. }
            | Stmt::Assign { target, .. }
            | Stmt::AugAssign { target, .. }
            | Stmt::For { target, .. } => {
                let span = self.word(mark(target.mark), &target.name);
                self.add(path, span, &target.name, Role::Write);
            }
            Stmt::Unpack { targets, .. } | Stmt::Global(targets) => {
                for target in targets {
                    let span = self.word(mark(target.mark), &target.name);
                    self.add(path, span, &target.name, Role::Write);
                }
            }
            Stmt::SetAttr { target, attr, mark: range, .. }
            | Stmt::AugSetAttr { target, attr, mark: range, .. } => {
                let span = self.last(mark(*range), attr);
                self.add(path, span, attr, Role::Attr { object: *target, expr: None });
                let object = spans.get(Node::Expr(*target));
                self.index.objects.push((path.clone(), *target, object));
            }
            Stmt::FuncDef(def) => self.func(path, spans, spans.get(Node::Stmt(id)), def),
            Stmt::ClassDef(def) => self.class(path, spans, spans.get(Node::Stmt(id)), def),
            Stmt::Import(import) => {
                self.import(path, spans.get(Node::Stmt(id)), mark(import.asname.mark), import);
            }
            _ => {}
        }
    }

    fn func(&mut self, path: &DefPath, spans: &BodySpans, span: Span, def: &FuncDef) {
        self.define(
            path,
            spans,
            span,
            &Defined {
                kind: DefKind::Function,
                name: &def.name,
                header: def.prototype,
                body: &def.body,
                color: def.color,
                doc: def.docstring.as_ref(),
            },
        );
        // The parameters of a lambda are those of the function that it makes.
        if def.body.is_lambda() {
            return;
        }
        for arg in &def.args {
            let span = self.word(spans.get(Node::Mark(arg.mark)), &arg.name);
            self.add(&def.body, span, &arg.name, Role::Param(def.body.clone()));
        }
    }

    fn class(&mut self, path: &DefPath, spans: &BodySpans, span: Span, def: &ClassDef) {
        self.define(
            path,
            spans,
            span,
            &Defined {
                kind: DefKind::Class,
                name: &def.name,
                header: def.header,
                body: &def.body,
                color: Color::Blue,
                doc: def.docstring.as_ref(),
            },
        );
    }

    fn define(&mut self, path: &DefPath, spans: &BodySpans, span: Span, def: &Defined<'_>) {
        let header = spans.get(Node::Mark(def.header));
        let mut name = def.name.name.clone();
        let mut name_span = None;
        if let Some(local) = path.local_name() {
            name = Name::from(local);
            name_span = self.word(spans.get(Node::Mark(def.name.mark)), local);
        } else if !def.body.in_lambda() {
            name_span = self.word(spans.get(Node::Mark(def.name.mark)), &name);
            self.add(path, name_span, &name, Role::Def(def.body.clone()));
        }
        let found = Def {
            kind: def.kind,
            name,
            name_span: name_span.unwrap_or(header),
            span,
            header,
            outer: Some(path.clone()),
            color: def.color,
            hidden: name_span.is_none(),
            doc: def.doc.cloned(),
        };
        self.index.defs.insert(def.body.clone(), found);
    }

    /// `mark` is the range of `x as y`, or of `x`.
    fn import(&mut self, path: &DefPath, stmt: Span, mark: Span, import: &Import) {
        let level = import.level;
        if let Some(attr) = &import.attr {
            let module = (!import.module.is_empty())
                .then(|| {
                    self.find(Span::new(stmt.start, mark.start.max(stmt.start)), &import.module)
                })
                .flatten();
            self.module_parts(path, module, &import.module, level);
            let span = self.word(mark, attr);
            self.add(path, span, attr, Role::Imported(import.module.clone(), level));
        } else {
            let module = self.find(mark, &import.module);
            self.module_parts(path, module, &import.module, level);
        }
        let bound = &import.asname.name;
        let first = import.attr.as_ref().unwrap_or(&import.module);
        if bound != first && !import.binds_top {
            let span = self.last(mark, bound);
            self.add(path, span, bound, Role::Alias);
        }
    }

    /// Each part of `a.b.c` stands for a module.
    fn module_parts(&mut self, path: &DefPath, span: Option<Span>, module: &Name, level: u32) {
        let Some(span) = span else { return };
        let mut start = 0;
        for part in module.split('.') {
            let end = start + part.len();
            let offset = |at: usize| span.start + u32::try_from(at).unwrap_or(0);
            let place = Span::new(offset(start), offset(end));
            let whole = Name::from(&module[..end]);
            self.add(path, Some(place), &Name::from(part), Role::Module(whole, level));
            start = end + 1;
        }
    }

    fn expr(&mut self, path: &DefPath, spans: &BodySpans, (id, span): (ExprId, Span), expr: &Expr) {
        match expr {
            Expr::Name(name) if name != LAMBDA_CALL => {
                let span = self.word(span, name);
                self.add(path, span, name, Role::Read(id));
            }
            Expr::GetAttr { value, attr } => {
                let place = self.last(span, attr);
                self.add(path, place, attr, Role::Attr { object: *value, expr: Some(id) });
            }
            Expr::CallMethod { target, method, .. } => {
                let place = self.last(spans.get(Node::Mark(method.mark)), &method.name);
                self.add(path, place, &method.name, Role::Attr { object: *target, expr: None });
            }
            Expr::AssignExpr { target, .. } => {
                let place = self.word(spans.get(Node::Mark(target.mark)), &target.name);
                self.add(path, place, &target.name, Role::Write);
            }
            Expr::Lambda(def) => self.func(path, spans, span, def),
            _ => {}
        }
    }

    /// What completion and signatures look for.
    fn parts(&mut self, path: &DefPath, spans: &BodySpans, id: ExprId, expr: &Expr) {
        let span = |id: &ExprId| spans.get(Node::Expr(*id));
        match expr {
            Expr::GetAttr { value, .. } => {
                self.index.objects.push((path.clone(), *value, span(value)));
            }
            Expr::CallMethod { target, method, .. } => {
                self.index.objects.push((path.clone(), *target, span(target)));
                let end = spans.get(Node::Mark(method.mark)).end;
                self.index.calls.push((path.clone(), id, end));
            }
            Expr::Call { func, .. } => {
                self.index.calls.push((path.clone(), id, span(func).end));
            }
            _ => {}
        }
    }

    fn slice(&self, span: Span) -> &str {
        self.text.get(span.start as usize..span.end as usize).unwrap_or_default()
    }

    /// Where `name` stands in a range: all of it, or else its first whole word. A name that the parser
    /// made up stands nowhere.
    fn word(&self, span: Span, name: &str) -> Option<Span> {
        let name = written(name);
        if name.is_empty() || self.slice(span) == name {
            return (!name.is_empty()).then_some(span);
        }
        self.find(span, name)
    }

    fn find(&self, span: Span, name: &str) -> Option<Span> {
        let text = self.slice(span);
        let at = text.match_indices(name).map(|(at, _)| at).find(|&at| is_word(text, at, name))?;
        Some(part(span, at, name))
    }

    /// Where `name` stands last in a range.
    fn last(&self, span: Span, name: &str) -> Option<Span> {
        if name.is_empty() {
            return None;
        }
        let text = self.slice(span);
        let at = text.rmatch_indices(name).map(|(at, _)| at).find(|&at| is_word(text, at, name))?;
        Some(part(span, at, name))
    }
}

fn part(span: Span, at: usize, name: &str) -> Span {
    let start = span.start + u32::try_from(at).unwrap_or(0);
    Span::new(start, start + u32::try_from(name.len()).unwrap_or(0))
}

/// Whether no letter stands before or behind.
fn is_word(text: &str, at: usize, name: &str) -> bool {
    let is_letter = |c: char| c.is_alphanumeric() || c == '_';
    !text[..at].ends_with(is_letter) && !text[at + name.len()..].starts_with(is_letter)
}
