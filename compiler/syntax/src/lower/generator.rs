//! Functions with `yield`.
//!
//! A generator is a machine with states: what is between two `yield`s, or where loops and branches
//! with a `yield` inside begin and end. Its locals lie in a struct between two steps:
//!
//! ```text
//! def count(n: i32) -> Iterator[i32]:    @blue
//!     i = 0                              def count():
//!     while i < n:                           item = yields(Iterator[i32])
//!         yield i                            class class: ...      # locals, and what the library needs
//!         i += 1                             def yield(frame: gc_ptr[class]) -> bool:
//!                                                state = frame.__state__;  n = load(frame.n);  i = load(frame.i)
//!                                                while True:
//!                                                    if state == 0:
//!                                                        i = 0;  state = 1;  continue
//!                                                    if state == 1:
//!                                                        if i < n: state = 2;  continue
//!                                                        state = 3;  continue
//!                                                    ...
//!                                            type = generator[class, item, yield]
//!                                            def def(n: i32) -> type:
//!                                                frame = type.new();  frame.n = n
//!                                                return type.of(frame)
//!                                            return def
//! ```
//!
//! The names `class`, `yield` and `def` are keywords, and the others begin with `_$`, so that no text
//! can spell them. The types of the fields are those of the locals, which evaluation finds.

use super::Lower;
use super::states::States;
use crate::ast::{
    ArgKind, BodyKind, ClassDef, ClassKind, Color, DefPath, Expr, ExprId, FuncArg, FuncDef,
    FuncKind, GENERATOR_START as START, GENERATOR_STATE, GENERATOR_STEP as STEP, Ident, Stmt,
    StmtId, Sugar,
};
use crate::cst::{Def, E, ExprKind, List, S, StmtKind};
use spy_text::{Name, Span};

const ITEM: &str = "_$item";
const TYPE: &str = "_$type";
pub(super) const FRAME: &str = "_$frame";

impl Lower<'_, '_> {
    /// Whether statements have a `yield` among them.
    pub(super) fn has_yield(&self, list: List) -> bool {
        self.cst.stmts(list).any(|s| self.yields(s))
    }

    /// Whether a statement is a `yield`, or has one inside.
    pub(super) fn yields(&self, s: S) -> bool {
        match self.cst.stmt(s).kind {
            StmtKind::Expr(e) => matches!(self.cst.expr(e).kind, ExprKind::Yield { .. }),
            StmtKind::If { arms, orelse } => {
                let arms = self.cst.list(arms).chunks_exact(4);
                let inside = |arm: &[u32]| self.has_yield(List::from_parts(arm[2], arm[3]));
                arms.into_iter().any(inside) || self.has_yield(orelse)
            }
            StmtKind::While { body, orelse, .. } | StmtKind::For { body, orelse, .. } => {
                self.has_yield(body) || self.has_yield(orelse)
            }
            StmtKind::With { body, .. } => self.has_yield(body),
            _ => false,
        }
    }

    /// A `def` with a `yield` inside, without its decorators.
    pub(super) fn generator(
        &mut self,
        span: Span,
        def: &Def,
        body: List,
        name: &Name,
        decorators: Vec<ExprId>,
    ) -> Stmt {
        let prototype = self.prototype(span, def);
        let ret = self.add_expr(Expr::Auto, prototype);
        let wrapper = self.outline(name, def.name, Color::Blue, ret, prototype);
        let (path, around) = self.enter(name, BodyKind::Function);
        let next_loop = self.cx.next_loop;
        let mut root = Vec::new();
        let Some(returns) = def.returns else {
            self.reject(prototype, "a generator needs a type", "write `-> Iterator[T]`");
            self.leave(around);
            return Stmt::Pass;
        };
        let at = self.cst.expr(returns).span;
        let returns = self.type_expr(returns);
        let item = self.call_named("_$yields", vec![returns], at);
        self.bind(ITEM, item, at, &mut root);
        let class = self.frame_class(def.name);
        self.push(class, span, &mut root);
        let step = self.step_function(span, def, body);
        self.push(Stmt::FuncDef(Box::new(step)), span, &mut root);
        let args = [GENERATOR_STATE, ITEM, STEP].map(|name| self.named(name, at)).to_vec();
        let value = self.named("_$generator", at);
        let ty = self.add_expr(Expr::GetItem { value, args }, at);
        self.bind(TYPE, ty, at, &mut root);
        let start = self.start_function(span, def, body);
        self.push(Stmt::FuncDef(Box::new(start)), span, &mut root);
        let start = self.named(START, span);
        self.push(Stmt::Return(start), span, &mut root);
        self.cx.builder.body.root = root;
        self.leave(around);
        self.cx.next_loop = next_loop;
        let sugar = Sugar::Generator;
        Stmt::FuncDef(Box::new(FuncDef { body: path, decorators, sugar, ..wrapper }))
    }

    /// A definition without parameters and body.
    fn outline(
        &mut self,
        name: &str,
        at: Span,
        color: Color,
        ret: ExprId,
        prototype: Span,
    ) -> FuncDef {
        FuncDef {
            name: Ident { name: Name::from(name), mark: self.mark(at) },
            color,
            kind: FuncKind::Plain,
            args: Vec::new(),
            ret,
            defaults: Vec::new(),
            docstring: None,
            decorators: Vec::new(),
            prototype: self.mark(prototype),
            body: DefPath::module(),
            sugar: Sugar::No,
        }
    }

