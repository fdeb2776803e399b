//! Texts that change under the questions.

use crate::fixture::Fixture;
use spy_ide::{FilePath, cancellable};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

#[test]
fn answers_follow_the_text() {
    let mut fixture = Fixture::new(
        "//- main.spy\nfrom other import f\nX$0 = f(1)\n//- other.spy\n@blue\ndef f(n):\n    return n + 1\n",
    );
    let hover = |fixture: &Fixture| {
        let (path, at) = fixture.mark(0);
        fixture.analysis().hover(path, at).expect("known").code
    };
    assert_eq!(hover(&fixture), "X: i32 = 2");
    let other = Path::new("/w/other.spy");
    fixture.host.change(other, "@blue\ndef f(n):\n    return n + 10\n".into());
    assert_eq!(hover(&fixture), "X: i32 = 11");
    fixture.host.change(other, "import third\n@blue\ndef f(n):\n    return n\n".into());
    let found = fixture.analysis().check(&FilePath::Disk(other.into()));
    assert_eq!(found.len(), 1, "{found:?}");
    fixture.host.close(other);
    assert_eq!(hover(&fixture), "X: i32 = 2", "what is on the disk counts again");
}

#[test]
fn a_change_stops_what_is_being_computed() {
    let endless = "@blue\ndef f():\n    n = 0\n    while True:\n        n = n + 1\n    return n\n\nX$0 = f()\n";
    let mut fixture = Fixture::new(endless);
    let (path, _) = fixture.mark(0);
    let (path, analysis) = (path.clone(), fixture.analysis());
    static STARTED: AtomicBool = AtomicBool::new(false);
    let worker = std::thread::Builder::new().stack_size(64 << 20).spawn(move || {
        STARTED.store(true, Ordering::SeqCst);
        cancellable(move || analysis.check(&path))
    });
    while !STARTED.load(Ordering::SeqCst) {
        std::thread::yield_now();
    }
    fixture.host.change(Path::new("/w/main.spy"), "X = 1\n".into());
    let answer = worker.expect("a thread").join().expect("no panic");
    // Nothing at all if it had not begun yet, and then about the new text.
    assert!(answer.is_none_or(|found| found.is_empty()));
    let (path, _) = fixture.mark(0);
    assert!(fixture.analysis().check(path).is_empty());
}

#[test]
fn files_may_come_and_go() {
    let mut fixture = Fixture::new("//- main.spy\nimport other$0\n//- other.spy\nx = 1\n");
    let (path, _) = fixture.mark(0);
    let path = path.clone();
    assert!(fixture.analysis().check(&path).is_empty());
    let new = Path::new("/w/new.spy");
    fixture.host.open(new, "import other\nimport main\n".into(), &[]);
    let analysis = fixture.host.analysis(new).expect("a program");
    assert!(analysis.check(&FilePath::Disk(new.into())).is_empty());
    drop(analysis);
    fixture.host.close(new);
    assert!(fixture.analysis().check(&path).is_empty());
    assert_eq!(fixture.host.open_files().count(), 2);
}

#[test]
fn two_programs_do_not_mix() {
    let mut fixture = Fixture::new("import util$0\n");
    let (path, _) = fixture.mark(0);
    let path = path.clone();
    assert_eq!(fixture.analysis().check(&path).len(), 1);
    let elsewhere = Path::new("/x/util.spy");
    fixture.host.open(elsewhere, "y = 2\n".into(), &[]);
    assert_eq!(fixture.analysis().check(&path).len(), 1, "another folder's module");
    assert_eq!(fixture.host.all().len(), 2);
    fixture.host.open(Path::new("/w/util.spy"), "y = 1\n".into(), &[]);
    assert!(fixture.analysis().check(&path).is_empty());
}
