//! Native libraries: what C programs see of them, and their description.

use crate::common::{finish, run};
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;

const SHAPES: &str = "\"\"\"Shapes and words.\"\"\"
from unsafe import gc_alloc, gc_ptr

@struct
class Flags:
    pass

@struct
class Pair:
    on: bool
    x: i32
    flags: Flags
    y: f64

LIMIT = 3 * 4
NAME = 'shapes'
var level: i32 = 42

def turn(p: Pair, k: f64 = 2.5) -> Pair:
    \"\"\"Turns it.\"\"\"
    return Pair(not p.on, p.x + level, p.flags, p.y * k)

def greet(name: str) -> str:
    print('greeting', name)
    return 'hello ' + name

def squares(n: i32) -> list[i32]:
    out: list[i32] = []
    for i in range(n):
        out.append(i * i)
    return out

def total(items: list[i32]) -> i32:
    sum = 0
    for item in items:
        sum = sum + item
    return sum

@blue
def adder(n: i32):
    def add(x: i32) -> i32:
        return x + n
    return add

add1 = adder(1)
add2 = adder(2)

def make(n: i32) -> gc_ptr[i64]:
    return gc_alloc[i64](n)

def half(n: i32) -> i32:
    if n % 2 != 0:
        raise ValueError('odd')
    return n // 2
";

const USER: &str = r#"
#include "shapes.h"
#include <stdlib.h>
#include <string.h>

int main(int argc, char **argv) {
    (void)argv;
    spy_shapes$Pair pair = {true, 1, {0}, 2.0};
    spy_shapes$level = 50;
    pair = spy_shapes$turn(pair, 3.0);
    printf("%d %d %g\n", pair.on, pair.x, pair.y);
    fflush(stdout);
    spy_StrObject *text = spy_shapes$greet(spy_str_from_cstr("you"));
    spy_flush();
    printf("%.*s\n", (int)text->length, (const char *)text->utf8.p);
    int sum = 0;
    for (int i = 0; i < 100000; i++)
        sum += spy_shapes$total(spy_shapes$squares(20)) == 2470;
    printf("%d %d %d\n", sum, spy_shapes$adder$add(1), spy_shapes$adder$add$1(1));
    printf("%d\n", spy_shapes$make(3).p[2] == 0);
    fflush(stdout);
    return spy_shapes$half(8 + argc - 1);
}
"#;

fn project() -> TempDir {
    let dir = tempfile::tempdir().expect("a temporary folder");
    fs::write(dir.path().join("shapes.spy"), SHAPES).expect("write");
    fs::write(dir.path().join("user.c"), USER).expect("write");
    dir
}

#[track_caller]
fn build(dir: &Path, options: &[&str]) {
    let mut args = vec!["build", "--output-kind", "lib", "shapes.spy"];
    args.extend(options);
    let outcome = run(dir, &args);
    assert_eq!(outcome.status, 0, "{outcome:?}");
}

/// Compiles the C program and runs it, with one argument too much if it is to fail.
#[track_caller]
fn use_it(dir: &Path, library: &str, fails: bool) {
    let mut cc = Command::new("cc");
    cc.args(["-Wall", "-Wextra", "-Werror", "-Ibuild", "user.c", "-o", "user", library, "-lm"]);
    let compiled = finish(cc.current_dir(dir), &[]);
    assert_eq!(compiled.status, 0, "{compiled:?}");
    let mut user = Command::new(dir.join("user"));
    user.env("LD_LIBRARY_PATH", dir.join("build")).args(fails.then_some("odd"));
    let outcome = finish(&mut user, &[]);
    assert_eq!(outcome.stdout, "0 51 6\ngreeting you\nhello you\n100000 2 3\n1\n", "{outcome:?}");
    assert_eq!(outcome.status, if fails { 1 } else { 4 }, "{outcome:?}");
    let message = "ValueError: odd\n   --> shapes.spy:53\n";
    assert_eq!(outcome.stderr.starts_with(message), fails, "{outcome:?}");
}

#[test]
fn c_programs_link_with_it() {
    let dir = project();
    for options in [&[][..], &["--release"]] {
        build(dir.path(), options);
        for library in ["build/libshapes.a", "build/libshapes.so"] {
            use_it(dir.path(), library, false);
            use_it(dir.path(), library, true);
        }
    }
}

const CALLBACKS: &str = "from typing import Callable

def apply(f: Callable[[i32, f64], f64], x: i32) -> f64:
    return f(x, 0.5)

def make(n: i32) -> Callable[[i32], i32]:
    return lambda x: x + n
";

const CALLER: &str = r#"
#include "calls.h"

