"""Imports of packages that were compiled to WebAssembly.

A package's `__init__.py` calls `load`, which fills that module and lets the finder here answer for its submodules. A
`.wasm` file that stands somewhere by itself becomes a module with `load_file`.
"""

import importlib
import importlib.machinery
import os
import sys
import types

from . import _interface
from ._bindings import Bindings
from ._program import Program
from ._sections import Damaged
from ._wasi import Missing

# What was loaded, by the path of its file; and modules that belong to it, by name.
_loaded = {}
_submodules = {}


def load(name, home=None):
    """Fills the module `name`, whose `__init__.py` calls this, from the `.wasm` file of its package.

    `home` is the first package of the distribution, whose folder holds the file, if it is another one.
    """
    module = sys.modules[name]
    folder = os.path.dirname(module.__spec__.origin)
    if home is not None:
        folder = os.path.join(os.path.dirname(folder), home)
    path = os.path.join(folder, "_spy", f"{home or name}.wasm")
    bindings = _bindings(path, module.__spec__.loader.get_data, home or name)
    _fill(bindings, name, module, path)
    for found in bindings.modules:
        if found.startswith(name + "."):
            _submodules[found] = (bindings, path)


def load_file(path, name=None):
    """The module of a `.wasm` file. `name` is needed if it has several: there is one for each module of the package."""
    path = os.path.abspath(path)

    def read(path):
        with open(path, "rb") as file:
            return file.read()

    bindings = _bindings(path, read, os.path.basename(path).partition(".")[0])
    if name is None:
        name = next(iter(bindings.modules), "")
    if name not in bindings.modules:
        raise ImportError(f"{path}: there is no module {name!r} in it", name=name, path=path)
    module = types.ModuleType(name)
    module.__file__ = path
    _fill(bindings, name, module, path)
    return module


def _bindings(path, read, name):
    """What a file offers, which is loaded once."""
    if path not in _loaded:
        if _interpreter() != 0:
            text = f"module {name} does not support loading in subinterpreters: engines call back into the main one only"
            raise ImportError(text, name=name, path=path)
        try:
            _loaded[path] = _load(read(path), name)
        except (_interface.Unusable, Damaged, Missing, OSError) as error:
            raise ImportError(f"{path}: {error}", name=name, path=path) from None
        except Exception as error:
            raise _damaged(path, name, error) from error
    return _loaded[path]


def _interpreter():
    """The number of the interpreter that this is; the main one has 0."""
    for finder in ("_interpreters", "_xxsubinterpreters"):
        try:
            found = importlib.import_module(finder).get_current()
        except (ImportError, AttributeError):
            continue
        # Newer ones also say where it comes from, older ones wrap the number.
        return int(found[0] if isinstance(found, tuple) else found)
    return 0


def _damaged(path, name, error):
    """What a description causes in which something is not what it should be, and that nobody looked at before."""
    return ImportError(f"{path}: its interface is damaged: {str(error)[:200]}", name=name, path=path)


def _load(data, name):
    interface = _interface.read(data)
    engine = _engine()
    try:
        program = Program(engine, data, name)
    except engine.Trap as error:
        raise _interface.Unusable(f"the module cannot be used: {error}") from None
    return Bindings(program, interface)


def _engine():
    """What runs modules: the host's own engine in a browser or in Node.js, else wasmtime."""
    if sys.byteorder != "little":
        raise _interface.Unusable("only machines that store the low byte first are supported")
    if sys.platform == "emscripten":
        from . import _host as engine
    else:
        try:
            from . import _wasmtime as engine
        except ImportError as error:
            raise _interface.Unusable(f"the package `wasmtime` is needed to run it: {error}") from None
    return engine


def _fill(bindings, name, module, path):
    if name not in bindings.modules:
        raise ImportError(f"{path}: there is no module {name!r} in it", name=name, path=path)
    try:
        bindings.fill(name, module)
    except _interface.Unusable as error:
        raise ImportError(f"{path}: {error}", name=name, path=path) from None
    except Exception as error:
        raise _damaged(path, name, error) from error


class _Finder:
    """Answers for submodules of what was loaded; there is no file of their own."""

    @staticmethod
    def find_spec(name, path=None, target=None):
        if name not in _submodules:
            return None
        bindings, file = _submodules[name]
        is_package = any(other.startswith(name + ".") for other in bindings.modules)
        return importlib.machinery.ModuleSpec(name, _Finder, origin=file, is_package=is_package)

    @staticmethod
    def create_module(spec):
        return None

    @staticmethod
    def exec_module(module):
        bindings, path = _submodules[module.__name__]
        _fill(bindings, module.__name__, module, path)


# Last: whatever has a file of its own comes first.
sys.meta_path.append(_Finder)
