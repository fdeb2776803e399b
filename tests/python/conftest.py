"""What the tests share: the compiler, and the package `kinds` as each of the ways makes it."""

import importlib
import os
import pathlib
import shutil
import subprocess
import sys
import zipfile

import pytest
from hypothesis import configuration

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]

# What it remembers is built, not source.
configuration.set_hypothesis_home_dir(ROOT / "target/python/hypothesis")

# Without an installation: what the wheel of the loader holds.
sys.path.insert(0, str(ROOT / "runtime/python/loader"))


def run(command, cwd, env=None, status=0):
    """Runs a command to its end; returns what it printed. Fails unless it ends with `status`."""
    done = subprocess.run(
        [str(word) for word in command], cwd=cwd, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        encoding="utf-8", timeout=600, check=False,
    )
    said = f"{command}\n--- stdout\n{done.stdout}\n--- stderr\n{done.stderr}"
    assert done.returncode == status, said
    return done.stdout if status == 0 else done.stdout + done.stderr


def spy():
    """The compiler."""
    path = pathlib.Path(os.environ.get("SPY", ROOT / "target/debug/spy")).resolve()
    assert path.is_file(), f"{path} is not there: cargo build -p spy-cli"
    return path


def make_wheel(project, folder):
    """Makes the wheel of a project; returns its path."""
    run([spy(), "package", "--wheel", "-q", "--out-dir", folder, project], folder)
    (wheel,) = folder.glob("*.whl")
    return wheel


def write(folder, files):
    """Writes files, by their path in the folder."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def pyproject(name, more="", version="1.0"):
    """The text of a pyproject.toml of a package for Python."""
    return (
        f'[project]\nname = "{name}"\nversion = "{version}"\ndependencies = ["spy-loader"]\n\n'
        f'[tool.spy]\npython = ["wasm"]\n{more}'
    )


def import_from(folder, name):
    """Imports a package from a folder, whatever else has its name."""
    for loaded in [loaded for loaded in sys.modules if loaded.split(".")[0] == name]:
        del sys.modules[loaded]
    sys.path.insert(0, str(folder))
    importlib.invalidate_caches()
    try:
        module = importlib.import_module(name)
        for inner in ("shapes", "chosen"):
            importlib.import_module(f"{name}.{inner}")
        return module
    finally:
        sys.path.remove(str(folder))


@pytest.fixture(scope="session")
def wasm_wheel(tmp_path_factory):
    """The wheel of `kinds` for the loader."""
    return make_wheel(HERE / "kinds", tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="session")
def wasm(wasm_wheel, tmp_path_factory):
    """`kinds`, imported by the loader."""
    folder = tmp_path_factory.mktemp("wasm")
    with zipfile.ZipFile(wasm_wheel) as archive:
        archive.extractall(folder)
    return import_from(folder, "kinds")


def build_native(source, folder, *options):
    """Builds an extension of a module or package into a folder."""
    run([spy(), "build", "-q", "--output-kind", "py-ext", "--build-dir", folder, *options, source], folder)
    return folder


# Options for extensions that no C compiler makes.
CRANELIFT = ["--release", "--backend", "cranelift"]


@pytest.fixture(scope="session")
def native(tmp_path_factory):
    """`kinds`, as an extension."""
    folder = tmp_path_factory.mktemp("native")
    return import_from(build_native(HERE / "kinds/kinds/__init__.spy", folder, "--release"), "kinds")


@pytest.fixture(scope="session")
def checked(tmp_path_factory):
    """The same, with checked pointers."""
    folder = tmp_path_factory.mktemp("checked")
    return import_from(build_native(HERE / "kinds/kinds/__init__.spy", folder, "--backend", "c"), "kinds")


@pytest.fixture(scope="session")
def cranelift(tmp_path_factory):
    """The same without a C compiler."""
    folder = tmp_path_factory.mktemp("cranelift")
    return import_from(build_native(HERE / "kinds/kinds/__init__.spy", folder, *CRANELIFT), "kinds")


@pytest.fixture(scope="session")
def quick(tmp_path_factory):
    """The same as a debug build."""
    folder = tmp_path_factory.mktemp("quick")
    return import_from(build_native(HERE / "kinds/kinds/__init__.spy", folder), "kinds")


# The ways in which a package is imported. Each is the name of a fixture.
WAYS = ["native", "checked", "cranelift", "quick", "wasm"]


@pytest.fixture(scope="session", params=WAYS)
def way(request):
    """The name of a way."""
    return request.param


@pytest.fixture(scope="session")
def kinds(way, request):
    """The package, by each way."""
    return request.getfixturevalue(way)


@pytest.fixture(scope="session")
def shapes(kinds):
    """Its module of structs."""
    return kinds.shapes


def import_module(folder, name):
    """Imports a module from a folder that no other test can see."""
    sys.modules.pop(name, None)
    sys.path.insert(0, str(folder))
    try:
        return __import__(name)
    finally:
        sys.path.remove(str(folder))


HOLD = {
    "release": ["--release"],
    "debug": ["--backend", "c"],
    "release-gil": ["--release", "--release-gil"],
    "cranelift": CRANELIFT,
    "quick": [],
    "cranelift-gil": [*CRANELIFT, "--release-gil"],
}


@pytest.fixture(scope="session")
def holds(tmp_path_factory):
    """Gives the module `hold`, by the way in which it is made: one of `HOLD`, or `wasm`."""
    made = {}

    def make(way):
        if way not in made:
            folder = tmp_path_factory.mktemp("hold")
            if way == "wasm":
                write(folder / "project", {"pyproject.toml": pyproject("hold")})
                shutil.copy(HERE / "hold.spy", folder / "project")
                with zipfile.ZipFile(make_wheel(folder / "project", folder)) as archive:
                    archive.extractall(folder)
            else:
                build_native(HERE / "hold.spy", folder, *HOLD[way])
            made[way] = import_module(folder, "hold")
        return made[way]

    return make


# A program that imports a module in a subinterpreter.
SUBINTERPRETER = """
import sys
try:
    import _interpreters as interpreters
except ImportError:
    import _xxsubinterpreters as interpreters
number = interpreters.create()
code = '''
import sys
sys.path[:] = {{path!r}}
try:
    import {name}
except ImportError as error:
    assert "module {name} does not support loading in subinterpreters" in str(error), error
else:
    raise AssertionError("it was loaded")
'''.format(path=sys.path)
found = interpreters.run_string(number, code)
assert found is None, found
print("refused")
"""
