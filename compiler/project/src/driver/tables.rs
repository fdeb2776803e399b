//! Tables of calls: what is linked once more, with debug information, to learn which calls stand behind an
//! address. Without a table panics say where they happened and not who called, so what is wrong with one is no
//! error.

use super::{Driver, Tools};
use crate::artefacts::TEMP_PREFIX;
use crate::calls::Calls;
use crate::error::{EnvError, Failure};
use spy_link::{CompileOptions, LinkError, LinkJob};

impl Driver<'_> {
    /// Adds the table to the library that `job` has linked.
    pub(super) fn add_table(
        &self,
        job: LinkJob<'_>,
        calls: &Calls,
        tools: &Tools,
    ) -> Result<Result<(), LinkError>, Failure> {
        let shipped = self.plan.dir.join(job.output);
        let compile = &self.settings.compile;
        let with = CompileOptions { debug_info: true, ..compile.clone() };
        let temp = self.plan.objects.join(format!("{TEMP_PREFIX}debug"));
        let again = with.link_flags() != compile.link_flags();
        if again
            && let Err(error) = self.run_linkers(LinkJob { output: &temp, ..job }, &with, tools)
        {
            return Ok(Err(error));
        }
        let read = |path: &std::path::Path| {
            std::fs::read(path).map_err(|error| EnvError::io("read", path, &error))
        };
        let mut bytes = read(&shipped)?;
        let linked = if again { read(&self.plan.dir.join(&temp))? } else { bytes.clone() };
        // What is left of it is in nobody's way.
        let _ = std::fs::remove_file(self.plan.dir.join(&temp));
        let done =
            spy_frames::add_native(&linked, &mut bytes, &|symbol, line| calls.place(symbol, line));
        self.note_failure(&done);
        if done.is_ok() {
            let error = |error: std::io::Error| EnvError::io("write", &shipped, &error);
            std::fs::write(&shipped, &bytes).map_err(error)?;
        }
        Ok(Ok(()))
    }

    /// Adds the table to a module; `debug` is the same with debug information.
    pub(crate) fn add_module_table(&self, calls: &Calls, debug: &[u8], module: &mut Vec<u8>) {
        let done = spy_frames::add_wasm(debug, module, &|symbol, line| calls.place(symbol, line));
        self.note_failure(&done);
    }

    pub(super) fn note_failure(&self, done: &Result<(), String>) {
        if let Err(what) = done {
            let text =
                format!("errors will not say who called: no table of calls was made, since {what}");
            self.world.progress.note(&text);
        }
    }
}
