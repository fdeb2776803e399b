//! Sessions in the debugger.
//!
//! A transcript is what a terminal would show: the prompt with what is typed, and the answers. A
//! pipe shows the same without what was typed and the ends of those lines.

use crate::common::{Outcome, finish, run, spy};
use std::fs;
use tempfile::TempDir;

const PROMPT: &str = "(spdb🥸) ";

fn program(text: &str) -> TempDir {
    let dir = tempfile::tempdir().expect("a temporary folder");
    fs::write(dir.path().join("m.spy"), text).expect("write");
    dir
}

fn typed(text: &str, args: &[&str], input: &[u8]) -> Outcome {
    let dir = program(text);
    finish(spy(dir.path()).args(args).arg("m.spy"), input)
}

/// Types what a transcript has behind its prompts, and compares the rest.
#[track_caller]
fn session_of(args: &[&str], text: &str, transcript: &str, status: i32) -> Outcome {
    let commands = transcript.lines().filter_map(|line| line.strip_prefix(PROMPT));
    let input: String = commands.map(|command| format!("{command}\n")).collect();
    let show = |line: &str| match line.strip_prefix(PROMPT) {
        Some(_) => PROMPT.to_owned(),
        None => format!("{line}\n"),
    };
    let expected: String = transcript.lines().map(show).collect();
    let outcome = typed(text, args, input.as_bytes());
    assert_eq!(outcome.stdout, expected, "{outcome:?}");
    assert_eq!(outcome.status, status, "{outcome:?}");
    outcome
}

#[track_caller]
fn session(text: &str, transcript: &str) {
    let outcome = session_of(&["run", "--interp"], text, transcript, 0);
    assert_eq!(outcome.stderr, "", "{outcome:?}");
}

