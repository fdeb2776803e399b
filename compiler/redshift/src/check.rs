//! What is wrong with one module.
//!
//! A build walks everything that is reachable from the root. Whoever edits one file wants to hear about
//! that file, soon. The walk here begins with what the module defines and goes on to the instances
//! of generic code that it makes, wherever that code stands. What other modules define themselves is
//! left to a check of those: together they find what a build of them all finds.

use crate::diagnose;
use crate::program::{ErrorMode, MainRule, Warm, import_order};
use crate::walk::Walk;
use spy_db::{Db, Project};
use spy_diagnostics::{Diagnostic, Severity};
use spy_types::{FrameKey, FrameKeyData, FuncId, FuncKey, Name, TyKey};

/// What a build would say about `module`, as far as it is the first to be blamed: syntax and scope
/// errors of it and of what it imports; else the first error at import time; else what is wrong with
/// its functions.
pub fn check_module(
    db: &dyn Db,
    project: Project,
    module: &Name,
    main: MainRule,
    warm: Option<Warm<'_>>,
) -> Vec<Diagnostic> {
    let order = match import_order(db, project, module) {
        Ok(order) => order,
        Err(diagnostics) => return diagnostics,
    };
    for module in &order {
        if let Some(error) = spy_eval::queries::module_error(db, project, module.clone()) {
            return vec![diagnose::diagnostic(db, project, &error, Severity::Error)];
        }
    }
    let mut walk = Walk::new(db, project, false);
    walk.only = Some(module.clone());
    walk.module(module);
    walk.module_cells(module);
    walk.entry(module, main);
    walk.run(warm);
    walk.diagnostics(ErrorMode::Eager)
}

/// Whether a function is defined by the text of another module, for everybody: it is the same
/// whoever uses it.
pub(crate) fn belongs_to_other(func: FuncId, module: &Name) -> bool {
    match func.get() {
        FuncKey::Def { frame, .. } => home(*frame).is_some_and(|home| home != module),
        _ => false,
    }
}

/// The module that a frame belongs to, if no call made it.
fn home(frame: FrameKey) -> Option<&'static Name> {
    match frame.get() {
        FrameKeyData::Module(module) => Some(module),
        FrameKeyData::Class(ty) => match ty.get() {
            TyKey::Struct { frame, .. } => home(*frame),
            _ => None,
        },
        FrameKeyData::Call(_) | FrameKeyData::Captured { .. } => None,
    }
}
