//! Independent work on several threads.

use crate::bodies::{MAIN, SHAPES};
use crate::model::Model;
use crate::support::{Artefacts, Log, clean, difference, lab, threads};

/// A first build with so many threads.
fn first_build(count: usize, files: &[(&str, &str)]) -> (Artefacts, Log) {
    threads(count, || {
        let mut result = None;
        lab(files, |lab| result = Some(lab.build()));
        result.expect("it was built")
    })
}

#[test]
fn threads_change_neither_the_result_nor_what_runs() {
    let model = Model::new().files();
    let model: Vec<(&str, &str)> =
        model.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    for files in [&[("main.spy", MAIN), ("shapes.spy", SHAPES)][..], &model] {
        let (one, alone) = first_build(1, files);
        assert_eq!(one.get("diagnostics"), None);
        for count in [2, 4, 16] {
            let (many, together) = first_build(count, files);
            assert_eq!(difference(&many, &one), None);
            for kind in ["redshift", "call", "module", "emit"] {
                assert_eq!(together.of(kind), alone.of(kind), "{kind}");
                let mut once = together.of(kind);
                once.dedup();
                assert_eq!(once, together.of(kind), "{kind} ran twice");
            }
        }
    }
}

#[test]
fn threads_do_not_change_what_is_reported() {
    let errors: Vec<String> = (0..40)
        .map(|n| format!("def f{n}() -> i32:\n    print(\"x\" + {n})\n    return ping({n})\n"))
        .collect();
    let text = format!(
        "@blue\ndef ping(n: i32):\n    return pong(n)\n\n@blue\ndef pong(n: i32):\n    return ping(n)\n\n\
         {}\ndef main() -> None:\n    pass\n",
        errors.concat()
    );
    let files = [("main.spy", text.as_str())];
    let one = clean(1, &files);
    assert_eq!(one["diagnostics"].lines().count(), 40);
    for count in [2, 4] {
        assert_eq!(difference(&clean(count, &files), &one), None);
    }
}
