"""Memory over many edits: each has names, values and instances that no other text had.

In CI there are as many edits as show whether what they leave behind is given back: the process that does the work is
replaced twice. `SPY_EDITS=100000` is a day.
"""

import os

from lsprotocol import types as lsp

EDITS = int(os.environ.get("SPY_EDITS", "5000"))

# After as many edits there is another process.
RENEWED = 2000

# What all edits together may leave behind, in MiB. Where nothing is given back it is thirteen for each thousand.
ALLOWED = 16

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
        workers, before, after = [], [], []
        for number in range(EDITS):
            editor.replace("main.spy", program(number))
            place = lsp.Position(line=6, character=8)
            hover = await editor.ask("text_document_hover", lsp.HoverParams(
                text_document=editor.document("main.spy"), position=place))
            assert f"total_{number}: i32" in hover.contents.value
            assert list(await editor.found("main.spy")) == []
            if number % 50:
                continue
            _, processes = editor.processes()
            workers += [process for process in processes if process not in workers]
            # While one takes over from another there are two.
            if len(processes) == 1:
                (before if len(workers) == 1 else after).append(editor.memory())
        assert len(workers) >= EDITS // RENEWED
        print(f"{len(workers)} processes, {max(before)} MiB, later {max(after)} MiB, at the end {after[-1]} MiB")
        assert max(after) <= max(before) + ALLOWED

    in_editor(work, {"main.spy": program(0), "helper.spy": HELPER})
