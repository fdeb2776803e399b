//! Random functions full of effects behave in C as in a small interpreter of the IR.

use super::run::{print, run, with_main};
use spy_ir::build::*;
use spy_ir::{
    Callee, Cell, Const, Expr, ExprKind, Fqn, Func, LocalId, Scalar, ScalarTy, Stmt, StmtKind, Type,
};
use std::fmt::Write;

const A: LocalId = LocalId(0);
const B: LocalId = LocalId(1);
const X: LocalId = LocalId(2);
const T: LocalId = LocalId(3);

/// A generator of pseudo-random IR; the same seed gives the same function.
struct Source {
    state: u64,
    /// Loop counters made so far.
    counters: u32,
    /// Whether a loop of the same body encloses the statement.
    in_loop: bool,
}

impl Source {
    fn below(&mut self, limit: u64) -> u64 {
        // The multiplier and increment are Knuth's; the low bits are of no use.
        self.state = self
            .state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.state >> 33) % limit
    }

    fn local(&mut self) -> LocalId {
        [A, B, X][self.below(3) as usize]
    }

    fn int(&mut self, depth: u32) -> Expr {
        let leaf = depth == 0;
        match self.below(if leaf { 4 } else { 15 }) {
            0 => int(self.below(7) as i32 - 3),
            1 | 2 => read(self.local(), Type::I32),
            3 => cell(),
            4 | 5 => prim("i32_add", vec![self.int(depth - 1), self.int(depth - 1)]),
            6 => prim("i32_sub", vec![self.int(depth - 1), self.int(depth - 1)]),
            7 => prim("i32_mul", vec![self.int(depth - 1), self.int(depth - 1)]),
            8 => {
                let low = prim("i32_and", vec![self.int(depth - 1), int(3)]);
                let divisor = prim("i32_add", vec![low, int(1)]);
                prim("i32_floordiv", vec![self.int(depth - 1), divisor])
            }
            9 | 10 => call("m::say", Type::I32, vec![self.int(depth - 1)]),
            11 => call("m::bump", Type::I32, vec![self.int(depth - 1), self.int(depth - 1)]),
            12 => {
                let local = self.local();
                expr(ExprKind::AssignLocal(local, Box::new(self.int(depth - 1))), Type::I32)
            }
            13 => {
                let value = Box::new(self.int(depth - 1));
                expr(ExprKind::AssignCell(Fqn::simple("m::g"), value), Type::I32)
            }
            _ => {
                let outer = std::mem::take(&mut self.in_loop);
                let body = self.stmts(depth - 1);
                self.in_loop = outer;
                block(body, self.int(depth - 1))
            }
        }
    }

    fn bool(&mut self, depth: u32) -> Expr {
        match self.below(if depth == 0 { 2 } else { 8 }) {
            0 => read(T, Type::BOOL),
            1 | 2 => {
                let depth = depth.saturating_sub(1);
                prim("i32_lt", vec![self.int(depth), self.int(depth)])
            }
            3 | 4 => and(self.bool(depth - 1), self.bool(depth - 1)),
            5 => or(self.bool(depth - 1), self.bool(depth - 1)),
            6 => prim("bool_not", vec![self.bool(depth - 1)]),
            _ => expr(ExprKind::AssignLocal(T, Box::new(self.bool(depth - 1))), Type::BOOL),
        }
    }

    fn stmts(&mut self, depth: u32) -> Vec<Stmt> {
        let count = 1 + self.below(3);
        (0..count).flat_map(|_| self.stmt(depth)).collect()
    }

    fn stmt(&mut self, depth: u32) -> Vec<Stmt> {
        let inner = depth.saturating_sub(1);
        match self.below(if depth == 0 { 3 } else { 8 }) {
            0 => vec![eval(self.int(depth))],
            1 | 2 => vec![assign(self.local(), self.int(depth))],
            3 => vec![assign(T, self.bool(depth))],
            4 | 5 => {
                let (test, then) = (self.bool(inner), self.stmts(inner));
                let orelse = if self.below(2) == 0 { self.stmt(inner) } else { vec![] };
                vec![if_(test, then, orelse)]
            }
            6 if self.in_loop => {
                let jump = if self.below(2) == 0 { StmtKind::Break } else { StmtKind::Continue };
                vec![if_(self.bool(inner), vec![stmt(jump)], vec![])]
            }
            _ => self.loop_stmt(inner),
        }
    }

    /// At most three rounds, counted by a local of its own.
    fn loop_stmt(&mut self, depth: u32) -> Vec<Stmt> {
        let counter = LocalId(4 + self.counters);
        self.counters += 1;
        let next = prim("i32_add", vec![read(counter, Type::I32), int(1)]);
        let counted = expr(ExprKind::AssignLocal(counter, Box::new(next)), Type::I32);
        let test = and(prim("i32_lt", vec![counted, int(4)]), self.bool(depth));
        let outer = std::mem::replace(&mut self.in_loop, true);
        let body = self.stmts(depth);
        self.in_loop = outer;
        vec![assign(counter, int(0)), while_(test, body)]
    }

    fn func(&mut self, name: &str) -> Func {
        let mut f = FuncBuilder::new(name).ret(Type::I32);
        f.param("a", Type::I32);
        f.param("b", Type::I32);
        f.local("x", Type::I32);
        f.local("t", Type::BOOL);
        let mut body: Vec<Stmt> = (0..3).flat_map(|_| self.stmts(3)).collect();
        body.push(ret(self.int(4)));
        for n in 0..self.counters {
            f.local(&format!("k{n}"), Type::I32);
        }
        self.counters = 0;
        f.body(body)
    }
}

