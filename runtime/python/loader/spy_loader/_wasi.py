"""What modules import: standard streams, the clock, random numbers, and the message of a panic.

The system interface is the part of `wasi_snapshot_preview1` that libspy uses. There are no files: opening one fails as
on a system without any. Addresses and sizes come from the module, so each access to its memory is checked.
"""

import os
import struct
import time

_OK, _BADF, _FAULT, _INVAL, _IO, _NOSYS, _PIPE, _SPIPE = 0, 8, 21, 28, 29, 52, 64, 70


# The longest text of a panic, in bytes.
_MAX_TEXT = 1 << 16


class Missing(Exception):
    """A module that imports something else."""


class Exit(Exception):
    """The module ended the program."""


class Host:
    """What one instance imports. `memory` is set when there is one."""

    def __init__(self):
        self.memory = None
        # Type, message, file, line and the line's text of the last panic.
        self.panic = None
        # Where the address of that text stands, if the module tells.
        self.panic_source = 0

    def function(self, module, name):
        """The function that a module imports under a name; `None` if there is none."""
        if module == "env":
            return {
                "spy_debug_log": lambda text: None,
                "spy_debug_log_i32": lambda text, number: None,
                "spy_debug_set_panic_message": self._set_panic,
            }.get(name)
        if module != "wasi_snapshot_preview1":
            return None
        return getattr(self, name, None) if name in _CALLS else _refuse

    def _text(self, address):
        """The text that ends with a zero byte."""
        out = bytearray()
        while len(out) < _MAX_TEXT and (byte := self.memory.read(address + len(out), 1)) != b"\0":
            out += byte
        return out.decode("utf-8", "replace")

    def _set_panic(self, etype, message, file, line):
        self.memory.refresh()
        source = self.panic_source and int.from_bytes(self.memory.read(self.panic_source, 4), "little")
        parts = [self._text(address) for address in (etype, message, file)]
        self.panic = (*parts, line, self._text(source) if source else None)

    def fd_write(self, fd, parts, count, written):
        """Writes to a standard stream. Never runs Python code of others: the module is in the middle of a call."""
        if fd not in (1, 2):
            return _BADF
        self.memory.refresh()
        total = 0
        try:
            for index in range(count & 0xFFFF):
                start, size = struct.unpack("<II", self.memory.read(parts + 8 * index, 8))
                data = self.memory.read(start, size)
                while data:
                    done = os.write(fd, data)
                    data, total = data[done:], total + done
            self.memory.write(written, struct.pack("<I", total))
        except IndexError:
            return _FAULT
        except BrokenPipeError:
            return _PIPE
        except OSError:
            return _IO
        return _OK

    def fd_fdstat_get(self, fd, out):
        """A standard stream is a terminal or a pipe that can be written."""
        if fd not in (0, 1, 2):
            return _BADF
        self.memory.refresh()
        # Type (2: a device with characters), flags, rights (1 << 6: write), inherited rights.
        self.memory.write(out, struct.pack("<BxHxxxxQQ", 2, 0, 1 << 6 if fd else 1 << 1, 0))
        return _OK

    def fd_seek(self, fd, offset, whence, out):
        return _SPIPE if fd in (0, 1, 2) else _BADF

    def fd_read(self, fd, parts, count, read):
        """Standard input has ended."""
        if fd != 0:
            return _BADF
        self.memory.refresh()
        self.memory.write(read, struct.pack("<I", 0))
        return _OK

    def fd_close(self, fd):
        return _OK if fd in (0, 1, 2) else _BADF

    def fd_prestat_get(self, fd, out):
        return _BADF

    def environ_sizes_get(self, count, size):
        self.memory.refresh()
        self.memory.write(count, bytes(4))
        self.memory.write(size, bytes(4))
        return _OK

    args_sizes_get = environ_sizes_get

    def environ_get(self, pointers, text):
        return _OK

    args_get = environ_get

    def clock_time_get(self, clock, precision, out):
        now = time.time_ns() if clock == 0 else time.monotonic_ns()
        self.memory.refresh()
        self.memory.write(out, struct.pack("<Q", now))
        return _OK

    def clock_res_get(self, clock, out):
        self.memory.refresh()
        self.memory.write(out, struct.pack("<Q", 1))
        return _OK

    def random_get(self, out, size):
        self.memory.refresh()
        self.memory.write(out, os.urandom(size & 0xFFFFFFFF))
        return _OK

    def poll_oneoff(self, inputs, outputs, count, happened):
        """What `sleep` asks for: one event of a clock."""
        self.memory.refresh()
        if count != 1:
            return _NOSYS
        tag, kind, _, timeout = struct.unpack_from("<QB7xI4xQ", self.memory.read(inputs, 48))
        if kind != 0:
            return _NOSYS
        time.sleep(timeout / 1e9)
        self.memory.write(outputs, struct.pack("<QHBxxxxx16x", tag, 0, 0))
        self.memory.write(happened, struct.pack("<I", 1))
        return _OK

    def sched_yield(self):
        return _OK

    def proc_exit(self, status):
        raise Exit(f"the module ended with status {status}")


_CALLS = frozenset(
    "fd_write fd_fdstat_get fd_seek fd_read fd_close fd_prestat_get environ_sizes_get environ_get args_sizes_get "
    "args_get clock_time_get clock_res_get random_get poll_oneoff sched_yield proc_exit".split()
)


def _refuse(*args):
    """Any other function of the system is not there."""
    return _NOSYS
