//! Running the machine code at the end of this executable.

use crate::wasi::{self, Host, Outside};
use crate::{MAGIC, STACK, TRAILER, engine};
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::process::ExitCode;
use wasmtime::{Linker, Module, Store, Trap};

/// Runs the program behind this executable; `None` if there is none.
#[must_use]
pub fn run_appended() -> Option<ExitCode> {
    let code = appended().ok()??;
    // A thread of its own, since the stack of the first one has a size that the user sets.
    let thread = std::thread::Builder::new().stack_size(STACK + (4 << 20));
    let running = thread.spawn(move || run(&code)).map_err(|error| error.to_string());
    let ended =
        running.and_then(|thread| thread.join().unwrap_or_else(|_| Err("it panicked".into())));
    Some(match ended {
        Ok(status) => ExitCode::from(status),
        Err(what) => {
            // There is nobody to tell if this fails too.
            let _ = writeln!(io::stderr().lock(), "error: the program could not be run: {what}");
            ExitCode::from(1)
        }
    })
}

/// The machine code at the end of this executable.
fn appended() -> io::Result<Option<Vec<u8>>> {
    let mut file = File::open(std::env::current_exe()?)?;
    let size = file.metadata()?.len();
    if size < TRAILER {
        return Ok(None);
    }
    let mut trailer = [0; TRAILER as usize];
    file.seek(SeekFrom::Start(size - TRAILER))?;
    file.read_exact(&mut trailer)?;
    let (length, magic) = trailer.split_at(8);
    if magic != MAGIC {
        return Ok(None);
    }
    let length = u64::from_le_bytes(length.try_into().unwrap_or_default());
    let Some(start) = (size - TRAILER).checked_sub(length) else { return Ok(None) };
    file.seek(SeekFrom::Start(start))?;
    let mut code = Vec::new();
    file.take(length).read_to_end(&mut code)?;
    Ok(Some(code))
}

/// Runs translated code to its end; returns its exit status.
fn run(code: &[u8]) -> Result<u8, String> {
    let engine = engine()?;
    // Translated code is trusted as this executable is: it is a part of it.
    #[expect(
        unsafe_code,
        reason = "the bytes are what `precompile_module` made, as the format's name says"
    )]
    // SAFETY: `deserialize` wants bytes that `precompile_module` made and nobody changed. They stand
    // at the end of this executable, before a mark that only `executable` writes; who can change them
    // can change the instructions of this executable as well. Another version's are refused.
    let module =
        unsafe { Module::deserialize(&engine, code) }.map_err(|error| format!("{error:#}"))?;
    let mut linker: Linker<Host> = Linker::new(&engine);
    wasi::add(&mut linker).map_err(|error| error.to_string())?;
    let mut store = Store::new(&engine, Host::new(Outside::All, usize::MAX));
    let ended = linker
        .instantiate(&mut store, &module)
        .and_then(|instance| instance.get_typed_func::<(), ()>(&mut store, "_start"))
        .and_then(|start| start.call(&mut store, ()));
    let status = store.data().status;
    match (ended, status) {
        (_, Some(status)) => Ok(status),
        (Ok(()), None) => Ok(0),
        (Err(error), None) => match error.downcast_ref::<Trap>() {
            Some(Trap::StackOverflow) => {
                let _ = io::stderr().lock().write_all(b"PanicError: stack overflow\n");
                Ok(1)
            }
            _ => Err(format!("{error:#}")),
        },
    }
}
