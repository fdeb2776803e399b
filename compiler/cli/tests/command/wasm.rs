//! WebAssembly: programs in a WASI host, and libraries as their hosts see them.
//!
//! Needs a C compiler for WebAssembly and Node.js; `tests/check` installs both.

use crate::common::{Outcome, finish, run, spy};
use std::fs;
use std::process::Command;
use tempfile::TempDir;

fn project(text: &str) -> TempDir {
    let dir = tempfile::tempdir().expect("a temporary folder");
    fs::write(dir.path().join("app.spy"), text).expect("write");
    dir
}

#[track_caller]
fn expect(outcome: &Outcome, status: i32, stdout: &str) {
    assert_eq!((outcome.status, outcome.stdout.as_str()), (status, stdout), "{outcome:?}");
}

/// Builds `app.spy` as a library and runs a script in which it is `lib`, and what it told its host
/// `told`.
fn call(text: &str, options: &[&str], script: &str) -> String {
    const HOST: &str = r#"
        const { readFileSync } = require("node:fs");
        const { WASI } = require("node:wasi");
        const wasi = new WASI({ version: "preview1" });
        const told = [];
        const cstr = (at) => {
            const bytes = new Uint8Array(lib.memory.buffer);
            return Buffer.from(bytes.slice(at, bytes.indexOf(0, at))).toString();
        };
        const env = {
            spy_debug_log: (text) => told.push(cstr(text)),
            spy_debug_set_panic_message: (type, message, file, line) =>
                told.push(`${cstr(type)} ${cstr(message)} ${cstr(file)} ${line}`),
        };
        const module = new WebAssembly.Module(readFileSync("build/app.wasm"));
        const instance = new WebAssembly.Instance(module, {
            wasi_snapshot_preview1: wasi.wasiImport,
            env,
        });
        wasi.initialize(instance);
        const lib = instance.exports;
        const i32 = (at) => new DataView(lib.memory.buffer).getInt32(at, true);
        const f64 = (at) => new DataView(lib.memory.buffer).getFloat64(at, true);
    "#;
    let dir = project(text);
    let mut args = vec!["build", "--target", "wasi", "--output-kind", "lib", "app.spy"];
    args.extend(options);
    let built = run(dir.path(), &args);
    assert_eq!(built.status, 0, "{built:?}");
    let mut node = Command::new("node");
    node.args([
        "--no-warnings",
        "--experimental-wasi-unstable-preview1",
        "-e",
        &format!("{HOST}\n{script}"),
    ])
    .current_dir(dir.path());
    let outcome = finish(&mut node, &[]);
    assert_eq!(outcome.status, 0, "{outcome:?}");
    outcome.stdout
}

#[test]
fn programs_run_in_a_host() {
    let dir = project(
        "def main(argv: list[str]) -> i32:
    print(argv[0], argv[1])
    f = open('notes.txt', 'w')
    f.write('kept')
    f.close()
    if len(argv) > 2:
        raise ValueError('too many')
    return 7
",
    );
    expect(&run(dir.path(), &["run", "--target", "wasi", "app.spy", "x y"]), 7, "app.spy x y\n");
    assert_eq!(fs::read_to_string(dir.path().join("notes.txt")).expect("written"), "kept");
    let failed = run(dir.path(), &["run", "--release", "--target", "wasi", "app.spy", "x", "y"]);
    expect(&failed, 1, "app.spy x\n");
    assert!(failed.stderr.starts_with("ValueError: too many\n   --> app.spy:7\n"), "{failed:?}");
}

#[test]
fn running_out_of_stack_is_a_message() {
    let dir = project(
        "def f(x: i32) -> i32:
    return f(x + 1) + 1
def main() -> None:
    print(f(0))
",
    );
    let outcome = run(dir.path(), &["run", "--target", "wasi", "app.spy"]);
    expect(&outcome, 1, "");
    assert_eq!(outcome.stderr, "PanicError: stack overflow\n", "{outcome:?}");
}

#[test]
fn libraries_pass_structs_as_their_fields() {
    let text = "
@struct
class Inner:
    a: i64
    on: bool

@struct
class Pair:
    x: i32
    inner: Inner
    y: f64

var level: i32 = 42

def turn(p: Pair, k: f64) -> Pair:
    return Pair(p.x + level, Inner(-p.inner.a, not p.inner.on), p.y * k)

def conj(z: complex128) -> complex128:
    return z.conjugate()

def nothing(n: None) -> None:
    pass
";
    let script = r#"
        console.log(lib.spy_app$turn(1, 5n, 1, 2.5, 2).join(" "));
        console.log(lib.spy_app$conj(1, 2).join(" "));
        console.log(lib.spy_app$nothing(), lib.spy_app$nothing.length);
        console.log(i32(lib.spy_app$level.value));
    "#;
    for options in [&[][..], &["--release"]] {
        let found = call(text, options, script);
        assert_eq!(found, "43 -5 0 5\n1 -2\nundefined 0\n42\n", "{options:?}");
    }
}

#[test]
fn pointers_carry_their_length_in_debug_builds() {
    let text = "
from unsafe import raw_alloc, raw_ptr

def make(n: i32) -> raw_ptr[i32]:
    p = raw_alloc[i32](n)
    p[0] = 5
    return p

def at(p: raw_ptr[i32], i: i32) -> i32:
    return p[i]
";
    let debug = r#"
        const [at, length] = lib.spy_app$make(3);
        console.log(length, i32(at), lib.spy_app$at(at, length, 0));
        try { lib.spy_app$at(at, length, 3); } catch (error) { console.log(error.name, told[0]); }
    "#;
    assert_eq!(call(text, &[], debug), "3 5 5\nRuntimeError PanicError\n");
    let release = "const at = lib.spy_app$make(3); console.log(i32(at), lib.spy_app$at(at, 0));";
    assert_eq!(call(text, &["--release"], release), "5 5\n");
}

