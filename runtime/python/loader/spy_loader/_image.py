"""Arguments on their way into a module's memory.

Everything that a call's arguments need there (texts, lists, the items of arrays) is laid out in one block, with offsets
in place of addresses. Then one call of the module allocates the block, offsets become addresses, and it is written.
"""

import struct

# Items of arrays from this size on, in bytes, get a block of their own: here they would only be copied once more.
_LARGE = 1 << 16


class Image:
    """A block that is being laid out."""

    __slots__ = ("_blocks", "_pointers", "base", "data", "lent", "makes", "memory")

    def __init__(self):
        self.data = bytearray()
        # Where offsets stand that become addresses.
        self._pointers = []
        # Bytes that get blocks of their own, with the place that points to them.
        self._blocks = []
        # Objects that the module makes: the place that gets the address, the exported function, and its two
        # arguments.
        self.makes = []
        # Arrays that the caller lends.
        self.lent = []

    def reserve(self, size, align=4):
        """Room for `size` bytes, zeroed; its offset."""
        at = -(-len(self.data) // align) * align
        self.data.extend(bytes(at + size - len(self.data)))
        return at

    def add(self, data, align=4):
        """Adds bytes; their offset."""
        at = self.reserve(0, align)
        self.data += data
        return at

    def point(self, at, to):
        """Writes a pointer to the offset `to`."""
        struct.pack_into("<I", self.data, at, to)
        self._pointers.append(at)

    def add_items(self, at, data):
        """Adds the bytes of a view, and a pointer to them at `at`."""
        if len(data) < _LARGE:
            self.point(at, self.add(data, 8))
        else:
            self._blocks.append((at, data))

    @property
    def is_plain(self):
        """Whether the block means the same wherever it stands."""
        return not (self._pointers or self._blocks or self.makes)

    def place(self, program):
        """Moves everything into the memory of a program; the address of offset 0."""
        if not self.data:
            return 0
        base = program.allocate(len(self.data))
        memory = program.memory
        words = memoryview(self.data + bytes(-len(self.data) % 4)).cast("I")
        for at in self._pointers:
            words[at >> 2] += base
        for at, data in self._blocks:
            address = program.allocate_plain(len(data))
            memory.refresh()
            memory.write(address, data)
            words[at >> 2] = address
        memory.refresh()
        memory.write(base, words.cast("B")[: len(self.data)])
        for at, make, keys, values in self.makes:
            made = program.function(make)(base + keys, base + values)
            memory.refresh()
            memory.write(base + at, (made & 0xFFFFFFFF).to_bytes(4, "little"))
        return base
