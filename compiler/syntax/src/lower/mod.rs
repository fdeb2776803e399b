//! The concrete tree narrowed to SPy's AST.
//!
//! Each definition's statements become a body of their own; a [`Builder`] collects one body. What
//! SPy does not have is reported and left out: a statement disappears, an expression becomes the
//! literal `None`, so that the rest of the module can still be looked at.

mod annotation;
mod assign;
mod blank;
mod block;
mod boxes;
mod call;
mod class;
mod comprehension;
mod escape;
mod expr;
mod fstring;
mod func;
mod generator;
mod lambda;
mod leave;
mod literal;
mod module;
mod states;
mod stmt;

use self::boxes::Boxes;
use self::comprehension::Comprehensions;
use self::leave::Around;
use self::states::States;
use crate::ast::{
    Body, BodyKind, BodySpans, DefPath, Expr, ExprId, Ident, MarkId, Module, Stmt, StmtId,
};
use crate::blocks::Blocks;
use crate::cst::{Cst, E, S, StmtKind};
use crate::errors::Errors;
use crate::lexer::name;
use crate::node_ids::{Arena, Numbering};
use spy_text::{HashSet, IndexMap};
use spy_text::{Name, Span};
use std::sync::Arc;

/// Deepest nesting of statements and expressions that later phases must be able to walk, `elif`
/// counting as nesting.
const MAX_DEPTH: u32 = 2000;

/// Parses and lowers a module.
pub(crate) fn module(text: &str) -> Module {
    if u32::try_from(text.len()).is_err() {
        let mut errors = Errors::new("");
        errors.syntax(0, "source files of 4 GiB and more are not supported");
        return Context::new().finish("", None, errors);
    }
    let mut blocks = Blocks::new(text);
    let mut cx = Context::new();
    let mut stmts = Vec::new();
    let mut docstring = None;
    let (mut first, mut after_bad) = (true, false);
    while blocks.next(&mut stmts, &mut after_bad) {
        let mut lower = Lower::new(text, &blocks.cst, &mut cx, &mut blocks.errors);
        for &s in &stmts {
            if first && let Some(text) = lower.docstring(s) {
                docstring = Some(text);
            } else {
                lower.module_stmt(s);
            }
            first = false;
        }
    }
    cx.finish(text, docstring, blocks.errors)
}

/// A finished body with its path and its positions.
type Finished = (DefPath, Body, BodySpans);

/// One body being built.
struct Builder {
    path: DefPath,
    /// Its place among the module's bodies.
    slot: usize,
    body: Body,
    spans: BodySpans,
    numbering: Numbering,
    /// How many definitions of each name it has so far.
    defined: IndexMap<Name, usize>,
    /// How many statements of its top level each name has had so far.
    named: IndexMap<Name, usize>,
    /// How many hidden names it has so far.
    hidden: u32,
    /// Whether it has a target `_`.
    has_blank: bool,
}

/// Arenas of a finished body, emptied: the next body grows in them.
#[derive(Default)]
struct Scratch {
    exprs: Vec<Expr>,
    stmts: Vec<Stmt>,
    spans: BodySpans,
}

impl Builder {
    fn new(path: DefPath, kind: BodyKind, slot: usize, scratch: Scratch) -> Self {
        let ids = Arc::default();
        let Scratch { exprs, stmts, spans } = scratch;
        let body = Body { kind, ids, exprs, stmts, root: Vec::new() };
        let mut numbering = Numbering::default();
        if kind != BodyKind::Function {
            numbering.start("", 0, [0; 3]);
        }
        Self {
            path,
            slot,
            body,
            spans,
            numbering,
            defined: IndexMap::default(),
            named: IndexMap::default(),
            hidden: 0,
            has_blank: false,
        }
    }

    /// Lengths of the arenas.
    fn lens(&self) -> [u32; 3] {
        let BodySpans { exprs, stmts, marks, ids: _ } = &self.spans;
        [index(exprs.len()), index(stmts.len()), index(marks.len())]
    }

    fn next_id(&mut self, arena: Arena) -> u32 {
        let lens = self.lens();
        self.numbering.next(arena, lens)
    }

    /// The finished body, in memory of its own size, and what it grew in.
    fn finish(mut self) -> (Finished, Scratch) {
        let ids = Arc::new(self.numbering.finish());
        let body = Body {
            kind: self.body.kind,
            ids: Arc::clone(&ids),
            exprs: exact(&mut self.body.exprs),
            stmts: exact(&mut self.body.stmts),
            root: self.body.root,
        };
        let spans = BodySpans {
            ids,
            exprs: exact(&mut self.spans.exprs),
            stmts: exact(&mut self.spans.stmts),
            marks: exact(&mut self.spans.marks),
        };
        let scratch = Scratch { exprs: self.body.exprs, stmts: self.body.stmts, spans: self.spans };
        ((self.path, body, spans), scratch)
    }
}

