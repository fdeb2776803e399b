use super::*;
use crate::python::{Constant, Field};

fn scalar(name: &str) -> Type {
    Type::Scalar(name.to_owned())
}

fn function(name: &str, parameters: Vec<Parameter>, returns: Type) -> Function {
    Function {
        name: name.into(),
        symbol: format!("spy_m${name}"),
        parameters,
        returns,
        doc: None,
        role: None,
    }
}

fn parameter(name: &str, ty: Type) -> Parameter {
    Parameter { name: name.into(), ty, default: None }
}

#[test]
fn a_module_is_declared() {
    let list = Type::List { item: Box::new(scalar("i32")), layout: String::new() };
    let array = Type::Array { item: "f64".into(), ndim: 2, layout: String::new() };
    let point =
        Type::Struct { name: "Point".into(), module: "m.sub".into(), layout: String::new() };
    let bindings = Bindings {
        modules: vec![
            Module {
                name: "m".into(),
                functions: vec![
                    function(
                        "f",
                        vec![parameter("xs", list), parameter("b", scalar("bytes"))],
                        Type::Optional { item: Box::new(scalar("str")), layout: String::new() },
                    ),
                    function(
                        "g",
                        vec![parameter("a", array.clone()), parameter("p", point)],
                        array,
                    ),
                ],
                constants: vec![Constant {
                    name: "N".into(),
                    ty: scalar("u8"),
                    value: crate::python::Const::Int("3".into()),
                }],
                ..Module::default()
            },
            Module { name: "m.sub".into(), ..Module::default() },
        ],
        dicts: Vec::new(),
    };
    let members = stubs(&bindings);
    let paths: Vec<&str> = members.iter().map(|member| member.path.as_str()).collect();
    assert_eq!(paths, ["m/__init__.pyi", "m/py.typed", "m/sub.pyi"]);
    let text = String::from_utf8_lossy(&members[0].bytes).into_owned();
    assert_eq!(
        text,
        "from m.sub import Point\nfrom typing import Final\n\
         from typing_extensions import Buffer\n\nclass PanicError(RuntimeError): ...\nN: Final[int]\n\
         def f(xs: list[int], b: bytes | bytearray | memoryview) -> str | None: ...\n\
         def g(a: Buffer, p: Point) -> memoryview: ...\n"
    );
}

#[test]
fn names_of_builtins_do_not_hide_them() {
    let class = Class {
        name: "P".into(),
        module: "m".into(),
        layout: "m::P".into(),
        doc: None,
        public: true,
        fields: vec![Field { name: "int".into(), ty: scalar("i32") }],
        make: Make::Fields,
        methods: Vec::new(),
        eq: None,
        repr: None,
        str: None,
    };
    let module = Module { name: "m".into(), classes: vec![class], ..Module::default() };
    let text = stub(&module);
    assert!(text.contains("def __new__(cls, int: builtins.int) -> P: ..."), "{text}");
    assert!(text.contains("@builtins.property\n    def int(self) -> builtins.int: ..."), "{text}");
}

#[test]
fn every_class_has_a_name() {
    assert_eq!(identifier("Pair[i32, P]"), "_Pair_i32_P");
    assert_eq!(identifier("Pair"), "Pair");
}
