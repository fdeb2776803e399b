"""The language server, asked by a client that checks every answer against the protocol."""

import pytest
from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcException

SHAPES = """\
@struct
class Point:
    x: i32
    y: i32

    def norm(self) -> i32:
        return self.x * self.x + self.y * self.y


def area(p: Point) -> i32:
    return p.x * p.y
"""

MAIN = """\
from shapes import Point, area

LIMIT = 20 * 6


def main() -> None:
    p = Point(1, LIMIT)
    print(area(p), p.norm())
"""

FILES = {"shapes.spy": SHAPES, "main.spy": MAIN}


def at(line, character):
    return lsp.Position(line=line, character=character)


def test_a_tour(in_editor):
    async def work(editor):
        capabilities = editor.server.capabilities
        legend = capabilities.semantic_tokens_provider.legend
        assert {"blue", "red"} <= set(legend.token_modifiers)
        editor.open("main.spy")
        assert list(await editor.found("main.spy")) == []
        answers = await editor.everything("main.spy", at(6, 17))
        assert "LIMIT: i32 = 120" in answers["text_document_hover"].contents.value
        assert answers["text_document_definition"].range.start == at(2, 0)
        assert len(answers["text_document_references"]) == 2
        names = [symbol.name for symbol in answers["text_document_document_symbol"]]
        assert names == ["LIMIT", "main"]
        hints = [hint.label for hint in answers["text_document_inlay_hint"]]
        assert hints == [": Point"]
        titles = [lens.command.title for lens in answers["text_document_code_lens"]]
        assert titles == ["Run", "Show redshifted"]
        assert answers["text_document_semantic_tokens_full"].data
        found = await editor.ask("text_document_definition", lsp.DefinitionParams(
            text_document=editor.document("main.spy"), position=at(7, 11)))
        assert (found.uri, found.range.start) == (editor.uri("shapes.spy"), at(9, 4))

    in_editor(work, FILES)


def test_errors_come_and_go_with_the_text(in_editor):
    async def work(editor):
        editor.open("main.spy")
        editor.open("shapes.spy")
        assert list(await editor.found("main.spy")) == []
        editor.type("main.spy", at(7, 10), "nothing, ")
        [error] = await editor.found("main.spy")
        assert (error.message.splitlines()[0], error.code) == ("name `nothing` is not defined", "NameError")
        assert error.range.start == at(7, 10)
        editor.replace("main.spy", MAIN)
        assert list(await editor.found("main.spy")) == []
        # What is wrong with an import is shown in its own file.
        editor.replace("shapes.spy", SHAPES + "x = (\n")
        [error] = await editor.found("shapes.spy")
        assert "was never closed" in error.message
        editor.replace("shapes.spy", SHAPES)
        assert list(await editor.found("shapes.spy")) == []

    in_editor(work, FILES)


def test_lenses_run_the_program_and_its_tests(in_editor):
    async def work(editor):
        editor.open("a.spy", "def test_it() -> None:\n    pass\n\ndef main() -> None:\n    pass\n")
        lenses = await editor.ask("text_document_code_lens", lsp.CodeLensParams(text_document=editor.document("a.spy")))
        offered = [(lens.command.title, lens.command.command, *lens.command.arguments) for lens in lenses]
        uri = editor.uri("a.spy")
        assert ("Run test", "spy.test", uri, "test_it") in offered
        assert ("Run", "spy.run", uri, "main") in offered

    in_editor(work)


def test_renaming_reaches_other_files(in_editor):
    async def work(editor):
        editor.open("shapes.spy")
        place = {"text_document": editor.document("shapes.spy"), "position": at(9, 5)}
        edit = await editor.ask("text_document_rename", lsp.RenameParams(**place, new_name="surface"))
        counts = {uri: len(edits) for uri, edits in edit.changes.items()}
        assert counts == {editor.uri("shapes.spy"): 1, editor.uri("main.spy"): 2}
        with pytest.raises(JsonRpcException, match="cannot be a name"):
            await editor.ask("text_document_rename", lsp.RenameParams(**place, new_name="1"))

    in_editor(work, FILES)


def test_library_texts_can_be_opened(in_editor):
    async def work(editor):
        text = "def main() -> None:\n    print(len(sorted([2, 1])))\n"
        editor.open("a.spy", text)
        found = await editor.ask("text_document_definition", lsp.DefinitionParams(
            text_document=editor.document("a.spy"), position=at(1, 15)))
        path = found.uri.removeprefix("file://")
        library = open(path, encoding="utf-8").read()
        line = library.splitlines()[found.range.start.line]
        assert "sorted" in line, line
        name = path.rsplit("/", 1)[1]
        assert name == "_iter.spy"
        item = lsp.TextDocumentItem(uri=found.uri, language_id="spy", version=1, text=library)
        editor.client.text_document_did_open(lsp.DidOpenTextDocumentParams(text_document=item))
        symbols = await editor.ask("text_document_document_symbol", lsp.DocumentSymbolParams(
            text_document=lsp.TextDocumentIdentifier(uri=found.uri)))
        assert "sorted" in [symbol.name for symbol in symbols]

    in_editor(work)


