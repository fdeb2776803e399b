//! Statements.

use super::body::Body;
use super::types::{I32, Int, Ty};

impl Body<'_> {
    /// A constant of a type without parts.
    pub(crate) fn constant(&mut self, ty: &Ty) -> String {
        let vars = std::mem::take(&mut self.vars);
        let value = self.expr(ty, 0);
        self.vars = vars;
        value
    }

    /// One statement; those with blocks nest so deep at most.
    pub(crate) fn statement(&mut self, depth: usize) {
        match self.rng.below(100) {
            0..28 => self.declaration(),
            28..44 => self.assignment(),
            44..54 => self.mutation(),
            54..60 => self.unpacking(),
            60..66 if self.is_loud => self.print(),
            66..78 if depth > 0 => self.branches(depth),
            78..84 if depth > 0 => self.while_loop(depth),
            84..92 if depth > 0 => self.for_loop(depth),
            92..94 => self.leave(),
            94..97 if self.is_loud => self.risk(),
            _ => self.declaration(),
        }
    }

    /// How deep an expression is.
    fn deep(&mut self) -> usize {
        1 + self.rng.below(6) / 2
    }

    fn declaration(&mut self) {
        let ty = self.any_type(1);
        let spelled = self.items.spell(&ty);
        let is_typed = self.rng.chance(40);
        let deep = self.deep();
        let value = if is_typed && !matches!(ty, Ty::Str | Ty::List(_)) {
            self.convertible(&ty, deep)
        } else {
            self.capped(&ty, deep)
        };
        let name = self.items.fresh("v");
        let kind = ["", "", "var ", "const "][self.rng.below(4)];
        let note = if is_typed { format!(": {spelled}") } else { String::new() };
        self.line(&format!("{kind}{name}{note} = {value}"));
        self.declare(name, ty, kind != "const ");
    }

    fn assignment(&mut self) {
        if self.is_loud && self.rng.chance(15) {
            let global = self.rng.pick(&self.items.globals).clone();
            let value = self.expr(&I32, 2);
            let op = self.rng.pick(&["", "+", "-", "^"]);
            return self.line(&format!("{global} {op}= {value}"));
        }
        let Some(var) = self.var(|var| var.is_assignable) else { return self.declaration() };
        if self.rng.chance(40) {
            let ops: &[&str] = match &var.ty {
                Ty::Int(_) => &["+", "-", "*", "&", "|", "^"],
                Ty::F64 | Ty::F32 => &["+", "-", "*"],
                Ty::Bool => &["&", "|", "^"],
                _ => &[],
            };
            if !ops.is_empty() {
                let value = self.expr(&var.ty, 2);
                let op = self.rng.pick(ops);
                return self.line(&format!("{} {op}= {value}", var.name));
            }
        }
        let deep = self.deep();
        let value = match &var.ty {
            Ty::Str | Ty::List(_) => self.capped(&var.ty, deep),
            _ => self.convertible(&var.ty, deep),
        };
        self.line(&format!("{} = {value}", var.name));
    }

    /// Changes a list, a dict or memory.
    fn mutation(&mut self) {
        let found = self.var(|var| matches!(var.ty, Ty::List(_) | Ty::Dict(..) | Ty::Ptr(_)));
        let Some(var) = found.filter(|_| self.no_mutation == 0) else { return self.assignment() };
        let name = &var.name;
        match &var.ty {
            Ty::List(item) => self.change_list(name, item),
            Ty::Dict(key, value) => {
                let at = self.expr(key, 2);
                if self.rng.chance(25) {
                    let var = self.items.fresh("v");
                    self.line(&format!("{var} = {at}"));
                    self.line(&format!("if {var} in {name}:"));
                    return self.line(&format!("    {name}.__delitem__({var})"));
                }
                let value = self.convertible(value, 2);
                self.line(&format!("{name}[{at}] = {value}"));
            }
            Ty::Ptr(number) => {
                let fields = self.items.structs[*number].fields.clone();
                if self.rng.chance(40) {
                    let value = self.expr(&Ty::Struct(*number), 2);
                    let at = self.rng.below(2);
                    return self.line(&format!("{name}[{at}] = {value}"));
                }
                let (field, ty) = self.rng.pick(&fields).clone();
                let value = self.convertible(&ty, 2);
                self.line(&format!("{name}.{field} = {value}"));
            }
            _ => {}
        }
    }

    fn change_list(&mut self, name: &str, item: &Ty) {
        match self.rng.below(7) {
            0..3 => {
                let value = self.convertible(item, 2);
                self.line(&format!("{name}.append({value})"));
            }
            3 => {
                let at = self.expr(&I32, 1);
                let value = self.convertible(item, 2);
                self.line(&format!("{name}.insert({at}, {value})"));
            }
            4 => {
                let other = self.expr(&Ty::List(Box::new(item.clone())), 2);
                self.line(&format!("if len({name}) < 12:"));
                self.line(&format!("    {name}.extend(({other})[0:6])"));
            }
            5 => {
                let at = self.items.fresh("v");
                let (index, value) = (self.expr(&I32, 2), self.convertible(item, 2));
                self.line(&format!("{at} = {index}"));
                self.line(&format!("if len({name}) > 0:"));
                self.line(&format!("    {name}[{at} % len({name})] = {value}"));
            }
            _ => {
                let popped = self.items.fresh("v");
                let default = self.expr(item, 1);
                self.line(&format!("var {popped}: {} = {default}", self.items.spell(item)));
                self.line(&format!("if len({name}) > 1:"));
                let at = ["", "0", "1", "-2"][self.rng.below(4)];
                self.line(&format!("    {popped} = {name}.pop({at})"));
                self.declare(popped, item.clone(), true);
            }
        }
    }

    fn unpacking(&mut self) {
        let types = |ty: &Ty| match ty {
            Ty::Tuple(types) => Some(types.clone()),
            _ => None,
        };
        let Some((tuple, types)) = self.items.container(self.rng, types) else { return };
        let deep = self.deep();
        let value = self.expr(&tuple, deep);
        let names: Vec<String> = types.iter().map(|_| self.items.fresh("v")).collect();
        let comma = if names.len() == 1 { "," } else { "" };
        self.line(&format!("{}{comma} = {value}", names.join(", ")));
        for (name, ty) in names.into_iter().zip(types) {
            self.declare(name, ty, true);
        }
    }

    fn print(&mut self) {
        let mut values = Vec::new();
        for _ in 0..=self.rng.below(3) {
            let ty = self.any_type(1);
            let value = self.expr(&ty, 2);
            let is_plain = matches!(ty, Ty::Int(_) | Ty::F64 | Ty::F32 | Ty::Bool | Ty::Str);
            values.push(if is_plain { value } else { self.items.show(&ty, &value) });
        }
        self.line(&format!("print({})", values.join(", ")));
    }

    /// What happens inside `make` stays inside: variables are out of reach afterwards.
    fn block(&mut self, make: impl FnOnce(&mut Self)) {
        let known = self.vars.len();
        let before = self.text.len();
        self.indent += 1;
        make(self);
        if self.text.len() == before {
            self.line("pass");
        }
        self.indent -= 1;
        self.vars.truncate(known);
    }

    fn statements(&mut self, depth: usize) {
        for _ in 0..=self.rng.below(2) {
            self.statement(depth);
        }
    }

    fn branches(&mut self, depth: usize) {
        let known = self.vars.len();
        let test = self.condition(2);
        self.line(&format!("if {test}:"));
        self.block(|body| body.statements(depth - 1));
        for _ in 0..self.rng.below(3) / 2 {
            let test = self.condition(2);
            self.line(&format!("elif {test}:"));
            self.block(|body| body.statements(depth - 1));
        }
        if self.rng.chance(60) {
            self.line("else:");
            self.block(|body| body.statements(depth - 1));
        }
        self.vars.truncate(known);
    }

    /// How often a loop may run here; `None` if it would cost too much.
    fn bound(&mut self) -> Option<u64> {
        let bound = u64::try_from(1 + self.rng.below(6)).expect("small");
        (self.times * bound <= 150 && self.spend(bound * 3)).then_some(bound)
    }

    /// A loop's body, with a way out.
    fn loop_body(&mut self, bound: u64, depth: usize, first: &str) {
        let times = self.times;
        self.times *= bound;
        self.loops += 1;
        self.block(|body| {
            if !first.is_empty() {
                body.line(first);
            }
            body.statements(depth - 1);
            if body.rng.chance(30) {
                let test = body.condition(2);
                let word = body.rng.pick(&["break", "continue"]);
                body.line(&format!("if {test}:"));
                body.line(&format!("    {word}"));
                body.statements(depth - 1);
            }
        });
        self.loops -= 1;
        self.times = times;
    }

    fn while_loop(&mut self, depth: usize) {
        let Some(bound) = self.bound() else { return self.assignment() };
        let known = self.vars.len();
        let counter = self.items.fresh("n");
        self.line(&format!("var {counter} = 0"));
        self.times *= bound + 1;
        self.conditional += 1;
        let test =
            if self.rng.chance(50) { format!(" and {}", self.condition(2)) } else { String::new() };
        self.conditional -= 1;
        self.line(&format!("while {counter} < {bound}{test}:"));
        self.times /= bound + 1;
        self.declare(counter.clone(), I32, false);
        self.loop_body(bound, depth, &format!("{counter} += 1"));
        self.vars.truncate(known);
    }

    fn for_loop(&mut self, depth: usize) {
        let Some(bound) = self.bound() else { return self.assignment() };
        let name = self.items.fresh("i");
        let known = self.vars.len();
        let item = |ty: &Ty| match ty {
            Ty::List(item) => Some((**item).clone()),
            Ty::Dict(key, _) => Some((**key).clone()),
            _ => None,
        };
        let mut is_iterated_itself = false;
        let container = self.items.container(self.rng, item).filter(|_| self.rng.chance(50));
        let (over, ty) = match container {
            None => (self.range(bound), I32),
            Some((list @ Ty::List(_), item)) => (self.capped(&list, 2), item),
            Some((dict, key)) => {
                is_iterated_itself = true;
                (self.fresh_value(&dict, 2), key)
            }
        };
        self.line(&format!("for {name} in {over}:"));
        self.declare(name, ty, true);
        self.no_mutation += usize::from(is_iterated_itself);
        self.loop_body(bound.max(6), depth, "");
        self.no_mutation -= usize::from(is_iterated_itself);
        self.vars.truncate(known);
    }

    fn range(&mut self, bound: u64) -> String {
        let start = self.rng.between(-4, 4);
        let bound = i64::try_from(bound).expect("small");
        match self.rng.below(4) {
            0 => format!("range({start}, {})", start + bound),
            1 => format!("range({}, {start}, -1)", start + bound),
            2 => format!("range({start}, {}, 3)", start + bound * 3 - 1),
            _ => format!("range({bound})"),
        }
    }

    /// Leaves the function or a loop early, perhaps.
    fn leave(&mut self) {
        let test = self.condition(2);
        let ret = self.ret.clone();
        let known = self.vars.len();
        self.line(&format!("if {test}:"));
        self.block(|body| {
            let value = body.capped(&ret, 2);
            body.line(&format!("return {value}"));
        });
        self.vars.truncate(known);
    }

    /// Something that ends the program now and then.
    fn risk(&mut self) {
        let errors = ["ValueError", "TypeError", "IndexError", "KeyError", "OverflowError"];
        match self.rng.below(9) {
            0 => {
                let test = self.condition(2);
                self.line(&format!("assert {test}"));
            }
            1 => {
                let test = self.condition(2);
                let text = self.expr(&Ty::Str, 1);
                self.line(&format!("assert {test}, {text}"));
            }
            2..4 => {
                let test = self.expr(&Ty::Bool, 2);
                let error = self.rng.pick(&errors);
                let text = ["", "(\"bad\")", "(\"it's \\\"so\\\"\")"][self.rng.below(3)];
                self.line(&format!("if {test}:"));
                self.line(&format!("    raise {error}{text}"));
            }
            4 => self.risky_operation(),
            5 => {
                let red = self.items.red(&I32);
                let list = self.expr(&Ty::list(I32), 2);
                let index = self.rng.between(-4, 4);
                self.line(&format!("{list}[{red}({index})]"));
            }
            6 => {
                let (red, text) = (self.items.red(&I32), self.items.red(&Ty::Str));
                let value = self.expr(&Ty::Str, 2);
                let index = self.rng.between(-4, 4);
                self.line(&format!("print({text}({value})[{red}({index})])"));
            }
            7 => {
                let dict = self.expr(&Ty::dict(Ty::Str, I32), 2);
                let at = self.expr(&Ty::Str, 1);
                self.line(&format!("print({dict}[{at}])"));
            }
            _ => {
                let text = self.items.red(&Ty::Str);
                let int = self.rng.pick(&Int::ALL).name();
                let digits = self.rng.between(-300, 99_999);
                let digits = ["", "x", "  12 "]
                    .get(self.rng.below(12))
                    .map_or(digits.to_string(), |text| (*text).to_owned());
                self.line(&format!("print({int}({text}(\"{digits}\")))"));
            }
        }
    }

    /// An operator that is not defined for every operand.
    fn risky_operation(&mut self) {
        let int = Ty::Int(*self.rng.pick(&Int::ALL));
        let (ty, op) = match self.rng.below(8) {
            0 => (int, "//"),
            1 => (int, "%"),
            2 => (int, "/"),
            3 => (int, "**"),
            4 => (int, ["<<", ">>"][self.rng.below(2)]),
            5 => (Ty::F64, ["/", "//", "%"][self.rng.below(3)]),
            6 => (Ty::F32, ["/", "//", "%"][self.rng.below(3)]),
            _ => (Ty::F64, "**"),
        };
        let red = self.items.red(&ty);
        let left = self.expr(&ty, 2);
        let right = self.expr(&ty, 1);
        self.line(&format!("print({red}({left}) {op} {red}({right}))"));
    }
}
