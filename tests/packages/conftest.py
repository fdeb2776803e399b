"""What the tests share: the compiler, environments, and three packages that depend on each other."""

import os
import pathlib
import subprocess
import sys
import zipfile

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]


def run(command, cwd, env=None, status=0):
    """Runs a command to its end; returns what it printed. Fails unless it ends with `status`."""
    done = subprocess.run(
        [str(word) for word in command], cwd=cwd, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        encoding="utf-8", timeout=600, check=False,
    )
    said = f"{command}\n--- stdout\n{done.stdout}\n--- stderr\n{done.stderr}"
    assert done.returncode == status, said
    return done.stdout if status == 0 else done.stdout + done.stderr


@pytest.fixture(scope="session")
def spy():
    """The compiler."""
    path = pathlib.Path(os.environ.get("SPY", ROOT / "target/debug/spy")).resolve()
    assert path.is_file(), f"{path} is not there: cargo build -p spy-cli"
    return path


@pytest.fixture(scope="session")
def backend(tmp_path_factory):
    """A folder with the wheel of the build backend."""
    folder = tmp_path_factory.mktemp("backend")
    source = ROOT / "runtime/python"
    run([sys.executable, "-m", "build", "--no-isolation", "--wheel", "--outdir", folder, source], folder)
    return folder


@pytest.fixture
def env(spy, backend, tmp_path_factory):
    """An environment in which pip and uv find the compiler and its backend, and nothing of ours."""
    env = {key: value for key, value in os.environ.items() if not key.startswith(("SPY", "PIP_", "UV_"))}
    env.pop("VIRTUAL_ENV", None)
    env.update(SPY=str(spy), PIP_FIND_LINKS=str(backend), UV_FIND_LINKS=str(backend))
    env["PIP_DISABLE_PIP_VERSION_CHECK"] = "1"
    return env


class Environment:
    """A virtual environment."""

    def __init__(self, folder, env):
        self.folder, self.env = folder, env
        run([sys.executable, "-m", "venv", folder], folder.parent)

    def pip(self, *words, cwd=None):
        """Runs pip in it."""
        python = self.folder / "bin/python"
        return run([python, "-m", "pip", "--no-input", *words], cwd or self.folder, self.env)


@pytest.fixture
def venv(tmp_path, env):
    """A fresh virtual environment, beside the programs of the test."""
    return Environment(tmp_path / ".venv", env)


def write(folder, files):
    """Writes files, by their path in the folder."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def pyproject(name, version="1.0", needs=(), more=""):
    """The text of a pyproject.toml."""
    return (
        '[build-system]\nrequires = ["spy-build"]\nbuild-backend = "spy_build"\n\n'
        f'[project]\nname = "{name}"\nversion = "{version}"\ndescription = "For a test."\n'
        f'readme = "README.md"\ndependencies = {list(needs)!r}\n\n[tool.spy]\n{more}'
    )


SHAPES = {
    "README.md": "# shapes\n",
    "shapes/__init__.spy": """
from .area import Rect, area

SIDES = 4

def scale[T](x: T, by: T) -> T:
    return x * by
""",
    "shapes/area.spy": """
@struct
class Rect:
    w: i32
    h: i32

def area(r: Rect) -> i32:
    return r.w * r.h
""",
}

STATS = {
    "README.md": "# stats\n",
    "stats/__init__.spy": """
from shapes import Rect, area

def total(rects: list[Rect]) -> i32:
    \"\"\"The sum of all areas.\"\"\"
    sum = 0
    for r in rects:
        sum += area(r)
    return sum
""",
}

REPORT = {
    "README.md": "# report\n",
    "report/__init__.spy": """
from shapes import Rect, scale
from stats import total

def report(title: str, rects: list[Rect]) -> str:
    return title + ": " + str(scale[i32](total(rects), 10))
""",
}

PROGRAM = """
from report import report
from shapes import Rect, SIDES, scale
from shapes.area import area

def main() -> None:
    print(report("all", [Rect(1, 2), Rect(3, 4)]))
    print(SIDES, area(Rect(5, 6)), scale[f64](1.5, 2.0))
"""

OUTPUT = "all: 140\n4 30 3.0\n"


@pytest.fixture
def projects(tmp_path):
    """Three projects that depend on each other, in `projects`, and a program beside it."""
    folder = tmp_path / "projects"
    write(folder / "shapes", {"pyproject.toml": pyproject("shapes"), **SHAPES})
    write(folder / "stats", {"pyproject.toml": pyproject("stats", needs=["shapes>=1"]), **STATS})
    needs = ["shapes>=1", "stats"]
    write(folder / "report", {"pyproject.toml": pyproject("report", needs=needs), **REPORT})
    write(tmp_path, {"app.spy": PROGRAM})
    return folder


def members(wheel):
    """The names of the files in a wheel."""
    with zipfile.ZipFile(wheel) as archive:
        return archive.namelist()
