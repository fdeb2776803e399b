"""Packages that Python imports as WebAssembly, beside wasmtime used by hand: what a call and an import cost.

    pip install wasmtime==50.0.1
    SPY=target/release/spy python3 benches/python/wasm.py [--check]

Contenders take turns, and the fastest run of each counts.
"""

import os
import pathlib
import subprocess
import sys
import tempfile
import time
import zipfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "runtime/python/loader"))

ROUNDS, CALLS, FUNCTIONS = 15, 20_000, 100

PYPROJECT = '[project]\nname = "{0}"\nversion = "1"\ndependencies = ["spy-loader"]\n[tool.spy]\npython = ["wasm"]\n'
ADD = "def add(x: i32, y: i32) -> i32:\n    return x + y\n\ndef count(x: str) -> i32:\n    return len(x)\n"


def build(folder, name, text):
    """Makes a package of one module; returns the folder to import it from."""
    project = folder / f"{name}-project"
    project.mkdir()
    (project / "pyproject.toml").write_text(PYPROJECT.format(name))
    (project / f"{name}.spy").write_text(text)
    spy = os.environ.get("SPY", str(ROOT / "target/release/spy"))
    subprocess.run([spy, "package", "-q", "--wheel", "--out-dir", str(project), str(project)], check=True)
    (wheel,) = project.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


def fastest(contenders):
    """The fastest of several runs of each, in seconds."""
    best = [float("inf")] * len(contenders)
    for _ in range(ROUNDS):
        for index, contender in enumerate(contenders):
            best[index] = min(best[index], contender())
    return best


def by_hand(path):
    """The exported function as its reader would write it with wasmtime."""
    import wasmtime

    engine = wasmtime.Engine()
    store, module = wasmtime.Store(engine), wasmtime.Module.from_file(engine, str(path))
    nothing = [wasmtime.Func(store, entry.type, lambda *args: None) for entry in module.imports]
    instance = wasmtime.Instance(store, module, nothing)
    return store, instance.exports(store)["spy_adder$add"]


def timed(function, *first):
    """A run of many calls with two numbers."""

    def run():
        start = time.process_time()
        for number in range(CALLS):
            function(*first, number, 7)
        return time.process_time() - start

    return run


def import_time(site, statement):
    """What a statement takes in a new process, in seconds, beside what the process needs anyway."""
    program = f"import sys, time\nsys.path[:0] = {[str(site), str(ROOT / 'runtime/python/loader')]!r}\n"
    program += f"start = time.perf_counter()\n{statement}\nprint(time.perf_counter() - start)\n"

    def run():
        told = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
        return float(told.stdout)

    return run


def main():
    missed = False

    def row(name, value, target, unit=""):
        nonlocal missed
        verdict = "ok" if value <= target else "MISSED"
        missed = missed or value > target
        print(f"{name:<58} {value:8.3f}{unit:<3} target {target}{unit}  {verdict}")

    with tempfile.TemporaryDirectory() as temp:
        folder = pathlib.Path(temp)
        site = build(folder, "adder", ADD)
        body = "\n".join(
            f"def work{number}(x: i32, y: f64, s: str) -> f64:\n    return y * {number}.0 + x + len(s)\n" for number in range(FUNCTIONS)
        )
        build(folder, "hundred", body)
        sys.path.insert(0, str(site))
        import adder

        store, raw = by_hand(site / "adder/_spy/adder.wasm")
        assert adder.add(2, 3) == raw(store, 2, 3) == 5
        ours, peer = fastest([timed(adder.add), timed(raw, store)])
        row("add(i32, i32), beside a call of wasmtime by hand", ours / peer, 1.1)
        print(f"{'':<58} {ours / CALLS * 1e6:8.2f} us, by hand {peer / CALLS * 1e6:.2f} us")
        ours, peer = fastest([import_time(site, "import wasmtime, hundred"), import_time(site, "import wasmtime")])
        row(f"import of {FUNCTIONS} functions, more than `import wasmtime`", (ours - peer) * 1e3, 50, " ms")
    return 1 if missed and "--check" in sys.argv else 0


if __name__ == "__main__":
    sys.exit(main())