static double scale(spy_unsafe$gc_ptr__builtins$u8 held, int32_t x, double y) {
    return *(double *)held.p * x + y;
}

int main(void) {
    double k = 2.5;
    spy_builtins$def__builtins$i32_builtins$f64_builtins$f64$2 f = {.code = scale};
    f.held.p = (uint8_t *)&k;
    spy_builtins$def__builtins$i32_builtins$i32$1 add = spy_calls$make(5);
    printf("%g %d\n", spy_calls$apply(f, 4), add.code(add.held, 37));
    return 0;
}
"#;

#[test]
fn c_programs_give_closures_and_get_them() {
    let temp = tempfile::tempdir().unwrap();
    fs::write(temp.path().join("calls.spy"), CALLBACKS).unwrap();
    fs::write(temp.path().join("caller.c"), CALLER).unwrap();
    for options in [&[][..], &["--release"]] {
        let args = [&["build", "--output-kind", "lib", "calls.spy"], options].concat();
        let built = run(temp.path(), &args);
        assert_eq!(built.status, 0, "{built:?}");
        let mut cc = Command::new("cc");
        cc.args([
            "-Wall",
            "-Werror",
            "-Ibuild",
            "caller.c",
            "-o",
            "caller",
            "build/libcalls.a",
            "-lm",
        ]);
        let compiled = finish(cc.current_dir(temp.path()), &[]);
        assert_eq!(compiled.status, 0, "{compiled:?}");
        let outcome = finish(&mut Command::new(temp.path().join("caller")), &[]);
        assert_eq!(outcome.stdout, "10.5 42\n", "{outcome:?}");
    }
}

#[test]
fn nothing_else_is_visible() {
    let dir = project();
    build(dir.path(), &["--release"]);
    let mut nm = Command::new("nm");
    let symbols = finish(
        nm.args(["-D", "--defined-only", "build/libshapes.so"]).current_dir(dir.path()),
        &[],
    );
    let mut names: Vec<&str> =
        symbols.stdout.lines().filter_map(|line| line.split_whitespace().nth(2)).collect();
    names.retain(|name| !name.starts_with("spy_shapes$"));
    assert_eq!(
        names,
        ["spy_bytes_alloc", "spy_flush", "spy_str_from_bytes", "spy_str_from_cstr"],
        "{symbols:?}"
    );
}

#[test]
fn it_is_the_same_wherever_it_is_built() {
    let (one, two) = (project(), project());
    for dir in [&one, &two] {
        build(dir.path(), &["--jobs", if dir.path() == one.path() { "1" } else { "4" }]);
    }
    for name in ["libshapes.a", "libshapes.so", "shapes.h", "interface.json"] {
        let read = |dir: &TempDir| fs::read(dir.path().join("build").join(name)).expect("built");
        assert!(read(&one) == read(&two), "{name} differs");
    }
}

#[test]
fn a_part_that_is_missing_is_made_again() {
    let dir = project();
    build(dir.path(), &[]);
    for name in ["libshapes.a", "libshapes.so", "shapes.h", "interface.json"] {
        let path = dir.path().join("build").join(name);
        let before = fs::read(&path).expect("built");
        fs::remove_file(&path).expect("remove");
        build(dir.path(), &[]);
        assert!(fs::read(&path).expect("built again") == before, "{name} differs");
    }
    let cleaned = run(dir.path(), &["clean"]);
    assert_eq!(cleaned.status, 0, "{cleaned:?}");
    assert!(!dir.path().join("build").exists());
}

/// What lambdas, generators and functions inside of functions are made of has names like anything else.
#[test]
fn functions_without_a_name_are_a_part_of_it() {
    let temp = tempfile::tempdir().unwrap();
    let text = "from typing import Iterator\n\ndef count(n: i32) -> Iterator[i32]:\n    i = 0\n    \
                while i < n:\n        yield i\n        i += 1\n\ndef use() -> i32:\n    \
                def twice(x: i32) -> i32:\n        return 2 * x\n    n = twice(len([1]))\n    \
                def more(x: i32) -> i32:\n        return twice(x) + n\n    return more(2) + (lambda: 1)() + (lambda: 2)() + (lambda x: x)(3) + sum(count(4))\n";
    fs::write(temp.path().join("shapes.spy"), text).unwrap();
    build(temp.path(), &[]);
    let described = interface(temp.path());
    let exports = described["modules"][0]["exports"].as_array().unwrap();
    let symbols: std::collections::BTreeSet<&str> =
        exports.iter().filter_map(|export| export["symbol"].as_str()).collect();
    assert_eq!(symbols.len(), exports.len(), "{exports:#?}");
    assert!(symbols.contains("spy_shapes$count$def"), "{symbols:?}");
}

