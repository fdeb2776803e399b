//! Objects that older versions of the runtime's ABI were current for, and what is said about objects
//! that do not fit.
//!
//! `elder-1.0.o.wasm` and `elder-1.3.o.wasm` are what `spy package` made of `elder.spy` then, and
//! `counts-1.3.o.wasm` is what it made of `counts.spy` (alone, as `source = false`). They are never
//! made again: where a new minor version changes what crosses, what was made by the one before joins
//! them.

use super::write;
use crate::common::{Outcome, run};
use spy_package::Interface;
use spy_package::interface::{Export, Field, layout_hash};
use spy_package::object;
use std::fs;
use tempfile::TempDir;

const OBJECT: &[u8] = include_bytes!("elder-1.0.o.wasm");
const LATER: &[u8] = include_bytes!("elder-1.3.o.wasm");
/// It passes dicts, whose entries were others before 1.4.
const COUNTS: &[u8] = include_bytes!("counts-1.3.o.wasm");

const PROGRAM: &str = "from elder import Pair, scale, sums, title\nimport elder\n\n\
    def main() -> None:\n    print(sums([Pair(1, 2), Pair(3, 4)]), scale[f64](1.5, 2.0))\n    \
    print(title('x'), Pair(5, 6).sum(), elder.count)\n";

/// A folder with an environment in which the object is installed, and a program that uses it.
fn installed(bytes: &[u8]) -> TempDir {
    let dir = tempfile::tempdir().expect("a folder");
    write(dir.path(), "app.spy", PROGRAM);
    install(&dir, "elder", bytes);
    dir
}

fn install(dir: &TempDir, package: &str, bytes: &[u8]) {
    write(dir.path(), ".venv/pyvenv.cfg", "");
    let object = format!(".venv/lib/python3.12/site-packages/{package}/_spy/{package}.o.wasm");
    write(dir.path(), &object, "");
    fs::write(dir.path().join(object), bytes).expect("the object");
}

/// The object with another interface.
fn with(change: impl FnOnce(&mut Interface)) -> Vec<u8> {
    let mut interface = object::interface(OBJECT).expect("an interface");
    change(&mut interface);
    object::with_interface(without_interface(OBJECT), &interface.to_text())
}

/// The object without the section that holds the interface, which is a custom one.
fn without_interface(bytes: &[u8]) -> Vec<u8> {
    let (mut out, mut at) = (bytes[..8].to_vec(), 8);
    while at < bytes.len() {
        let (mut length, mut shift, mut body) = (0_usize, 0, at + 1);
        loop {
            length |= usize::from(bytes[body] & 0x7f) << shift;
            shift += 7;
            body += 1;
            if bytes[body - 1] & 0x80 == 0 {
                break;
            }
        }
        let end = body + length;
        if bytes[at] != 0 || !bytes[body + 1..end].starts_with(object::INTERFACE_SECTION.as_bytes())
        {
            out.extend_from_slice(&bytes[at..end]);
        }
        at = end;
    }
    out
}

#[track_caller]
fn refused(bytes: &[u8], message: &str, help: &str) {
    let dir = installed(bytes);
    // What links, what interprets and what evaluates at compile time judge alike.
    let early = "from elder import sums, Pair\n\nS = sums([Pair(1, 2)])\n\n\
        def main() -> None:\n    print(S)\n";
    write(dir.path(), "early.spy", early);
    for command in [
        &["build", "app.spy"][..],
        &["run", "--redshifted", "app.spy"],
        &["run", "--interp", "app.spy"],
        &["check", "early.spy"],
    ] {
        let outcome = run(dir.path(), command);
        assert_ne!(outcome.status, 0, "{outcome:?}");
        for line in [message, help] {
            assert!(outcome.stderr.contains(line), "{line}\n{outcome:?}");
        }
    }
}

const REBUILT: &str =
    "install a wheel of `elder` that was made by this version of spy, or one that has its source";

#[test]
fn objects_of_an_older_minor_are_linked_and_called() {
    for (object, abi) in [(OBJECT, "1.0"), (LATER, "1.3")] {
        assert_eq!(object::interface(object).expect("an interface").abi, abi);
        let dir = installed(object);
        let wanted = "[3, 7] 3.0\n<x> 11 4\n";
        for mode in [&["run", "--interp"][..], &["run", "--redshifted"], &["run"]] {
            let outcome: Outcome = run(dir.path(), &[mode, &["app.spy"]].concat());
            assert_eq!((outcome.stdout.as_str(), outcome.status), (wanted, 0), "{outcome:?}");
        }
    }
}

