"""`import spy.hook`: modules that are compiled when they are imported, where there is no C compiler."""

import os
import subprocess
import sys

from conftest import ROOT, spy, write

# Nor is there the package that brings one.
PROLOGUE = f"""
import sys
sys.path.insert(0, {str(ROOT / 'runtime/python/hook')!r})
sys.modules["ziglang"] = None
import spy.hook
"""


def python(folder, code, env=None):
    """Runs Python code in a folder; returns what it printed. No other program can be found."""
    nothing = folder / "nothing"
    nothing.mkdir(exist_ok=True)
    env = {**os.environ, "SPY": str(spy()), "PATH": str(nothing), **(env or {})}
    env.pop("CC", None)
    done = subprocess.run([sys.executable, "-c", PROLOGUE + code], cwd=folder, env=env, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, encoding="utf-8", timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


ADD = """def add(a: i32, b: i32) -> i32:
    return a + b
"""


def test_modules_are_compiled_and_kept(tmp_path):
    write(tmp_path, {"foo.spy": ADD})
    code = "import foo; print(foo.add(1, 2), foo.__name__, foo.__file__.endswith('foo.spy'))"
    assert python(tmp_path, code) == "3 foo True\n"
    kept = list(tmp_path.glob("__pycache__/spy-*/foo-*.abi3.so"))
    assert len(kept) == 1
    before = kept[0].stat().st_mtime_ns
    assert python(tmp_path, code) == "3 foo True\n"
    assert kept[0].stat().st_mtime_ns == before


def test_reload_takes_an_edit(tmp_path):
    write(tmp_path, {"foo.spy": ADD + "def gone() -> None:\n    pass\n"})
    new = ADD.replace("a + b", "a * b") + "def more() -> i32:\n    return 7\n"
    code = f"""
import foo, importlib, pathlib
old = foo.add
print(foo.add(3, 4), hasattr(foo, "gone"), hasattr(foo, "more"))
pathlib.Path("foo.spy").write_text({new!r})
same = importlib.reload(foo)
print(same is foo, foo.add(3, 4), old(3, 4), hasattr(foo, "gone"), foo.more())
"""
    assert python(tmp_path, code) == "7 True False\nTrue 12 7 False 7\n"


def test_what_a_module_imports_counts(tmp_path):
    write(tmp_path, {"foo.spy": "from bar import two\n\ndef f() -> i32:\n    return two()\n",
                     "bar.spy": "def two() -> i32:\n    return 2\n"})
    assert python(tmp_path, "import foo; print(foo.f())") == "2\n"
    write(tmp_path, {"bar.spy": "def two() -> i32:\n    return 3\n"})
    assert python(tmp_path, "import foo; print(foo.f())") == "3\n"


def test_packages(tmp_path):
    write(tmp_path, {"pack/__init__.spy": ADD, "pack/sub.spy": "@struct\nclass P:\n    x: i32\n"})
    code = "import pack.sub; from pack import add; print(add(1, 2), pack.sub.P(3))"
    assert python(tmp_path, code) == "3 P(x=3)\n"


def test_errors_are_exceptions(tmp_path):
    write(tmp_path, {"foo.spy": "def f() -> i32:\n    return 'a'\n", "bar.spy": "def (:\n"})
    code = """
for name in ("foo", "bar", "foo"):
    try:
        __import__(name)
    except spy.hook.SpyCompileError as error:
        assert isinstance(error, ImportError) and error.name == name and error.path.endswith(name + ".spy")
        print(name in sys.modules, error.diagnostics[0]["type"], name + ".spy" in str(error))
try:
    import gone
except ModuleNotFoundError as error:
    print(error)
"""
    said = "False TypeError True\nFalse ParseError True\nFalse TypeError True\nNo module named 'gone'\n"
    assert python(tmp_path, code) == said


def test_python_comes_first(tmp_path):
    write(tmp_path, {"foo.spy": ADD, "foo.py": "add = 1\n", "json.spy": ADD})
    assert python(tmp_path, "import foo, json; print(foo.add, json.dumps([]))") == "1 []\n"
    code = "spy.hook.uninstall()\ntry:\n    import bar\nexcept ImportError:\n    print('none')"
    write(tmp_path, {"bar.spy": ADD})
    assert python(tmp_path, code) == "none\n"


def test_warnings_are_python_warnings(tmp_path):
    write(tmp_path, {"foo.spy": "from unsafe import raw_ptr\n\ndef f(p: raw_ptr[i32]) -> None:\n    pass\n"})
    code = """
import warnings
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    import foo
print([w.category.__name__ for w in caught], "`foo.f` is left out" in str(caught[0].message))
"""
    assert python(tmp_path, code) == "['SpyWarning'] True\n"


def test_no_compiler_of_the_machine_is_needed(tmp_path):
    write(tmp_path, {"foo.spy": ADD})
    code = "import foo, shutil; print(foo.add(1, 2), *map(shutil.which, ('cc', 'gcc', 'clang', 'zig', 'ld')))"
    assert python(tmp_path, code) == "3 None None None None None\n"


def test_a_c_compiler_is_taken_on_request(tmp_path):
    write(tmp_path, {"foo.spy": ADD})
    release = 'spy.hook.options = ["--release"]\n'
    code = release + "try:\n    import foo\nexcept ImportError as error:\n    print(type(error).__name__, error)"
    assert python(tmp_path, code).startswith("SpyCompileError error: no C compiler found")
    # The package that brings one is installed beside the tests.
    code = f"del sys.modules['ziglang']\n{release}import foo; print(foo.add(1, 2))"
    assert python(tmp_path, code) == "3\n"


def test_panics_say_who_called(tmp_path):
    write(tmp_path, {"foo.spy": "def half(n: i32, by: i32) -> i32:\n    return n // by\n\n"
                     "def ratio(n: i32) -> i32:\n    return half(n, n - 3) + 1\n"})
    code = "import foo\ntry:\n    foo.ratio(3)\nexcept ZeroDivisionError as error:\n    print(error)"
    assert python(tmp_path, code) == """integer division or modulo by zero
  File "foo.spy", line 5, in ratio
    return half(n, n - 3) + 1
  File "foo.spy", line 2, in half
    return n // by
"""


def test_a_missing_compiler_is_said(tmp_path):
    write(tmp_path, {"foo.spy": ADD})
    code = "try:\n    import foo\nexcept ImportError as error:\n    print(error)"
    said = python(tmp_path, code, {"SPY": "/nowhere/spy"})
    assert said == "the SPy compiler was not found: the variable SPY names `/nowhere/spy`, which is no program\n"
