//! What builds for WebAssembly do besides compiling and linking: objects and modules of packages, and
//! native executables.

use super::{Code, Driver, hash};
use crate::artefacts::{self, TEMP_PREFIX};
use crate::error::{EnvError, Failure};
use crate::settings::{BuildPlan, STATE_DIR};
use crate::{stamp, toolchain};
use spy_link::{CCompiler, LinkError, LinkJob, OutputKind};
use std::path::{Path, PathBuf};

impl Driver<'_> {
    /// One relocatable object of all C files, for WebAssembly; and if there is to be a table of its calls,
    /// the same with debug information.
    ///
    /// # Errors
    /// As for [`Self::build`].
    pub(crate) fn relocatable(&self, code: &Code) -> Result<(Vec<u8>, Option<Vec<u8>>), Failure> {
        let cc = toolchain::find(self.settings)?;
        let _lock = self.lock()?;
        let tools = self.tools(cc)?;
        self.write_units(&code.units)?;
        let objects = self.compile(&code.units, &tools)?;
        let dir = &self.plan.dir;
        let temp = self.plan.objects.join(format!("{TEMP_PREFIX}package"));
        let has_table = code.calls.is_some();
        let make = |stripped: bool| {
            let done = spy_link::relocatable(&tools.cc, dir, &objects, &temp, stripped);
            self.read_back(&tools.cc, done, &temp)
        };
        Ok((make(has_table)?, if has_table { Some(make(false)?) } else { None }))
    }

    /// The module of a relocatable object and the runtime; it offers `exports`. Debug information stays in
    /// it if that is wanted.
    ///
    /// # Errors
    /// As for [`Self::build`].
    pub(crate) fn module(
        &self,
        object: &[u8],
        exports: &[String],
        debug_info: bool,
    ) -> Result<Vec<u8>, Failure> {
        let cc = toolchain::find(self.settings)?;
        let _lock = self.lock()?;
        let mut settings = self.settings.clone();
        settings.compile.kind = OutputKind::Lib;
        let BuildPlan { dir, objects, .. } = self.plan;
        let runtime = toolchain::runtime(&cc, &settings, &dir.join(STATE_DIR))?;
        let input = objects.join("package.o.wasm");
        artefacts::write_if_changed(&dir.join(&input), object)?;
        let temp = objects.join(format!("{TEMP_PREFIX}module"));
        let job = LinkJob {
            dir,
            objects: &[input],
            exports,
            list: Path::new(""),
            name: "",
            output: &temp,
            linker: None,
            folder: Path::new(""),
        };
        settings.compile.debug_info |= debug_info;
        let done = spy_link::link(&cc, &settings.compile, &runtime, &job);
        self.read_back(&cc, done, &temp)
    }

    /// The bytes of a file that a tool has written, which is removed.
    fn read_back(
        &self,
        cc: &CCompiler,
        done: Result<(), LinkError>,
        temp: &Path,
    ) -> Result<Vec<u8>, Failure> {
        let path = self.plan.dir.join(temp);
        let bytes = done.map_err(|error| self.explain(cc, error)).and_then(|()| {
            Ok(std::fs::read(&path).map_err(|error| EnvError::io("read", &path, &error))?)
        });
        // It may not be there at all.
        let _ = std::fs::remove_file(&path);
        bytes
    }

    /// Makes the executable of a linked WebAssembly program.
    pub(super) fn translate(&self) -> Result<(), Failure> {
        let linked = &self.linked();
        self.world.progress.begin("translating", 0);
        let _span = self.world.timings.span("translate", "");
        let output = &self.plan.output;
        let key_file = self.plan.dir.join(&self.plan.objects).join("translated.key");
        let launcher = spy_translate::launcher().map_err(EnvError::new)?;
        let key = hash(&[
            stamp::compiler_identity(),
            artefacts::hash_file(&launcher).unwrap_or_default(),
            artefacts::hash_file(linked).unwrap_or_default(),
        ]);
        if artefacts::is_fresh(output, &key, Some(&key_file)) {
            return Ok(());
        }
        let program =
            std::fs::read(linked).map_err(|error| EnvError::io("read", linked, &error))?;
        let bytes = spy_translate::executable(&program, &launcher).map_err(|what| {
            EnvError::new(format!("the linked program cannot be translated: {what}"))
                .with_help("`--target wasi` builds the WebAssembly program itself")
        })?;
        artefacts::write_executable(output, &bytes)?;
        Ok(artefacts::set_key(output, &key, Some(&key_file))?)
    }

    /// What the linker writes: the output, or the WebAssembly program that it is translated from.
    pub(super) fn linked(&self) -> PathBuf {
        if self.settings.translate {
            self.plan.dir.join(&self.plan.objects).join("linked.wasm")
        } else {
            self.plan.output.clone()
        }
    }
}
