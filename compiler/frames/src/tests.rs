//! Tables read back, from files that a C compiler has made and from damaged ones.

use crate::table::{Table, trailer};
use crate::{Compiled, Place, add_compiled, add_native, add_wasm};
use std::path::Path;
use std::process::Command;

fn place(function: &str, line: u32) -> Place {
    let (function, file, text) = (function.to_owned(), "m.spy".to_owned(), format!("line {line}"));
    Place { function, file, line, text }
}

/// What a table says: addresses, and the functions and lines that run there.
fn read(table: &[u8]) -> Vec<(u32, String)> {
    let word = |at: usize| u32::from_le_bytes(table[at..at + 4].try_into().unwrap());
    assert_eq!(word(0), 1, "the version");
    let [sites, links, places] = [word(4) as usize, word(8) as usize, word(12) as usize];
    let (links_at, places_at) = (20 + 8 * sites, 20 + 8 * (sites + links));
    let texts = places_at + 16 * places;
    assert_eq!(texts + word(16) as usize, table.len());
    let text = |at: u32| {
        let bytes = &table[texts + at as usize..];
        String::from_utf8(bytes.split(|byte| *byte == 0).next().unwrap().to_vec()).unwrap()
    };
    let chain = |site: usize| {
        let (mut link, mut calls) = (word(20 + 8 * site + 4), Vec::new());
        while link != 0 {
            let at = links_at + 8 * (link as usize - 1);
            let place = places_at + 16 * word(at) as usize;
            calls.push(format!("{}:{}", text(word(place + 8)), word(place + 4)));
            link = word(at + 4);
        }
        (word(20 + 8 * site), calls.join(" < "))
    };
    (0..sites).map(chain).collect()
}

#[test]
fn calls_that_are_alike_are_written_once() {
    let mut table = Table::default();
    let (outer, inner) = (place("outer", 7), place("inner", 2));
    table.add(0, &[]).unwrap();
    table.add(16, std::slice::from_ref(&outer)).unwrap();
    table.add(20, &[inner.clone(), outer.clone()]).unwrap();
    table.add(24, &[inner.clone(), outer.clone()]).unwrap();
    table.add(28, std::slice::from_ref(&outer)).unwrap();
    table.add(32, &[]).unwrap();
    let bytes = table.bytes().unwrap();
    let expected = [(16, "outer:7"), (20, "inner:2 < outer:7"), (28, "outer:7"), (32, "")]
        .map(|(at, calls)| (at, calls.to_owned()));
    assert_eq!(read(&bytes), expected);
    assert_eq!(bytes.len(), 20 + 4 * 8 + 2 * 8 + 2 * 16 + 32, "no text stands twice");
    let end = trailer(&bytes);
    assert_eq!(
        end[bytes.len()..],
        [&(bytes.len() as u64).to_le_bytes()[..], b"spy.frm\x01"].concat()
    );
}

#[test]
fn addresses_have_32_bits() {
    assert!(Table::default().add(1 << 32, &[place("f", 1)]).is_err());
}

/// `middle` is inlined into `outer`; `inner` is not.
const PROGRAM: &str = "\
__attribute__((noinline)) int inner(int a) {
    return a / 2; }
static inline __attribute__((always_inline)) int middle(int a) {
    return inner(a + 1) + 1; }
int outer(int a) {
    return
    middle(a) * 3; }
";

/// Compiles and links it; returns the file with debug information, and without.
fn linked(dir: &Path) -> [Vec<u8>; 2] {
    std::fs::write(dir.join("m.c"), PROGRAM).unwrap();
    ["-g1", "-s"].map(|flag| {
        let mut cc = Command::new("cc");
        cc.args(["-O2", "-fno-optimize-sibling-calls", "-shared", "-fPIC", "m.c", "-o", "m.so"]);
        assert!(cc.arg(flag).current_dir(dir).status().unwrap().success());
        std::fs::read(dir.join("m.so")).unwrap()
    })
}

