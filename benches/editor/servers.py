"""How soon language servers answer in a project of 100,000 lines: spy beside pyright and ty.

    python3 -m venv target/bench && target/bench/bin/pip install pyright==1.1.407 ty==0.0.1a27
    cargo build --release -p spy-cli
    target/bench/bin/python benches/editor/servers.py [--lines N] [--edits N] [--only NAME] [--check]

The project is generated: modules of about 200 lines that import each other, the same text for all but the types of
numbers. One edit puts an unknown name into the middle of a function, the next takes it out. Timed is what an editor waits
for: from the message that says so to the diagnostics of that text, and from a question to its answer, asked in between.
Servers run one after the other. Times are wall clock, so nothing else should run.
"""

import argparse
import json
import os
import pathlib
import queue
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
LINES_PER_MODULE = 200

# What spy may take: milliseconds, the 99th percentile of them where there are many, and MiB.
TARGETS = {"start": 2000, "diagnostics": 50, "completion": 20, "hover": 20, "memory": 1536}

GROUP = '''

LIMIT_{n} = {limit} * 7 + 1


@{struct}
class Point_{n}:
    x: {f64}
    y: {f64}

    def length(self) -> {f64}:
        return sqrt(self.x * self.x + self.y * self.y)


def count_{n}(start: {i32}, stop: {i32}) -> {i32}:
    """How many numbers of a range pass a test."""
    total = 0
    for i in range(start, stop):
        if i % {limit} == 0 and (i & 1) == 0:
            total += i * 3
        elif i > LIMIT_{n}:
            total -= 1
        else:
            total = total ^ (i << 2)
    return total


def summary_{n}(size: {i32}) -> str:
    p = Point_{n}(1.5, 2.25)
    text = "group {n}: "
    if p.length() > 2.0:
        text = text + str(count_{n}(0, size))
    return text
'''

TYPES = {
    "spy": {"struct": "struct", "i32": "i32", "f64": "f64"},
    "py": {"struct": "dataclass", "i32": "int", "f64": "float"},
}