/// Three calls inside each other.
const CALLS: &str = "\
def main() -> None:
    foo(1)
    print(\"done\")

def foo(n: i32) -> None:
    bar(n + 1)

def bar(n: i32) -> None:
    breakpoint()
";

#[test]
fn frames() {
    session(
        CALLS,
        "\
--- entering applevel debugger ---
   [2] m::bar at m.spy:9
    |     breakpoint()
    |     |__________|
(spdb🥸) where
   [0] m::main at m.spy:2
    |     foo(1)
    |     |____|
   [1] m::foo at m.spy:6
    |     bar(n + 1)
    |     |________|
*  [2] m::bar at m.spy:9
    |     breakpoint()
    |     |__________|
(spdb🥸) down
*** Newest frame
(spdb🥸) down x
*** Newest frame
(spdb🥸) up
   [1] m::foo at m.spy:6
    |     bar(n + 1)
    |     |________|
(spdb🥸) n
static type:  <spy type 'i32'>
dynamic type: <spy type 'i32'>
1
(spdb🥸) w
   [0] m::main at m.spy:2
    |     foo(1)
    |     |____|
*  [1] m::foo at m.spy:6
    |     bar(n + 1)
    |     |________|
   [2] m::bar at m.spy:9
    |     breakpoint()
    |     |__________|
(spdb🥸) up 0
(spdb🥸) up x y
*** Invalid frame count (x y)
(spdb🥸) up 99999999999999999999999
   [0] m::main at m.spy:2
    |     foo(1)
    |     |____|
(spdb🥸) u
*** Oldest frame
(spdb🥸) n
*** NameError: name `n` is not defined
(spdb🥸) down -1
   [2] m::bar at m.spy:9
    |     breakpoint()
    |     |__________|
(spdb🥸) up 2
   [0] m::main at m.spy:2
    |     foo(1)
    |     |____|
(spdb🥸) d 7
   [2] m::bar at m.spy:9
    |     breakpoint()
    |     |__________|
(spdb🥸) u -3
   [0] m::main at m.spy:2
    |     foo(1)
    |     |____|
(spdb🥸) bt
*  [0] m::main at m.spy:2
    |     foo(1)
    |     |____|
   [1] m::foo at m.spy:6
    |     bar(n + 1)
    |     |________|
   [2] m::bar at m.spy:9
    |     breakpoint()
    |     |__________|
(spdb🥸) continue
done
",
    );
}

#[test]
fn listings() {
    let transcript = |word: &str| {
        format!(
            "\
--- entering applevel debugger ---
   [2] m::bar at m.spy:9
    |     breakpoint()
    |     |__________|
(spdb🥸) {word}
   8     def bar(n: i32) -> None:
   9  ->     breakpoint()
(spdb🥸) up 2
   [0] m::main at m.spy:2
    |     foo(1)
    |     |____|
(spdb🥸) {word}
   1     def main() -> None:
   2  ->     foo(1)
   3         print(\"done\")
(spdb🥸) c
done
"
        )
    };
    for word in ["l", "ll", "list", "longlist"] {
        session(CALLS, &transcript(word));
    }
}

/// Locals of several types.
const VALUES: &str = "\
from unsafe import gc_alloc

LIMIT = 7
var count: i32 = 3

@struct
class Point:
    x: i32
    y: i32

    def __repr__(self) -> str:
        return \"Point\"

def double(n: i32) -> i32:
    return n * 2

def main() -> None:
    i: i64 = 5
    t = \"it's\"
    b = b\"\\x00\"
    f = 1.5
    yes = True
    p = Point(1, 2)
    xs = [1, 2, 3]
    d = {\"a\": 1}
    pair = (1, \"x\")
    maybe: i32 | None = None
    g = double
    n = 1
    n = n + 1
    breakpoint()
    late: i32 = n
    print(late, i, t, b, f, yes, p.x, len(xs), len(d), pair[0], maybe is None, g(1))
";

const AT_VALUES: &str = "\
--- entering applevel debugger ---
   [0] m::main at m.spy:30
    |     breakpoint()
    |     |__________|
";

#[track_caller]
fn values(transcript: &str, end: &str) {
    session(VALUES, &format!("{AT_VALUES}{transcript}(spdb🥸) c\n{end}\n"));
}

#[test]
fn values_of_several_types() {
    values(
        "\
(spdb🥸) i
static type:  <spy type 'i64'>
dynamic type: <spy type 'i64'>
5
(spdb🥸) p t
static type:  <spy type 'str'>
dynamic type: <spy type 'str'>
\"it's\"
(spdb🥸) print b
static type:  <spy type 'bytes'>
dynamic type: <spy type 'bytes'>
b'\\x00'
(spdb🥸) f
static type:  <spy type 'f64'>
dynamic type: <spy type 'f64'>
1.5
(spdb🥸) yes and not yes
static type:  <spy type 'bool'>
dynamic type: <spy type 'bool'>
False
(spdb🥸) p p
static type:  <spy type 'm::Point' (struct)>
dynamic type: <spy type 'm::Point' (struct)>
Point
(spdb🥸) p.y
static type:  <spy type 'i32'>
dynamic type: <spy type 'i32'>
2
(spdb🥸) xs
static type:  <spy type '_list::list[i32]::_ListImpl' (struct)>
dynamic type: <spy type '_list::list[i32]::_ListImpl' (struct)>
[1, 2, 3]
(spdb🥸) xs[-1]
static type:  <spy type 'i32'>
dynamic type: <spy type 'i32'>
3
(spdb🥸) d[\"a\"]
static type:  <spy type 'i32'>
dynamic type: <spy type 'i32'>
1
(spdb🥸) pair
static type:  <spy type '_tuple::tuple[i32, str]::_tup' (struct)>
dynamic type: <spy type '_tuple::tuple[i32, str]::_tup' (struct)>
(1, 'x')
(spdb🥸) maybe
static type:  <spy type '_optional::Optional[i32]::_Optional' (struct)>
dynamic type: <spy type '_optional::Optional[i32]::_Optional' (struct)>
None
(spdb🥸) None
static type:  <spy type 'types::NoneType'>
dynamic type: <spy type 'types::NoneType'>
None
(spdb🥸) g
static type:  <spy type 'def(i32) -> i32'>
dynamic type: <spy type 'def(i32) -> i32'>
<spy function 'm::double'>
(spdb🥸) Point
static type:  <spy type 'type'>
dynamic type: <spy type 'type'>
<spy type 'm::Point' (struct)>
(spdb🥸) \"text alone\"
static type:  <spy type 'str'>
dynamic type: <spy type 'str'>
'text alone'
",
        "2 5 it's b'\\x00' 1.5 True 1 3 1 1 True 2",
    );
}

#[test]
fn names_that_the_function_does_not_use() {
    values(
        "\
(spdb🥸) LIMIT + count
static type:  <spy type 'i32'>
dynamic type: <spy type 'i32'>
10
(spdb🥸) sorted([3, 1, 2])[0]
static type:  <spy type 'i32'>
dynamic type: <spy type 'i32'>
1
(spdb🥸) str(n) + \"!\"
static type:  <spy type 'str'>
dynamic type: <spy type 'str'>
'2!'
(spdb🥸) nothing
*** NameError: name `nothing` is not defined
(spdb🥸) late
*** Exception: read from uninitialized local
",
        "2 5 it's b'\\x00' 1.5 True 1 3 1 1 True 2",
    );
}

#[test]
fn what_is_typed_can_change_variables() {
    values(
        "\
(spdb🥸) (n := 40)
static type:  <spy type 'i32'>
dynamic type: <spy type 'i32'>
40
(spdb🥸) n
static type:  <spy type 'i32'>
dynamic type: <spy type 'i32'>
40
(spdb🥸) (n := \"x\")
*** TypeError: mismatched types
(spdb🥸) (other := 1)
*** NameError: name `other` is not defined
(spdb🥸) xs.append(4)
static type:  <spy type 'types::NoneType'>
dynamic type: <spy type 'types::NoneType'>
None
",
        "40 5 it's b'\\x00' 1.5 True 1 4 1 1 True 2",
    );
}

#[test]
fn what_is_no_expression() {
    let end = "2 5 it's b'\\x00' 1.5 True 1 3 1 1 True 2";
    values(
        "\
(spdb🥸) .xxx
*** ParseError: invalid syntax
(spdb🥸) n +
*** ParseError: invalid syntax
(spdb🥸) p
*** ParseError: invalid syntax
(spdb🥸) # nothing
*** ParseError: invalid syntax
(spdb🥸) n; n
*** ParseError: expected exactly one statement
(spdb🥸) n = 1
*** WIP: not supported by SPdb: Assign
(spdb🥸) n += 1
*** WIP: not supported by SPdb: AugAssign
(spdb🥸) xs[0] = 1
*** WIP: not supported by SPdb: SetItem
(spdb🥸) return
*** WIP: not supported by SPdb: Return
(spdb🥸) pass
*** WIP: not supported by SPdb: Pass
(spdb🥸) while True: pass
*** WIP: not supported by SPdb: While
(spdb🥸) raise ValueError(\"x\")
*** WIP: not supported by SPdb: Raise
(spdb🥸) def h() -> None: pass
*** WIP: not supported by SPdb: FuncDef
(spdb🥸) lambda x: x
*** WIP: not supported by SPdb: Lambda
(spdb🥸) yield n
*** WIP: not supported by SPdb: ClassDef
",
        end,
    );
}

/// A function that fails, and one that stops.
const FAILING: &str = "\
def half(n: i32) -> i32:
    if n % 2 == 1:
        raise ValueError(\"odd\")
    print(\"halving\")
    return n // 2

def stop(n: i32) -> i32:
    breakpoint()
    return n

def main() -> None:
    n = 8
    breakpoint()
    print(\"end\", n)
";

#[test]
fn calls_of_what_is_typed() {
    session(
        FAILING,
        "\
--- entering applevel debugger ---
   [0] m::main at m.spy:13
    |     breakpoint()
    |     |__________|
(spdb🥸) half(n)
halving
static type:  <spy type 'i32'>
dynamic type: <spy type 'i32'>
4
(spdb🥸) half(n + 1)
*** ValueError: odd
(spdb🥸) half(\"x\")
*** TypeError: mismatched types
(spdb🥸) 1 // (n - 8)
*** ZeroDivisionError: integer division or modulo by zero
(spdb🥸) w
*  [0] m::main at m.spy:13
    |     breakpoint()
    |     |__________|
(spdb🥸) print(n, \"text\")
8 text
static type:  <spy type 'types::NoneType'>
dynamic type: <spy type 'types::NoneType'>
None
(spdb🥸) c
end 8
",
    );
}

#[test]
fn a_session_inside_of_a_session() {
    session(
        FAILING,
        "\
--- entering applevel debugger ---
   [0] m::main at m.spy:13
    |     breakpoint()
    |     |__________|
(spdb🥸) stop(n + 1) * 2
--- entering applevel debugger ---
   [1] m::stop at m.spy:8
    |     breakpoint()
    |     |__________|
(spdb🥸) w
   [0] m::main at m.spy:13
    |     breakpoint()
    |     |__________|
*  [1] m::stop at m.spy:8
    |     breakpoint()
    |     |__________|
(spdb🥸) up
   [0] m::main at m.spy:13
    |     breakpoint()
    |     |__________|
(spdb🥸) half(n)
halving
static type:  <spy type 'i32'>
dynamic type: <spy type 'i32'>
4
(spdb🥸) l
  11     def main() -> None:
  12         n = 8
  13  ->     breakpoint()
  14         print(\"end\", n)
(spdb🥸) c
static type:  <spy type 'i32'>
dynamic type: <spy type 'i32'>
18
(spdb🥸) stop(n)
--- entering applevel debugger ---
   [1] m::stop at m.spy:8
    |     breakpoint()
    |     |__________|
(spdb🥸) q
*** SPdbQuit: 
(spdb🥸) n
static type:  <spy type 'i32'>
dynamic type: <spy type 'i32'>
8
(spdb🥸) c
end 8
",
    );
}

#[test]
fn quitting_ends_the_program() {
    for word in ["q", "quit"] {
        for args in [&["run", "--interp"][..], &["execute", "--interp", "--spdb"]] {
            let outcome = session_of(
                args,
                CALLS,
                &format!(
                    "\
--- entering applevel debugger ---
   [2] m::bar at m.spy:9
    |     breakpoint()
    |     |__________|
(spdb🥸) {word}
SPdbQuit
"
                ),
                1,
            );
            assert_eq!(outcome.stderr, "", "{outcome:?}");
        }
    }
}

#[test]
fn the_end_of_the_input_means_continue() {
    let text = "def main() -> None:\n    for i in range(2):\n        breakpoint()\n    print(\"end\")\n";
    let stop = "\
--- entering applevel debugger ---
   [0] m::main at m.spy:3
    |         breakpoint()
    |         |__________|
(spdb🥸) \n";
    let expected = format!("{stop}{stop}end\n");
    for input in [&b""[..], b"\n", b"  "] {
        let outcome = typed(text, &["run", "--interp"], input);
        assert_eq!(outcome.status, 0, "{outcome:?}");
        assert!(outcome.stdout.ends_with("(spdb🥸) \nend\n"), "{outcome:?}");
        if input.is_empty() {
            assert_eq!(outcome.stdout, expected);
        }
    }
}

#[test]
fn an_empty_line_repeats_the_last_command() {
    let text = "def main() -> None:\n    n = 1\n    n = n + 1\n    breakpoint()\n";
    let outcome = typed(text, &["run", "--interp"], b"\n(n := n + 1)\n\n  \nc\n");
    let shown = |n: i32| format!("static type:  <spy type 'i32'>\ndynamic type: <spy type 'i32'>\n{n}\n{PROMPT}");
    let values: String = [3, 4, 5].map(shown).concat();
    assert!(outcome.stdout.ends_with(&format!("{PROMPT}{PROMPT}{values}")), "{outcome:?}");
}

#[test]
fn help_names_the_commands() {
    let outcome = typed(CALLS, &["run", "--interp"], b"help\n?\n");
    assert_eq!(outcome.stdout.matches("where, w, bt").count(), 2, "{outcome:?}");
}

#[test]
fn hostile_input() {
    let deep = format!("{}n{}", "(".repeat(100_000), ")".repeat(100_000));
    let long = format!("n{}", " + n".repeat(100_000));
    let nots = format!("{}n", "not ".repeat(100_000));
    let wide = format!("[{}]", "n, ".repeat(100_000));
    let mut lines: Vec<&[u8]> = vec![b"\xff\xfe\x00 + \xc3", b"'\xe9'", b"\"\"\"", b"n \\", b"n\rn"];
    lines.extend([deep.as_bytes(), long.as_bytes(), nots.as_bytes(), wide.as_bytes()]);
    lines.extend([&b"f(f"[..], b"__block__('n')", b"await n", b"*n", b"n: i32", b"(yield)", b"import m", b"\x0c", b"\\"]);
    for line in lines {
        let input = [line, b"\n41 + n\nq\n"].concat();
        let outcome = typed(VALUES, &["run", "--interp"], &input);
        assert_eq!(outcome.status, 1, "{outcome:?}");
        assert!(outcome.stdout.ends_with("\n43\n(spdb🥸) SPdbQuit\n"), "{outcome:?}");
    }
}

#[test]
fn the_program_reads_on_behind_what_was_typed() {
    let text = "def main() -> None:
    a = input()
    breakpoint()
    b = input()
    print(a + \",\" + b)
";
    let outcome = typed(text, &["run", "--interp"], b"first\na\nc\nsecond\n");
    assert!(outcome.stdout.contains("(spdb🥸) static type:  <spy type 'str'>"), "{outcome:?}");
    assert!(outcome.stdout.ends_with("'first'\n(spdb🥸) first,second\n"), "{outcome:?}");
}

#[test]
fn output_comes_before_the_prompt() {
    let text = "def main() -> None:\n    print(\"before\")\n    breakpoint()\n    print(\"after\")\n";
    let outcome = typed(text, &["run", "--interp"], b"c\n");
    assert!(outcome.stdout.starts_with("before\n--- entering"), "{outcome:?}");
    assert!(outcome.stdout.ends_with("(spdb🥸) after\n"), "{outcome:?}");
}

/// What the last frame is called and shows, for a program that stops somewhere.
#[track_caller]
fn stands_in(text: &str, commands: &str, expected: &str) {
    let outcome = typed(text, &["run", "--interp"], commands.as_bytes());
    assert_eq!(outcome.status, 0, "{outcome:?}");
    let answers = outcome.stdout.replace(PROMPT, "");
    assert!(answers.contains(expected), "{outcome:?}");
}

#[test]
fn frames_of_all_kinds_of_functions() {
    // A method.
    let text = "@struct
class P:
    x: i32
    def get(self, n: i32) -> i32:
        breakpoint()
        return self.x + n

def main() -> None:
    print(P(3).get(4))
";
    stands_in(
        text,
        "w\nself.x * n\nll\n",
        "\
*  [1] m::P::get at m.spy:5
    |         breakpoint()
    |         |__________|
static type:  <spy type 'i32'>
dynamic type: <spy type 'i32'>
12
   4         def get(self, n: i32) -> i32:
   5  ->         breakpoint()
   6             return self.x + n
",
    );
    // A generic, and a function that closes over blue values.
    let text = "def twice[T](x: T) -> T:
    breakpoint()
    return x + x

@blue
def adder(n):
    unused = n * 100
    def add(x: i32) -> i32:
        breakpoint()
        return x + n
    return add

def main() -> None:
    print(twice[str](\"a\"))
    print(adder(5)(6))
";
    stands_in(text, "T\nx\nl\n", "<spy type 'str'>\nstatic type:  <spy type 'str'>\ndynamic type: <spy type 'str'>\n'a'\n   1     def twice[T](x: T) -> T:\n   2  ->     breakpoint()\n   3         return x + x\n");
    stands_in(text, "c\nw\nn + x\nunused\nl\n", "\
*  [1] m::adder::add at m.spy:9
    |         breakpoint()
    |         |__________|
static type:  <spy type 'i32'>
dynamic type: <spy type 'i32'>
11
static type:  <spy type 'i32'>
dynamic type: <spy type 'i32'>
500
   8         def add(x: i32) -> i32:
   9  ->         breakpoint()
  10             return x + n
");
}

#[test]
fn frames_of_lambdas_and_generators() {
    let text = "def stop(n: i32) -> i32:
    breakpoint()
    return n

def numbers(n: i32) -> Iterator[i32]:
    yield stop(n)

def main() -> None:
    f = lambda x: stop(x + 1)
    print(f(4))
    for n in numbers(2):
        print(n)
";
    let text = format!("from typing import Iterator\n{text}");
    stands_in(&text, "up\nx\nl\nw\n", "static type:  <spy type 'i32'>\ndynamic type: <spy type 'i32'>\n4\n  10  ->     f = lambda x: stop(x + 1)\n");
    stands_in(&text, "c\nup\nl\nw\n", "   6     def numbers(n: i32) -> Iterator[i32]:\n   7  ->     yield stop(n)\n");
}

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
        let outcome = typed(BOOM, args, b"up 1\nw\n");
        assert_eq!(outcome.status, 1, "{outcome:?}");
        assert!(outcome.stderr.starts_with(BOOM_ERROR), "{outcome:?}");
        assert_eq!(outcome.stderr.matches("IndexError").count(), 1, "{outcome:?}");
        assert!(outcome.stdout.starts_with("2\n--- entering applevel debugger (post-mortem) ---\n"));
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