#[test]
#[cfg(target_os = "linux")]
fn inlined_calls_are_told_apart() {
    let dir = tempfile::tempdir().unwrap();
    let [debug, shipped] = linked(dir.path());
    let mut with = shipped.clone();
    let known = |symbol: &str, line: u32| (symbol != "inner").then(|| place(symbol, line));
    add_native(&debug, &mut with, &known).unwrap();
    assert_eq!(with[..shipped.len()], shipped, "what was linked stays as it is");
    let table = &with[shipped.len()..with.len() - 16];
    let said: Vec<String> = read(table).into_iter().map(|(_, calls)| calls).collect();
    assert!(said.iter().any(|calls| calls == "middle:4 < outer:7"), "{said:?}");
    assert!(!said.iter().any(|calls| calls.contains("inner")), "{said:?}");
}

#[test]
#[cfg(target_os = "linux")]
fn compilers_say_what_their_code_is() {
    let dir = tempfile::tempdir().unwrap();
    let [mut library, _] = linked(dir.path());
    let old = library.len();
    let known = |symbol: &str, line: u32| (line > 0).then(|| place(symbol, line));
    let compiled =
        |symbol, size, lines: &[(u64, u32)]| Compiled { symbol, size, lines: lines.to_vec() };
    let functions = [
        compiled("outer", 5, &[(0, 0), (1, 7)]),
        compiled("gone", 5, &[(0, 1)]),
        compiled("inner", 4, &[(0, 2)]),
    ];
    add_compiled(&mut library, &functions, &known).unwrap();
    let said: Vec<String> =
        read(&library[old..library.len() - 16]).into_iter().map(|(_, calls)| calls).collect();
    let mut calls: Vec<&str> =
        said.iter().map(String::as_str).filter(|said| !said.is_empty()).collect();
    calls.sort_unstable();
    assert_eq!(calls, ["inner:2", "outer:7"]);
    assert!(said.iter().any(String::is_empty), "what follows is no function of theirs: {said:?}");
}

#[test]
#[cfg(target_os = "linux")]
fn damaged_files_are_errors() {
    let dir = tempfile::tempdir().unwrap();
    let [debug, shipped] = linked(dir.path());
    let known = |symbol: &str, line: u32| Some(place(symbol, line));
    // Whatever happens, nothing panics and nothing is added halfway.
    for at in (0..debug.len()).step_by(31) {
        let mut damaged = debug.clone();
        damaged[at] ^= 0x55;
        let mut with = shipped.clone();
        if add_native(&damaged, &mut with, &known).is_err() {
            assert_eq!(with, shipped);
        }
        let _ = add_native(&debug[..at], &mut with, &known);
    }
    let other = [b"\x7fELF".to_vec(), Vec::new(), b"\0asm\x01\0\0\0".to_vec()];
    for file in other {
        assert!(add_native(&file, &mut shipped.clone(), &known).is_err());
        let _ = add_wasm(&file, &mut file.clone(), &known);
    }
}

#[test]
fn a_module_gets_a_section() {
    // One function without a name, which nobody knows.
    let module = b"\0asm\x01\0\0\0\x01\x04\x01\x60\0\0\x03\x02\x01\0\x0a\x04\x01\x02\0\x0b";
    let named = [&module[..], b"\0\x0b\x04name\x01\x04\x01\0\x01f"].concat();
    let mut shipped = module.to_vec();
    add_wasm(&named, &mut shipped, &|symbol, line| Some(place(symbol, line))).unwrap();
    let section = &shipped[module.len()..];
    assert_eq!(section[..2], [0, u8::try_from(section.len() - 2).unwrap()]);
    assert_eq!(&section[2..13], b"\x0aspy.frames");
    // The code section begins at offset 20 of the file, and its function 2 bytes later.
    assert_eq!(read(&section[13..]), [(22, "f:0".to_owned()), (24, String::new())]);
    let mut other = module.to_vec();
    *other.last_mut().unwrap() = 0;
    assert!(add_wasm(&named, &mut other, &|_, _| None).is_err(), "other code");
}
