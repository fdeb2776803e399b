//! How programs end: panics, failing output, stack overflow.

use std::fs::OpenOptions;
use std::io::Read as _;
use std::process::Stdio;

use crate::support::{BOTH, Profile, Program, Ran};

const REPORT: &str = "   --> dir/prog.spy:7\n  7 |     raise it\n    | ^^^^^^^^^^^^\n";

/// Runs one case of `c/panics.c`, which prints "before" without flushing it.
#[track_caller]
fn check(program: &Program, case: &str, error: &str) {
    let ran = program.run(&[case]);
    let expected = Ran {
        stdout: "before\n".to_owned(),
        stderr: format!("{error}\n{REPORT}"),
        status: Some(1),
    };
    assert_eq!(ran, expected, "{case}");
}

#[test]
fn panics_flush_output_report_the_line_and_exit_with_1() {
    let cases = [
        ("i32_div", "ZeroDivisionError: division by zero"),
        ("i64_floordiv", "ZeroDivisionError: integer division or modulo by zero"),
        ("u8_mod", "ZeroDivisionError: integer modulo by zero"),
        ("i32_lshift", "ValueError: negative shift count"),
        ("i8_rshift", "ValueError: negative shift count"),
        ("i32_pow", "ValueError: integer ** negative exponent"),
        ("i32_pow_0", "ZeroDivisionError: 0 cannot be raised to a negative power"),
        ("f64_div", "ZeroDivisionError: float division by zero"),
        ("f32_floordiv", "ZeroDivisionError: float floor division by zero"),
        ("f64_mod", "ZeroDivisionError: float modulo by zero"),
        ("f64_pow", "ZeroDivisionError: 0.0 cannot be raised to a negative power"),
        ("f32_pow", "ValueError: math domain error"),
        ("complex_div", "ZeroDivisionError: complex division by zero"),
        ("raise", "IndexError: list index"),
        ("raise_empty", "KeyError: "),
        ("ord_empty", "TypeError: ord() expected a character, but string of length 0 found"),
        ("ord_long", "TypeError: ord() expected a character, but string of length 2 found"),
        ("alloc_negative", "ValueError: negative allocation count"),
        ("alloc_huge", "PanicError: out of memory"),
    ];
    for profile in BOTH {
        let program = Program::from_file("panics.c", profile);
        for (case, error) in cases {
            check(&program, case, error);
        }
    }
}

#[test]
fn checked_pointers_panic() {
    let cases = [
        ("getitem", "PanicError: ptr_getitem out of bounds"),
        ("getitem_negative", "PanicError: ptr_getitem out of bounds"),
        ("getitem_byref", "PanicError: ptr_getitem out of bounds"),
        ("store", "PanicError: ptr_store out of bounds"),
        ("null_getitem", "PanicError: cannot dereference NULL pointer"),
        ("null_field", "PanicError: cannot dereference NULL pointer"),
        ("null_deref", "PanicError: cannot dereference NULL pointer"),
        ("copy_dst", "PanicError: ptr_copy dst out of bounds"),
        ("copy_src", "PanicError: ptr_copy src out of bounds"),
        ("copy_overlap", "PanicError: ptr_copy regions overlap"),
        ("copy_slice_length", "PanicError: ptr_copy_slice length mismatch"),
        ("copy_slice_dst", "PanicError: ptr_copy_slice dst out of bounds"),
        ("copy_slice_src", "PanicError: ptr_copy_slice src out of bounds"),
        ("copy_slice_overlap", "PanicError: ptr_copy_slice regions overlap"),
        ("move_src", "PanicError: ptr_move src out of bounds"),
        ("move_slice_dst", "PanicError: ptr_move_slice dst out of bounds"),
        ("setbytes", "PanicError: ptr_setbytes out of bounds"),
        ("setbytes_slice", "PanicError: ptr_setbytes_slice out of bounds"),
        ("cmp_b", "PanicError: ptr_cmp b out of bounds"),
        ("cmp_slice_a", "PanicError: ptr_cmp_slice a out of bounds"),
        ("unchecked_div", "PanicError: division by zero"),
        ("unchecked_floordiv", "PanicError: integer division or modulo by zero"),
        ("unchecked_mod", "PanicError: float modulo by zero"),
    ];
    let program = Program::from_file("panics.c", Profile::Debug);
    for (case, error) in cases {
        check(&program, case, error);
    }
}

#[test]
fn reports_without_a_source_line() {
    let program = Program::from_file("panics.c", Profile::Debug);
    let unknown = "ValueError: no text\n   --> prog.spy:1234\n1234 | \
        <unable to read source line>\n    | ^\n";
    assert_eq!(program.run(&["no_text"]).stderr, unknown);
    assert_eq!(program.run(&["no_position"]).stderr, "ValueError: no position\n");
    assert_eq!(program.run(&["rawbuffer"]).stderr, "PanicError: rawbuffer access out of bounds\n");
    let missing = "ValueError: from C\n   --> missing.spy:2\n  2 | \
        <unable to read source line>\n    | ^\n";
    assert_eq!(program.run(&["panic_missing_file"]).stderr, missing);

    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(folder.path().join("there.spy"), "first\nsecond\n").expect("write");
    let output = program.command(&["panic_file"]).current_dir(folder.path()).output().expect("run");
    let shown = "ValueError: from C\n   --> there.spy:2\n  2 | second\n    | ^^^^^^\n";
    assert_eq!(Ran::from(output).stderr, shown);
}

#[test]
fn stack_overflow_is_a_message() {
    for profile in BOTH {
        let ran = Program::from_file("recursion.c", profile).run(&["1000000000"]);
        assert_eq!(ran.stdout, "before\n");
        assert_eq!(ran.stderr, "PanicError: stack overflow\n");
        assert_eq!(ran.status, Some(1));
    }
}

#[test]
fn deep_recursion_that_fits_is_fine() {
    let ran = Program::from_file("recursion.c", Profile::Debug).run(&["100000"]);
    assert_eq!(ran.lines(), ["before", "100000"]);
}

#[test]
fn a_full_disk_is_an_error() {
    let Ok(full) = OpenOptions::new().write(true).open("/dev/full") else {
        return;
    };
    let program = Program::from_file("output.c", Profile::Release);
    let output = program.command(&["10"]).stdout(full).output().expect("run");
    let ran = Ran::from(output);
    let message = "OSError: cannot write to standard output: No space left on device\n";
    assert_eq!((ran.stderr.as_str(), ran.status), (message, Some(1)));
}

#[test]
fn a_reader_that_goes_away_ends_the_program_quietly() {
    let program = Program::from_file("output.c", Profile::Release);
    let mut child = program
        .command(&["1000000000"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("start");
    let mut first = [0; 10];
    let mut stdout = child.stdout.take().expect("piped");
    stdout.read_exact(&mut first).expect("some output");
    drop(stdout);
    let output = child.wait_with_output().expect("wait");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert!(!output.status.success());
}

#[test]
fn large_output_arrives_whole() {
    let program = Program::from_file("output.c", Profile::Release);
    let ran = program.run(&["200000"]);
    let lines = ran.lines();
    assert_eq!(lines.len(), 200_000);
    assert!(lines.iter().enumerate().all(|(n, line)| *line == format!("line {n}")));
}
