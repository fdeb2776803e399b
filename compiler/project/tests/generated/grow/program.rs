//! A whole program: structs, helpers, things made at compile time, cases, `main`.

use super::blue;
use super::body::Body;
use super::types::{I32, Ty};
use crate::rng::Rng;
use std::collections::BTreeSet;
use std::fmt::Write;

/// A struct.
pub(crate) struct StructDef {
    /// How it is spelled, `Box1[i32]`.
    pub(crate) name: String,
    pub(crate) fields: Vec<(String, Ty)>,
    /// Methods without parameters.
    pub(crate) methods: Vec<(String, Ty)>,
    /// Whether two can be added.
    pub(crate) has_add: bool,
}

/// Something that can be called with run-time values.
pub(crate) struct Callable {
    /// What stands before the arguments.
    pub(crate) text: String,
    pub(crate) params: Vec<Ty>,
    pub(crate) ret: Ty,
    /// About how many statements a call runs.
    pub(crate) cost: u64,
}

/// What the bodies of a program can use.
#[derive(Default)]
pub(crate) struct Items {
    pub(crate) structs: Vec<StructDef>,
    pub(crate) callables: Vec<Callable>,
    /// Expressions that are known at compile time.
    pub(crate) constants: Vec<(String, Ty)>,
    /// The lists, dicts and tuples. Each brings much code along, so there are a few for all.
    pub(crate) containers: Vec<Ty>,
    /// Module variables, of type i32.
    pub(crate) globals: Vec<String>,
    /// Metafunctions that make text of anything.
    pub(crate) metafuncs: Vec<String>,
    /// The names of the small functions that were asked for.
    helpers: BTreeSet<String>,
    /// Those of them that have not been put into the program, in an order in which they can be:
    /// what runs at compile time needs them to be there.
    new_helpers: String,
    names: usize,
}

impl Items {
    /// A name that nothing else in the program has.
    pub(crate) fn fresh(&mut self, prefix: &str) -> String {
        self.names += 1;
        format!("{prefix}{}", self.names)
    }

    /// Containers of values without parts.
    fn choose_containers(&mut self, rng: &mut Rng) {
        let item = Ty::scalar(rng);
        self.containers = vec![
            Ty::list(I32),
            Ty::list(Ty::Str),
            Ty::list(item),
            Ty::dict(Ty::key(rng), Ty::scalar(rng)),
            Ty::dict(Ty::Str, I32),
            Ty::Tuple(vec![I32, I32]),
            Ty::Tuple((0..=rng.below(3)).map(|_| Ty::scalar(rng)).collect()),
        ];
    }

    /// Containers of structs and containers.
    fn choose_nested_containers(&mut self, rng: &mut Rng) {
        let [inner, part] =
            [rng.pick(&self.containers).clone(), rng.pick(&self.containers).clone()];
        let shape = Ty::Struct(rng.below(self.structs.len()));
        self.containers.push(Ty::list(shape.clone()));
        self.containers.push(Ty::list(inner.clone()));
        self.containers.push(Ty::dict(I32, inner));
        self.containers.push(Ty::Tuple(vec![shape, part]));
    }

    /// Any type; of depth 0: without parts.
    pub(crate) fn any_type(&self, rng: &mut Rng, depth: usize) -> Ty {
        if depth == 0 || rng.chance(55) {
            return Ty::scalar(rng);
        }
        match rng.below(7) {
            0 if !self.structs.is_empty() => Ty::Ptr(rng.below(self.structs.len())),
            1..3 if !self.structs.is_empty() => Ty::Struct(rng.below(self.structs.len())),
            _ => rng.pick(&self.containers).clone(),
        }
    }

    /// A container for which there is an answer, and that answer.
    pub(crate) fn container<T>(
        &self,
        rng: &mut Rng,
        fits: impl Fn(&Ty) -> Option<T>,
    ) -> Option<(Ty, T)> {
        let mut found: Vec<(Ty, T)> =
            self.containers.iter().filter_map(|ty| Some((ty.clone(), fits(ty)?))).collect();
        (!found.is_empty()).then(|| found.swap_remove(rng.below(found.len())))
    }

