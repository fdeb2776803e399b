"""Packages that were compiled ahead of time, in an editor: it knows what the compiler knows."""

import pytest
from conftest import run
from lsprotocol import types as lsp

PYPROJECT = """\
[project]
name = "words"
version = "1.0"
[tool.spy]
source = false
prebuilt = ["twice[i32]"]
"""

WORDS = """\
def words(n: i32) -> str:
    out = ""
    for i in range(n):
        out = out + "w"
    return out


def twice[T](x: T) -> T:
    return x + x
"""

MAIN = """\
from words import words, twice

W = words(3)
N = twice[i32](21)


def main() -> None:
    print(W, N)
"""


@pytest.fixture(scope="module")
def wheel(spy, tmp_path_factory):
    """A wheel without source."""
    folder = tmp_path_factory.mktemp("words")
    (folder / "pyproject.toml").write_text(PYPROJECT, "utf-8")
    (folder / "words").mkdir()
    (folder / "words/__init__.spy").write_text(WORDS, "utf-8")
    run(spy, "package", "--wheel", ".", cwd=folder)
    return folder / "dist/words-1.0-py3-none-any.whl"


def at(line, character):
    return lsp.Position(line=line, character=character)


def test_calls_at_compile_time_have_values(in_editor, wheel):
    async def hover(editor, place):
        params = lsp.HoverParams(text_document=editor.document("main.spy"), position=place)
        return (await editor.ask("text_document_hover", params)).contents.value

    async def work(editor):
        editor.open("main.spy")
        # Keystrokes do not wait for the packages, which nobody has loaded before.
        for character in "xyz":
            editor.type("main.spy", at(6, 15), character)
        assert len(await editor.found("main.spy")) == 1
        editor.replace("main.spy", MAIN)
        assert list(await editor.found("main.spy")) == []
        assert "'www'" in await hover(editor, at(7, 10))
        assert "42" in await hover(editor, at(7, 13))
        editor.type("main.spy", at(2, 10), "1")
        assert list(await editor.found("main.spy")) == []
        assert "'" + 13 * "w" + "'" in await hover(editor, at(7, 10))
        editor.replace("main.spy", MAIN.replace("i32", "f64"))
        [error] = await editor.found("main.spy")
        assert "there are `words.twice[i32]`" in error.message

    in_editor(work, {"main.spy": MAIN}, ["--package", str(wheel)])
