//! Memory of packages that code at compile time has seen.
//!
//! An evaluation at compile time has a copy of the packages' memory. What it computes from that may be
//! kept, but what leads to the memory itself may not: a program would go on with the copy, and its
//! packages with their own.

use super::{Packages, has_pointers};
use crate::machine::Machine;
use crate::memory::Object;
use spy_text::{HashSet, Name};
use spy_types::{Loc, ObjId, Result, SpyError, Ty, Value};

const HELP: &str = "use it in a function that runs when the program does, or install a wheel of the package \
     that has its source";

/// A walk from values to what they lead to.
struct Walk<'w, 'db> {
    machine: &'w mut Machine<'db>,
    borrowed: HashSet<ObjId>,
    seen: HashSet<ObjId>,
    todo: Vec<Value>,
}

impl Walk<'_, '_> {
    /// Whether some of the values leads to memory of a package.
    fn finds(&mut self) -> bool {
        while let Some(value) = self.todo.pop() {
            let id = match value {
                Value::Ptr(ptr) => match &ptr.place {
                    Some(place) => place.block,
                    None => continue,
                },
                Value::Obj(id, _) => id,
                Value::Struct(data) => {
                    self.todo.extend(data.fields.iter().cloned());
                    continue;
                }
                Value::InterpTuple(items) => {
                    self.todo.extend(items.iter().cloned());
                    continue;
                }
                _ => continue,
            };
            if self.borrowed.contains(&id) {
                return true;
            }
            if self.seen.insert(id) {
                self.enter(id);
            }
        }
        false
    }

    fn enter(&mut self, id: ObjId) {
        match self.machine.object(id) {
            Ok(Object::List(items) | Object::Block(items)) => {
                self.todo.extend(items.iter().cloned())
            }
            Ok(Object::Dict(items)) => {
                self.todo
                    .extend(items.iter().flat_map(|(key, value)| [key.clone(), value.clone()]));
            }
            Ok(Object::Bytes(_)) | Err(_) => {}
        }
    }
}

impl Machine<'_> {
    /// Whether a variable of a module that only declares may lead to memory of its package, which code
    /// at compile time has a copy of.
    pub fn leads_to_package(&mut self, module: &Name, ty: Ty) -> bool {
        self.declares(module) && has_pointers(self, ty)
    }

    /// Refuses what a finished evaluation keeps if it leads to memory of a package.
    pub(crate) fn check_kept(&mut self, name: &str, value: &Value, loc: Option<Loc>) -> Result<()> {
        let Some(Packages(mirror)) = self.packages.as_deref() else { return Ok(()) };
        if mirror.borrowed.is_empty() {
            return Ok(());
        }
        let borrowed = mirror.borrowed.clone();
        let todo = vec![value.clone()];
        let mut walk = Walk { machine: self, borrowed, seen: HashSet::default(), todo };
        if !walk.finds() {
            return Ok(());
        }
        let error = SpyError::type_error(format!(
            "{name} leads to memory of a package that was compiled ahead of time, of which code at \
             compile time has a copy only"
        ));
        let error = error.help(HELP);
        Err(match loc {
            Some(loc) => error.error("this would be the copy", loc),
            None => error,
        })
    }

    /// Refuses a variable of a package that another module imported, and that leads to memory.
    pub(crate) fn passed_on(&self, module: &Name, attr: &Name, through: &Name) -> Box<SpyError> {
        SpyError::type_error(format!(
            "`{module}.{attr}` leads to memory of a package that was compiled ahead of time, and cannot \
             be read as `{through}.{attr}`"
        ))
        .help(format!("import it from `{module}`, or install a wheel of the package that has its source"))
    }
}