/// What stays the same from statement to statement.
struct Context {
    /// The innermost body.
    builder: Builder,
    /// Finished bodies by slot; a slot is taken when its body starts, so that the order is
    /// that of the text.
    bodies: Vec<Option<Finished>>,
    /// What finished bodies grew in.
    spare: Vec<Scratch>,
    /// Number of the next `for` loop.
    next_loop: u32,
    /// Blocks around the current statement in its function that can be left.
    around: Vec<Around>,
    /// Nesting of what is being lowered.
    depth: u32,
    /// `__block__` around the current expression.
    blocks: u32,
    /// In a generator, its states.
    states: Option<States>,
    /// Whether the innermost body is that of a red function.
    in_red: bool,
    /// The locals of the innermost function that lie in lists.
    boxes: Boxes,
    /// Whether the file has the word `nonlocal`, once somebody asks.
    has_nonlocal: Option<bool>,
    /// Lambdas around the current expression.
    lambdas: u32,
    /// Comprehensions around it.
    comprehensions: Comprehensions,
    /// The names in the file, once an annotation in quotes asks for them.
    mentioned: Option<HashSet<Box<str>>>,
}

impl Context {
    fn new() -> Self {
        Self {
            builder: Builder::new(DefPath::module(), BodyKind::Module, 0, Scratch::default()),
            bodies: vec![None],
            spare: Vec::new(),
            next_loop: 0,
            around: Vec::new(),
            depth: 0,
            blocks: 0,
            states: None,
            in_red: false,
            boxes: Boxes::default(),
            has_nonlocal: None,
            lambdas: 0,
            comprehensions: Comprehensions::default(),
            mentioned: None,
        }
    }

    fn finish(mut self, text: &str, docstring: Option<Arc<str>>, errors: Errors<'_>) -> Module {
        let slot = self.builder.slot;
        self.bodies[slot] = Some(self.builder.finish().0);
        let mut bodies = IndexMap::with_capacity_and_hasher(self.bodies.len(), Default::default());
        let mut all_spans =
            IndexMap::with_capacity_and_hasher(self.bodies.len(), Default::default());
        for (path, body, spans) in self.bodies.into_iter().flatten() {
            bodies.insert(path.clone(), Arc::new(body));
            all_spans.insert(path, Arc::new(spans));
        }
        Module { docstring, bodies, spans: all_spans, errors: errors.finish(), end: end_of(text) }
    }
}

/// Number of lines plus one, and bytes of the last line; a line end at the end starts no line.
fn end_of(text: &str) -> (u32, u32) {
    let text = text.strip_suffix('\n').map_or(text, |text| text.strip_suffix('\r').unwrap_or(text));
    let lines = text.bytes().filter(|&byte| byte == b'\n').count();
    let last = text.rsplit('\n').next().unwrap_or(text).len();
    let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    (number(lines).saturating_add(2), number(last))
}

/// Where the text that is lowered stands in the file.
#[derive(Clone, Copy)]
enum Place {
    /// It is the file.
    File,
    /// From this offset on, as it is.
    From(u32),
    /// Its positions are not those of the file: all of them count as this range.
    Whole(Span),
}

/// Lowers the statements of one arena.
struct Lower<'a, 't> {
    /// The text that the arena's offsets count in.
    text: &'a str,
    cst: &'a Cst,
    place: Place,
    cx: &'a mut Context,
    errors: &'a mut Errors<'t>,
    /// Whether the arena's statements read `_`, once somebody asks.
    reads_blank: Option<bool>,
}

impl<'a, 't> Lower<'a, 't> {
    fn new(text: &'a str, cst: &'a Cst, cx: &'a mut Context, errors: &'a mut Errors<'t>) -> Self {
        Self { text, cst, place: Place::File, cx, errors, reads_blank: None }
    }

    /// A range of the arena as a range of the file.
    fn place(&self, span: Span) -> Span {
        match self.place {
            Place::File => span,
            Place::From(start) => Span::new(span.start + start, span.end + start),
            Place::Whole(place) => place,
        }
    }

