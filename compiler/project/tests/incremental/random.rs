//! Incremental equals clean: after any edits, a build is byte for byte what a build of the same
//! text from nothing is, with another number of threads and in another folder.

use crate::model::{Edit, KINDS, Model};
use crate::support::{Artefacts, Lab, clean, difference, lab_in, threads};
use proptest::prelude::*;

fn edit() -> impl Strategy<Value = Edit> {
    (0..KINDS, any::<u8>(), any::<u8>(), any::<u8>()).prop_map(|(kind, module, item, value)| Edit {
        kind,
        module,
        item,
        value,
    })
}

/// Makes the project's files those of the model.
fn write(lab: &Lab<'_>, model: &Model) {
    for (name, text) in model.files() {
        lab.write(&name, &text);
    }
}

/// A build of the model from nothing.
fn clean_build(count: usize, model: &Model) -> Artefacts {
    let files = model.files();
    let files: Vec<(&str, &str)> =
        files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    clean(count, &files)
}

#[test]
fn the_generated_project_has_no_errors() {
    let built = clean_build(1, &Model::new());
    assert_eq!(built.get("diagnostics").map(String::as_str), None);
}

proptest! {
    #![proptest_config(ProptestConfig { max_shrink_iters: 60, ..ProptestConfig::with_cases(5) })]

    #[test]
    fn incremental_equals_clean(
        steps in prop::collection::vec(prop::collection::vec(edit(), 1..4), 5),
        incremental_threads in prop::sample::select(vec![1_usize, 4]),
    ) {
        let mut failure = None;
        threads(incremental_threads, || {
            lab_in("/home/one", &[], |lab| {
                let mut model = Model::new();
                for edits in std::iter::once(&Vec::new()).chain(&steps) {
                    for edit in edits {
                        model.apply(*edit);
                    }
                    write(lab, &model);
                    let incremental = lab.artefacts();
                    let clean = clean_build(5 - incremental_threads, &model);
                    failure = difference(&incremental, &clean);
                    if failure.is_some() {
                        break;
                    }
                }
            });
        });
        prop_assert!(failure.is_none(), "{}", failure.unwrap_or_default());
    }
}
