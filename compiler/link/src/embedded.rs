//! Linking inside of this process, by `wild` as a library.
//!
//! A linker that is a process of its own is started by a C compiler, and reads every object again. For
//! small programs the first takes most of the time that linking takes. What the C compiler would tell
//! its linker (start-up files, folders, libraries) it says without starting one: `-###` prints it.
//!
//! A library that needs nothing of the machine's (start-up files, libraries) is linked from memory to
//! memory, and no C compiler is asked: [`shared`].
//!
//! Input is read, not mapped, and what comes out is a buffer until it is whole: so neither files that
//! change underneath nor a full disk can end this process.

use crate::LinkInput;
use crate::compiler::CCompiler;
use crate::error::LinkError;
use crate::process;
use libwild::error::Result as WildResult;
use libwild::{FileSystem, FileType, InputFileData, OsFileSystem, OutputFileData, OutputOptions};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// Links what a C compiler would link with these arguments, which name only the first of `objects`
/// (relative to `dir`): all of them are linked in its place.
///
/// # Errors
/// The C compiler cannot be run, or the linker refuses something.
pub(crate) fn link(
    cc: &CCompiler,
    args: &[OsString],
    objects: &[PathBuf],
    dir: &Path,
    output: &Path,
) -> Result<(), LinkError> {
    let command = process::describe(cc, args);
    let failed = |why: String| LinkError::Failed { command: command.clone(), output: why };
    let first = objects.first().ok_or_else(|| failed("nothing to link".into()))?;
    let printed = process::plan(cc, args, dir)?;
    let words = linker_words(&printed, first, objects)
        .ok_or_else(|| failed(format!("`-###` names no linker:\n{printed}")))?;
    let files = Files { dir: dir.to_owned(), memory: BTreeMap::new(), made: Arc::default() };
    let bytes = bytes_of(&words, files).map_err(failed)?;
    let path = dir.join(output);
    write_executable(&path, &bytes).map_err(|source| match source.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => LinkError::NoSpace { command },
        _ => LinkError::io("write", &path, source),
    })
}

/// Links these files to a library that offers the symbol `entry` and nothing else. What they leave
/// undefined, whoever loads it must have.
///
/// # Errors
/// The linker refuses something: a bug.
pub(crate) fn shared(inputs: Vec<LinkInput>, entry: &str) -> Result<Vec<u8>, LinkError> {
    const EXPORTS: &str = "exports";
    let version_script = format!("--version-script={EXPORTS}");
    let flags = [
        WILD,
        "-shared",
        "--gc-sections",
        "--eh-frame-hdr",
        "--build-id=none",
        "--hash-style=gnu",
        version_script.as_str(),
        "-o",
        "library",
    ];
    let names = inputs.iter().map(|input| input.name.clone());
    let words: Vec<String> = flags.into_iter().map(str::to_owned).chain(names).collect();
    let mut memory: BTreeMap<PathBuf, Cow<'static, [u8]>> =
        inputs.into_iter().map(|input| (input.name.into(), input.bytes)).collect();
    let exports = format!("{{ global: \"{entry}\"; local: *; }};\n");
    memory.insert(EXPORTS.into(), exports.into_bytes().into());
    let files = Files { dir: PathBuf::new(), memory, made: Arc::default() };
    bytes_of(&words, files).map_err(|output| LinkError::Failed { command: words.join(" "), output })
}

/// What the linker is called in its arguments.
const WILD: &str = "wild";

/// What the linker makes of the files that its arguments name, or what it says.
fn bytes_of(words: &[String], files: Files) -> Result<Vec<u8>, String> {
    let made = files.made.clone();
    match catch_unwind(AssertUnwindSafe(|| run(words, files))) {
        Ok(Ok(())) => {}
        Ok(Err(error)) => return Err(format!("{error:?}")),
        Err(_) => return Err("the linker panicked".to_owned()),
    }
    let made = made.lock().unwrap_or_else(PoisonError::into_inner).take();
    made.ok_or_else(|| "the linker made nothing".to_owned())
}

fn run(words: &[String], files: Files) -> WildResult {
    let words = || words.iter();
    let mut args = libwild::Args::new(words)?;
    // What it warns of concerns options of the C compiler's, which nobody here can change.
    args.on_warning(Box::new(|_| {}));
    args.parse(words)?;
    libwild::Linker::with_file_system(files).run(&args).map(drop)
}

/// The arguments for the linker, with its name, from what `-###` printed; all objects stand where the
/// first one stood.
fn linker_words(printed: &str, first: &Path, objects: &[PathBuf]) -> Option<Vec<String>> {
    let first = first.to_str()?;
    let lines = printed.lines().filter_map(shlex::split);
    let words = lines.into_iter().find(|words| words.iter().any(|word| word == first))?;
    let mut out = Vec::with_capacity(words.len() + objects.len());
    for word in words {
        if word == first {
            for object in objects {
                out.push(object.to_str()?.to_owned());
            }
        } else {
            out.push(word);
        }
    }
    Some(out)
}

fn write_executable(path: &Path, bytes: &[u8]) -> io::Result<()> {
    // What a file that is there already may do would stay as it is.
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o777).open(path)?;
    file.write_all(bytes)
}

/// The files of a link: what it reads lies in memory or on disk, what it makes is a buffer.
struct Files {
    /// What relative paths begin at.
    dir: PathBuf,
    /// What lies in memory, by relative path.
    memory: BTreeMap<PathBuf, Cow<'static, [u8]>>,
    made: Arc<Mutex<Option<Vec<u8>>>>,
}

