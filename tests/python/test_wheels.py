"""Wheels for Python, from making one to importing it: in fresh environments, with every engine, and damaged ones."""

import json
import os
import pathlib
import platform
import random
import re
import shutil
import subprocess
import sys
import zipfile

import pytest

import spy_loader
from conftest import HERE, ROOT, SUBINTERPRETER, make_wheel, pyproject, run, spy, write

UV = [sys.executable, "-m", "uv"]


@pytest.fixture(scope="session")
def loader_wheel(tmp_path_factory):
    """The wheel of the loader."""
    folder = tmp_path_factory.mktemp("loader")
    source = ROOT / "runtime/python/loader"
    run([sys.executable, "-m", "build", "--no-isolation", "--wheel", "--outdir", folder, source], folder)
    (wheel,) = folder.glob("*.whl")
    return wheel


def clean():
    """The variables of this process, without what could help an import."""
    return {key: value for key, value in os.environ.items() if not key.startswith(("SPY", "PYTHON", "VIRTUAL_ENV"))}


def test_installed_by_pip_in_a_fresh_environment(loader_wheel, wasm_wheel, tmp_path):
    run([sys.executable, "-m", "venv", tmp_path / "env"], tmp_path)
    python = tmp_path / "env/bin/python"
    run([python, "-m", "pip", "install", "--quiet", loader_wheel, wasm_wheel], tmp_path, clean())
    # No compiler is there, nor anything else.
    env = {**clean(), "PATH": str(tmp_path / "env/bin")}
    assert run([python, "-B", HERE / "everywhere.py"], tmp_path, env) == "all is well\n"
    told = run([python, "-c", "import kinds; print(kinds.__file__)"], tmp_path, env)
    site = pathlib.Path(told.strip()).parent
    # Nothing was generated: the folder holds what the wheel holds, and Python's own cache of `__init__`.
    with zipfile.ZipFile(wasm_wheel) as archive:
        shipped = {name for name in archive.namelist() if name.startswith("kinds/")}
    there = {path.relative_to(site.parent).as_posix() for path in site.rglob("*") if path.is_file()}
    assert {name for name in there if "__pycache__" not in name} == shipped


# Both ends of what `pyproject.toml` of the loader allows and is tested with, and three between.
RELEASES = ["0.28.0", "1.0.1", "14.0.0", "27.0.2", "50.0.1"]


@pytest.mark.parametrize("release", RELEASES)
def test_every_release_of_wasmtime(loader_wheel, wasm_wheel, tmp_path, release):
    site = tmp_path / "site"
    install = [*UV, "pip", "install", "--no-config", "--quiet", "--target", site, f"wasmtime=={release}"]
    run([*install, loader_wheel, wasm_wheel], tmp_path, clean())
    found = f"import wasmtime; assert wasmtime.__file__.startswith({str(site)!r})\n"
    program = found + (HERE / "everywhere.py").read_text()
    write(tmp_path, {"program.py": program})
    env = {**clean(), "PYTHONPATH": str(site)}
    assert run([sys.executable, "-B", "program.py"], tmp_path, env) == "all is well\n"


PYODIDE = "0.28.3"


def test_pyodide(loader_wheel, wasm_wheel):
    folder = ROOT / "target/python/pyodide" / PYODIDE
    if not (folder / "node_modules/pyodide/pyodide.mjs").is_file():
        folder.mkdir(parents=True, exist_ok=True)
        run(["npm", "install", "--no-audit", "--no-fund", "--prefix", folder, f"pyodide@{PYODIDE}"], folder)
    command = ["node", HERE / "pyodide.mjs", folder / "node_modules/pyodide", HERE / "everywhere.py"]
    said = run([*command, loader_wheel, wasm_wheel], folder)
    assert said.endswith("all is well\n")


def test_type_checkers_believe_the_stubs(wasm_wheel, tmp_path):
    with zipfile.ZipFile(wasm_wheel) as archive:
        archive.extractall(tmp_path)
    write(tmp_path, {"good.py": GOOD, "bad.py": BAD})
    env = {**os.environ, "MYPY_CACHE_DIR": str(tmp_path / "cache"), "MYPYPATH": str(tmp_path)}
    mypy = [sys.executable, "-m", "mypy", "--strict"]
    assert "Success" in run([*mypy, "good.py", *STUBS], tmp_path, env)
    said = run([*mypy, "bad.py"], tmp_path, env, status=1)
    wrong = {number for number in range(1, 50) if f"bad.py:{number}: error" in said}
    assert wrong == WRONG, said
    pyright = [sys.executable, "-m", "pyright", "--pythonpath", sys.executable]
    assert "0 errors" in run([*pyright, "good.py", *STUBS], tmp_path, env)
    said = run([*pyright, "bad.py"], tmp_path, env, status=1)
    assert {int(number) for number in re.findall(r"bad\.py:(\d+):\d+ - error", said)} == WRONG, said


