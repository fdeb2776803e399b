//! A generated project, and the edits that happen to it.
//!
//! The project is kept as a description, not as text: an edit changes the description, and the
//! files are written anew. Nothing sees to it that a project still makes sense after an edit:
//! functions disappear from under their callers, and types change, as they do when people work.

use std::fmt::Write;

/// Number of modules besides `main`.
pub(crate) const MODULES: usize = 20;

const TYPES: [&str; 4] = ["i32", "i64", "f64", "i32"];
const OPERATORS: [&str; 4] = ["+", "-", "*", "//"];

/// A function of a module: `f0(x: i32) -> i32`.
#[derive(Clone, Debug)]
struct Function {
    name: String,
    operator: u8,
    operand: u8,
    comment: bool,
    /// Which of the module's features it uses, a bit for each.
    uses: u8,
    returns: u8,
}

/// A module.
#[derive(Clone, Debug)]
struct Module {
    /// The modules that it imports from, and what.
    imports: Vec<(usize, String)>,
    comments: u8,
    constant: i32,
    field: u8,
    method: u8,
    compare: bool,
    closure: u8,
    table: u8,
    inline: u8,
    prints: bool,
    functions: Vec<Function>,
    /// Text that replaces the file.
    replaced: Option<String>,
}

/// A project.
#[derive(Clone, Debug)]
pub(crate) struct Model {
    modules: Vec<Module>,
    fresh: u32,
}

/// An edit: what, where, and how; each number is taken modulo what there is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Edit {
    pub(crate) kind: u8,
    pub(crate) module: u8,
    pub(crate) item: u8,
    pub(crate) value: u8,
}

/// Number of kinds of edits.
pub(crate) const KINDS: u8 = 19;

impl Model {
    /// A project without errors.
    pub(crate) fn new() -> Self {
        let modules = (0..MODULES).map(|number| Module::new(number, MODULES)).collect();
        Self { modules, fresh: 0 }
    }

    /// The project's files.
    pub(crate) fn files(&self) -> Vec<(String, String)> {
        let mut files = vec![("main.spy".to_owned(), self.main())];
        for (number, module) in self.modules.iter().enumerate() {
            files.push((format!("m{number}.spy"), module.text()));
        }
        files
    }

    fn main(&self) -> String {
        let mut out = String::new();
        for number in 0..self.modules.len() {
            let _ = writeln!(out, "from m{number} import f0 as m{number}_f0");
        }
        out.push_str("\ndef main() -> None:\n");
        for number in 0..self.modules.len() {
            let _ = writeln!(out, "    print(m{number}_f0({number}))");
        }
        out
    }

    /// Applies an edit.
    pub(crate) fn apply(&mut self, edit: Edit) {
        self.fresh += 1;
        let fresh = self.fresh;
        let count = self.modules.len();
        let other = usize::from(edit.value) % count;
        let module = &mut self.modules[usize::from(edit.module) % count];
        let functions = module.functions.len();
        let index = usize::from(edit.item) % functions.max(1);
        match edit.kind % KINDS {
            0 => module.comments = edit.value % 5,
            1 => module.constant = i32::from(edit.value),
            2 => module.field = edit.value,
            3 => module.method = edit.value,
            4 => module.compare = !module.compare,
            5 => module.closure = edit.value,
            6 => module.table = edit.value % 7,
            7 => module.inline = edit.value,
            8 => module.prints = !module.prints,
            9 => {
                let function = Function::new(&format!("g{fresh}"), edit.value);
                module.functions.insert(index.min(functions), function);
            }
            10 if functions > 0 => drop(module.functions.remove(index)),
            11 if functions > 0 => module.functions[index].name = format!("f{}", edit.value % 4),
            12 if functions > 0 => module.functions[index].operand = edit.value,
            13 if functions > 0 => module.functions[index].operator = edit.value,
            14 if functions > 0 => {
                module.functions[index].comment = !module.functions[index].comment;
            }
            15 if functions > 0 => module.functions[index].uses = edit.value,
            16 if functions > 0 => module.functions[index].returns = edit.value,
            17 if edit.item.is_multiple_of(2) => drop(module.imports.pop()),
            // May make a cycle, or name a function that is not there.
            17 => module.imports.push((other, format!("f{}", edit.item % 3))),
            18 => {
                let texts =
                    ["", "def f0(x: i32) -> i32:\n    return x\n", "def f0(\n", "x: str = 1\n"];
                module.replaced = match (module.replaced.take(), edit.value % 5) {
                    (None, choice) if choice < 4 => Some(texts[usize::from(choice)].to_owned()),
                    _ => None,
                };
            }
            _ => {}
        }
    }
}

impl Function {
    fn new(name: &str, seed: u8) -> Self {
        Self {
            name: name.to_owned(),
            operator: seed,
            operand: seed % 10,
            comment: false,
            uses: if seed.is_multiple_of(3) { seed | 1 << 7 } else { seed },
            returns: 0,
        }
    }

