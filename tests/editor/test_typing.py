"""Somebody types a program, and asks about everything at each keystroke."""

import pathlib

from lsprotocol import types as lsp

PROGRAM = pathlib.Path(__file__).with_name("typed.spy")


def test_a_program_typed_character_by_character(in_editor):
    text = PROGRAM.read_text("utf-8")
    assert len(text.splitlines()) >= 300

    async def work(editor):
        editor.open("typed.spy", "")
        line, column = 0, 0
        early = None
        for number, char in enumerate(text):
            editor.type("typed.spy", lsp.Position(line=line, character=column), char)
            line, column = (line + 1, 0) if char == "\n" else (line, column + len(char.encode("utf-16-le")) // 2)
            await editor.everything("typed.spy", lsp.Position(line=line, character=column))
            if number == len(text) // 4:
                early = editor.memory()
        assert list(await editor.found("typed.spy")) == []
        grown = editor.memory() - early
        assert grown < 300, f"{grown} MiB more than after a quarter"

    in_editor(work)
