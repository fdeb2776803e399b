"""Python functions that call a module's, made at import.

For functions of numbers alone the source of a Python function is written that does exactly what this one needs: called
from Python, it costs little more than the engine's own call. All others go through `Program.call`. The source is
compiled in memory, and no file of it is ever written.
"""

import keyword

from . import _convert, _errors

# What generated code calls things by; parameters have other names.
_RESERVED = "_spy_"


class Described:
    """A function that is to be made."""

    __slots__ = ("construct", "doc", "name", "parameters", "prefix", "qualname", "result", "self_", "symbol")

    def __init__(self, name, qualname, parameters, doc):
        """`parameters` are names, converters, and defaults in tuples of one, or `()` where there is none."""
        self.name, self.qualname, self.parameters, self.doc = name, qualname, parameters, doc
        # The exported function, and the converter of its result.
        self.symbol = self.result = None
        # The converter of `self`, of a method.
        self.self_ = None
        # What is called with the values of the arguments instead of an exported function.
        self.construct = None


def namespace(program, module):
    """What generated code finds by name."""
    names = {f"_spy_t_{name}": converter for name, converter in _convert.SCALARS.items()}
    return {
        **names,
        "__name__": module,
        # Parameters may be called as these are.
        "_spy_type": type,
        "_spy_int": int,
        "_spy_float": float,
        "_spy_none": _convert.NOTHING,
        "_spy_check": _check,
        "_spy_refuse": _check,
        "_spy_call": program.call,
        "_spy_lock": program.lock,
        "_spy_Stop": program.Stop,
        "_spy_stopped": program.stopped,
        "_spy_attend": program.attend,
    }


def _check(converter, value, prefix):
    """A number as it is passed, or the error that says what is wrong with it."""
    try:
        return converter.check(value)
    except _errors.Refused as error:
        raise error.exception(prefix) from None


def make(program, module, described):
    """Makes the functions that `described` lists; of methods, what makes them for an instance."""
    names, lines, exports = namespace(program, module), [], {}
    for number, function in enumerate(described):
        lines += _source(program, function, number, names, exports)
    exec(compile("\n".join(lines), f"<spy {module}>", "exec"), names)
    program.link(names, exports)
    made = []
    for number, function in enumerate(described):
        found = names[f"_spy_f{number}"]
        found.__name__, found.__qualname__, found.__doc__ = function.name, function.qualname, function.doc
        if function.self_ is None:
            found.__text_signature__ = _text_signature(function)
        made.append(found)
    return made


def _text_signature(function):
    """`(a, b=2)`"""
    parts = [name + (f"={default[0]!r}" if default else "") for name, _, default in function.parameters]
    return f"({', '.join(parts)})"


def _source(program, function, number, names, exports):
    """The lines of a function, which is `_spy_fN` there."""
    arguments, head = [], []
    for index, (name, _, default) in enumerate(function.parameters):
        if keyword.iskeyword(name) or not name.isidentifier() or name.startswith(_RESERVED):
            name = f"{_RESERVED}p{index}"
        arguments.append(name)
        if default:
            names[f"_spy_d{number}_{index}"] = default[0]
            name += f"=_spy_d{number}_{index}"
        head.append(name)
    prefixes = [f"{function.qualname}() argument '{name}': " for name, _, _ in function.parameters]
    converters = [converter for _, converter, _ in function.parameters]
    body = _direct(program, function, number, exports, arguments, converters, prefixes)
    if body is None:
        body = _general(function, number, names, arguments, converters, prefixes)
    head = ", ".join(head)
    if function.self_ is None:
        return [f"def _spy_f{number}({head}):", *(f"    {line}" for line in body)]
    # Binding a method makes a function, which then counts arguments as Python users do: without `self`.
    return [
        f"def _spy_f{number}(_spy_self):",
        f"    def _spy_g({head}):",
        *(f"        {line}" for line in body),
        f"    _spy_g.__name__, _spy_g.__qualname__ = {function.name!r}, {function.qualname!r}",
        f"    _spy_g.__doc__ = _spy_f{number}.__doc__",
        "    return _spy_g",
        f"_spy_f{number}.__wrapped__ = lambda self{', ' * bool(head)}{head}: None",
    ]


def _general(function, number, names, arguments, converters, prefixes):
    """The body of a function of any types."""
    values = "".join(f"{name}, " for name in arguments)
    if function.construct is not None:
        names[f"_spy_w{number}"], names[f"_spy_n{number}"] = function.construct, tuple(prefixes)
        return [f"return _spy_w{number}(({values}), _spy_n{number})"]
    if function.self_ is not None:
        converters, prefixes, values = [function.self_, *converters], ["", *prefixes], f"_spy_self, {values}"
    names[f"_spy_w{number}"] = function.symbol
    names[f"_spy_i{number}"], names[f"_spy_n{number}"] = tuple(converters), tuple(prefixes)
    names[f"_spy_o{number}"] = function.result
    return [f"return _spy_call(_spy_w{number}, _spy_i{number}, ({values}), _spy_o{number}, _spy_n{number})"]


def _direct(program, function, number, exports, arguments, converters, prefixes):
    """The body of a function of numbers alone; `None` for others."""
    if function.construct is not None or function.self_ is not None:
        return None
    body = []
    for name, converter, prefix in zip(arguments, converters, prefixes):
        lines = converter.source_in(name, prefix)
        if lines is None:
            return None
        body += lines
    result = function.result.source_out("_spy_r")
    if result is None:
        return None
    exports[f"_spy_w{number}"] = function.symbol
    passed = ", ".join(name for name, converter in zip(arguments, converters) if converter.count)
    call = program.CALL.format(f"_spy_w{number}", passed)
    return [
        *body,
        "with _spy_lock:",
        "    if _spy_late: _spy_start()",
        f"    try: _spy_r = {call}",
        "    except _spy_Stop as _spy_error: raise _spy_stopped(_spy_error) from None",
        "    finally:",
        "        if _spy_attention(): _spy_attend()",
        f"return {result}",
    ]