def project(folder, ending, lines):
    """Writes the modules; returns how many."""
    group_lines = GROUP.count("\n")
    groups = LINES_PER_MODULE // group_lines
    count = max(2, lines // LINES_PER_MODULE)
    for number in range(count):
        text = ["from math import sqrt"] + (["from dataclasses import dataclass"] if ending == "py" else [])
        imported = [other for other in (number - 1, number // 2) if 0 <= other < number]
        for other in sorted(set(imported)):
            text.append(f"from m{other} import count_0 as count_of_{other}, Point_1 as Point_of_{other}")
        body = "\n".join(text) + "\n"
        body += "".join(GROUP.format(n=n, limit=n % 29 + 3, **TYPES[ending]) for n in range(groups))
        body += "\n\ndef main() -> None:\n    print(summary_0(3))\n"
        for other in sorted(set(imported)):
            body += f"    print(count_of_{other}(1, 2), Point_of_{other}(1.0, 2.0).length())\n"
        while body.count("\n") < LINES_PER_MODULE:
            body += "# one line more\n"
        (folder / f"m{number}.{ending}").write_text(body, "utf-8")
    return count


class Server:
    """A language server and what it says."""

    def __init__(self, command, folder):
        self.process = subprocess.Popen(
            command, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            env={**os.environ, "PYRIGHT_PYTHON_IGNORE_WARNINGS": "1"})
        self.messages = queue.Queue()
        self.number = 0
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        out = self.process.stdout
        while True:
            length = None
            while (line := out.readline().strip()):
                if line.lower().startswith(b"content-length:"):
                    length = int(line.split(b":")[1])
            if length is None:
                return
            self.messages.put((time.perf_counter(), json.loads(out.read(length))))

    def send(self, message):
        data = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(data) + data)
        self.process.stdin.flush()

    def notify(self, method, params):
        self.send({"method": method, "params": params})

    def wait(self, wanted, patience=300):
        """The time and contents of the next message that is wanted; questions of the server get a null answer."""
        until = time.perf_counter() + patience
        while True:
            at, message = self.messages.get(timeout=max(0.01, until - time.perf_counter()))
            if "method" in message and "id" in message:
                items = message.get("params", {}).get("items") if isinstance(message.get("params"), dict) else None
                self.send({"id": message["id"], "result": [None] * len(items) if items else None})
            elif wanted(message):
                return at, message

    def ask(self, method, params):
        self.number += 1
        number = self.number
        self.send({"id": number, "method": method, "params": params})
        return self.wait(lambda message: message.get("id") == number and "method" not in message)

    def memory(self):
        """Resident memory with child processes, in MiB."""
        listed = subprocess.run(["ps", "-eo", "pid,ppid,rss"], capture_output=True, encoding="utf-8", check=True)
        rows = [tuple(map(int, line.split())) for line in listed.stdout.splitlines()[1:]]
        family = {self.process.pid}
        for _ in rows:
            family |= {pid for pid, parent, _ in rows if parent in family}
        return sum(rss for pid, _, rss in rows if pid in family) // 1024


def measure(command, folder, ending, count, edits):
    """Times in milliseconds, by what was done."""
    begin = time.perf_counter()
    server = Server(command, folder)
    capabilities = {"textDocument": {"publishDiagnostics": {"versionSupport": True}, "hover": {}, "completion": {}}}
    workspace = {"uri": folder.as_uri(), "name": "bench"}
    server.ask("initialize", {
        "processId": os.getpid(), "rootUri": folder.as_uri(), "workspaceFolders": [workspace],
        "capabilities": capabilities})
    server.notify("initialized", {})
    path = folder / f"m{count - 2}.{ending}"
    uri, text = path.as_uri(), path.read_text("utf-8")
    document = {"uri": uri, "languageId": "spy" if ending == "spy" else "python", "version": 1, "text": text}
    server.notify("textDocument/didOpen", {"textDocument": document})

    def published(errors):
        def wanted(message):
            if message.get("method") != "textDocument/publishDiagnostics" or message["params"]["uri"] != uri:
                return False
            unknown = [it for it in message["params"]["diagnostics"] if "nothing_known" in it["message"]]
            return bool(unknown) == errors
        return wanted

    at, _ = server.wait(published(False))
    times = {"start": [(at - begin) * 1000], "diagnostics": [], "completion": [], "hover": []}
    line = next(n for n, it in enumerate(text.splitlines()) if "total += i * 3" in it and n > LINES_PER_MODULE // 2)
    column = text.splitlines()[line].index("3")
    place = {"textDocument": {"uri": uri}, "position": {"line": line, "character": column}}
    for edit in range(edits):
        wrong = edit % 2 == 0
        end = column if wrong else column + len("nothing_known + ")
        change = {
            "range": {"start": {"line": line, "character": column}, "end": {"line": line, "character": end}},
            "text": "nothing_known + " if wrong else "",
        }
        sent = time.perf_counter()
        server.notify("textDocument/didChange", {
            "textDocument": {"uri": uri, "version": edit + 2}, "contentChanges": [change]})
        at, _ = server.wait(published(wrong))
        times["diagnostics"].append((at - sent) * 1000)
        for name in ["completion", "hover"]:
            sent = time.perf_counter()
            at, _ = server.ask(f"textDocument/{name}", place)
            times[name].append((at - sent) * 1000)
    times["memory"] = [server.memory()]
    server.process.kill()
    server.process.wait()
    return times


def percentile(values):
    """The 99th."""
    values = sorted(values)
    return values[min(len(values) - 1, len(values) * 99 // 100)]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lines", type=int, default=100_000)
    parser.add_argument("--edits", type=int, default=200)
    parser.add_argument("--only", help="the name of one server")
    parser.add_argument("--check", action="store_true", help="exit with status 1 if spy misses a target")
    asked = parser.parse_args()
    missed = []
    spy = os.environ.get("SPY", str(ROOT / "target/release/spy"))
    beside = pathlib.Path(sys.executable).parent

    def tool(name):
        return shutil.which(name, path=f"{beside}{os.pathsep}{os.environ['PATH']}")

    servers = {
        "spy": ([spy, "lsp"], "spy"),
        "pyright": ([tool("pyright-langserver"), "--stdio"], "py"),
        "ty": ([tool("ty"), "server"], "py"),
    }
    print(f"{'server':8} {'start':>9} {'diagnostics':>21} {'completion':>21} {'hover':>21} {'memory':>9}")
    print(f"{'':8} {'ms':>9}" + f" {'median, 99th, ms':>21}" * 3 + f" {'MiB':>9}")
    for name, (command, ending) in servers.items():
        if asked.only not in (None, name):
            continue
        if command[0] is None:
            print(f"{name:8} is not installed")
            continue
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder).resolve()
            count = project(folder, ending, asked.lines)
            times = measure(command, folder, ending, count, asked.edits)

        if name == "spy":
            missed = [column for column, most in TARGETS.items() if percentile(times[column]) > most]

        def both(values):
            return f"{statistics.median(values):9.1f}, {percentile(values):9.1f}"

        columns = [both(times[column]) for column in ["diagnostics", "completion", "hover"]]
        print(f"{name:8} {times['start'][0]:9.0f} {columns[0]:>21} {columns[1]:>21} {columns[2]:>21} "
              f"{times['memory'][0]:9}", flush=True)
    if missed:
        print("spy misses the targets of: " + ", ".join(missed))
    sys.exit(asked.check and bool(missed))


if __name__ == "__main__":
    main()
