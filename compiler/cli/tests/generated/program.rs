//! A program: structs, functions, generics and closures, and a function that prints what they give.

use crate::choices::Choices;
use crate::types::Ty;
use std::fmt::Write as _;

/// Something that can be called with values.
#[derive(Clone)]
pub(crate) struct Function {
    /// What stands before the parenthesis.
    pub(crate) name: String,
    pub(crate) params: Vec<Ty>,
    pub(crate) ret: Ty,
    /// About how many steps a call takes.
    pub(crate) cost: u64,
    /// Names of parameters, where arguments may be given by name.
    pub(crate) names: Vec<String>,
}

/// A variable that is visible.
#[derive(Clone)]
pub(crate) struct Variable {
    pub(crate) name: String,
    pub(crate) ty: Ty,
    /// Whether it may be assigned to.
    pub(crate) changes: bool,
}

/// What is being written.
pub(crate) struct Generator<'a> {
    pub(crate) choices: Choices<'a>,
    /// Number of the program in its file: a part of all of its names.
    pub(crate) tag: usize,
    /// The fields of each struct of the file.
    pub(crate) structs: Vec<Vec<(String, Ty)>>,
    pub(crate) functions: Vec<Function>,
    /// Methods: of which struct, and what is called without its first parameter.
    pub(crate) methods: Vec<(usize, Function)>,
    /// What is visible.
    pub(crate) scope: Vec<Variable>,
    /// What has been written.
    pub(crate) text: String,
    /// Whether the generic functions can be called already.
    pub(crate) has_generics: bool,
    pub(crate) indent: usize,
    pub(crate) next: usize,
    /// How often the present statement runs at most, for one call.
    pub(crate) runs: u64,
    /// Steps of the present function so far.
    pub(crate) cost: u64,
    /// The result of the present function, if it may return early.
    pub(crate) ret: Option<Ty>,
    /// What the present function yields, if it is a generator.
    pub(crate) yields: Option<Ty>,
    /// Whether `break` and `continue` are possible.
    pub(crate) in_loop: bool,
    /// Whether the present function may print and change variables of the module.
    pub(crate) has_effects: bool,
}

impl<'a> Generator<'a> {
    pub(crate) fn new(bytes: &'a [u8], tag: usize, structs: Vec<Vec<(String, Ty)>>) -> Self {
        Self {
            choices: Choices::new(bytes),
            tag,
            structs,
            functions: Vec::new(),
            methods: Vec::new(),
            scope: Vec::new(),
            text: String::new(),
            indent: 0,
            next: 0,
            runs: 1,
            cost: 0,
            ret: None,
            yields: None,
            in_loop: false,
            has_effects: false,
            has_generics: false,
        }
    }

    /// Writes a line at the present indentation.
    pub(crate) fn line(&mut self, text: &str) {
        let _ = writeln!(self.text, "{:1$}{text}", "", self.indent * 4);
    }

    /// A name that nothing else has.
    pub(crate) fn fresh(&mut self, prefix: &str) -> String {
        self.next += 1;
        format!("{prefix}{}_{}", self.tag, self.next)
    }

    /// Writes the whole program.
    pub(crate) fn program(&mut self) {
        for _ in 0..self.choices.below(3) {
            self.structure();
        }
        self.generics();
        for _ in 0..self.choices.below(4) {
            match self.choices.below(4) {
                0 => self.function(None),
                1 => self.closure(),
                2 => self.generator(),
                _ => self.variadic(),
            }
        }
        self.module_variables();
        self.main();
    }

    fn structure(&mut self) {
        let number = self.structs.len();
        let name = Ty::Struct(number).text();
        let mut fields = Vec::new();
        for index in 0..=self.choices.below(3) {
            let mut ty = Ty::scalar(&mut self.choices);
            if self.choices.below(5) == 4 {
                ty = Ty::List(Box::new(ty));
            }
            fields.push((format!("f{index}"), ty));
        }
        self.line("@struct");
        self.line(&format!("class {name}:"));
        self.indent = 1;
        for (field, ty) in &fields {
            self.line(&format!("{field}: {}", ty.text()));
        }
        self.structs.push(fields.clone());
        self.line("def __repr__(self) -> str:");
        let shown: Vec<String> =
            fields.iter().map(|(field, _)| format!("repr(self.{field})")).collect();
        self.line(&format!("    return '{name}(' + {} + ')'", shown.join(" + ', ' + ")));
        if self.choices.below(2) == 1 {
            self.function(Some(number));
        }
        self.indent = 0;
    }