fn read(local: LocalId, ty: Type) -> Expr {
    expr(ExprKind::Local(local), ty)
}

fn cell() -> Expr {
    expr(ExprKind::Cell(Fqn::simple("m::g")), Type::I32)
}

/// `say(x)` prints and returns x; `bump(x, y)` adds x to `g` and returns `g + y`.
fn helpers() -> Vec<Func> {
    let mut say = FuncBuilder::new("m::say").ret(Type::I32);
    let x = say.param("x", Type::I32);
    let say_body = vec![print(say.get(x)), print(text(" ")), ret(say.get(x))];
    let mut bump = FuncBuilder::new("m::bump").ret(Type::I32);
    let [x, y] = ["x", "y"].map(|name| bump.param(name, Type::I32));
    let sum = |l, r| prim("i32_add", vec![l, r]);
    let bump_body = vec![
        stmt(StmtKind::AssignCell(Fqn::simple("m::g"), sum(cell(), bump.get(x)))),
        ret(sum(cell(), bump.get(y))),
    ];
    vec![say.body(say_body), bump.body(bump_body)]
}

/// Runs IR step by step. Booleans are 0 and 1.
struct Machine {
    locals: Vec<i32>,
    g: i32,
    out: String,
}

/// How a statement ended.
enum Flow {
    Next,
    Break,
    Continue,
    Return(i32),
}

impl Machine {
    fn stmts(&mut self, stmts: &[Stmt]) -> Flow {
        for stmt in stmts {
            match self.stmt(stmt) {
                Flow::Next => {}
                other => return other,
            }
        }
        Flow::Next
    }

    fn stmt(&mut self, stmt: &Stmt) -> Flow {
        match &stmt.kind {
            StmtKind::Assign(local, value) => self.locals[local.0 as usize] = self.expr(value),
            StmtKind::Expr(value) => {
                self.expr(value);
            }
            StmtKind::If { test, then, orelse } => {
                let branch = if self.expr(test) != 0 { then } else { orelse };
                return self.stmts(branch);
            }
            StmtKind::While { test, body } => {
                while self.expr(test) != 0 {
                    match self.stmts(body) {
                        Flow::Break => break,
                        Flow::Next | Flow::Continue => {}
                        done @ Flow::Return(_) => return done,
                    }
                }
            }
            StmtKind::Break => return Flow::Break,
            StmtKind::Continue => return Flow::Continue,
            StmtKind::Return(value) => return Flow::Return(self.expr(value)),
            other => panic!("not generated: {other:?}"),
        }
        Flow::Next
    }

