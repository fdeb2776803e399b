//! The stages of the front end, one by one, in a warm process.

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use spy_benches::generate;
use spy_codegen_c::{CUnit, EmitOptions};
use spy_db::MemorySystem;
use spy_project::front::{BuildOptions, Built, MainRule};
use spy_project::{NoProgress, RawOptions, Session, Timings, World};
use std::hint::black_box;
use std::path::Path;

/// The allocator of `spy`.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Lines of the modules that are parsed and analysed.
const LINES: [usize; 2] = [1_000, 10_000];

/// Instances of the programs that are redshifted and emitted.
const INSTANCES: [usize; 2] = [50, 500];

fn parse(c: &mut Criterion) {
    let mut group = c.benchmark_group("lex and parse");
    for lines in LINES {
        let text = generate::module(lines);
        group.throughput(Throughput::Elements(lines as u64));
        group.bench_with_input(BenchmarkId::from_parameter(lines), &text, |b, text| {
            b.iter_with_large_drop(|| spy_syntax::parse(text));
        });
    }
    group.finish();
}

fn scope(c: &mut Criterion) {
    let mut group = c.benchmark_group("scope");
    for lines in LINES {
        let module = spy_syntax::parse(&generate::module(lines));
        group.throughput(Throughput::Elements(lines as u64));
        group.bench_with_input(BenchmarkId::from_parameter(lines), &module, |b, module| {
            b.iter_with_large_drop(|| spy_scope::analyze(module, "bench"));
        });
    }
    group.finish();
}

/// From text to a redshifted program, in a database of its own.
fn front(text: &str) -> Built {
    let root = Path::new("/bench/bench.spy");
    let system = MemorySystem::default();
    system.write(root, text);
    let raw = RawOptions { current_dir: "/bench".into(), ..RawOptions::default() };
    let settings = raw.resolve(&system).expect("the settings are valid");
    let timings = Timings::default();
    let world = World { system: &system, progress: &NoProgress, timings: &timings };
    let options = BuildOptions { main: MainRule::Needed, ..BuildOptions::default() };
    let front = Session::new(world, &settings).front(root, &options);
    let built = front.map(|front| front.built).unwrap_or_else(|_| panic!("the program is valid"));
    assert!(!built.has_errors(), "{:?}", built.diagnostics);
    built
}

fn redshift(c: &mut Criterion) {
    let mut group = c.benchmark_group("parse to redshift");
    group.sample_size(10);
    for count in INSTANCES {
        let text = generate::instances(count);
        group.throughput(Throughput::Elements(count as u64));
        group.bench_with_input(BenchmarkId::from_parameter(count), &text, |b, text| {
            b.iter_batched(|| (), |()| front(text), BatchSize::PerIteration);
        });
    }
    group.finish();
}

fn emit(c: &mut Criterion) {
    let mut group = c.benchmark_group("emit C");
    for count in INSTANCES {
        let built = front(&generate::instances(count));
        group.throughput(Throughput::Elements(count as u64));
        group.bench_with_input(BenchmarkId::from_parameter(count), &built, |b, built| {
            b.iter_with_large_drop(|| emit_c(black_box(built)));
        });
    }
    group.finish();
}

fn emit_c(built: &Built) -> Vec<CUnit> {
    let positions = |fqn: &_| built.positions(fqn);
    spy_codegen_c::emit(&built.program, &positions, &EmitOptions::default())
}

criterion_group!(stages, parse, scope, redshift, emit);
criterion_main!(stages);
