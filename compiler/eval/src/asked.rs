//! What a machine has asked of queries: signatures, types of functions, names and attributes.
//!
//! An answer is kept for as long as the machine lives. That is at most one revision, and within one
//! query, so whoever depends on the answer has read it once: reading it again would only take time,
//! and a lock that other threads want as well.

use crate::frame::{FuncSig, Local, Shared, StructData};
use crate::machine::Machine;
use crate::queries;
use spy_text::HashMap;
use spy_types::{FrameKey, FuncId, FuncKey, FuncTy, Name, Ty, TyKey, Value};
use std::rc::Rc;
use std::sync::Arc;

/// What a machine has been told.
#[derive(Default)]
pub(crate) struct Asked {
    sigs: HashMap<FuncId, Shared<FuncSig>>,
    types: HashMap<FuncId, Ty>,
    locals: HashMap<(FrameKey, Name), Local>,
    attrs: HashMap<(Ty, Name), Value>,
    /// Those of the library, which nobody edits while it is used.
    structs: HashMap<Ty, Option<Arc<StructData>>>,
}

impl Machine<'_> {
    /// The signature of a `def`'d function; `None` for all others, and if its frame has errors.
    pub fn func_sig(&mut self, func: FuncId) -> Option<Shared<FuncSig>> {
        let FuncKey::Def { def, frame, .. } = func.get() else { return None };
        if let Some(sig) = self.asked.sigs.get(&func) {
            return Some(sig.clone());
        }
        if def.path.is_lambda()
            && let Some(sig) = crate::lambda::signature(self, *def, *frame)
        {
            let sig = Rc::new(Arc::new(sig));
            self.asked.sigs.insert(func, sig.clone());
            return Some(sig);
        }
        if let Some(index) = self.live_frame(*frame)
            && let Some(sig) = self.frames[index].sigs.get(&def.path.0)
        {
            return Some(Rc::new(sig.clone()));
        }
        if self.is_inline(*frame) {
            return self.frozen_frame(*frame)?.sigs.get(&def.path.0).cloned().map(Rc::new);
        }
        let sig = Rc::new(queries::func_sig(self.db, self.project, func)?);
        self.asked.sigs.insert(func, sig.clone());
        Some(sig)
    }

    /// The type of a function.
    pub fn func_type(&mut self, func: FuncId) -> Ty {
        if let Some(ty) = self.asked.types.get(&func) {
            return *ty;
        }
        let ty = match self.func_sig(func) {
            Some(sig) => sig.ty(),
            None => {
                let (color, kind, params, varargs, ret) = crate::builtins::builtin_type(self, func);
                Ty::new(TyKey::Func(FuncTy { color, kind, params, varargs, ret }))
            }
        };
        // What depends on structs or running frames may be different later.
        if matches!(func.get(), FuncKey::Prim(_)) || self.asked.sigs.contains_key(&func) {
            self.asked.types.insert(func, ty);
        }
        ty
    }

    /// A local of a finished frame.
    pub(crate) fn finished_local(&mut self, frame: FrameKey, name: &Name) -> Option<Local> {
        let key = (frame, name.clone());
        if let Some(local) = self.asked.locals.get(&key) {
            return Some(local.clone());
        }
        let local = queries::frame_local(self.db, self.project, frame, name.clone())?;
        self.asked.locals.insert(key, local.clone());
        Some(local)
    }

    /// An attribute of a finished struct.
    pub(crate) fn finished_attr(&mut self, ty: Ty, name: &str) -> Option<Value> {
        if let Some(data) = self.library_struct(ty) {
            return data.dict.get(name).cloned();
        }
        let key = (ty, Name::from(name));
        if let Some(value) = self.asked.attrs.get(&key) {
            return Some(value.clone());
        }
        let value = queries::struct_attr(self.db, self.project, ty, key.1.clone())?;
        self.asked.attrs.insert(key, value.clone());
        Some(value)
    }

    /// A finished struct of the library: one question instead of one for each attribute.
    fn library_struct(&mut self, ty: Ty) -> Option<&StructData> {
        let TyKey::Struct { def, .. } = ty.get() else { return None };
        if !self.asked.structs.contains_key(&ty) {
            let file = spy_db::module_file(self.db, self.project, &def.module);
            let is_library = file.is_some_and(|file| file.stdlib(self.db));
            let data = is_library.then(|| queries::struct_data(self.db, self.project, ty));
            self.asked.structs.insert(ty, data.flatten());
        }
        self.asked.structs.get(&ty)?.as_deref()
    }
}
