"""Extensions: stacks, threads, interpreters, and what other build systems compile."""

import os
import pathlib
import shutil
import subprocess
import sys
import sysconfig
import threading
import time

import numpy
import pytest

from conftest import CRANELIFT, HERE, HOLD, ROOT, SUBINTERPRETER, build_native, import_module, make_wheel, run, spy, write

ABI = ROOT / "compiler/codegen-py/c/python_abi.h"


@pytest.fixture(scope="module", params=list(HOLD))
def hold(request, holds):
    """The module `hold`, built in several ways."""
    return holds(request.param)


def test_no_reference_is_lost(hold):
    class Item(str):
        pass

    def refused(call, wrong):
        try:
            call(wrong)
        except TypeError:
            return True
        return False

    item = Item("a")
    before = sys.getrefcount(item)
    for _ in range(1000):
        hold.texts([item, item])
        hold.joined(item, item)
        hold.table({item: 1})
        assert refused(hold.numbers, [item]) and refused(hold.table, {item: "no"}) and refused(hold.texts, [item, 1])
    assert sys.getrefcount(item) == before


def test_calls_inside_of_conversions(hold):
    """What has been converted stays alive while Python code calls the same library."""

    class Calls:
        def __init__(self, n):
            self.n = n

        def __index__(self):
            hold.garbage(20_000)
            return self.n

    many = [Calls(n) for n in range(30)]
    assert hold.numbers(many) == list(range(30))
    keys = {f"key number {n}": n for n in range(30)}
    assert hold.table({key: Calls(n) for key, n in keys.items()}) == keys
    found = hold.pairs([(f"text {n}", Calls(n)) for n in range(30)])
    assert found == [(f"text {n}", n) for n in range(30)]


def test_what_variables_hold_stays(hold):
    """The collector looks at the variables of the extension."""
    for number in range(2000):
        hold.note(f"text {number}")
        if number % 100 == 0:
            hold.garbage(20_000)
    assert hold.notes() == [f"text {number}!" for number in range(2000)]


def test_what_changes_while_it_is_converted(hold):
    items = []

    class Shrinks:
        def __index__(self):
            items.clear()
            return 5

    items.extend([1, Shrinks(), 3, 4])
    assert hold.numbers(items) == [1, 5]
    table = {}

    class Grows:
        def __index__(self):
            table.update({str(n): n for n in range(1000)})
            return 6

    table.update({"a": Grows(), "b": 2})
    assert hold.table(table) == {"a": 6, "b": 2}


def test_stacks_end_in_an_exception(hold):
    def work(depth):
        assert hold.tree(10) == hold.up(10) == 89
        for call in (hold.tree, hold.down):
            with pytest.raises(hold.PanicError) as caught:
                call(2_000_000_000)
            assert str(caught.value) == "stack overflow"
        if depth > 0:
            work(depth - 1)

    work(20)
    done = []
    thread = threading.Thread(target=lambda: (work(20), done.append(True)))
    thread.start()
    thread.join()
    assert done == [True]


