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


class Surface:
    """What a module takes and offers."""

    def __init__(self):
        # Module and name of each import that is a function, and the same for those that are none.
        self.imports, self.others = [], []
        # Exported functions by name: the numbers of their parameters of 64 bits.
        self.functions = {}


def surface(data):
    """What a module takes and offers, as its sections say; whether they are right is left to an engine."""
    try:
        return _surface(data)
    except IndexError:
        raise Damaged(len(data), "a section names what is not there") from None


def _surface(data):
    found, types, functions = Surface(), [], []
    for kind, at, end in _sections(data):
        count, at = _number(data, at, end)
        for _ in range(count):
            if kind == 1:
                wide, at = _function_type(data, at, end)
                types.append(wide)
            elif kind == 2:
                module, at = _name(data, at, end)
                name, at = _name(data, at, end)
                if data[at] != 0:
                    # How long it is depends on what it is, and the loader has no such import.
                    found.others.append((module, name))
                    return found
                found.imports.append((module, name))
                index, at = _number(data, at + 1, end)
                functions.append(index)
            elif kind == 3:
                index, at = _number(data, at, end)
                functions.append(index)
            elif kind == 7:
                name, at = _name(data, at, end)
                what = data[at]
                index, at = _number(data, at + 1, end)
                if what == 0:
                    found.functions[name] = types[functions[index]]
    return found


def _name(data, at, end):
    """A text, and where it ends."""
    size, at = _number(data, at, end)
    if size > end - at:
        raise Damaged(at, "a name is longer than its section")
    return data[at : at + size].decode("utf-8", "replace"), at + size


def _function_type(data, at, end):
    """The numbers of the parameters of 64 bits, of one type."""
    if data[at] != 0x60:
        raise Damaged(at, "this is not the type of a function")
    count, at = _number(data, at + 1, end)
    wide = tuple([index for index in range(min(count, end - at)) if data[at + index] == 0x7E])
    results, at = _number(data, at + count, end)
    return wide, at + results


def _sections(data):
    """Kind, begin and end of what the sections hold that are looked at."""
    at = len(MAGIC)
    while at < len(data):
        kind = data[at]
        size, start = _number(data, at + 1, len(data))
        at = start + size
        if at > len(data):
            raise Damaged(start, "a section is longer than the file")
        if kind in (1, 2, 3, 7):
            yield kind, start, at