    /// How a type is spelled.
    pub(crate) fn spell(&self, ty: &Ty) -> String {
        match ty {
            Ty::Int(int) => int.name().to_owned(),
            Ty::F64 => "f64".to_owned(),
            Ty::F32 => "f32".to_owned(),
            Ty::Bool => "bool".to_owned(),
            Ty::Str => "str".to_owned(),
            Ty::List(item) => format!("list[{}]", self.spell(item)),
            Ty::Dict(key, value) => format!("dict[{}, {}]", self.spell(key), self.spell(value)),
            Ty::Tuple(items) => {
                let items: Vec<String> = items.iter().map(|item| self.spell(item)).collect();
                format!("tuple[{}]", items.join(", "))
            }
            Ty::Struct(number) => self.structs[*number].name.clone(),
            Ty::Ptr(number) => format!("gc_ptr[{}]", self.structs[*number].name),
        }
    }

    /// The type as part of a name.
    fn word(&self, ty: &Ty) -> String {
        self.spell(ty).replace(['[', ']', ','], "_").replace(' ', "")
    }

    fn helper(
        &mut self,
        kind: &str,
        ty: &Ty,
        text: impl FnOnce(&mut Self, &str, &str) -> String,
    ) -> String {
        let name = format!("{kind}_{}", self.word(ty));
        if self.helpers.insert(name.clone()) {
            let spelled = self.spell(ty);
            let text = text(self, &name, &spelled);
            self.new_helpers.extend(["\n\n", &text]);
        }
        name
    }

    /// A function that returns its argument, so that nothing is known about it at compile time.
    pub(crate) fn red(&mut self, ty: &Ty) -> String {
        self.helper("red", ty, |_, name, ty| {
            format!("def {name}(v: {ty}) -> {ty}:\n    return v\n")
        })
    }

    /// A function that prints a text and its second argument, which it returns.
    pub(crate) fn say(&mut self, ty: &Ty) -> String {
        let show = self.show(ty, "v");
        self.helper("say", ty, |_, name, ty| {
            format!(
                "def {name}(tag: str, v: {ty}) -> {ty}:\n    print(tag, {show})\n    return v\n"
            )
        })
    }

    /// A function that puts a struct into memory of its own.
    pub(crate) fn boxed(&mut self, number: usize) -> String {
        self.helper("boxed", &Ty::Struct(number), |_, name, ty| {
            format!(
                "def {name}(v: {ty}) -> gc_ptr[{ty}]:\n    p = gc_alloc[{ty}](2)\n    p[0] = v\n    \
                 p[1] = v\n    return p\n"
            )
        })
    }

    /// A function that gives an item of a list, or its last argument if there is none.
    pub(crate) fn at(&mut self, item: &Ty) -> String {
        self.helper("at", item, |_, name, ty| {
            format!(
                "def {name}(vs: list[{ty}], i: i32, d: {ty}) -> {ty}:\n    \
                 if len(vs) == 0:\n        return d\n    return vs[i % len(vs)]\n"
            )
        })
    }

    /// An expression for the text of `value`, which stands for a name or a field of one.
    pub(crate) fn show(&mut self, ty: &Ty, value: &str) -> String {
        match ty {
            Ty::Int(_) | Ty::F64 | Ty::F32 | Ty::Bool => format!("str({value})"),
            Ty::Str => format!("repr({value})"),
            _ => {
                let name = self.helper("show", ty, |items, name, spelled| {
                    format!("def {name}(v: {spelled}) -> str:\n{}", items.show_body(ty))
                });
                format!("{name}({value})")
            }
        }
    }