#[test]
fn its_c_files_come_with_their_header() {
    let dir = project();
    build(dir.path(), &["--emit", "c"]);
    for name in ["shapes.h", "interface.json", "src/spy_exports.c"] {
        assert!(dir.path().join("build").join(name).is_file(), "{name}");
    }
    assert!(!dir.path().join("build/libshapes.so").exists());
}

#[test]
fn it_cannot_be_run() {
    let dir = project();
    let outcome = run(dir.path(), &["build", "-x", "-k", "lib", "shapes.spy"]);
    assert_eq!(outcome.status, 2, "{outcome:?}");
    assert!(outcome.stderr.contains("a library cannot be run"), "{outcome:?}");
}

fn interface(dir: &Path) -> Value {
    let text = fs::read_to_string(dir.join("build/interface.json")).expect("built");
    serde_json::from_str(&text).expect("JSON")
}

/// The entry of `list` whose `fqn` is this.
#[track_caller]
fn named<'v>(list: &'v Value, fqn: &str) -> &'v Value {
    let found = list.as_array().expect("a list").iter().find(|entry| entry["fqn"] == fqn);
    found.unwrap_or_else(|| panic!("{fqn} is missing in {list:#}"))
}

#[test]
fn its_description_says_what_it_offers() {
    let dir = project();
    build(dir.path(), &[]);
    let found = interface(dir.path());
    assert_eq!((&found["package"], &found["schema"]), (&"shapes".into(), &1.into()));
    assert_eq!(found["target"]["checked_pointers"], true);
    let module = &found["modules"][0];
    assert_eq!((&module["name"], &module["doc"]), (&"shapes".into(), &"Shapes and words.".into()));
    let exports = &module["exports"];
    let turn = named(exports, "shapes::turn");
    assert_eq!((&turn["symbol"], &turn["doc"]), (&"spy_shapes$turn".into(), &"Turns it.".into()));
    assert_eq!(
        turn["parameters"][1],
        serde_json::json!({"name": "k", "type": "f64", "default": 2.5})
    );
    assert_eq!(named(exports, "shapes::adder::add#1")["symbol"], "spy_shapes$adder$add$1");
    assert_eq!(named(exports, "shapes::level")["type"], "i32");
    assert_eq!(named(exports, "shapes::LIMIT")["value"], 12);
    assert_eq!(named(exports, "shapes::NAME")["value"], "shapes");
    // The fields lie where the C compiler puts them.
    let pair = named(&found["structs"], "shapes::Pair");
    let offsets: Vec<u64> = pair["fields"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|field| field["offset"].as_u64().expect("a number"))
        .collect();
    assert_eq!(offsets, [0, 4, 8, 16]);
    assert_eq!((&pair["size"], &pair["alignment"]), (&24.into(), &8.into()));
}

#[test]
fn its_description_fits_the_schema() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../project/interface.schema.json");
    let schema: Value =
        serde_json::from_str(&fs::read_to_string(path).expect("the schema")).expect("JSON");
    let dir = project();
    for options in [&[][..], &["--target", "wasi"]] {
        build(dir.path(), options);
        fits(&interface(dir.path()), &schema, &schema, "interface");
    }
}

/// Checks the part of JSON Schema that the schema uses.
#[track_caller]
fn fits(value: &Value, rule: &Value, schema: &Value, at: &str) {
    if let Some(name) = rule["$ref"].as_str() {
        let definition = &schema["$defs"][name.trim_start_matches("#/$defs/")];
        return fits(value, definition, schema, at);
    }
    if let Some(choices) = rule["oneOf"].as_array() {
        let kind = &value["kind"];
        let choice = choices.iter().find(|choice| choice["properties"]["kind"]["const"] == *kind);
        return fits(value, choice.unwrap_or_else(|| panic!("{at}: {kind}")), schema, at);
    }
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let types = match &rule["type"] {
        Value::Array(types) => types.clone(),
        Value::Null => vec![kind.into()],
        one => vec![one.clone()],
    };
    assert!(types.contains(&kind.into()), "{at} is of type {kind}, not {types:?}");
    if let Some(items) = value.as_array() {
        items.iter().for_each(|item| fits(item, &rule["items"], schema, at));
    }
    if let Some(fields) = value.as_object() {
        for required in rule["required"].as_array().into_iter().flatten() {
            assert!(fields.contains_key(required.as_str().expect("a name")), "{at}: {required}");
        }
        for (name, field) in fields {
            let rule = &rule["properties"][name];
            assert!(!rule.is_null(), "{at}.{name} is not in the schema");
            fits(field, rule, schema, &format!("{at}.{name}"));
        }
    }
}
