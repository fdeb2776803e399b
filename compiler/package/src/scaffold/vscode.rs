//! Tasks and debugging for Visual Studio Code, which need no extension for SPy: the problem matchers
//! are spelled out.

use serde_json::{Value, json};

/// One line of `--message-format short`.
const LINE: &str = r"^(.+?):(\d+):(\d+): (error|warning): (.*)$";

/// The task that builds what is debugged.
const BUILD: &str = "spy: build";

/// The settings of a project whose main file is `MAIN.spy`.
pub(super) fn files(main: &str) -> [(String, String); 2] {
    let text = |value: &Value| format!("{value:#}\n");
    [
        (".vscode/tasks.json".to_owned(), text(&tasks(main))),
        (".vscode/launch.json".to_owned(), text(&launch(main))),
    ]
}

fn tasks(main: &str) -> Value {
    let file = format!("{main}.spy");
    let short = ["--message-format", "short"];
    let task = |label: &str, words: &[&str], group: Value| {
        let mut task = json!({
            "label": label,
            "type": "process",
            "command": "spy",
            "args": words,
            "problemMatcher": matcher(),
        });
        if !group.is_null() {
            task["group"] = group;
        }
        task
    };
    let default = |kind: &str| json!({ "kind": kind, "isDefault": true });
    let mut watch =
        task("spy: watch", &["build", "--watch", short[0], short[1], &file], json!("build"));
    watch["isBackground"] = json!(true);
    watch["problemMatcher"]["background"] = json!({
        "activeOnStart": true,
        "beginsPattern": r"^\[spy\] building ",
        "endsPattern": r"^\[spy\] done: ",
    });
    json!({
        "version": "2.0.0",
        "tasks": [
            task("spy: check", &["check", short[0], short[1], &file], json!("build")),
            task(BUILD, &["build", "-g", short[0], short[1], &file], default("build")),
            task("spy: run", &["run", short[0], short[1], &file], Value::Null),
            task("spy: test", &["test", short[0], short[1]], default("test")),
            watch,
        ],
    })
}

fn matcher() -> Value {
    json!({
        "owner": "spy",
        "source": "spy",
        "fileLocation": ["autoDetect", "${workspaceFolder}"],
        "pattern": {
            "regexp": LINE,
            "file": 1,
            "line": 2,
            "column": 3,
            "severity": 4,
            "message": 5,
        },
    })
}

/// gdb comes with the extension C/C++, lldb with CodeLLDB.
fn launch(main: &str) -> Value {
    let configuration = |name: &str, kind: &str| {
        json!({
            "name": name,
            "type": kind,
            "request": "launch",
            "program": format!("${{workspaceFolder}}/build/{main}"),
            "args": [],
            "cwd": "${workspaceFolder}",
            "preLaunchTask": BUILD,
        })
    };
    let mut gdb = configuration("Debug with gdb", "cppdbg");
    gdb["MIMode"] = json!("gdb");
    json!({ "version": "0.2.0", "configurations": [gdb, configuration("Debug with lldb", "lldb")] })
}
