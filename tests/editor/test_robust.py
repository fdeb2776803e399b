"""What an editor does to a server in a day: large files, files that go away, several folders, code that never ends."""

import asyncio
import os
import pathlib
import signal
import time

from lsprotocol import types as lsp

GROUP = '''

@struct
class Point_{n}:
    x: f64
    y: f64

    def norm(self) -> f64:
        return self.x * self.x + self.y * self.y


def count_{n}(start: i32, stop: i32) -> i32:
    """How many numbers of a range pass a test."""
    total = 0
    for i in range(start, stop):
        if i % {limit} == 0:
            total += i
    return total


def both_{n}() -> f64:
    return Point_{n}(1.0, 2.0).norm() + count_{n}(0, {limit})
'''


def at(line, character):
    return lsp.Position(line=line, character=character)


def end_of(text):
    lines = text.split("\n")
    return at(len(lines) - 1, len(lines[-1]))


def test_a_file_of_20000_lines(in_editor):
    groups = 20_000 // GROUP.count("\n") + 1
    text = "".join(GROUP.format(n=n, limit=n + 3) for n in range(groups)) + "\n\ndef main() -> None:\n    print(both_7())\n"
    assert text.count("\n") >= 20_000
    middle = next(n for n, line in enumerate(text.splitlines()) if n > 10_000 and "total += i" in line)

    async def work(editor):
        editor.open("large.spy")
        assert list(await editor.found("large.spy")) == []
        for typed, wrong in [("x", True), ("1", False)]:
            column = len("            total += i")
            editor.type("large.spy", at(middle, column), typed if wrong else "")
            found = [error.range.start.line for error in await editor.found("large.spy")]
            assert found == ([middle] if wrong else []), found
            answers = await editor.everything("large.spy", at(middle, column))
            assert len(answers["text_document_document_symbol"]) == 3 * groups + 1
            assert wrong or answers["text_document_hover"] is not None
            editor.replace("large.spy", text)

    in_editor(work, {"large.spy": text})


def test_open_files_are_renamed_and_removed_on_the_disk(in_editor):
    shapes = "def area(x: i32) -> i32:\n    return x * x\n"
    main = "from shapes import area\n\ndef main() -> None:\n    print(area(2))\n"

    async def work(editor):
        def tell(*changes):
            events = [lsp.FileEvent(uri=editor.uri(name), type=kind) for name, kind in changes]
            editor.client.workspace_did_change_watched_files(lsp.DidChangeWatchedFilesParams(changes=events))
            editor.diagnostics.clear()

        editor.open("main.spy")
        editor.open("shapes.spy")
        assert list(await editor.found("main.spy")) == []
        # What is open counts, not what was removed; and when it is closed, it is gone.
        (editor.folder / "shapes.spy").rename(editor.folder / "forms.spy")
        tell(("shapes.spy", lsp.FileChangeType.Deleted), ("forms.spy", lsp.FileChangeType.Created))
        assert list(await editor.found("main.spy")) == []
        editor.close("shapes.spy")
        editor.diagnostics.clear()
        [error] = await editor.found("main.spy")
        assert error.message.splitlines()[0] == "cannot import `shapes.area`"
        editor.replace("main.spy", main.replace("shapes", "forms"))
        assert list(await editor.found("main.spy")) == []
        # The file that is edited goes away, and then its whole folder.
        (editor.folder / "main.spy").unlink()
        tell(("main.spy", lsp.FileChangeType.Deleted))
        assert list(await editor.found("main.spy")) == []
        (editor.folder / "forms.spy").unlink()
        editor.folder.rmdir()
        tell(("forms.spy", lsp.FileChangeType.Deleted))
        assert len(await editor.found("main.spy")) == 1
        answers = await editor.everything("main.spy", at(3, 12))
        assert [symbol.name for symbol in answers["text_document_document_symbol"]] == ["main"]

    in_editor(work, {"main.spy": main, "shapes.spy": shapes})


def test_two_workspaces(in_editor):
    def program(value):
        return {"util.spy": f"LIMIT = {value}\n", "main.spy": "from util import LIMIT\n\ndef main() -> None:\n    print(LIMIT)\n"}

    files = {f"{folder}/{name}": text for folder, value in [("a", 1), ("b", 2)] for name, text in program(value).items()}

    async def work(editor):
        folders = [lsp.WorkspaceFolder(uri=editor.uri(name), name=name) for name in ["a", "b"]]

        def change(added, removed):
            event = lsp.WorkspaceFoldersChangeEvent(added=added, removed=removed)
            editor.client.workspace_did_change_workspace_folders(lsp.DidChangeWorkspaceFoldersParams(event=event))

        async def hover(name):
            answer = await editor.ask("text_document_hover", lsp.HoverParams(
                text_document=editor.document(name), position=at(3, 12)))
            return answer.contents.value

        change(folders, [])
        for name in ["a/main.spy", "b/main.spy"]:
            editor.open(name)
            assert list(await editor.found(name)) == []
        assert "LIMIT: i32 = 1" in await hover("a/main.spy")
        assert "LIMIT: i32 = 2" in await hover("b/main.spy")
        # An edit in one says nothing about the other.
        editor.open("a/util.spy", "LIMIT = 'text'\n")
        assert "LIMIT: str" in await hover("a/main.spy")
        assert "LIMIT: i32 = 2" in await hover("b/main.spy")
        places = await editor.ask("text_document_references", lsp.ReferenceParams(
            text_document=editor.document("a/main.spy"), position=at(3, 12),
            context=lsp.ReferenceContext(include_declaration=True)))
        assert {place.uri for place in places} == {editor.uri("a/main.spy"), editor.uri("a/util.spy")}
        symbols = await editor.ask("workspace_symbol", lsp.WorkspaceSymbolParams(query="LIMIT"))
        assert {symbol.location.uri for symbol in symbols} == {editor.uri("a/util.spy"), editor.uri("b/util.spy")}
        change([], folders[:1])
        editor.close("a/util.spy")
        editor.close("a/main.spy")
        assert "LIMIT: i32 = 2" in await hover("b/main.spy")

    in_editor(work, files)


