//! Hostile bytes that were found or thought of: `tests/fuzz/corpus`, a folder for each kind.

mod hostile;

use std::fs;
use std::path::PathBuf;

fn each(kind: &str, check: impl Fn(&str, &[u8])) {
    let dir = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/fuzz/corpus").join(kind);
    let mut files: Vec<PathBuf> = fs::read_dir(&dir)
        .expect("the corpus")
        .map(|entry| entry.expect("a file").path())
        .collect();
    files.sort();
    assert!(files.len() > 3, "{} has {} files", dir.display(), files.len());
    for file in files {
        let name = file.file_name().expect("a name").to_string_lossy();
        check(&name, &fs::read(&file).expect("it can be read"));
    }
}

#[test]
fn interfaces() {
    each("interface", |_, bytes| hostile::interface(bytes));
}

#[test]
fn objects() {
    each("object", |_, bytes| hostile::object(bytes));
}

#[test]
fn wheels() {
    // All others are hostile.
    each("wheel", |name, bytes| {
        assert_eq!(hostile::wheel(bytes), name.starts_with("good"), "{name}")
    });
}
