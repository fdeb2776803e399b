"""Extension modules beside other ways to make one: what a call costs, and a loop over a numpy array; and how long
`import spy.hook` takes to import a module.

    pip install numpy==2.4.6 setuptools==75.6.0 cython==3.1.2 cffi==2.0.0 mypy==2.4.1 numba
    SPY=target/release/spy python3 benches/python/native.py [--check]

Contenders take turns, and the fastest run of each counts. One that is not installed is left out, and said.
"""

import os
import pathlib
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import time

import numpy

ROOT = pathlib.Path(__file__).resolve().parents[2]
ROUNDS, CALLS, ITEMS = 15, 200_000, 10_000_000

SPY = """from array import array

def add(a: i32, b: i32) -> i32:
    return a + b

def total(x: array[f64, 1]) -> f64:
    sum: f64 = 0.0
    for i in range(len(x)):
        sum = sum + x[i]
    return sum

def smooth(x: array[f64, 1], out: array[f64, 1]) -> None:
    for i in range(1, len(x) - 1):
        out[i] = (x[i - 1] + x[i] + x[i + 1]) / 3.0
"""

HAND = r"""
#define PY_SSIZE_T_CLEAN
#include <Python.h>
static PyObject *add(PyObject *self, PyObject *const *args, Py_ssize_t count) {
    if (count != 2) { PyErr_SetString(PyExc_TypeError, "add takes 2 arguments"); return NULL; }
    long a = PyLong_AsLong(args[0]);
    if (a == -1 && PyErr_Occurred()) return NULL;
    long b = PyLong_AsLong(args[1]);
    if (b == -1 && PyErr_Occurred()) return NULL;
    if (a != (int)a || b != (int)b) { PyErr_SetString(PyExc_OverflowError, "too large"); return NULL; }
    return PyLong_FromLong((int)((unsigned)a + (unsigned)b));
}
static PyObject *total(PyObject *self, PyObject *x) {
    Py_buffer v;
    if (PyObject_GetBuffer(x, &v, PyBUF_CONTIG) < 0) return NULL;
    const double *p = v.buf;
    double sum = 0.0;
    for (Py_ssize_t i = 0; i < v.len / 8; i++) sum += p[i];
    PyBuffer_Release(&v);
    return PyFloat_FromDouble(sum);
}
static PyObject *smooth(PyObject *self, PyObject *const *args, Py_ssize_t count) {
    Py_buffer x, y;
    if (PyObject_GetBuffer(args[0], &x, PyBUF_CONTIG) < 0) return NULL;
    if (PyObject_GetBuffer(args[1], &y, PyBUF_CONTIG) < 0) return NULL;
    const double *p = x.buf;
    double *restrict q = y.buf;
    for (Py_ssize_t i = 1; i < x.len / 8 - 1; i++) q[i] = (p[i - 1] + p[i] + p[i + 1]) / 3.0;
    PyBuffer_Release(&x);
    PyBuffer_Release(&y);
    Py_RETURN_NONE;
}
static PyMethodDef methods[] = {
    {"add", (PyCFunction)(void (*)(void))add, METH_FASTCALL, NULL},
    {"total", total, METH_O, NULL},
    {"smooth", (PyCFunction)(void (*)(void))smooth, METH_FASTCALL, NULL},
    {NULL, NULL, 0, NULL}};
static PyModuleDef module = {PyModuleDef_HEAD_INIT, "hand", NULL, 0, methods};
PyMODINIT_FUNC PyInit_hand(void) { return PyModule_Create(&module); }
"""

CYTHON = """# cython: boundscheck=False, wraparound=False, cdivision=True
def add(int a, int b):
    return a + b

def total(double[::1] x):
    cdef double sum = 0.0
    cdef Py_ssize_t i
    for i in range(x.shape[0]):
        sum += x[i]
    return sum

def smooth(double[::1] x, double[::1] out):
    cdef Py_ssize_t i
    for i in range(1, x.shape[0] - 1):
        out[i] = (x[i - 1] + x[i] + x[i + 1]) / 3.0
"""

MYPYC = "from mypy_extensions import i32\n\ndef add(a: i32, b: i32) -> i32:\n    return a + b\n"


def run(*command):
    """Runs a command in the current folder."""
    done = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    if done.returncode != 0:
        raise ImportError(done.stdout.decode(errors="replace")[-400:])


def compiler():
    """The compiler."""
    return os.environ.get("SPY", str(ROOT / "target/release/spy"))


def make_spy(name="ours", *options):
    """The module in SPy."""
    pathlib.Path(f"{name}.spy").write_text(SPY, encoding="utf-8")
    run(compiler(), "build", "-q", "--release", *options, "-k", "py-ext", "-b", ".", f"{name}.spy")
    return __import__(name)


def make_alone():
    """The same without a C compiler."""
    return make_spy("alone", "--backend", "cranelift")


def make_hand():
    """The same in C, written for speed."""
    pathlib.Path("hand.c").write_text(HAND, encoding="utf-8")
    include = sysconfig.get_path("include")
    run(os.environ.get("CC", "clang"), "-O3", "-shared", "-fPIC", f"-I{include}", "hand.c", "-o", "hand.so")
    return __import__("hand")


def make_cython():
    """With Cython, `def` functions and memoryviews."""
    pathlib.Path("cy.pyx").write_text(CYTHON, encoding="utf-8")
    run(sys.executable, "-m", "Cython.Build.Cythonize", "-q", "-i", "-3", "cy.pyx")
    return __import__("cy")


