"""Packages as wheels: made by every tool, installed by pip and uv, used from source and as objects."""

import pathlib
import sys
import tarfile

import pytest

from conftest import OUTPUT, members, run


def wheels(spy, projects, folder):
    """Makes the wheels of the three projects."""
    python_path = [projects / name for name in ("shapes", "stats", "report")]
    for project in python_path:
        search = [word for other in python_path for word in ("--path", other)]
        run([spy, "package", project, "--wheel", "--out-dir", folder, *search], folder)
    return sorted(folder.glob("*.whl"))


@pytest.fixture
def built(spy, projects, tmp_path):
    folder = tmp_path / "wheels"
    folder.mkdir()
    return wheels(spy, projects, folder)


def test_installed_by_pip(spy, venv, built, tmp_path):
    venv.pip("install", "--no-index", *built)
    assert run([spy, "app.spy"], tmp_path) == OUTPUT
    assert run([spy, "run", "--interp", "app.spy"], tmp_path) == OUTPUT
    assert run([spy, "build", "--release", "-x", "app.spy"], tmp_path).endswith(OUTPUT)
    listed = run([spy, "imports", "app.spy"], tmp_path)
    assert "(environment)" in listed and "/shapes/area.spy" in listed
    venv.pip("uninstall", "-y", "shapes", "stats", "report")
    assert "cannot import `report.report`" in run([spy, "app.spy"], tmp_path, status=1)


def test_installed_by_uv(spy, env, built, tmp_path):
    uv = [sys.executable, "-m", "uv"]
    run([*uv, "venv", "--no-config", ".venv"], tmp_path, env)
    run([*uv, "pip", "install", "--no-config", "--no-index", "--python", ".venv", *built], tmp_path, env)
    assert run([spy, "app.spy"], tmp_path) == OUTPUT
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "app.spy").write_text((tmp_path / "app.spy").read_text())
    moved = tmp_path / "env"
    (tmp_path / ".venv").rename(moved)
    assert run([spy, "--python", moved, "app.spy"], elsewhere) == OUTPUT
    active = {**env, "VIRTUAL_ENV": str(moved)}
    assert run([spy, "app.spy"], elsewhere, active) == OUTPUT


def test_wheels_by_name(spy, built, tmp_path):
    options = [word for wheel in built for word in ("--package", wheel)]
    assert run([spy, *options, "app.spy"], tmp_path) == OUTPUT


def test_wheels_are_good(built, tmp_path):
    run([sys.executable, "-m", "twine", "check", "--strict", *built], tmp_path)
    # What it objects to is that there is no Python code.
    run([sys.executable, "-m", "check_wheel_contents", "--ignore", "W007,W008,W009,W010", *built], tmp_path)
    names = members(built[1])
    assert "shapes/__init__.spy" in names and "shapes-1.0.dist-info/METADATA" in names


def test_wheels_are_reproducible(spy, projects, built, tmp_path):
    first = [wheel.read_bytes() for wheel in built]
    again = tmp_path / "again"
    again.mkdir()
    for path in sorted(projects.rglob("*.spy"), reverse=True):
        path.touch()
    assert [wheel.read_bytes() for wheel in wheels(spy, projects, again)] == first


def test_every_tool_makes_the_same_wheel(spy, env, projects, tmp_path):
    project = projects / "shapes"
    python = sys.executable
    run([spy, "package", project, "--out-dir", "spy"], tmp_path)
    run([python, "-m", "pip", "wheel", "--no-deps", "--no-cache-dir", "-w", "pip", project], tmp_path, env)
    run([python, "-m", "build", "--outdir", "build", project], tmp_path, env)
    run([python, "-m", "uv", "build", "--no-config", "--no-cache", "--out-dir", "uv", project], tmp_path, env)
    name = "shapes-1.0-py3-none-any.whl"
    texts = {tool: (tmp_path / tool / name).read_bytes() for tool in ("spy", "pip", "build", "uv")}
    assert len(set(texts.values())) == 1
    archives = [tmp_path / tool / "shapes-1.0.tar.gz" for tool in ("spy", "build", "uv")]
    assert len({archive.read_bytes() for archive in archives}) == 1
    run([python, "-m", "twine", "check", "--strict", *archives], tmp_path)
    with tarfile.open(archives[0]) as archive:
        assert "shapes-1.0/pyproject.toml" in archive.getnames()


def test_editable_installs_follow_the_source(spy, venv, projects, tmp_path):
    venv.pip("install", "-e", projects / "shapes")
    (tmp_path / "app.spy").write_text("from shapes import SIDES\n\ndef main() -> None:\n    print(SIDES)\n")
    assert run([spy, "app.spy"], tmp_path) == "4\n"
    init = projects / "shapes/shapes/__init__.spy"
    init.write_text(init.read_text().replace("SIDES = 4", "SIDES = 5"))
    assert run([spy, "app.spy"], tmp_path) == "5\n"


