//! Variables of modules.

use super::Machine;
use spy_types::{BuiltinTy, FrameKey, FrameKeyData, Name, Result, SpyError, Value};

impl Machine<'_> {
    /// Assigns a module variable.
    ///
    /// # Errors
    /// If the module has been executed and no program is running.
    pub fn write_cell(&mut self, module: &Name, name: &Name, value: Value) -> Result<()> {
        let key = FrameKey::new(FrameKeyData::Module(module.clone()));
        if let Some(frame) = self.frames.iter_mut().find(|frame| frame.key == Some(key)) {
            let ty = frame.cells.get(name).map(|(ty, _)| *ty);
            let ty = ty.or_else(|| value.ty()).unwrap_or_else(|| BuiltinTy::Object.into());
            frame.cells.insert(name.clone(), (ty, value));
            return Ok(());
        }
        if self.world.is_none() {
            return Err(SpyError::type_error(format!(
                "cannot assign the module variable `{name}` at compile time: its module has been \
                 executed"
            )));
        }
        if self.declares(module) {
            let declared = crate::queries::frame_cell(self.db, self.project, key, name.clone());
            let ty = declared.map(|(ty, _)| ty).or_else(|| value.ty());
            let ty = ty.unwrap_or_else(|| BuiltinTy::Object.into());
            return self.set_declared_variable(module, name, ty, &value);
        }
        self.cells.insert((module.clone(), name.clone()), value);
        Ok(())
    }
}
