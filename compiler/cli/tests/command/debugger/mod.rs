//! Sessions in the debugger.
//!
//! A transcript is what a terminal would show: the prompt with what is typed, and the answers. A
//! pipe shows the same without what was typed and the ends of those lines.

mod post_mortem;
mod values;

use crate::common::{Outcome, finish, spy};
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
    let text =
        "def main() -> None:\n    for i in range(2):\n        breakpoint()\n    print(\"end\")\n";
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
    let shown = |n: i32| {
        format!("static type:  <spy type 'i32'>\ndynamic type: <spy type 'i32'>\n{n}\n{PROMPT}")
    };
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
    let wide = format!("len([{}])", "n, ".repeat(10_000));
    let mut lines: Vec<&[u8]> =
        vec![b"\xff\xfe\x00 + \xc3", b"'\xe9'", b"\"\"\"", b"n \\", b"n\rn"];
    lines.extend([deep.as_bytes(), long.as_bytes(), nots.as_bytes(), wide.as_bytes()]);
    lines.extend([
        &b"f(f"[..],
        b"__block__('n')",
        b"await n",
        b"*n",
        b"n: i32",
        b"(yield)",
        b"import m",
        b"\x0c",
        b"\\",
    ]);
    for line in lines {
        let input = [line, b"\n41 + n\nq\n"].concat();
        let outcome = typed(values::VALUES, &["run", "--interp"], &input);
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
    let text =
        "def main() -> None:\n    print(\"before\")\n    breakpoint()\n    print(\"after\")\n";
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
    stands_in(
        text,
        "T\nx\nl\n",
        "<spy type 'str'>\nstatic type:  <spy type 'str'>\ndynamic type: <spy type 'str'>\n'a'\n   1     def twice[T](x: T) -> T:\n   2  ->     breakpoint()\n   3         return x + x\n",
    );
    stands_in(
        text,
        "c\nw\nn + x\nunused\nl\n",
        "\
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
",
    );
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
    stands_in(
        &text,
        "up\nx\nl\nw\n",
        "static type:  <spy type 'i32'>\ndynamic type: <spy type 'i32'>\n4\n  10  ->     f = lambda x: stop(x + 1)\n",
    );
    stands_in(
        &text,
        "c\nup\nl\nw\n",
        "   6     def numbers(n: i32) -> Iterator[i32]:\n   7  ->     yield stop(n)\n",
    );
}
