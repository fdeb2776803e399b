//! What evaluating a piece of code does and depends on.
//!
//! SPy evaluates operands left to right; C leaves their order open. Two pieces may stay side by
//! side in one C expression unless their effects [conflict](Effects::conflicts).

use spy_ir::LocalId;

/// How many locals a [`LocalSet`] tells apart.
const TRACKED: usize = 8;

/// A set of locals that gives up when it grows: then it holds all of them.
#[derive(Clone, Default, Debug)]
pub(crate) struct LocalSet {
    some: Vec<LocalId>,
    all: bool,
}

impl LocalSet {
    pub(crate) fn one(local: LocalId) -> Self {
        Self { some: vec![local], all: false }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.some.is_empty() && !self.all
    }

    fn merge(&mut self, other: &Self) {
        self.all |= other.all;
        for local in &other.some {
            if self.all {
                break;
            }
            if !self.some.contains(local) {
                self.some.push(*local);
                self.all = self.some.len() > TRACKED;
            }
        }
        if self.all {
            self.some.clear();
        }
    }

    fn meets(&self, other: &Self) -> bool {
        match (self.all, other.all) {
            (true, _) => !other.is_empty(),
            (_, true) => !self.is_empty(),
            _ => self.some.iter().any(|local| other.some.contains(local)),
        }
    }
}

/// Effects and dependences of a piece of code.
#[derive(Clone, Default, Debug)]
pub(crate) struct Effects {
    /// It may change memory, do input or output, or run forever.
    pub(crate) acts: bool,
    /// It may panic.
    pub(crate) panics: bool,
    /// Its value depends on memory that others may change.
    pub(crate) reads_memory: bool,
    /// Locals that its value depends on.
    pub(crate) reads: LocalSet,
    /// Locals that it assigns.
    pub(crate) writes: LocalSet,
}

impl Effects {
    pub(crate) fn reads_local(local: LocalId) -> Self {
        Self { reads: LocalSet::one(local), ..Self::default() }
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        self.acts |= other.acts;
        self.panics |= other.panics;
        self.reads_memory |= other.reads_memory;
        self.reads.merge(&other.reads);
        self.writes.merge(&other.writes);
    }

    /// Whether leaving the code out would change nothing.
    pub(crate) fn is_pure(&self) -> bool {
        !self.acts && !self.panics && self.writes.is_empty()
    }

    /// Whether exchanging `self` and what comes `after` it could be noticed.
    pub(crate) fn conflicts(&self, after: &Self) -> bool {
        (self.acts && (after.acts || after.panics || after.reads_memory))
            || (self.panics && (after.acts || after.panics))
            || (self.reads_memory && after.acts)
            || self.reads.meets(&after.writes)
            || self.writes.meets(&after.reads)
            || self.writes.meets(&after.writes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_set_meets_everything_but_the_empty_one() {
        let mut set = LocalSet::default();
        for n in 0..20 {
            set.merge(&LocalSet::one(LocalId(n)));
        }
        assert!(set.meets(&LocalSet::one(LocalId(99))));
        assert!(!set.meets(&LocalSet::default()));
        assert!(!LocalSet::one(LocalId(1)).meets(&LocalSet::one(LocalId(2))));
    }

    #[test]
    fn what_may_change_places() {
        let acts = Effects { acts: true, ..Effects::default() };
        let panics = Effects { panics: true, ..Effects::default() };
        let memory = Effects { reads_memory: true, ..Effects::default() };
        let local = Effects::reads_local(LocalId(0));
        let write = Effects { writes: LocalSet::one(LocalId(0)), ..Effects::default() };
        assert!(acts.conflicts(&acts) && acts.conflicts(&panics) && acts.conflicts(&memory));
        assert!(panics.conflicts(&panics) && panics.conflicts(&acts));
        assert!(memory.conflicts(&acts) && local.conflicts(&write) && write.conflicts(&local));
        assert!(!memory.conflicts(&panics) && !panics.conflicts(&memory));
        assert!(!local.conflicts(&acts) && !acts.conflicts(&local));
    }
}
