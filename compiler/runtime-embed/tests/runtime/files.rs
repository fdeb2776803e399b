//! Module `posix`, `rawbuffer` and `time`.

use crate::support::{BOTH, Profile, Program};

#[test]
fn files_are_written_and_read_back() {
    for profile in BOTH {
        let ran = Program::from_file("files.c", profile).run(&["normal"]);
        let expected = [
            "[first\n]",
            "[second]",
            "[]",
            "[first\nsecond]",
            "[fir]",
            "[st\nsecond]",
            "[]",
            "12 3 [st\n]",
            "[first\nsecond+]",
            "True",
            "1000000 1000000",
            "80 24",
            "True True",
        ];
        assert_eq!(ran.lines().join("\n"), expected.join("\n"));
    }
}

#[test]
fn files_that_fail_say_so() {
    let cases = [
        ("mode_empty", "PanicError: invalid mode for _fopen"),
        ("mode_twice", "PanicError: invalid mode for _fopen"),
        ("mode_binary", "PanicError: invalid mode for _fopen"),
        ("missing", "OSError: cannot open file"),
        ("nul", "OSError: cannot open file"),
        ("seek", "OSError: fseek failed"),
        ("write", "OSError: fwrite: write error"),
        ("read", "OSError: freadall: read error"),
        ("line", "OSError: freadline: read error"),
        ("closed", "ValueError: I/O operation on closed file"),
    ];
    let program = Program::from_file("files.c", Profile::Debug);
    for (case, error) in cases {
        let ran = program.run(&[case]);
        let expected = format!("{error}\n   --> prog.spy:3\n  3 | open\n    | ^^^^\n");
        assert_eq!((ran.stderr, ran.status), (expected, Some(1)), "{case}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_noticed_when_closing() {
    let ran = Program::from_file("files.c", Profile::Debug).run(&["full"]);
    assert_eq!((ran.stderr.as_str(), ran.status), ("OSError: fclose: write error\n", Some(1)));
}
