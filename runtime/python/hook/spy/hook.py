"""Imports SPy modules like Python's own: after `import spy.hook`, `import foo` compiles `foo.spy`.

A module is looked for where Python looks for `foo.py`, and one in Python comes first. It is compiled
by the compiler `spy`, which must be on PATH or named by the variable SPY and on Linux needs nothing
else, and only if something of it has changed: what was compiled is kept beside it, in `__pycache__`.
`importlib.reload` compiles again.
"""

import hashlib
import importlib.abc
import importlib.machinery
import importlib.util
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import warnings

__version__ = "0.1.0"
__all__ = ["SpyCompileError", "SpyWarning", "install", "options", "uninstall"]

# Where the compiler needs nothing else to make extensions.
_ALONE = sys.platform == "linux" and platform.machine() in ("x86_64", "aarch64")

#: Options of `spy build` with which modules are compiled. On Linux no C compiler takes part unless they say
#: so: `["--release"]` takes one, for code that runs long.
options = ["--release", "--backend", "cranelift"] if _ALONE else ["--release"]


class SpyCompileError(ImportError):
    """A SPy module has errors. The text is what the compiler says.

    `diagnostics` are the same as data, one dict for each error, as `spy --message-format json` prints
    them.
    """

    def __init__(self, text, diagnostics=(), *, name=None, path=None):
        super().__init__(text, name=name, path=path)
        self.diagnostics = list(diagnostics)


class SpyWarning(UserWarning):
    """Something about a SPy module that is worth a word."""


def _compiler():
    """The path of the compiler."""
    named = os.environ.get("SPY")
    found = shutil.which(named or "spy")
    if found is None:
        what = f"the variable SPY names `{named}`, which is no program" if named else "`spy` is not on PATH"
        raise ImportError(f"the SPy compiler was not found: {what}")
    return found


def _environment():
    """The variables for the compiler. If it wants a C compiler and there is none, the one in the package `ziglang` will do."""
    has_compiler = "CC" in os.environ or any(shutil.which(name) for name in ("clang", "gcc", "cc"))
    if has_compiler or importlib.util.find_spec("ziglang") is None:
        return None
    # For a glibc that is named, it brings all that the machine may lack.
    target = f" -target {platform.machine()}-linux-gnu.2.17" if platform.libc_ver()[0] == "glibc" else ""
    return {**os.environ, "CC": f"{sys.executable} -m ziglang cc{target}"}


def _run(source, folder, *more):
    """Runs the compiler on a module."""
    command = [_compiler(), "build", "--quiet", "--color", "never", "--output-kind", "py-ext", "--build-dir", folder]
    return subprocess.run(
        [*command, *options, *more, source], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        encoding="utf-8", errors="replace", check=False, env=_environment(),
    )


def _folder(source):
    """Where what is made of a module is kept: beside it, or if nobody may write there, with the user's files."""
    beside = os.path.dirname(importlib.util.cache_from_source(source))
    for place in (beside, os.path.join(os.path.expanduser("~"), ".cache", "spy", "hook")):
        name = hashlib.sha256(source.encode("utf-8", "surrogateescape")).hexdigest()[:16]
        folder = os.path.join(place, f"spy-{name}")
        try:
            os.makedirs(folder, exist_ok=True)
            with tempfile.TemporaryFile(dir=folder):
                return folder
        except OSError:
            continue
    raise ImportError(f"no folder can be written to keep what is made of {source}")


def _diagnostics(source, folder):
    """The errors of a module as data."""
    said = _run(source, folder, "--message-format", "json")
    found = []
    for line in (said.stdout + said.stderr).splitlines():
        try:
            diagnostic = json.loads(line)
        except ValueError:
            continue
        if isinstance(diagnostic, dict):
            found.append(diagnostic)
    return found


def _build(name, source):
    """Compiles a module; returns the path of an extension whose name changes with what is in it."""
    folder = _folder(source)
    said = _run(source, folder)
    if said.returncode != 0:
        text = said.stderr.strip() or f"the compiler ended with status {said.returncode}"
        raise SpyCompileError(text, _diagnostics(source, folder), name=name, path=source)
    if said.stdout:
        sys.stdout.write(said.stdout)
    if said.stderr.strip():
        warnings.warn(said.stderr.strip(), SpyWarning, stacklevel=2)
    last = name.rpartition(".")[2]
    with open(os.path.join(folder, f"{last}.abi3.so"), "rb") as file:
        data = file.read()
    path = os.path.join(folder, f"{last}-{hashlib.sha256(data).hexdigest()[:16]}.abi3.so")
    if not os.path.exists(path):
        handle, temporary = tempfile.mkstemp(dir=folder)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.chmod(temporary, 0o755)
        os.replace(temporary, path)
        _forget(folder, last, path)
    return path


def _forget(folder, last, path):
    """Removes extensions of older texts. Processes that have loaded one keep it."""
    for entry in os.scandir(folder):
        is_old = entry.name.startswith(f"{last}-") and entry.name.endswith(".abi3.so")
        if is_old and entry.path != path:
            try:
                os.remove(entry.path)
            except OSError:
                pass


class _Loader(importlib.abc.Loader):
    """Compiles a module and fills it from the extension."""

    def __init__(self, source):
        self.source = source

    def create_module(self, spec):
        return None

    def exec_module(self, module):
        name = module.__spec__.name
        path = _build(name, self.source)
        loader = importlib.machinery.ExtensionFileLoader(name, path)
        spec = importlib.util.spec_from_file_location(name, path, loader=loader)
        extension = importlib.util.module_from_spec(spec)
        # Submodules find their parent under its name.
        loader.exec_module(extension)
        before = module.__dict__.get("__spy_names__", ())
        names = {key: value for key, value in vars(extension).items() if not key.startswith("__")}
        for key in before:
            if key not in names:
                module.__dict__.pop(key, None)
        module.__dict__.update(names, __doc__=extension.__doc__, __spy_names__=tuple(names))

    def get_source(self, name):
        """The text of the module, for tracebacks and `inspect`."""
        with open(self.source, encoding="utf-8") as file:
            return file.read()


class _Finder(importlib.abc.MetaPathFinder):
    """Finds `foo.spy` and `foo/__init__.spy`."""

    def find_spec(self, fullname, path=None, target=None):
        last = fullname.rpartition(".")[2]
        if path is None and last in sys.stdlib_module_names:
            return None
        for folder in sys.path if path is None else path:
            if not isinstance(folder, str):
                continue
            base = os.path.join(folder or os.getcwd(), last)
            if os.path.exists(f"{base}.py") or os.path.exists(os.path.join(base, "__init__.py")):
                return None
            package = os.path.join(base, "__init__.spy")
            for source, places in ((package, []), (f"{base}.spy", None)):
                if os.path.isfile(source):
                    source = os.path.abspath(source)
                    return importlib.util.spec_from_file_location(
                        fullname, source, loader=_Loader(source), submodule_search_locations=places)
        return None


_finder = _Finder()


def install():
    """Makes `import` find SPy modules. Importing this module does it."""
    if _finder not in sys.meta_path:
        # Before the finder of files, which takes a folder without `__init__.py` for a package.
        places = [place for place, found in enumerate(sys.meta_path) if found is importlib.machinery.PathFinder]
        sys.meta_path.insert(places[0] if places else len(sys.meta_path), _finder)


def uninstall():
    """Takes that back. What was imported stays."""
    if _finder in sys.meta_path:
        sys.meta_path.remove(_finder)


install()
