//! The cases of the language suites of `tests/lang`.
//!
//! `tests/lang/README.md` says what a suite looks like. A case that fails before it runs must be
//! refused by `spy check`; any other is run in every execution mode.

use crate::common::{Outcome, run};
use crate::modes::Mode;
use libtest_mimic::{Failed, Trial};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// A test for each case.
pub(crate) fn trials(folder: &Path) -> Vec<Trial> {
    let mut suites: Vec<PathBuf> = fs::read_dir(folder)
        .expect("tests/lang can be read")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "md"))
        .collect();
    suites.sort();
    let trials: Vec<Trial> = suites.iter().flat_map(|path| suite(path)).collect();
    assert!(!trials.is_empty(), "there are cases in {}", folder.display());
    trials
}

fn suite(path: &Path) -> Vec<Trial> {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let text = fs::read_to_string(path).expect("a suite can be read");
    let cases = parse_suite(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut titles = BTreeSet::new();
    cases
        .into_iter()
        .map(|case| {
            assert!(titles.insert(case.title.clone()), "{stem}: `{}` occurs twice", case.title);
            Trial::test(format!("lang::{stem}::{}", case.title), move || case.check())
        })
        .collect()
}

/// One case of a suite.
#[derive(Default)]
struct Case {
    title: String,
    /// Names and texts.
    files: Vec<(String, String)>,
    output: Option<String>,
    /// What the interpreter prints for a program that cannot be compiled.
    interp: Option<String>,
    error: Option<ExpectedError>,
    redshift: Option<String>,
}

/// The `error` block.
struct ExpectedError {
    /// `TYPE: message`.
    headline: String,
    annotations: Vec<Annotation>,
}

/// What an `error` block says of one annotation, or what was reported.
#[derive(Debug)]
struct Annotation {
    /// `FILE:LINE: LEVEL: text`.
    text: String,
    /// The piece of source that it is about.
    covered: Option<String>,
}

impl Annotation {
    /// Whether this is what a case asked for; a case need not say which piece of source it means.
    fn satisfies(&self, expected: &Self) -> bool {
        self.text == expected.text
            && (expected.covered.is_none() || self.covered == expected.covered)
    }
}

/// Cuts a suite into cases.
fn parse_suite(text: &str) -> Result<Vec<Case>, String> {
    let mut cases: Vec<Case> = Vec::new();
    let mut lines = text.lines().enumerate();
    while let Some((number, line)) = lines.next() {
        if let Some(title) = line.strip_prefix("## ") {
            cases.push(Case { title: title.trim().to_owned(), ..Case::default() });
            continue;
        }
        let Some(info) = line.strip_prefix("```") else { continue };
        let mut body = String::new();
        loop {
            match lines.next() {
                Some((_, "```")) => break,
                Some((_, line)) => body.extend([line, "\n"]),
                None => return Err(format!("line {}: the block has no end", number + 1)),
            }
        }
        // Blocks before the first case are for the reader.
        if let Some(case) = cases.last_mut() {
            case.add_block(info, body).map_err(|error| format!("line {}: {error}", number + 1))?;
        }
    }
    cases.retain(|case| !case.files.is_empty());
    Ok(cases)
}

impl Case {
    fn add_block(&mut self, info: &str, body: String) -> Result<(), String> {
        let mut words = info.split_whitespace();
        match words.next().unwrap_or_default() {
            "spy" => {
                let name = words
                    .next()
                    .map_or("main.spy", |word| word.strip_prefix("file=").unwrap_or(word));
                self.files.push((name.to_owned(), body));
            }
            "output" => self.output = Some(body),
            "interp" => self.interp = Some(body),
            "error" => {
                self.error = Some(ExpectedError::parse(&body)?);
            }
            "redshift" => self.redshift = Some(body),
            other => return Err(format!("unknown block `{other}`")),
        }
        Ok(())
    }

    fn check(&self) -> Result<(), Failed> {
        let temp = tempfile::tempdir()?;
        let dir = temp.path();
        for (name, text) in &self.files {
            let path = dir.join(name);
            fs::create_dir_all(path.parent().unwrap_or(dir))?;
            fs::write(path, text)?;
        }
        let checked = run(dir, &["check", "--message-format", "json", "main.spy"]);
        if checked.status == 1 {
            self.check_static(&checked)?;
            return self.check_interp(dir);
        }
        if checked.status != 0 {
            return Err(format!("`spy check` failed\n{checked:?}").into());
        }
        for mode in Mode::ALL {
            self.check_mode(dir, mode).map_err(|error| format!("{}: {error}", mode.name()))?;
        }
        if let Some(expected) = &self.redshift {
            let dump = run(dir, &["redshift", "main.spy"]);
            same_text(expected, &dump.stdout, &dump)?;
        }
        Ok(())
    }

    /// The program was refused.
    fn check_static(&self, outcome: &Outcome) -> Result<(), Failed> {
        let Some(expected) = &self.error else {
            return Err(format!("no error was expected\n{outcome:?}").into());
        };
        let first = outcome.stdout.lines().next().unwrap_or_default();
        let diagnostic: Value = serde_json::from_str(first)?;
        expected.compare(&diagnostic, &self.files)?;
        // What was printed at import time goes to standard error, beside JSON.
        Ok(same_text(self.output.as_deref().unwrap_or_default(), &outcome.stderr, outcome)?)
    }

    /// A program that was refused, but is asked to run in the interpreter all the same.
    fn check_interp(&self, dir: &Path) -> Result<(), Failed> {
        let Some(expected) = &self.interp else { return Ok(()) };
        let outcome = run_mode(dir, Mode::Interp, &[]);
        if outcome.status != 0 {
            return Err(format!("the interpreter failed\n{outcome:?}").into());
        }
        Ok(same_text(expected, &outcome.stdout, &outcome)?)
    }

    fn check_mode(&self, dir: &Path, mode: Mode) -> Result<(), String> {
        let output = self.output.as_deref().unwrap_or_default();
        let Some(expected) = &self.error else {
            let outcome = run_mode(dir, mode, &[]);
            if outcome.status != 0 {
                return Err(format!("the program failed\n{outcome:?}"));
            }
            return same_text(output, &outcome.stdout, &outcome);
        };
        let outcome = run_mode(dir, mode, &[]);
        if outcome.status != 1 {
            return Err(format!("status 1 was expected\n{outcome:?}"));
        }
        same_text(output, &outcome.stdout, &outcome)?;
        if !outcome.stderr.lines().any(|line| line.trim_end() == expected.headline) {
            return Err(format!("{:?} was expected\n{outcome:?}", expected.headline));
        }
        if mode == Mode::Interp {
            let outcome = run_mode(dir, mode, &["--message-format", "json"]);
            let last = outcome.stdout.lines().last().unwrap_or_default();
            let diagnostic: Value = serde_json::from_str(last)
                .map_err(|error| format!("not a diagnostic: {error}\n{outcome:?}"))?;
            expected.compare(&diagnostic, &self.files)?;
        }
        Ok(())
    }
}

fn run_mode(dir: &Path, mode: Mode, options: &[&str]) -> Outcome {
    let mut args = mode.command().to_vec();
    args.extend(options);
    args.push("main.spy");
    run(dir, &args)
}

/// Compares texts; blanks at line ends do not count.
fn same_text(expected: &str, found: &str, outcome: &Outcome) -> Result<(), String> {
    let lines = |text: &str| -> Vec<String> {
        text.trim_end().lines().map(|line| line.trim_end().to_owned()).collect()
    };
    if lines(expected) == lines(found) {
        return Ok(());
    }
    Err(format!("expected:\n{expected}\nfound:\n{found}\n{outcome:?}"))
}

/// Where the files of a case stand: names and texts.
type Files = [(String, String)];

impl ExpectedError {
    fn parse(body: &str) -> Result<Self, String> {
        let mut lines = body.lines().map(str::trim_end).filter(|line| !line.is_empty());
        let headline = lines.next().ok_or("the error block is empty")?.to_owned();
        let mut annotations: Vec<Annotation> = Vec::new();
        for line in lines {
            let Some(source) = line.strip_prefix("  |") else {
                annotations.push(Annotation { text: line.to_owned(), covered: None });
                continue;
            };
            let source = source.strip_prefix(' ').unwrap_or(source);
            let last = annotations.last_mut().ok_or("source stands below its annotation")?;
            match &mut last.covered {
                Some(covered) => covered.extend(["\n", source]),
                None => last.covered = Some(source.to_owned()),
            }
        }
        Ok(Self { headline, annotations })
    }

    fn compare(&self, diagnostic: &Value, files: &Files) -> Result<(), String> {
        let (kind, message) = (text(&diagnostic["type"]), text(&diagnostic["message"]));
        let headline = format!("{kind}: {message}");
        if headline.trim_end() != self.headline {
            return Err(format!("expected `{}`, found `{headline}`", self.headline));
        }
        let annotations = diagnostic["annotations"].as_array().cloned().unwrap_or_default();
        let found: Vec<Annotation> =
            annotations.iter().map(|value| annotation(value, files)).collect();
        let mut rest = found.iter();
        for expected in &self.annotations {
            if !rest.any(|candidate| candidate.satisfies(expected)) {
                return Err(format!("{expected:?} is missing among {found:#?}"));
            }
        }
        Ok(())
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// An annotation as it was reported.
fn annotation(value: &Value, files: &Files) -> Annotation {
    let file = text(&value["file"]);
    let base = file.rsplit('/').next().unwrap_or_default();
    let line = value["start"]["line"].as_u64().unwrap_or_default();
    let (level, message) = (text(&value["level"]), text(&value["message"]));
    let source = files.iter().find(|(name, _)| Path::new(file).ends_with(name));
    Annotation {
        text: format!("{base}:{line}: {level}: {message}").trim_end().to_owned(),
        covered: source.and_then(|(_, source)| covered(source, value)),
    }
}

/// The piece of a file between the two positions of an annotation; blanks at line ends do not count.
fn covered(source: &str, annotation: &Value) -> Option<String> {
    let number = |place: &str, key: &str| usize::try_from(annotation[place][key].as_u64()?).ok();
    let (first, last) = (number("start", "line")?, number("end", "line")?);
    let (from, to) = (number("start", "column")? - 1, number("end", "column")? - 1);
    let lines = source.lines().enumerate().map(|(index, line)| (index + 1, line));
    let pieces: Vec<String> = lines
        .filter(|(number, _)| (first..=last).contains(number))
        .map(|(number, line)| {
            let from = if number == first { from } else { 0 };
            let to = if number == last { to } else { usize::MAX };
            let piece: String = line.chars().take(to).skip(from).collect();
            piece.trim_end().to_owned()
        })
        .collect();
    Some(pieces.join("\n"))
}
