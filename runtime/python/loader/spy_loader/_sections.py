"""Custom sections of a WebAssembly module.

The file may be cut short, damaged or made by somebody hostile, so everything in it is read with bounds. What is wrong
is a `Damaged` error that names the offset.
"""

MAGIC = b"\0asm\x01\0\0\0"


class Damaged(Exception):
    """A file that is not what it should be."""

    def __init__(self, offset, what):
        super().__init__(f"at offset {offset:#x}: {what}")


def _number(data, at, end):
    """An unsigned number of up to 32 bits, and where it ends."""
    value = 0
    for shift in range(0, 35, 7):
        if at >= end:
            raise Damaged(at, "the file ends within a number")
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            if value > 0xFFFFFFFF:
                break
            return value, at
    raise Damaged(at, "a number has more than 32 bits")


def custom_section(data, name):
    """What the custom section `name` holds; `None` if the module has no such section."""
    if not data.startswith(MAGIC):
        raise Damaged(0, "this is no WebAssembly module")
    wanted = name.encode()
    at = len(MAGIC)
    while at < len(data):
        kind = data[at]
        size, start = _number(data, at + 1, len(data))
        if size > len(data) - start:
            raise Damaged(at, "a section is longer than the file")
        at = start + size
        if kind == 0:
            length, start = _number(data, start, at)
            if length > at - start:
                raise Damaged(start, "the name of a section is longer than the section")
            if data[start : start + length] == wanted:
                return data[start + length : at]
    return None
