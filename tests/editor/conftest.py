"""What the tests share: the compiler, and an editor that talks to its language server."""

import asyncio
import os
import pathlib
import shutil
import subprocess

import pytest
from lsprotocol import types as lsp
from pygls.lsp.client import LanguageClient

ROOT = pathlib.Path(__file__).resolve().parents[2]

# Longest wait for an answer, in seconds: a debug build on a busy machine takes its time.
PATIENCE = 120


@pytest.fixture(scope="session")
def spy():
    """The compiler."""
    path = pathlib.Path(os.environ.get("SPY", ROOT / "target/debug/spy")).resolve()
    assert path.is_file(), f"{path} is not there: cargo build -p spy-cli"
    return path


def run(*command, cwd, environment=None):
    """What a command prints; it must succeed."""
    done = subprocess.run(
        [str(word) for word in command], cwd=cwd, env=environment, capture_output=True, encoding="utf-8", timeout=600, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="session")
def extension(tmp_path_factory):
    """The extension for Visual Studio Code, as people install it."""
    npm = shutil.which("npm")
    assert npm, "npm is not there: apt install npm"
    folder = tmp_path_factory.mktemp("extension") / "vscode"
    ignored = shutil.ignore_patterns("node_modules", "dist")
    shutil.copytree(ROOT / "compiler/lsp/editors/vscode", folder, ignore=ignored)
    run(npm, "ci", "--no-audit", "--no-fund", cwd=folder)
    run(npm, "run", "package", cwd=folder)
    return folder / "spy.vsix"


