//! Programs that ended with an error, and such that cannot stop.

use super::{CALLS, PROMPT, program, session_of, typed};
use crate::common::run;

/// Ends with an error, two calls down.
const BOOM: &str = "\
def third(xs: list[i32], n: i32) -> i32:
    return xs[n]

def main() -> None:
    xs = [1, 2]
    print(third(xs, 1))
    print(third(xs, 2))
";

const BOOM_ERROR: &str = "\
Traceback (most recent call last):
  * m::main at m.spy:7
  |     print(third(xs, 2))
  |           |__________|
  * m::third at m.spy:2
  |     return xs[n]
  |            |___|
";

#[test]
fn post_mortem() {
    for args in [&["run", "--spdb"][..], &["execute", "--interp", "--spdb"]] {
        let outcome = typed(BOOM, args, b"up 2\nxs\nn\n");
        assert_eq!(outcome.status, 1, "{outcome:?}");
        assert!(outcome.stderr.starts_with(BOOM_ERROR), "{outcome:?}");
        assert_eq!(outcome.stderr.matches("IndexError: ").count(), 1, "{outcome:?}");
        let greeting =
            "2\n--- entering applevel debugger (post-mortem) ---\n   [3] _list::list[i32]";
        assert!(outcome.stdout.starts_with(greeting), "{outcome:?}");
        let answers = outcome.stdout.replace(PROMPT, "");
        assert!(answers.contains("   [1] m::third at m.spy:2\n    |     return xs[n]\n"));
        assert!(
            answers.contains("\n[1, 2]\n") && answers.ends_with("'i32'>\n2\n\n"),
            "{outcome:?}"
        );
    }
}

