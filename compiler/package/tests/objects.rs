//! Objects and interfaces that nobody vouches for: whatever is in them, reading them ends.

use proptest::prelude::*;
use spy_package::Interface;
use spy_package::object;
use std::collections::BTreeSet;

/// A number in the format that WebAssembly uses for lengths.
fn length(value: usize) -> Vec<u8> {
    let (low, high) = (value & 0x7f, value >> 7);
    let low = u8::try_from(low).expect("seven bits");
    if high == 0 { vec![low] } else { [vec![low | 0x80], length(high)].concat() }
}

fn section(id: u8, body: &[u8]) -> Vec<u8> {
    [vec![id], length(body.len()), body.to_vec()].concat()
}

fn name(text: &str) -> Vec<u8> {
    [length(text.len()), text.as_bytes().to_vec()].concat()
}

/// An object with the functions `spy_p$shown` and `spy_p$inner`, which needs `spy_panic_at`.
fn sample() -> Vec<u8> {
    let types = section(1, &[1, 0x60, 0, 0]);
    let import = [vec![1], name("env"), name("spy_panic_at"), vec![0, 0]].concat();
    let functions = section(3, &[2, 0, 0]);
    let code = section(10, &[2, 2, 0, 0x0b, 2, 0, 0x0b]);
    let table = [
        vec![3],
        [vec![0, 0x10, 0]].concat(),
        [vec![0, 0x04, 1], name("spy_p$shown")].concat(),
        [vec![0, 0x04, 2], name("spy_p$inner")].concat(),
    ]
    .concat();
    let linking = [name("linking"), vec![2], section(8, &table)].concat();
    let header = b"\0asm\x01\0\0\0".to_vec();
    [header, types, section(2, &import), functions, code, section(0, &linking)].concat()
}

const INTERFACE: &str = r#"{"schema": 1, "package": "p", "version": "1.0", "compiler": "spy", "abi": "1.0",
 "target": {"triple": "wasm32-wasi", "pointer_width": 32, "checked_pointers": false},
 "modules": [{"name": "p", "doc": null, "exports": [
  {"kind": "function", "fqn": "p::shown", "symbol": "spy_p$shown", "color": "red", "parameters": [],
   "returns": "None", "doc": null},
  {"kind": "alias", "fqn": "p::Other", "target": "q::Box[i32, \"a\\\"b\"]"},
  {"kind": "constant", "fqn": "p::N", "type": "i32", "value": 3}]}],
 "structs": [], "prebuilt": [], "imports": []}"#;

#[test]
fn only_what_is_offered_stays_visible() {
    let mut object = sample();
    let names =
        |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<BTreeSet<_>>();
    assert_eq!(object::undefined(&object), Ok(names(&["spy_panic_at"])));
    assert_eq!(object::defined(&object), Ok(names(&["spy_p$inner", "spy_p$shown"])));
    object::hide_symbols(&mut object, &names(&["spy_p$shown"])).expect("an object");
    assert_eq!(object::defined(&object), Ok(names(&["spy_p$shown"])));
    assert_eq!(object::undefined(&object), Ok(names(&["spy_panic_at"])));
}

#[test]
fn an_interface_travels_with_the_object() {
    let interface = Interface::parse(INTERFACE.as_bytes()).expect("an interface");
    assert_eq!(interface.validate(), Ok(()));
    let object = object::with_interface(sample(), &interface.to_text());
    assert_eq!(object::interface(&object), Ok(interface));
    let without = object::interface(&sample()).expect_err("there is none").message;
    assert!(without.contains("no section `spy.interface`"), "{without}");
    let broken = object::with_interface(sample(), "{\"schema\": ");
    let said = object::interface(&broken).expect_err("broken").message;
    assert!(said.contains("at offset 0x") && said.contains("line 1"), "{said}");
    let newer =
        object::with_interface(sample(), &INTERFACE.replace("\"schema\": 1", "\"schema\": 2"));
    assert!(object::interface(&newer).expect_err("newer").help.is_some());
}

#[test]
fn malformed_sections_are_located() {
    let mut object = sample();
    object.truncate(object.len() - 3);
    let said = object::defined(&object).expect_err("cut off").message;
    assert!(said.contains("at offset 0x"), "{said}");
    let said = object::defined(b"\0asm\x01\0\0\0").expect_err("no symbols").message;
    assert!(said.contains("not a relocatable object"), "{said}");
}

#[test]
fn names_that_would_be_code_are_refused() {
    let changes = [
        ("p::shown", "p::shown\\nimport os"),
        ("spy_p$shown", "spy_p; int x"),
        ("spy_p$shown", "main"),
        ("\"None\"", "\"None:\\n    pass\""),
        ("q::Box[i32, ", "q::Box[i32, (, "),
        ("\\\"a\\\\\\\"b\\\"", "\\\"a"),
        ("\"p::N\"", "\"p::\""),
    ];
    for (old, new) in changes {
        let text = INTERFACE.replace(old, new);
        assert_ne!(text, INTERFACE, "{old}");
        let interface = Interface::parse(text.as_bytes()).expect(new);
        let said = interface.validate().expect_err(new).message;
        assert!(said.contains("where a name or type belongs"), "{said}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    /// Damaged objects give a result or an error.
    #[test]
    fn damage_does_no_harm(changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..8),
                           cut in any::<prop::sample::Index>()) {
        let mut object = object::with_interface(sample(), INTERFACE);
        for (at, byte) in changes {
            let at = at.index(object.len());
            object[at] = byte;
        }
        object.truncate(cut.index(object.len()) + 1);
        let _ = object::undefined(&object);
        if let Ok(interface) = object::interface(&object) {
            let _ = interface.validate();
        }
        let mut hidden = object.clone();
        let done = object::hide_symbols(&mut hidden, &BTreeSet::new());
        prop_assert_eq!(hidden.len(), object.len());
        if done.is_ok() {
            prop_assert_eq!(object::defined(&hidden), Ok(BTreeSet::new()));
        }
    }

    /// So do bytes of which only the beginning is right.
    #[test]
    fn junk_does_no_harm(junk in proptest::collection::vec(any::<u8>(), 0..200)) {
        let object = [b"\0asm\x01\0\0\0".to_vec(), junk].concat();
        let _ = object::defined(&object);
        let _ = object::interface(&object);
        let _ = Interface::parse(&object);
    }
}
