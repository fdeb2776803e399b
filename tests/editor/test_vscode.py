"""The extension in a real Visual Studio Code, looked at through a browser.

Microsoft's builds come from no package registry. code-server is the same program, built for browsers, with the same
extension host, and comes from npm. Pictures of what it showed stay in `target/vscode/pictures`.
"""

import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import time
import urllib.request

import pytest
from conftest import run

HERE = pathlib.Path(__file__).with_name("vscode")
ROOT = HERE.parents[2]

MAIN = '''\
LIMIT = 20 * 6


def test_limit() -> None:
    assert LIMIT == 120


def more(given: i32) -> i32:
    return given + LIMIT


def main() -> None:
    count = more(1)
    wrong: i32 = 'text'
    print(count)
'''

SETTINGS = {
    "security.workspace.trust.enabled": False,
    "workbench.startupEditor": "none",
    "terminal.integrated.gpuAcceleration": "off",
    "chat.disableAIFeatures": True,
}

# Nothing is to be built from source: what is missing then is how logs are written.
NPM = ["--ignore-scripts", "--no-audit", "--no-fund", "--omit=dev"]


def tool(*names):
    found = next((path for name in names if (path := shutil.which(name))), None)
    assert found, f"{names[0]} is not there: apt install {names[0]}"
    return found


@pytest.fixture(scope="module")
def installed():
    """Where the modules of Visual Studio Code are, and the Node.js that it wants. They are fetched once."""
    npm, folder = tool("npm"), ROOT / "target/vscode"
    stamp, lock = folder / "installed", (HERE / "package-lock.json").read_text("utf-8")
    modules = folder / "node_modules"
    if not stamp.is_file() or stamp.read_text("utf-8") != lock:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for name in ["package.json", "package-lock.json"]:
            shutil.copy(HERE / name, folder)
        run(npm, "ci", *NPM, cwd=folder)
        # Its lock file is none that `npm ci` takes.
        run(npm, "install", *NPM, cwd=modules / "code-server/lib/vscode")
        stamp.write_text(lock, "utf-8")
    [node] = modules.glob("node-linux-*/bin/node")
    return modules, node


@pytest.fixture
def code(installed, extension, spy, tmp_path):
    """Visual Studio Code with the extension, and where it listens."""
    modules, node = installed
    user = tmp_path / "user/User"
    user.mkdir(parents=True)
    (user / "settings.json").write_text(json.dumps({**SETTINGS, "spy.path": str(spy)}), "utf-8")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = [
        str(node), str(modules / "code-server/out/node/entry.js"), "--user-data-dir", str(tmp_path / "user"),
        "--extensions-dir", str(tmp_path / "extensions"), "--config", str(tmp_path / "config.yaml"),
        "--disable-telemetry", "--disable-update-check"]
    environment = {**os.environ, "HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    run(*words, "--install-extension", extension, cwd=tmp_path, environment=environment)
    with open(tmp_path / "log", "wb") as log:
        serving = subprocess.Popen(
            [*words, "--auth", "none", "--bind-addr", f"127.0.0.1:{port}"], cwd=tmp_path, env=environment,
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
    try:
        url = f"http://127.0.0.1:{port}"
        until = time.monotonic() + 60
        while True:
            try:
                urllib.request.urlopen(f"{url}/healthz", timeout=5).close()
                break
            except OSError:
                assert serving.poll() is None and time.monotonic() < until, (tmp_path / "log").read_text("utf-8")
                time.sleep(0.2)
        yield url
    finally:
        # It has children: what runs extensions, and the language server.
        os.killpg(serving.pid, signal.SIGTERM)
        try:
            serving.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(serving.pid, signal.SIGKILL)
            serving.wait()


def test_the_extension_in_visual_studio_code(code, installed, tmp_path):
    modules, node = installed
    browser = tool("chromium", "google-chrome", "chromium-browser")
    project, pictures = tmp_path / "project", ROOT / "target/vscode/pictures"
    project.mkdir()
    pictures.mkdir(exist_ok=True)
    for old in pictures.iterdir():
        old.unlink()
    (project / "main.spy").write_text(MAIN, "utf-8")
    fixed = tmp_path / "fixed.spy"
    fixed.write_text(MAIN.replace("'text'", "1"), "utf-8")
    done = run(node, HERE / "drive.js", modules, browser, code, project, fixed, pictures, cwd=tmp_path)
    seen = json.loads(done)
    assert "error" not in seen, seen
    assert seen["lenses"] == ["Run test", "Show redshifted", "Show redshifted", "Run", "Show redshifted"]
    assert "LIMIT: i32 = 20 * 6 = 120" in seen["text"] and "count: i32 = more(1)" in seen["text"]
    assert seen["problems"].split()[0] == "1"
    assert seen["blue"] == "rgb(74, 158, 218)" != seen["red"]
    assert "println" in seen["redshifted"]
    assert "main.spy::test_limit ... ok" in seen["terminal"] and "1 passed, 0 failed" in seen["terminal"]
    assert sorted(path.name for path in pictures.iterdir()) == ["errors.png", "tests.png"]
