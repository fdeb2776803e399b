"""Converters of what lies in memory: texts, lists, dicts, and of tuples and what may be None. See `_convert` for what a converter is.

Layouts are those of libspy and of the standard library, as compiled without checked pointers: a pointer is an address.
"""

import struct

from ._convert import Converter, Integer, Pointer, Simple, Slot
from ._errors import Refused, check_size, wrong_type


class Referenced(Converter):
    """A value that is one address."""

    def put(self, value, image, at):
        image.point(at, self.build(value, image))

    def lower(self, value, image, flat):
        flat.append(Pointer(self.build(value, image)))

    def load(self, data, at, memory):
        return self.read(memory, struct.unpack_from("<I", data, at)[0])

    def lift(self, flat, call):
        return self.read(call.memory, next(flat) & 0xFFFFFFFF)


class Text(Referenced):
    """`str` and `bytes`: a length, a hash that is 0 until it is computed, and a pointer to the bytes."""

    def __init__(self, name):
        self.name = name

    def build(self, value, image):
        data = self._bytes(value)
        check_size(len(data), self.name)
        at = image.reserve(12)
        struct.pack_into("<I", image.data, at, len(data))
        image.point(at + 8, image.add(data, 1))
        return at

    def _bytes(self, value):
        if self.name == "str":
            if isinstance(value, str):
                return value.encode()
        elif isinstance(value, (bytes, bytearray)):
            return value
        elif isinstance(value, memoryview) and value.contiguous:
            return value.tobytes()
        raise wrong_type(value, self.name)

    def read(self, memory, at):
        length, _, data = struct.unpack("<III", memory.read(at, 12))
        found = memory.read(data, length)
        return found.decode() if self.name == "str" else found


class Listing(Referenced):
    """`list[T]`: a length, a capacity, and a pointer to the items."""

    # The library's lists have room for so many from the start.
    _ROOM = 4

    def __init__(self, item):
        self._item = item

    def build(self, value, image):
        if not isinstance(value, list):
            raise wrong_type(value, "list")
        # Conversions may run code that changes the list.
        values = tuple(value)
        check_size(len(values), "list")
        return self.build_row(values, image, "item")

    def build_row(self, values, image, what):
        """Lays out a list; `what` is what its items are called in errors."""
        item = self._item
        at, capacity = image.reserve(12), max(len(values), self._ROOM)
        struct.pack_into("<II", image.data, at, len(values), capacity)
        if isinstance(item, Simple):
            items = image.add(item.row(values, what) + bytes(item.size * (capacity - len(values))), 8)
        else:
            items, index = image.reserve(item.size * capacity, 8), 0
            try:
                for index, each in enumerate(values):
                    item.put(each, image, items + index * item.size)
            except Refused as error:
                raise error.within(f"{what} {index}") from None
        image.point(at + 8, items)
        return at

    def read(self, memory, at):
        length, _, items = struct.unpack("<III", memory.read(at, 12))
        item = self._item
        data = memory.read(items, item.size * length)
        if isinstance(item, Simple):
            return item.items(data, length)
        return [item.load(data, index * item.size, memory) for index in range(length)]


class Mapping(Referenced):
    """`dict[K, V]`. The package itself makes them, of a list of keys and one of values: it knows how to hash."""

    # Since this minor version of the ABI, keys that are no integers stand before the mark.
    _KEY_FIRST = 4

    def __init__(self, key, value, make, abi_minor):
        self._keys, self._values, self._make = Listing(key), Listing(value), make
        # An entry: a mark that is 1 where it is empty, key, value.
        self._key, self._value = key, value
        size, align = key.size, key.align
        self._mark_at, self._key_at = 0, aligned(4, align)
        if abi_minor >= self._KEY_FIRST and not isinstance(key, Integer):
            # Two words with its bytes follow a text.
            size, align = (24, 8) if isinstance(key, Text) and key.name == "str" else (size, align)
            self._mark_at, self._key_at = aligned(size, 4), 0
        self._value_at = aligned(max(self._key_at + size, self._mark_at + 4), value.align)
        self._entry = aligned(self._value_at + value.size, max(4, align, value.align))

    def put(self, value, image, at):
        if not isinstance(value, dict):
            raise wrong_type(value, "dict")
        pairs = tuple(value.items())
        check_size(len(pairs), "dict")
        keys = self._keys.build_row([key for key, _ in pairs], image, "key")
        values = self._values.build_row([value for _, value in pairs], image, "value")
        # Those that this one holds were added before it.
        image.makes.append((at, self._make, keys, values))

    def lower(self, value, image, flat):
        at = image.reserve(4)
        self.put(value, image, at)
        flat.append(Slot(at))

    def read(self, memory, at):
        _, _, length, entries = struct.unpack("<IIII", memory.read(at, 16))
        data = memory.read(entries, (length + 1) * self._entry)
        found = {}
        for entry in range(self._entry, len(data), self._entry):
            mark = entry + self._mark_at
            if data[mark : mark + 4] != b"\1\0\0\0":
                key = self._key.load(data, entry + self._key_at, memory)
                found[key] = self._value.load(data, entry + self._value_at, memory)
        return found


def aligned(offset, align):
    """The first multiple of `align` from `offset` on."""
    return -(-offset // align) * align


class Tuple(Converter):
    """`tuple[A, B]`: its items side by side."""

    def __init__(self, items):
        self._items, end = [], 0
        self.align, self.count = 1, 0
        for item in items:
            at = aligned(end, item.align)
            self._items.append((item, at))
            end = at + item.size
            self.align, self.count = max(self.align, item.align), self.count + item.count
        # C has no empty structs.
        self.size = aligned(max(end, 1), self.align)

    def _parts(self, value):
        if not isinstance(value, tuple):
            raise wrong_type(value, "tuple")
        if len(value) != len(self._items):
            raise Refused(TypeError, f"expected a tuple of {len(self._items)} items, got {len(value)}")
        return value

    def put(self, value, image, at):
        self._each(value, lambda item, part, offset: item.put(part, image, at + offset))

    def lower(self, value, image, flat):
        self._each(value, lambda item, part, offset: item.lower(part, image, flat))

    def _each(self, value, convert):
        parts, index = self._parts(value), 0
        try:
            for index, ((item, offset), part) in enumerate(zip(self._items, parts)):
                convert(item, part, offset)
        except Refused as error:
            raise error.within(f"item {index}") from None

    def load(self, data, at, memory):
        return tuple([item.load(data, at + offset, memory) for item, offset in self._items])

    def lift(self, flat, call):
        return tuple([item.lift(flat, call) for item, _ in self._items])

    @property
    def blank(self):
        return [number for item, _ in self._items for number in item.blank]


class Maybe(Converter):
    """`Optional[T]`: whether there is a value, and the value."""

    def __init__(self, item):
        self._item, self._at = item, aligned(1, item.align)
        self.align, self.count = item.align, 1 + item.count
        self.size = aligned(self._at + max(item.size, 1), self.align)

    @property
    def blank(self):
        return [0, *self._item.blank]

    def put(self, value, image, at):
        if value is not None:
            image.data[at] = 1
            self._item.put(value, image, at + self._at)

    def lower(self, value, image, flat):
        if value is None:
            flat += self.blank
        else:
            flat.append(1)
            self._item.lower(value, image, flat)

    def load(self, data, at, memory):
        return self._item.load(data, at + self._at, memory) if data[at] else None

    def lift(self, flat, call):
        if next(flat):
            return self._item.lift(flat, call)
        for _ in range(self._item.count):
            next(flat)
        return None
