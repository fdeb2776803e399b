"""Values of one type on their way in and out: numbers.

A converter knows how values of its type stand in memory (`put`, `load`), how they are passed to functions and returned
from them (`lower`, `lift`: as a few numbers, structs as those of their fields), and for the simplest types the Python
source that does so in a function made for it (`source_in`, `source_out`). What every type accepts and gives is
described in `BINDINGS.md`.
"""

import ctypes
import operator
import struct
from math import isfinite, ldexp

from ._errors import Refused, out_of_range, wrong_type


class Pointer(int):
    """An offset in an image that stands for an address."""

    __slots__ = ()


class Slot(int):
    """The place in an image where an address stands once it has been made."""

    __slots__ = ()


class Converter:
    """What all converters have. `size` and `align` are in bytes; `count` numbers are passed for a value."""

    size = align = 4
    count = 1

    @property
    def blank(self):
        """The numbers that are passed where there is no value."""
        return [0] * self.count

    def source_in(self, name, prefix):
        """Lines that check the argument `name` and make of it what is passed; `None` if there are no such lines."""
        return None

    def source_out(self, value):
        """The expression of the result for what a function returns; `None` if there is none."""
        return None


def as_int(value):
    """The number that Python takes a value for."""
    if not hasattr(type(value), "__index__"):
        raise wrong_type(value, "int")
    return int(operator.index(value))


def as_float(value):
    """The same for a float."""
    kind = type(value)
    if not hasattr(kind, "__float__"):
        if not hasattr(kind, "__index__"):
            raise wrong_type(value, "float")
        value = operator.index(value)
    try:
        # Takes what float() does, except for texts.
        return ldexp(value, 0)
    except OverflowError:
        if isinstance(value, int):
            raise Refused(OverflowError, "int too large for f64") from None
        raise


def as_f32(value):
    """The nearest number of 32 bits."""
    value = as_float(value)
    rounded = ctypes.c_float(value).value
    if isfinite(value) and not isfinite(rounded):
        raise Refused(OverflowError, "float out of range for f32")
    return rounded


class Nothing(Converter):
    """`None`, which is not passed at all."""

    size, align, count = 0, 1, 0

    def source_in(self, name, prefix):
        return [f"if {name} is not None: _spy_refuse(_spy_none, {name}, {prefix!r})"]

    def source_out(self, value):
        return "None"

    def check(self, value):
        if value is not None:
            raise wrong_type(value, "None")

    def lower(self, value, image, flat):
        self.check(value)

    def lift(self, flat, call):
        return None

    def put(self, value, image, at):
        self.check(value)

    def load(self, data, at, memory):
        return None


class Simple(Converter):
    """A number in memory, and as what it is passed."""

    def __init__(self, name, code):
        self.name = name
        self.code = "<" + code
        self.size = self.align = struct.calcsize(self.code)

    def put(self, value, image, at):
        struct.pack_into(self.code, image.data, at, self.check(value))

    def load(self, data, at, memory):
        return struct.unpack_from(self.code, data, at)[0]

    def items(self, data, count):
        """The numbers in a row of bytes."""
        return list(struct.unpack(f"<{count}{self.code[1]}", data))

    def row(self, values, what):
        """The bytes of a row of numbers; `what` is what they are called in errors."""
        checked, index = [], 0
        try:
            for index, value in enumerate(values):
                checked.append(self.check(value))
        except Refused as error:
            raise error.within(f"{what} {index}") from None
        return struct.pack(f"<{len(checked)}{self.code[1]}", *checked)

    def source_in(self, name, prefix):
        return [f"{name} = _spy_check(_spy_t_{self.name}, {name}, {prefix!r})"]


class Integer(Simple):
    """A whole number of some width."""

    def __init__(self, name, code):
        super().__init__(name, code)
        self.bits, self.signed = 8 * self.size, code.islower()
        self.low = -(1 << (self.bits - 1)) if self.signed else 0
        self.high = self.low + (1 << self.bits) - 1
        # Numbers are passed as signed ones of 32 or 64 bits.
        self.wraps = not self.signed and self.bits >= 32

    def check(self, value):
        if type(value) is not int:
            value = as_int(value)
        if not self.low <= value <= self.high:
            raise out_of_range(self.name)
        return value

    def row(self, values, what):
        try:
            # Quick if all is well, and does not say well what is wrong.
            return struct.pack(f"<{len(values)}{self.code[1]}", *values)
        except Exception:
            return super().row(values, what)

    def source_in(self, name, prefix):
        lines = [
            f"if _spy_type({name}) is not _spy_int or not {self.low} <= {name} <= {self.high}:",
            f"    {name} = _spy_check(_spy_t_{self.name}, {name}, {prefix!r})",
        ]
        if self.wraps:
            lines.append(f"if {name} > {self.high >> 1}: {name} -= {1 << self.bits}")
        return lines

    def source_out(self, value):
        return value if self.signed else f"{value} & {self.high}"

    def lower(self, value, image, flat):
        value = self.check(value)
        flat.append(value - (1 << self.bits) if self.wraps and value > self.high >> 1 else value)

    def lift(self, flat, call):
        value = next(flat)
        return value if self.signed else value & self.high


class Float(Simple):
    """A floating point number."""

    blank = [0.0]

    def __init__(self, name, code):
        super().__init__(name, code)
        self.check = as_float if name == "f64" else as_f32

    def source_in(self, name, prefix):
        if self.size == 4:
            return super().source_in(name, prefix)
        return [f"if _spy_type({name}) is not _spy_float: {name} = _spy_check(_spy_t_f64, {name}, {prefix!r})"]

    def source_out(self, value):
        # JavaScript has no other numbers, so a whole one looks like an integer.
        return f"_spy_float({value})"

    def lower(self, value, image, flat):
        flat.append(self.check(value))

    def lift(self, flat, call):
        return float(next(flat))


class Bool(Simple):
    """`bool`."""

    def __init__(self):
        super().__init__("bool", "?")

    def check(self, value):
        if value is True or value is False:
            return value
        raise wrong_type(value, "bool")

    def source_out(self, value):
        return f"{value} != 0"

    def lower(self, value, image, flat):
        flat.append(int(self.check(value)))

    def lift(self, flat, call):
        return next(flat) != 0


class Complex(Converter):
    """`complex128`: two floating point numbers."""

    name = "complex128"
    size, align, count = 16, 8, 2
    blank = [0.0, 0.0]

    def check(self, value):
        """The number that Python takes a value for."""
        if type(value) is complex:
            return value
        kind = type(value)
        if hasattr(kind, "__complex__"):
            return complex(value)
        if not hasattr(kind, "__float__") and not hasattr(kind, "__index__"):
            raise wrong_type(value, "complex")
        return complex(as_float(value), 0.0)

    def put(self, value, image, at):
        value = self.check(value)
        struct.pack_into("<dd", image.data, at, value.real, value.imag)

    def load(self, data, at, memory):
        return complex(*struct.unpack_from("<dd", data, at))

    def lower(self, value, image, flat):
        value = self.check(value)
        flat += (value.real, value.imag)

    def lift(self, flat, call):
        return complex(next(flat), next(flat))


SCALARS = {
    "bool": Bool(),
    "complex128": Complex(),
    "f32": Float("f32", "f"),
    "f64": Float("f64", "d"),
    **{name: Integer(name, code) for name, code in zip("i8 u8 i16 u16 i32 u32 i64 u64".split(), "bBhHiIqQ")},
}
NOTHING = Nothing()
