//! What is made at compile time: structs, generics, closures, blue functions, metafunctions.

use super::body::Body;
use super::program::{Callable, Items, StructDef, function};
use super::types::{I32, Int, Ty};
use crate::rng::Rng;
use std::fmt::Write;

/// A struct with fields, methods and perhaps an operator.
pub(crate) fn struct_def(rng: &mut Rng, items: &mut Items) -> String {
    let name = items.fresh("Shape");
    let earlier = items.structs.len();
    let fields: Vec<(String, Ty)> = (0..1 + rng.below(3))
        .map(|_| {
            let ty = match rng.below(5) {
                0 if earlier > 0 => Ty::Struct(rng.below(earlier)),
                1..3 => rng.pick(&items.containers).clone(),
                _ => Ty::scalar(rng),
            };
            (items.fresh("f"), ty)
        })
        .collect();
    let mut text = format!("\n\n@struct\nclass {name}:\n");
    for (field, ty) in &fields {
        writeln!(text, "    {field}: {}", items.spell(ty)).expect("a string");
    }
    let sums: Option<Vec<String>> = fields.iter().map(|(field, ty)| sum(field, ty)).collect();
    if let Some(sums) = &sums {
        writeln!(
            text,
            "\n    def __add__(self, other: {name}) -> {name}:\n        return {name}({})",
            sums.join(", ")
        )
        .expect("a string");
    }
    let mut methods = Vec::new();
    let def = StructDef { name, fields, methods: Vec::new(), has_add: sums.is_some() };
    for _ in 0..rng.below(3) {
        let method = items.fresh("m");
        let ret = Ty::scalar(rng);
        let mut body = Body::new(rng, items, ret.clone()).quiet();
        for (field, ty) in &def.fields {
            body.declare(format!("self.{field}"), ty.clone(), false);
        }
        let value = body.expr(&ret, 3);
        writeln!(
            text,
            "\n    def {method}(self) -> {}:\n        return {value}",
            items.spell(&ret)
        )
        .expect("a string");
        methods.push((method, ret));
    }
    items.structs.push(StructDef { methods, ..def });
    text
}

/// The sum of a field of `self` and `other`, if such fields can be added.
fn sum(field: &str, ty: &Ty) -> Option<String> {
    match ty {
        Ty::Int(_) | Ty::F64 | Ty::F32 => Some(format!("self.{field} + other.{field}")),
        Ty::Str => Some(format!("(self.{field} + other.{field})[0:20]")),
        Ty::Bool => Some(format!("self.{field} ^ other.{field}")),
        _ => None,
    }
}

/// Something made at compile time.
pub(crate) fn item(rng: &mut Rng, items: &mut Items) -> String {
    match rng.below(6) {
        0 => closures(rng, items),
        1 => generic_function(rng, items),
        2 => generic_struct(rng, items),
        3 => blue_function(rng, items),
        4 => metafunction(rng, items),
        _ => closure_over_function(rng, items),
    }
}

/// A blue function that returns a function which uses its arguments.
fn closures(rng: &mut Rng, items: &mut Items) -> String {
    let (maker, inner) = (items.fresh("make"), items.fresh("inner"));
    let kinds = [Ty::scalar(rng), Ty::scalar(rng)];
    let knobs = [items.fresh("k"), items.fresh("k")];
    let params: Vec<Ty> = (0..1 + rng.below(2)).map(|_| items.any_type(rng, 1)).collect();
    let ret = items.any_type(rng, 1);
    let derived = items.fresh("d");
    let mut body = Body::new(rng, items, kinds[0].clone()).quiet().shallow();
    for (name, ty) in knobs.iter().zip(&kinds) {
        body.declare(name.clone(), ty.clone(), false);
    }
    let blue = body.expr(&kinds[0], 2);
    let names: Vec<String> = params.iter().map(|_| items.fresh("p")).collect();
    let spelled: Vec<String> = names
        .iter()
        .zip(&params)
        .map(|(name, ty)| format!("{name}: {}", items.spell(ty)))
        .collect();
    let mut body = Body::new(rng, items, ret.clone());
    body.indent = 2;
    for (name, ty) in knobs.iter().chain([&derived]).zip(kinds.iter().chain([&kinds[0]])) {
        body.declare(name.clone(), ty.clone(), false);
    }
    for (name, ty) in names.iter().zip(&params) {
        body.declare(name.clone(), ty.clone(), true);
    }
    let (code, cost) = body.function();
    let mut text = format!(
        "\n\n@blue\ndef {maker}({}, {}):\n    {derived} = {blue}\n\n    def {inner}({}) -> {}:\n{code}\n    return {inner}\n",
        knobs[0],
        knobs[1],
        spelled.join(", "),
        items.spell(&ret)
    );
    for is_named in [true, false] {
        let mut body = Body::new(rng, items, I32).quiet().shallow();
        let args = kinds.each_ref().map(|ty| body.constant(ty)).join(", ");
        let mut made = format!("{maker}({args})");
        if is_named {
            let name = items.fresh("made");
            writeln!(text, "\n\n{name} = {made}").expect("a string");
            made = name;
        }
        let (params, ret) = (params.clone(), ret.clone());
        items.callables.push(Callable { text: made, params, ret, cost });
    }
    text
}

