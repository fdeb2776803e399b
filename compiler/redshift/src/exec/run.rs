//! Executes a prepared program.
//!
//! All frames share one stack of values; a frame is its parameters and locals from `base` on.

use super::code::{Code, Declared, DeclaredCell, FuncCode, FuncIdx, Node, Place, Step};
use spy_eval::Machine;
use spy_eval::builtins;
use spy_eval::machine::deep;
use spy_ir::{Fqn, PosIdx};
use spy_syntax::ast::{MarkId, Node as SourceNode};
use spy_types::{
    ExcTy, FuncId, Loc, Name, Pos, PrimOp, PtrOp, Result, Scalar, SpyError, StructVal, Ty, Value,
};
use std::sync::Arc;

/// Calls inside calls before a program counts as having run out of stack.
const MAX_DEPTH: u32 = 100_000;

/// As how many calls a [`Node::Deep`] counts: it needs about as much stack.
const DEEP_COST: u32 = 8;

/// Frames that the report of an error holds.
const MAX_TRACE: usize = 64;

/// What errors tell about functions.
pub(super) struct Debug<'a> {
    /// Where a position of a function lies.
    pub(super) position: &'a dyn Fn(&Fqn, PosIdx) -> Option<Loc>,
    /// The name that people see.
    pub(super) name: &'a dyn Fn(&Fqn) -> String,
}

/// An error on its way out.
struct Failure {
    error: Box<SpyError>,
    /// Where the frame at hand was.
    pos: Option<PosIdx>,
    /// Whether the place to blame has been found.
    located: bool,
}

type Run<T> = std::result::Result<T, Box<Failure>>;

fn fail_at(error: Box<SpyError>, pos: PosIdx) -> Box<Failure> {
    Box::new(Failure { error, pos: Some(pos), located: false })
}

fn fail(etype: ExcTy, message: impl Into<String>) -> Box<Failure> {
    Box::new(Failure { error: SpyError::new(etype, message), pos: None, located: false })
}

/// The program breaks a rule of the IR: the compiler's fault.
fn broken(what: &str) -> Box<Failure> {
    fail(ExcTy::PanicError, format!("the program's code is broken: {what}"))
}

/// How statements end.
enum Flow {
    Next,
    Break,
    Continue,
    Return(Value),
}

/// A running program.
pub(super) struct Exec<'a, 'db> {
    code: &'a Code,
    debug: &'a Debug<'a>,
    machine: Machine<'db>,
    cells: Vec<Value>,
    stack: Vec<Value>,
    base: usize,
    depth: u32,
    /// Functions of the runtime want a place; what they report gets the right one later.
    nowhere: Loc,
}

impl<'a, 'db> Exec<'a, 'db> {
    /// A program that has not begun.
    pub(super) fn new(machine: Machine<'db>, code: &'a Code, debug: &'a Debug<'a>) -> Self {
        let def = spy_eval::queries::module_def(&Name::new_static("builtins"));
        let nowhere = Loc::from(Pos { def, node: SourceNode::Mark(MarkId(0)) });
        let cells = code.cells.clone();
        Self { code, debug, machine, cells, stack: Vec::new(), base: 0, depth: 0, nowhere }
    }

    /// Runs `main`; the exit status.
    ///
    /// # Errors
    /// What the program raises.
    pub(super) fn main(&mut self, argv: &[String]) -> Result<i32> {
        match self.start(argv) {
            Ok(Value::Scalar(Scalar::I32(status))) if self.code.returns_status => Ok(status),
            Ok(_) => Ok(0),
            Err(failure) => Err(failure.error),
        }
    }

    fn start(&mut self, argv: &[String]) -> Run<Value> {
        let mut args = Vec::new();
        if let Some((new, push)) = self.code.argv {
            let mut list = self.invoke(new, Vec::new())?;
            for arg in argv {
                list = self.invoke(push, vec![list, Value::str(arg.as_str())])?;
            }
            args.push(list);
        }
        self.invoke(self.code.main, args)
    }

    fn invoke(&mut self, func: FuncIdx, args: Vec<Value>) -> Run<Value> {
        let base = self.stack.len();
        self.stack.extend(args);
        self.enter(func, base)
    }