    fn text(&self, module: &Module, out: &mut String) {
        if self.comment {
            let _ = writeln!(out, "# About {}.", self.name);
        }
        let ty = if self.returns % 8 == 7 { "str" } else { "i32" };
        let _ = writeln!(out, "def {}(x: i32) -> {ty}:", self.name);
        let operator = OPERATORS[usize::from(self.operator) % OPERATORS.len()];
        let _ = writeln!(out, "    result = x {operator} {}", self.operand);
        let mapped = ["a + x", "a + K", "x", "a * result"][usize::from(self.operand % 4)];
        let steps = format!(
            "for step in steps(3):\n        result = result + scaled(step) + sum(map(lambda a: {mapped}, [x]))"
        );
        let local = ["a + x", "a + K", "x if a < 1 else local(a - 1)", "a * len(items)"];
        let local = local[usize::from(self.operand / 4 % 4)];
        let items = format!(
            "items = [x, K]\n    def local(a: i32) -> i32:\n        return {local}\n    result = result + items[0] + local(2)"
        );
        let features = [
            "counter = counter + K",
            "p = P(2, x)\n    result = result + p.scaled(K).b",
            "result = result + pick[i32](x, 3)\n    if pick[f64](1.5, 2.5) > 2.0:\n        result = 0",
            "result = result + add_three(x) * add_k(x)",
            "result = result + table(6)",
            "result = result + squared(result)",
            &items,
            &steps,
        ];
        for (bit, feature) in features.iter().enumerate() {
            if self.uses & (1 << bit) != 0 {
                let _ = writeln!(out, "    {feature}");
            }
        }
        for (number, (from, name)) in module.imports.iter().enumerate() {
            if (number + usize::from(self.uses)).is_multiple_of(2) {
                let _ = writeln!(out, "    result = result + m{from}_{name}(x)");
            }
        }
        out.push_str("    return result\n\n");
    }
}

impl Module {
    fn new(number: usize, count: usize) -> Self {
        let seed = u8::try_from(number).unwrap_or(0);
        // Each imports from two others further down, so that there is no cycle.
        let targets = [number * 2 + 1, number * 2 + 2, number + 3];
        let imports = targets
            .iter()
            .filter(|target| **target < count)
            .map(|target| (*target, "f0".to_owned()));
        Self {
            imports: imports.collect(),
            comments: 0,
            constant: i32::from(seed),
            field: 0,
            method: 0,
            compare: false,
            closure: 0,
            table: 0,
            inline: 0,
            prints: number.is_multiple_of(7),
            functions: (0..3).map(|f| Function::new(&format!("f{f}"), seed * 3 + f)).collect(),
            replaced: None,
        }
    }

    fn text(&self) -> String {
        if let Some(text) = &self.replaced {
            return text.clone();
        }
        let mut out = String::new();
        for comment in 0..self.comments {
            let _ = writeln!(out, "# Comment {comment}.");
        }
        out.push_str("from __spy__ import force_inline\nfrom typing import Iterator\n");
        for (from, name) in &self.imports {
            let _ = writeln!(out, "from m{from} import {name} as m{from}_{name}");
        }
        self.definitions(&mut out);
        for function in &self.functions {
            function.text(self, &mut out);
        }
        out
    }

    fn definitions(&self, out: &mut String) {
        let Self { constant, inline, .. } = self;
        let field = TYPES[usize::from(self.field) % TYPES.len()];
        let method = ["self.b * n", "self.b + n", "n", "self.b"][usize::from(self.method) % 4];
        let compare = if self.compare { "<" } else { "<=" };
        let closure = ["x + n", "x - n", "x * n", "n"][usize::from(self.closure) % 4];
        let table = self.table;
        let inlined = ["x * x", "x + x", "x", "x // 2"][usize::from(*inline) % 4];
        let lambda = ["a * K", "a", "a + 1", "a * a"][usize::from(self.method) % 4];
        let yielded = ["i", "i + n", "n"][usize::from(self.table) % 3];
        let print = if self.prints { "        print(\"table\")\n" } else { "" };
        let _ = write!(
            out,
            "
def at_import(x: i32) -> i32:
    return x * 3

const K: i32 = at_import({constant})
var counter: i32 = {constant}

@struct
class P:
    a: {field}
    b: i32

    def scaled(self, n: i32) -> P:
        return P(self.a, {method})

def pick[T](a: T, b: T) -> T:
    if a {compare} b:
        return b
    return a

@blue
def make(n: i32):
    def inner(x: i32) -> i32:
        return {closure}
    return inner

add_three = make(3)
const N: i32 = {constant}
add_k = make(N)

@blue
def table(n: i32):
    if n == 0:
{print}        return {table}
    return table(n - 1) * 2

@force_inline
def squared(x: i32) -> i32:
    return {inlined}

scaled = lambda a: {lambda}

def steps(n: i32) -> Iterator[i32]:
    for i in range(n):
        yield {yielded}

"
        );
    }
}
