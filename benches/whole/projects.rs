//! Rows about a project of many modules: what a build costs after an edit.

use crate::child;
use crate::compile::seconds;
use crate::measure;
use crate::{Bench, Result, note, reference};
use spy_benches::generate;
use spy_benches::table::{Amount, Row, Target};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Modules of the project; each has 100 lines.
const MODULES: usize = 1_000;

/// The module in the middle that is edited; a few others import it, directly or not.
const EDITED: usize = 500;

/// The largest memory of a clean build, in bytes.
const MEMORY_LIMIT: f64 = 1.5 * (1u64 << 30) as f64;

/// What part of the project is built to see how memory grows.
const TENTH: usize = 10;

/// How many times as fast as the reference a build is at least.
const FASTER: f64 = 20.0;

/// What all rows begin with.
const WHAT: &str = "1,000 modules";

/// The project on disk.
struct Project<'b> {
    bench: &'b Bench,
    dir: PathBuf,
    cache: PathBuf,
    modules: usize,
    /// Counts edits: no two of them are alike.
    edits: usize,
}

/// Measures all rows of this kind.
pub(crate) fn rows(bench: &Bench, rows: &mut Vec<Row>) -> Result<()> {
    if !bench.wants(WHAT) {
        return Ok(());
    }
    note(WHAT);
    let mut project = Project::new(bench, "project", MODULES)?;
    let clean = project.best(2, |project| project.clean())?;
    explain("a clean build", &project.phases()?);
    let nothing = project.best(bench.rounds, |_| Ok(()))?;
    let limit = Target::AtMost;
    let mut add = |what: &str, ours: f64, target: Target| {
        rows.push(seconds(&format!("{WHAT}: {what}, beside a clean build"), ours, clean, target));
    };
    add("a build with nothing to do", nothing, limit(0.03));
    let body = project.best(bench.rounds, |project| project.edit_body(EDITED))?;
    add("one edited body", body, limit(0.05));
    project.edit_body(EDITED)?;
    explain("one edited body", &project.phases()?);
    let main = project.best(bench.rounds, |project| project.edit_body(0))?;
    add("one edited body of the main module", main, limit(0.05));
    let comment = project.best(bench.rounds, |project| project.add_comment(EDITED))?;
    add("one added comment", comment, limit(0.05));
    project.add_comment(EDITED)?;
    let phases = project.phases()?;
    if phases.contains("redshift") || phases.contains("compile") {
        return Err(format!("a comment made functions compile again:\n{phases}").into());
    }
    // Once: what is taken back would be known.
    let call = project.best(1, |project| project.add_call(EDITED))?;
    add("one added call of another function", call, Target::None);
    add("the same texts in another folder", project.elsewhere()?, Target::None);
    rows.extend(project.memory()?);
    rows.extend(project.reference(clean)?);
    Ok(())
}

fn explain(what: &str, phases: &str) {
    note(&format!("where the time of {what} goes:\n{phases}"));
}

impl<'b> Project<'b> {
    fn new(bench: &'b Bench, name: &str, modules: usize) -> Result<Self> {
        let dir = bench.dir.path().join(name);
        fs::create_dir_all(&dir)?;
        let cache = bench.dir.path().join(format!("{name}.cache"));
        let project = Self { bench, dir, cache, modules, edits: 0 };
        project.write()?;
        Ok(project)
    }

