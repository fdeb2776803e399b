//! What a traceback shows of the functions of a program, by the symbols of their C: what `spy_frames` asks when
//! it makes the table of the calls in linked code.

use crate::driver::hash;
use crate::front::Built;
use spy_codegen_c::{Library, ProgramScope};
use spy_frames::Place;
use spy_ir::{Fqn, SourceLine};
use std::collections::BTreeMap;

/// The functions that have positions of their own. Library code takes its caller's, so a traceback leaves it
/// out.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Calls {
    functions: BTreeMap<String, Function>,
    /// Whether lines in C are numbers of positions, not lines of source.
    is_numbered: bool,
}

#[derive(Clone, PartialEq, Eq, Debug)]
struct Function {
    name: String,
    positions: Vec<Option<SourceLine>>,
}

impl Calls {
    /// Those of a program that is built as a library.
    pub(crate) fn new(built: &Built, library: &Library, is_numbered: bool) -> Self {
        let scope = ProgramScope::of_library(&built.program, Some(library));
        let funcs = built.program.modules.iter().flat_map(|module| &module.funcs);
        let own = funcs.filter(|func| !func.track_caller).map(|func| {
            let positions = built.positions(&func.fqn);
            (scope.name(&func.fqn), Function { name: shown(&func.fqn), positions })
        });
        Self { functions: own.collect(), is_numbered }
    }

    /// What a function in C and a line in it stand for.
    pub(crate) fn place(&self, symbol: &str, line: u32) -> Option<Place> {
        let function = self.functions.get(symbol)?;
        let positions = &function.positions;
        let mut known = positions.iter().flatten();
        let source = if self.is_numbered {
            let number = usize::try_from(line).ok()?.checked_sub(1);
            number.and_then(|number| positions.get(number)?.as_ref())
        } else {
            known.clone().find(|source| source.line == line)
        };
        // Without a line the file is known all the same.
        let file = source.or_else(|| known.next())?.file.as_str().to_owned();
        let (line, text) = match source {
            Some(source) => (source.line, source.text.to_string()),
            None => (0, String::new()),
        };
        Some(Place { function: function.name.clone(), file, line, text })
    }

    /// A hash of all of it.
    pub(crate) fn digest(&self) -> String {
        hash(&[format!("{self:?}")])
    }
}

/// A function as tracebacks call it: its name, after that of its class.
fn shown(fqn: &Fqn) -> String {
    let parts = fqn.parts().iter().skip(1).map(|part| part.name.as_str());
    parts.collect::<Vec<_>>().join(".")
}
