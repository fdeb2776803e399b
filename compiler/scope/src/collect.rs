//! The walk over a module's text that finds declarations and uses.
//!
//! It keeps its own stack of what is left to visit instead of recursing, so no nesting of the
//! program can exhaust the thread's stack. What a declaration means is the business of `declare`.

use crate::declare::{Declarations, Place, RETURN};
use crate::tree::{ScopeId, ScopeTree};
use crate::{Home, Origin, ScopeError, ScopeKind, VarKind};
use spy_syntax::ast::{
    BinOp, Body, ClassDef, Color, CompKind, Comprehension, DefPath, Expr, ExprId, FuncDef, Ident,
    Import, Literal, MarkId, Module, Node, NodeRef, Stmt, StmtId, VarKeyword,
};
use spy_text::Name;
use std::collections::BTreeSet;

/// What the walk found.
#[derive(Debug)]
pub(crate) struct Collected {
    /// The scopes with their definitions and uses.
    pub(crate) tree: ScopeTree,
    /// Modules that the syntax needs.
    pub(crate) implicit_imports: BTreeSet<Name>,
    /// Wrong declarations, in textual order.
    pub(crate) errors: Vec<ScopeError>,
}

/// Walks over `module`.
pub(crate) fn collect(module: &Module, home: &Home) -> Collected {
    let root = DefPath::module();
    let mut declarations = Declarations::new(&home.module, module.bodies.len());
    let mut implicit_imports = BTreeSet::new();
    if let Some((index, _, body)) = module.bodies.get_full(&root) {
        let mut entered = vec![false; module.bodies.len()];
        entered[index] = true;
        declarations.tree.get_mut(declarations.current).body = Some(index);
        let mut walk = Walk {
            module,
            home,
            declarations,
            implicit_imports,
            place: BodyAt { def: &root, body },
            entered,
            last: index,
            tasks: Vec::new(),
        };
        walk.run();
        (declarations, implicit_imports) = (walk.declarations, walk.implicit_imports);
    }
    Collected { tree: declarations.tree, implicit_imports, errors: declarations.errors }
}

/// A body and its path.
#[derive(Clone, Copy)]
struct BodyAt<'m> {
    def: &'m DefPath,
    body: &'m Body,
}

impl BodyAt<'_> {
    fn at(self, node: Node) -> NodeRef {
        NodeRef { def: self.def.clone(), node }
    }

    fn mark(self, id: MarkId) -> NodeRef {
        self.at(Node::Mark(id))
    }

    /// A name declared at `loc`, without a type of its own.
    fn untyped(self, name: &Name, loc: Node) -> Place {
        Place { name: name.clone(), loc: self.at(loc), type_node: loc }
    }

    /// A name declared where it stands, with the type of `source`.
    fn target(self, ident: &Ident, source: ExprId) -> Place {
        let (loc, type_node) = (self.mark(ident.mark), Node::Expr(source));
        Place { name: ident.name.clone(), loc, type_node }
    }
}

