//! Definitions, references, names.

use crate::fixture::{Fixture, edited};
use spy_ide::{FilePath, RenameError};

const TWO_FILES: &str = "\
//- main.spy
from shapes import Point$0, area as size$1
import shapes$2

def main() -> None:
    p$3 = Point(1, 2)
    print(p$4.x$5, size$6(p), shapes.area$7(p), p.moved$8(dx=1$9))
    print(len(\"abc\".strip$10()))
//- shapes.spy
@struct
class Point:
    x: i32
    y: i32

    def moved(self, dx$11: i32) -> Point$12:
        return Point(self.x + dx$13, self.y)

def area$14(p: Point) -> i32:
    return p.x * p.y$15
";

fn definition(fixture: &Fixture, n: usize) -> Option<String> {
    let (path, at) = fixture.mark(n);
    fixture.analysis().definition(path, at).map(|range| fixture.show(&range))
}

#[test]
fn names_lead_to_their_definitions() {
    let fixture = Fixture::new(TWO_FILES);
    let expect = [
        (0, "shapes.spy:2:Point"),
        (1, "shapes.spy:9:area"),
        (2, "shapes.spy:1:"),
        (4, "main.spy:5:p"),
        (5, "shapes.spy:3:x"),
        (6, "shapes.spy:9:area"),
        (7, "shapes.spy:9:area"),
        (8, "shapes.spy:6:moved"),
        (12, "shapes.spy:2:Point"),
        (13, "shapes.spy:6:dx"),
        (15, "shapes.spy:4:y"),
    ];
    for (n, place) in expect {
        assert_eq!(definition(&fixture, n).as_deref(), Some(place), "${n}");
    }
    let strip = definition(&fixture, 10).expect("a definition");
    assert!(strip.starts_with("<_str>:") && strip.ends_with(":strip"), "{strip}");
}

#[test]
fn references_are_found_in_all_files() {
    let fixture = Fixture::new(TWO_FILES);
    let found = |n: usize, declaration: bool| -> Vec<String> {
        let (path, at) = fixture.mark(n);
        let found = fixture.analysis().references(path, at, declaration);
        found.iter().map(|range| fixture.show(range)).collect()
    };
    assert_eq!(found(14, true), ["main.spy:1:area", "main.spy:6:area", "shapes.spy:9:area",]);
    assert_eq!(found(5, false), ["main.spy:6:x", "shapes.spy:7:x", "shapes.spy:10:x"]);
    assert_eq!(found(11, true), ["main.spy:6:dx", "shapes.spy:6:dx", "shapes.spy:7:dx"]);
    let (path, at) = fixture.mark(3);
    assert_eq!(fixture.analysis().highlights(path, at).len(), 5);
}

#[test]
fn names_are_changed_wherever_they_are_used() {
    let fixture = Fixture::new(TWO_FILES);
    let (path, at) = fixture.mark(14);
    let edits = fixture.analysis().rename(path, at, "surface").expect("renamed");
    let main = edited(&fixture, "main.spy", &edits);
    assert!(main.contains("import Point, surface as size"), "{main}");
    assert!(main.contains("size(p), shapes.surface(p)"), "{main}");
    assert!(edited(&fixture, "shapes.spy", &edits).contains("def surface(p: Point)"));
    let (path, at) = fixture.mark(11);
    let edits = fixture.analysis().rename(path, at, "by").expect("renamed");
    assert!(edited(&fixture, "main.spy", &edits).contains("p.moved(by=1)"));
    assert!(edited(&fixture, "shapes.spy", &edits).contains("self.x + by"));
}

#[test]
fn what_cannot_be_renamed_says_why() {
    let fixture = Fixture::new(TWO_FILES);
    let rename = |n: usize, to: &str| {
        let (path, at) = fixture.mark(n);
        fixture.analysis().rename(path, at, to).expect_err("no rename")
    };
    assert_eq!(rename(14, "a b"), RenameError::BadName("a b".to_owned()));
    assert_eq!(rename(14, "if"), RenameError::BadName("if".to_owned()));
    assert_eq!(rename(14, "Point"), RenameError::Taken("Point".to_owned()));
    assert_eq!(rename(10, "x"), RenameError::NotOwn("strip".to_owned()));
    assert_eq!(rename(2, "x"), RenameError::Module);
}

#[test]
fn library_texts_can_be_looked_at() {
    let fixture = Fixture::new(TWO_FILES);
    let path = FilePath::Library("_str".into());
    let analysis = fixture.analysis();
    assert!(analysis.text(&path).is_some());
    assert!(!analysis.document_symbols(&path).is_empty());
    assert!(analysis.check(&path).is_empty());
}