/// A file that was read.
struct Input(Cow<'static, [u8]>);

impl std::fmt::Debug for Input {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} bytes", self.0.len())
    }
}

impl InputFileData for Input {
    fn bytes(&self) -> &[u8] {
        &self.0
    }
}

/// The executable that is being made.
struct Output {
    bytes: Vec<u8>,
    made: Arc<Mutex<Option<Vec<u8>>>>,
}

impl OutputFileData for Output {
    fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    fn bytes_mut(&mut self) -> &mut [u8] {
        &mut self.bytes
    }

    fn finish(self) -> WildResult {
        *self.made.lock().unwrap_or_else(PoisonError::into_inner) = Some(self.bytes);
        Ok(())
    }
}

impl FileSystem for Files {
    type Input = Input;
    type Output = Output;

    fn open_input(&self, path: &Path, _: bool) -> WildResult<(Input, Option<Arc<File>>)> {
        if let Some(bytes) = self.memory.get(path) {
            return Ok((Input(bytes.clone()), None));
        }
        Ok((Input(std::fs::read(self.dir.join(path))?.into()), None))
    }

    fn file_type(&self, path: &Path) -> WildResult<FileType> {
        if self.memory.contains_key(path) {
            return Ok(FileType::File);
        }
        OsFileSystem::new().file_type(&self.dir.join(path))
    }

    fn canonicalize(&self, path: &Path) -> WildResult<PathBuf> {
        OsFileSystem::new().canonicalize(&self.dir.join(path))
    }

    fn remove_file(&self, _: &Path) -> WildResult {
        Ok(())
    }

    fn rename_file(&self, _: &Path, _: &Path) -> WildResult {
        Ok(())
    }

    fn create_output(&self, _: Arc<Path>, options: OutputOptions) -> WildResult<Output> {
        let size = usize::try_from(options.size).unwrap_or(usize::MAX);
        let mut bytes = Vec::new();
        bytes.try_reserve_exact(size).map_err(|_| io::Error::from(io::ErrorKind::OutOfMemory))?;
        bytes.resize(size, 0);
        Ok(Output { bytes, made: self.made.clone() })
    }

    fn write_auxiliary(&self, _: &Path, _: &[u8]) -> WildResult {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use object::Object as _;

    #[test]
    fn objects_stand_where_the_first_stood() {
        let printed =
            "Using built-in specs.\n /usr/lib/collect2 -o \"a b\" crt1.o -L/x one.o lib.a\n";
        let objects = [PathBuf::from("one.o"), PathBuf::from("two words.o")];
        let words = linker_words(printed, Path::new("one.o"), &objects).expect("a command");
        let wanted =
            ["/usr/lib/collect2", "-o", "a b", "crt1.o", "-L/x", "one.o", "two words.o", "lib.a"];
        assert_eq!(words, wanted);
        assert_eq!(linker_words("gcc version 12\n", Path::new("one.o"), &objects), None);
    }

    #[test]
    fn libraries_are_linked_without_anything_else() {
        let dir = tempfile::tempdir().expect("a folder");
        let text = "int missing(int n);\nint hidden(int n) { return missing(n); }\n\
                    int entry(void) { return hidden(1); }\n";
        std::fs::write(dir.path().join("one.c"), text).expect("write");
        let cc = CCompiler::find(&crate::ToolEnv {
            path: std::env::var_os("PATH"),
            ..crate::ToolEnv::default()
        })
        .expect("a C compiler");
        let args = ["-c", "-fPIC", "one.c"].map(OsString::from);
        process::run(&cc, &args, dir.path()).expect("compiles");
        let object = std::fs::read(dir.path().join("one.o")).expect("an object");
        let input = |bytes: &[u8]| {
            vec![LinkInput { name: "any name.o".to_owned(), bytes: bytes.to_vec().into() }]
        };
        let made = shared(input(&object), "entry").expect("links");
        let file = object::File::parse(&*made).expect("a library");
        let names = |symbols: Vec<object::read::Export<'_>>| -> Vec<String> {
            let name =
                |symbol: &object::read::Export<'_>| String::from_utf8_lossy(symbol.name()).into();
            symbols.iter().map(name).collect()
        };
        assert_eq!(names(file.exports().expect("exports")), ["entry"]);
        let imports = file.imports().expect("imports");
        assert!(imports.iter().any(|import| import.name() == b"missing"));
        assert_eq!(made, shared(input(&object), "entry").expect("links again"));
        assert!(matches!(shared(input(b"no object"), "entry"), Err(LinkError::Failed { .. })));
    }

    #[test]
    fn what_cannot_be_linked_is_an_error() {
        let dir = tempfile::tempdir().expect("a folder");
        std::fs::write(dir.path().join("one.o"), b"no object").expect("write");
        let cc = CCompiler::find(&crate::ToolEnv {
            path: std::env::var_os("PATH"),
            ..crate::ToolEnv::default()
        })
        .expect("a C compiler");
        let args = ["-o", "out", "one.o"].map(OsString::from);
        let objects = [PathBuf::from("one.o")];
        let done = link(&cc, &args, &objects, dir.path(), Path::new("out"));
        assert!(matches!(done, Err(LinkError::Failed { .. })), "{done:?}");
        assert!(!dir.path().join("out").exists());
    }
}
