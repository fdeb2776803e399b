"""Who called what panicked: the table of calls in a module's section `spy.frames`, and what it says of a stack.

`compiler/frames` describes the format. Without a table, or with one that is damaged, nobody knows more than the panic.
"""

import struct
from bisect import bisect_right

SECTION = "spy.frames"

# As many calls are shown.
_SHOWN = 12

_VERSION, _HEAD = 1, 20


class Table:
    """The table of a module."""

    def __init__(self, data):
        self._data = data
        version, sites, links, places, texts = struct.unpack_from("<5I", data)
        if version != _VERSION or _HEAD + 8 * (sites + links) + 16 * places + texts != len(data):
            raise ValueError
        words = struct.unpack_from(f"<{2 * sites}I", data, _HEAD)
        self._addresses, self._first = words[::2], words[1::2]
        self._links = _HEAD + 8 * sites
        self._places = self._links + 8 * links
        self._texts = self._places + 16 * places

    def _text(self, at):
        start = self._texts + at
        return self._data[start : self._data.index(b"\0", start)].decode()

    def _calls(self, address):
        """The calls that run at an address, innermost first: file, line, function and text of each."""
        at = bisect_right(self._addresses, address)
        link = self._first[at - 1] if at else 0
        while link:
            place, caller = struct.unpack_from("<2I", self._data, self._links + 8 * (link - 1))
            file, line, function, text = struct.unpack_from("<4I", self._data, self._places + 16 * place)
            yield self._text(file), line, self._text(function), self._text(text)
            # Callers come first, so a way through them has an end.
            link = caller if caller < link else 0

    def calls(self, trace):
        """The same for the addresses of a stack."""
        return [call for address in trace for call in self._calls(address)]


def running(data, trace, panic):
    """What was running when a module panicked, innermost first.

    `data` is its table, `trace` the addresses on its stack, and `panic` file, line and text of where it happened.
    """
    file, line, text = panic
    calls = []
    if data and line:
        try:
            calls = Table(data).calls(trace)
        except (ValueError, IndexError, struct.error):
            pass
    function = None
    if calls and calls[0][0] == file:
        function = calls.pop(0)[2]
    return [(file, line, function, text), *calls] if line else []


def shown(calls):
    """Lines that show calls as a traceback does, outermost first."""
    lines = ["  ..."] if len(calls) > _SHOWN else []
    for file, line, function, text in reversed(calls[:_SHOWN]):
        where = f", line {line}" if line else ""
        lines.append(f'  File "{file}"{where}' + (f", in {function}" if function else ""))
        if text and text.strip():
            lines.append("    " + text.strip())
    return lines
