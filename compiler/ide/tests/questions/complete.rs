//! Completion and signatures, in texts that are not finished.

use crate::fixture::{Fixture, edited};
use spy_ide::{Completion, CompletionKind};

fn complete(text: &str) -> (Fixture, Vec<Completion>) {
    let fixture = Fixture::new(text);
    let (path, at) = fixture.mark(0);
    let found = fixture.analysis().completions(path, at);
    (fixture, found)
}

fn labels(found: &[Completion]) -> Vec<&str> {
    found.iter().map(|item| item.label.as_str()).collect()
}

const POINT: &str = "\
@struct
class Point:
    x: i32
    y: i32

    def norm(self) -> f64:
        return 1.0

    @staticmethod
    def origin() -> Point:
        return Point(0, 0)

";

#[test]
fn attributes_come_from_the_type() {
    for (line, expect) in [
        ("p.$0", vec!["norm", "origin", "x", "y"]),
        ("p.n$0", vec!["norm", "origin", "x", "y"]),
        ("print(p.$0", vec!["norm", "origin", "x", "y"]),
        ("q = [p.$0, 1]", vec!["norm", "origin", "x", "y"]),
        ("if p.$0", vec!["norm", "origin", "x", "y"]),
        ("p.x = Point.$0", vec!["norm", "origin"]),
        ("Point(1, 2).$0", vec!["norm", "origin", "x", "y"]),
    ] {
        let text =
            format!("{POINT}def main() -> None:\n    p = Point(1, 2)\n    {line}\n    print(1)\n");
        let (_, found) = complete(&text);
        assert_eq!(labels(&found), expect, "{line}");
    }
    let (_, found) = complete("def main(s: str) -> None:\n    s.$0\n");
    assert!(labels(&found).contains(&"strip"), "{found:?}");
    assert!(!labels(&found).contains(&"__len__"));
    let (_, found) = complete("import math\n\ndef main() -> None:\n    x = math.$0\n");
    assert!(labels(&found).contains(&"sqrt") && labels(&found).contains(&"pi"), "{found:?}");
}

#[test]
fn names_come_from_near_to_far() {
    let (_, found) = complete(
        "LIMIT = 3\n\ndef helper(a: i32) -> i32:\n    return a\n\ndef main() -> None:\n    value = 1\n    $0\n",
    );
    let near: Vec<&str> = labels(&found).into_iter().take(4).collect();
    assert_eq!(near, ["value", "LIMIT", "helper", "main"]);
    let helper = found.iter().find(|item| item.label == "helper").expect("helper");
    assert_eq!(helper.kind, CompletionKind::Function);
    assert_eq!(helper.detail.as_deref(), Some("def helper(a: i32) -> i32"));
    assert!(labels(&found).contains(&"print") && labels(&found).contains(&"while"));
    assert!(!labels(&found).contains(&"a"), "a local of another function");
}

#[test]
fn arguments_can_be_named() {
    let (_, found) = complete(
        "def f(first: i32, second: i32) -> i32:\n    return first\n\ndef main() -> None:\n    f(1, $0\n",
    );
    assert_eq!(labels(&found)[..2], ["first=", "second="]);
}

#[test]
fn modules_and_their_names_can_be_imported() {
    let files = "//- main.spy\nfrom $0\n//- shapes.spy\ndef area() -> i32:\n    return 1\n";
    let (_, found) = complete(files);
    assert!(labels(&found).contains(&"shapes") && labels(&found).contains(&"math"), "{found:?}");
    let (_, found) = complete(&files.replace("from $0", "from shapes import $0"));
    assert_eq!(labels(&found), ["area"]);
    let (_, found) = complete(&files.replace("from $0", "from math import sq$0"));
    assert!(labels(&found).contains(&"sqrt"), "{found:?}");
}

#[test]
fn names_of_other_modules_bring_their_import() {
    let (fixture, found) = complete(
        "//- main.spy\n\"\"\"Doc.\"\"\"\nimport math\n\ndef main() -> None:\n    are$0\n\
         //- shapes.spy\ndef area() -> i32:\n    return 1\n",
    );
    let area = found.iter().find(|item| item.label == "area").expect("area");
    let edit = area.import.clone().expect("an import");
    let text = edited(&fixture, "main.spy", &[edit]);
    assert!(text.starts_with("\"\"\"Doc.\"\"\"\nimport math\nfrom shapes import area\n"), "{text}");
}

