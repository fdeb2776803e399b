//! From C files to an executable: what is done again, what is left behind, what goes wrong.

use spy_codegen_c::CUnit;
use spy_db::{MemorySystem, System};
use spy_project::files::{Disk, Probe};
use spy_project::front::ErrorMode;
use spy_project::{
    Artefact, BuildPlan, Code, Driver, Failure, NoProgress, RawOptions, Record, Settings, Timings,
    World,
};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// A folder to build in.
struct Fixture {
    dir: TempDir,
    settings: Settings,
    system: MemorySystem,
}

fn code(units: &[CUnit]) -> Code {
    Code { units: units.to_vec(), ..Code::default() }
}

impl Fixture {
    fn new() -> Self {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let raw = RawOptions {
            current_dir: dir.path().to_owned(),
            env_search: std::env::var_os("PATH"),
            ..RawOptions::default()
        };
        let settings = raw.resolve(&Disk).expect("resolves");
        Self { dir, settings, system: MemorySystem::default() }
    }

    fn plan(&self) -> BuildPlan {
        BuildPlan::new(&self.dir.path().join("app.spy"), &self.settings)
    }

    /// Builds; also says how many units were compiled.
    fn build(&self, units: &[CUnit], record: Option<Record>) -> (Result<Artefact, Failure>, usize) {
        let timings = Timings::default();
        let world = World { system: &self.system, progress: &NoProgress, timings: &timings };
        let plan = self.plan();
        let result = Driver::new(world, &self.settings, &plan).build(&code(units), record);
        (result, timings.chrome_trace().matches("\"compile C\"").count())
    }

    #[track_caller]
    fn build_ok(&self, units: &[CUnit]) -> (PathBuf, usize) {
        let (result, compiled) = self.build(units, None);
        (result.expect("builds").path, compiled)
    }

    fn up_to_date(&self) -> Option<Artefact> {
        let timings = Timings::default();
        let world = World { system: &self.system, progress: &NoProgress, timings: &timings };
        Driver::new(world, &self.settings, &self.plan())
            .shortcut(ErrorMode::Eager)
            .expect("no failure")
    }
}

fn unit(name: &str, text: &str) -> CUnit {
    CUnit { name: name.to_owned(), text: text.to_owned() }
}

/// A program of two units that share a header; it prints `answer` twice.
fn program(answer: i32) -> Vec<CUnit> {
    vec![
        unit("shared.h", "#include <stdio.h>\nint answer(void);\n"),
        unit("other.h", "extern int unused;\n"),
        unit("a.c", &format!("#include \"shared.h\"\nint answer(void) {{ return {answer}; }}\n")),
        unit(
            "b.c",
            "#include \"shared.h\"\n#include \"other.h\"\n\
             int main(void) { printf(\"%d\\n\", answer()); return 0; }\n",
        ),
    ]
}

#[track_caller]
fn prints(path: &Path, expected: &str) {
    let output = Command::new(path).output().expect("it runs");
    assert_eq!(String::from_utf8_lossy(&output.stdout), expected);
}

#[test]
fn only_what_changed_is_compiled() {
    let fixture = Fixture::new();
    let (path, compiled) = fixture.build_ok(&program(1));
    assert_eq!(compiled, 2);
    prints(&path, "1\n");
    assert_eq!(fixture.build_ok(&program(1)).1, 0);
    assert_eq!(fixture.build_ok(&program(2)).1, 1);
    prints(&path, "2\n");
    let mut header = program(2);
    header[1].text.push_str("extern int more;\n");
    assert_eq!(fixture.build_ok(&header).1, 1, "only b.c includes it");
    header[0].text.push_str("extern int all;\n");
    assert_eq!(fixture.build_ok(&header).1, 2);
}

#[test]
fn what_was_cut_short_is_made_again() {
    let fixture = Fixture::new();
    let (path, _) = fixture.build_ok(&program(1));
    let bytes = fs::read(&path).expect("there");
    let plan = fixture.plan();
    let object = plan.dir.join(&plan.objects).join("a.o");
    fs::write(&object, &fs::read(&object).expect("there")[..100]).expect("truncate");
    fs::write(&path, &bytes[..100]).expect("truncate");
    fs::write(object.with_extension("o.key"), "nonsense").expect("write");
    fixture.build_ok(&program(1));
    assert!(fs::read(&path).expect("there") == bytes, "the executables differ");
}

#[test]
fn where_a_build_happens_does_not_matter() {
    let (one, two) = (Fixture::new(), Fixture::new());
    let read = |fixture: &Fixture| fs::read(fixture.build_ok(&program(1)).0).expect("there");
    assert!(read(&one) == read(&two), "the executables differ");
}

#[test]
fn a_stamp_replaces_a_build_until_something_changes() {
    let fixture = Fixture::new();
    assert_eq!(fixture.up_to_date(), None);
    let source = PathBuf::from("/app.spy");
    fixture.system.write(&source, "x");
    let probes = vec![(source.clone(), Probe::IsFile(fixture.system.is_file(&source)))];
    let record =
        Record { probes, printed: "hi\n".into(), error_mode: ErrorMode::Eager, snapshot: None };
    fixture.build(&program(1), Some(record)).0.expect("builds");
    let found = fixture.up_to_date().expect("nothing changed");
    assert_eq!(found.replay.as_deref(), Some("hi\n"));
    fixture.system.remove(&source);
    assert_eq!(fixture.up_to_date(), None);
}

#[test]
fn refused_c_is_a_bug_and_leaves_nothing() {
    let fixture = Fixture::new();
    let mut broken = program(1);
    broken[2].text.push_str("int 1;\n");
    let (result, _) = fixture.build(&broken, None);
    let Err(Failure::Internal(text)) = result else { panic!("{result:?}") };
    assert!(text.contains("src/a.c") && text.contains("error"), "{text}");
    let plan = fixture.plan();
    assert!(!plan.output.exists());
    let objects = fs::read_dir(plan.dir.join(&plan.objects)).expect("there");
    let names: Vec<String> =
        objects.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    assert!(names.iter().all(|name| !name.starts_with(".tmp-")), "{names:?}");
    prints(&fixture.build_ok(&program(3)).0, "3\n");
}

#[test]
fn a_program_called_src_is_built_beside_the_c_files() {
    let fixture = Fixture::new();
    let plan = BuildPlan::new(&fixture.dir.path().join("src.spy"), &fixture.settings);
    let timings = Timings::default();
    let world = World { system: &Disk, progress: &NoProgress, timings: &timings };
    let built = Driver::new(world, &fixture.settings, &plan).build(&code(&program(4)), None);
    prints(&built.expect("builds").path, "4\n");
}
