"""Modules, functions, structs and errors as Python sees them. `BINDINGS.md` is what must hold."""

import gc
import inspect
import math
import os
import re
import threading

import numpy
import pytest

from conftest import HERE


def test_names(kinds):
    offered = {name for name in dir(kinds) if not name.startswith("_")}
    assert {"add", "BIG", "Keeper", "PanicError", "largest_f64", "shapes"} <= offered
    assert not offered & {"array", "gc_ptr", "Point", "counter", "known_before", "pointer"}
    assert not hasattr(kinds, "_hidden") and not hasattr(kinds, "_private") and not hasattr(kinds, "_largest")
    assert kinds.__doc__ == "Values of every kind, in and out." and kinds.shapes.__doc__ == "Structs."


def test_all_decides(kinds):
    chosen = kinds.chosen
    assert chosen.Point is kinds.shapes.Point and chosen.add(1, 2) == 3 and chosen._odd(3) is True
    assert not hasattr(chosen, "not_offered")


def test_constants(kinds):
    assert (kinds.TRUTH, kinds.SMALL, kinds.BIG, kinds.HALF) == (True, -3, 2**64 - 1, 0.5)
    assert (kinds.NAME, kinds.DATA, kinds.NOTHING, kinds.PAIR) == ("kinds \xe9", b"a\0b", None, (1, "two"))


def test_functions_describe_themselves(kinds):
    add = kinds.add
    assert (add.__name__, add.__qualname__, add.__module__, add.__doc__) == ("add", "add", "kinds", "The sum.")
    assert str(inspect.signature(add)) == "(x, y)" == add.__text_signature__
    assert str(inspect.signature(kinds.defaults)) == "(a, b=2, c=0.5, d='d', e=b'e', f=False, g=7)"
    assert kinds.largest_f64(1, 2) == 2.0 and kinds.largest_f64.__doc__ == "The larger one."
    assert kinds.no_arguments.__doc__ is None


def test_arguments(kinds):
    assert kinds.add(1, y=2) == kinds.add(y=1, x=2) == 3
    assert kinds.defaults(1) == "1 2 0.5 d 1 False 7"
    assert kinds.defaults(1, d="x", g=0) == "1 2 0.5 x 1 False 0"
    assert kinds.no_arguments() == 42


CALLS = [
    (lambda kinds: kinds.add(), "add() missing 2 required positional arguments: 'x' and 'y'"),
    (lambda kinds: kinds.add(y=1), "add() missing 1 required positional argument: 'x'"),
    (lambda kinds: kinds.add(1, 2, 3), "add() takes 2 positional arguments but 3 were given"),
    (lambda kinds: kinds.no_arguments(1), "no_arguments() takes 0 positional arguments but 1 was given"),
    (lambda kinds: kinds.defaults(*range(8)), "defaults() takes from 1 to 7 positional arguments but 8 were given"),
    (lambda kinds: kinds.add(1, 2, z=3), "add() got an unexpected keyword argument 'z'"),
    (lambda kinds: kinds.add(1, x=3), "add() got multiple values for argument 'x'"),
    (lambda kinds: kinds.shapes.Point(), "Point() missing 2 required positional arguments: 'x' and 'y'"),
    (lambda kinds: kinds.shapes.Point(1, 2, 3), "Point() takes 2 positional arguments but 3 were given"),
    (lambda kinds: kinds.shapes.Point(1, None), "Point() argument 'y': expected float, got NoneType"),
    (lambda kinds: kinds.shapes.Made(), "Made() missing 1 required positional argument: 'a'"),
    (lambda kinds: kinds.shapes.Point(1, 2).scaled(), "Point.scaled() missing 1 required positional argument: 'by'"),
    (
        lambda kinds: kinds.shapes.Point(1, 2).scaled(1, 2, 3),
        "Point.scaled() takes from 1 to 2 positional arguments but 3 were given",
    ),
    (lambda kinds: kinds.shapes.Point(1, 2).scaled("1"), "Point.scaled() argument 'by': expected float, got str"),
    (lambda kinds: kinds.shapes.Cell(1), "cannot create 'Cell' instances from Python"),
]


@pytest.mark.parametrize("number", range(len(CALLS)))
def test_wrong_calls(kinds, number):
    call, text = CALLS[number]
    with pytest.raises(TypeError) as error:
        call(kinds)
    assert str(error.value) == text


# -- structs ------------------------------------------------------------------------------------