STUBS = ["kinds/__init__.pyi", "kinds/shapes.pyi", "kinds/chosen.pyi"]

GOOD = """
import array
import kinds
from kinds import chosen, shapes

total: int = kinds.add(1, y=2)
words: list[str] = kinds.echo_list_str(["a"])
table: dict[str, int] = kinds.echo_dict_str_i64({"a": 1})
pair: tuple[int, str] = kinds.echo_pair((1, "b"))
number: float = kinds.echo_f64(1) + kinds.HALF
view: memoryview = kinds.grid(2, 3)
first: float = kinds.first_f64(array.array("d", [1.0]))
data: bytes = kinds.echo_bytes(bytearray(b"x"))
point: shapes.Point = shapes.Point(1, y=2.0).scaled(2)
norm: float = point.norm + shapes.Point.origin().y
other: chosen.Point = point
kinds.echo_none(None)
text: str = kinds.defaults(1, d="x")
try:
    kinds.fail(2)
except kinds.PanicError:
    pass
"""

BAD = """import kinds
from kinds.shapes import Point
kinds.add("1", 2)
kinds.add(1)
kinds.add(1, z=2)
Point(1, 2.0).x = 3
Point("a", 2.0)
kinds.echo_list_str([1])
kinds.missing()
text: str = kinds.add(1, 2)
kinds.first_f64([1.0])
"""
WRONG = {3, 4, 5, 6, 7, 8, 9, 10, 11}


def test_both_ways_in_one_wheel(tmp_path):
    project = tmp_path / "project"
    shutil.copytree(HERE / "kinds", project)
    manifest = project / "pyproject.toml"
    manifest.write_text(manifest.read_text().replace('["wasm"]', '["wasm", "native"]'))
    wheel = make_wheel(project, tmp_path)
    # The tag says what the binary needs, and a tool that knows nothing of us agrees.
    tag = wheel.name.removesuffix(".whl").split("-", 2)[2]
    assert tag.startswith("cp311-abi3-manylinux_2_")
    said = run([sys.executable, "-m", "auditwheel", "show", wheel], tmp_path)
    assert f'"{tag.split("-", 2)[2]}"' in " ".join(said.split())
    site = tmp_path / "site"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
        assert "Root-Is-Purelib: false" in archive.read("kinds-1.0.dist-info/WHEEL").decode()
    program = f"import kinds; assert kinds.__file__.endswith('.so')\n{(HERE / 'everywhere.py').read_text()}"
    env = {**clean(), "PYTHONPATH": str(site)}
    assert run([sys.executable, "-c", program], tmp_path, env) == "all is well\n"
    # Where Python does not take the extension, it finds the other way.
    (site / "kinds/__init__.abi3.so").unlink()
    env["PYTHONPATH"] += f"{os.pathsep}{ROOT / 'runtime/python/loader'}"
    assert run([sys.executable, HERE / "everywhere.py"], tmp_path, env) == "all is well\n"


def test_a_wheel_for_systems_of_2012(tmp_path):
    """`zig cc` links with the glibc that it is told; nothing else of the machine gets into the wheel."""
    machine = platform.machine()
    text = pyproject("old").replace('["wasm"]', '["native"]')
    project = write(tmp_path / "project", {"pyproject.toml": text, "old.spy": OLD})
    cc = f"{sys.executable} -m ziglang cc -target {machine}-linux-gnu.2.17"
    run([spy(), "package", "--wheel", "-q", "--out-dir", tmp_path, project], tmp_path, {**os.environ, "CC": cc})
    (wheel,) = tmp_path.glob("*.whl")
    tag = f"cp311-abi3-manylinux_2_17_{machine}"
    assert wheel.name == f"old-1.0-{tag}.whl"
    said = run([sys.executable, "-m", "auditwheel", "show", wheel], tmp_path)
    assert f'"manylinux_2_17_{machine}"' in " ".join(said.split()), said
    run([sys.executable, "-m", "venv", tmp_path / "env"], tmp_path)
    python = tmp_path / "env/bin/python"
    # It names the loader, which only those need who have no extension.
    run([python, "-m", "pip", "install", "--quiet", "--no-deps", wheel], tmp_path, clean())
    program = "import old\nprint(old.__file__.endswith('.so'), old.half([4, 2]))\ntry: old.half([1])\nexcept IndexError as e: print(e)"
    said = run([python, "-c", program], tmp_path, {**clean(), "PATH": ""})
    assert said.splitlines()[0] == "True 3.0" and said.count("  File ") == 2 and ", in half\n" in said, said