#[test]
fn post_mortem_of_a_raise() {
    let text = "def foo() -> None:
    x = 1
    raise ValueError(\"hello\")

def main() -> None:
    foo()
";
    let transcript = |end: &str| {
        format!(
            "\
--- entering applevel debugger (post-mortem) ---
   [1] m::foo at m.spy:3
    |     raise ValueError(\"hello\")
    |     |_______________________|
(spdb🥸) longlist
   1     def foo() -> None:
   2         x = 1
   3  ->     raise ValueError(\"hello\")
(spdb🥸) x
static type:  <spy type 'i32'>
dynamic type: <spy type 'i32'>
1
(spdb🥸) foo()
*** ValueError: hello
(spdb🥸) up
   [0] m::main at m.spy:6
    |     foo()
    |     |___|
(spdb🥸) x
*** NameError: name `x` is not defined
(spdb🥸) {end}
"
        )
    };
    for end in ["continue", "quit"] {
        let outcome = session_of(&["run", "--interp", "--spdb"], text, &transcript(end), 1);
        assert!(outcome.stderr.contains("ValueError: hello"), "{outcome:?}");
    }
}

#[test]
fn post_mortem_of_import_time() {
    let text = "\
@blue
def make(n: i32):
    if n == 3:
        raise ValueError(\"three\")
    return make(n + 1)

LIMIT = 5
X = make(2)

def main() -> None:
    print(X)
";
    session_of(
        &["run", "--spdb"],
        text,
        "\
--- entering applevel debugger (post-mortem) ---
   [2] m::make at m.spy:4
    |         raise ValueError(\"three\")
    |         |_______________________|
(spdb🥸) n
static type:  <spy type 'i32'>
dynamic type: <spy type 'i32'>
3
(spdb🥸) up
   [1] m::make at m.spy:5
    |     return make(n + 1)
    |            |_________|
(spdb🥸) n + LIMIT
static type:  <spy type 'i32'>
dynamic type: <spy type 'i32'>
7
(spdb🥸) up
   [0] [module] m at m.spy:8
    | X = make(2)
    |     |_____|
(spdb🥸) LIMIT
static type:  <spy type 'i32'>
dynamic type: <spy type 'i32'>
5
(spdb🥸) l
   1     @blue
   2     def make(n: i32):
   3         if n == 3:
   4             raise ValueError(\"three\")
   5         return make(n + 1)
   6     
   7     LIMIT = 5
   8  -> X = make(2)
   9     
  10     def main() -> None:
  11         print(X)
(spdb🥸) X
*** Exception: read from uninitialized local
(spdb🥸) c
",
        1,
    );
}

#[test]
fn post_mortem_of_a_blue_call_at_run_time() {
    let text = "@blue
def check(n: i32):
    xs = [n, 2]
    if n > 3:
        raise ValueError(\"large\")
    return n

def main() -> None:
    k = 1
    print(check(9) + k)
";
    let outcome = typed(text, &["run", "--spdb"], b"xs[0] + 1\nup\nk\n");
    assert_eq!(outcome.status, 1, "{outcome:?}");
    let answers = outcome.stdout.replace(PROMPT, "");
    assert!(answers.contains("   [1] m::check at m.spy:5"), "{outcome:?}");
    assert!(answers.contains("<spy type 'i32'>\n10\n   [0] m::main at m.spy:10"), "{outcome:?}");
    assert!(answers.ends_with("<spy type 'i32'>\n1\n\n"), "{outcome:?}");
}

#[test]
fn nothing_to_look_at() {
    // No error, no session; and no frames, none either.
    let outcome = typed("def main() -> i32:\n    return 3\n", &["run", "--spdb"], b"w\n");
    assert_eq!((outcome.status, outcome.stdout.as_str()), (3, ""), "{outcome:?}");
    for text in ["def main( -> None:\n", "import nowhere\n", "def f() -> None:\n    pass\n"] {
        let outcome = typed(text, &["run", "--spdb"], b"w\n");
        assert_eq!((outcome.status, outcome.stdout.as_str()), (1, ""), "{outcome:?}");
        assert!(outcome.stderr.contains("Error: "), "{outcome:?}");
    }
}

#[test]
fn code_that_cannot_stop() {
    let message = "StaticError: `breakpoint()` stops interpreted programs only";
    for args in [
        &["check"][..],
        &["run"],
        &["run", "--redshifted"],
        &["build"],
        &["build", "--emit", "c"],
        &["redshift"],
        &["redshift", "-x"],
    ] {
        let outcome = typed(CALLS, args, b"");
        assert_eq!(outcome.status, 1, "{args:?} {outcome:?}");
        assert!(outcome.stderr.contains(message), "{args:?} {outcome:?}");
        assert!(outcome.stderr.contains("m.spy:9") && outcome.stderr.contains("spy run --interp"));
    }
    let blue = "@blue\ndef f():\n    breakpoint()\n\nX = f()\n\ndef main() -> None:\n    pass\n";
    for args in [&["check"][..], &["run", "--interp"]] {
        let outcome = typed(blue, args, b"");
        assert_eq!((outcome.status, outcome.stdout.as_str()), (1, ""), "{args:?} {outcome:?}");
        assert!(outcome.stderr.contains("`breakpoint()` stops no code at compile time"));
    }
    let dir = program(CALLS);
    for args in [&["run", "--pdb", "m.spy"][..], &["run", "--spdb", "--redshifted", "m.spy"]] {
        assert_eq!(run(dir.path(), args).status, 2, "{args:?}");
    }
}

#[test]
fn post_mortem_of_a_class_body() {
    let text = "\
@struct
class C:
    x: i32
    y = 1 // 0

def main() -> None:
    print(C.y)
";
    session_of(
        &["run", "--spdb"],
        text,
        "\
--- entering applevel debugger (post-mortem) ---
   [1] [classdef] m::C at m.spy:4
    |     y = 1 // 0
    |         |____|
(spdb🥸) ll
   2     class C:
   3         x: i32
   4  ->     y = 1 // 0
(spdb🥸) up
   [0] [module] m at m.spy:2
    | class C:
    | |____________|
(spdb🥸) q
",
        1,
    );
}
