//! Programs in memory, with marked places.

use spy_db::{Limits, MemorySystem};
use spy_ide::{Analysis, FilePath, FileRange, Host, HostSettings};
use spy_text::Span;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A program that is open in an editor.
pub(crate) struct Fixture {
    pub(crate) host: Host,
    /// Where `$n` stood.
    marks: Vec<(FilePath, u32)>,
}

impl Fixture {
    /// Files from a text in which each begins with a line `//- name`; a text without such a line is
    /// `main.spy`.
    pub(crate) fn new(text: &str) -> Self {
        let mut files: Vec<(String, String)> = Vec::new();
        for line in text.lines() {
            match line.strip_prefix("//- ") {
                Some(name) => files.push((name.to_owned(), String::new())),
                None => {
                    if files.is_empty() {
                        files.push(("main.spy".to_owned(), String::new()));
                    }
                    let file = files.last_mut().expect("a file");
                    file.1.push_str(line);
                    file.1.push('\n');
                }
            }
        }
        let disk = MemorySystem::default();
        let mut marks = Vec::new();
        let mut opened = Vec::new();
        for (name, text) in files {
            let path = Path::new("/w").join(name);
            let (text, found) = take_marks(&text);
            disk.write(path.clone(), text.as_str());
            marks.extend(found.into_iter().map(|(n, at)| (n, FilePath::Disk(path.clone()), at)));
            opened.push((path, text));
        }
        marks.sort_by_key(|(n, _, _)| *n);
        let limits = Limits { fuel: 500_000, ..Limits::default() };
        let settings = HostSettings { limits, ..HostSettings::default() };
        let mut host = Host::new(settings, Arc::new(disk));
        let all: Vec<PathBuf> = opened.iter().map(|(path, _)| path.clone()).collect();
        for (path, text) in opened {
            host.open(&path, text.into(), &all);
        }
        Self { host, marks: marks.into_iter().map(|(_, path, at)| (path, at)).collect() }
    }

    pub(crate) fn analysis(&self) -> Analysis {
        self.host.analysis(Path::new("/w/main.spy")).expect("a program")
    }

    /// Where `$n` stood.
    pub(crate) fn mark(&self, n: usize) -> (&FilePath, u32) {
        let (path, at) = &self.marks[n];
        (path, *at)
    }

    /// `file:text` of a range, with the line that it is on.
    pub(crate) fn show(&self, range: &FileRange) -> String {
        let analysis = self.analysis();
        let text = analysis.text(&range.file).expect("a text");
        let Span { start, end } = range.span;
        let line = analysis.lines(&range.file).expect("lines").line_col(start).line;
        let name = match &range.file {
            FilePath::Disk(path) => path.strip_prefix("/w").expect("inside").display().to_string(),
            FilePath::Library(name) => format!("<{name}>"),
        };
        format!("{name}:{line}:{}", &text[start as usize..end as usize])
    }
}

/// The text without its marks, and where they stood.
fn take_marks(text: &str) -> (String, Vec<(usize, u32)>) {
    let mut out = String::new();
    let mut marks = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        let digits = rest[at + 1..].chars().take_while(char::is_ascii_digit).count();
        let n = rest[at + 1..at + 1 + digits].parse().expect("a number after $");
        marks.push((n, u32::try_from(out.len()).expect("small")));
        rest = &rest[at + 1 + digits..];
    }
    out.push_str(rest);
    (out, marks)
}

/// Applies edits to the files of a program and returns the text of one.
pub(crate) fn edited(fixture: &Fixture, name: &str, edits: &[spy_ide::Edit]) -> String {
    let path = FilePath::Disk(Path::new("/w").join(name));
    let mut text = fixture.analysis().text(&path).expect("a text").to_string();
    let mut own: Vec<_> = edits.iter().filter(|edit| edit.range.file == path).collect();
    own.sort_by_key(|edit| std::cmp::Reverse(edit.range.span.start));
    for edit in own {
        let Span { start, end } = edit.range.span;
        text.replace_range(start as usize..end as usize, &edit.text);
    }
    text
}
