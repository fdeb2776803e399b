"""The files for editors: do they read what the compiler prints, and does the server serve real ones?"""

import json
import os
import pathlib
import re
import shutil
import subprocess
import tomllib
import zipfile

import pytest

EDITORS = pathlib.Path(__file__).resolve().parents[2] / "compiler/lsp/editors"

BAD = "def main() -> None:\n    x: i32 = 'text'\n    print(x)\n"

# Where the error of BAD is, and what is wrong.
PLACE = ("bad.spy", "2", "14")
MESSAGE = "TypeError: mismatched types"


@pytest.fixture
def printed(spy, tmp_path):
    """What the compiler prints about a wrong program, one error a line."""
    (tmp_path / "bad.spy").write_text(BAD, "utf-8")
    command = [str(spy), "check", "--message-format", "short", "bad.spy"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, encoding="utf-8", timeout=120, check=False)
    assert done.returncode == 1
    [line] = done.stderr.splitlines()
    return line


def test_the_problem_matcher_of_vscode(printed):
    package = json.loads((EDITORS / "vscode/package.json").read_text("utf-8"))
    matcher = package["contributes"]["problemMatchers"][0]
    pattern = matcher["pattern"]
    found = re.match(pattern["regexp"], printed)
    parts = {name: found[pattern[name]] for name in ["file", "line", "column", "severity", "message"]}
    assert (parts["file"], parts["line"], parts["column"]) == PLACE
    assert (parts["severity"], parts["message"]) == ("error", MESSAGE)
    assert re.match(pattern["regexp"], "a b.spy:1:2: warning: TypeError: x")[pattern["severity"]] == "warning"
    assert not re.match(pattern["regexp"], "error: cannot find a C compiler")


def watched(spy, folder, words, matcher):
    """What a problem matcher finds in the first build of a watching task."""
    begins, ends = (re.compile(matcher["background"][name]) for name in ["beginsPattern", "endsPattern"])
    building = subprocess.Popen([str(spy), *words], cwd=folder, stderr=subprocess.PIPE, encoding="utf-8")
    try:
        lines = []
        while not lines or not ends.search(lines[-1]):
            line = building.stderr.readline()
            assert line, "".join(lines)
            lines.append(line)
    finally:
        building.kill()
        building.wait()
        building.stderr.close()
    assert begins.search(lines[0]) and not any(begins.search(line) for line in lines[1:])
    return [re.match(matcher["pattern"]["regexp"], line) for line in lines[1:-1]]


def test_the_problem_matcher_of_vscode_for_watching(spy, tmp_path):
    package = json.loads((EDITORS / "vscode/package.json").read_text("utf-8"))
    [matcher] = [it for it in package["contributes"]["problemMatchers"] if it["name"] == "spy-watch"]
    (tmp_path / "bad.spy").write_text(BAD, "utf-8")
    words = ["build", "--watch", "--message-format", "short", "bad.spy"]
    [found] = watched(spy, tmp_path, words, matcher)
    assert found.groups()[:4] == (*PLACE, "error")


def run(spy, folder, *words, status=0):
    command = [str(spy), *words]
    done = subprocess.run(command, cwd=folder, capture_output=True, encoding="utf-8", timeout=300, check=False)
    assert done.returncode == status, done
    return done


def test_new_projects_have_tasks_and_debugging(spy, tmp_path):
    run(spy, tmp_path, "new", "tool")
    project = tmp_path / "tool"
    settings = {name: json.loads((project / f".vscode/{name}.json").read_text("utf-8")) for name in ["tasks", "launch"]}
    tasks = {task["label"]: task for task in settings["tasks"]["tasks"]}
    assert list(tasks) == ["spy: check", "spy: build", "spy: run", "spy: test", "spy: watch"]
    assert all((task["type"], task["command"]) == ("process", "spy") for task in tasks.values())
    # Each task does what it says, and its matcher finds what is wrong.
    assert "Hello, tool!" in run(spy, project, *tasks["spy: run"]["args"]).stdout
    assert "1 passed, 0 failed" in run(spy, project, *tasks["spy: test"]["args"]).stdout
    run(spy, project, *tasks["spy: build"]["args"])
    for launch in settings["launch"]["configurations"]:
        assert launch["preLaunchTask"] == "spy: build"
        program = pathlib.Path(launch["program"].replace("${workspaceFolder}", str(project)))
        assert "Hello, tool!" in subprocess.run([program], capture_output=True, encoding="utf-8", timeout=60, check=True).stdout
    assert [launch["type"] for launch in settings["launch"]["configurations"]] == ["cppdbg", "lldb"]
    (project / "main.spy").write_text(BAD, "utf-8")
    for label in ["spy: check", "spy: build", "spy: run"]:
        [line] = run(spy, project, *tasks[label]["args"], status=1).stderr.splitlines()
        found = re.match(tasks[label]["problemMatcher"]["pattern"]["regexp"], line)
        assert found.groups() == ("main.spy", *PLACE[1:], "error", MESSAGE)
    lines = watched(spy, project, tasks["spy: watch"]["args"], tasks["spy: watch"]["problemMatcher"])
    assert [found.groups()[:4] for found in lines] == [("main.spy", *PLACE[1:], "error")]