    /// A function, or a method of a struct.
    fn function(&mut self, owner: Option<usize>) {
        let name = self.fresh("fn");
        let ret = Ty::any(&mut self.choices, self.structs.len());
        let outer = self.scope.clone();
        let indent = self.indent;
        let mut written = Vec::new();
        if let Some(owner) = owner {
            written.push("self".to_owned());
            self.declare("self", &Ty::Struct(owner), false);
        }
        let (params, names) = self.parameters(3, &mut written);
        self.line(&format!("def {name}({}) -> {}:", written.join(", "), ret.text()));
        self.body(&ret);
        self.scope = outer;
        self.indent = indent;
        let function = Function { name, params, ret, cost: self.cost, names };
        match owner {
            Some(owner) => self.methods.push((owner, function)),
            None => self.functions.push(function),
        }
    }

    /// Up to `most` parameters, as they are written: their types and names.
    pub(crate) fn parameters(
        &mut self,
        most: usize,
        written: &mut Vec<String>,
    ) -> (Vec<Ty>, Vec<String>) {
        let (mut params, mut names) = (Vec::new(), Vec::new());
        for _ in 0..=self.choices.below(most) {
            let ty = Ty::any(&mut self.choices, self.structs.len());
            let param = self.fresh("p");
            written.push(format!("{param}: {}", ty.text()));
            self.declare(&param, &ty, true);
            params.push(ty);
            names.push(param);
        }
        (params, names)
    }

    /// The statements of a function that returns a value.
    pub(crate) fn body(&mut self, ret: &Ty) {
        self.indent += 1;
        (self.runs, self.cost, self.ret) = (1, 1, Some(ret.clone()));
        let count = self.choices.below(4);
        self.statements(count);
        self.ret = None;
        let value = self.expr(ret, 3);
        self.line(&format!("return {value}"));
        self.indent -= 1;
    }

    /// A generator, and a function that makes a list of what it yields.
    fn generator(&mut self) {
        let (name, lister) = (self.fresh("gen"), self.fresh("fn"));
        let item = Ty::scalar(&mut self.choices);
        let outer = self.scope.clone();
        let mut written = Vec::new();
        let (params, names) = self.parameters(2, &mut written);
        self.line(&format!("def {name}({}) -> Iterator[{}]:", written.join(", "), item.text()));
        self.indent = 1;
        (self.runs, self.cost, self.yields) = (1, 1, Some(item.clone()));
        let count = 2 + self.choices.below(4);
        self.statements(count);
        self.yields = None;
        let value = self.expr(&item, 2);
        self.line(&format!("yield {value}"));
        self.indent = 0;
        self.scope = outer;
        let ret = Ty::List(Box::new(item));
        self.line(&format!("def {lister}({}) -> {}:", written.join(", "), ret.text()));
        self.line(&format!("    return list({name}({}))[:6]", names.join(", ")));
        let cost = self.cost;
        self.functions.push(Function { name: lister, params, ret, cost, names });
    }

    /// A function that takes any number of values.
    fn variadic(&mut self) {
        let name = self.fresh("var");
        let item = Ty::scalar(&mut self.choices);
        let outer = self.scope.clone();
        self.line(&format!("def {name}(first: {0}, *rest: {0}) -> list[{0}]:", item.text()));
        self.line("    result = [first]");
        self.line("    for one in rest:");
        self.line("        result.append(one)");
        self.declare("first", &item, false);
        self.line("    return result");
        self.scope = outer;
        let count = 1 + self.choices.below(3);
        self.functions.push(Function {
            name,
            params: vec![item.clone(); count],
            ret: Ty::List(Box::new(item)),
            cost: 10,
            names: Vec::new(),
        });
    }

