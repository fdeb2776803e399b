"""Modules in wasmtime, as PyPI has it: the engine on CPython.

Only the core API is used (engine, store, module, instance, function, memory), which is the same in every release of
the range that `pyproject.toml` states. Nothing outside this file knows of wasmtime.
"""

import ctypes

import wasmtime

from . import _wasi

_engine = None


def _shared_engine():
    """What all modules are compiled with. Its defaults reserve the whole address space of a memory, so none moves."""
    global _engine
    if _engine is None:
        _engine = wasmtime.Engine()
    return _engine


class Memory:
    """The memory of an instance."""

    def __init__(self, store, memory):
        self._store, self._memory = store, memory
        self._view = memoryview(b"")

    def refresh(self):
        """Looks again how large it is, after code has run that may have made it larger."""
        size = self._memory.data_len(self._store)
        if size != len(self._view):
            base = ctypes.cast(self._memory.data_ptr(self._store), ctypes.c_void_p).value
            self._view = memoryview((ctypes.c_ubyte * size).from_address(base)).cast("B")

    def read(self, address, size):
        """A copy of `size` bytes."""
        found = bytes(self._view[address : address + size])
        if len(found) != size or address < 0:
            raise IndexError("an address outside of the memory")
        return found

    def write(self, address, data):
        """Writes bytes."""
        if not 0 <= address <= len(self._view) - len(data):
            raise IndexError("an address outside of the memory")
        self._view[address : address + len(data)] = data

    def word(self, address):
        """A function that gives the number of 32 bits there. It costs little and follows changes."""
        base = ctypes.cast(self._memory.data_ptr(self._store), ctypes.c_void_p).value
        number = ctypes.c_uint32.from_address(base + address)
        return lambda: number.value


def check(data):
    """Judges a module without compiling it, which takes much longer: that is done when it is first called."""
    wasmtime.Module.validate(_shared_engine(), data)


# How generated code calls the exported function `{0}`.
CALL = "{0}(_spy_store, {1})"


class Instance:
    """A module that was compiled and linked with its imports, with a memory of its own."""

    def __init__(self, data, surface, host):
        engine = _shared_engine()
        module = wasmtime.Module(engine, data)
        self.store = wasmtime.Store(engine)
        imports = [wasmtime.Func(self.store, entry.type, host.function(entry.module, entry.name)) for entry in module.imports]
        instance = wasmtime.Instance(self.store, module, imports)
        self._exports = instance.exports(self.store)
        # What generated code needs by name.
        self.names = {"_spy_store": self.store}
        self.memory = host.memory = Memory(self.store, self._exports["memory"])
        self.memory.refresh()

    def raw(self, name):
        """The exported function `name`: what stands for `{0}` in `CALL`."""
        return self._exports[name]

    def bound(self, name):
        """The exported function `name` as a Python function."""
        function, store = self._exports[name], self.store
        return lambda *args: function(store, *args)


# What a call raises when the module stops; and `check`, for a module that is none or that this release does not know.
Trap = (wasmtime.Trap, wasmtime.WasmtimeError)
Exit = _wasi.Exit


def trace(error):
    """The places in the module that are running when a trap ends them, innermost first: offsets in its file."""
    return [frame.module_offset for frame in getattr(error, "frames", ())]


def is_stack_overflow(error):
    """Whether a trap says that calls are nested too deeply."""
    return "call stack exhausted" in str(error)