def test_new_projects_can_be_debugged(spy, tmp_path):
    gdb = shutil.which("gdb")
    assert gdb, "gdb is not there: apt install gdb"
    run(spy, tmp_path, "new", "tool")
    project = tmp_path / "tool"
    tasks = json.loads((project / ".vscode/tasks.json").read_text("utf-8"))["tasks"]
    [build] = [task for task in tasks if task["label"] == "spy: build"]
    run(spy, project, *build["args"])
    launch = json.loads((project / ".vscode/launch.json").read_text("utf-8"))["configurations"][0]
    program = launch["program"].replace("${workspaceFolder}", str(project))
    commands = ["break main.spy:2", "run", "backtrace", "next", "continue"]
    words = [word for command in commands for word in ["-ex", command]]
    environment = {**os.environ, "DEBUGINFOD_URLS": ""}
    done = subprocess.run(
        [gdb, "-batch", "-nx", *words, program], cwd=project, env=environment,
        capture_output=True, encoding="utf-8", timeout=120, check=False)
    assert re.search(r"Breakpoint 1, .*main\.spy:2", done.stdout), done
    assert re.search(r"#1 .*main\.spy:9", done.stdout), done
    assert "Hello, tool!" in done.stdout


def test_the_regexp_of_emacs(printed):
    text = (EDITORS / "emacs/spy-mode.el").read_text("utf-8")
    literal = re.search(r'spy-error-regexp\n  "(.*)"\n', text)[1]
    # In Emacs, groups have the backslashes that stand for characters elsewhere.
    pattern = literal.replace("\\\\(", "(").replace("\\\\)", ")").replace("\\\\|", "|")
    found = re.match(pattern, printed)
    assert (found[1], found[2], found[3], found[4]) == (*PLACE, None)
    assert re.match(pattern, "a.spy:1:2: warning: TypeError: x")[4] == "warning"


EMACS = """
(require 'spy-mode)
(find-file "bad.spy")
(unless (derived-mode-p 'spy-mode) (error "not in spy-mode"))
(let ((buffer (compile compile-command)))
  (while (process-live-p (get-buffer-process buffer)) (accept-process-output nil 0.05))
  (next-error)
  (set-buffer (window-buffer (selected-window)))
  (princ (format "%s:%d:%d\n" (buffer-name) (line-number-at-pos) (1+ (current-column)))))
"""


def test_emacs_goes_to_the_error(spy, tmp_path):
    emacs = shutil.which("emacs")
    assert emacs, "Emacs is not there: apt install emacs-nox"
    (tmp_path / "bad.spy").write_text(BAD, "utf-8")
    (tmp_path / "script.el").write_text(EMACS, "utf-8")
    environment = {**os.environ, "PATH": f"{spy.parent}{os.pathsep}{os.environ['PATH']}", "HOME": str(tmp_path)}
    words = ["-Q", "--batch", "-L", str(EDITORS / "emacs"), "-l", "script.el"]
    done = subprocess.run(
        [emacs, *words], cwd=tmp_path, env=environment, capture_output=True, encoding="utf-8", timeout=120, check=False)
    assert done.stdout.splitlines()[-1:] == [":".join(PLACE)], done


def test_the_regexp_of_sublime(printed):
    build = json.loads((EDITORS / "sublime/SPy.sublime-build").read_text("utf-8"))
    assert re.match(build["file_regex"], printed).groups() == (*PLACE, MESSAGE)


def test_the_tasks_of_zed(spy, tmp_path):
    path = tmp_path / "bad.spy"
    path.write_text(BAD, "utf-8")
    tasks = json.loads((EDITORS / "zed/tasks.json").read_text("utf-8"))
    assert [task["label"] for task in tasks] == ["spy: check", "spy: build", "spy: run"]
    for task in tasks:
        assert task["command"] == "spy"
        words = [word.replace("$ZED_FILE", str(path)) for word in task["args"]]
        [line] = run(spy, tmp_path, *words, status=1).stderr.splitlines()
        # What its terminal makes a link of: a path with a line and a column, up to a colon or the end.
        assert re.match(r"(/.+?):(\d+):(\d+)(?=:|$)", line).groups() == (str(path), *PLACE[1:])


