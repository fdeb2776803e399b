"""One package in memory: an instance of its module, and calls of its functions."""

import atexit
import threading
import weakref

from . import _errors
from ._convert import Pointer, Slot
from ._image import Image


class Program:
    """The instance of a module. `PanicError` is the class of errors for which Python has none."""

    def __init__(self, engine, data, name):
        self.Trap, self.is_stack_overflow = engine.Trap, engine.is_stack_overflow
        self.PanicError = _errors.panic_class(name)
        # What a call may end with besides returning.
        self.Stop = (*engine.Trap, engine.Exit)
        self.instance = instance = engine.Instance(data)
        self.memory, self.host = instance.memory, instance.host
        # An instance is for one thread at a time. A signal handler may call while a call is being made.
        self.lock = threading.RLock()
        self._depth = 0
        # Structs that live in Python and hold addresses, by their identity: they may have no hash.
        self.boxes = weakref.WeakValueDictionary()
        self._allocate = instance.bound("spy_host_alloc") or instance.bound("spy_raw_alloc")
        self._allocate_plain = instance.bound("spy_host_alloc_atomic") or self._allocate
        self._flush = instance.bound("spy_flush")
        self._recover = instance.bound("spy_host_recover")
        self._collect = instance.bound("spy_host_collect")
        start = instance.bound("_initialize")
        if start is not None:
            start()
        # Not zero when something is to be done after a call: memory to collect, or text to write out.
        self.attention = lambda: 0
        state = instance.bound("spy_host_state")
        if state is not None:
            state = state() & 0xFFFFFFFF
            self.attention, self.host.panic_source = instance.memory.word(state), state + 4
        atexit.register(_end, weakref.ref(self))

    def allocate(self, size):
        """The address of a block, which may hold pointers."""
        return self._allocate(size) & 0xFFFFFFFF

    def allocate_plain(self, size):
        """The address of a block that holds no pointers."""
        return self._allocate_plain(size) & 0xFFFFFFFF

    def attend(self):
        """Writes out what was printed, and frees what nothing refers to if much was allocated.

        Nothing is freed during a call: addresses are then in variables of the module, where no collector looks.
        """
        self._flush()
        if self._depth or self._collect is None or not self.attention():
            return
        roots = b"".join([box._spy_raw for box in self.boxes.values()])
        # Blocks are aligned, so the words of one value stand where those of the next can be found.
        block = self.allocate(len(roots) + 8)
        self.memory.refresh()
        self.memory.write(block, roots)
        self._collect(block)

    def stopped(self, error):
        """The exception to raise for an error of a call. Afterwards the instance can be called again."""
        if self._recover is not None:
            self._recover()
        return _errors.exception(self, error)

    def call(self, function, converters, values, result, prefixes):
        """Calls a function with arguments of any type; `prefixes` begin the errors about each."""
        with self.lock:
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
    if program is not None and program._flush is not None:
        program._flush()