def make_mypyc():
    """With mypyc."""
    pathlib.Path("pyc.py").write_text(MYPYC, encoding="utf-8")
    run(sys.executable, "-m", "mypyc", "pyc.py")
    module = __import__("pyc")
    if module.__file__.endswith(".py"):
        raise ImportError("mypyc made nothing")
    return module


def make_cffi():
    """With cffi's compiled mode."""
    import cffi

    builder = cffi.FFI()
    builder.cdef("int add(int a, int b);")
    builder.set_source("ff", "static int add(int a, int b) { return a + b; }")
    builder.compile(tmpdir=".")
    return __import__("ff").lib


def call(function):
    """Seconds that a number of calls take."""

    def timed():
        rounds = range(CALLS)
        start = time.perf_counter()
        for _ in rounds:
            function(3, 4)
        return time.perf_counter() - start

    return timed


def once(function, *args):
    """Seconds that one call takes."""

    def timed():
        start = time.perf_counter()
        function(*args)
        return time.perf_counter() - start

    return timed


def compare(title, contenders, limits, own="spy"):
    """Prints how long each takes beside `own`; returns the names of limits that are not held."""
    best = dict.fromkeys(contenders, float("inf"))
    for _ in range(ROUNDS):
        for name, contender in contenders.items():
            best[name] = min(best[name], contender())
    ours = best[own]
    print(f"{title}: {ours * 1e3:.2f} ms")
    failed = []
    for name, seconds in best.items():
        if name == own:
            continue
        limit = limits.get(name)
        said = "" if limit is None else f"  <= {limit:.2f}  {'ok' if ours / seconds <= limit else 'MISSED'}"
        print(f"    beside {name:8} {seconds * 1e3:9.2f} ms  {ours / seconds:6.2f}{said}")
        if limit is not None and ours / seconds > limit:
            failed.append(f"{title}, {name}")
    return failed


def first_time_of_numba(text, *args):
    """Seconds from the definition of a function to its first result, once."""
    import numba

    names = {}
    exec(text, names)
    start = time.perf_counter()
    numba.njit(names["f"])(*args)
    return time.perf_counter() - start


IMPORT = """import sys, time
sys.path.insert(0, {hook!r})
import spy.hook
spy.hook.options = {options!r}
start = time.perf_counter()
import imported
print(time.perf_counter() - start)
"""


def imports(options):
    """Prints how long the import of a module takes that is new, that has been compiled, and that was edited."""
    hook, cache = str(ROOT / "runtime/python/hook"), tempfile.mkdtemp(dir=".")
    code = IMPORT.format(hook=hook, options=options)
    # Another process has imported something before, on the same machine.
    env = {**os.environ, "SPY": str(pathlib.Path(compiler()).resolve()), "SPY_CACHE": os.path.abspath(cache)}

    def seconds():
        done = subprocess.run([sys.executable, "-c", code], env=env, stdout=subprocess.PIPE, encoding="utf-8", check=True)
        return float(done.stdout)

    best = {}
    for number in range(5):
        # A text that nothing has seen.
        texts = {"first": SPY.replace("3.0", f"{number + 3}.0"), "again": None, "edited": SPY.replace("3.0", f"{number + 3}.5")}
        for when, text in texts.items():
            if text is not None:
                pathlib.Path("imported.spy").write_text(text, encoding="utf-8")
            best[when] = min(best.get(when, float("inf")), seconds())
        for path in pathlib.Path("__pycache__").glob("spy-*"):
            shutil.rmtree(path)
    said = ", ".join(f"{when} {taken * 1e3:.0f} ms" for when, taken in best.items())
    print(f"import with {' '.join(options)}: {said}")


def main():
    """Builds and compares."""
    modules = {}
    for name, make in {"spy": make_spy, "C": make_hand, "Cython": make_cython, "mypyc": make_mypyc, "cffi": make_cffi}.items():
        try:
            modules[name] = make()
        except (ImportError, FileNotFoundError) as error:
            if name == "spy":
                raise
            print(f"without {name}: {str(error).strip().splitlines()[-1] if str(error).strip() else error}")
    adds = {name: call(module.add) for name, module in modules.items()}
    failed = compare(f"{CALLS} calls of add(i32, i32)", adds, {"C": 1.2, "Cython": 1.0, "mypyc": 1.0, "cffi": 1.0})
    adds = {"alone": call(make_alone().add)} | {name: adds[name] for name in ("spy", "C") if name in adds}
    failed += compare("the same without a C compiler", adds, {"C": 2.0}, own="alone")
    x, out = numpy.random.default_rng(1).random(ITEMS), numpy.zeros(ITEMS)
    arrays = {name: modules[name] for name in ("spy", "C", "Cython") if name in modules}
    sums = {name: once(module.total, x) for name, module in arrays.items()}
    failed += compare(f"sum of {ITEMS} items", sums, {"C": 1.05, "Cython": 1.05})
    stencils = {name: once(module.smooth, x, out) for name, module in arrays.items()}
    failed += compare(f"stencil over {ITEMS} items", stencils, {"C": 1.05, "Cython": 1.05})
    try:
        text = "def f(x):\n    sum = 0.0\n    for i in range(len(x)):\n        sum += x[i]\n    return sum\n"
        print(f"    beside Numba, with its compilation: {first_time_of_numba(text, x) * 1e3:.2f} ms for the sum")
    except ImportError:
        print("without numba")
    imports(["--release"])
    imports(["--release", "--backend", "cranelift"])
    if "--check" in sys.argv and failed:
        sys.exit("missed: " + "; ".join(failed))


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        sys.path.insert(0, folder)
        main()