def test_a_package_that_does_not_compile_is_not_built(spy, env, projects, tmp_path):
    area = projects / "shapes/shapes/area.spy"
    area.write_text(area.read_text().replace("r.w * r.h", '"x"'))
    said = run([spy, "package", projects / "shapes", "--out-dir", "out"], tmp_path, status=1)
    assert "mismatched types" in said and "area.spy" in said
    command = [sys.executable, "-m", "pip", "wheel", "--no-deps", "-w", "pip", projects / "shapes"]
    assert "mismatched types" in run(command, tmp_path, env, status=1)
    assert not list(tmp_path.glob("*/*.whl"))


def test_without_a_compiler_the_backend_says_so(env, projects, tmp_path):
    command = [sys.executable, "-m", "pip", "wheel", "--no-deps", "-w", "pip", projects / "shapes"]
    said = run(command, tmp_path, {**env, "SPY": "/no/such/spy"}, status=1)
    assert "the variable SPY names `/no/such/spy`" in said


def prebuild(projects, name, calls=(), source=True):
    """Lets a project be compiled ahead of time."""
    path = projects / name / "pyproject.toml"
    source = "true" if source else "false"
    path.write_text(path.read_text() + f"source = {source}\nprebuilt = {list(calls)!r}\n")


SCALE = ["scale[i32]", "scale[f64]"]


@pytest.mark.parametrize(
    "mode", ["all without source", "all with source", "two without source", "one without source"]
)
def test_objects_and_source_give_the_same_output(spy, venv, projects, tmp_path, mode):
    has_source = mode == "all with source"
    prebuild(projects, "shapes", SCALE, has_source)
    if mode != "one without source":
        prebuild(projects, "stats", (), has_source)
    if mode.startswith("all"):
        prebuild(projects, "report", (), has_source)
    folder = tmp_path / "wheels"
    for name in ("shapes", "stats", "report"):
        # Each is built against what is installed by then.
        options = ["--python", venv.folder]
        run([spy, "package", *options, projects / name, "--wheel", "--out-dir", folder], tmp_path)
        venv.pip("install", "--no-index", *folder.glob(f"{name}-*.whl"))
    assert run([spy, "build", "--link-prebuilt", "-q", "app.spy"], tmp_path) == ""
    assert run([tmp_path / "build/app"], tmp_path) == OUTPUT
    for interpreter in ("--interp", "--redshifted"):
        assert run([spy, "run", interpreter, "app.spy"], tmp_path) == OUTPUT
    assert run([spy, "run", "app.spy"], tmp_path) == OUTPUT
    wasi = [spy, "build", "--link-prebuilt", "--target", "wasi", "-q", "app.spy"]
    assert run(wasi, tmp_path) == ""
    assert run([sys.executable, HOST, tmp_path / "build/app.wasm"], tmp_path) == OUTPUT


HOST = pathlib.Path(__file__).parent / "host.py"


def test_a_package_that_was_built_against_another_layout_is_refused(spy, venv, projects, tmp_path):
    prebuild(projects, "shapes", SCALE, source=False)
    prebuild(projects, "stats", source=False)
    folder = tmp_path / "wheels"
    for name in ("shapes", "stats"):
        run([spy, "package", "--python", venv.folder, projects / name, "--wheel", "--out-dir", folder], tmp_path)
        venv.pip("install", "--no-index", *folder.glob(f"{name}-*.whl"))
    area = projects / "shapes/shapes/area.spy"
    area.write_text(area.read_text().replace("    h: i32\n", "    h: i32\n    deep: i32\n"))
    manifest = projects / "shapes/pyproject.toml"
    manifest.write_text(manifest.read_text().replace('version = "1.0"', 'version = "1.1"'))
    run([spy, "package", projects / "shapes", "--wheel", "--out-dir", folder], tmp_path)
    venv.pip("install", "--no-index", folder / "shapes-1.1-py3-none-any.whl")
    program = tmp_path / "two.spy"
    program.write_text(
        "from stats import total\nfrom shapes import Rect\n\n"
        "def main() -> None:\n    print(total([Rect(1, 2, 3)]))\n"
    )
    said = run([spy, "build", "two.spy"], tmp_path, status=2)
    assert "`shapes 1.1` and the package `stats 1.0` do not agree about the struct `shapes.area.Rect`" in said
    assert "one has 3 fields and the other 2" in said and "help:" in said


def test_wheels_with_objects_are_good_and_reproducible(spy, projects, tmp_path):
    prebuild(projects, "shapes", SCALE)
    for folder in ("one", "two"):
        run([spy, "package", projects / "shapes", "--wheel", "--out-dir", folder], tmp_path)
    name = "shapes-1.0-py3-none-any.whl"
    assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    names = members(tmp_path / "one" / name)
    assert {"shapes/_spy/interface.json", "shapes/_spy/shapes.o.wasm", "shapes/_spy/shapes.wasm"} <= set(names)
    run([sys.executable, "-m", "twine", "check", "--strict", tmp_path / "one" / name], tmp_path)
