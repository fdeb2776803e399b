"""Memory over many edits: each has names, values and instances that no other text had.

In CI there are as many edits as show whether what they leave behind is given back. `SPY_EDITS=100000` is a day.
"""

import os

from lsprotocol import types as lsp
from test_typing import memory

EDITS = int(os.environ.get("SPY_EDITS", "5000"))

# What may stay of one edit, in bytes: keys that are kept once and for all.
PER_EDIT = 2500

# What edits may have left behind since the last time that it was given back, in bytes.
NOT_YET = 16 << 20

HELPER = '''\
@struct
class Pair:
    left: i32
    right: i32


@blue
def scaled(n):
    def times(x: i32) -> i32:
        return x * n
    return times


def largest[T](items: list[T]) -> T:
    found = items[0]
    for item in items:
        if item > found:
            found = item
    return found
'''


def program(number):
    """Names, values, blue calls and instances that no other has."""
    return f'''\
from helper import Pair, largest, scaled

LIMIT_{number} = {number}


def work_{number}(start: i32) -> i32:
    total_{number} = scaled({number})(start)
    pair = Pair(total_{number}, LIMIT_{number})
    return largest[i32]([pair.left, pair.right])


def main() -> None:
    print(work_{number}({number % 7}), "number {number}")
'''


def test_memory_does_not_grow(in_editor):
    async def work(editor):
        editor.open("main.spy")
        server = editor.client._server.pid
        early = None
        for number in range(EDITS):
            editor.replace("main.spy", program(number))
            place = lsp.Position(line=6, character=8)
            hover = await editor.ask("text_document_hover", lsp.HoverParams(
                text_document=editor.document("main.spy"), position=place))
            assert f"total_{number}: i32" in hover.contents.value
            assert list(await editor.found("main.spy")) == []
            if number == EDITS // 2:
                early = memory(server)
        grown = (memory(server) - early) << 20
        allowed = PER_EDIT * (EDITS - EDITS // 2) + NOT_YET
        assert grown <= allowed, f"{grown} bytes more than after half of {EDITS} edits"

    in_editor(work, {"main.spy": program(0), "helper.spy": HELPER})
