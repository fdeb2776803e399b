//! Files, output and the clock as an interpreted program sees them.

use super::*;
use std::path::Path;

/// What was written to a world's output, and how often something arrived.
#[derive(Clone, Default)]
struct Sink(Rc<RefCell<(Vec<u8>, usize)>>);

impl Sink {
    fn text(&self) -> String {
        String::from_utf8(self.0.borrow().0.clone()).expect("UTF-8")
    }

    fn writes(&self) -> usize {
        self.0.borrow().1
    }
}

impl Write for Sink {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        let mut inner = self.0.borrow_mut();
        inner.0.extend_from_slice(data);
        inner.1 += 1;
        Ok(data.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Output that always fails, and counts how often it was tried.
struct Broken(ErrorKind, Rc<RefCell<u32>>);

impl Write for Broken {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        *self.1.borrow_mut() += 1;
        Err(self.0.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn world() -> OsWorld {
    OsWorld::with_output(Box::new(Sink::default()), false)
}

fn call(world: &mut OsWorld, name: &str, args: &[Value]) -> Result<Value> {
    let name = format!("posix::{name}");
    assert!(spy_prim::runtime::lookup(&name).is_some(), "{name} is in the table");
    world.call(&name, args).expect("a function of the world")
}

fn open(world: &mut OsWorld, path: &Path, mode: &str) -> Value {
    let path = Value::str(path.to_str().expect("UTF-8"));
    call(world, "_fopen", &[path, Value::str(mode)]).expect("opens")
}

fn write(world: &mut OsWorld, file: &Value, text: &str) {
    call(world, "_fwrite", &[file.clone(), Value::str(text)]).expect("writes");
}

fn close(world: &mut OsWorld, file: Value) {
    assert_eq!(call(world, "_fclose", &[file]), Ok(Value::None));
}

fn read(world: &mut OsWorld, name: &str, file: &Value, rest: &[Value]) -> String {
    let args: Vec<Value> = std::iter::once(file).chain(rest).cloned().collect();
    call(world, name, &args).expect("reads").as_str().expect("a str").to_string()
}

fn tell(world: &mut OsWorld, file: &Value) -> i32 {
    call(world, "_ftell", std::slice::from_ref(file)).expect("tells").as_i32().expect("an i32")
}

fn seek(world: &mut OsWorld, file: &Value, offset: i32, whence: i32) -> Result<Value> {
    call(world, "_fseek", &[file.clone(), Value::i32(offset), Value::i32(whence)])
}

fn failure(result: Result<Value>) -> (ExcTy, String) {
    let error = result.expect_err("fails");
    (error.etype, error.message)
}

fn os(message: &str) -> (ExcTy, String) {
    (ExcTy::OSError, message.to_owned())
}

#[test]
fn output_is_gathered() {
    let sink = Sink::default();
    let mut world = OsWorld::with_output(Box::new(sink.clone()), false);
    for _ in 0..1000 {
        world.write("line\n").expect("writes");
    }
    assert_eq!(sink.writes(), 0);
    world.flush().expect("flushes");
    assert_eq!((sink.text(), sink.writes()), ("line\n".repeat(1000), 1));
    world.write(&"x".repeat(OUTPUT_BUFFER + 1)).expect("writes");
    assert_eq!(sink.writes(), 2);
    world.write("end").expect("writes");
    let other = world.clone();
    drop(world);
    assert_eq!(sink.writes(), 2);
    drop(other);
    assert!(sink.text().ends_with("xend"));
}

#[test]
fn lines_are_shown_on_a_terminal() {
    let sink = Sink::default();
    let mut world = OsWorld::with_output(Box::new(sink.clone()), true);
    world.write("a").expect("writes");
    assert_eq!(sink.text(), "");
    world.write("b\nc").expect("writes");
    assert_eq!(sink.text(), "ab\nc");
}

#[test]
fn a_lost_reader_can_be_told_from_other_failures() {
    for (kind, broken) in [(ErrorKind::BrokenPipe, true), (ErrorKind::StorageFull, false)] {
        let tries = Rc::new(RefCell::new(0));
        let mut world = OsWorld::with_output(Box::new(Broken(kind, tries.clone())), false);
        world.write("text").expect("is buffered");
        let error = world.flush().expect_err("fails");
        assert_eq!(error.etype, ExcTy::OSError);
        assert!(error.message.starts_with("cannot write to standard output: "));
        assert_eq!(is_broken_pipe(&error), broken);
        drop(world);
        assert_eq!(*tries.borrow(), 1);
    }
    let raised = SpyError::new(ExcTy::OSError, "cannot write to standard output: broken pipe");
    assert!(!is_broken_pipe(&raised));
}

#[test]
fn modes() {
    for good in ["r", "w", "a", "r+", "+r", "w+", "+w", "a+", "+a"] {
        assert!(Mode::parse(good).is_some(), "{good}");
    }
    for bad in ["", "+", "rw", "rr", "r++", "+r+", "rb", "x", "R", "r ", "r\0"] {
        assert_eq!(Mode::parse(bad), None, "{bad}");
        let args = [Value::str("f"), Value::str(bad)];
        let expected = (ExcTy::PanicError, "invalid mode for _fopen".to_owned());
        assert_eq!(failure(call(&mut world(), "_fopen", &args)), expected);
    }
}

#[test]
fn what_cannot_be_opened() {
    let folder = tempfile::tempdir().expect("a folder");
    let missing = folder.path().join("missing").to_str().expect("UTF-8").to_owned();
    for name in [missing.as_str(), "", "a\0b"] {
        let args = [Value::str(name), Value::str("r")];
        assert_eq!(failure(call(&mut world(), "_fopen", &args)), os("cannot open file"));
    }
}

#[test]
fn writes_then_reads() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("file");
    let world = &mut world();
    let file = open(world, &path, "w");
    write(world, &file, "one\ntwo\n");
    write(world, &file, "");
    write(world, &file, "three");
    // As in C, other readers see nothing before the buffer is written.
    assert_eq!(std::fs::read(&path).expect("reads"), b"");
    assert_eq!(tell(world, &file), 13);
    assert_eq!(call(world, "_fflush", std::slice::from_ref(&file)), Ok(Value::None));
    assert_eq!(std::fs::read(&path).expect("reads"), b"one\ntwo\nthree");
    close(world, file);

    let file = open(world, &path, "r");
    assert_eq!(read(world, "_fread", &file, &[Value::i32(0)]), "");
    assert_eq!(read(world, "_fread", &file, &[Value::i32(2)]), "on");
    assert_eq!(tell(world, &file), 2);
    assert_eq!(read(world, "_freadline", &file, &[]), "e\n");
    assert_eq!(read(world, "_freadline", &file, &[]), "two\n");
    assert_eq!(read(world, "_freadline", &file, &[]), "three");
    assert_eq!(read(world, "_freadline", &file, &[]), "");
    assert_eq!(seek(world, &file, 4, 0), Ok(Value::None));
    assert_eq!(read(world, "_freadall", &file, &[]), "two\nthree");
    assert_eq!(read(world, "_fread", &file, &[Value::i32(5)]), "");
    assert_eq!(seek(world, &file, -5, 2), Ok(Value::None));
    assert_eq!(read(world, "__freadall_chunked", &file, &[]), "three");
    assert_eq!(seek(world, &file, 0, 0), Ok(Value::None));
    assert_eq!(read(world, "_fread", &file, &[Value::i32(100)]), "one\ntwo\nthree");
    assert_eq!(seek(world, &file, 0, 0), Ok(Value::None));
    assert_eq!(read(world, "_fread", &file, &[Value::i32(-1)]), "one\ntwo\nthree");
    close(world, file);
}

#[test]
fn large_files() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("file");
    let world = &mut world();
    let text: String = (0..10_000).map(|number| format!("line {number}\n")).collect();
    let file = open(world, &path, "w");
    for line in text.split_inclusive('\n') {
        write(world, &file, line);
    }
    assert_eq!(tell(world, &file), i32::try_from(text.len()).expect("fits"));
    write(world, &file, &text);
    close(world, file);
    let twice = text.repeat(2);
    let file = open(world, &path, "r");
    assert_eq!(read(world, "_freadline", &file, &[]), "line 0\n");
    assert_eq!(read(world, "_freadall", &file, &[]), twice[7..]);
    assert_eq!(seek(world, &file, 0, 0), Ok(Value::None));
    assert_eq!(read(world, "_fread", &file, &[Value::i32(6000)]), twice[..6000]);
    assert_eq!(tell(world, &file), 6000);
    let mut rest = String::new();
    loop {
        let line = read(world, "_freadline", &file, &[]);
        if line.is_empty() {
            break;
        }
        rest.push_str(&line);
    }
    assert_eq!(rest, twice[6000..]);
}

#[test]
fn reading_and_writing_share_one_position() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("file");
    let world = &mut world();
    let file = open(world, &path, "w+");
    write(world, &file, "abcdef");
    assert_eq!(read(world, "_freadall", &file, &[]), "");
    assert_eq!(seek(world, &file, 1, 0), Ok(Value::None));
    assert_eq!(read(world, "_fread", &file, &[Value::i32(2)]), "bc");
    write(world, &file, "X");
    assert_eq!(tell(world, &file), 4);
    assert_eq!(read(world, "_fread", &file, &[Value::i32(1)]), "e");
    assert_eq!(seek(world, &file, -2, 1), Ok(Value::None));
    assert_eq!(read(world, "_freadall", &file, &[]), "Xef");
    close(world, file);
    assert_eq!(std::fs::read(&path).expect("reads"), b"abcXef");
    let file = open(world, &path, "r+");
    write(world, &file, "zz");
    close(world, file);
    assert_eq!(std::fs::read(&path).expect("reads"), b"zzcXef");
}

#[test]
fn appending() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("file");
    std::fs::write(&path, "12345").expect("writes");
    let world = &mut world();
    let file = open(world, &path, "a");
    assert_eq!(tell(world, &file), 5);
    write(world, &file, "6");
    assert_eq!(tell(world, &file), 6);
    close(world, file);
    let file = open(world, &path, "a+");
    assert_eq!(read(world, "_fread", &file, &[Value::i32(3)]), "123");
    write(world, &file, "7");
    assert_eq!(tell(world, &file), 7);
    assert_eq!(read(world, "_freadall", &file, &[]), "");
    close(world, file);
    assert_eq!(std::fs::read(&path).expect("reads"), b"1234567");
}