    fn show_body(&mut self, ty: &Ty) -> String {
        match ty {
            Ty::List(item) => {
                let item = self.show(item, "x");
                format!(
                    "    t = \"[\"\n    for x in v:\n        t = t + {item} + \" \"\n    return t + \"]\"\n"
                )
            }
            Ty::Dict(key, value) => {
                let (key, value) = (self.show(key, "k"), self.show(value, "v[k]"));
                format!(
                    "    t = \"{{\"\n    for k in v:\n        t = t + {key} + \":\" + {value} + \" \"\n    \
                     return t + \"}}\"\n"
                )
            }
            Ty::Tuple(parts) => {
                let parts: Vec<String> = (0..parts.len())
                    .map(|index| self.show(&parts[index], &format!("v[{index}]")))
                    .collect();
                format!("    return \"(\" + {} + \")\"\n", parts.join(" + \" \" + "))
            }
            Ty::Struct(number) => {
                let fields: Vec<(String, Ty)> = self.structs[*number].fields.clone();
                let parts: Vec<String> =
                    fields.iter().map(|(name, ty)| self.show(ty, &format!("v.{name}"))).collect();
                format!("    return \"<\" + {} + \">\"\n", parts.join(" + \" \" + "))
            }
            Ty::Ptr(number) => {
                let fields: Vec<(String, Ty)> = self.structs[*number].fields.clone();
                let parts: Vec<String> =
                    fields.iter().map(|(name, ty)| self.show(ty, &format!("v.{name}"))).collect();
                format!("    return \"*\" + {}\n", parts.join(" + \" \" + "))
            }
            _ => unreachable!("shown without a helper"),
        }
    }
}

/// A program with so many cases.
pub(crate) fn program(rng: &mut Rng, count: usize) -> String {
    let mut items = Items::default();
    let mut text = String::new();
    for _ in 0..2 {
        let name = items.fresh("total");
        writeln!(text, "var {name}: i32 = {}", rng.between(-5, 5)).expect("a string");
        items.globals.push(name);
    }
    items.choose_containers(rng);
    for _ in 0..3 {
        let def = blue::struct_def(rng, &mut items);
        text += &(std::mem::take(&mut items.new_helpers) + &def);
    }
    items.choose_nested_containers(rng);
    let mut main = String::new();
    for number in 0..count {
        // Each thing made at compile time serves the cases after it.
        if rng.chance(60) {
            let item = blue::item(rng, &mut items);
            text += &(std::mem::take(&mut items.new_helpers) + &item);
        }
        let case = case(rng, &mut items, number, &mut main);
        text += &(std::mem::take(&mut items.new_helpers) + &case);
    }
    let head = "from unsafe import gc_ptr, gc_alloc\nfrom operator import OpSpec\n\n";
    format!(
        "{head}{text}\n\ndef main(argv: list[str]) -> i32:\n    first = i32(argv[1])\n{main}    return 7\n"
    )
}

/// One function, and what `main` does with it.
fn case(rng: &mut Rng, items: &mut Items, number: usize, main: &mut String) -> String {
    let params: Vec<Ty> = (0..rng.below(4)).map(|_| items.any_type(rng, 1)).collect();
    let ret = items.any_type(rng, 1);
    let name = format!("case{number}");
    let (mut text, cost) = function(rng, items, &name, &params, &ret, true);
    text.insert_str(0, "\n\n");
    let mut body = Body::new(rng, items, I32).quiet().shallow();
    let args: Vec<String> = params.iter().map(|ty| body.expr(ty, 1)).collect();
    let result = format!("r{number}");
    let show = items.show(&ret, &result);
    let globals = items.globals.join(", ");
    writeln!(
        main,
        "    if first <= {number}:\n        print(\"-- {number}\")\n        \
         {result} = {name}({})\n        print({show}, {globals})",
        args.join(", ")
    )
    .expect("a string");
    items.callables.push(Callable { text: name, params, ret, cost });
    text
}

/// A red function with a random body, and its cost.
pub(crate) fn function(
    rng: &mut Rng,
    items: &mut Items,
    name: &str,
    params: &[Ty],
    ret: &Ty,
    loud: bool,
) -> (String, u64) {
    let names: Vec<String> = params.iter().map(|_| items.fresh("p")).collect();
    let spelled: Vec<String> =
        names.iter().zip(params).map(|(name, ty)| format!("{name}: {}", items.spell(ty))).collect();
    let head = format!("def {name}({}) -> {}:\n", spelled.join(", "), items.spell(ret));
    let mut body = Body::new(rng, items, ret.clone());
    if !loud {
        body = body.quiet();
    }
    for (name, ty) in names.iter().zip(params) {
        // Parameters of blue functions are constants.
        body.declare(name.clone(), ty.clone(), loud);
    }
    let (text, cost) = body.function();
    (head + &text, cost)
}