    // -- calls ----------------------------------------------------------------------------------

    /// Calls a function whose arguments stand on the stack from `base` on, and removes them.
    fn enter(&mut self, func: FuncIdx, base: usize) -> Run<Value> {
        let code = self.code;
        let func = &code.funcs[func];
        self.stack.extend_from_slice(&func.zeros);
        let outer = std::mem::replace(&mut self.base, base);
        let result = self.nested(1, |exec| exec.body(func));
        self.base = outer;
        self.stack.truncate(base);
        result
    }

    /// Does what needs as much stack as `cost` calls.
    fn nested(&mut self, cost: u32, work: impl FnOnce(&mut Self) -> Run<Value>) -> Run<Value> {
        if self.depth + cost > MAX_DEPTH {
            return Err(fail(ExcTy::PanicError, "stack overflow"));
        }
        self.depth += cost;
        let result = deep(|| work(self));
        self.depth -= cost;
        result
    }

    fn body(&mut self, func: &'a FuncCode) -> Run<Value> {
        if let Some(Declared { symbol, params, ret }) = &func.declared {
            let args = self.stack[self.base..self.base + func.params].to_vec();
            let called = self.machine.call_compiled(func.fqn.module(), symbol, params, *ret, &args);
            // Whoever calls it is to blame: there is no text of it.
            return called.map_err(|error| Box::new(Failure { error, pos: None, located: false }));
        }
        let failure = match self.steps(&func.body) {
            Ok(Flow::Return(value)) => return Ok(value),
            Ok(_) if func.returns_none => return Ok(Value::None),
            Ok(_) => {
                let text = "reached the end of the function without a `return`";
                fail_at(SpyError::type_error(text), func.end_pos)
            }
            Err(failure) => failure,
        };
        Err(self.leave(func, failure))
    }

    /// Adds what a frame knows to an error that leaves it.
    fn leave(&self, func: &FuncCode, mut failure: Box<Failure>) -> Box<Failure> {
        let loc = failure.pos.take().and_then(|pos| (self.debug.position)(&func.fqn, pos));
        if failure.error.frames.len() < MAX_TRACE {
            let name = (self.debug.name)(&func.fqn);
            failure.error.frames.push((name, loc.map(|loc| loc.start)));
        }
        if failure.located || func.track_caller {
            return failure;
        }
        let Failure { error, .. } = *failure;
        let error = match loc {
            Some(loc) => error.error("", loc),
            None => error,
        };
        Box::new(Failure { error, pos: None, located: true })
    }

    fn call(&mut self, func: FuncIdx, args: &'a [Node], pos: PosIdx) -> Run<Value> {
        let base = self.push_all(args)?;
        self.enter(func, base).map_err(|mut failure| {
            failure.pos = Some(pos);
            failure
        })
    }

    fn call_value(&mut self, operands: &'a [Node], pos: PosIdx) -> Run<Value> {
        let [func, args @ ..] = operands else { return Err(broken("a call of nothing")) };
        let func = self.value(func)?;
        let base = self.push_all(args)?;
        let Value::Code(func) = func else {
            self.stack.truncate(base);
            let text = "cannot call NULL function";
            return Err(fail_at(SpyError::new(ExcTy::PanicError, text), pos));
        };
        if self.code.funcs.get(func as usize).is_none_or(|code| code.params != args.len()) {
            return Err(broken("the arguments of a function value"));
        }
        self.enter(func as usize, base).map_err(|mut failure| {
            failure.pos = Some(pos);
            failure
        })
    }

    /// Puts operands on the stack, evaluated left to right; where the first one is.
    fn push_all(&mut self, args: &'a [Node]) -> Run<usize> {
        let base = self.stack.len();
        for arg in args {
            let value = self.value(arg)?;
            self.stack.push(value);
        }
        Ok(base)
    }

    // -- statements -----------------------------------------------------------------------------