#[test]
fn errors_of_open_files() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("file");
    let world = &mut world();
    let file = open(world, &path, "w");
    for (name, message) in [
        ("_freadall", "freadall: read error"),
        ("__freadall_chunked", "freadall: read error"),
        ("_freadline", "freadline: read error"),
    ] {
        assert_eq!(failure(call(world, name, std::slice::from_ref(&file))), os(message));
    }
    let sized = |size| [file.clone(), Value::i32(size)];
    assert_eq!(failure(call(world, "_fread", &sized(1))), os("fread: read error"));
    assert_eq!(failure(call(world, "_fread", &sized(-1))), os("freadall: read error"));
    assert_eq!(call(world, "_fread", &sized(0)), Ok(Value::str("")));
    for (offset, whence) in [(-1, 0), (-1, 1), (0, 3), (0, -1)] {
        assert_eq!(failure(seek(world, &file, offset, whence)), os("fseek failed"));
    }
    let file = open(world, &path, "r");
    let written = call(world, "_fwrite", &[file.clone(), Value::str("x")]);
    assert_eq!(failure(written), os("fwrite: write error"));
    assert_eq!(call(world, "_fwrite", &[file, Value::str("")]), Ok(Value::None));
}

#[cfg(target_os = "linux")]
#[test]
fn devices_and_folders() {
    let world = &mut world();
    let folder = tempfile::tempdir().expect("a folder");
    let file = open(world, folder.path(), "r");
    assert_eq!(failure(call(world, "_freadall", &[file])), os("freadall: read error"));
    let file = open(world, Path::new("/dev/full"), "w");
    write(world, &file, "x");
    assert_eq!(
        failure(call(world, "_fflush", std::slice::from_ref(&file))),
        os("fflush: write error")
    );
    close(world, file);
    let file = open(world, Path::new("/dev/full"), "w");
    write(world, &file, "x");
    assert_eq!(failure(call(world, "_fclose", &[file])), os("fclose: write error"));
    let file = open(world, Path::new("/dev/full"), "w");
    let much = Value::str("x".repeat(10 * 4096));
    for _ in 0..3 {
        let result = call(world, "_fwrite", &[file.clone(), much.clone()]);
        assert_eq!(failure(result), os("fwrite: write error"));
    }
    let file = open(world, Path::new("/dev/zero"), "r");
    assert_eq!(read(world, "_fread", &file, &[Value::i32(9)]), "\0".repeat(9));
}

