use super::*;
use crate::tables::image::Word;
use spy_package::python::{Const, Function, Module, Parameter, Type};

const HEADER: &str = include_str!("../../c/python_tables.h");
const CALLS: &str = include_str!("../../c/python_calls.h");

/// A module with `def add(a: i32, b: i32 = 2) -> i32`.
fn sample() -> Bindings {
    let int = || Type::Scalar("i32".to_owned());
    let parameter = |name: &str, default| Parameter { name: name.to_owned(), ty: int(), default };
    let parameters = vec![parameter("a", None), parameter("b", Some(Const::Int("2".to_owned())))];
    let add = Function {
        name: "add".to_owned(),
        symbol: "spy_m$add".to_owned(),
        parameters,
        returns: int(),
        doc: None,
        role: None,
    };
    let module = Module { name: "m".to_owned(), functions: vec![add], ..Module::default() };
    Bindings { modules: vec![module], dicts: Vec::new() }
}

fn tables_of(frames: &BTreeMap<String, Frame>) -> Option<Tables> {
    tables(&Program {
        bindings: &sample(),
        layouts: &BTreeMap::new(),
        frames,
        simple: &BTreeSet::new(),
        checked: false,
        release_gil: false,
    })
}

#[test]
fn the_converter_knows_the_same_kinds() {
    let kinds = HEADER.split("PY_TYPE_").skip(1).map(|rest| {
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
        rest[..end].to_lowercase()
    });
    let declared: Vec<String> = kinds.take(20).collect();
    let mut known = vec!["none"];
    known.extend(types::SCALARS);
    known.extend(["tuple", "list", "dict", "array", "class"]);
    assert_eq!(declared, known);
}

#[test]
fn the_converter_knows_the_same_sizes() {
    assert!(HEADER.contains(&format!("#define PY_PLAIN_SIZE {}\n", functions::PLAIN_SIZE)));
    assert!(CALLS.contains(&format!("enum {{ PY_FRAME_HEAD = {} }};", functions::FRAME_HEAD)));
}

#[test]
fn a_function_is_described() {
    let frame = Frame { symbol: "run0".to_owned(), params: vec![0, 4], result: 8, size: 12 };
    let made = tables_of(&[("spy_m$add".to_owned(), frame)].into()).expect("tables");
    let [entry] = made.entries.as_slice() else { panic!("{:?}", made.entries) };
    assert_eq!((entry.callee, entry.count), ("spy_python_call_plain", 4));
    let functions: Vec<&Target> = made
        .pointers
        .iter()
        .map(|pointer| &pointer.target)
        .filter(|target| matches!(target, Target::Function(_)))
        .collect();
    let wanted = ["run0", "spy_python_entry0"].map(|name| Target::Function(name.to_owned()));
    assert_eq!(functions, wanted.iter().collect::<Vec<_>>());
    // The counts of parameters, of which one is required, follow the name and two tables.
    let start = usize::try_from(entry.place).expect("an offset") + 24;
    assert_eq!(made.bytes[start..start + 8], [2, 0, 0, 0, 1, 0, 0, 0]);
    let text = made.bytes.windows(16).any(|part| part == b"add(a, b=2)\n--\n\n");
    assert!(text, "there is no signature");
    assert!(made.pointers.is_sorted_by_key(|pointer| pointer.offset));
}

#[test]
fn what_has_no_frame_has_no_tables() {
    assert_eq!(tables_of(&BTreeMap::new()), None);
}

#[test]
fn texts_stand_once_behind_records() {
    let mut image = Image::default();
    let first = image.add(&[Word::Text("ab".to_owned()), Word::Number(7)]);
    image.add(&[Word::Text("ab".to_owned()), Word::At(first), Word::Null]);
    let (bytes, pointers) = image.finish();
    assert_eq!(bytes.len(), 5 * 8 + 3);
    let places: Vec<(u64, Target)> =
        pointers.into_iter().map(|pointer| (pointer.offset, pointer.target)).collect();
    assert_eq!(places, [(0, Target::Own(40)), (16, Target::Own(40)), (24, Target::Own(0))]);
}
