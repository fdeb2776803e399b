//! Collected memory: programs that allocate in a loop stay small, and nothing alive is lost.

use spy_runtime_embed::ArchiveKind;

use crate::support::{BOTH, Profile, Program, compilers};

/// Largest resident set, in KiB, that a program of a few live objects may reach.
const LIMIT_KIB: u64 = 50 * 1024;

#[test]
fn garbage_is_collected_and_live_data_survives() {
    for profile in BOTH {
        let program = Program::from_file("stress.c", profile);
        for case in ["strings", "trees", "interior"] {
            let ran = program.run(&[case]);
            let lines = ran.lines();
            assert_eq!(lines[0], "intact", "{case}");
            let peak: u64 = lines[1].parse().expect("a number");
            assert!(peak < LIMIT_KIB, "{case} took {peak} KiB");
        }
    }
}

#[test]
fn programs_run_without_a_collector() {
    let text = include_str!("c/texts.c");
    let compiler = &compilers()[0];
    let plain = Program::compile(text, Profile::Debug, compiler, ArchiveKind::HeapMalloc);
    let collected = Program::compile(text, Profile::Debug, compiler, ArchiveKind::HeapBdwgc);
    assert_eq!(plain.run(&[]), collected.run(&[]));
}

#[test]
fn objects_have_the_documented_layout() {
    let word = size_of::<usize>();
    for (profile, pointer) in [(Profile::Debug, 2 * word), (Profile::Release, word)] {
        let expected = format!("{} 0 {word} {}", 2 * word + pointer, 2 * word);
        let ran = Program::from_file("layout.c", profile).run(&[]);
        let pointers = format!("{pointer} 8");
        assert_eq!(ran.lines(), [&expected, &expected, &pointers]);
    }
}

#[test]
fn pointers_and_bulk_operations() {
    for profile in BOTH {
        let ran = Program::from_file("pointers.c", profile).run(&[]);
        let expected = [
            "0 0 0 7",
            "True False True True",
            "5 6 7 8 5 6 7 8",
            "5 5 6 7 5 6 7 8",
            "0 0 6 7 5 6 7 8",
            "0 -1 1 0",
            "9 9",
        ];
        assert_eq!(ran.lines(), expected);
    }
}
