use super::*;
use spy_package::interface::{
    Export, Field, Function, Import, ModuleEntry, Parameter, Role, Target, layout_hash,
};

const OWN: Abi = Abi { major: 2, minor: 3 };

fn field(name: &str, ty: &str, offset: u64) -> Field {
    Field { name: name.to_owned(), ty: ty.to_owned(), offset, size: 4, alignment: 4 }
}

fn layout(fields: Vec<Field>) -> StructEntry {
    let size = 4 * fields.len() as u64;
    let layout = layout_hash("p::S", size, &fields);
    StructEntry { fqn: "p::S".to_owned(), size, alignment: 4, layout, fields }
}

fn function(symbol: &str, ty: &str) -> Export {
    let parameter = Parameter { name: "x".to_owned(), ty: ty.to_owned(), default: None };
    Export::Function(Function {
        fqn: "p::f".to_owned(),
        symbol: symbol.to_owned(),
        color: "red".to_owned(),
        role: Role::Plain,
        parameters: vec![parameter],
        returns: "None".to_owned(),
        doc: None,
    })
}

fn package(name: &str) -> Prebuilt {
    let target =
        Target { triple: "wasm32-wasi".to_owned(), pointer_width: 32, checked_pointers: false };
    let exports = vec![function(&format!("spy_{name}$f"), "i32")];
    let interface = Interface {
        schema: 1,
        package: name.to_owned(),
        version: Some("1.5".to_owned()),
        compiler: "spy".to_owned(),
        abi: OWN.to_string(),
        target,
        modules: vec![ModuleEntry { name: name.to_owned(), doc: None, exports, generics: None }],
        structs: vec![layout(vec![field("a", "i32", 0), field("b", "i32", 4)])],
        prebuilt: Vec::new(),
        imports: Vec::new(),
        python: None,
    };
    let defines = [format!("spy_{name}$f")].into();
    let needs = ["spy_panic_at".to_owned(), "memcpy".to_owned()].into();
    let (name, hash) = (name.to_owned(), blake3::hash(b"o"));
    Prebuilt { name, object: "o".into(), hash, interface, defines, needs }
}

#[track_caller]
fn refusal(packages: &[Prebuilt]) -> String {
    let error = check_with(packages, false, OWN).expect_err("must be refused");
    assert!(error.help.is_some(), "{}", error.message);
    error.message
}

fn with_abi(abi: &str) -> Prebuilt {
    let mut changed = package("p");
    changed.interface.abi = abi.to_owned();
    changed
}

fn user_of(symbol: &str, signature: &str) -> Prebuilt {
    let mut user = package("q");
    let (signature, symbol) = (signature.to_owned(), symbol.to_owned());
    user.needs.insert(symbol.clone());
    user.interface.imports.push(Import { package: Some("p".to_owned()), symbol, signature });
    user
}

#[test]
fn what_fits_is_linked() {
    let packages = [package("p"), user_of("spy_p$f", "(i32) -> None")];
    assert_eq!(check_with(&packages, false, OWN), Ok(()));
}

#[test]
fn an_older_minor_links_and_nothing_newer() {
    assert_eq!(check_with(&[with_abi("2.0")], false, OWN), Ok(()));
    let newer = refusal(&[with_abi("2.4")]);
    assert!(newer.contains("`p 1.5` is too new") && newer.contains("2.4"), "{newer}");
    assert!(newer.contains("this is 2.3"), "{newer}");
    for major in ["1.3", "3.0"] {
        let other = refusal(&[with_abi(major)]);
        assert!(other.contains("cannot be linked") && other.contains(major), "{other}");
    }
    assert!(refusal(&[with_abi("new")]).contains("does not say"));
}

#[test]
fn pointers_are_of_one_kind() {
    let mut checked = package("p");
    checked.interface.target.checked_pointers = true;
    let said = refusal(&[checked]);
    assert!(said.contains("with checked pointers, and the program with unchecked"), "{said}");
    let mut wide = package("p");
    wide.interface.target.pointer_width = 64;
    assert!(refusal(&[wide]).contains("not for WebAssembly"));
}

#[test]
fn a_missing_symbol_is_named() {
    let mut needy = package("p");
    needy.needs.insert("spy_no_such_function".to_owned());
    let said = refusal(&[needy]);
    assert!(said.contains("needs `spy_no_such_function` of the runtime"), "{said}");
}

#[test]
fn the_first_difference_of_two_layouts_is_named() {
    let differs = |fields: Vec<Field>| {
        let mut other = package("q");
        other.interface.structs = vec![layout(fields)];
        refusal(&[package("p"), other])
    };
    let name = differs(vec![field("a", "i32", 0), field("c", "i32", 4)]);
    assert!(name.contains("do not agree about the struct `p.S`"), "{name}");
    assert!(name.contains("one has the field `b` where the other has `c`"), "{name}");
    let ty = differs(vec![field("a", "i32", 0), field("b", "f32", 4)]);
    assert!(ty.contains("the field `b` is `i32` in one and `f32` in the other"), "{ty}");
    let offset = differs(vec![field("a", "i32", 4), field("b", "i32", 8)]);
    assert!(offset.contains("the field `a` is at offset 0 and 4"), "{offset}");
    let count = differs(vec![field("a", "i32", 0)]);
    assert!(count.contains("one has 2 fields and the other 1"), "{count}");
}

#[test]
fn imports_must_be_offered_as_they_are_needed() {
    let types = refusal(&[package("p"), user_of("spy_p$f", "(str) -> None")]);
    assert!(types.contains("needs `spy_p$f` from `p`, with the types `(str) -> None`"), "{types}");
    let gone = refusal(&[package("p"), user_of("spy_p$gone", "(i32) -> None")]);
    assert!(gone.contains("which it does not offer"), "{gone}");
}

#[test]
fn two_packages_may_not_define_one_symbol() {
    let said = refusal(&[package("p"), package("p")]);
    assert!(said.contains("both define `spy_p$f`"), "{said}");
    // What only Python calls may stand in the way as well, though the interface offers no function of that name.
    let mut other = package("q");
    other.defines.insert("spy_p$f".to_owned());
    let said = refusal(&[package("p"), other]);
    assert!(said.contains("both define `spy_p$f`"), "{said}");
}
