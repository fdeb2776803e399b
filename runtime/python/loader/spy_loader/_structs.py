"""Structs as classes.

An instance holds the bytes of the struct as it lies in memory, addresses included, so that it is what it is in SPy: a
copy whose lists and other objects are shared. What the addresses point to is kept alive through `Program.boxes`.
"""

import struct

from ._convert import Converter
from ._errors import wrong_type

# How fields are unpacked to be passed: unsigned numbers as signed ones.
_CODES = {
    "bool": "B", "i8": "b", "u8": "B", "i16": "h", "u16": "H", "i32": "i", "u32": "i", "i64": "q", "u64": "q",
    "f32": "f", "f64": "d",
}
_MASKS = {"B": 0xFF, "b": 0xFF, "h": 0xFFFF, "H": 0xFFFF}


class Layout:
    """How a struct lies in memory, down to its numbers."""

    def __init__(self, size, align, numbers, has_pointers):
        self.size, self.align = size, align
        # Offsets and codes of the numbers that a value is passed as.
        self.numbers, self.has_pointers = numbers, has_pointers

    def unpack(self, raw):
        """The numbers of a value."""
        return [struct.unpack_from("<" + code, raw, at)[0] for at, code in self.numbers]

    def pack(self, flat):
        """The value of numbers that a function has returned."""
        raw = bytearray(self.size)
        for at, code in self.numbers:
            value = next(flat)
            if code in _MASKS:
                value &= _MASKS[code]
                code = code.upper()
            struct.pack_into("<" + code, raw, at, value)
        return bytes(raw)


def layout(structs, name, known):
    """The layout of a struct of an interface. `structs` are the entries there, by name; `known` what was found."""
    if name in known:
        return known[name]
    entry = structs[name]
    numbers, has_pointers = [], False
    # A struct that holds itself has no layout.
    known[name] = Layout(0, 1, (), False)
    for field in entry["fields"]:
        spelled, at = field["type"], field["offset"]
        if spelled in _CODES:
            numbers.append((at, _CODES[spelled]))
        elif spelled == "complex128":
            numbers += [(at, "d"), (at + 8, "d")]
        elif spelled in structs:
            inner = layout(structs, spelled, known)
            numbers += [(at + offset, code) for offset, code in inner.numbers]
            has_pointers = has_pointers or inner.has_pointers
        elif field["size"] == 4:
            numbers.append((at, "i"))
            has_pointers = True
    known[name] = Layout(entry["size"], entry["alignment"], tuple(numbers), has_pointers)
    return known[name]


class Struct(Converter):
    """A struct; `type` is its class, which is set once there is one."""

    def __init__(self, program, name, found):
        self._program, self._name, self.layout = program, name, found
        self.size, self.align, self.count = found.size, found.align, len(found.numbers)
        self.type = None

    @property
    def blank(self):
        return self.layout.unpack(bytes(self.size))

    def wrap(self, raw):
        """An instance of the class."""
        instance = object.__new__(self.type)
        object.__setattr__(instance, "_spy_raw", raw)
        if self.layout.has_pointers:
            self._program.boxes[id(instance)] = instance
        return instance

    def _raw(self, value):
        if not isinstance(value, self.type):
            raise wrong_type(value, self._name)
        return value._spy_raw

    def put(self, value, image, at):
        image.data[at : at + self.size] = self._raw(value)

    def lower(self, value, image, flat):
        flat += self.layout.unpack(self._raw(value))

    def load(self, data, at, memory):
        return self.wrap(bytes(data[at : at + self.size]))

    def lift(self, flat, call):
        return self.wrap(self.layout.pack(flat))


class Field:
    """The attribute of a class for a field."""

    def __init__(self, program, name, converter, offset):
        self._program, self._converter, self._offset = program, converter, offset
        self.__name__ = name

    def __get__(self, instance, owner=None):
        if instance is None:
            return self
        program = self._program
        with program.lock:
            return self._converter.load(instance._spy_raw, self._offset, program.reader())

    def __set__(self, instance, value):
        raise AttributeError(f"attribute {self.__name__!r} of {type(instance).__name__!r} objects is not writable")


class Method:
    """A method: what `bind` makes of an instance."""

    def __init__(self, bind):
        self._bind = bind
        self.__name__, self.__doc__ = bind.__name__, bind.__doc__
        self.__wrapped__ = bind.__wrapped__

    def __get__(self, instance, owner=None):
        return self if instance is None else self._bind(instance)

    def __call__(self, instance, /, *args, **kwargs):
        return self._bind(instance)(*args, **kwargs)


class Property:
    """A property: what calling `bind` of an instance gives."""

    def __init__(self, bind):
        self._bind = bind
        self.__name__, self.__doc__ = bind.__name__, bind.__doc__

    def __get__(self, instance, owner=None):
        return self if instance is None else self._bind(instance)()

    def __set__(self, instance, value):
        raise AttributeError(f"attribute {self.__name__!r} of {type(instance).__name__!r} objects is not writable")


class Value:
    """What the classes of structs have in common."""

    __slots__ = ()

    def __new__(cls, /, *args, **kwargs):
        return cls._spy_make(*args, **kwargs)

    def __eq__(self, other):
        if type(other) is not type(self):
            return NotImplemented
        return self._spy__eq__(self)(other) if hasattr(type(self), "_spy__eq__") else _key(self) == _key(other)

    def __hash__(self):
        return hash(_key(self))

    def __repr__(self):
        if hasattr(type(self), "_spy__repr__"):
            return self._spy__repr__(self)()
        fields = [f"{name}={getattr(self, name)!r}" for name in self.__match_args__]
        return f"{type(self).__name__}({', '.join(fields)})"

    def __str__(self):
        return self._spy__str__(self)() if hasattr(type(self), "_spy__str__") else repr(self)


def _key(value):
    """The attributes of an instance."""
    return tuple([getattr(value, name) for name in value.__match_args__])


def _refuse_subclass(cls, **options):
    raise TypeError(f"type '{cls.__base__.__module__}.{cls.__base__.__qualname__}' is not an acceptable base type")


def new_class(name, module, doc):
    """The class of a struct, without its attributes."""

    def refuse(*args, **kwargs):
        raise TypeError(f"cannot create '{name}' instances from Python")

    body = {"__slots__": ("__weakref__", "_spy_raw"), "__module__": module, "__doc__": doc}
    cls = type(name, (Value,), body)
    cls._spy_make = staticmethod(refuse)
    cls.__init_subclass__ = classmethod(_refuse_subclass)
    return cls


def add_fields(cls, program, fields):
    """Adds attributes for fields: their converters and offsets, by name."""
    cls.__match_args__ = tuple(fields)
    for name, (converter, offset) in fields.items():
        setattr(cls, name, Field(program, name, converter, offset))


def add_methods(cls, functions, roles):
    """Adds what was made of methods, and behind them of what Python calls itself."""
    kinds = {"method": Method, "static": staticmethod, "property": Property}
    for function, role in zip(functions, roles):
        setattr(cls, function.__name__, kinds[role](function))
    for function in functions[len(roles) :]:
        setattr(cls, "_spy" + function.__name__, staticmethod(function))
