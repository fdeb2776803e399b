//! Measurements that need a process of their own: nothing is interned, cached or allocated before.
//!
//! The parent runs this executable again with [`FLAG`], the name of a measurement and a file.

use crate::Result;
use crate::measure::{self, Clock, Time};
use spy_project::files::Disk;
use spy_project::front::{self, BuildOptions, Built, MainRule};
use spy_project::{Failure, NoProgress, RawOptions, Session, Settings, Timings, World};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The first argument of a process that measures one thing.
pub(crate) const FLAG: &str = "--measure";

/// Size of the stacks of threads, in bytes.
const STACK_SIZE: usize = 128 << 20;

/// What is measured in a process of its own.
#[derive(Clone, Copy)]
pub(crate) enum Stage {
    /// Text to AST.
    Parse,
    /// AST to symbol tables.
    Scope,
    /// Text to symbol tables.
    Front,
    /// Import time and redshift, on this many threads.
    Redshift(usize),
    /// IR to objects, by Cranelift.
    Machine,
}

/// Measures a stage in a new process, in seconds.
pub(crate) fn stage(stage: Stage, file: &Path, clock: Clock) -> Result<f64> {
    let mut command = Command::new(std::env::current_exe()?);
    let (name, threads) = match stage {
        Stage::Parse => ("parse", 1),
        Stage::Scope => ("scope", 1),
        Stage::Front => ("front", 1),
        Stage::Redshift(threads) => ("redshift", threads),
        Stage::Machine => ("machine", 1),
    };
    command.args([FLAG, name]).arg(file).arg(threads.to_string());
    Ok(parse_time(&measure::run(&mut command)?.0)?.on(clock))
}

/// Measures a stage in two processes at once: the time of the slower one, in seconds.
pub(crate) fn pair(what: Stage, file: &Path, clock: Clock) -> Result<f64> {
    let run = || stage(what, file, clock).map_err(|error| error.to_string());
    let (one, other) = std::thread::scope(|scope| {
        let one = scope.spawn(run);
        (run(), one.join())
    });
    let other = other.map_err(|_| "a measurement panicked")?;
    Ok(one?.max(other?))
}

/// Measures the peak memory of a command, in bytes, from a process that has no other children. What
/// the command keeps for later ones goes into the folder `cache`.
pub(crate) fn memory(program: &Path, args: &[&str], dir: &Path, cache: &Path) -> Result<f64> {
    let mut command = Command::new(std::env::current_exe()?);
    command.env("SPY_CACHE", cache);
    command.args([FLAG, "memory"]).arg(program).args(args).current_dir(dir);
    Ok(measure::run(&mut command)?.0.trim().parse()?)
}

/// The time in the output of a process that prints CPU time and wall time.
pub(crate) fn parse_time(output: &str) -> Result<Time> {
    let mut numbers = output.split_whitespace().map(str::parse);
    match (numbers.next(), numbers.next()) {
        (Some(cpu), Some(wall)) => Ok(Time { cpu: cpu?, wall: wall? }),
        _ => Err(format!("two numbers were expected, not `{output}`").into()),
    }
}

/// The other side: measures, and returns what to print.
pub(crate) fn run(args: &[String]) -> Result<String> {
    let (name, rest) = args.split_first().ok_or("no measurement")?;
    if name == "memory" {
        let (program, args) = rest.split_first().ok_or("no program")?;
        return Ok(measure::peak_memory(Command::new(program).args(args))?.to_string());
    }
    let [file, threads] = rest else { return Err("a file and threads were expected".into()) };
    let path = PathBuf::from(file);
    let threads = threads.parse()?;
    let pool =
        rayon::ThreadPoolBuilder::new().num_threads(threads).stack_size(STACK_SIZE).build()?;
    let time = pool.install(|| measure_stage(name, &path).map_err(|error| error.to_string()))?;
    Ok(format!("{} {}\n", time.cpu, time.wall))
}

fn measure_stage(name: &str, file: &Path) -> Result<Time> {
    match name {
        "parse" => {
            let text = std::fs::read_to_string(file)?;
            let (module, time) = measure::in_process(|| Ok(spy_syntax::parse(&text)))?;
            if module.errors.is_empty() { Ok(time) } else { Err("the file has errors".into()) }
        }
        "scope" => {
            let module = spy_syntax::parse(&std::fs::read_to_string(file)?);
            let (scopes, time) = measure::in_process(|| Ok(spy_scope::analyze(&module, "bench")))?;
            if scopes.errors.is_empty() { Ok(time) } else { Err("the file has errors".into()) }
        }
        "front" => {
            let text = std::fs::read_to_string(file)?;
            let front = || {
                let module = spy_syntax::parse(&text);
                let scopes = spy_scope::analyze(&module, "bench");
                Ok((module, scopes))
            };
            let ((module, scopes), time) = measure::in_process(front)?;
            let fine = module.errors.is_empty() && scopes.errors.is_empty();
            if fine { Ok(time) } else { Err("the file has errors".into()) }
        }
        "redshift" => Ok(redshift(file)?.1),
        "machine" => machine(file),
        _ => Err(format!("there is no measurement {name}").into()),
    }
}

fn settings() -> Result<Settings> {
    let raw = RawOptions { current_dir: std::env::current_dir()?, ..RawOptions::default() };
    Ok(raw.resolve(&Disk).map_err(|error| error.message)?)
}

fn machine(file: &Path) -> Result<Time> {
    let (settings, timings) = (settings()?, Timings::default());
    let world = World { system: &Disk, progress: &NoProgress, timings: &timings };
    let mut session = Session::new(world, &settings);
    let options = BuildOptions { main: MainRule::Needed, ..BuildOptions::default() };
    let front = session.front(file, &options).map_err(|failure| explain(&failure))?;
    if front.built.has_errors() {
        return Err(format!("{:?}", front.built.diagnostics).into());
    }
    let objects = || Ok(session.emit_objects(&front, None).map_err(|failure| explain(&failure))?);
    Ok(measure::in_process(objects)?.1)
}

/// The redshifted program, and how long that took.
fn redshift(file: &Path) -> Result<(Built, Time)> {
    let (settings, timings) = (settings()?, Timings::default());
    let world = World { system: &Disk, progress: &NoProgress, timings: &timings };
    let mut session = Session::new(world, &settings);
    let loaded = session.checked(file).map_err(|failure| explain(&failure))?;
    let options = BuildOptions { main: MainRule::Needed, ..BuildOptions::default() };
    let (built, time) = measure::in_process(|| {
        Ok(front::build_program(session.db(), loaded.project, &loaded.root, &options))
    })?;
    if built.has_errors() {
        return Err(format!("{:?}", built.diagnostics).into());
    }
    Ok((built, time))
}

fn explain(failure: &Failure) -> String {
    match failure {
        Failure::Program(diagnostics) => format!("{diagnostics:?}"),
        Failure::Environment(error) => error.message.clone(),
        Failure::Internal(message) => message.clone(),
    }
}
