//! Expressions that are typed: what they mean, show and change.

use super::session;

/// Locals of several types.
pub(super) const VALUES: &str = "\
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
   [0] m::main at m.spy:31
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
static type:  <spy type '_optional::Optional[i32]::_OptionalImpl' (struct)>
dynamic type: <spy type '_optional::Optional[i32]::_OptionalImpl' (struct)>
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
static type:  <spy type 'types::StructType'>
dynamic type: <spy type 'types::StructType'>
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
(spdb🥸) (LIMIT := 1)
*** NameError: name `LIMIT` is not defined
(spdb🥸) (count := 10) + count
static type:  <spy type 'i32'>
dynamic type: <spy type 'i32'>
20
(spdb🥸) count
static type:  <spy type 'i32'>
dynamic type: <spy type 'i32'>
10
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
