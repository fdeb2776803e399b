"""Values in and out, and what is said about those that do not fit. `BINDINGS.md` is what must hold."""

import array
import math
import struct

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

INTS = {"i8": (-(2**7), 2**7 - 1), "u8": (0, 2**8 - 1), "i32": (-(2**31), 2**31 - 1), "u32": (0, 2**32 - 1),
        "i64": (-(2**63), 2**63 - 1), "u64": (0, 2**64 - 1)}

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
FLOAT = st.floats(allow_nan=False)
FLOAT32 = st.floats(width=32, allow_nan=False)
STRATEGIES = {
    "none": st.none(), "bool": st.booleans(), "f32": FLOAT32, "f64": FLOAT, "str": TEXT, "bytes": st.binary(),
    "complex128": st.complex_numbers(allow_nan=False),
    **{name: st.integers(*bounds) for name, bounds in INTS.items()},
}
STRATEGIES.update({f"list_{name}": st.lists(of) for name, of in STRATEGIES.items() if name != "none"})
STRATEGIES.update({
    "pair": st.tuples(STRATEGIES["i32"], TEXT),
    "nested": st.tuples(st.tuples(STRATEGIES["i8"], FLOAT), st.booleans()),
    "list_none": st.lists(st.lists(TEXT)),
    "dict_str_i64": st.dictionaries(TEXT, STRATEGIES["i64"]),
    "dict_i32_list": st.dictionaries(STRATEGIES["i32"], st.lists(FLOAT)),
    "dict_tuple": st.dictionaries(st.tuples(STRATEGIES["i32"], TEXT), st.booleans()),
    "list_dict": st.lists(st.dictionaries(TEXT, STRATEGIES["i32"])),
    "list_pair": st.lists(st.tuples(STRATEGIES["i8"], STRATEGIES["i64"])),
    "maybe": st.none() | STRATEGIES["i32"],
    "maybe_f64": st.none() | FLOAT,
    "maybe_str": st.none() | TEXT,
    "maybe_pair": st.none() | st.tuples(STRATEGIES["i8"], TEXT),
    "maybes": st.lists(st.none() | TEXT),
    "maybe_dict": st.none() | st.dictionaries(TEXT, st.none() | STRATEGIES["i64"]),
    "tuple_list": st.tuples(st.lists(STRATEGIES["i32"]), st.dictionaries(TEXT, TEXT)),
})


@pytest.mark.parametrize("name", STRATEGIES)
def test_values_come_back(kinds, name):
    echo = getattr(kinds, f"echo_{name}")

    @settings(max_examples=40, deadline=None, database=None)
    @given(STRATEGIES[name])
    def check(value):
        found = echo(value)
        assert found == value and type(found) is type(value)
        if isinstance(value, dict):
            assert list(found) == list(value)
        if isinstance(value, float):
            assert math.copysign(1, found) == math.copysign(1, value)

    check()


def test_what_may_be_none(kinds):
    assert kinds.echo_maybe_f64() is None and kinds.echo_maybe_f64(2) == 2.0
    point = kinds.shapes.Point(1, 2.0)
    assert kinds.echo_maybe_point(point) == point and kinds.echo_maybe_point(None) is None
    with pytest.raises(OverflowError, match="int out of range for i32"):
        kinds.echo_maybe(2**31)


def test_nan_comes_back(kinds):
    assert math.isnan(kinds.echo_f64(math.nan)) and math.isnan(kinds.echo_f32(math.nan))
    assert kinds.echo_f32(math.inf) == math.inf


def test_floats_of_32_bits_are_rounded(kinds):
    assert kinds.echo_f32(0.1) == struct.unpack("f", struct.pack("f", 0.1))[0]


@pytest.mark.parametrize("name", INTS)
def test_integers_out_of_range(kinds, name):
    echo, echo_list = getattr(kinds, f"echo_{name}"), getattr(kinds, f"echo_list_{name}")
    low, high = INTS[name]
    for value in (low - 1, high + 1, 10**30, -(10**30)):
        with pytest.raises(OverflowError) as error:
            echo(value)
        assert str(error.value) == f"echo_{name}() argument 'x': int out of range for {name}"
        with pytest.raises(OverflowError) as error:
            echo_list([low, value])
        assert str(error.value) == f"echo_list_{name}() argument 'x': item 1: int out of range for {name}"
    assert echo(low) == low and echo(high) == high


class Index:
    def __index__(self):
        return 5


class Number(Index):
    def __float__(self):
        return 1.5

    def __complex__(self):
        return 2j


class Bad:
    def __index__(self):
        raise KeyError("mine")

    __float__ = __complex__ = __index__


