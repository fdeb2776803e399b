"""Arrays: buffers that Python lends to a call, and views of copies of what SPy returns."""

import ctypes
import struct

from ._containers import Referenced
from ._convert import Pointer
from ._errors import Refused, wrong_type

# What a format means, by kind; the size is asked of the view.
_KINDS = {
    **dict.fromkeys("bhilqn", "signed"),
    **dict.fromkeys("BHILQN", "unsigned"),
    **dict.fromkeys("fd", "float"),
    "?": "bool",
    "Zd": "complex",
    "Zf": "complex",
}
_ITEMS = {
    "bool": ("?", "bool"), "complex128": ("Zd", "complex"), "f32": ("f", "float"), "f64": ("d", "float"),
    "i8": ("b", "signed"), "u8": ("B", "unsigned"), "i16": ("h", "signed"), "u16": ("H", "unsigned"),
    "i32": ("i", "signed"), "u32": ("I", "unsigned"), "i64": ("q", "signed"), "u64": ("Q", "unsigned"),
}


class Lent:
    """A buffer that a call may read and write."""

    __slots__ = ("at", "bytes", "dims", "key", "object")

    def take_back(self, memory, base):
        """After the call: copies the items back, and empties what SPy may have kept of the array."""
        at = base + self.at
        if self.bytes:
            items = int.from_bytes(memory.read(at + 4 * self.dims, 4), "little")
            self.bytes[:] = memory.read(items, len(self.bytes))
        memory.write(at, bytes(4 * self.dims))


class Array(Referenced):
    """`array[T, N]`: sizes, the slowest first, and a pointer to the items."""

    def __init__(self, item, ndim):
        self._item, self._ndim = item, ndim
        self._format, self._kind = _ITEMS[item.name]

    def build(self, value, image):
        view = self._view(value)
        lent = Lent()
        lent.bytes, lent.key = _bytes_of(view)
        lent.object, lent.dims = value, self._ndim
        for other in image.lent:
            if lent.key is not None and other.key == (*lent.key, self._format, view.shape):
                return other.at
        if lent.key is not None:
            lent.key = (*lent.key, self._format, view.shape)
        lent.at = image.reserve(4 * self._ndim + 4)
        struct.pack_into(f"<{self._ndim}i", image.data, lent.at, *view.shape)
        if view.nbytes:
            image.add_items(lent.at + 4 * self._ndim, lent.bytes)
        image.lent.append(lent)
        return lent.at

    def _view(self, value):
        try:
            view = memoryview(value)
        except TypeError:
            raise wrong_type(value, "a buffer") from None
        code = view.format.lstrip("@=<") if view.format[:1] in "@=<" else view.format
        if _KINDS.get(code) != self._kind or view.itemsize != self._item.size:
            raise Refused(TypeError, f"expected items of type {self._item.name}, got format {view.format!r}")
        if view.ndim != self._ndim:
            raise Refused(ValueError, f"expected {self._ndim} dimension{'s' * (self._ndim > 1)}, got {view.ndim}")
        if not view.c_contiguous:
            raise Refused(ValueError, "buffer is not C-contiguous")
        if view.readonly:
            raise Refused(ValueError, "buffer is read-only")
        if view.nbytes > 0x7FFFFFFF * view.itemsize or max(view.shape) > 0x7FFFFFFF:
            raise Refused(ValueError, "array is too big")
        return view

    def lift(self, flat, call):
        address = next(flat) & 0xFFFFFFFF
        for lent in call.lent:
            if call.base + lent.at == address:
                return lent.object
        return self.read(call.memory, address)

    def read(self, memory, at):
        *shape, items = struct.unpack(f"<{self._ndim}iI", memory.read(at, 4 * self._ndim + 4))
        count = 1
        for size in shape:
            count *= size
        data = bytearray(memory.read(items, count * self._item.size))
        if self._format == "Zd":
            return _complex_view(data, shape)
        if count:
            return memoryview(data).cast(self._format, shape)
        return _empty_view(self._format, shape)


def _bytes_of(view):
    """The bytes of a contiguous view, to read and write, and where they are."""
    if not view.nbytes:
        return memoryview(b""), None
    array = (ctypes.c_ubyte * view.nbytes).from_buffer(view)
    return memoryview(array).cast("B"), (ctypes.addressof(array), view.nbytes)


def _empty_view(code, shape):
    """A view without items. `cast` makes none with several dimensions."""
    if len(shape) == 1:
        return memoryview(bytearray()).cast(code)
    kind = {"b": ctypes.c_int8, "B": ctypes.c_uint8, "h": ctypes.c_int16, "H": ctypes.c_uint16, "i": ctypes.c_int32,
            "I": ctypes.c_uint32, "q": ctypes.c_int64, "Q": ctypes.c_uint64, "f": ctypes.c_float, "d": ctypes.c_double,
            "?": ctypes.c_bool}[code]
    for size in reversed(shape):
        kind = kind * size
    return memoryview(kind())


def _complex_view(data, shape):
    """Python itself cannot make a view of complex numbers."""
    try:
        import numpy
    except ImportError:
        raise TypeError("an array of complex128 becomes a memoryview through numpy, which is not installed") from None
    return memoryview(numpy.frombuffer(data, dtype="complex128").reshape(shape))