OLD = """def at(x: list[i32], i: i32) -> i32:
    return x[i]

def half(x: list[i32]) -> f64:
    return (at(x, 0) + at(x, 1)) / 2
"""


# -- versions -----------------------------------------------------------------------------------

OLDER = HERE / "older/counter-0.1.0.wasm"


def use_counter(counter, text):
    """What a `counter` of any version does."""
    mark = counter.keep(text)
    assert mark.text == text and counter.texts()[mark.at - 1] == counter.at(mark.at - 1) == text
    assert counter.lengths({"abc": 0, "": 1}) == {"abc": 3, "": 0} and counter.add(1) == 3
    with pytest.raises(IndexError):
        counter.at(100_000)
    return counter.texts()


def test_packages_of_two_compilers_in_one_process(kinds, tmp_path):
    # A module that an older compiler made, and one that knows nothing of what hosts were given later.
    data = OLDER.read_bytes()
    (tmp_path / "older.wasm").write_bytes(data)
    first = spy_loader.load_file(tmp_path / "older.wasm")
    assert data.count(b"spy_host_") > 4
    (tmp_path / "counter.wasm").write_bytes(data.replace(b"spy_host_", b"spy_none_").replace(b'"spy 0.1.0"', b'"spy 0.0.9"'))
    second = spy_loader.load_file(tmp_path / "counter.wasm")
    for number in range(50):
        assert use_counter(first, f"first {number}") == [f"first {other}" for other in range(number + 1)]
        assert use_counter(second, f"second {number}") == [f"second {other}" for other in range(number + 1)]
        assert kinds.add(number, 1) == number + 1
    assert first.keep("x") != second.keep("x")


# -- projects -----------------------------------------------------------------------------------


def test_several_modules_at_the_top_share_one_file(tmp_path):
    project = write(tmp_path / "project", {
        "pyproject.toml": pyproject("two", 'modules = ["one", "two"]\nsource = false\n'),
        "one.spy": "@struct\nclass P:\n    x: i32\n\ndef make(x: i32) -> P:\n    return P(x)\n",
        "two/__init__.spy": "from one import P\n\ndef read(p: P) -> i32:\n    return p.x\n",
        "two/inner/__init__.spy": "def deep() -> i32:\n    return 7\n",
    })
    with zipfile.ZipFile(make_wheel(project, tmp_path)) as archive:
        archive.extractall(tmp_path / "site")
        assert [name for name in archive.namelist() if name.endswith("two.wasm")] == []
    env = {**os.environ, "PYTHONPATH": f"{tmp_path / 'site'}{os.pathsep}{ROOT / 'runtime/python/loader'}"}
    program = "import two, one, two.inner; print(two.read(one.make(5)), two.inner.deep())"
    assert run([sys.executable, "-c", program], tmp_path, env) == "5 7\n"


def test_a_package_for_python_is_one_for_spy_too(wasm_wheel, tmp_path):
    write(tmp_path, {"app.spy": "from kinds import add\n\ndef main() -> None:\n    print(add(1, 2))\n"})
    assert run([spy(), "--package", wasm_wheel, "app.spy"], tmp_path) == "3\n"


def test_a_project_says_that_it_needs_the_loader(tmp_path):
    text = pyproject("lonely").replace('dependencies = ["spy-loader"]\n', "")
    write(tmp_path, {"pyproject.toml": text, "lonely.spy": "def f() -> None:\n    pass\n"})
    said = run([spy(), "package", "."], tmp_path, status=2)
    assert "`dependencies` has no `spy-loader`" in said and 'dependencies = ["spy-loader"]' in said


def test_all_that_names_what_python_cannot_have(tmp_path):
    write(tmp_path, {
        "pyproject.toml": pyproject("wrong"),
        "wrong.spy": '__all__ = ["f"]\n\nfrom unsafe import raw_ptr\n\ndef f(p: raw_ptr[i32]) -> None:\n    pass\n',
    })
    said = run([spy(), "package", "."], tmp_path, status=2)
    assert "`__all__` of `wrong` names `f`, which Python cannot have" in said and "raw_ptr[i32]" in said


# -- damage -------------------------------------------------------------------------------------


def parts(data):
    """What stands before, in and behind the interface of a module."""
    at = data.index(b'{\n  "schema"')
    end = data.index(b"\n}\n", at) + 3
    return data[:at], json.loads(data[at:end]), data[end:]