def test_what_counts_as_a_number(kinds):
    assert kinds.echo_i32(True) == 1 and kinds.echo_u64(Index()) == 5 and kinds.echo_list_i8([Index(), False]) == [5, 0]
    assert kinds.echo_f64(Index()) == 5.0 and kinds.echo_f64(Number()) == 1.5 and kinds.echo_f64(3) == 3.0
    assert kinds.echo_f32(numpy.float64(0.5)) == 0.5 and kinds.echo_i64(numpy.int8(-3)) == -3
    assert kinds.echo_complex128(Number()) == 2j and kinds.echo_complex128(Index()) == 5 and kinds.echo_complex128(1.5)
    for echo in (kinds.echo_i8, kinds.echo_f64, kinds.echo_f32, kinds.echo_complex128, kinds.echo_list_i64):
        with pytest.raises(KeyError, match="mine"):
            echo([Bad()] if echo is kinds.echo_list_i64 else Bad())


WRONG = [
    ("i32", "1", "expected int, got str"),
    ("i32", 1.0, "expected int, got float"),
    ("u64", None, "expected int, got NoneType"),
    ("f64", "1", "expected float, got str"),
    ("f32", 1j, "expected float, got complex"),
    ("complex128", "1", "expected complex, got str"),
    ("bool", 1, "expected bool, got int"),
    ("bool", None, "expected bool, got NoneType"),
    ("str", b"", "expected str, got bytes"),
    ("bytes", "", "expected bytes, got str"),
    ("bytes", [1], "expected bytes, got list"),
    ("none", 0, "expected None, got int"),
    ("list_i32", (1, 2), "expected list, got tuple"),
    ("list_i32", [1, 2, "3"], "item 2: expected int, got str"),
    ("list_none", [[], ["a", 1]], "item 1: item 1: expected str, got int"),
    ("pair", [1, "a"], "expected tuple, got list"),
    ("pair", (1, "a", 2), "expected a tuple of 2 items, got 3"),
    ("pair", (1, 2), "item 1: expected str, got int"),
    ("nested", ((1, None), True), "item 0: item 1: expected float, got NoneType"),
    ("dict_str_i64", [], "expected dict, got list"),
    ("dict_str_i64", {"a": 1, 2: 3}, "key 1: expected str, got int"),
    ("dict_str_i64", {"a": 1, "b": "c"}, "value 1: expected int, got str"),
    ("dict_i32_list", {1: [0.5], 2: [1.0, ""]}, "value 1: item 1: expected float, got str"),
    ("dict_tuple", {(1, 2): True}, "key 0: item 1: expected str, got int"),
    ("list_dict", [{}, {"a": None}], "item 1: value 0: expected int, got NoneType"),
    ("maybe", "1", "expected int, got str"),
    ("maybe_pair", (1,), "expected a tuple of 2 items, got 1"),
    ("maybes", ["a", None, 1], "item 2: expected str, got int"),
    ("maybe_dict", {"a": None, "b": ""}, "value 1: expected int, got str"),
    ("maybe_point", 1, "expected Point, got int"),
    ("point", (1, 2.0), "expected Point, got tuple"),
    ("list_point", [None], "item 0: expected Point, got NoneType"),
]


@pytest.mark.parametrize(("name", "value", "text"), WRONG)
def test_values_of_wrong_types(kinds, name, value, text):
    with pytest.raises(TypeError) as error:
        getattr(kinds, f"echo_{name}")(value)
    assert str(error.value) == f"echo_{name}() argument 'x': {text}"


def test_floats_out_of_range(kinds):
    with pytest.raises(OverflowError) as error:
        kinds.echo_f64(10**400)
    assert str(error.value) == "echo_f64() argument 'x': int too large for f64"
    with pytest.raises(OverflowError) as error:
        kinds.echo_f32(1e300)
    assert str(error.value) == "echo_f32() argument 'x': float out of range for f32"
    with pytest.raises(OverflowError, match="item 1: float out of range for f32"):
        kinds.echo_list_f32([1, -1e39])


def test_texts(kinds):
    assert kinds.echo_str("a\0b\U0001f600\n") == "a\0b\U0001f600\n"
    with pytest.raises(UnicodeEncodeError):
        kinds.echo_str("\ud800")
    with pytest.raises(UnicodeEncodeError):
        kinds.echo_list_str(["a", "\udfff"])

    class Text(str):
        pass

    assert type(kinds.echo_str(Text("sub"))) is str
    assert kinds.echo_bytes(bytearray(b"a\0")) == b"a\0" == kinds.echo_bytes(memoryview(b"a\0"))
    with pytest.raises(TypeError, match="expected bytes, got memoryview"):
        kinds.echo_bytes(memoryview(b"abcd")[::2])


def test_containers_are_copied(kinds):
    words = ["a"]
    kinds.shout(words)
    assert words == ["a"]


def test_a_list_that_changes_while_it_is_converted(kinds):
    values = []

    class Grows:
        def __index__(self):
            values.extend(range(1000))
            return 1

    values += [Grows(), 2]
    found = kinds.echo_list_i64(values)
    assert found[:2] == [1, 2]

    class Fails:
        def __index__(self):
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        kinds.echo_dict_i32_list({1: [1.0], Fails(): []})
    assert kinds.echo_list_i64([3]) == [3]