def test_all_settings_start_the_server():
    helix = tomllib.loads((EDITORS / "helix/languages.toml").read_text("utf-8"))
    [language] = helix["language"]
    server = helix["language-server"][language["language-servers"][0]]
    assert language["file-types"] == ["spy"]
    sublime = json.loads((EDITORS / "sublime/LSP.sublime-settings").read_text("utf-8"))["clients"]["spy"]
    zed = json.loads((EDITORS / "zed/settings.json").read_text("utf-8"))
    assert zed["file_types"]["Python"] == ["spy"]
    [binary] = [zed["lsp"][name]["binary"] for name in zed["languages"]["Python"]["language_servers"] if name in zed["lsp"]]
    emacs = (EDITORS / "emacs/spy-mode.el").read_text("utf-8")
    started = [
        [server["command"], *server["args"]], sublime["command"], [binary["path"], *binary["arguments"]],
        re.search(r"'\(spy-mode \. \((.*?)\)\)", emacs)[1].replace('"', "").split()]
    assert started == [["spy", "lsp"]] * 4


def test_all_files_in_json_can_be_read():
    files = [path for path in EDITORS.rglob("*") if path.suffix in {".json", ".sublime-settings", ".sublime-build"}]
    own = [path for path in files if "node_modules" not in path.parts]
    assert len(own) >= 7
    for path in own:
        json.loads(path.read_text("utf-8"))


@pytest.fixture(scope="session")
def nvim():
    """Neovim, with nobody's settings."""
    found = shutil.which("nvim")
    assert found, "Neovim is not there: apt install neovim"
    return [found, "--headless", "--clean", "-n"]


def test_vim_lists_the_errors(nvim, spy, tmp_path):
    (tmp_path / "bad.spy").write_text(BAD, "utf-8")
    environment = {**os.environ, "PATH": f"{spy.parent}{os.pathsep}{os.environ['PATH']}"}
    script = tmp_path / "script.vim"
    script.write_text(
        "compiler spy\nsilent make! bad.spy\n"
        "let g:seen = map(getqflist(), {_, it -> [bufname(it.bufnr), it.lnum, it.col, it.type, it.text]})\n"
        "call writefile([json_encode(g:seen)], 'seen.json')\nquitall!\n", "utf-8")
    command = [*nvim, "--cmd", f"set runtimepath+={EDITORS / 'vim'}", "-S", script]
    subprocess.run(command, cwd=tmp_path, env=environment, timeout=120, check=True, capture_output=True)
    [[name, line, column, kind, text]] = json.loads((tmp_path / "seen.json").read_text("utf-8"))
    assert (name, str(line), str(column), kind.lower(), text) == (*PLACE, "e", MESSAGE)


SESSION = """
local seen = {}
vim.cmd("filetype on")
require("spy").setup({ cmd = { %(spy)s, "lsp" } })
vim.cmd("edit bad.spy")
vim.wait(60000, function() return #vim.diagnostic.get(0) > 0 end, 20)
for _, it in ipairs(vim.diagnostic.get(0)) do
  table.insert(seen, { it.lnum, it.col, it.message })
end
local params = { textDocument = vim.lsp.util.make_text_document_params(), position = { line = 2, character = 10 } }
local answers = vim.lsp.buf_request_sync(0, "textDocument/hover", params, 60000)
for _, answer in pairs(answers or {}) do
  table.insert(seen, answer.result.contents.value)
end
vim.fn.setline(2, "    x: i32 = 1")
vim.wait(60000, function() return #vim.diagnostic.get(0) == 0 end, 20)
table.insert(seen, #vim.diagnostic.get(0))
vim.fn.writefile({ vim.fn.json_encode(seen) }, "seen.json")
vim.cmd("quitall!")
"""


def test_neovim_is_served(nvim, spy, tmp_path):
    (tmp_path / "bad.spy").write_text(BAD, "utf-8")
    script = tmp_path / "session.lua"
    script.write_text(SESSION % {"spy": json.dumps(str(spy))}, "utf-8")
    environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path / "cache")}
    command = [*nvim, "--cmd", f"set runtimepath+={EDITORS / 'vim'}", "-c", f"luafile {script}"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, timeout=200, check=False, capture_output=True)
    seen_path = tmp_path / "seen.json"
    assert seen_path.is_file(), done.stderr.decode("utf-8", "replace")
    [line, column, message], hover, left = json.loads(seen_path.read_text("utf-8"))
    assert (line, column) == (1, 13)
    assert message.startswith("mismatched types")
    assert "x: i32" in hover
    assert left == 0


