//! Statements.

use crate::program::Generator;
use crate::types::Ty;

/// How deep functions inside of functions stand.
const MOST_INDENT: usize = 5;

/// How often the innermost statement of a function may run.
const MOST_RUNS: u64 = 200;

impl Generator<'_> {
    /// Some statements; what they declare stays visible to the caller.
    pub(crate) fn statements(&mut self, count: usize) {
        for _ in 0..count {
            self.statement();
        }
    }

    /// The statements of a block, and at least one.
    fn block(&mut self, count: usize) {
        let outer = self.scope.len();
        self.indent += 1;
        self.statements(count);
        self.line("pass");
        self.indent -= 1;
        self.scope.truncate(outer);
    }

    fn statement(&mut self) {
        self.cost += self.runs;
        if let Some(item) = self.yields.clone()
            && self.choices.below(3) == 2
        {
            let value = self.expr(&item, 2);
            return self.line(&format!("yield {value}"));
        }
        match self.choices.below(17) {
            0 | 1 => self.declaration(),
            2 => self.assignment(),
            3 => self.augmented(),
            4 => self.condition(),
            5 | 6 if self.runs < MOST_RUNS => self.counted_loop(),
            7 if self.runs < MOST_RUNS => self.item_loop(),
            8 if self.runs < MOST_RUNS => self.while_loop(),
            9 => self.change_list(),
            10 => self.change_dict(),
            11 => self.swap(),
            12 if self.has_effects => {
                let ty = Ty::any(&mut self.choices, self.structs.len());
                let value = self.expr(&ty, 3);
                self.line(&format!("print({value})"));
            }
            12 => self.leave(),
            13 if self.runs < MOST_RUNS => self.nest(),
            14 if self.runs == 1 => self.columns(),
            15 if self.runs < MOST_RUNS => self.strides(),
            16 if self.indent < MOST_INDENT => self.local_function(),
            _ => self.declaration(),
        }
    }

    fn declaration(&mut self) {
        let ty = Ty::any(&mut self.choices, self.structs.len());
        let value = self.expr(&ty, 3);
        let name = self.fresh("v");
        self.line(&format!("{name}: {} = {value}", ty.text()));
        self.declare(&name, &ty, true);
    }

    /// A visible variable that may be assigned to, of a type for which `fits` holds.
    fn variable(&mut self, fits: impl Fn(&Ty) -> bool) -> Option<(String, Ty)> {
        let found: Vec<(String, Ty)> = self
            .scope
            .iter()
            .filter(|variable| variable.changes && fits(&variable.ty))
            .map(|variable| (variable.name.clone(), variable.ty.clone()))
            .collect();
        if found.is_empty() { None } else { Some(self.choices.pick(&found)) }
    }

    fn assignment(&mut self) {
        let Some((name, ty)) = self.variable(|_| true) else { return self.declaration() };
        let value = self.expr(&ty, 3);
        self.line(&format!("{name} = {value}"));
    }

    fn augmented(&mut self) {
        let number = |ty: &Ty| ty.is_int() || matches!(ty, Ty::F64 | Ty::F32 | Ty::Str);
        let Some((name, ty)) = self.variable(number) else { return self.declaration() };
        let value = self.expr(&ty, 2);
        if ty == Ty::Str {
            self.line(&format!("if len({name}) < 20:"));
            return self.line(&format!("    {name} += {value}"));
        }
        let operators: &[&str] =
            if ty.is_int() { &["+=", "-=", "*=", "^=", "|="] } else { &["+=", "-=", "*="] };
        let operator = self.choices.pick(operators);
        self.line(&format!("{name} {operator} {value}"));
    }

    fn condition(&mut self) {
        let test = self.expr(&Ty::Bool, 3);
        self.line(&format!("if {test}:"));
        let count = 1 + self.choices.below(2);
        self.block(count);
        if self.choices.below(3) == 2 {
            let test = self.expr(&Ty::Bool, 2);
            self.line(&format!("elif {test}:"));
            self.block(1);
        }
        if self.choices.below(2) == 1 {
            self.line("else:");
            self.block(1);
        }
    }

    /// The body of a loop that runs `times` times at most.
    fn loop_body(&mut self, times: u64) {
        let (runs, in_loop) = (self.runs, self.in_loop);
        (self.runs, self.in_loop) = (runs * times, true);
        let count = 1 + self.choices.below(3);
        self.block(count);
        (self.runs, self.in_loop) = (runs, in_loop);
    }

    fn counted_loop(&mut self) {
        let name = self.fresh("i");
        let bounds = ["range(3)", "range(5)", "range(4, 0, -1)", "range(-6, 6, 3)", "range(0)"];
        let bounds = self.choices.pick(&bounds);
        self.line(&format!("for {name} in {bounds}:"));
        let outer = self.scope.len();
        self.declare(&name, &Ty::I32, false);
        self.loop_body(5);
        self.scope.truncate(outer);
    }

    /// A loop in a loop, with subscripts of both counters that are all in bounds.
    fn nest(&mut self) {
        let (rows, columns) = self.choices.pick(&[(2, 3), (3, 4), (1, 5), (4, 2)]);
        let (list, grid, i, j) =
            (self.fresh("t"), self.fresh("a"), self.fresh("i"), self.fresh("j"));
        let item = Ty::scalar(&mut self.choices);
        let first = self.expr(&item, 2);
        let all = rows * columns;
        self.line(&format!("{list}: list[{}] = [{first}] * {all}", item.text()));
        self.line(&format!("{grid} = array[i32, 2]({rows}, {columns})"));
        let subscripts = [
            format!("{i} * {columns} + {j}"),
            format!("{j} * {rows} + {i}"),
            format!("-1 - {i} * {columns} - {j}"),
            format!("{i} + {j}"),
            format!("{all} - 1 - {i} - {j}"),
        ];
        let [from, to] = [0, 1].map(|_| self.choices.pick(&subscripts));
        let (runs, outer) = (self.runs, self.scope.len());
        self.runs = runs * all;
        for name in [&i, &j] {
            self.declare(name, &Ty::I32, false);
        }
        let (value, number) = (self.expr(&item, 2), self.expr(&Ty::I32, 2));
        self.line(&format!("for {i} in range({rows}):"));
        self.line(&format!("    for {j} in range({columns}):"));
        self.line(&format!("        {grid}[{i}, {j}] = {number}"));
        self.line(&format!("        {list}[{to}] = {list}[{from}]"));
        self.line(&format!("        if {grid}[{i}, {j}] > {grid}[-1 - {i}, 0]:"));
        self.line(&format!("            {list}[{from}] = {value}"));
        (self.runs, self.cost) = (runs, self.cost + runs * all);
        self.scope.truncate(outer);
        self.declare(&list, &Ty::List(Box::new(item)), true);
    }

    /// A table whose columns are summed up: loops that a release build lets trade places, unless what
    /// stands behind the inner one keeps it from that.
    fn columns(&mut self) {
        let [table, row, sums, total] = ["t", "r", "s", "n"].map(|name| self.fresh(name));
        let [i, j, k, last] = ["i", "j", "k", "l"].map(|name| self.fresh(name));
        let (rows, columns) = self.choices.pick(&[(8, 16), (9, 17), (10, 18)]);
        let start = self.choices.pick(&["0", "-20", &j]).to_owned();
        let at = format!("{table}[{k}][{j}]");
        let round = self.choices.pick(&[
            format!("{total} += {at}"),
            format!("if {at} > {total}: {total} = {at}"),
            format!("{total} = {total} * 3 % 101 + {table}[{k}][{j} - 2] - {table}[-1][{k}]"),
            format!("{last} = {at}; {total} += {last} * {k}"),
        ]);
        let then = self.choices.pick(&[
            format!("{sums}.append({total})"),
            format!("if {total} > 30: {last} = {j}"),
            format!("{table}[{j} % {rows}][{j}] = {total}"),
            format!("{table}[{j} % {rows}].append({total}); {sums}.append({last})"),
            format!("{last} += {total}"),
        ]);
        self.line(&format!("{last} = 0"));
        self.line(&format!("{sums} = [0]"));
        self.line(&format!("{table}: list[list[i32]] = []"));
        self.line(&format!("for {i} in range({rows}):"));
        self.line(&format!("    {row}: list[i32] = []"));
        self.line(&format!("    for {j} in range({columns}):"));
        self.line(&format!("        {row}.append(({i} * 7 + {j} * 3) % 13 - 4)"));
        self.line(&format!("    {table}.append({row})"));
        self.line(&format!("for {j} in range({columns}):"));
        self.line(&format!("    {total} = {start}"));
        self.line(&format!("    for {k} in range({rows}):"));
        self.line(&format!("        {round}"));
        self.line(&format!("    {then}"));
        self.line(&format!("{sums}.append({last} + {total} + {j} + {k})"));
        self.cost += rows * columns;
        self.declare(&sums, &Ty::List(Box::new(Ty::I32)), true);
    }

    /// A loop over a part of a list, of which later changes do not change the number of rounds.
    fn item_loop(&mut self) {
        let item = Ty::scalar(&mut self.choices);
        let list = self.expr(&Ty::List(Box::new(item.clone())), 2);
        let name = self.fresh("x");
        let outer = self.scope.len();
        if self.choices.below(2) == 0 {
            self.line(&format!("for {name} in {list}[:4]:"));
        } else {
            let index = self.fresh("i");
            self.line(&format!("for {index}, {name} in enumerate({list}[:4]):"));
            self.declare(&index, &Ty::I32, false);
        }
        self.declare(&name, &item, false);
        self.loop_body(4);
        self.scope.truncate(outer);
    }

    fn while_loop(&mut self) {
        let name = self.fresh("w");
        let test = self.expr(&Ty::Bool, 2);
        self.line(&format!("{name} = 0"));
        self.line(&format!("while {name} < 4 and {test}:"));
        self.line(&format!("    {name} += 1"));
        self.loop_body(4);
    }

    /// A loop along a list, up or down, by a step that is known at run time: a release build checks its
    /// subscripts once, unless one goes beyond the last step.
    fn strides(&mut self) {
        let [list, step, total, i] = ["c", "d", "n", "i"].map(|name| self.fresh(name));
        let count = self.choices.pick(&[4u64, 5, 8]);
        let by = self.expr(&Ty::I32, 1);
        let test = self.expr(&Ty::Bool, 1);
        let (start, condition, next) = self.choices.pick(&[
            ("0".to_owned(), format!("{i} < {count}"), format!("{i} += {step}")),
            ("0".to_owned(), format!("{i} < len({list})"), format!("{i} = {step} + {i}")),
            (step.clone(), format!("{i} <= {count} - 1 and {test}"), format!("{i} += {step}")),
            (format!("{count} - 1"), format!("{i} >= 0"), format!("{i} -= {step}")),
            (step.clone(), format!("0 < {i} and {list}[{i}] != 2"), format!("{i} -= 1")),
        ]);
        let round = self.choices.pick(&[
            format!("{total} += {list}[{i}]"),
            format!(
                "{list}[{i}] = {total} + {list}[{count} - 1 - {i}]; {total} = {list}[{i}] * 3 % 101"
            ),
            format!("{total} = {total} * 5 % 97 - {list}[{i} - {count}]"),
            format!("if {list}[{i}] % 2 == 0: {total} += {i}"),
        ]);
        let then = self.choices.pick(&[
            "pass".to_owned(),
            format!("{total} += {list}[{i} % {count}]"),
            format!("if len({list}) < 12: {list}.append({total})"),
        ]);
        self.line(&format!("{list} = [({by}) % 50 + k * 3 for k in range({count})]"));
        self.line(&format!("{step} = 1 + ({by}) % 3"));
        self.line(&format!("{total} = 0"));
        if self.choices.below(4) == 0 {
            self.line(&format!("for {i} in range({step} - 1, {count}, {step}):"));
            self.line(&format!("    {round}"));
        } else {
            self.line(&format!("{i} = {start}"));
            self.line(&format!("while {condition}:"));
            self.line(&format!("    {round}"));
            self.line(&format!("    {next}"));
            self.line(&format!("    {then}"));
        }
        self.cost += self.runs * count;
        self.declare(&total, &Ty::I32, true);
        self.declare(&list, &Ty::List(Box::new(Ty::I32)), true);
    }

    /// `break`, `continue` or `return`, under a condition.
    fn leave(&mut self) {
        let test = self.expr(&Ty::Bool, 2);
        self.line(&format!("if {test}:"));
        match (self.in_loop, self.choices.below(3), self.ret.clone()) {
            (true, 1, _) => self.line("    break"),
            (true, 2, _) => self.line("    continue"),
            (_, _, Some(ret)) => {
                let value = self.expr(&ret, 2);
                self.line(&format!("    return {value}"));
            }
            _ if self.yields.is_some() => self.line("    return"),
            _ => self.line("    pass"),
        }
    }

    /// A function that may use the locals around it, and calls of it.
    fn local_function(&mut self) {
        let name = self.fresh("loc");
        let ret = Ty::any(&mut self.choices, self.structs.len());
        let outer = self.scope.clone();
        let state = (self.runs, self.cost, self.in_loop, self.has_effects);
        let results = (self.ret.take(), self.yields.take());
        (self.in_loop, self.has_effects) = (false, false);
        if self.choices.below(3) == 2 {
            self.scope.clear();
        }
        self.scope.iter_mut().for_each(|variable| variable.changes = false);
        let mut written = Vec::new();
        let (params, _) = self.parameters(2, &mut written);
        self.line(&format!("def {name}({}) -> {}:", written.join(", "), ret.text()));
        self.body(&ret);
        self.scope = outer;
        let cost = self.cost;
        (self.runs, self.cost, self.in_loop, self.has_effects) = state;
        (self.ret, self.yields) = results;
        let through = (self.choices.below(2) == 1).then(|| self.caller(&params, &ret));
        for _ in 0..=self.choices.below(2) {
            self.cost += self.runs * cost;
            let values = params.iter().map(|ty| self.expr(ty, 2));
            let mut values: Vec<String> = values.collect();
            let callee = through.as_ref().unwrap_or(&name);
            if through.is_some() {
                values.insert(0, name.clone());
            }
            let result = self.fresh("v");
            self.line(&format!("{result}: {} = {callee}({})", ret.text(), values.join(", ")));
            self.declare(&result, &ret, true);
        }
    }

    /// A function that calls what it is given as a value, with the other arguments.
    fn caller(&mut self, params: &[Ty], ret: &Ty) -> String {
        let name = self.fresh("through");
        let types: Vec<String> = params.iter().map(Ty::text).collect();
        let names: Vec<String> = (0..params.len()).map(|index| format!("a{index}")).collect();
        let params: String =
            names.iter().zip(&types).map(|(name, ty)| format!(", {name}: {ty}")).collect();
        let (types, ret, args) = (types.join(", "), ret.text(), names.join(", "));
        self.line(&format!("def {name}(f: Callable[[{types}], {ret}]{params}) -> {ret}:"));
        self.line(&format!("    return f({args})"));
        name
    }

    fn change_list(&mut self) {
        let Some((name, ty)) = self.variable(|ty| matches!(ty, Ty::List(_))) else {
            return self.declaration();
        };
        let Ty::List(item) = &ty else { return };
        let value = self.expr(item, 2);
        let index = self.expr(&Ty::I32, 1);
        self.line(&format!("if 0 < len({name}) < 20:"));
        let change = match self.choices.below(10) {
            0 | 1 => format!("{name}.append({value})"),
            2 => format!("{name}[{index} % len({name})] = {value}"),
            3 => format!("{name}.insert({index}, {value})"),
            4 => format!("{name}.pop()"),
            5 => format!("del {name}[{index} % len({name})]"),
            6 => format!("{name}.reverse()"),
            7 => format!("{name}[1:3] = [{value}]"),
            8 if item.is_ordered() => format!("{name}.sort()"),
            _ => format!("{name}.extend([{value}])"),
        };
        self.line(&format!("    {change}"));
    }

    fn change_dict(&mut self) {
        let Some((name, ty)) = self.variable(|ty| matches!(ty, Ty::Dict(..))) else {
            return self.declaration();
        };
        let Ty::Dict(key, value) = &ty else { return };
        let (key, value) = (self.expr(key, 1), self.expr(value, 2));
        let change = match self.choices.below(4) {
            0 | 1 => format!("{name}[{key}] = {value}"),
            2 => format!("{name}.pop({key}, {value})"),
            _ => format!("{name}.setdefault({key}, {value})"),
        };
        self.line(&change);
    }

    fn swap(&mut self) {
        let Some((one, ty)) = self.variable(|_| true) else { return self.declaration() };
        let other =
            self.variable(|other| *other == ty).map_or_else(|| one.clone(), |(name, _)| name);
        self.line(&format!("{one}, {other} = {other}, {one}"));
    }
}