def test_huge_lists(kinds):
    numbers = list(range(1_000_000))
    assert kinds.echo_list_i32(numbers) == numbers
    words = [str(number) for number in range(100_000)]
    assert kinds.echo_list_str(words) == words


# -- arrays -------------------------------------------------------------------------------------

DTYPES = {"bool": "?", "i8": "int8", "u8": "uint8", "i32": "int32", "u32": "uint32", "i64": "int64", "u64": "uint64",
          "f32": "float32", "f64": "float64", "complex128": "complex128"}


@pytest.mark.parametrize("name", DTYPES)
def test_arrays_of_every_type(kinds, name):
    one = numpy.array([1, 0, 1], DTYPES[name])
    assert getattr(kinds, f"first_{name}")(one) == 1
    two = numpy.zeros((2, 3), DTYPES[name])
    getattr(kinds, f"put_{name}")(two, 1, 2, 1)  if name != "bool" else kinds.put_bool(two, 1, 2, True)
    assert two[1, 2] == 1 and two.sum() == 1
    three = numpy.zeros((2, 3, 4), DTYPES[name])
    three[1, 2, 3] = 1
    assert getattr(kinds, f"corner_{name}")(three) == 1
    value = True if name == "bool" else 1
    made = numpy.asarray(getattr(kinds, f"made_{name}")(4, value))
    assert made.dtype == DTYPES[name] and made.shape == (4,) and (made == 1).all()
    made[0] = 0


def test_large_arrays(kinds):
    grid = numpy.zeros((400, 500), "float64")
    kinds.put_f64(grid, 399, 499, 2.5)
    assert grid[399, 499] == 2.5 and grid.sum() == 2.5


def test_other_buffers(kinds):
    found = array.array("d", [1.5, 2.5])
    assert kinds.first_f64(found) == 1.5
    assert kinds.first_f64(memoryview(bytearray(struct.pack("d", 7.0))).cast("d")) == 7.0
    assert kinds.first_i64(array.array("q", [3])) == kinds.first_i64(array.array("l", [3])) == 3
    assert kinds.first_u8(bytearray(b"\x09")) == 9


def test_shapes_of_results(kinds):
    grid = kinds.grid(2, 3)
    assert isinstance(grid, memoryview) and not grid.readonly
    assert grid.shape == (2, 3) and grid.format == "i" and grid.tolist() == [[0, 1, 2], [10, 11, 12]]
    assert kinds.grid(0, 3).shape == (0, 3) and kinds.grid(2, 0).shape == (2, 0)
    assert kinds.made_i32(0, 1).shape == (0,)


BUFFERS = [
    ([1.0], TypeError, "expected a buffer, got list"),
    (array.array("i", [1]), TypeError, "expected items of type f64, got format 'i'"),
    (numpy.zeros(2, "float32"), TypeError, "expected items of type f64, got format 'f'"),
    (numpy.zeros(2, ">f8"), TypeError, "expected items of type f64, got format '>d'"),
    (numpy.zeros((2, 2)), ValueError, "expected 1 dimension, got 2"),
    (numpy.zeros(10)[::2], ValueError, "buffer is not C-contiguous"),
    (memoryview(struct.pack("d", 1.0)).cast("d"), ValueError, "buffer is read-only"),
]


@pytest.mark.parametrize(("value", "kind", "text"), BUFFERS)
def test_buffers_that_are_refused(kinds, value, kind, text):
    with pytest.raises(kind) as error:
        kinds.first_f64(value)
    assert str(error.value) == f"first_f64() argument 'a': {text}"


def test_dimensions_are_checked(kinds):
    with pytest.raises(ValueError, match="expected 2 dimensions, got 1"):
        kinds.put_i32(numpy.zeros(3, "int32"), 0, 0, 1)
    with pytest.raises(ValueError, match="buffer is not C-contiguous"):
        kinds.put_i32(numpy.zeros((2, 3), "int32").T, 0, 0, 1)
    with pytest.raises(IndexError):
        kinds.put_i32(numpy.zeros((2, 3), "int32"), 0, 3, 1)


def test_a_result_that_is_an_argument(kinds):
    lent = numpy.zeros(3)
    assert kinds.same(lent) is lent
    assert kinds.both(lent, lent) == 5.0 and lent[0] == 5.0


def test_what_is_written_before_an_error_is_there(kinds):
    lent = numpy.zeros(3, "int32")
    with pytest.raises(IndexError):
        kinds.spoil(lent)
    assert lent.tolist() == [99, 0, 0]


def test_an_array_that_is_kept_is_empty(kinds):
    keeper = kinds.keeper()
    kinds.keep(keeper, numpy.zeros(3, "int32"))
    with pytest.raises(IndexError):
        kinds.kept(keeper, 0)