    fn expr(&mut self, expr: &Expr) -> i32 {
        match &expr.kind {
            ExprKind::Const(Const::Scalar(Scalar::I32(value))) => *value,
            ExprKind::Local(local) => self.locals[local.0 as usize],
            ExprKind::Cell(_) => self.g,
            ExprKind::And(left, right) => i32::from(self.expr(left) != 0 && self.expr(right) != 0),
            ExprKind::Or(left, right) => i32::from(self.expr(left) != 0 || self.expr(right) != 0),
            ExprKind::AssignLocal(local, value) => {
                self.locals[local.0 as usize] = self.expr(value);
                self.locals[local.0 as usize]
            }
            ExprKind::AssignCell(_, value) => {
                self.g = self.expr(value);
                self.g
            }
            ExprKind::Block(body, value) => {
                assert!(matches!(self.stmts(body), Flow::Next));
                self.expr(value)
            }
            ExprKind::Call(callee, args) => {
                let args: Vec<i32> = args.iter().map(|arg| self.expr(arg)).collect();
                self.call(callee, &args)
            }
            other => panic!("not generated: {other:?}"),
        }
    }

    fn call(&mut self, callee: &Callee, args: &[i32]) -> i32 {
        match callee {
            Callee::Func(fqn) if fqn.full() == "m::say" => {
                let _ = write!(self.out, "{} ", args[0]);
                args[0]
            }
            Callee::Func(_) => {
                self.g = self.g.wrapping_add(args[0]);
                self.g.wrapping_add(args[1])
            }
            Callee::Prim(op) => {
                let scalars: Vec<Scalar> = args
                    .iter()
                    .zip(op.params())
                    .map(|(value, ty)| match ty {
                        ScalarTy::Bool => Scalar::Bool(*value != 0),
                        _ => Scalar::I32(*value),
                    })
                    .collect();
                match spy_prim::eval(*op, &scalars) {
                    Ok(Scalar::Bool(value)) => i32::from(value),
                    Ok(Scalar::I32(value)) => value,
                    other => panic!("{op:?}({args:?}) is {other:?}"),
                }
            }
            other => panic!("not generated: {other:?}"),
        }
    }
}

#[test]
fn random_functions_agree_with_an_interpreter() {
    let mut source = Source { state: 42, counters: 0, in_loop: false };
    let mut funcs = helpers();
    let (mut parts, mut body, mut expected) = (Vec::new(), Vec::new(), Vec::new());
    for n in 0..250 {
        let name = format!("m::f{n}");
        let func = source.func(&name);
        let mut machine = Machine { locals: vec![0; func.locals.len()], g: 1, out: String::new() };
        machine.locals[..2].copy_from_slice(&[n, 3]);
        let Flow::Return(result) = machine.stmts(&func.body) else { panic!("no result") };
        expected.push(format!("{n}: {}= {result} {}", machine.out, machine.g));
        let mut part = FuncBuilder::new(&format!("m::part{n}"));
        let r = part.local("r", Type::I32);
        let part_body = vec![
            stmt(StmtKind::AssignCell(Fqn::simple("m::g"), int(1))),
            print(text(&format!("{n}: "))),
            assign(r, call(&name, Type::I32, vec![int(n), int(3)])),
            print(text("= ")),
            print(part.get(r)),
            print(text(" ")),
            print(cell()),
            print(text("\n")),
        ];
        parts.push(part.body(part_body));
        body.push(eval(call(&format!("m::part{n}"), Type::None, vec![])));
        funcs.push(func);
    }
    funcs.extend(parts);
    funcs.push(FuncBuilder::new("m::main").body(body));
    let mut program = program("m", funcs, vec![]);
    let init = Const::Scalar(Scalar::I32(1));
    program.modules[0].cells.push(Cell { fqn: Fqn::simple("m::g"), ty: Type::I32, init });
    let out = run(&with_main(program)).stdout;
    let got: Vec<&str> = out.lines().collect();
    assert!(out.len() > 3000, "{out}");
    assert_eq!(got, expected);
}