def test_threads_may_call(hold):
    wrong = []

    def work(seed):
        for n in range(300):
            number = seed * 10_000 + n
            texts = [f"text {number} {i}" for i in range(5)]
            if hold.texts(texts) != texts or hold.table({t: number for t in texts}) != {t: number for t in texts}:
                wrong.append(number)
            made = hold.Tagged(str(number), [number] * 3)
            if n % 50 == 0:
                hold.garbage(5_000)
            if hold.tagged(made).items != [number] * 3:
                wrong.append(number)
            try:
                hold.divide(n, 0)
                wrong.append(n)
            except ZeroDivisionError:
                pass

    old = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        threads = [threading.Thread(target=work, args=(seed,)) for seed in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(old)
    assert wrong == []


def test_calls_without_precautions_know_no_stack(hold):
    """A stack that ends above that of another thread is nothing that a simple function asks for."""
    assert hold.tree(3) == 3 and hold.twice(1) == 2
    found = []
    thread = threading.Thread(target=lambda: found.append(hold.twice(21)))
    thread.start()
    thread.join()
    assert found == [42]


def test_arrays_are_lent_for_the_call_only(hold):
    x = numpy.array([1.0, 2.0])
    hold.keep(x)
    del x
    assert hold.kept_length() == 0
    with pytest.raises(IndexError):
        hold.kept_first()


def test_what_is_printed_comes_out_at_once(hold, capfd):
    hold.say("été")
    assert capfd.readouterr().out == "été\n"


# Options of extensions that a C compiler makes, and of those that none does.
BOTH = pytest.mark.parametrize("options", [["--release"], CRANELIFT], ids=["c", "cranelift"])


@BOTH
def test_other_threads_run_on_request(options, tmp_path):
    build_native(HERE / "hold.spy", tmp_path, *options, "--release-gil")
    hold = import_module(tmp_path, "hold")
    ticks = []
    done = threading.Event()

    def tick():
        while not done.is_set():
            ticks.append(time.monotonic())
            time.sleep(0.001)

    thread = threading.Thread(target=tick)
    thread.start()
    start = time.monotonic()
    rounds = 0
    while rounds < 3 and time.monotonic() - start < 60:
        before = len(ticks)
        hold.spin(300_000_000)
        rounds += 1 if len(ticks) > before + 1 else 0
    done.set()
    thread.join()
    assert rounds == 3


def test_the_declared_abi_is_pythons(tmp_path):
    """Python's own headers and what extensions are compiled with agree."""
    text = '#define Py_LIMITED_API 0x030B0000\n#include <Python.h>\n#include "python_abi.h"\n'
    slots = {"Py_bf_getbuffer": 1, "Py_tp_dealloc": 52, "Py_tp_doc": 56, "Py_tp_hash": 59, "Py_tp_methods": 64,
             "Py_tp_new": 65, "Py_tp_repr": 66, "Py_tp_richcompare": 67, "Py_tp_str": 70, "Py_tp_getset": 73,
             "Py_mod_exec": 2, "METH_FASTCALL": 0x80, "METH_KEYWORDS": 2, "METH_STATIC": 0x20, "PyBUF_FULL_RO": 0x11C}
    text += "".join(f'_Static_assert({name} == {value}, "{name}");\n' for name, value in slots.items())
    for name, value in slots.items():
        assert f"#  define {name} " in ABI.read_text(encoding="utf-8"), (name, value)
    write(tmp_path, {"check.c": text})
    include = sysconfig.get_path("include")
    if not (pathlib.Path(include) / "Python.h").is_file():
        pytest.skip("Python's headers are not installed")
    run(["cc", "-std=c11", "-Wall", "-Werror", f"-I{include}", f"-I{ABI.parent}", "-c", "check.c"], tmp_path)


VERSIONS = ["3.11", "3.12", "3.13", "3.14"]

SCRIPT = """
import sys, threading
import hold
assert hold.add(1, b=2) == 3
assert hold.table({"a": 1}) == {"a": 1} and hold.tagged(hold.Tagged("t", [1, 2])).items == [1, 2]
assert hold.grid(2, 3).shape == (2, 3)
for n in range(100):
    try:
        hold.divide(1, 0)
    except ZeroDivisionError as error:
        assert "hold.spy" in str(error)
try:
    hold.tree(2_000_000_000)
except hold.PanicError as error:
    assert str(error) == "stack overflow"
print(sys.version_info[:2])
"""

@pytest.fixture(scope="module")
def pythons(tmp_path_factory):
    """Every CPython that the extension is for."""
    folder = tmp_path_factory.mktemp("pythons")
    uv = shutil.which("uv", path=f"{pathlib.Path(sys.executable).parent}:{sysconfig.get_path('scripts')}") or "uv"
    found = {f"{sys.version_info[0]}.{sys.version_info[1]}": sys.executable}
    for version in VERSIONS:
        kept = sorted(pathlib.Path.home().glob(f".pyenv/versions/{version}.*/bin/python"))
        if kept:
            found[version] = str(kept[-1])
            continue
        # Where nothing can be downloaded, what is there has to do.
        subprocess.run([uv, "python", "install", "-q", "--no-bin", version], cwd=folder, check=False,
                       stderr=subprocess.DEVNULL, env={**os.environ, "UV_HTTP_RETRIES": "0"})
        at = subprocess.run([uv, "python", "find", "-q", "--no-project", version], cwd=folder, check=False,
                            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, encoding="utf-8")
        if at.returncode == 0:
            found[version] = at.stdout.strip()
    return found


@BOTH
def test_one_file_is_for_all_versions(options, pythons, tmp_path):
    build_native(HERE / "hold.spy", tmp_path, *options)
    write(tmp_path, {"script.py": SCRIPT, "inside.py": SUBINTERPRETER.format(name="hold")})
    for version, python in pythons.items():
        found = run([python, "script.py"], tmp_path)
        assert found == f"({version.replace('.', ', ')})\n"
        assert run([python, "inside.py"], tmp_path) == "refused\n"


def test_the_same_bytes_wherever_it_is_built(tmp_path):
    made = set()
    for number, options in enumerate((["-j1"], ["-j2"], ["-j2"])):
        folder = tmp_path / f"folder{number}"
        folder.mkdir()
        shutil.copy(HERE / "hold.spy", folder)
        # What one build has compiled is not there for the next.
        env = {**os.environ, "SPY_CACHE": str(tmp_path / f"cache{number}")}
        build = [spy(), "build", "-q", "-k", "py-ext", *CRANELIFT, *options, "hold.spy"]
        run(build, folder, env)
        made.add((folder / "build/hold.abi3.so").read_bytes())
    assert len(made) == 1


@BOTH
def test_nothing_but_the_entry_is_visible(options, tmp_path):
    build_native(HERE / "hold.spy", tmp_path, *options)
    done = subprocess.run(["nm", "-D", "--defined-only", "hold.abi3.so"], cwd=tmp_path, stdout=subprocess.PIPE,
                          encoding="utf-8", check=True)
    assert [line.split()[-1] for line in done.stdout.splitlines()] == ["PyInit_hold"]


def test_what_python_does_not_get_is_said(tmp_path):
    write(tmp_path, {"m.spy": "from unsafe import raw_ptr\n\ndef f(p: raw_ptr[i32]) -> None:\n    pass\n"})
    said = subprocess.run([spy(), "build", "-k", "py-ext", "m.spy"], cwd=tmp_path, stderr=subprocess.PIPE,
                          stdout=subprocess.PIPE, encoding="utf-8", check=True)
    assert "`m.f` is left out: Python has no counterpart of `unsafe::raw_ptr[i32]`" in said.stderr
    module = import_module(tmp_path / "build", "m")
    assert not hasattr(module, "f")


def test_errors_of_the_command(tmp_path):
    write(tmp_path, {"m.spy": "def f() -> i32:\n    return 1\n", "my-mod.spy": ""})
    build = [spy(), "build", "-k", "py-ext"]
    assert "there is no file `gone.spy`" in run([*build, "gone.spy"], tmp_path, status=2)
    assert "Python cannot import `my-mod.spy`" in run([*build, "my-mod.spy"], tmp_path, status=2)
    assert "for this machine only" in run([*build, "m.spy", "-t", "wasi"], tmp_path, status=2)
    assert "add `--output-kind py-ext`" in run([spy(), "build", "--release-gil", "m.spy"], tmp_path, status=2)
    write(tmp_path, {"m.spy": "def f() -> i32:\n    return 'a'\n"})
    assert "TypeError" in run([*build, "m.spy"], tmp_path, status=1)


def test_packages_without_source_are_refused(tmp_path):
    write(tmp_path, {"p/pyproject.toml": '[project]\nname = "p"\nversion = "1.0"\n[tool.spy]\nsource = false\n',
                     "p/p.spy": "def two() -> i32:\n    return 2\n",
                     "m.spy": "from p import two\n\ndef f() -> i32:\n    return two()\n"})
    wheel = make_wheel(tmp_path / "p", tmp_path)
    for options in ([], ["--release"]):
        said = run([spy(), "build", "-k", "py-ext", *options, "--package", wheel, "m.spy"], tmp_path, status=2)
        assert "`p` has no source, and extensions for Python are compiled from source" in said


def test_setuptools_builds_the_emitted_c(tmp_path):
    shutil.copytree(HERE / "setuptools", tmp_path, dirs_exist_ok=True)
    run([sys.executable, "setup.py", "-q", "build_ext", "--inplace"], tmp_path, env={**os.environ, "SPY": str(spy())})
    assert list(tmp_path.glob("fast.abi3.so"))
    check_fast(import_module(tmp_path, "fast"))


def test_meson_builds_the_emitted_c(tmp_path):
    shutil.copytree(HERE / "meson", tmp_path, dirs_exist_ok=True)
    tools = f"{pathlib.Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    env = {**os.environ, "SPY": str(spy()), "PATH": tools}
    meson = shutil.which("meson", path=tools)
    run([meson, "setup", "out"], tmp_path, env=env)
    run([meson, "compile", "-C", "out"], tmp_path, env=env)
    check_fast(import_module(tmp_path / "out", "fast"))


def check_fast(fast):
    """What the module of both examples does."""
    assert fast.add(1, b=2) == 3
    assert fast.words("a b a") == {"a": 2, "b": 1}
    sys.modules.pop("fast")
