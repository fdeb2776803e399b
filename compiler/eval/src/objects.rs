//! Memory that evaluations made: who owns an object, and who may change it.

use crate::Machine;
use crate::memory::Object;
use spy_types::{FrameKey, ObjId, Result, SpyError};
use std::sync::Arc;

impl Machine<'_> {
    /// Who owns the objects that are made now.
    fn owner(&self) -> Option<FrameKey> {
        if self.frames.last().is_some_and(|frame| frame.sites.is_some()) {
            return None;
        }
        if self.world.is_some() && !self.frames.iter().any(|frame| frame.key.is_some()) {
            return None;
        }
        self.frames.iter().rev().find_map(|frame| frame.key)
    }

    /// Makes an object.
    pub fn new_object(&mut self, object: Object) -> ObjId {
        let owner = self.owner();
        let objects = match owner {
            Some(owner) => self.heap.entry(owner).or_default(),
            None => &mut self.own,
        };
        objects.push(object);
        ObjId { owner, index: u32::try_from(objects.len() - 1).unwrap_or(u32::MAX) }
    }

    /// An object, whether its owner is running or finished.
    ///
    /// # Errors
    /// If it does not exist any more.
    pub fn object(&mut self, id: ObjId) -> Result<&Object> {
        let Some(owner) = id.owner else {
            return self.own.get(id.index as usize).ok_or_else(lost_object);
        };
        if !self.thawed.contains_key(&id) {
            if self.is_live_object(owner, id) {
                return Ok(&self.heap[&owner][id.index as usize]);
            }
            let frozen = self.frozen_object(id)?;
            self.thawed.insert(id, (*frozen).clone());
        }
        Ok(&self.thawed[&id])
    }

    /// Whether the evaluation that made an object has not finished.
    fn is_live_object(&self, owner: FrameKey, id: ObjId) -> bool {
        self.heap.get(&owner).is_some_and(|heap| heap.len() > id.index as usize)
    }

    /// An object to change.
    ///
    /// # Errors
    /// If the evaluation that made it has finished: its result may already have been used.
    pub fn object_mut(&mut self, id: ObjId) -> Result<&mut Object> {
        let Some(owner) = id.owner else {
            return self.own.get_mut(id.index as usize).ok_or_else(lost_object);
        };
        if self.is_live_object(owner, id) {
            let objects = self.heap.entry(owner).or_default();
            return Ok(&mut objects[id.index as usize]);
        }
        if self.world.is_none() {
            return Err(SpyError::type_error(
                "cannot change a compile-time object after the evaluation that made it has finished",
            ));
        }
        if !self.thawed.contains_key(&id) {
            let frozen = self.frozen_object(id)?;
            self.thawed.insert(id, (*frozen).clone());
        }
        self.thawed.get_mut(&id).ok_or_else(lost_object)
    }

    /// An object as the finished evaluation that made it left it.
    ///
    /// # Errors
    /// If that evaluation failed.
    pub fn frozen_object(&mut self, id: ObjId) -> Result<Arc<Object>> {
        let owner = id.owner.ok_or_else(lost_object)?;
        let frozen = self.frozen_frame(owner).ok_or_else(lost_object)?;
        frozen.objects.get(id.index as usize).cloned().ok_or_else(lost_object)
    }

    pub(crate) fn take_objects(&mut self, owner: FrameKey) -> Vec<Arc<Object>> {
        let objects = self.heap.remove(&owner).unwrap_or_default();
        objects.into_iter().map(Arc::new).collect()
    }
}

fn lost_object() -> Box<SpyError> {
    SpyError::type_error("a compile-time object is gone: the evaluation that made it failed")
}
