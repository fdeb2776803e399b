//! Expressions of a given type. None of them can fail at run time: divisors are not zero, and
//! subscripts lie within what they select from.

use crate::program::{Function, Generator, Variable};
use crate::types::{INTS, Ty};

/// Steps that one function may take, about.
const MOST_COST: u64 = 20_000;

impl Generator<'_> {
    /// An expression of a type, `depth` operations deep at most.
    pub(crate) fn expr(&mut self, ty: &Ty, depth: u32) -> String {
        self.cost += self.runs;
        if depth == 0 {
            return self.leaf(ty, depth);
        }
        match self.choices.below(9) {
            0 | 1 => self.leaf(ty, depth),
            2 => self.call(ty, depth),
            3 => self.selected(ty, depth),
            _ => self.operation(ty, depth - 1),
        }
    }

    /// A variable, or a value written out.
    fn leaf(&mut self, ty: &Ty, depth: u32) -> String {
        let variables: Vec<String> = self
            .scope
            .iter()
            .filter(|variable| variable.ty == *ty)
            .map(|variable| variable.name.clone())
            .collect();
        if !variables.is_empty() && self.choices.below(4) != 3 {
            return self.choices.pick(&variables);
        }
        self.display(ty, depth.saturating_sub(1))
    }

    /// A value written out, of parts that are `depth` operations deep.
    fn display(&mut self, ty: &Ty, depth: u32) -> String {
        match ty {
            Ty::List(item) => match self.choices.below(4) {
                0 => format!("list[{}]()", item.text()),
                count => format!("[{}]", self.several(&vec![(**item).clone(); count], depth)),
            },
            Ty::Dict(key, value) => match self.choices.below(3) {
                0 => format!("dict[{}, {}]()", key.text(), value.text()),
                count => {
                    let pairs: Vec<String> = (0..count)
                        .map(|_| format!("{}: {}", self.expr(key, depth), self.expr(value, depth)))
                        .collect();
                    format!("{{{}}}", pairs.join(", "))
                }
            },
            Ty::Tuple(items) => format!("({})", self.several(items, depth)),
            Ty::Optional(item) => match self.choices.below(3) {
                0 => format!("{}(None)", ty.text()),
                _ => format!("{}({})", ty.text(), self.expr(item, depth)),
            },
            Ty::Struct(number) => {
                let fields: Vec<Ty> =
                    self.structs[*number].iter().map(|(_, ty)| ty.clone()).collect();
                format!("{}({})", ty.text(), self.several(&fields, depth))
            }
            _ => ty.literal(&mut self.choices),
        }
    }

    fn several(&mut self, types: &[Ty], depth: u32) -> String {
        let values: Vec<String> = types.iter().map(|ty| self.expr(ty, depth)).collect();
        values.join(", ")
    }

    /// A call of a function of the program, if there is one with this result that is cheap enough.
    fn call(&mut self, ty: &Ty, depth: u32) -> String {
        let room = MOST_COST.saturating_sub(self.cost);
        let runs = self.runs;
        let fits = |function: &&Function| function.ret == *ty && function.cost * runs <= room;
        let functions: Vec<Function> = self.functions.iter().filter(fits).cloned().collect();
        if functions.is_empty() {
            return self.generic(ty, depth - 1);
        }
        let function = self.choices.pick(&functions);
        self.cost += function.cost * runs;
        let mut args = Vec::new();
        let by_name = self.choices.below(4) == 3 && !function.names.is_empty();
        for (index, param) in function.params.iter().enumerate() {
            let value = self.expr(param, depth - 1);
            let is_last = index + 1 == function.params.len();
            args.push(match function.names.get(index) {
                Some(name) if by_name && is_last => format!("{name}={value}"),
                _ => value,
            });
        }
        format!("{}({})", function.name, args.join(", "))
    }

    /// An instance of generic code.
    fn generic(&mut self, ty: &Ty, depth: u32) -> String {
        if !self.has_generics {
            return self.operation(ty, depth);
        }
        let (tag, text) = (self.tag, ty.text());
        let count = self.expr(&Ty::I32, depth);
        match (self.choices.below(3), ty) {
            (0, Ty::I32) => format!("twice{tag}(step{tag}, {count})"),
            (0 | 1, _) => {
                let values = self.several(&[ty.clone(), ty.clone()], depth);
                format!("choose{tag}[{text}]({count}, {values})")
            }
            (_, Ty::List(item)) => {
                format!("several{tag}[{}]({count}, {})", item.text(), self.expr(item, depth))
            }
            _ => format!("Box{tag}[{text}]({}).get()", self.expr(ty, depth)),
        }
    }

    /// A part of a variable's value: a field, an item, what a method returns.
    fn selected(&mut self, ty: &Ty, depth: u32) -> String {
        let mut found = Vec::new();
        for variable in &self.scope {
            let name = &variable.name;
            match &variable.ty {
                Ty::Struct(number) => {
                    let fields = self.structs[*number].iter().filter(|(_, field)| field == ty);
                    found.extend(fields.map(|(field, _)| format!("{name}.{field}")));
                }
                Ty::Tuple(items) => {
                    let places = items.iter().enumerate().filter(|(_, item)| *item == ty);
                    found.extend(places.map(|(index, _)| format!("{name}[{index}]")));
                }
                Ty::List(item) if **item == *ty => found.push(format!("LIST{name}")),
                Ty::Dict(_, value) if **value == *ty => found.push(format!("DICT{name}")),
                Ty::Dict(_, value) if Ty::Optional(value.clone()) == *ty => {
                    found.push(format!("DICT{name}"));
                }
                Ty::Optional(item) if **item == *ty => found.push(format!("OPTIONAL{name}")),
                _ => {}
            }
        }
        if found.is_empty() {
            return self.method_call(ty, depth);
        }
        let place = self.choices.pick(&found);
        if let Some(name) = place.strip_prefix("LIST") {
            let index = self.expr(&Ty::I32, depth - 1);
            let instead = self.leaf(ty, 0);
            return format!("({name}[{index} % len({name})] if {name} else {instead})");
        }
        if let Some(name) = place.strip_prefix("OPTIONAL") {
            return format!("or_else[{}]({name}, {})", ty.text(), self.leaf(ty, 0));
        }
        if let Some(name) = place.strip_prefix("DICT") {
            let key = self.scope.iter().find_map(|variable| match &variable.ty {
                Ty::Dict(key, _) if variable.name == name => Some((**key).clone()),
                _ => None,
            });
            let key = self.expr(&key.unwrap_or(Ty::I32), depth - 1);
            return match ty {
                Ty::Optional(_) => format!("{name}.get({key})"),
                _ => format!("{name}.get({key}, {})", self.leaf(ty, 0)),
            };
        }
        place
    }

    fn method_call(&mut self, ty: &Ty, depth: u32) -> String {
        let room = MOST_COST.saturating_sub(self.cost);
        let runs = self.runs;
        let methods: Vec<(usize, Function)> = self
            .methods
            .iter()
            .filter(|(_, method)| method.ret == *ty && method.cost * runs <= room)
            .cloned()
            .collect();
        if methods.is_empty() {
            return self.operation(ty, depth - 1);
        }
        let (owner, method) = self.choices.pick(&methods);
        self.cost += method.cost * runs;
        let object = self.expr(&Ty::Struct(owner), depth - 1);
        format!("{object}.{}({})", method.name, self.several(&method.params, depth - 1))
    }

    /// An operation whose operands are `depth` operations deep.
    fn operation(&mut self, ty: &Ty, depth: u32) -> String {
        let form = self.choices.below(9);
        if form == 8 {
            return self.lambda(ty, depth);
        }
        if form == 7 {
            let test = self.expr(&Ty::Bool, depth);
            return format!("({} if {test} else {})", self.expr(ty, depth), self.expr(ty, depth));
        }
        match ty {
            Ty::F64 | Ty::F32 => self.float(ty, depth),
            Ty::Bool => self.truth(depth),
            Ty::Str => self.string(depth),
            Ty::List(item) => self.list(ty, item, depth),
            Ty::Dict(..) => format!("{}.copy()", self.expr(ty, depth)),
            Ty::Tuple(_) | Ty::Optional(_) | Ty::Struct(_) => self.display(ty, depth),
            _ => self.int(ty, depth),
        }
    }

    /// A lambda that is called.
    fn lambda(&mut self, ty: &Ty, depth: u32) -> String {
        let from = Ty::any(&mut self.choices, self.structs.len());
        let value = self.expr(&from, depth);
        let (param, text) = self.lambda_text(&from, ty, depth);
        format!("(lambda {param}: {text})({value})")
    }

    /// The parameter of a lambda, and its value. It may use locals around it, and assigns none.
    fn lambda_text(&mut self, from: &Ty, to: &Ty, depth: u32) -> (String, String) {
        let param = self.fresh("l");
        let outer = std::mem::take(&mut self.scope);
        if self.choices.below(2) == 1 {
            let seen = outer.iter().cloned();
            self.scope = seen.map(|variable| Variable { changes: false, ..variable }).collect();
        }
        self.declare(&param, from, false);
        let value = self.expr(to, depth);
        self.scope = outer;
        (param, value)
    }

    fn int(&mut self, ty: &Ty, depth: u32) -> String {
        let (a, text) = (self.expr(ty, depth), ty.text());
        match self.choices.below(11) {
            0..=2 => {
                let operator = self.choices.pick(&["+", "-", "*", "&", "|", "^"]);
                format!("({a} {operator} {})", self.expr(ty, depth))
            }
            3 => {
                let operator = self.choices.pick(&["//", "%"]);
                format!("({a} {operator} ({} | {}))", self.expr(ty, depth), ty.one())
            }
            4 => {
                let operator = self.choices.pick(&["<<", ">>"]);
                format!("({a} {operator} ({} & {}))", self.expr(ty, depth), ty.number(15))
            }
            5 if ty.is_signed() => self.choices.pick(&[format!("(-{a})"), format!("abs({a})")]),
            5 | 6 => format!("(~{a})"),
            7 => {
                let function = self.choices.pick(&["min", "max"]);
                format!("{function}({a}, {})", self.expr(ty, depth))
            }
            8 if *ty == Ty::I32 => self.measured(depth),
            8 if matches!(ty, Ty::I64 | Ty::U32 | Ty::U64) => {
                format!("sum({})", self.expr(&Ty::List(Box::new(ty.clone())), depth))
            }
            _ => {
                let from =
                    self.choices.pick(&[Ty::F64, Ty::Bool, Ty::I64, Ty::U8, Ty::I8, Ty::U64]);
                format!("{text}({})", self.expr(&from, depth))
            }
        }
    }

    /// An `i32` that says something about other values.
    fn measured(&mut self, depth: u32) -> String {
        let text = self.expr(&Ty::Str, depth);
        match self.choices.below(6) {
            0 => format!("len({text})"),
            1 => format!("{text}.find({})", self.expr(&Ty::Str, 0)),
            2 => format!("{text}.count({})", self.expr(&Ty::Str, 0)),
            3 => format!("sum({})", self.expr(&Ty::List(Box::new(Ty::I32)), depth)),
            4 => {
                let list = Ty::List(Box::new(Ty::scalar(&mut self.choices)));
                format!("len({})", self.expr(&list, depth))
            }
            _ => format!("(hash({text}) % 1000)"),
        }
    }

    fn float(&mut self, ty: &Ty, depth: u32) -> String {
        let a = self.expr(ty, depth);
        if *ty == Ty::F32 {
            return match self.choices.below(3) {
                0 => format!("f32({})", self.expr(&Ty::F64, depth)),
                1 => format!("(-{a})"),
                _ => format!("({a} * {})", self.expr(ty, depth)),
            };
        }
        match self.choices.below(8) {
            0 | 1 => {
                let operator = self.choices.pick(&["+", "-", "*"]);
                format!("({a} {operator} {})", self.expr(ty, depth))
            }
            2 => {
                let operator = self.choices.pick(&["/", "//", "%"]);
                format!("({a} {operator} (abs({}) + 1.5))", self.expr(ty, depth))
            }
            3 => format!("f64({})", self.expr(&Ty::I64, depth)),
            4 => {
                let int = self.choices.pick(&INTS);
                let (b, c) = (self.expr(&int, depth), self.expr(&int, depth));
                format!("({b} / ({c} | {}))", int.one())
            }
            5 => format!("sqrt(abs({a}))"),
            6 => format!("round({a}, {})", self.choices.below(4)),
            _ => {
                let function = self.choices.pick(&["min", "max"]);
                format!("{function}({a}, {})", self.expr(ty, depth))
            }
        }
    }

    fn truth(&mut self, depth: u32) -> String {
        let ty = Ty::any(&mut self.choices, self.structs.len());
        match self.choices.below(7) {
            0 | 1 if ty.is_ordered() => {
                let operator = self.choices.pick(&["<", "<=", ">", ">=", "==", "!="]);
                format!("({} {operator} {})", self.expr(&ty, depth), self.expr(&ty, depth))
            }
            0 | 1 if matches!(ty, Ty::Optional(_)) => {
                let operator = self.choices.pick(&["is", "is not", "==", "!="]);
                format!("({} {operator} None)", self.expr(&ty, depth))
            }
            2 => {
                let operator = self.choices.pick(&["and", "or"]);
                let (a, b) = (self.expr(&Ty::Bool, depth), self.expr(&Ty::Bool, depth));
                format!("({a} {operator} {b})")
            }
            3 if self.choices.below(2) == 0 => {
                let function = self.choices.pick(&["any", "all"]);
                format!("{function}({})", self.comprehension(&Ty::Bool, depth))
            }
            3 => format!("(not {})", self.expr(&Ty::Bool, depth)),
            4 => {
                let list = Ty::List(Box::new(ty.clone()));
                format!("({} in {})", self.expr(&ty, depth), self.expr(&list, depth))
            }
            5 => format!("({} in {})", self.expr(&Ty::Str, depth), self.expr(&Ty::Str, depth)),
            6 => {
                let values = [0; 3].map(|_| self.expr(&Ty::I32, depth));
                format!("({} <= {} < {})", values[0], values[1], values[2])
            }
            _ => format!("({} == {})", self.expr(&ty, depth), self.expr(&ty, depth)),
        }
    }

    fn string(&mut self, depth: u32) -> String {
        const METHODS: [&str; 8] = [
            "upper()",
            "lower()",
            "strip()",
            "title()",
            "replace('a', 'bc')",
            "rjust(6, '.')",
            "swapcase()",
            "zfill(4)",
        ];
        match self.choices.below(6) {
            4 => return self.f_string(depth),
            5 => {
                let text = self.comprehension(&Ty::Str, depth);
                return format!("'+'.join({text})");
            }
            _ => {}
        }
        let a = self.expr(&Ty::Str, depth);
        match self.choices.below(8) {
            0 | 1 => format!("({a} + {})[:12]", self.expr(&Ty::Str, depth)),
            2 => {
                let (i, j) = (self.expr(&Ty::I32, 0), self.expr(&Ty::I32, 0));
                format!("{a}[{i}:{j}]")
            }
            3 => format!("{a}[::-1]"),
            4 => {
                let ty = Ty::any(&mut self.choices, self.structs.len());
                let function = self.choices.pick(&["str", "repr"]);
                format!("{function}({})", self.expr(&ty, depth))
            }
            5 => format!("{a}.{}", self.choices.pick(&METHODS)),
            6 => format!("({a} * ({} & 3))", self.expr(&Ty::I32, depth)),
            _ => format!("'-'.join({})", self.expr(&Ty::List(Box::new(Ty::Str)), depth)),
        }
    }

    /// `item for ...`: what stands in the brackets of a comprehension.
    fn comprehension(&mut self, item: &Ty, depth: u32) -> String {
        let from = Ty::scalar(&mut self.choices);
        let items = self.expr(&Ty::List(Box::new(from.clone())), depth);
        let (name, outer, runs) = (self.fresh("c"), self.scope.len(), self.runs);
        self.declare(&name, &from, false);
        self.runs *= 4;
        let test = match self.choices.below(3) {
            0 => format!(" if {}", self.expr(&Ty::Bool, 1)),
            _ => String::new(),
        };
        let value = self.expr(item, depth.min(2));
        self.runs = runs;
        self.scope.truncate(outer);
        format!("{value} for {name} in {items}[:4]{test}")
    }

    /// Text with two values in it.
    fn f_string(&mut self, depth: u32) -> String {
        let mut fields = String::new();
        for mark in ["", "!r", "=", ""] {
            let ty = Ty::any(&mut self.choices, self.structs.len());
            if self.choices.below(2) == 0 {
                fields.push_str(&format!("{{({}){mark}}}|", self.expr(&ty, depth)));
            }
        }
        let number = self.expr(&Ty::I64, depth);
        let spec = self.choices.pick(&["d", ">6", "+,d", "08x", "<{3 + 4}"]);
        format!("f\"{fields}{{({number}):{spec}}}\"[:20]")
    }

    fn list(&mut self, ty: &Ty, item: &Ty, depth: u32) -> String {
        if self.choices.below(5) == 4 {
            return format!("[{}]", self.comprehension(item, depth));
        }
        let a = self.expr(ty, depth);
        match self.choices.below(8) {
            0 | 1 => format!("({a} + {})[:8]", self.expr(ty, depth)),
            2 => format!("{a}[{}:]", self.expr(&Ty::I32, 0)),
            3 if item.is_ordered() => format!("sorted({a})"),
            3 => {
                let (param, key) = self.lambda_text(item, &Ty::I32, 1);
                format!("sorted({a}, key=lambda {param}: {key})")
            }
            4 => format!("list(reversed({a}))"),
            5 => format!("([{}] * ({} & 3))", self.expr(item, depth), self.expr(&Ty::I32, depth)),
            6 if *item == Ty::I32 => format!("list(range({} & 7))", self.expr(item, depth)),
            6 if *item == Ty::Str => format!("{}.split()", self.expr(item, depth)),
            _ => format!("{a}.copy()"),
        }
    }
}