def try_to_import(data, folder, number):
    """Imports a module and uses it if it can be imported; what else happens than an ImportError is a failure."""
    path = folder / f"m{number}.wasm"
    path.write_bytes(data)
    try:
        return spy_loader.load_file(path)
    except ImportError as error:
        assert str(error).startswith(str(path)) and len(str(error)) < 2000
        return str(error)


def with_interface(data, interface):
    """The module with another interface, of the same length."""
    before, old, after = parts(data)
    room = len(data) - len(before) - len(after)
    text = json.dumps(interface).encode()
    assert len(text) <= room
    return before + text + b" " * (room - len(text)) + after


def test_files_that_are_no_packages(tmp_path):
    data = OLDER.read_bytes()
    cut = [try_to_import(data[:size], tmp_path, size) for size in [0, 3, 7, 8, 9, 100, len(data) // 2, len(data) - 1]]
    assert all(isinstance(found, str) for found in cut)
    assert "this is no WebAssembly module" in cut[0] and "longer than the file" in cut[-2]
    assert "no section `spy.interface`" in try_to_import(b"\0asm\x01\0\0\0", tmp_path, "empty")
    with pytest.raises(ImportError, match="No such file"):
        spy_loader.load_file(tmp_path / "missing.wasm")


def test_interfaces_that_are_not_understood(tmp_path):
    data = OLDER.read_bytes()
    _, interface, _ = parts(data)

    def change(text, **changes):
        found = try_to_import(with_interface(data, {**interface, **changes}), tmp_path, len(list(tmp_path.iterdir())))
        assert text in str(found), found

    change("version 2 of the format", schema=2)
    change("version 9.0 of the runtime", abi="9.0")
    change("debug build", target={**interface["target"], "checked_pointers": True})
    change("not built for WebAssembly", target={**interface["target"], "pointer_width": 64})
    change("`python` is missing", python=None)
    change("`structs` is missing", structs=3)
    python = json.loads(json.dumps(interface["python"]))
    python["modules"][0]["functions"][0]["symbol"] = "spy_no_such"
    change("`spy_no_such`, which the module does not have", python=python)
    python = json.loads(json.dumps(interface["python"]))
    python["modules"][0]["functions"][0]["returns"] = {"set": 1}
    change("there is no type `set`", python=python)
    deep = "none"
    for _ in range(200):
        deep = {"list": {"item": deep}}
    python["modules"][0]["functions"][0]["returns"] = deep
    change("nested too deeply", python=python, structs=[])


def test_damaged_interfaces_are_import_errors(tmp_path):
    data = OLDER.read_bytes()
    before, interface, after = parts(data)
    text = data[len(before) : len(data) - len(after)]
    chance, usable = random.Random(7), 0
    for number in range(250):
        damaged = bytearray(text)
        for _ in range(chance.choice([1, 1, 3])):
            damaged[chance.randrange(len(damaged))] = chance.choice(b'"{}[]:,0123456789abctrue \n')
        found = try_to_import(before + bytes(damaged) + after, tmp_path, number)
        usable += not isinstance(found, str)
    assert 0 < usable < 250


def test_other_types_in_an_interface_are_import_errors(tmp_path):
    """Replaces each part of the description by each other kind of JSON."""
    data = OLDER.read_bytes()
    _, interface, _ = parts(data)
    chance = random.Random(3)
    places = []

    def walk(node, path):
        places.append(path)
        pairs = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
        for key, value in pairs:
            walk(value, [*path, key])

    walk(interface["python"], ["python"])
    walk(interface["structs"], ["structs"])
    for number, path in enumerate(chance.sample(places, 150)):
        changed = json.loads(json.dumps(interface))
        node = changed
        for key in path[:-1]:
            node = node[key]
        node[path[-1]] = chance.choice([None, 0, -1, "", "x", [], {}, True, [None], {"x": 1}])
        try_to_import(with_interface(data, changed), tmp_path, number)


def test_subinterpreters_are_refused(holds, tmp_path):
    site = pathlib.Path(holds("wasm").__file__).parents[1]
    write(tmp_path, {"inside.py": SUBINTERPRETER.format(name="hold")})
    env = {**os.environ, "PYTHONPATH": f"{site}{os.pathsep}{ROOT / 'runtime/python/loader'}"}
    assert run([sys.executable, "inside.py"], tmp_path, env) == "refused\n"


def test_without_wasmtime_the_loader_says_so(loader_wheel, wasm_wheel, tmp_path):
    for wheel in (loader_wheel, wasm_wheel):
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(tmp_path)
    command = [sys.executable, "-S", "-c", "import kinds"]
    done = subprocess.run(command, cwd=tmp_path, env=clean(), capture_output=True, text=True, check=False)
    assert "the package `wasmtime` is needed" in done.stderr.splitlines()[-1]