def test_an_endless_evaluation_is_typed(in_editor):
    text = "@blue\ndef f():\n    n = 0\n    while True:\n        n = n + 1\n    return n\n\nX = f()\n\ndef main() -> None:\n    print(X)\n"

    async def work(editor):
        editor.open("a.spy", "")
        for number, char in enumerate(text):
            editor.type("a.spy", end_of(text[:number]), char)
            if "f()\n" in text[:number]:
                await editor.everything("a.spy", end_of(text[:number + 1]))
        # Once nobody types, it is said where evaluation did not end.
        found = await editor.found("a.spy")
        assert found and "takes too long" in found[0].message, found
        editor.replace("a.spy", text.replace("while True", "while n < 3"))
        assert list(await editor.found("a.spy")) == []

    # Debug builds take their time for as many steps as are allowed otherwise.
    in_editor(work, options=["--blue-fuel", "100000"])


def test_broken_code_at_every_place(in_editor):
    text = (
        "from math import sqrt\n\n@struct\nclass P:\n    x: f64\n\n    def f(self, n: i32) -> f64:\n"
        "        return sqrt(self.x) * n\n\ndef pick[T](a: T, b: T) -> T:\n    return a if True else b\n\n"
        "def main() -> None:\n    p = P(2.0)\n    for i in range(3):\n        print(p.f(i), pick[i32](i, 2))\n"
    )

    async def work(editor):
        editor.open("a.spy", text)
        assert list(await editor.found("a.spy")) == []
        for cut in range(0, len(text), 3):
            # A character is missing, a bracket too many, and the rest of the text gone.
            for broken in [text[:cut] + text[cut + 1:], text[:cut] + ")" + text[cut:], text[:cut]]:
                editor.replace("a.spy", broken)
                await editor.everything("a.spy", end_of(broken[:cut]))
        editor.replace("a.spy", text)
        assert list(await editor.found("a.spy")) == []

    in_editor(work)


def test_processes_that_are_killed_are_replaced(in_editor):
    text = "def main() -> None:\n    count = 1\n    print(nothing)\n"

    async def work(editor):
        async def hover():
            answer = await editor.ask("text_document_hover", lsp.HoverParams(
                text_document=editor.document("a.spy"), position=at(1, 4)))
            return answer.contents.value

        editor.open("a.spy", "")
        editor.type("a.spy", at(0, 0), text)
        assert len(await editor.found("a.spy")) == 1
        _, [worker] = editor.processes()
        # Somebody waits for an answer, and gets it.
        asked = asyncio.ensure_future(hover())
        os.kill(worker, signal.SIGKILL)
        assert "count: i32" in await asked
        assert "count: i32" in await hover()
        [told] = editor.shown
        assert "SIGKILL" in told and "was started again" in told
        # The text is known as it was typed, and goes on being typed.
        editor.diagnostics.clear()
        editor.type("a.spy", at(1, 13), "0")
        assert len(await editor.found("a.spy")) == 1
        assert worker not in editor.processes()[1]
        # After a few times it is left alone until the text changes.
        while len(editor.shown) < 2:
            for process in editor.processes()[1]:
                os.kill(process, signal.SIGKILL)
            await asyncio.sleep(0.05)
        assert "has ended again" in editor.shown[1]
        assert editor.processes()[1] == []
        editor.type("a.spy", at(1, 13), "1")
        assert "count: i32" in await hover()
        editor.replace("a.spy", text.replace("nothing", "count"))
        assert list(await editor.found("a.spy")) == []

    in_editor(work)


def test_no_process_is_left_behind(in_editor):
    async def work(editor):
        editor.open("a.spy", "x = 1\n")
        assert list(await editor.found("a.spy")) == []
        started, workers = editor.processes()
        assert len(workers) == 1
        os.kill(started, signal.SIGKILL)
        until = time.monotonic() + 60
        while any(is_running(worker) for worker in workers):
            assert time.monotonic() < until, "it does not end"
            await asyncio.sleep(0.05)

    in_editor(work, says_goodbye=False)


def is_running(process):
    """Whether a process is there and has not ended; who should have waited for it may be gone."""
    try:
        status = pathlib.Path(f"/proc/{process}/stat").read_text("utf-8")
    except OSError:
        return False
    return status.rsplit(")", 1)[1].split()[0] != "Z"