LENSES = """
vim.cmd("filetype on")
require("spy").setup({ cmd = { %(spy)s, "lsp" } })
vim.cmd("edit good.spy")
local buffer = vim.api.nvim_get_current_buf()
vim.wait(60000, function() return #vim.lsp.buf_get_clients(buffer) > 0 end, 20)
local params = { textDocument = vim.lsp.util.make_text_document_params() }
local seen = {}
for client, answer in pairs(vim.lsp.buf_request_sync(buffer, "textDocument/codeLens", params, 60000)) do
  for _, lens in ipairs(answer.result) do
    vim.lsp.commands[lens.command.command](lens.command, { client_id = client, bufnr = buffer })
  end
end
local function text(wanted)
  for _, found in ipairs(vim.api.nvim_list_bufs()) do
    local lines = table.concat(vim.api.nvim_buf_get_lines(found, 0, -1, false), "\\n")
    if found ~= buffer and lines:find(wanted, 1, true) then
      return lines
    end
  end
end
for _, wanted in ipairs({ "1 passed", "said by main", "println" }) do
  vim.wait(60000, function() return text(wanted) ~= nil end, 20)
  table.insert(seen, text(wanted) or "")
end
vim.fn.writefile({ vim.fn.json_encode(seen) }, "seen.json")
vim.cmd("quitall!")
"""


def test_lenses_in_neovim(nvim, spy, tmp_path):
    (tmp_path / "good.spy").write_text(
        "def test_it() -> None:\n    pass\n\ndef main() -> None:\n    print('said by ' + 'main')\n", "utf-8")
    script = tmp_path / "session.lua"
    script.write_text(LENSES % {"spy": json.dumps(str(spy))}, "utf-8")
    environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path / "cache")}
    command = [*nvim, "--cmd", f"set runtimepath+={EDITORS / 'vim'}", "-c", f"luafile {script}"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, timeout=300, check=False, capture_output=True)
    seen_path = tmp_path / "seen.json"
    assert seen_path.is_file(), done.stderr.decode("utf-8", "replace")
    tested, ran, redshifted = json.loads(seen_path.read_text("utf-8"))
    assert "good.spy::test_it ... ok" in tested
    assert "said by main" in ran
    assert "def main() -> None:" in redshifted


def test_the_extension_can_be_packaged(extension):
    with zipfile.ZipFile(extension) as package:
        names = set(package.namelist())
        code = package.read("extension/dist/extension.js").decode("utf-8")
    for name in ["package.json", "dist/extension.js", "syntaxes/spy.tmLanguage.json", "language-configuration.json"]:
        assert f"extension/{name}" in names
    assert not [name for name in names if "node_modules" in name]
    # The client's library is a part of it.
    assert "spy/redshifted" in code and "LanguageClient" in code
    manifest = json.loads((EDITORS / "vscode/package.json").read_text("utf-8"))
    for contributed in [*manifest["contributes"]["grammars"], {"path": manifest["main"]}]:
        assert f"extension/{contributed['path']}" in names


def test_the_grammar_knows_the_words_of_the_language():
    node = shutil.which("node")
    assert node, "Node.js is not there: apt install nodejs"
    grammar = EDITORS / "vscode/syntaxes/spy.tmLanguage.json"
    script = """
        const grammar = JSON.parse(require("fs").readFileSync(process.argv[1], "utf8"));
        const rules = [];
        (function walk(rule) {
          if (rule.match) rules.push([rule.name, new RegExp(rule.match)]);
          for (const end of [rule.begin, rule.end]) if (end) new RegExp(end);
          for (const inner of rule.patterns ?? []) walk(inner);
        })({ patterns: Object.values(grammar.repository) });
        const name = (text) => rules.filter(([name, rule]) => name && rule.exec(text)?.[0] === text).map(([name]) => name);
        console.log(JSON.stringify(["while", "not", "i32", "True", "0x_f", "1.5e3", "//=", "# a"].map(name)));
    """
    done = subprocess.run([node, "-e", script, str(grammar)], capture_output=True, encoding="utf-8", timeout=60, check=True)
    names = [found[0] for found in json.loads(done.stdout)]
    assert names == [
        "keyword.control.spy", "keyword.operator.logical.spy", "support.type.spy", "constant.language.spy",
        "constant.numeric.spy", "constant.numeric.spy", "keyword.operator.spy", "comment.line.number-sign.spy",
    ]