/// What is left to do, last first.
enum Task<'m> {
    Expr(ExprId),
    Stmt(StmtId),
    EnterFunction(&'m FuncDef),
    EnterClass(&'m ClassDef),
    LeaveLoop,
    LeaveScope { scope: ScopeId, place: BodyAt<'m> },
}

struct Walk<'m> {
    module: &'m Module,
    home: &'m Home,
    declarations: Declarations,
    implicit_imports: BTreeSet<Name>,
    /// The body that the tasks' ids belong to.
    place: BodyAt<'m>,
    /// Whether the body with this index was visited: each is visited once, whatever the tree says.
    entered: Vec<bool>,
    /// Index of the body that was entered last.
    last: usize,
    tasks: Vec<Task<'m>>,
}

impl<'m> Walk<'m> {
    fn run(&mut self) {
        self.push_block(&self.place.body.root);
        while let Some(task) = self.tasks.pop() {
            self.declarations.tree.count_step();
            match task {
                Task::Expr(id) => self.visit_expr(id),
                Task::Stmt(id) => self.visit_stmt(id),
                Task::EnterFunction(def) => self.enter_function(def),
                Task::EnterClass(def) => self.enter_class(def),
                Task::LeaveLoop => self.declarations.loop_depth -= 1,
                Task::LeaveScope { scope, place } => {
                    self.declarations.current = scope;
                    self.place = place;
                }
            }
        }
    }

    /// Visits the statements next, in their order.
    fn push_block(&mut self, block: &[StmtId]) {
        self.tasks.extend(block.iter().rev().copied().map(Task::Stmt));
    }

    /// Visits the expressions next, in their order.
    fn push_exprs(&mut self, exprs: &[ExprId]) {
        self.tasks.extend(exprs.iter().rev().copied().map(Task::Expr));
    }

    /// Notes a use of a module of the standard library by syntax.
    fn need(&mut self, module: &'static str) {
        self.implicit_imports.insert(Name::new_static(module));
    }

    fn visit_stmt(&mut self, id: StmtId) {
        let stmt = self.place.body.stmt(id);
        match stmt {
            Stmt::Pass | Stmt::Break | Stmt::Continue => {}
            Stmt::Return(value) | Stmt::Expr(value) | Stmt::Raise(value) => {
                self.push_exprs(&[*value]);
            }
            Stmt::Assert { test, msg } => {
                self.push_exprs(msg.as_slice());
                self.push_exprs(&[*test]);
            }
            Stmt::VarDef { keyword, target, ty, value } => {
                match (self.place.body.local_def(stmt), value) {
                    (Some(_), Some(made)) => self.visit_local_def(&target.name, *made),
                    _ => self.visit_vardef(id, *keyword, &target.name, *ty),
                }
                self.push_exprs(value.as_slice());
                self.push_exprs(&[*ty]);
            }
            Stmt::Assign { target, value } => self.visit_assign(target, *value),
            Stmt::Unpack { targets, value } => self.visit_unpack(targets, *value),
            Stmt::AugAssign { op: _, target, value } => {
                self.declarations.reassign(&target.name);
                self.declarations.use_name(&target.name);
                self.push_exprs(&[*value]);
            }
            Stmt::SetAttr { target, attr: _, mark: _, value }
            | Stmt::AugSetAttr { op: _, target, attr: _, mark: _, value } => {
                self.push_exprs(&[*target, *value]);
            }
            Stmt::DelItem { target, args, mark: _ } => self.push_head_and(*target, args),
            Stmt::SetItem { target, args, mark: _, value }
            | Stmt::AugSetItem { op: _, target, args, mark: _, value } => {
                self.push_exprs(&[*value]);
                self.push_exprs(args);
                self.push_exprs(&[*target]);
            }
            Stmt::If { test, then, orelse } => {
                self.push_block(orelse);
                self.push_block(then);
                self.push_exprs(&[*test]);
            }
            Stmt::While { test, body } => self.push_loop(*test, body),
            Stmt::For { seq, target, iter, body } => {
                self.visit_for_target(*seq, target, *iter);
                self.push_loop(*iter, body);
            }
            Stmt::Global(names) => {
                names.iter().for_each(|name| self.declarations.use_name(&name.name));
            }
            Stmt::FuncDef(def) => self.visit_funcdef(def),
            Stmt::ClassDef(def) => self.visit_classdef(def),
            Stmt::Import(import) => self.visit_import(id, import),
        }
    }

    /// The head of a loop runs with its body: what it assigns, it may assign again.
    fn push_loop(&mut self, head: ExprId, body: &[StmtId]) {
        self.declarations.loop_depth += 1;
        self.tasks.push(Task::LeaveLoop);
        self.push_block(body);
        self.push_exprs(&[head]);
    }

    fn visit_for_target(&mut self, seq: u32, target: &Ident, iter: ExprId) {
        let hidden = Name::from(format!("_$iter{seq}"));
        self.declarations.define_hidden(self.place.untyped(&hidden, Node::Expr(iter)));
        self.declarations.loop_target(self.place.target(target, iter));
        self.declarations.use_name(&target.name);
    }

    fn assign_target(&mut self, target: &Ident, value: ExprId) {
        self.declarations.assign(self.place.target(target, value));
        self.declarations.use_name(&target.name);
    }

    fn visit_assign(&mut self, target: &Ident, value: ExprId) {
        self.assign_target(target, value);
        self.push_exprs(&[value]);
    }

    fn visit_unpack(&mut self, targets: &[Ident], value: ExprId) {
        self.need("_tuple");
        for target in targets {
            self.assign_target(target, value);
        }
        self.push_exprs(&[value]);
    }

    fn visit_vardef(&mut self, id: StmtId, keyword: Option<VarKeyword>, name: &Name, ty: ExprId) {
        let loc = self.place.at(Node::Stmt(id));
        let place = Place { name: name.clone(), loc, type_node: Node::Expr(ty) };
        self.declarations.define_variable(place, keyword);
    }

    /// A `def` in a red function.
    fn visit_local_def(&mut self, name: &Name, made: ExprId) {
        let place = self.place.untyped(name, Node::Expr(made));
        self.declarations.define(place, VarKind::Const, Origin::FuncDef, None);
    }

    fn visit_classdef(&mut self, def: &'m ClassDef) {
        let place = self.place.untyped(&def.name.name, Node::Mark(def.header));
        self.declarations.define(place, VarKind::Const, Origin::ClassDef, None);
        self.tasks.push(Task::EnterClass(def));
    }

    fn visit_import(&mut self, id: StmtId, import: &Import) {
        let place = self.place.untyped(&import.asname.name, Node::Stmt(id));
        let impref = self.home.bound(import);
        self.declarations.define(place, VarKind::Const, Origin::Auto, Some(impref));
    }

    /// Everything but the statements belongs to the scope that contains the `def`.
    fn visit_funcdef(&mut self, def: &'m FuncDef) {
        let place = self.place.untyped(&def.name.name, Node::Mark(def.prototype));
        self.declarations.define(place, VarKind::Const, Origin::FuncDef, None);
        self.visit_signature(def);
    }

    fn visit_signature(&mut self, def: &'m FuncDef) {
        self.tasks.push(Task::EnterFunction(def));
        self.push_exprs(&[def.ret]);
        self.tasks.extend(def.args.iter().rev().filter_map(|arg| arg.default).map(Task::Expr));
        self.push_exprs(&def.defaults);
        self.tasks.extend(def.args.iter().rev().map(|arg| Task::Expr(arg.ty)));
        self.push_exprs(&def.decorators);
    }

    fn enter_function(&mut self, def: &'m FuncDef) {
        let outer = self.place;
        if !self.enter(&def.name.name, &def.body, def.color, ScopeKind::Function) {
            return;
        }
        let (varkind, origin) = match def.color {
            Color::Red => (VarKind::Var, Origin::RedParam),
            Color::Blue => (VarKind::Const, Origin::BlueParam),
        };
        for arg in &def.args {
            let name = arg.name.clone();
            let place = Place { name, loc: outer.mark(arg.mark), type_node: Node::Expr(arg.ty) };
            self.declarations.define(place, varkind, origin, None);
        }
        let ret = Node::Expr(def.ret);
        self.declarations.define_hidden(outer.untyped(&Name::new_static(RETURN), ret));
    }

    fn enter_class(&mut self, def: &'m ClassDef) {
        self.enter(&def.name.name, &def.body, Color::Blue, ScopeKind::Class);
    }

    /// Goes into the body `def`, to come back after its statements. False if there is nothing to
    /// visit: the body is missing, or was visited before.
    fn enter(&mut self, name: &str, def: &'m DefPath, color: Color, kind: ScopeKind) -> bool {
        let Some((index, body)) = self.find(def) else { return false };
        if std::mem::replace(&mut self.entered[index], true) {
            return false;
        }
        self.last = index;
        let scope = self.declarations.enter(name, def, color, kind);
        self.declarations.tree.get_mut(self.declarations.current).body = Some(index);
        self.tasks.push(Task::LeaveScope { scope, place: self.place });
        self.place = BodyAt { def, body };
        self.push_block(&body.root);
        true
    }

    /// A definition's body and its index. Bodies stand in the order in which the walk comes to them,
    /// so it is nearly always the next one, which costs no search.
    fn find(&self, def: &DefPath) -> Option<(usize, &'m Body)> {
        let bodies = &self.module.bodies;
        let next = self.last + 1;
        match bodies.get_index(next) {
            Some((path, body)) if path == def => Some((next, body)),
            _ => bodies.get_full(def).map(|(index, _, body)| (index, &**body)),
        }
    }

    fn visit_expr(&mut self, id: ExprId) {
        match self.place.body.expr(id) {
            Expr::Auto | Expr::Literal(_) => {}
            Expr::Name(name) => self.declarations.use_name(name),
            Expr::GetItem { value, args } => self.push_head_and(*value, args),
            Expr::GetAttr { value, attr: _ } => self.push_exprs(&[*value]),
            Expr::Call { func, args } => self.push_head_and(*func, args),
            Expr::CallMethod { target, method: _, args } => {
                self.push_head_and(*target, args);
            }
            Expr::BinOp { op, left, right } => {
                if *op == BinOp::Or {
                    self.need_optional(&[*left, *right]);
                }
                self.push_exprs(&[*left, *right]);
            }
            Expr::CmpOp { op: _, left, right } => self.push_exprs(&[*left, *right]),
            Expr::UnaryOp { op: _, value }
            | Expr::Keyword { name: _, value }
            | Expr::Starred(value) => self.push_exprs(&[*value]),
            Expr::Chain { first, rest } => {
                self.tasks.extend(rest.iter().rev().map(|(_, operand)| Task::Expr(*operand)));
                self.push_exprs(&[*first]);
            }
            Expr::And(left, right) | Expr::Or(left, right) => self.push_exprs(&[*left, *right]),
            Expr::IfExp { then, test, orelse } => {
                self.need_optional(&[*then, *orelse]);
                self.push_exprs(&[*test, *then, *orelse]);
            }
            Expr::List(items) => {
                self.need("_list");
                self.push_exprs(items);
            }
            Expr::Tuple(items) => {
                self.need("_tuple");
                self.push_exprs(items);
            }
            Expr::Dict(items) => {
                self.need("_dict");
                for (key, value) in items.iter().rev() {
                    self.push_exprs(&[*key, *value]);
                }
            }
            Expr::Set(items) => {
                self.need("_set");
                self.push_exprs(items);
            }
            Expr::JoinedStr(values) => self.push_exprs(values),
            Expr::FormattedValue { value, conversion: _, spec } => {
                self.need("_format");
                self.push_exprs(spec.as_slice());
                self.push_exprs(&[*value]);
            }
            Expr::Slice { start, stop, step } => {
                self.need("_slice");
                self.push_exprs(&[*start, *stop, *step]);
            }
            Expr::AssignExpr { target, value } => self.visit_assign(target, *value),
            Expr::Comprehension(made) => self.visit_comprehension(id, made),
            Expr::Lambda(def) => self.visit_signature(def),
            Expr::Block { body, value } => {
                self.push_exprs(&[*value]);
                self.push_block(body);
            }
        }
    }

    fn visit_comprehension(&mut self, id: ExprId, made: &'m Comprehension) {
        self.need(match made.kind {
            CompKind::List => "_list",
            CompKind::Set => "_set",
            CompKind::Dict => "_dict",
            CompKind::Generator => "_collect",
        });
        let place = self.place.untyped(&made.collected, Node::Expr(id));
        self.declarations.define_hidden(place);
        self.push_exprs(&[made.result]);
        self.push_block(&made.body);
    }

    /// `T | None`, and `x if test else None`.
    fn need_optional(&mut self, operands: &[ExprId]) {
        let is_none =
            |id: &ExprId| matches!(self.place.body.expr(*id), Expr::Literal(Literal::None));
        if operands.iter().any(is_none) {
            self.need("_optional");
        }
    }

    fn push_head_and(&mut self, head: ExprId, args: &[ExprId]) {
        self.push_exprs(args);
        self.push_exprs(&[head]);
    }
}
