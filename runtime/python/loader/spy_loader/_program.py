"""One package in memory: an instance of its module, and calls of its functions."""

import atexit
import threading
import weakref

from . import _errors, _frames, _wasi
from . import _sections as sections
from ._convert import Pointer, Slot
from ._image import Image


class Program:
    """A module, of which there is an instance once something of it is called.

    `PanicError` is the class of errors for which Python has none; `Stop` are those that a call may end with besides.
    """

    def __init__(self, engine, data, name):
        self._engine, self._data = engine, data
        self.surface = sections.surface(data)
        self.host = _wasi.Host()
        for module, function in (*self.surface.others, *self.surface.imports):
            if (module, function) in self.surface.others or self.host.function(module, function) is None:
                raise _wasi.Missing(f"it needs `{function}` of `{module}`, which the loader does not have")
        engine.check(data)
        self.CALL, self.Trap, self.is_stack_overflow = engine.CALL, engine.Trap, engine.is_stack_overflow
        # What says who called, and where a trap has the stack.
        self.calls, self.trace = sections.custom_section(data, _frames.SECTION), engine.trace
        self.PanicError = _errors.panic_class(name)
        self.Stop = (*engine.Trap, engine.Exit)
        self.instance = self.memory = None
        # An instance is for one thread at a time. A signal handler may call while a call is being made.
        self.lock = threading.RLock()
        self._depth = 0
        # Structs that live in Python and hold addresses, by their identity: they may have no hash.
        self.boxes = weakref.WeakValueDictionary()
        # Exported functions that were called, by name.
        self._functions = {}
        # Names that generated code uses, with the functions that they stand for.
        self._namespaces = []
        self.attention = _nothing

    def link(self, namespace, functions):
        """Gives generated code what it needs of the instance, when there is one. `functions` are exports by name."""
        self._namespaces.append((namespace, functions))
        namespace.update(_spy_late=True, _spy_start=self.start, _spy_attention=_nothing)
        if self.instance is not None:
            self._fill(namespace, functions)

    def _fill(self, namespace, functions):
        found = {name: self.instance.raw(symbol) for name, symbol in functions.items()}
        namespace.update(self.instance.names, _spy_late=False, _spy_attention=self.attention, **found)

    def start(self):
        """Compiles the module and makes the instance: most of what an import would take."""
        with self.lock:
            if self.instance is not None:
                return
            try:
                instance = self._engine.Instance(self._data, self.surface, self.host)
                self.memory = instance.memory
                if "_initialize" in self.surface.functions:
                    instance.bound("_initialize")()
                if "spy_host_state" in self.surface.functions:
                    state = instance.bound("spy_host_state")() & 0xFFFFFFFF
                    self.attention, self.host.panic_source = self.memory.word(state), state + 4
            except self.Stop as error:
                raise _errors.exception(self, error) from None
            self.instance, self._data = instance, None
            for namespace, functions in self._namespaces:
                self._fill(namespace, functions)
            if not self.has("spy_host_state"):
                # It does not say when text waits in its buffer.
                atexit.register(_end, weakref.ref(self))

    def has(self, symbol):
        """Whether the module has an exported function."""
        return symbol in self.surface.functions

    def function(self, *symbols):
        """The first of several exported functions that there is, or `None`."""
        for symbol in symbols:
            found = self._functions.get(symbol)
            if found is None and self.has(symbol):
                self.start()
                found = self._functions[symbol] = self.instance.bound(symbol)
            if found is not None:
                return found
        return None

    def allocate(self, size):
        """The address of a block, which may hold pointers."""
        return self.function("spy_host_alloc", "spy_raw_alloc")(size) & 0xFFFFFFFF

    def allocate_plain(self, size):
        """The address of a block that holds no pointers."""
        return self.function("spy_host_alloc_atomic", "spy_raw_alloc")(size) & 0xFFFFFFFF

    def reader(self):
        """The memory; before there is one, `None`, which is enough for values without addresses."""
        if self.memory is not None:
            self.memory.refresh()
        return self.memory

    def attend(self):
        """Writes out what was printed, and frees what nothing refers to if much was allocated.

        Nothing is freed during a call: addresses are then in variables of the module, where no collector looks.
        """
        self.function("spy_flush")()
        collect = self.function("spy_host_collect")
        if self._depth or collect is None or not self.attention():
            return
        roots = b"".join([box._spy_raw for box in self.boxes.values()])
        # Blocks are aligned, so the words of one value stand where those of the next can be found.
        block = self.allocate(len(roots) + 8)
        self.memory.refresh()
        self.memory.write(block, roots)
        collect(block)

    def stopped(self, error):
        """The exception to raise for an error of a call. Afterwards the instance can be called again."""
        recover = self.function("spy_host_recover")
        if recover is not None:
            recover()
        return _errors.exception(self, error)

    def call(self, symbol, converters, values, result, prefixes):
        """Calls a function with arguments of any type; `prefixes` begin the errors about each."""
        with self.lock:
            function = self.function(symbol)
            self._depth += 1
            try:
                return self._call(function, converters, values, result, prefixes)
            finally:
                self._depth -= 1
                if self.attention():
                    self.attend()

    def _call(self, function, converters, values, result, prefixes):
        image, flat, index = Image(), [], 0
        try:
            for index, converter in enumerate(converters):
                converter.lower(values[index], image, flat)
        except _errors.Refused as error:
            raise error.exception(prefixes[index]) from None
        self._place(image)
        try:
            found = function(*[self._passed(value, image.base) for value in flat])
        except self.Stop as error:
            raise self.stopped(error) from None
        finally:
            self.memory.refresh()
            for lent in image.lent:
                lent.take_back(self.memory, image.base)
        return result.lift(iter(found if result.count > 1 else (found,)), image)

    def _place(self, image):
        """Moves an image into memory."""
        try:
            image.base, image.memory = image.place(self), self.memory
        except self.Stop as error:
            raise self.stopped(error) from None

    def _passed(self, value, base):
        """What stands for an argument in the call."""
        if type(value) is Pointer:
            return value + base
        if type(value) is Slot:
            return int.from_bytes(self.memory.read(base + value, 4), "little")
        return value

    def build(self, converter, fields, values, prefixes):
        """A struct of its fields: pairs of a converter and an offset."""
        with self.lock:
            image, index = Image(), 0
            at = image.reserve(converter.size, 8)
            try:
                for index, (field, offset) in enumerate(fields):
                    field.put(values[index], image, at + offset)
            except _errors.Refused as error:
                raise error.exception(prefixes[index]) from None
            if image.is_plain:
                return converter.wrap(bytes(image.data[at : at + converter.size]))
            self._place(image)
            for lent in image.lent:
                lent.take_back(self.memory, image.base)
            return converter.wrap(self.memory.read(image.base + at, converter.size))


def _end(program):
    """What was printed may still wait in the module's buffer when the process ends."""
    program = program()
    flush = program and program.function("spy_flush")
    if flush:
        flush()


def _nothing():
    """What a module that never ran asks for."""
    return 0
