"""Calls leave nothing behind, however many there are: extensions of every kind, and the loader.

The variable SPY_CALLS is how many calls are made of what takes long; `tests/nightly` makes a million of everything.
"""

import gc
import os
import pathlib

import numpy
import pytest

from conftest import HOLD

MILLION = 1_000_000
CALLS = {
    "numbers": lambda m: m.add(1, 2),
    "texts": lambda m: m.joined("some text", "and more"),
    "lists": lambda m: m.numbers([1, 2, 3]),
    "dicts": lambda m: m.table({"a": 1, "b": 2}),
    "structs": lambda m: m.tagged(m.Tagged("t", [1])),
    "arrays": lambda m: m.grid(2, 3),
}

# What each way makes of a thing besides numbers unless more is wanted: others than release builds take longer.
MANY = {
    "release": MILLION,
    "release-gil": MILLION,
    "debug": 200_000,
    "cranelift": MILLION,
    "cranelift-gil": 200_000,
    "quick": 200_000,
    "wasm": 50_000,
}


@pytest.fixture(scope="module", params=[*HOLD, "wasm"])
def way(request):
    """How the module is made."""
    return request.param


@pytest.fixture(scope="module")
def hold(way, holds):
    """The module."""
    return holds(way)


def resident():
    """The memory of this process, in bytes."""
    return int(pathlib.Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.parametrize("what", CALLS)
def test_a_million_calls_leave_nothing(hold, way, what):
    call = CALLS[what]
    count = MILLION if what == "numbers" else max(MANY[way], int(os.environ.get("SPY_CALLS", "0")))
    for _ in range(count // 10):
        call(hold)
    gc.collect()
    before = resident()
    for _ in range(count):
        call(hold)
    gc.collect()
    assert resident() - before < 4 << 20


def test_failures_leave_nothing(hold):
    wrong = numpy.zeros(1000, dtype=numpy.int32)
    calls = [lambda: hold.divide(1, 0), lambda: hold.texts(["a", 1]), lambda: hold.table({"a": ""}),
             lambda: hold.total(wrong), lambda: hold.joined("a", "\ud800")]

    def fail():
        for call in calls:
            try:
                call()
            except (ZeroDivisionError, TypeError, UnicodeEncodeError):
                continue
            raise AssertionError

    for _ in range(5_000):
        fail()
    before = resident()
    for _ in range(20_000):
        fail()
    assert resident() - before < 4 << 20