    fn steps(&mut self, steps: &'a [Step]) -> Run<Flow> {
        for step in steps {
            match step {
                Step::Set(place, value) => {
                    let value = self.value(value)?;
                    self.set(*place, value)?;
                }
                Step::Eval(value) => {
                    self.value(value)?;
                }
                Step::If(branches, orelse) => match self.branches(branches, orelse)? {
                    Flow::Next => {}
                    left => return Ok(left),
                },
                Step::While(test, body) => {
                    if let Flow::Return(value) = self.repeat(test, body)? {
                        return Ok(Flow::Return(value));
                    }
                }
                Step::Return(value) => return Ok(Flow::Return(self.value(value)?)),
                Step::Break => return Ok(Flow::Break),
                Step::Continue => return Ok(Flow::Continue),
                Step::Unpack(places, value) => self.unpack(places, value)?,
                Step::Assert(test, msg, pos) => {
                    if !self.test(test)? {
                        return Err(self.failed_assert(msg.as_ref(), *pos));
                    }
                }
            }
        }
        Ok(Flow::Next)
    }

    fn branches(&mut self, branches: &'a [(Node, Vec<Step>)], orelse: &'a [Step]) -> Run<Flow> {
        for (test, then) in branches {
            if self.test(test)? {
                return self.steps(then);
            }
        }
        self.steps(orelse)
    }

    fn repeat(&mut self, test: &'a Node, body: &'a [Step]) -> Run<Flow> {
        while self.test(test)? {
            match self.steps(body)? {
                Flow::Next | Flow::Continue => {}
                Flow::Break => break,
                Flow::Return(value) => return Ok(Flow::Return(value)),
            }
        }
        Ok(Flow::Next)
    }

    fn unpack(&mut self, places: &'a [Place], value: &'a Node) -> Run<()> {
        let Value::Struct(data) = self.value(value)? else {
            return Err(broken("unpacking something that is not a struct"));
        };
        for (place, field) in places.iter().zip(&data.fields) {
            self.set(*place, field.clone())?;
        }
        Ok(())
    }

    fn failed_assert(&mut self, msg: Option<&'a Node>, pos: PosIdx) -> Box<Failure> {
        let message = match msg {
            Some(msg) => match self.value(msg) {
                Ok(text) => text.as_str().map(ToString::to_string).unwrap_or_default(),
                Err(failure) => return failure,
            },
            None => "assertion failed".to_owned(),
        };
        fail_at(SpyError::new(ExcTy::AssertionError, message), pos)
    }

    fn set(&mut self, place: Place, value: Value) -> Run<()> {
        match place {
            Place::Local(index) => self.stack[self.base + index] = value,
            Place::Cell(index) => self.cells[index] = value,
            Place::Declared(index) => {
                let DeclaredCell { module, name, ty } = &self.code.declared[index];
                let set = self.machine.set_declared_variable(module, name, *ty, &value);
                set.map_err(|error| Box::new(Failure { error, pos: None, located: false }))?;
            }
        }
        Ok(())
    }

    /// The value at a place of this program's own.
    fn get(&self, place: Place) -> Option<&Value> {
        match place {
            Place::Local(index) => self.stack.get(self.base + index),
            Place::Cell(index) => self.cells.get(index),
            Place::Declared(_) => None,
        }
    }

    fn read(&mut self, place: Place) -> Run<Value> {
        if let Place::Declared(index) = place {
            let DeclaredCell { module, name, ty } = &self.code.declared[index];
            let value = self.machine.declared_variable(module, name, *ty);
            return value.map_err(|error| Box::new(Failure { error, pos: None, located: false }));
        }
        self.get(place).cloned().ok_or_else(|| broken("a variable"))
    }

    // -- expressions ----------------------------------------------------------------------------

    fn test(&mut self, node: &'a Node) -> Run<bool> {
        match self.value(node)? {
            Value::Scalar(Scalar::Bool(value)) => Ok(value),
            _ => Err(broken("a test that is not a bool")),
        }
    }