    /// The text of a range.
    fn slice(&self, span: Span) -> &'a str {
        &self.text[span.start as usize..span.end as usize]
    }

    /// The identifier that a range holds.
    fn name(&self, span: Span) -> Name {
        name::intern(self.slice(span))
    }

    fn unsupported(&mut self, span: Span, what: &str) {
        let span = self.place(span);
        self.errors.unsupported(span, what);
    }

    fn reject(&mut self, span: Span, message: impl Into<String>, label: &str) {
        let span = self.place(span);
        self.errors.labelled(span, message, label);
    }

    fn add_expr(&mut self, expr: Expr, span: Span) -> ExprId {
        let span = self.place(span);
        let builder = &mut self.cx.builder;
        let id = ExprId(builder.next_id(Arena::Exprs));
        builder.body.exprs.push(expr);
        builder.spans.exprs.push(span);
        id
    }

    fn add_stmt(&mut self, stmt: Stmt, span: Span) -> StmtId {
        let span = self.place(span);
        let builder = &mut self.cx.builder;
        let id = StmtId(builder.next_id(Arena::Stmts));
        builder.body.stmts.push(stmt);
        builder.spans.stmts.push(span);
        id
    }

    fn mark(&mut self, span: Span) -> MarkId {
        let span = self.place(span);
        let builder = &mut self.cx.builder;
        let id = MarkId(builder.next_id(Arena::Marks));
        builder.spans.marks.push(span);
        id
    }

    /// Starts the numbers of a statement of a module's or class's top level.
    fn start_stmt(&mut self, s: S) {
        let name = self.defined_name(s);
        let builder = &mut self.cx.builder;
        let nth = builder.named.entry(name.clone()).or_insert(0);
        *nth += 1;
        let nth = *nth;
        builder.numbering.start(&name, nth, builder.lens());
    }

    /// The first name that a statement defines; empty if there is none.
    fn defined_name(&self, s: S) -> Name {
        let target = |e: E| self.name(self.cst.expr(e).span);
        match self.cst.stmt(s).kind {
            StmtKind::Def { def, .. } => self.name(self.cst.defs[def as usize].name),
            StmtKind::Class { class, .. } => self.name(self.cst.classes[class as usize].name),
            StmtKind::Declare { name, .. } => self.name(name),
            StmtKind::AnnAssign { target: name, .. } => target(name),
            StmtKind::Assign { targets, .. } => {
                self.cst.exprs(targets).next().map(target).unwrap_or_default()
            }
            StmtKind::Import(aliases) | StmtKind::ImportFrom { aliases, .. } => {
                let alias = self.cst.aliases(aliases).first();
                alias.map(|alias| self.name(alias.asname.unwrap_or(alias.name))).unwrap_or_default()
            }
            _ => Name::default(),
        }
    }

    /// A bound name at its place.
    fn ident(&mut self, span: Span) -> Ident {
        Ident { name: self.name(span), mark: self.mark(span) }
    }

    /// Enters a definition's body and gives its path; [`Self::leave`] ends it.
    fn enter(&mut self, name: &Name, kind: BodyKind) -> (DefPath, Outer) {
        let nth = self.cx.builder.defined.entry(name.clone()).or_insert(0);
        *nth += 1;
        let path = self.cx.builder.path.child(name, *nth);
        let slot = self.cx.bodies.len();
        self.cx.bodies.push(None);
        let scratch = self.cx.spare.pop().unwrap_or_default();
        let builder = Builder::new(path.clone(), kind, slot, scratch);
        let outer = Outer {
            builder: std::mem::replace(&mut self.cx.builder, builder),
            around: std::mem::take(&mut self.cx.around),
            states: self.cx.states.take(),
            in_red: std::mem::take(&mut self.cx.in_red),
            boxes: self.cx.boxes.clone(),
        };
        (path, outer)
    }

    fn leave(&mut self, outer: Outer) {
        let inner = std::mem::replace(&mut self.cx.builder, outer.builder);
        self.cx.around = outer.around;
        self.cx.states = outer.states;
        self.cx.in_red = outer.in_red;
        self.cx.boxes = outer.boxes;
        let slot = inner.slot;
        let (finished, scratch) = inner.finish();
        self.cx.bodies[slot] = Some(finished);
        self.cx.spare.push(scratch);
    }

    /// The end of the line that an offset is in, without its line end.
    fn end_of_line(&self, offset: u32) -> u32 {
        let rest = &self.text.as_bytes()[offset as usize..];
        let length = rest.iter().position(|&byte| byte == b'\n').unwrap_or(rest.len());
        let length = if rest[..length].ends_with(b"\r") { length - 1 } else { length };
        offset + index(length)
    }
}

/// What is put aside while a definition's body is built.
struct Outer {
    builder: Builder,
    around: Vec<Around>,
    states: Option<States>,
    in_red: bool,
    boxes: Boxes,
}

/// Moves the elements of an arena to memory of their own size.
fn exact<T>(arena: &mut Vec<T>) -> Vec<T> {
    let mut exact = Vec::with_capacity(arena.len());
    exact.append(arena);
    exact
}

/// A number of nodes. There are fewer than bytes of text, and these fit.
fn index(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
