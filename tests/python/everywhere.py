"""What a package does on every engine: run by each release of wasmtime in the range, and by Pyodide."""

import array
import gc

import kinds
import kinds.chosen
from kinds import shapes


def raised(call, kind):
    """The text of what a call raises."""
    try:
        call()
    except kind as error:
        return str(error)
    raise SystemExit(f"{kind} was not raised")


assert kinds.add(2, y=3) == 5 and kinds.chosen.add is not None
for name, values in {
    "i8": (-128, 127), "u8": (0, 255), "i32": (-(2**31), 2**31 - 1), "u32": (0, 2**32 - 1), "i64": (-(2**63), 2**63 - 1, 5),
    "u64": (0, 2**64 - 1, 2**53 + 1), "f32": (0.5, 2.0, float("inf")), "f64": (0.1, -0.0, 3.0), "bool": (True, False),
    "complex128": (1 + 2j, 3j), "str": ("", "n\xe9\0\U0001f600"), "bytes": (b"", b"\0\xff"), "none": (None,),
    "pair": ((1, "a"),), "list_u64": ([2**64 - 1], []), "list_f64": ([1.0, 0.5],), "list_str": (["a", ""],),
    "dict_str_i64": ({"b": 1, "a": -1},), "list_dict": ([{}, {"x": 1}],), "nested": (((1, 2.0), True),),
}.items():
    for value in values:
        found = getattr(kinds, f"echo_{name}")(value)
        assert found == value and type(found) is type(value) and repr(found) == repr(value), (name, value, found)

assert raised(lambda: kinds.add(1), TypeError) == "add() missing 1 required positional argument: 'y'"
assert raised(lambda: kinds.add(1, 2**31), OverflowError) == "add() argument 'y': int out of range for i32"
assert raised(lambda: kinds.echo_list_str(["a", 1]), TypeError) == "echo_list_str() argument 'x': item 1: expected str, got int"
for _ in range(3):
    text = raised(lambda: kinds.divide(1, 0), ZeroDivisionError)
    assert text.startswith("integer division or modulo by zero\n") and text.endswith("\n    return a // b"), text
    text = raised(lambda: kinds.deeper(1, 0), ZeroDivisionError)
    callers = [line.rpartition(", in ")[2] for line in text.splitlines() if line.startswith("  File ")]
    assert callers == ["deeper", "deeper", "ratio", "divide"], text
    assert raised(lambda: kinds.deep(0), kinds.PanicError) == "stack overflow"
assert kinds.divide(7, 2) == 3

lent = array.array("d", [1.0, 2.0])
assert kinds.same(lent) is lent and kinds.both(lent, lent) == 5.0 and lent[0] == 5.0
assert kinds.grid(2, 3).tolist() == [[0, 1, 2], [10, 11, 12]] and kinds.grid(0, 2).shape == (0, 2)

point = shapes.Point(1, 2)
assert repr(point.scaled(2)) == "Point(x=2, y=4.0)" and point.norm == 4.0 and point == shapes.Point(1, 2.0)
stack, kept = shapes.stack(), []
for number in range(300):
    assert kinds.garbage(1000) > 0
    stack.push(str(number))
    kept.append(shapes.Stack([str(number)], {"n": number}, 1))
    if number % 3 == 0:
        kept.pop(0)
        gc.collect()
assert stack.items == [str(number) for number in range(300)]
assert all(found.items == [str(found.names["n"])] for found in kept)
kinds.say("all is well\n")