    fn value(&mut self, node: &'a Node) -> Run<Value> {
        match node {
            Node::Const(value) => Ok(value.clone()),
            Node::Get(place) => self.read(*place),
            Node::Prim(op, args, pos) => self.prim(*op, args, *pos),
            Node::Call(func, args, pos) => self.call(*func, args, *pos),
            Node::CallValue(operands, pos) => self.call_value(operands, *pos),
            Node::SameFunc(same, pair) => {
                let equal = self.value(&pair[0])? == self.value(&pair[1])?;
                Ok(Value::bool(equal == *same))
            }
            Node::Runtime(func, args, pos) => self.runtime(*func, args, *pos),
            Node::Ptr(op, ty, args, pos) => self.pointer(*op, *ty, args, *pos),
            Node::Field(index, owner) => self.field(*index, owner),
            Node::Make(ty, args) => self.make(*ty, args),
            Node::And(pair) => {
                let value = self.test(&pair[0])? && self.test(&pair[1])?;
                Ok(Value::bool(value))
            }
            Node::Or(pair) => {
                let value = self.test(&pair[0])? || self.test(&pair[1])?;
                Ok(Value::bool(value))
            }
            Node::Walrus(place, value) => {
                let value = self.value(value)?;
                self.set(*place, value.clone())?;
                Ok(value)
            }
            Node::Block(steps, value) => match self.steps(steps)? {
                Flow::Next => self.value(value),
                _ => Err(broken("control leaves an expression")),
            },
            Node::Raise(etype, message, pos) => Err(self.raise(*etype, message, *pos)),
            Node::Deep(node) => self.nested(DEEP_COST, |exec| exec.value(node)),
        }
    }

    fn prim(&mut self, op: PrimOp, args: &'a [Node], pos: PosIdx) -> Run<Value> {
        let result = match args {
            [only] => spy_prim::eval(op, &[self.scalar(only)?]),
            [left, right] => spy_prim::eval(op, &[self.scalar(left)?, self.scalar(right)?]),
            _ => return Err(broken("the operands of an operation")),
        };
        result.map(Value::Scalar).map_err(|error| fail_at(error.into(), pos))
    }

    fn scalar(&mut self, node: &'a Node) -> Run<Scalar> {
        match self.value(node)? {
            Value::Scalar(scalar) => Ok(scalar),
            _ => Err(broken("an operand that is not a scalar")),
        }
    }

    fn runtime(&mut self, func: FuncId, args: &'a [Node], pos: PosIdx) -> Run<Value> {
        let base = self.push_all(args)?;
        let args = self.stack.split_off(base);
        builtins::run(&mut self.machine, func, args, self.nowhere)
            .map_err(|error| fail_at(error, pos))
    }

    fn pointer(&mut self, op: PtrOp, ty: Ty, args: &'a [Node], pos: PosIdx) -> Run<Value> {
        let base = self.push_all(args)?;
        let result = builtins::run_pointers(&mut self.machine, op, ty, &self.stack[base..]);
        self.stack.truncate(base);
        result.map_err(|error| fail_at(error, pos))
    }

    fn make(&mut self, ty: Ty, args: &'a [Node]) -> Run<Value> {
        let base = self.push_all(args)?;
        let fields = self.stack.split_off(base);
        Ok(Value::Struct(Arc::new(StructVal { ty, fields })))
    }

    fn field(&mut self, index: usize, owner: &'a Node) -> Run<Value> {
        let field = |owner: &Value| match owner {
            Value::Struct(data) => data.fields.get(index).cloned(),
            // A function that holds nothing is its code, and a NULL function is NULL.
            Value::Code(_) | Value::Ptr(_) if index == 0 => Some(owner.clone()),
            Value::Code(_) | Value::Ptr(_) => Some(Value::null(
                spy_eval::function_value::held_pointer(spy_types::ScalarTy::U8.into()),
            )),
            _ => None,
        };
        let found = match owner {
            Node::Get(place @ (Place::Local(_) | Place::Cell(_))) => {
                self.get(*place).and_then(field)
            }
            other => field(&self.value(other)?),
        };
        found.ok_or_else(|| broken("a field of something that has none"))
    }

    fn raise(&mut self, etype: ExcTy, message: &'a Node, pos: PosIdx) -> Box<Failure> {
        match self.value(message) {
            Ok(text) => {
                let text = text.as_str().map(ToString::to_string).unwrap_or_default();
                fail_at(SpyError::new(etype, text), pos)
            }
            Err(failure) => failure,
        }
    }
}