#[test]
fn objects_of_an_older_minor_with_other_dicts_are_refused() {
    assert_eq!(object::interface(COUNTS).expect("an interface").abi, "1.3");
    let dir = tempfile::tempdir().expect("a folder");
    install(&dir, "counts", COUNTS);
    let uses = [
        "from counts import longest\n\ndef main() -> None:\n    print(longest({'a': 1}))\n",
        "from counts import squares\n\ndef main() -> None:\n    print(squares(4))\n",
        "from counts import longest\n\nWORD = longest({'a': 1})\n\ndef main() -> None:\n    print(WORD)\n",
    ];
    for text in uses {
        write(dir.path(), "app.spy", text);
        for command in [&["build"][..], &["run", "--redshifted"], &["run", "--interp"], &["run"]] {
            let outcome = run(dir.path(), &[command, &["app.spy"]].concat());
            assert_ne!(outcome.status, 0, "{outcome:?}");
            assert_eq!(outcome.stdout, "", "{outcome:?}");
            for line in [
                "the package `counts 1.0` and this program do not agree about the struct `_dict.dict[",
                "the field `entries` is `unsafe::gc_ptr[_dict::dict[",
                "install a wheel of `counts` that was made by this version of spy",
            ] {
                assert!(outcome.stderr.contains(line), "{line}\n{outcome:?}");
            }
        }
    }
}

#[test]
fn objects_of_a_newer_minor_are_refused() {
    let own = spy_project::runtime_version();
    refused(
        &with(|interface| interface.abi = "1.99".to_owned()),
        &format!(
            "the package `elder 1.0` is too new: it was built against version 1.99 of the runtime, \
             and this is {own}"
        ),
        "update spy, or install an older version of the package",
    );
}

#[test]
fn objects_of_another_major_are_refused() {
    let own = spy_project::runtime_version();
    for major in ["0.9", "2.0"] {
        refused(
            &with(|interface| interface.abi = major.to_owned()),
            &format!(
                "the package `elder 1.0` cannot be linked: it was built against version {major} of \
                 the runtime, and this is {own}"
            ),
            REBUILT,
        );
    }
}

#[test]
fn objects_with_another_layout_are_refused() {
    let other = with(|interface| {
        let list = interface.structs.iter_mut().find(|entry| entry.fqn == "_list::list[i32]");
        let list = list.expect("lists cross");
        list.fields.push(Field {
            name: "more".to_owned(),
            ty: "i32".to_owned(),
            offset: list.size,
            size: 4,
            alignment: 4,
        });
        list.size += 4;
        list.layout = layout_hash(&list.fqn, list.size, &list.fields);
    });
    refused(
        &other,
        "the package `elder 1.0` and this program do not agree about the struct `_list.list[i32]`: one \
         has 2 fields and the other 1",
        REBUILT,
    );
}

#[test]
fn objects_with_a_missing_symbol_are_refused() {
    let mut bytes = OBJECT.to_vec();
    let symbol = b"spy___spy__$_str_concat";
    let found = bytes.windows(symbol.len()).position(|part| part == symbol);
    let mut changed = 0;
    let mut at = found;
    while let Some(start) = at {
        bytes[start + symbol.len() - 1] = b'X';
        changed += 1;
        at = bytes.windows(symbol.len()).position(|part| part == symbol);
    }
    assert!(changed > 0, "the object makes texts");
    let own = spy_project::runtime_version();
    refused(
        &bytes,
        &format!(
            "the package `elder 1.0` needs `spy___spy__$_str_concaX` of the runtime, which version {own} does \
             not have"
        ),
        REBUILT,
    );
}

#[test]
fn objects_with_checked_pointers_are_refused() {
    refused(
        &with(|interface| interface.target.checked_pointers = true),
        "the package `elder 1.0` was built with checked pointers, and the program with unchecked",
        REBUILT,
    );
}

#[test]
fn objects_that_define_what_is_not_theirs_are_refused() {
    let hidden = with(|interface| {
        for module in &mut interface.modules {
            let is_title =
                |export: &Export| matches!(export, Export::Function(f) if f.fqn == "elder::title");
            module.exports.retain(|export| !is_title(export));
        }
    });
    let message = "it defines `spy_elder$title`, which its interface does not offer";
    refused(&hidden, message, "install `elder` again");

    // As long as the name that it replaces, so that the object stays well-formed.
    let (own, taken) = (b"spy_elder$title", b"spy_bytes_alloc");
    let mut bytes = OBJECT.to_vec();
    while let Some(start) = bytes.windows(own.len()).position(|part| part == own) {
        bytes[start..start + own.len()].copy_from_slice(taken);
    }
    let message = "the package `elder 1.0` defines `spy_bytes_alloc`, which is the runtime's";
    refused(&bytes, message, REBUILT);
}