#[test]
fn nothing_is_offered_in_strings_and_comments_and_new_names() {
    for text in ["x = \"ab$0c\"\n", "# a$0\n", "def $0\n", "x = 12$0\n", "import math as $0\n"] {
        let (_, found) = complete(text);
        assert!(found.is_empty(), "{text}: {found:?}");
    }
}

#[test]
fn signatures_say_which_parameter_is_next() {
    let help = |line: &str| {
        let text = format!(
            "{POINT}def f(a: i32, b: str = \"x\", c: f64 = 1.0) -> i32:\n    \"\"\"Does it.\"\"\"\n    return a\n\n\
             def main() -> None:\n    p = Point(1, 2)\n    {line}\n"
        );
        let fixture = Fixture::new(&text);
        let (path, at) = fixture.mark(0);
        fixture.analysis().signature_help(path, at)
    };
    let first = help("f($0").expect("help");
    assert_eq!(first.label, "def f(a: i32, b: str = 'x', c: f64 = 1.0) -> i32");
    assert_eq!(first.active, Some(0));
    let (start, end) = first.params[1];
    assert_eq!(&first.label[start..end], "b: str = 'x'");
    assert_eq!(first.doc.as_deref(), Some("Does it."));
    assert_eq!(help("f(1, $0)").and_then(|help| help.active), Some(1));
    assert_eq!(help("f(1, c=$0)").and_then(|help| help.active), Some(2));
    assert_eq!(help("f(g(1, 2), $0").and_then(|help| help.active), Some(1));
    assert_eq!(help("p.norm($0)").map(|help| help.label).as_deref(), Some("def norm() -> f64"));
    assert_eq!(
        help("Point($0").map(|help| help.label).as_deref(),
        Some("def Point(x: i32, y: i32) -> Point")
    );
    assert!(help("x = (1, $0)").is_none());
}

#[test]
fn names_of_modules_go_on_where_they_were_left() {
    let files =
        "//- pkg/__init__.spy\nX = 1\n//- pkg/shapes.spy\nY = 1\n//- pkg/sub/__init__.spy\nZ = 1\n";
    let offered = |line: &str| {
        let (_, found) = complete(&format!("//- main.spy\n{line}\n{files}"));
        found.iter().map(|item| item.insert.clone()).collect::<Vec<_>>()
    };
    for line in ["from pkg.$0", "from pkg.s$0", "import pkg.$0", "import math, pkg.s$0"] {
        assert_eq!(offered(line), ["shapes", "sub"], "{line}");
    }
    assert!(offered("from p$0").contains(&"pkg.shapes".to_owned()));
    assert_eq!(offered("from pkg $0"), ["import"]);
    let inside =
        "//- main.spy\nimport pkg\n//- pkg/__init__.spy\nfrom .$0\n//- pkg/shapes.spy\nY = 1\n";
    assert_eq!(labels(&complete(inside).1), ["shapes"]);
}

#[test]
fn brackets_among_arguments_belong_to_the_call() {
    let help = |call: &str| {
        let text = format!(
            "def f(a: i32, b: list[i32]) -> i32:\n    return a\n\ndef main() -> None:\n    {call}\n"
        );
        let fixture = Fixture::new(&text);
        let (path, at) = fixture.mark(0);
        let labels: Vec<String> =
            fixture.analysis().completions(path, at).into_iter().map(|item| item.label).collect();
        let active = fixture.analysis().signature_help(path, at).and_then(|help| help.active);
        (active, labels.contains(&"b=".to_owned()))
    };
    assert_eq!(help("f($0)"), (Some(0), true));
    assert_eq!(help("f((2 + $0), [1])"), (Some(0), false));
    assert_eq!(help("f(1, [2, 3, $0])"), (Some(1), false));
    assert_eq!(help("f(1, [2, 3], $0)"), (None, true));
    assert_eq!(help("x = (1 + $0)"), (None, false));
}