    fn write(&self) -> Result<()> {
        for (name, text) in generate::project(self.modules) {
            fs::write(self.dir.join(name), text)?;
        }
        Ok(())
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.bench.spy);
        command.args(["build", "-q", "m0.spy"]).current_dir(&self.dir);
        command.env("SPY_CACHE", &self.cache);
        command
    }

    /// The fastest of some builds, each after `prepare`.
    fn best(
        &mut self,
        rounds: usize,
        mut prepare: impl FnMut(&mut Self) -> Result<()>,
    ) -> Result<f64> {
        let mut best = f64::INFINITY;
        for _ in 0..rounds.max(1) {
            prepare(self)?;
            best = best.min(measure::run(&mut self.command())?.1.on(self.bench.clock));
        }
        Ok(best)
    }

    /// Removes everything that builds left.
    fn clean(&self) -> Result<()> {
        for dir in [&self.dir.join("build"), &self.cache] {
            if dir.exists() {
                fs::remove_dir_all(dir)?;
            }
        }
        Ok(())
    }

    /// The table of a build as things are; a clean one if there is nothing to do.
    fn phases(&self) -> Result<String> {
        let mut command = self.command();
        let phases = measure::errors(command.arg("--timings"))?;
        if phases.lines().count() > 3 {
            return Ok(phases);
        }
        self.clean()?;
        measure::errors(self.command().arg("--timings"))
    }

    fn edit(&mut self, module: usize, change: impl FnOnce(String, usize) -> String) -> Result<()> {
        self.edits += 1;
        let path = self.dir.join(format!("m{module}.spy"));
        let text = change(fs::read_to_string(&path)?, self.edits);
        Ok(fs::write(path, text)?)
    }

    /// Another number in the function that all of a module's others serve.
    fn edit_body(&mut self, module: usize) -> Result<()> {
        self.edit(module, |text, number| {
            let start = text.find("    total = x").unwrap_or(0);
            let end = text[start..].find('\n').map_or(text.len(), |length| start + length);
            format!("{}    total = x + {number}{}", &text[..start], &text[end..])
        })
    }

    fn add_comment(&mut self, module: usize) -> Result<()> {
        self.edit(module, |text, number| format!("# comment {number}\n{text}"))
    }

    /// Makes a function call something that it did not call before.
    fn add_call(&mut self, module: usize) -> Result<()> {
        self.edit(module, |text, _| {
            let start = text.find(&format!("def text_{module}_0")).unwrap_or(0);
            let at = text[start..].find("    text = ").map_or(start, |offset| start + offset);
            let extra = format!("    print(count_{module}_0(1, 2), size)\n");
            format!("{}{extra}{}", &text[..at], &text[at..])
        })
    }

    /// A first build in another folder with the same cache.
    fn elsewhere(&self) -> Result<f64> {
        let dir = self.bench.dir.path().join("elsewhere");
        copy(&self.dir, &dir)?;
        let mut command = self.command();
        Ok(measure::run(command.current_dir(&dir))?.1.on(self.bench.clock))
    }

    /// Beside the limit, and beside a tenth of the project.
    fn memory(&self) -> Result<[Row; 2]> {
        let ours = Amount::Bytes(self.peak()?);
        let tenth = Project::new(self.bench, "tenth", MODULES / TENTH)?.peak()?;
        let what = |peer: &str| format!("{WHAT}: peak memory of a clean build, beside {peer}");
        let row = |peer: &str, bytes: f64, limit: f64| Row {
            what: what(peer),
            ours,
            peer: Amount::Bytes(bytes),
            target: Target::AtMost(limit),
        };
        Ok([row("1.5 GiB", MEMORY_LIMIT, 1.0), row("100 modules", tenth, TENTH as f64)])
    }

    /// The peak memory of a clean build, in bytes.
    fn peak(&self) -> Result<f64> {
        self.clean()?;
        child::memory(&self.bench.spy, &["build", "-q", "m0.spy"], &self.dir, &self.cache)
    }

    /// The reference implementation on the same project, if it is there.
    fn reference(&self, clean: f64) -> Result<Option<Row>> {
        let Some(mut command) = reference::command() else { return Ok(None) };
        note("the reference implementation on the same project");
        self.write()?;
        self.clean()?;
        command.args(["build", "--target", "native", "m0.spy"]).current_dir(&self.dir);
        // Ten percent more than what it takes to tell.
        let limit = clean * FASTER * 1.1;
        let (theirs, ended) = measure::run_at_most(&mut command, limit)?;
        let stopped = if ended { "" } else { ", stopped before its end" };
        let what = format!("{WHAT}: the reference's `spy build`{stopped}, beside a clean build");
        Ok(Some(seconds(&what, theirs.on(self.bench.clock), clean, Target::AtLeast(FASTER))))
    }
}

/// Copies the modules of a project.
fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let path = entry?.path();
        if path.is_file() {
            fs::copy(&path, to.join(path.file_name().unwrap_or_default()))?;
        }
    }
    Ok(())
}
