//! What is wrong, and what can be done about it.

use crate::fixture::{Fixture, edited};

fn messages(fixture: &Fixture) -> Vec<String> {
    let (path, _) = fixture.mark(0);
    let found = fixture.analysis().check(path);
    found
        .iter()
        .map(|finding| {
            let line = finding.message.lines().next().unwrap_or_default();
            format!("{} {}: {line}", fixture.show(&finding.range), finding.kind)
        })
        .collect()
}

#[test]
fn all_kinds_of_errors_are_found() {
    let check = |text: &str| messages(&Fixture::new(text));
    assert_eq!(check("x = 1$0\ny = (\n"), ["main.spy:2:y = ( ParseError: '(' was never closed"]);
    assert_eq!(
        check("import nothing$0\n"),
        ["main.spy:1:import nothing ImportError: cannot import `nothing`"]
    );
    assert_eq!(check("def f() -> None:\n    x: i32 = 1\n    x: i32 = 2$0\n").len(), 1);
    assert_eq!(
        check("X = 1 + unknown$0\n"),
        ["main.spy:1:unknown NameError: name `unknown` is not defined"]
    );
    assert_eq!(
        check("def f() -> i32:\n    return \"a\"$0\n"),
        ["main.spy:2:\"a\" TypeError: mismatched types"]
    );
    assert_eq!(check("def f() -> i32:\n    return 1$0\n"), Vec::<String>::new());
}

#[test]
fn errors_in_what_is_imported_are_shown_where_they_are() {
    let fixture = Fixture::new("//- main.spy\nimport other$0\n//- other.spy\nx = (\n");
    assert_eq!(messages(&fixture), ["other.spy:1:x = ( ParseError: '(' was never closed"]);
}

#[test]
fn instances_of_generic_code_are_checked_where_they_are_made() {
    let fixture = Fixture::new(
        "//- main.spy\nfrom other import add\n\ndef main() -> None:\n    print(add[str](\"a\"))$0\n\
         //- other.spy\ndef add[T](a: T) -> T:\n    return a - 1\n\ndef wrong() -> i32:\n    return \"\"\n",
    );
    let found = messages(&fixture);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].starts_with("other.spy:2:"), "{found:?}");
}

#[test]
fn endless_blue_code_ends() {
    let fixture = Fixture::new(
        "@blue\ndef f():\n    n = 0\n    while True:\n        n = n + 1\n    return n\n\nX = f()$0\n",
    );
    let found = messages(&fixture);
    assert!(found.len() == 1 && found[0].contains("takes too long"), "{found:?}");
}

/// The text after the only action whose title begins so.
fn repaired(text: &str, title: &str) -> String {
    let fixture = Fixture::new(text);
    let (path, at) = fixture.mark(0);
    let actions = fixture.analysis().actions(path, spy_text::Span::new(at, at));
    let action = actions.iter().find(|action| action.title.starts_with(title));
    let titles: Vec<_> = actions.iter().map(|action| &action.title).collect();
    let action = action.unwrap_or_else(|| panic!("no `{title}` among {titles:?}"));
    edited(&fixture, "main.spy", &action.edits)
}

#[test]
fn what_is_wrong_can_be_repaired() {
    let text =
        repaired("def main() -> None:\n    print(sq$0rt(2.0))\n", "Import `sqrt` from `math`");
    assert!(text.starts_with("from math import sqrt\ndef main()"), "{text}");
    let text = repaired("def main() -> None:\n    print(mat$0h.pi)\n", "Import the module `math`");
    assert!(text.starts_with("import math\ndef main()"), "{text}");
    let text = repaired(
        "//- main.spy\ndef main() -> None:\n    print(are$0a())\n//- shapes.spy\ndef area() -> i32:\n    return 1\n",
        "Import `area` from `shapes`",
    );
    assert!(text.starts_with("from shapes import area\n"), "{text}");
    let text = repaired("count = 0\n\ndef main() -> None:\n    co$0unt = 1\n", "Declare `count`");
    assert!(text.starts_with("var count = 0\n"), "{text}");
    let text = repaired("def f(a: i32)$0:\n    return 1.5\n", "Add the return type");
    assert!(text.starts_with("def f(a: i32) -> f64:\n"), "{text}");
    for (written, returned, ty) in [
        ("a: i64, b: list[i32]", "a + a", "i64"),
        ("a: i64, b: dict[str, i32]", "b", "dict[str, i32]"),
        ("a: i32 = 1", "-a / 2", "f64"),
        ("a: i32", "not a == 1", "bool"),
        ("a: i32", "g(a)", "str"),
        ("a: i32", "P(a)", "P"),
    ] {
        let around = "def g(a: i32) -> str:\n    return ''\n\n@struct\nclass P:\n    x: i32\n\n";
        let text = repaired(
            &format!("{around}def f({written})$0:\n    return {returned}\n"),
            "Add the return",
        );
        assert!(text.contains(&format!("def f({written}) -> {ty}:\n")), "{text}");
    }
    let text = repaired(
        "//- main.spy\nfrom shapes import (\n    size as s,\n)\nimport math\n\ndef main() -> None:\n    print(are$0a(), s())\n\
         //- shapes.spy\ndef area() -> i32:\n    return 1\n\ndef size() -> i32:\n    return 2\n",
        "Import `area` from `shapes`",
    );
    assert!(
        text.starts_with("from shapes import (\n    size as s, area,\n)\nimport math\n"),
        "{text}"
    );
    let text = repaired(
        "from math import sqrt\n\ndef main() -> None:\n    print(mat$0h.pi)\n",
        "Import the module",
    );
    assert!(text.starts_with("from math import sqrt\nimport math\n"), "{text}");
    let text = repaired("def f(a$0, b: i32) -> None:\n    pass\n", "Add the type `i32` to `a`");
    assert!(text.starts_with("def f(a: i32, b: i32)"), "{text}");
    let text = repaired("def f(n: i64) -> None:\n    x$0 = n + 1\n", "Write the type `i64`");
    assert!(text.contains("    x: i64 = n + 1\n"), "{text}");
}

#[test]
fn what_stands_below_a_mistake_is_still_known() {
    let fixture = Fixture::new(
        "X = unknown\n\n@struct\nclass C:\n    a: i32\n    b: nothing\n\ndef f(c: C) -> i32:\n    v$0 = c.a + (\n    w$1 = c.a\n    return w\n",
    );
    let (path, at) = fixture.mark(1);
    let hover = fixture.analysis().hover(path, at).expect("known");
    assert_eq!(hover.code, "w: i32");
}