#[test]
fn closed_files() {
    let folder = tempfile::tempdir().expect("a folder");
    let world = &mut world();
    let file = open(world, &folder.path().join("file"), "w");
    let number = call(world, "_fileno", std::slice::from_ref(&file)).expect("a number");
    assert!(number.as_i32() > Some(2));
    assert_eq!(call(world, "_isatty", &[number]), Ok(Value::bool(false)));
    close(world, file.clone());
    for closed in [file, Value::File(0)] {
        let arguments: [(&str, Vec<Value>); 8] = [
            ("_fread", vec![Value::i32(1)]),
            ("_freadall", vec![]),
            ("__freadall_chunked", vec![]),
            ("_freadline", vec![]),
            ("_fwrite", vec![Value::str("x")]),
            ("_ftell", vec![]),
            ("_fseek", vec![Value::i32(0), Value::i32(0)]),
            ("_fflush", vec![]),
        ];
        for (name, rest) in arguments {
            let args: Vec<Value> = std::iter::once(closed.clone()).chain(rest).collect();
            let expected = (ExcTy::ValueError, "I/O operation on closed file".to_owned());
            assert_eq!(failure(call(world, name, &args)), expected);
        }
        assert_eq!(call(world, "_fclose", std::slice::from_ref(&closed)), Ok(Value::None));
        assert_eq!(call(world, "_fileno", &[closed]), Ok(Value::i32(-1)));
    }
    assert_eq!(call(world, "_isatty", &[Value::i32(-1)]), Ok(Value::bool(false)));
}