def test_packages_are_a_part_of_the_program(in_editor):
    site = ".venv/lib/python3.12/site-packages/greet"
    files = {
        ".venv/pyvenv.cfg": "home = /usr/bin\nversion = 3.12.1\n",
        f"{site}/__init__.spy": "from .words import hello\n",
        f"{site}/words.spy": 'def hello(who: str) -> str:\n    """Says hello."""\n    return "hello " + who\n',
        "main.spy": "from greet import hello\n\ndef main() -> None:\n    print(hello('you'))\n",
        "other.spy": "import greet\n\ndef twice() -> str:\n    return greet.hello('a') + greet.hello('b')\n",
    }

    async def work(editor):
        editor.open("main.spy")
        assert list(await editor.found("main.spy")) == []
        place = {"text_document": editor.document("main.spy"), "position": at(3, 11)}
        found = await editor.ask("text_document_definition", lsp.DefinitionParams(**place))
        assert (found.uri, found.range.start) == (editor.uri(f"{site}/words.spy"), at(0, 4))
        hover = await editor.ask("text_document_hover", lsp.HoverParams(**place))
        assert "def hello(who: str) -> str" in hover.contents.value and "Says hello." in hover.contents.value
        places = await editor.ask("text_document_references", lsp.ReferenceParams(
            **place, context=lsp.ReferenceContext(include_declaration=True)))
        shown = {(place.uri.rsplit("/", 1)[1], place.range.start.line) for place in places}
        assert shown == {("main.spy", 0), ("main.spy", 3), ("__init__.spy", 0), ("words.spy", 0), ("other.spy", 3)}
        editor.type("main.spy", at(3, 10), "greet.")
        [error] = await editor.found("main.spy")
        assert error.message.splitlines()[0] == "name `greet` is not defined"

    in_editor(work, files)


def test_files_change_on_the_disk(in_editor):
    async def work(editor):
        editor.open("main.spy")
        assert list(await editor.found("main.spy")) == []

        def changed(kind):
            event = lsp.FileEvent(uri=editor.uri("shapes.spy"), type=kind)
            params = lsp.DidChangeWatchedFilesParams(changes=[event])
            editor.client.workspace_did_change_watched_files(params)
            editor.diagnostics.clear()

        (editor.folder / "shapes.spy").unlink()
        changed(lsp.FileChangeType.Deleted)
        [error] = await editor.found("main.spy")
        assert error.message.splitlines()[0] == "cannot import `shapes.Point`"
        (editor.folder / "shapes.spy").write_text(SHAPES, "utf-8")
        changed(lsp.FileChangeType.Created)
        assert list(await editor.found("main.spy")) == []

    in_editor(work, FILES)


def test_columns_count_what_clients_count(in_editor):
    async def work(editor):
        editor.open("a.spy", 'def main() -> None:\n    s = "\U0001f600"; print(s, nothing)\n')
        [error] = await editor.found("a.spy")
        assert error.range.start == at(1, 23)
        # The client counts UTF-16 units: the character before is two of them.
        hover = await editor.ask("text_document_hover", lsp.HoverParams(
            text_document=editor.document("a.spy"), position=at(1, 20)))
        assert "s: str" in hover.contents.value

    in_editor(work)


def test_an_endless_evaluation_does_not_hold_up_the_editor(in_editor):
    async def work(editor):
        endless = "@blue\ndef f():\n    n = 0\n    while True:\n        n = n + 1\n    return n\n\nX = f()\n"
        for tail in ["", "# a", "# ab", "# abc"]:
            editor.open("a.spy", endless) if not tail else editor.replace("a.spy", endless + tail + "\n")
            symbols = await editor.ask("text_document_document_symbol", lsp.DocumentSymbolParams(
                text_document=editor.document("a.spy")))
            assert [symbol.name for symbol in symbols] == ["f", "X"]
        editor.replace("a.spy", "X = 1\n")
        assert list(await editor.found("a.spy")) == []

    in_editor(work)


def test_questions_that_make_no_sense_are_answered(in_editor):
    async def work(editor):
        document = lsp.TextDocumentIdentifier(uri="untitled:nowhere")
        nothing = await editor.ask("text_document_hover", lsp.HoverParams(
            text_document=document, position=at(0, 0)))
        assert nothing is None
        editor.open("a.spy", "x = 1\n")
        await editor.everything("a.spy", at(999, 999))
        with pytest.raises(JsonRpcException):
            await editor.client.protocol.send_request_async("spy/unknown", {})

    in_editor(work)


def test_formatting_changes_only_what_differs(in_editor):
    async def work(editor):
        editor.open("a.spy", "def f(a:i32)->i32:\n    return a\n")
        params = lsp.DocumentFormattingParams(
            text_document=editor.document("a.spy"), options=lsp.FormattingOptions(4, True))
        [edit] = await editor.ask("text_document_formatting", params)
        assert (edit.range.start, edit.range.end) == (at(0, 0), at(1, 0))
        assert edit.new_text == "def f(a: i32) -> i32:\n"
        editor.replace("a.spy", "def f(\n")
        assert await editor.ask("text_document_formatting", params) is None

    in_editor(work)


def test_the_redshifted_form_of_a_function(in_editor):
    async def work(editor):
        editor.open("main.spy")
        params = {"textDocument": {"uri": editor.uri("main.spy")}, "function": "main"}
        text = await editor.client.protocol.send_request_async("spy/redshifted", params)
        assert "shapes::area" in text and text.startswith("def main() -> None:")

    in_editor(work, FILES)
