"""Modules in the WebAssembly of whoever runs Python: the engine under Pyodide, in a browser or in Node.js.

A call goes through JavaScript, where numbers of 64 bits are of a type of their own, so those parameters are told apart by
the types in the module.
"""

import itertools
import re

import js
from pyodide.code import run_js
from pyodide.ffi import JsException, create_proxy

from . import _wasi

_INSTANTIATE = run_js(
    """
    (bytes, call) => {
        // Errors shall tell who called, and not only the last few.
        if (Error.stackTraceLimit < 50) Error.stackTraceLimit = 50;
        const module = new WebAssembly.Module(bytes), imports = {};
        for (const {module: from, name} of WebAssembly.Module.imports(module)) {
            (imports[from] ??= {})[name] = (...args) => call(from, name, ...args);
        }
        return new WebAssembly.Instance(module, imports).exports;
    }
    """
)

# A function as Python calls it. Parameters with the numbers `wide` have 64 bits; a negative zero becomes a text, since
# numbers without a fraction become integers in Python.
_FUNCTION = run_js(
    """
    (f, wide) => {
        const signed = (number) => Object.is(number, -0) ? "-0" : number;
        return (...args) => {
            for (const at of wide) args[at] = BigInt(args[at]);
            const found = f(...args);
            return Array.isArray(found) ? found.map(signed) : signed(found);
        };
    }
    """
)

_WORD = run_js("(memory, address) => () => new DataView(memory.buffer).getUint32(address, true)")


class Memory:
    """The memory of an instance. Each access finds out where it is: it moves when it becomes larger."""

    def __init__(self, memory):
        self._memory = memory

    def refresh(self):
        """Nothing is remembered."""

    def _at(self, address, size):
        buffer = self._memory.buffer
        if not 0 <= address <= buffer.byteLength - size:
            raise IndexError("an address outside of the memory")
        return js.Uint8Array.new(buffer, address, size)

    def read(self, address, size):
        """A copy of `size` bytes."""
        return self._at(address, size).to_bytes() if size else b""

    def write(self, address, data):
        """Writes bytes."""
        if len(data):
            self._at(address, len(data)).assign(data)

    def word(self, address):
        """A function that gives the number of 32 bits there."""
        return _WORD(self._memory, address)


def check(data):
    """Judges a module without compiling it: that is done when it is first called."""
    if not js.WebAssembly.validate(_array(data)):
        raise _wasi.Missing("it is not a WebAssembly module that is known here")


def _array(data):
    """Bytes as JavaScript has them."""
    found = js.Uint8Array.new(len(data))
    found.assign(data)
    return found


# How generated code calls the exported function `{0}`.
CALL = "{0}({1})"


class Instance:
    """A module that was compiled and linked with its imports, with a memory of its own."""

    names = {}

    def __init__(self, data, surface, host):
        self._functions = surface.functions
        self._exports = _INSTANTIATE(_array(data), create_proxy(lambda module, name, *args: host.function(module, name)(*args)))
        self.memory = host.memory = Memory(self._exports.memory)

    def raw(self, name):
        """The exported function `name`: what stands for `{0}` in `CALL`."""
        return _FUNCTION(getattr(self._exports, name), js.Array.of(*self._functions[name]))

    bound = raw


# What a call raises when the module stops; and `check`, for a module that is none.
Trap = (JsException,)
Exit = _wasi.Exit


# A function of a module in a stack, as V8 and SpiderMonkey write it: whose it is, and the offset in its file.
_FRAME = re.compile(r"(?:\bat |\(|@)([^(@\n]*):wasm-function\[\d+\]:0x([0-9a-f]+)")


def trace(error):
    """The places in the module that are running when a trap ends them, innermost first: offsets in its file."""
    found = _FRAME.findall(str(getattr(error, "stack", "")))
    # Further out is Python, which is a module too.
    own = itertools.takewhile(lambda frame: frame[0] == found[0][0], found)
    return [int(offset, 16) for _, offset in own]


def is_stack_overflow(error):
    """Whether a trap says that calls are nested too deeply."""
    text = str(error).lower()
    return "call stack" in text or "too much recursion" in text