    /// A function that makes functions at compile time, and two of them.
    fn closure(&mut self) {
        let (maker, outer) = (self.fresh("make"), self.scope.clone());
        let known: Vec<Ty> =
            (0..=self.choices.below(2)).map(|_| Ty::scalar(&mut self.choices)).collect();
        let (param, ret) = (Ty::scalar(&mut self.choices), Ty::any(&mut self.choices, 0));
        let mut written = Vec::new();
        for ty in &known {
            let name = self.fresh("b");
            written.push(format!("{name}: {}", ty.text()));
            self.declare(&name, ty, false);
        }
        self.line("@blue");
        self.line(&format!("def {maker}({}):", written.join(", ")));
        self.indent = 1;
        let inner = self.fresh("p");
        self.line(&format!("def inner({inner}: {}) -> {}:", param.text(), ret.text()));
        self.declare(&inner, &param, false);
        self.body(&ret);
        self.line("return inner");
        self.indent = 0;
        self.scope = outer;
        let cost = self.cost;
        for _ in 0..2 {
            let name = self.fresh("made");
            let values: Vec<String> =
                known.iter().map(|ty| ty.literal(&mut self.choices)).collect();
            self.line(&format!("{name} = {maker}({})", values.join(", ")));
            let (params, ret) = (vec![param.clone()], ret.clone());
            self.functions.push(Function { name, params, ret, cost, names: Vec::new() });
        }
    }

    /// Generic functions and a generic struct, with a condition that differs.
    fn generics(&mut self) {
        let tag = self.tag;
        let outer = self.scope.clone();
        self.declare("n", &Ty::I32, false);
        let test = self.expr(&Ty::Bool, 2);
        self.scope = outer;
        for line in [
            format!("def choose{tag}[T](n: i32, x: T, y: T) -> T:"),
            format!("    if {test}:"),
            "        return x".into(),
            "    return y".into(),
            format!("def several{tag}[T](n: i32, x: T) -> list[T]:"),
            "    result = list[T]()".into(),
            "    for i in range(n & 3):".into(),
            "        result.append(x)".into(),
            "    return result".into(),
            "@struct".into(),
            format!("class Box{tag}[T]:"),
            "    item: T".into(),
            "    def get(self) -> T:".into(),
            "        return self.item".into(),
            format!("def twice{tag}(f: Callable[[i32], i32], n: i32) -> i32:"),
            "    return f(f(n))".into(),
            format!("def step{tag}(n: i32) -> i32:"),
            "    return n * 3 + 1".into(),
        ] {
            self.line(&line);
        }
        self.has_generics = true;
    }

    /// Constants that import time computes, and variables.
    fn module_variables(&mut self) {
        for _ in 0..self.choices.below(3) {
            let ty = Ty::any(&mut self.choices, self.structs.len());
            let name = self.fresh("g");
            (self.runs, self.cost) = (1, 1);
            let value = self.expr(&ty, 2);
            let is_variable = self.choices.below(2) == 1;
            let keyword = if is_variable { "var " } else { "" };
            self.line(&format!("{keyword}{name}: {} = {value}", ty.text()));
            self.declare(&name, &ty, is_variable);
        }
    }

    /// The function that prints.
    fn main(&mut self) {
        let tag = self.tag;
        self.line(&format!("def program{tag}() -> None:"));
        self.indent = 1;
        self.has_effects = true;
        (self.runs, self.cost) = (1, 1);
        let outer = self.scope.len();
        let count = 2 + self.choices.below(7);
        self.statements(count);
        let names: Vec<String> = self.scope.iter().map(|variable| variable.name.clone()).collect();
        for name in names {
            self.line(&format!("print('{name}', {name})"));
        }
        self.scope.truncate(outer);
        self.indent = 0;
    }

    /// Makes a variable visible.
    pub(crate) fn declare(&mut self, name: &str, ty: &Ty, changes: bool) {
        self.scope.push(Variable { name: name.into(), ty: ty.clone(), changes });
    }
}
