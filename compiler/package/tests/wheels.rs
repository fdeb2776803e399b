//! Wheels: what is written can be read, is the same each time, and hostile ones change nothing.

use proptest::prelude::*;
use spy_package::manifest::Manifest;
use spy_package::wheel::{self, Limits, Wheel};
use spy_package::{Distribution, PackageError, sdist};
use std::fs;
use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};
use tempfile::TempDir;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

const PYPROJECT: &str = "[project]\nname = 'demo'\nversion = '1.0'\nlicense-files = ['LICENSE']\nreadme = 'README.md'\n";

fn project() -> TempDir {
    let dir = tempfile::tempdir().expect("a folder");
    let files = [
        ("pyproject.toml", PYPROJECT),
        ("README.md", "# Demo\n"),
        ("LICENSE", "Free.\n"),
        ("demo/__init__.spy", "from .sub import f\n"),
        ("demo/sub.spy", "def f() -> i32:\n    return 1\n"),
        ("demo/py.typed", ""),
        ("demo/__pycache__/x.pyc", "no"),
        ("demo/.hidden", "no"),
    ];
    for (path, text) in files {
        let path = dir.path().join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
        fs::write(path, text).expect("a file");
    }
    dir
}

fn build(dir: &Path) -> (Manifest, Distribution) {
    let manifest = Manifest::read(dir).expect("a manifest");
    let dist = Distribution::read(&manifest).expect("files");
    (manifest, dist)
}

/// A folder in which `name` stands, and the result of unpacking it there.
fn unpack(name: &str, bytes: &[u8], limits: Limits) -> (TempDir, Result<PathBuf, PackageError>) {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join(name);
    fs::write(&path, bytes).expect("a file");
    let target = dir.path().join("a/target");
    let done = Wheel::open(&path, limits).and_then(|wheel| wheel.unpack(&target));
    (dir, done.map(|()| target))
}

#[test]
fn a_wheel_holds_the_package_and_can_be_unpacked() {
    let dir = project();
    let (_, dist) = build(dir.path());
    let built = wheel::archive(&dist).expect("packs");
    assert_eq!(built.name, "demo-1.0-py3-none-any.whl");
    let (_dir, target) = unpack(&built.name, &built.bytes, Limits::default());
    let target = target.expect("unpacks");
    let text = |path: &str| fs::read_to_string(target.join(path)).expect(path);
    assert_eq!(text("demo/__init__.spy"), "from .sub import f\n");
    assert_eq!(text("demo-1.0.dist-info/licenses/LICENSE"), "Free.\n");
    assert!(text("demo-1.0.dist-info/METADATA").contains("\nName: demo\nVersion: 1.0\n"));
    assert!(text("demo-1.0.dist-info/WHEEL").contains("Tag: py3-none-any\n"));
    assert!(!target.join("demo/.hidden").exists() && !target.join("demo/__pycache__").exists());
}

#[test]
fn archives_are_the_same_for_the_same_files() {
    let (one, two) = (project(), project());
    // Neither the order of creation nor times may show.
    let file =
        fs::File::options().write(true).open(two.path().join("demo/sub.spy")).expect("a file");
    file.set_modified(std::time::SystemTime::UNIX_EPOCH).expect("a time");
    let make = |dir: &TempDir| {
        let (manifest, dist) = build(dir.path());
        let source = sdist::archive(&manifest, &dist).expect("packs");
        (wheel::archive(&dist).expect("packs"), source)
    };
    assert_eq!(make(&one), make(&two));
}

#[test]
fn a_package_without_source_ships_none() {
    let dir = project();
    fs::write(
        dir.path().join("pyproject.toml"),
        format!("{PYPROJECT}[tool.spy]\nsource = false\n"),
    )
    .expect("a file");
    let (_, dist) = build(dir.path());
    let built = wheel::archive(&dist).expect("packs");
    let (_dir, target) = unpack(&built.name, &built.bytes, Limits::default());
    let target = target.expect("unpacks");
    assert!(!target.join("demo/sub.spy").exists() && target.join("demo/py.typed").exists());
}

#[test]
fn links_are_not_shipped() {
    let dir = project();
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("/etc/passwd", dir.path().join("demo/x.spy")).expect("a link");
        let manifest = Manifest::read(dir.path()).expect("a manifest");
        let error = Distribution::read(&manifest).expect_err("a link");
        assert!(error.message.contains("no regular file"), "{error}");
    }
}

/// The members of a good wheel, with `RECORD` last.
fn members(extra: &[(&str, &[u8])]) -> Vec<(String, Vec<u8>)> {
    let dir = project();
    let (_, dist) = build(dir.path());
    let built = wheel::archive(&dist).expect("packs");
    let mut archive = zip::ZipArchive::new(Cursor::new(built.bytes)).expect("an archive");
    let mut members: Vec<(String, Vec<u8>)> = Vec::new();
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).expect("a member");
        let mut bytes = Vec::new();
        std::io::copy(&mut entry, &mut bytes).expect("bytes");
        members.push((entry.name().expect("a name").into_owned(), bytes));
    }
    members.extend(extra.iter().map(|(name, bytes)| ((*name).to_owned(), bytes.to_vec())));
    members
}

fn pack(members: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    for (name, bytes) in members {
        zip.start_file(name.as_str(), options).expect("a member");
        zip.write_all(bytes).expect("bytes");
    }
    zip.finish().expect("an archive").into_inner()
}

