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


def wide_parameters(data):
    """Of exported functions that have some: the numbers of their parameters of 64 bits.

    The module is one that an engine has taken or will judge, so what makes no sense is left to that.
    """
    try:
        return _wide_parameters(data)
    except (Damaged, IndexError):
        return {}


def _wide_parameters(data):
    types, functions, found = [], [], {}
    for kind, at, end in _sections(data):
        count, at = _number(data, at, end)
        for _ in range(count):
            if kind == 1:
                wide, at = _function_type(data, at, end)
                types.append(wide)
            elif kind == 2:
                for _ in range(2):
                    size, at = _number(data, at, end)
                    at += size
                if data[at] != 0:
                    # Other imports than functions are none that the loader has.
                    return {}
                index, at = _number(data, at + 1, end)
                functions.append(index)
            elif kind == 3:
                index, at = _number(data, at, end)
                functions.append(index)
            elif kind == 7:
                size, at = _number(data, at, end)
                name, at = data[at : at + size].decode("utf-8", "replace"), at + size
                what = data[at]
                index, at = _number(data, at + 1, end)
                if what == 0 and types[functions[index]]:
                    found[name] = types[functions[index]]
    return found


def _function_type(data, at, end):
    """The numbers of the parameters of 64 bits, of one type."""
    if data[at] != 0x60:
        raise Damaged(at, "this is not the type of a function")
    count, at = _number(data, at + 1, end)
    wide = tuple([index for index in range(count) if data[at + index] == 0x7E])
    results, at = _number(data, at + count, end)
    return wide, at + results


def _sections(data):
    """Kind, begin and end of what the sections hold that are looked at."""
    at = len(MAGIC)
    while at < len(data):
        kind = data[at]
        size, start = _number(data, at + 1, len(data))
        at = start + size
        if kind in (1, 2, 3, 7):
            yield kind, start, at