/// A blue function that wraps another function of one parameter; used as a decorator.
fn closure_over_function(rng: &mut Rng, items: &mut Items) -> String {
    let [deco, fun, wrapper, arg, inner] =
        ["deco", "fn", "wrapper", "p", "wrapped"].map(|name| items.fresh(name));
    let ty = items.any_type(rng, 1);
    let spelled = items.spell(&ty);
    let (say, tag) = (items.say(&ty), rng.below(100));
    let body = match rng.below(3) {
        0 => format!("return {fun}({fun}({arg}))"),
        1 => format!("return {fun}({say}(\"in {tag}\", {arg}))"),
        _ => format!("return {say}(\"out {tag}\", {fun}({arg}))"),
    };
    let (code, cost) = function(rng, items, &inner, std::slice::from_ref(&ty), &ty, true);
    let callable =
        Callable { text: inner, params: vec![ty.clone()], ret: ty, cost: cost.saturating_mul(2) };
    items.callables.push(callable);
    format!(
        "\n\n@blue\ndef {deco}({fun}):\n    def {wrapper}({arg}: {spelled}) -> {spelled}:\n        {body}\n\n    \
         return {wrapper}\n\n\n@{deco}\n{code}"
    )
}

/// Types that generics are used with.
fn numeric(rng: &mut Rng) -> Ty {
    match rng.below(4) {
        0 => Ty::F64,
        1 => Ty::F32,
        _ => Ty::Int(*rng.pick(&Int::ALL)),
    }
}

fn generic_function(rng: &mut Rng, items: &mut Items) -> String {
    let [name, var, x, y, v] = ["gen", "T", "p", "p", "v"].map(|name| items.fresh(name));
    let ops: Vec<&str> = (0..3).map(|_| *rng.pick(&["+", "-", "*"])).collect();
    let compare = rng.pick(&["<", ">=", "==", "!="]);
    for _ in 0..2 {
        let ty = numeric(rng);
        let text = format!("{name}[{}]", items.spell(&ty));
        items.callables.push(Callable {
            text,
            params: vec![ty.clone(), ty.clone()],
            ret: ty,
            cost: 4,
        });
    }
    let body = format!(
        "    {v} = {x} {} {y}\n    if {v} {compare} {x}:\n        return {v} {} {y}\n    return {v} {} {x}\n",
        ops[0], ops[1], ops[2]
    );
    if rng.chance(50) {
        format!("\n\ndef {name}[{var}]({x}: {var}, {y}: {var}) -> {var}:\n{body}")
    } else {
        let inner = items.fresh("inner");
        let body = body.replace("    ", "\t").replace('\t', "    ").replace('\n', "\n    ");
        format!(
            "\n\n@blue.generic\ndef {name}({var}):\n    def {inner}({x}: {var}, {y}: {var}) -> {var}:\n    {}\n    return {inner}\n",
            body.trim_end_matches(' ')
        )
    }
}

fn generic_struct(rng: &mut Rng, items: &mut Items) -> String {
    let [name, first, second] = ["Pair", "A", "B"].map(|name| items.fresh(name));
    let fields = [items.fresh("f"), items.fresh("f")];
    let method = items.fresh("m");
    for _ in 0..2 {
        let types = [Ty::scalar(rng), items.any_type(rng, 1)];
        let spelled = format!("{name}[{}, {}]", items.spell(&types[0]), items.spell(&types[1]));
        let [one, two] = types;
        items.structs.push(StructDef {
            name: spelled,
            methods: vec![(method.clone(), one.clone())],
            fields: vec![(fields[0].clone(), one), (fields[1].clone(), two)],
            has_add: false,
        });
    }
    format!(
        "\n\n@struct\nclass {name}[{first}, {second}]:\n    {0}: {first}\n    {1}: {second}\n\n    \
         def {method}(self) -> {first}:\n        return self.{0}\n",
        fields[0], fields[1]
    )
}

/// A function that runs at compile time; some of its results.
fn blue_function(rng: &mut Rng, items: &mut Items) -> String {
    let name = items.fresh("table");
    let params = [Ty::scalar(rng), Ty::scalar(rng)];
    let ret = Ty::scalar(rng);
    let (code, _) = function(rng, items, &name, &params, &ret, false);
    let mut text = format!("\n\n@blue\n{code}");
    for is_named in [true, false, false] {
        let mut body = Body::new(rng, items, I32).quiet().shallow();
        let args = params.each_ref().map(|ty| body.constant(ty)).join(", ");
        let mut value = format!("{name}({args})");
        if is_named {
            let constant = items.fresh("CONST");
            writeln!(text, "\n\n{constant} = {value}").expect("a string");
            value = constant;
        }
        items.constants.push((value, ret.clone()));
    }
    text
}

/// A metafunction that chooses by type and colour.
fn metafunction(rng: &mut Rng, items: &mut Items) -> String {
    let [name, arg, ty, impl_name, x] = ["kind", "m", "t", "of", "p"].map(|name| items.fresh(name));
    let chosen = items.spell(&Ty::scalar(rng));
    items.metafuncs.push(name.clone());
    format!(
        "\n\n@blue.metafunc\ndef {name}({arg}):\n    {ty} = {arg}.static_type\n    if {ty} == {chosen}:\n\n        \
         def {impl_name}({x}: {ty}) -> str:\n            return \"<\" + str({x}) + \">\"\n\n        \
         return OpSpec({impl_name})\n    return OpSpec.const(\"other\")\n"
    )
}