def resident(pid):
    """Resident memory of a process, in MiB; 0 where the system does not say."""
    try:
        status = pathlib.Path(f"/proc/{pid}/status").read_text("utf-8")
    except OSError:
        return 0
    return sum(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS")) // 1024


class Editor:
    """A client with files that are open. Every answer is checked against the protocol's types."""

    def __init__(self, client, folder):
        self.client = client
        self.folder = folder
        self.versions = {}
        self.texts = {}
        self.diagnostics = {}
        self.logged = []
        self.shown = []
        self.news = asyncio.Event()

        @client.feature(lsp.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
        def published(params):
            self.diagnostics[params.uri] = params
            self.news.set()

        @client.feature(lsp.WINDOW_LOG_MESSAGE)
        def logged(params):
            self.logged.append(params.message)

        @client.feature(lsp.WINDOW_SHOW_MESSAGE)
        def shown(params):
            self.shown.append(params.message)

        @client.feature(lsp.CLIENT_REGISTER_CAPABILITY)
        def registered(_):
            return None

    def processes(self):
        """What the editor has started, and the processes behind it that do the work."""
        started = self.client._server.pid
        listed = subprocess.run(["ps", "-eo", "pid,ppid"], capture_output=True, encoding="utf-8", check=True)
        rows = [tuple(map(int, line.split())) for line in listed.stdout.splitlines()[1:]]
        return started, [pid for pid, parent in rows if parent == started]

    def memory(self):
        """Resident memory of all of them, in MiB; 0 where the system does not say."""
        started, workers = self.processes()
        return sum(map(resident, [started, *workers]))

    def uri(self, name):
        return (self.folder / name).as_uri()

    def open(self, name, text=None):
        """Opens a file of the folder; with `text`, one that need not be there."""
        text = (self.folder / name).read_text("utf-8") if text is None else text
        uri = self.uri(name)
        self.versions[uri], self.texts[uri] = 1, text
        item = lsp.TextDocumentItem(uri=uri, language_id="spy", version=1, text=text)
        self.client.text_document_did_open(lsp.DidOpenTextDocumentParams(text_document=item))

    def type(self, name, at, text):
        """Inserts text at a position, as a keystroke does."""
        uri = self.uri(name)
        self.versions[uri] += 1
        change = lsp.TextDocumentContentChangePartial(range=lsp.Range(start=at, end=at), text=text)
        document = lsp.VersionedTextDocumentIdentifier(uri=uri, version=self.versions[uri])
        params = lsp.DidChangeTextDocumentParams(text_document=document, content_changes=[change])
        self.client.text_document_did_change(params)

    def replace(self, name, text):
        """Replaces all of a file's text."""
        uri = self.uri(name)
        self.versions[uri] += 1
        change = lsp.TextDocumentContentChangeWholeDocument(text=text)
        document = lsp.VersionedTextDocumentIdentifier(uri=uri, version=self.versions[uri])
        params = lsp.DidChangeTextDocumentParams(text_document=document, content_changes=[change])
        self.client.text_document_did_change(params)

    def close(self, name):
        document = lsp.TextDocumentIdentifier(uri=self.uri(name))
        self.client.text_document_did_close(lsp.DidCloseTextDocumentParams(text_document=document))

    async def found(self, name):
        """What is wrong with the text as it is now."""
        uri = self.uri(name)
        while uri not in self.diagnostics or self.diagnostics[uri].version != self.versions[uri]:
            self.news.clear()
            await asyncio.wait_for(self.news.wait(), PATIENCE)
        return self.diagnostics[uri].diagnostics

    def document(self, name):
        return lsp.TextDocumentIdentifier(uri=self.uri(name))

    async def ask(self, question, params):
        """The answer to a question: `ask("text_document_hover", params)`."""
        request = getattr(self.client, question + "_async")
        return await asyncio.wait_for(request(params), PATIENCE)

    async def everything(self, name, at):
        """Asks all there is about a place, each question once."""
        document = self.document(name)
        place = {"text_document": document, "position": at}
        end = lsp.Position(line=at.line + 1, character=0)
        line = lsp.Range(start=lsp.Position(line=at.line, character=0), end=end)
        context = lsp.CodeActionContext(diagnostics=[])
        questions = [
            ("text_document_hover", lsp.HoverParams(**place)),
            ("text_document_completion", lsp.CompletionParams(**place)),
            ("text_document_signature_help", lsp.SignatureHelpParams(**place)),
            ("text_document_definition", lsp.DefinitionParams(**place)),
            ("text_document_references", lsp.ReferenceParams(
                **place, context=lsp.ReferenceContext(include_declaration=True))),
            ("text_document_document_highlight", lsp.DocumentHighlightParams(**place)),
            ("text_document_document_symbol", lsp.DocumentSymbolParams(text_document=document)),
            ("text_document_semantic_tokens_full", lsp.SemanticTokensParams(text_document=document)),
            ("text_document_inlay_hint", lsp.InlayHintParams(text_document=document, range=line)),
            ("text_document_folding_range", lsp.FoldingRangeParams(text_document=document)),
            ("text_document_code_lens", lsp.CodeLensParams(text_document=document)),
            ("text_document_code_action", lsp.CodeActionParams(
                text_document=document, range=line, context=context)),
            ("workspace_symbol", lsp.WorkspaceSymbolParams(query="a")),
        ]
        answers = await asyncio.gather(*(self.ask(question, params) for question, params in questions))
        return {question: answer for (question, _), answer in zip(questions, answers)}


async def start(spy, folder, cache, options):
    """An editor with a folder open; the server has these options."""
    os.environ["XDG_CACHE_HOME"] = str(cache)
    client = LanguageClient("tests", "1")
    await client.start_io(str(spy), *options, "lsp")
    editor = Editor(client, folder)
    workspace = lsp.WorkspaceFolder(uri=folder.as_uri(), name="tests")
    params = lsp.InitializeParams(capabilities=lsp.ClientCapabilities(), workspace_folders=[workspace])
    editor.server = await asyncio.wait_for(client.initialize_async(params), PATIENCE)
    client.initialized(lsp.InitializedParams())
    return editor


@pytest.fixture
def in_editor(spy, tmp_path):
    """Runs an async function with an editor, and says goodbye afterwards."""
    def run(work, files=None, options=(), says_goodbye=True):
        folder = tmp_path / "work"
        folder.mkdir()
        for name, text in (files or {}).items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text, "utf-8")

        async def session():
            editor = await start(spy, folder, tmp_path / "cache", options)
            try:
                await work(editor)
                assert not [text for text in editor.logged if "internal error" in text], editor.logged
            finally:
                if says_goodbye:
                    await asyncio.wait_for(editor.client.shutdown_async(None), PATIENCE)
                    editor.client.exit(None)
                await asyncio.wait_for(editor.client.stop(), PATIENCE)

        asyncio.run(session())
    return run