def test_a_struct_is_a_class(kinds, shapes):
    point = shapes.Point(1, y=2)
    assert (point.x, point.y) == (1, 2.0) and type(point.y) is float
    assert shapes.Point.__module__ == "kinds.shapes" and shapes.Point.__doc__ == "A point of the plane."
    assert repr(point) == str(point) == "Point(x=1, y=2.0)" and shapes.Point.__match_args__ == ("x", "y")
    assert point == shapes.Point(1, 2.0) != shapes.Point(2, 2.0) and point != (1, 2.0)
    assert hash(point) == hash((1, 2.0)) and {point: 1}[shapes.Point(1, 2)] == 1
    for name in ("x", "norm", "other"):
        with pytest.raises(AttributeError):
            setattr(point, name, 3)
    with pytest.raises(TypeError, match="not an acceptable base type"):
        type("Sub", (shapes.Point,), {})
    assert kinds.echo_point(point) == point and kinds.echo_list_point([point, point]) == [point, point]


def test_methods(shapes):
    point = shapes.Point(3, 4.0)
    assert point.scaled(0.5) == shapes.Point(6, 2.0) and point.scaled(by=2, up=1).x == 7
    assert point.norm == 16.0 and shapes.Point.origin() == point.origin() == shapes.Point(0, 0)
    assert shapes.Point.scaled.__doc__ == "A point further away." and shapes.Point.scaled(point, 1.0).y == 4.0
    assert not hasattr(shapes.Stack, "_secret")


def test_a_struct_shares_what_it_points_to(shapes):
    stack = shapes.stack()
    assert stack.push("a") == 1 and stack.push("b") == 2 and stack.items == ["a", "b"]
    stack.items.append("not there")
    assert shapes.pop(stack) == "b" and stack.items == ["a"] and stack.size == 3
    own = shapes.Stack(["x"], {"k": 1}, 200)
    assert own.push("y") == 2 and repr(own) == "Stack(items=['x', 'y'], names={'k': 1}, size=200)"


def test_structs_with_methods_of_their_own(shapes):
    assert shapes.Made(3).value == 30 and shapes.Made(b=2, a=4).value == 8
    assert shapes.Made(8, 1) == shapes.Made(108, 1) != shapes.Made(9, 1) and repr(shapes.Made(1)) == "<made 10>"
    with pytest.raises(ValueError, match="^negative\n"):
        shapes.Made(-1)


def test_fields_without_a_counterpart(shapes):
    cell = shapes.cell(21)
    assert cell.value == 21 and not hasattr(cell, "next") and shapes.follow(cell) == 42


# -- errors -------------------------------------------------------------------------------------


def test_a_panic_is_an_exception(kinds):
    with pytest.raises(ZeroDivisionError) as error:
        kinds.divide(1, 0)
    first, place, line = str(error.value).splitlines()
    assert first == "integer division or modulo by zero"
    assert place.startswith('  File "') and place.endswith(", in divide") and line == "    return a // b"
    assert "kinds/__init__.spy" in place
    assert kinds.divide(7, 2) == 3


def stack(call, kind):
    """The functions and lines of code in the message of what a call raises, outermost first."""
    with pytest.raises(kind) as error:
        call()
    text = error.value.args[0]
    places = re.findall(r'^  File "[^"]*kinds/(.+)", line (\d+), in (.+)\n    (.+)$', text, re.MULTILINE)
    assert text.count("\n  File ") == len(places) - text.startswith("  File ")
    for file, line, _, code in places:
        source = (HERE / "kinds/kinds" / file).read_text(encoding="utf-8").splitlines()
        assert source[int(line) - 1].strip() == code
    return [(name, code) for _, _, name, code in places]


def test_a_panic_says_who_called(kinds, shapes):
    divide = ("divide", "return a // b")
    ratio = ("ratio", "return divide(a, b) + 1")
    again, last = ("deeper", "return deeper(n - 1, b) + 1"), ("deeper", "return ratio(1, b)")
    assert stack(lambda: kinds.divide(1, 0), ZeroDivisionError) == [divide]
    assert stack(lambda: kinds.ratio(1, 0), ZeroDivisionError) == [ratio, divide]
    assert stack(lambda: kinds.ratio(200, 0), ZeroDivisionError) == [("ratio", "return divide(a, b) - 1"), divide]
    assert stack(lambda: kinds.deeper(0, 0), ZeroDivisionError) == [last, ratio, divide]
    assert stack(lambda: kinds.deeper(3, 0), ZeroDivisionError) == [again, again, again, last, ratio, divide]
    # Functions of the library are not shown: what they blame is the line that uses them.
    summed = ("first_of", "sum += item(words[word], number)")
    assert stack(lambda: kinds.first_of({"a": [0, 7]}, "a"), IndexError) == [summed, ("item", "return xs[i]")]
    assert stack(lambda: kinds.first_of({}, "a"), KeyError) == [("first_of", "for number in words[word]:")]
    stack_of_method = stack(lambda: shapes.Ratios(1, 0).quarter(), ZeroDivisionError)
    assert stack_of_method == [("Ratios.quarter", "return self.half() // 2"), ("Ratios.half", "return self.a // self.b // 2")]


