//! Modules written as data: `def("f", [], [assign("x", num())])`.

use spy_syntax::ast::*;
use spy_text::IndexMap;
use spy_text::Name;
use std::collections::BTreeMap;
use std::sync::Arc;

/// An expression.
#[derive(Clone)]
pub(super) enum E {
    Auto,
    Num,
    Name(&'static str),
    Call(Vec<E>),
    Method(Box<E>, Vec<E>),
    Index(Vec<E>),
    Slice(Vec<E>),
    List(Vec<E>),
    Tuple(Vec<E>),
    Dict(Vec<(E, E)>),
    Walrus(&'static str, Box<E>),
    Block(Vec<S>, Box<E>),
    Nested(fn(ExprId) -> Expr, Box<E>),
    Pair(fn(ExprId, ExprId) -> Expr, Box<E>, Box<E>),
}

/// A statement.
#[derive(Clone)]
pub(super) enum S {
    Simple(Stmt),
    Eval(fn(ExprId) -> Stmt, E),
    Assert(E, Option<E>),
    Var(Option<VarKeyword>, &'static str, E, Option<E>),
    Assign(&'static str, E),
    Unpack(Vec<&'static str>, E),
    Aug(&'static str, E),
    SetAttr(E, E),
    SetItem(E, Vec<E>, E),
    If(E, Vec<S>, Vec<S>),
    While(E, Vec<S>),
    For(&'static str, E, Vec<S>),
    Def(Def),
    Class(&'static str, Vec<S>),
    Import(&'static str, Option<&'static str>, &'static str),
}

/// A `def`.
#[derive(Clone)]
pub(super) struct Def {
    pub(super) name: &'static str,
    pub(super) color: Color,
    pub(super) params: Vec<(&'static str, E)>,
    pub(super) defaults: Vec<E>,
    pub(super) ret: E,
    pub(super) decorators: Vec<E>,
    pub(super) sugar: bool,
    pub(super) body: Vec<S>,
}

pub(super) fn name(id: &'static str) -> E {
    E::Name(id)
}

pub(super) fn num() -> E {
    E::Num
}

pub(super) fn walrus(target: &'static str, value: E) -> E {
    E::Walrus(target, Box::new(value))
}

pub(super) fn assign(target: &'static str, value: E) -> S {
    S::Assign(target, value)
}

pub(super) fn eval(value: E) -> S {
    S::Eval(Stmt::Expr, value)
}

pub(super) fn ret(value: E) -> S {
    S::Eval(Stmt::Return, value)
}

/// `target: ty = 1`.
pub(super) fn typed(target: &'static str, ty: &'static str) -> S {
    S::Var(None, target, name(ty), Some(num()))
}

/// `var target = 1` or `const target = 1`.
pub(super) fn keyword(keyword: VarKeyword, target: &'static str) -> S {
    S::Var(Some(keyword), target, E::Auto, Some(num()))
}

/// `target = value` at module level.
pub(super) fn global(target: &'static str, value: E) -> S {
    S::Var(None, target, E::Auto, Some(value))
}

/// `target: ty` in a class.
pub(super) fn field(target: &'static str, ty: &'static str) -> S {
    S::Var(None, target, name(ty), None)
}

pub(super) fn for_loop(target: &'static str, body: impl Into<Vec<S>>) -> S {
    S::For(target, name("range"), body.into())
}

pub(super) fn def(name: &'static str, params: &[&'static str], body: impl Into<Vec<S>>) -> S {
    S::Def(Def {
        name,
        color: Color::Red,
        params: params.iter().map(|&param| (param, E::Auto)).collect(),
        defaults: Vec::new(),
        ret: E::Auto,
        decorators: Vec::new(),
        sugar: false,
        body: body.into(),
    })
}

pub(super) fn blue(name: &'static str, params: &[&'static str], body: impl Into<Vec<S>>) -> S {
    change(def(name, params, body), |def| def.color = Color::Blue)
}

/// What `def name[params]` or `class name[params]` stands for; `inner` is the definition inside.
pub(super) fn generic(name: &'static str, params: &[&'static str], inner: S) -> S {
    let result = if matches!(inner, S::Class(..)) { "Self" } else { "__impl" };
    let body = [inner, ret(E::Name(result))];
    change(blue(name, params, body), |def| def.sugar = true)
}

/// A `def` with something else than the usual.
pub(super) fn change(mut stmt: S, change: impl FnOnce(&mut Def)) -> S {
    if let S::Def(def) = &mut stmt {
        change(def);
    }
    stmt
}

/// A module, and what stands at its marks and statements.
pub(super) struct Built {
    pub(super) module: Module,
    places: BTreeMap<NodeRef, String>,
}

impl Built {
    /// What stands at a position.
    pub(super) fn text(&self, at: &NodeRef) -> &str {
        self.places.get(at).map_or("?", String::as_str)
    }
}

/// Builds a module.
pub(super) fn module(stmts: impl Into<Vec<S>>) -> Built {
    let mut builder = Builder { bodies: IndexMap::default(), places: BTreeMap::new() };
    builder.body(DefPath::module(), BodyKind::Module, 0, &stmts.into());
    let bodies = builder.bodies.into_iter().map(|(def, body)| (def, Arc::new(body))).collect();
    let module = Module {
        docstring: None,
        bodies,
        spans: IndexMap::default(),
        errors: Vec::new(),
        end: (1, 0),
    };
    Built { module, places: builder.places }
}

struct Builder {
    bodies: IndexMap<DefPath, Body>,
    places: BTreeMap<NodeRef, String>,
}

/// A body in the making.
struct BodyBuilder<'a> {
    builder: &'a mut Builder,
    def: DefPath,
    body: Body,
    marks: u32,
    loops: u32,
    children: BTreeMap<&'static str, usize>,
}

impl Builder {
    fn body(&mut self, def: DefPath, kind: BodyKind, loops: u32, stmts: &[S]) {
        let ids = Arc::default();
        let empty = Body { kind, ids, exprs: Vec::new(), stmts: Vec::new(), root: Vec::new() };
        self.bodies.insert(def.clone(), empty.clone());
        let children = BTreeMap::new();
        let mut builder =
            BodyBuilder { builder: self, def: def.clone(), body: empty, marks: 0, loops, children };
        let root = builder.block(stmts);
        let body = Body { root, ..builder.body };
        self.bodies.insert(def, body);
    }
}

impl BodyBuilder<'_> {
    fn place(&mut self, node: Node, text: String) {
        self.builder.places.insert(NodeRef { def: self.def.clone(), node }, text);
    }

    fn mark(&mut self, text: String) -> MarkId {
        let mark = MarkId(self.marks);
        self.marks += 1;
        self.place(Node::Mark(mark), text);
        mark
    }

    fn ident(&mut self, name: &'static str) -> Ident {
        Ident { name: Name::from(name), mark: self.mark(name.to_owned()) }
    }

    fn exprs(&mut self, exprs: &[E]) -> Vec<ExprId> {
        exprs.iter().map(|expr| self.expr(expr)).collect()
    }

    fn expr(&mut self, expr: &E) -> ExprId {
        let (text, expr) = match expr {
            E::Auto => ("auto", Expr::Auto),
            E::Num => ("1", Expr::Literal(Literal::Int("1".into()))),
            E::Name(id) => (*id, Expr::Name(Name::from(*id))),
            E::Call(parts) => {
                let parts = self.exprs(parts);
                ("call", Expr::Call { func: parts[0], args: parts[1..].to_vec() })
            }
            E::Method(target, args) => {
                let (target, args) = (self.expr(target), self.exprs(args));
                let mark = self.mark("method".to_owned());
                let method = Box::new(Ident { name: "m".into(), mark });
                let args = args.into_boxed_slice();
                ("method call", Expr::CallMethod { target, method, args })
            }
            E::Index(parts) => {
                let parts = self.exprs(parts);
                ("item", Expr::GetItem { value: parts[0], args: parts[1..].to_vec() })
            }
            E::Slice(parts) => {
                let parts = self.exprs(parts);
                ("slice", Expr::Slice { start: parts[0], stop: parts[1], step: parts[2] })
            }
            E::List(items) => ("list", Expr::List(self.exprs(items))),
            E::Tuple(items) => ("tuple", Expr::Tuple(self.exprs(items))),
            E::Dict(items) => {
                let items = items.iter().map(|(k, v)| (self.expr(k), self.expr(v))).collect();
                ("dict", Expr::Dict(items))
            }
            E::Walrus(target, value) => {
                let target = Box::new(self.ident(target));
                ("walrus", Expr::AssignExpr { target, value: self.expr(value) })
            }
            E::Block(body, value) => {
                ("block", Expr::Block { body: self.block(body), value: self.expr(value) })
            }
            E::Nested(make, value) => ("nested", make(self.expr(value))),
            E::Pair(make, left, right) => ("pair", make(self.expr(left), self.expr(right))),
        };
        let id = ExprId(u32::try_from(self.body.exprs.len()).expect("a small body"));
        self.body.exprs.push(expr);
        self.place(Node::Expr(id), text.to_owned());
        id
    }

    fn block(&mut self, stmts: &[S]) -> Vec<StmtId> {
        stmts.iter().map(|stmt| self.stmt(stmt)).collect()
    }

    fn stmt(&mut self, stmt: &S) -> StmtId {
        let mut text = String::new();
        let stmt = match stmt {
            S::Simple(stmt) => stmt.clone(),
            S::Eval(make, value) => make(self.expr(value)),
            S::Assert(test, msg) => {
                let test = self.expr(test);
                Stmt::Assert { test, msg: msg.as_ref().map(|msg| self.expr(msg)) }
            }
            S::Var(keyword, target, ty, value) => {
                text = format!("declare {target}");
                let (target, ty) = (self.ident(target), self.expr(ty));
                let value = value.as_ref().map(|value| self.expr(value));
                Stmt::VarDef { keyword: *keyword, target, ty, value }
            }
            S::Assign(target, value) => {
                Stmt::Assign { target: self.ident(target), value: self.expr(value) }
            }
            S::Unpack(targets, value) => {
                let targets = targets.iter().map(|target| self.ident(target)).collect();
                Stmt::Unpack { targets, value: self.expr(value) }
            }
            S::Aug(target, value) => {
                let target = self.ident(target);
                Stmt::AugAssign { op: BinOp::Add, target, value: self.expr(value) }
            }
            S::SetAttr(target, value) => {
                let (target, mark) = (self.expr(target), self.mark("attribute".to_owned()));
                Stmt::SetAttr { target, attr: "a".into(), mark, value: self.expr(value) }
            }
            S::SetItem(target, args, value) => {
                let (target, args) = (self.expr(target), self.exprs(args));
                let mark = self.mark("item".to_owned());
                Stmt::SetItem { target, args, mark, value: self.expr(value) }
            }
            S::If(test, then, orelse) => {
                let test = self.expr(test);
                Stmt::If { test, then: self.block(then), orelse: self.block(orelse) }
            }
            S::While(test, body) => Stmt::While { test: self.expr(test), body: self.block(body) },
            S::For(target, iter, body) => {
                let (target, iter, seq) = (self.ident(target), self.expr(iter), self.loops);
                self.loops += 1;
                Stmt::For { seq, target, iter, body: self.block(body) }
            }
            S::Def(def) => self.funcdef(def),
            S::Class(name, body) => self.classdef(name, body),
            S::Import(module, attr, asname) => {
                text = format!("import {asname}");
                Stmt::Import(Box::new(Import {
                    module: Name::from(*module),
                    level: 0,
                    binds_top: false,
                    attr: attr.map(Name::from),
                    asname: self.ident(asname),
                }))
            }
        };
        let id = StmtId(u32::try_from(self.body.stmts.len()).expect("a small body"));
        self.body.stmts.push(stmt);
        self.place(Node::Stmt(id), text);
        id
    }

    fn child(&mut self, name: &'static str) -> DefPath {
        let nth = self.children.entry(name).or_default();
        *nth += 1;
        self.def.child(name, *nth)
    }

    fn funcdef(&mut self, def: &Def) -> Stmt {
        let arg = |builder: &mut Self, (name, ty): &(&'static str, E)| FuncArg {
            name: Name::from(*name),
            ty: builder.expr(ty),
            kind: ArgKind::Simple,
            default: None,
            mark: builder.mark(format!("param {name}")),
        };
        let path = self.child(def.name);
        let funcdef = FuncDef {
            decorators: self.exprs(&def.decorators),
            name: self.ident(def.name),
            color: def.color,
            kind: if def.sugar { FuncKind::Generic } else { FuncKind::Plain },
            args: def.params.iter().map(|param| arg(self, param)).collect(),
            defaults: self.exprs(&def.defaults),
            ret: self.expr(&def.ret),
            docstring: None,
            prototype: self.mark(format!("def {}", def.name)),
            body: path.clone(),
            sugar: if def.sugar { Sugar::Generic } else { Sugar::No },
        };
        self.builder.body(path, BodyKind::Function, self.loops, &def.body);
        Stmt::FuncDef(Box::new(funcdef))
    }

    fn classdef(&mut self, name: &'static str, body: &[S]) -> Stmt {
        let path = self.child(name);
        let classdef = ClassDef {
            name: self.ident(name),
            kind: ClassKind::Struct,
            docstring: None,
            header: self.mark(format!("class {name}")),
            body: path.clone(),
        };
        self.builder.body(path, BodyKind::Class, self.loops, body);
        Stmt::ClassDef(Box::new(classdef))
    }
}
