//! Generated programs: what they print and how they end is the same in every execution mode.

use crate::grow;
use crate::modes::{Finding, compare};
use crate::rng::Rng;
use crate::shrink::shrink;
use crate::{cases, on_large_stack};
use std::path::Path;
use std::time::Duration;

/// Functions in a run of continuous integration.
const FUNCTIONS: u64 = 200;

/// Functions in one program: compiling C takes most of the time, and part of that is paid once for
/// each program.
const PER_PROGRAM: usize = 25;

/// What making a faulty program shorter may take.
const SHRINK_TIME: Duration = Duration::from_secs(60);

/// Faults after which it is enough.
const MOST_FAULTS: usize = 5;

#[test]
fn every_mode_does_the_same() {
    let cases = cases(FUNCTIONS);
    let per_program = u64::try_from(PER_PROGRAM).expect("small");
    on_large_stack(|| {
        let mut reports: Vec<String> = Vec::new();
        for number in 0..cases.count.div_ceil(per_program) {
            let seed = cases.seed.wrapping_add(number);
            let text = grow::program(&mut Rng::new(seed), PER_PROGRAM);
            if let Err(finding) = compare(&text, None) {
                reports.push(report(seed, &text, &finding));
            }
            if reports.len() == MOST_FAULTS {
                break;
            }
        }
        assert!(reports.is_empty(), "{}", reports.join("\n\n"));
    });
}

/// Makes the program short and says what is wrong with it.
fn report(seed: u64, text: &str, finding: &Finding) -> String {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let [whole, short] = ["whole", "short"].map(|name| folder.join(format!("{seed}-{name}.spy")));
    std::fs::write(&whole, text).expect("the program can be written");
    let is_same =
        |text: &str| compare(text, Some(finding)).is_err_and(|found| found.kind == finding.kind);
    let shorter = shrink(text, SHRINK_TIME, is_same);
    std::fs::write(&short, &shorter).expect("the program can be written");
    let details =
        compare(&shorter, Some(finding)).err().map_or(String::new(), |finding| finding.details);
    format!(
        "seed {seed}: {}\n{details}\n{shorter}\nThe program stands in {}, as it was generated in {}.",
        finding.kind,
        short.display(),
        whole.display()
    )
}

#[test]
fn the_same_seed_gives_the_same_program() {
    let [one, again] = [7, 7].map(|seed| grow::program(&mut Rng::new(seed), 5));
    assert_eq!(one, again);
}