#[test]
fn bytes_that_are_not_utf8() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("file");
    std::fs::write(&path, b"\xff\xc3\xa4\n\xe2\x82").expect("writes");
    let world = &mut world();
    let file = open(world, &path, "r");
    assert_eq!(read(world, "_freadline", &file, &[]), "\u{fffd}ä\n");
    assert_eq!(read(world, "_freadall", &file, &[]), "\u{fffd}");
    assert_eq!(tell(world, &file), 6);
}

#[test]
fn files_are_written_at_the_end() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("file");
    let mut first = world();
    let file = open(&mut first, &path, "w");
    write(&mut first, &file, "kept");
    drop(first);
    assert_eq!(std::fs::read(&path).expect("reads"), b"kept");
}

#[test]
fn clock_and_terminal() {
    let mut world = world();
    let time = |world: &mut OsWorld| match world.call("time::time", &[]) {
        Some(Ok(Value::Scalar(Scalar::F64(now)))) => now,
        other => panic!("{other:?}"),
    };
    let before = time(&mut world);
    assert!(before > 1.5e9);
    for (seconds, least) in [(-1.0, 0.0), (f64::NAN, 0.0), (f64::NEG_INFINITY, 0.0), (0.02, 0.02)] {
        let start = std::time::Instant::now();
        let args = [Value::Scalar(Scalar::F64(seconds))];
        assert_eq!(world.call("time::sleep", &args), Some(Ok(Value::None)));
        assert!(start.elapsed().as_secs_f64() >= least);
    }
    let Ok(Value::Struct(size)) = call(&mut world, "get_terminal_size", &[]) else {
        panic!("a struct");
    };
    assert_eq!(size.ty, Ty::new(TyKey::TerminalSize));
    assert!(size.fields.iter().all(|field| field.as_i32() > Some(0)) && size.fields.len() == 2);
    assert_eq!(world.call("posix::nothing", &[]), None);
    assert_eq!(world.call("time::time", &[Value::None]), None);
}