/// What is said about a wheel; nothing may be left of it.
fn refusal(bytes: &[u8]) -> String {
    let limits = Limits { members: 50, archive: 1 << 20, member: 1 << 20, total: 2 << 20 };
    let (dir, done) = unpack("demo-1.0-py3-none-any.whl", bytes, limits);
    let error = done.expect_err("must be refused");
    let inside: Vec<_> = fs::read_dir(dir.path().join("a"))
        .map(|entries| entries.flatten().map(|entry| entry.path()).collect())
        .unwrap_or_default();
    assert!(inside.is_empty(), "{error}: {inside:?}");
    assert!(error.message.contains("demo-1.0-py3-none-any.whl"), "{error}");
    error.message
}

#[test]
fn no_member_leaves_the_folder() {
    for name in [
        "../evil",
        "/etc/evil",
        "demo/../../evil",
        "C:/evil",
        "demo\\..\\evil",
        "nul",
        "demo/com1.txt",
        "demo/",
        "demo/x\0",
        "demo//x",
        "demo/x.",
    ] {
        let said = refusal(&pack(&members(&[(name, b"x")])));
        assert!(said.contains("refused"), "{name}: {said}");
    }
    let long = "d/".repeat(800) + "x";
    refusal(&pack(&members(&[(&long, b"x")])));
}

#[test]
fn links_are_refused() {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    zip.add_symlink("demo/link", "/etc", SimpleFileOptions::default()).expect("a link");
    let said = refusal(&zip.finish().expect("an archive").into_inner());
    assert!(said.contains("symbolic link"), "{said}");
}

#[test]
fn names_that_some_systems_take_for_one_are_refused() {
    let case = refusal(&pack(&members(&[("demo/SUB.spy", b"x")])));
    assert!(case.contains("case"), "{case}");
    let folder = refusal(&pack(&members(&[("Demo/x", b"x")])));
    assert!(folder.contains("case"), "{folder}");
    let both = refusal(&pack(&members(&[("demo/sub.spy/x", b"x")])));
    assert!(both.contains("a file and a folder"), "{both}");
}

#[test]
fn a_member_that_is_there_twice_is_refused() {
    let mut bytes = pack(&members(&[("demo/sub.spx", b"evil")]));
    // The writer refuses to do it, so it is done by hand: in the header and in the directory.
    let places: Vec<usize> = bytes
        .windows(12)
        .enumerate()
        .filter(|(_, part)| part == b"demo/sub.spx")
        .map(|(at, _)| at)
        .collect();
    assert_eq!(places.len(), 2);
    places.iter().for_each(|at| bytes[at + 11] = b'y');
    let said = refusal(&bytes);
    assert!(said.contains("one name"), "{said}");
}

#[test]
fn sizes_are_bounded_whatever_the_archive_says() {
    let bomb = vec![0; 3 << 20];
    let said = refusal(&pack(&members(&[("demo/bomb", &bomb)])));
    assert!(said.contains("too large"), "{said}");
    // The directory says that it is small.
    let mut bytes = pack(&members(&[("demo/bomb", &bomb)]));
    let size = u32::try_from(bomb.len()).expect("small").to_le_bytes();
    for at in (0..bytes.len() - 4).filter(|at| bytes[*at..at + 4] == size).collect::<Vec<_>>() {
        bytes[at..at + 4].copy_from_slice(&10_u32.to_le_bytes());
    }
    refusal(&bytes);
    let many: Vec<(String, Vec<u8>)> = (0..60).map(|n| (format!("demo/{n}"), Vec::new())).collect();
    let said = refusal(&pack(&many));
    assert!(said.contains("more than 50 members"), "{said}");
    let noise: Vec<u8> =
        (0..(2_u32 << 20)).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let mut all = members(&[]);
    all.push(("demo/noise".to_owned(), noise));
    refusal(&pack(&all));
}

#[test]
fn what_record_does_not_vouch_for_is_refused() {
    let unlisted = refusal(&pack(&members(&[("demo/extra.spy", b"x")])));
    assert!(unlisted.contains("RECORD does not name"), "{unlisted}");
    let mut changed = members(&[]);
    changed[0].1.push(b' ');
    let said = refusal(&pack(&changed));
    assert!(said.contains("hash differs"), "{said}");
    let mut missing = members(&[]);
    missing.remove(0);
    let said = refusal(&pack(&missing));
    assert!(said.contains("not there"), "{said}");
    let mut without = members(&[]);
    without.retain(|(name, _)| !name.ends_with("RECORD"));
    refusal(&pack(&without));
}

#[test]
fn metadata_must_belong_to_the_name() {
    let two = refusal(&pack(&members(&[("x-1.dist-info/WHEEL", b"")])));
    assert!(two.contains(".dist-info"), "{two}");
    let (_dir, done) =
        unpack("other-1.0-py3-none-any.whl", &pack(&members(&[])), Limits::default());
    assert!(done.expect_err("another name").message.contains("does not agree"));
    let none = refusal(&pack(&[("demo/x".to_owned(), Vec::new())]));
    assert!(none.contains(".dist-info"), "{none}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    /// Whatever is changed in a wheel, it is refused, or what is unpacked is what `RECORD` says.
    #[test]
    fn damage_is_found(changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
                       cut in proptest::option::of(any::<prop::sample::Index>())) {
        let mut bytes = pack(&members(&[]));
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        let (_dir, done) = unpack("demo-1.0-py3-none-any.whl", &bytes, Limits::default());
        if let Ok(target) = done {
            let text = fs::read_to_string(target.join("demo/sub.spy")).expect("the file");
            prop_assert_eq!(text, "def f() -> i32:\n    return 1\n");
        }
    }
}
