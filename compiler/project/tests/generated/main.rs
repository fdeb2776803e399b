//! Programs that nobody wrote: generated ones, which must behave the same in every execution mode,
//! and damaged ones, which must not harm the compiler.
//!
//! How many cases run is small enough for every test run; `SPY_GENERATED=10000` makes it that
//! many. Which cases they are follows from a seed: 1, or the value of `SPY_SEED`. A failure names
//! the seed of its case.

mod agreement;
mod corpus;
mod grow;
mod modes;
mod mutate;
mod rng;
mod robustness;
mod shrink;

/// Which cases to run.
struct Cases {
    count: u64,
    seed: u64,
}

/// What the environment asks for; `default` cases if it asks for nothing.
fn cases(default: u64) -> Cases {
    let number = |name: &str| {
        let value = std::env::var(name).ok()?;
        Some(value.parse().unwrap_or_else(|_| panic!("{name}={value} is not a number")))
    };
    Cases {
        count: number("SPY_GENERATED").unwrap_or(default),
        seed: number("SPY_SEED").unwrap_or(1),
    }
}

/// Runs something with the threads and the stack that the `spy` command gives to the compiler.
fn on_large_stack<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    let pool = rayon::ThreadPoolBuilder::new().stack_size(512 << 20);
    pool.build().expect("threads").install(work)
}

/// What a panic said.
fn message(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default()
}