#[test]
fn texts_and_lists_lie_in_memory() {
    let text = "
def greet(name: str) -> str:
    print('greeting', name)
    return 'hello ' + name

def squares(n: i32) -> list[i32]:
    out: list[i32] = []
    for i in range(n):
        out.append(i * i)
    return out
";
    let script = r#"
        const [size, length, hash, data] = lib._spy_StrObject_layout();
        const name = lib.spy_str_alloc(3);
        const copy = lib.spy_nogc_alloc(3);
        new Uint8Array(lib.memory.buffer).set(Buffer.from("you"), copy);
        lib._spy_memcpy(i32(name + data), copy, 3);
        const text = lib.spy_app$greet(name);
        const at = i32(text + data);
        const bytes = new Uint8Array(lib.memory.buffer).slice(at, at + i32(text + length));
        console.log(Buffer.from(bytes).toString());
        const [list] = lib.spy_app$squares(4);
        const items = i32(list + 8);
        console.log(i32(list), [0, 1, 2, 3].map((i) => i32(items + 4 * i)).join(" "));
    "#;
    assert_eq!(call(text, &[], script), "greeting you\nhello you\n4 0 1 4 9\n");
}

#[test]
fn dicts_and_slices_lie_in_memory() {
    let text = "
def tens(n: i32) -> dict[i32, i32]:
    out: dict[i32, i32] = {}
    for i in range(n):
        out[10 * i] = i
    return out

def last(length: i32, s: slice) -> i32:
    return s.indices(length).stop
";
    let script = r#"
        const [dict] = lib.spy_app$tens(3);
        const [log, length, entries] = [8, 12, 16].map((offset) => i32(dict + offset));
        const entry = (n) => [0, 4, 8].map((offset) => i32(entries + 12 * n + offset)).join(" ");
        console.log(log, length, i32(dict + 20) > 3, [1, 2, 3].map(entry).join(" | "));
        console.log(lib.spy_app$last(10, 1, 0, -2, 0, 1, 1), lib.spy_app$last(10, 0, 1, 0, 1, 1, 1));
    "#;
    assert_eq!(call(text, &[], script), "3 3 true 0 0 0 | 0 10 1 | 0 20 2\n8 10\n");
}

#[test]
fn a_panic_tells_the_host_and_traps() {
    let text = "
def half(n: i32) -> i32:
    if n % 2 != 0:
        raise ValueError('odd')
    return n // 2
";
    let script = r#"
        console.log(lib.spy_app$half(8));
        try { lib.spy_app$half(7); } catch (error) { console.log(error.name, told.join("|")); }
    "#;
    let expected = "4\nRuntimeError ValueError|odd|ValueError odd app.spy 4\n";
    assert_eq!(call(text, &[], script), expected);
}

#[test]
fn exports_have_the_names_that_people_know() {
    let text = "
@blue
def adder(n: i32):
    def add(x: i32) -> i32:
        return x + n
    return add

add1 = adder(1)
add2 = adder(2)

def use(items: list[i32]) -> None:
    items.append(add1(add2(0)))
";
    let script = r#"
        console.log(lib.spy_app$adder$add(5), lib.spy_app$adder$add$1(5));
        console.log("spy__list$list__builtins$i32$_ListImpl$append" in lib);
    "#;
    assert_eq!(call(text, &[], script), "6 7\ntrue\n");
}

#[test]
fn a_library_describes_itself() {
    let text = "def half(n: i32) -> i32:\n    return n // 2\n";
    let script = r#"
        const [section] = WebAssembly.Module.customSections(module, "spy.interface");
        const inside = Buffer.from(section).toString();
        console.log(inside === readFileSync("build/interface.json").toString());
        const { target, modules } = JSON.parse(inside);
        console.log(target.triple, target.pointer_width, modules[0].exports[0].symbol);
    "#;
    assert_eq!(call(text, &[], script), "true\nwasm32-wasi 32 spy_app$half\n");
}

#[test]
fn missing_tools_are_named() {
    let dir = project("def main() -> None:\n    pass\n");
    let mut command = spy(dir.path());
    command.args(["build", "--target", "wasi", "app.spy"]).env("PATH", dir.path());
    let outcome = finish(&mut command, &[]);
    assert_eq!(outcome.status, 2, "{outcome:?}");
    for text in
        ["no C compiler for WebAssembly found", "`zig cc`", "apt install clang lld wasi-libc"]
    {
        assert!(outcome.stderr.contains(text), "{outcome:?}");
    }
    let outcome = run(dir.path(), &["build", "--target", "wasi", "--cc", "false", "app.spy"]);
    assert_eq!(outcome.status, 2, "{outcome:?}");
    assert!(outcome.stderr.contains("can make WebAssembly"), "{outcome:?}");
    // Built, but there is nothing to run it with.
    assert_eq!(run(dir.path(), &["build", "--target", "wasi", "app.spy"]).status, 0);
    let mut command = spy(dir.path());
    let tools = tempfile::tempdir().expect("a temporary folder");
    let clang = std::env::split_paths(&std::env::var_os("PATH").expect("PATH"))
        .map(|dir| dir.join("clang"))
        .find(|path| path.exists());
    if let Some(clang) = clang {
        std::os::unix::fs::symlink(clang, tools.path().join("clang")).expect("link");
        command.args(["run", "--target", "wasi", "app.spy"]).env("PATH", tools.path());
        let outcome = finish(&mut command, &[]);
        assert_eq!(outcome.status, 2, "{outcome:?}");
        assert!(outcome.stderr.contains("wasmtime"), "{outcome:?}");
    }
}
