// The editor's side of SPy: starts the language server, and offers tasks and debugging.
"use strict";

const path = require("path");
const vscode = require("vscode");
const { LanguageClient, TransportKind } = require("vscode-languageclient/node");

let client;

function settings() {
  return vscode.workspace.getConfiguration("spy");
}

async function start() {
  if (!settings().get("server.enable")) {
    return;
  }
  const command = settings().get("path");
  const args = [...settings().get("arguments"), "lsp"];
  const run = { command, args, transport: TransportKind.stdio };
  const options = {
    documentSelector: [{ language: "spy" }],
    synchronize: { fileEvents: vscode.workspace.createFileSystemWatcher("**/*.spy") },
  };
  client = new LanguageClient("spy", "SPy", { run, debug: run }, options);
  try {
    await client.start();
  } catch (error) {
    client = undefined;
    vscode.window.showErrorMessage(
      `SPy: cannot start \`${command} lsp\`: ${error.message}. Is the setting spy.path right?`,
    );
  }
}

async function stop() {
  const running = client;
  client = undefined;
  await running?.stop();
}

const groups = {
  check: vscode.TaskGroup.Build,
  build: vscode.TaskGroup.Build,
  watch: vscode.TaskGroup.Build,
  test: vscode.TaskGroup.Test,
};

// A task for a file, whose errors become problems.
function task(command, file, more, definition) {
  const watches = command === "watch";
  const words = watches ? ["build", "--watch"] : [command];
  const args = [...words, "--message-format", "short", ...(more ?? []), file];
  const execution = new vscode.ProcessExecution(settings().get("path"), args, {
    cwd: vscode.workspace.getWorkspaceFolder(vscode.Uri.file(file))?.uri.fsPath ?? path.dirname(file),
  });
  const name = `${command} ${path.basename(file)}`;
  const made = new vscode.Task(
    definition ?? { type: "spy", command, file },
    vscode.TaskScope.Workspace,
    name,
    "spy",
    execution,
    watches ? "$spy-watch" : "$spy",
  );
  made.isBackground = watches;
  made.group = groups[command];
  return made;
}

function activeFile() {
  const document = vscode.window.activeTextEditor?.document;
  return document?.languageId === "spy" && document.uri.scheme === "file"
    ? document.uri.fsPath
    : undefined;
}

const tasks = {
  provideTasks() {
    const file = activeFile();
    return file ? ["check", "build", "run", "test", "watch"].map((command) => task(command, file)) : [];
  },
  resolveTask(asked) {
    const { command, file, arguments: more } = asked.definition;
    const main = file ?? activeFile();
    return main ? task(command, main, more, asked.definition) : undefined;
  },
};

// Runs a task to its end; whether it succeeded.
async function finished(work) {
  const running = await vscode.tasks.executeTask(work);
  return new Promise((resolve) => {
    const listener = vscode.tasks.onDidEndTaskProcess((event) => {
      if (event.execution === running) {
        listener.dispose();
        resolve(event.exitCode === 0);
      }
    });
  });
}

const debug = {
  resolveDebugConfiguration(_folder, config) {
    const program = config.program ?? activeFile();
    return program && { type: "spy", request: "launch", name: "SPy", ...config, program };
  },
  // Builds the program, and hands it to a debugger that knows machine code.
  async resolveDebugConfigurationWithSubstitutedVariables(_folder, config) {
    const source = config.program;
    if (!(await finished(task("build", source, ["-g"])))) {
      return undefined;
    }
    const folder = path.dirname(source);
    const program = path.join(folder, "build", path.basename(source, ".spy"));
    const shared = { request: "launch", name: config.name, program, args: config.args ?? [] };
    const has = (id) => vscode.extensions.getExtension(id) !== undefined;
    const wanted = config.debugger ?? (has("vadimcn.vscode-lldb") ? "lldb" : "gdb");
    if (wanted === "lldb" && has("vadimcn.vscode-lldb")) {
      return { ...shared, type: "lldb", cwd: folder };
    }
    if (wanted === "gdb" && has("ms-vscode.cpptools")) {
      return { ...shared, type: "cppdbg", MIMode: "gdb", cwd: folder };
    }
    vscode.window.showErrorMessage("SPy: debugging needs the extension CodeLLDB or C/C++.");
    return undefined;
  },
};

// Shows what is left of a function, or of the whole file, at run time.
async function showRedshifted(uri, name) {
  const target = uri ?? vscode.window.activeTextEditor?.document.uri.toString();
  if (!client || !target) {
    return;
  }
  try {
    const params = { textDocument: { uri: target }, function: name };
    const content = await client.sendRequest("spy/redshifted", params);
    const document = await vscode.workspace.openTextDocument({ language: "spy", content });
    await vscode.window.showTextDocument(document, vscode.ViewColumn.Beside, true);
  } catch (error) {
    vscode.window.showInformationMessage(`SPy: ${error.message}`);
  }
}

function run(uri) {
  const file = uri ? vscode.Uri.parse(uri).fsPath : activeFile();
  return file && vscode.tasks.executeTask(task("run", file));
}

// Runs the tests of a file, or one of them.
function test(uri, name) {
  const file = uri ? vscode.Uri.parse(uri).fsPath : activeFile();
  return file && vscode.tasks.executeTask(task("test", file, name ? ["--name", name] : []));
}

async function activate(context) {
  context.subscriptions.push(
    vscode.commands.registerCommand("spy.run", run),
    vscode.commands.registerCommand("spy.test", test),
    vscode.commands.registerCommand("spy.showRedshifted", showRedshifted),
    vscode.commands.registerCommand("spy.restart", async () => {
      await stop();
      await start();
    }),
    vscode.tasks.registerTaskProvider("spy", tasks),
    vscode.debug.registerDebugConfigurationProvider("spy", debug),
    vscode.workspace.onDidChangeConfiguration(async (event) => {
      if (event.affectsConfiguration("spy.path") || event.affectsConfiguration("spy.server")) {
        await stop();
        await start();
      }
    }),
  );
  await start();
}

module.exports = { activate, deactivate: stop };