def test_of_many_calls_the_last_are_shown(kinds):
    with pytest.raises(ZeroDivisionError) as error:
        kinds.deeper(50, 0)
    lines = str(error.value).splitlines()
    assert lines[1] == "  ..." and len([line for line in lines if line.startswith("  File ")]) == 12
    assert lines[-1] == "    return a // b" and lines[3].strip() == "return deeper(n - 1, b) + 1"
    assert kinds.deeper(50, 1) == 52


def test_classes_of_errors(kinds):
    for number, (kind, text) in enumerate([(ValueError, "a value"), (TypeError, "a type"),
                                           (kinds.PanicError, "a panic"), (OSError, "a system")]):
        with pytest.raises(kind) as error:
            kinds.fail(number)
        assert type(error.value) is kind and str(error.value).splitlines()[0] == text
    with pytest.raises(ValueError) as error:
        kinds.fail(4)
    assert str(error.value).startswith('  File "')
    with pytest.raises(AssertionError, match="^x must be positive\n"):
        kinds.checked(0)
    with pytest.raises(IndexError):
        kinds.item([1], 5)
    with pytest.raises(KeyError):
        kinds.look({"a": 1}, "b")
    assert issubclass(kinds.PanicError, RuntimeError) and kinds.look({"a": 1}, "a") == 1


def test_stack_overflow_is_an_exception(kinds):
    for _ in range(20):
        with pytest.raises(kinds.PanicError, match="^stack overflow"):
            kinds.deep(0)
    assert kinds.divide(6, 3) == 2


def test_output_is_there_when_the_function_returns(kinds, capfd):
    kinds.say("no end")
    assert capfd.readouterr().out == "no end"
    kinds.say("a line\nmore")
    assert capfd.readouterr().out == "a line\nmore"


# -- threads, memory ----------------------------------------------------------------------------


def test_threads(kinds):
    failed = []

    def work(seed):
        try:
            for number in range(100):
                text = f"{seed}-{number}"
                assert kinds.echo_list_str([text] * 5) == [text] * 5
                assert kinds.add(seed, number) == seed + number
                with pytest.raises(ZeroDivisionError):
                    kinds.divide(seed, 0)
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed


def resident():
    """Memory of this process, in bytes."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def test_memory_is_freed(kinds, shapes):
    stack, kept = shapes.stack(), []
    numbers = list(range(1000))

    def work():
        for number in range(1000):
            kinds.echo_list_i32(numbers)
            kinds.echo_dict_str_i64({"a": number})
            assert kinds.garbage(100) > 0
            stack.push(str(number))
            shapes.pop(stack)
            shapes.Stack(["x" * 1000], {"a": 1}, 1)
        kept.append(shapes.Stack([f"kept {len(kept)}"], {"n": len(kept)}, 0))

    work()
    gc.collect()
    before = resident()
    for _ in range(4):
        work()
    gc.collect()
    assert resident() - before < 20 << 20
    for number, found in enumerate(kept):
        assert found.items == [f"kept {number}"] and found.names == {"n": number}


def test_scalars_leak_nothing(kinds):
    def work():
        for number in range(20_000):
            kinds.add(number, 1)

    work()
    before = resident()
    work()
    assert resident() - before < 4 << 20


def test_errors_leak_nothing(kinds):
    def work():
        for _ in range(2000):
            with pytest.raises(IndexError):
                kinds.item([1], 7)
            with pytest.raises(TypeError):
                kinds.echo_list_str(["a", None])

    work()
    before = resident()
    work()
    assert resident() - before < 8 << 20


def test_numpy_lends_its_own_memory(kinds):
    grid = numpy.zeros((2, 3))
    view = grid[:]
    kinds.put_f64(view, 1, 1, math.pi)
    assert grid[1, 1] == math.pi
