//! Stack memory for values that do not fit into registers.
//!
//! What a statement needs is free again when it ends, so that a function's frame grows with its
//! largest statement, not with their number.

use crate::emitter::Emitter;
use crate::shape::ADDRESS;
use cranelift_codegen::ir::{InstBuilder, StackSlot, StackSlotData, StackSlotKind, Value};
use std::collections::BTreeMap;

/// Frames larger than this cannot be entered: they are as large as the smallest stack of a program.
const MAX_FRAME: u64 = 64 << 20;

/// Alignment of all slots, as a power of two.
const ALIGN_SHIFT: u8 = 3;

/// Slots of one function.
#[derive(Default)]
pub(crate) struct Temps {
    /// In use, with their sizes, in order of allocation.
    used: Vec<(u64, StackSlot)>,
    /// Not in use, by size.
    free: BTreeMap<u64, Vec<StackSlot>>,
    total: u64,
}

/// A moment; what was allocated later can be given back.
#[derive(Clone, Copy)]
pub(crate) struct Mark(usize);

impl Temps {
    pub(crate) fn mark(&self) -> Mark {
        Mark(self.used.len())
    }

    /// Gives back what was allocated since.
    pub(crate) fn release(&mut self, mark: Mark) {
        for (size, slot) in self.used.drain(mark.0..) {
            self.free.entry(size).or_default().push(slot);
        }
    }

    /// Whether the function needs more stack than there can be.
    pub(crate) fn is_too_large(&self) -> bool {
        self.total > MAX_FRAME
    }
}

impl Emitter<'_> {
    /// Stack memory that stays with the function.
    pub(crate) fn slot(&mut self, size: u64) -> StackSlot {
        self.temps.total = self.temps.total.saturating_add(size);
        // A function that does not fit is not kept, see `compile_function`.
        let size = if self.temps.is_too_large() { 0 } else { u32::try_from(size).unwrap_or(0) };
        self.b.create_sized_stack_slot(StackSlotData::new(
            StackSlotKind::ExplicitSlot,
            size,
            ALIGN_SHIFT,
        ))
    }

    /// The address of stack memory that is free again when the statement ends.
    pub(crate) fn temp(&mut self, size: u64) -> Value {
        let size = size.max(1).next_multiple_of(8);
        let slot = match self.temps.free.get_mut(&size).and_then(Vec::pop) {
            Some(slot) => slot,
            None => self.slot(size),
        };
        self.temps.used.push((size, slot));
        self.b.ins().stack_addr(ADDRESS, slot, 0)
    }
}
