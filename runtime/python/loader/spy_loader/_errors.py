"""What calls raise: arguments that do not fit, and what went wrong in the module."""

import builtins

from . import _frames, _wasi


class Refused(Exception):
    """An argument that does not fit. Containers add the way to it, calls the parameter."""

    def __init__(self, kind, text):
        super().__init__(text)
        self.kind, self.text = kind, text

    def within(self, where):
        """The same for something that holds what was refused."""
        self.text = f"{where}: {self.text}"
        return self

    def exception(self, prefix):
        """What Python sees."""
        return self.kind(prefix + self.text)


def wrong_type(value, expected):
    """A value of another type than the one that is expected."""
    return Refused(TypeError, f"expected {expected}, got {type(value).__name__}")


def out_of_range(name):
    """A number that a type does not have."""
    return Refused(OverflowError, f"int out of range for {name}")


def check_size(size, name):
    """Sizes are numbers of 32 bits."""
    if size > 0x7FFFFFFF:
        raise Refused(OverflowError, f"{name} is too long")


def panic_class(module):
    """The class of what SPy raises where Python has no exception of that name."""
    doc = "An error of a SPy program for which Python has no exception."
    return type("PanicError", (RuntimeError,), {"__module__": module, "__doc__": doc})


def exception(program, error):
    """The exception for a call that has stopped with `error`."""
    panic, program.host.panic = program.host.panic, None
    if panic is None:
        if isinstance(error, program.Trap) and not isinstance(error, _wasi.Exit):
            overflow = program.is_stack_overflow(error)
            return program.PanicError("stack overflow" if overflow else str(error).splitlines()[0])
        return error
    etype, message, file, line, source = panic
    found = getattr(builtins, etype, None)
    if not (isinstance(found, type) and issubclass(found, Exception)):
        found = program.PanicError
        if etype != "PanicError":
            message = f"{etype}: {message}" if message else etype
    calls = _frames.running(program.calls, program.trace(error), (file, line, source))
    lines = [*([message] if message else []), *_frames.shown(calls)]
    return found("\n".join(lines)) if lines else found()