    /// The struct for the locals. Evaluation knows its fields.
    fn frame_class(&mut self, at: Span) -> Stmt {
        let name = Ident { name: Name::new_static(GENERATOR_STATE), mark: self.mark(at) };
        let header = self.mark(at);
        let (body, around) = self.enter(&name.name, BodyKind::Class);
        self.leave(around);
        let kind = ClassKind::Struct;
        Stmt::ClassDef(Box::new(ClassDef { name, kind, docstring: None, header, body }))
    }

    fn step_function(&mut self, span: Span, def: &Def, body: List) -> FuncDef {
        let prototype = self.prototype(span, def);
        let ret = self.named("_$bool", def.name);
        let outline = self.outline(STEP, def.name, Color::Red, ret, prototype);
        let value = self.named("_$gc_ptr", def.name);
        let class = self.named(GENERATOR_STATE, def.name);
        let ty = self.add_expr(Expr::GetItem { value, args: vec![class] }, def.name);
        let (name, mark) = (Name::new_static(FRAME), self.mark(def.name));
        let frame = FuncArg { name, ty, kind: ArgKind::Simple, default: None, mark };
        let params: Vec<Ident> = self
            .cst
            .params(def.params)
            .to_vec()
            .into_iter()
            .map(|param| param.name)
            .filter(|name| name.end > name.start)
            .map(|name| Ident { name: self.name(name), mark })
            .collect();
        let (path, around) = self.enter(&Name::new_static(STEP), BodyKind::Function);
        self.cx.states = Some(States::default());
        self.cx.in_red = true;
        self.cx.boxes = self.boxes_of(def.params, body);
        let docstring = self.cst.stmts(body).next().and_then(|s| self.docstring(s));
        for s in self.cst.stmts(body).skip(usize::from(docstring.is_some())).collect::<Vec<_>>() {
            self.step(s);
        }
        let params: Vec<Name> = params.into_iter().map(|param| param.name).collect();
        self.cx.builder.body.root = self.finish_states(&params, def.name);
        self.leave(around);
        FuncDef { args: vec![frame], body: path, ..outline }
    }

    fn start_function(&mut self, span: Span, def: &Def, body: List) -> FuncDef {
        let prototype = self.prototype(span, def);
        let ret = self.named(TYPE, def.name);
        let outline = self.outline(START, def.name, Color::Red, ret, prototype);
        let (args, defaults) = self.parameters(def.params);
        if let Some(args) = args.iter().find(|arg| arg.kind == ArgKind::VarPositional) {
            let at = self.cx.builder.spans.get(crate::ast::Node::Mark(args.mark));
            self.reject(at, "a generator cannot take `*args` yet", "pass a list");
        }
        let (path, around) = self.enter(&Name::new_static(START), BodyKind::Function);
        let docstring = self.cst.stmts(body).next().and_then(|s| self.docstring(s));
        let at = def.name;
        let mut root = Vec::new();
        let ty = self.named(TYPE, at);
        let frame = self.method_of(ty, "new", Box::default(), at);
        self.bind(FRAME, frame, at, &mut root);
        for arg in &args {
            self.store(&arg.name, at, &mut root);
        }
        let (ty, frame) = (self.named(TYPE, at), self.named(FRAME, at));
        let made = self.method_of(ty, "of", Box::new([frame]), at);
        self.push(Stmt::Return(made), at, &mut root);
        self.cx.builder.body.root = root;
        self.leave(around);
        FuncDef { args, defaults, docstring, body: path, ..outline }
    }

    /// `_$frame.name = name`.
    pub(super) fn store(&mut self, name: &Name, at: Span, out: &mut Vec<StmtId>) {
        let value = self.add_expr(Expr::Name(name.clone()), at);
        self.store_value(name, value, at, out);
    }

    /// `_$frame.name = value`.
    pub(super) fn store_value(
        &mut self,
        name: &str,
        value: ExprId,
        at: Span,
        out: &mut Vec<StmtId>,
    ) {
        let target = self.named(FRAME, at);
        let mark = self.mark(at);
        self.push(Stmt::SetAttr { target, attr: Name::from(name), mark, value }, at, out);
    }

    /// A name that the program's text does not have.
    pub(super) fn named(&mut self, name: &'static str, at: Span) -> ExprId {
        self.add_expr(Expr::Name(Name::new_static(name)), at)
    }

    /// `name = value`.
    pub(super) fn bind(
        &mut self,
        name: &'static str,
        value: ExprId,
        at: Span,
        out: &mut Vec<StmtId>,
    ) {
        let target = Ident { name: Name::new_static(name), mark: self.mark(at) };
        self.push(Stmt::Assign { target, value }, at, out);
    }

    /// `name(args)`.
    pub(super) fn call_named(&mut self, name: &'static str, args: Vec<ExprId>, at: Span) -> ExprId {
        let func = self.named(name, at);
        self.add_expr(Expr::Call { func, args }, at)
    }

    /// `target.method(args)`.
    pub(super) fn method_of(
        &mut self,
        target: ExprId,
        method: &'static str,
        args: Box<[ExprId]>,
        at: Span,
    ) -> ExprId {
        let method = Box::new(Ident { name: Name::new_static(method), mark: self.mark(at) });
        self.add_expr(Expr::CallMethod { target, method, args }, at)
    }

    /// A `yield` where there may be none.
    pub(super) fn stray_yield(&mut self, from: bool, span: Span) {
        self.unsupported(span, if from { "YieldFrom" } else { "Yield" });
    }

    /// The value of a `yield`.
    pub(super) fn yielded(&mut self, value: Option<E>, span: Span) -> ExprId {
        match value {
            Some(value) => self.expr(value),
            None => self.add_expr(Expr::Literal(crate::ast::Literal::None), span),
        }
    }
}
