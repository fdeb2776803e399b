//! Numbers of nodes that do not depend on the statements above them.
//!
//! Signatures, symbols and positions name nodes of the module or class that contains a definition.
//! If those nodes were numbered one after the other, a function added at the top of a file would
//! renumber everything below it. So each statement of a module or class has a *slot*, chosen by a
//! hash of the name that it defines, and its nodes are numbered from there: what else stands in the
//! body does not matter, except that a taken slot leads to the next free one. A function's body has
//! no slots, its numbers are indices: editing it means redshifting it anyway. So numbers follow the
//! text within a function and within a statement, and not from one statement of a module or class
//! to the next.
//!
//! | bits of a number | |
//! | --- | --- |
//! | 14..32 | the slot |
//! | 0..14 | which expression, statement or mark of the slot |
//!
//! A statement with more nodes goes on in another slot.

use std::collections::BTreeMap;

const OFFSET_BITS: u32 = 14;
const OFFSETS: u32 = 1 << OFFSET_BITS;
const SLOTS: u32 = 1 << (32 - OFFSET_BITS);

/// The arenas of a body, each with numbers of its own.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Arena {
    Exprs,
    Stmts,
    Marks,
}

/// How the numbers of a body's nodes lead to indices of its arenas.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct NodeIds {
    /// For each slot in use, the index of its first node in each arena. Empty if numbers are
    /// indices.
    slots: BTreeMap<u32, [u32; 3]>,
}

impl NodeIds {
    /// The index of a node in its arena.
    pub(crate) fn index(&self, arena: Arena, id: u32) -> usize {
        if self.slots.is_empty() {
            return id as usize;
        }
        let first = self.slots.get(&(id >> OFFSET_BITS)).map_or(0, |first| first[arena as usize]);
        (first + id % OFFSETS) as usize
    }

    /// The numbers of the first `len` nodes of an arena, in the order of their indices.
    pub(crate) fn numbers(&self, arena: Arena, len: usize) -> Vec<u32> {
        let len = u32::try_from(len).unwrap_or(u32::MAX);
        if self.slots.is_empty() {
            return (0..len).collect();
        }
        // Slots were opened one after the other, each behind the nodes of those before.
        let mut slots: Vec<(u32, [u32; 3])> = self.slots.iter().map(|(&s, &f)| (s, f)).collect();
        slots.sort_by_key(|(_, first)| *first);
        let ends = slots.iter().skip(1).map(|(_, first)| first[arena as usize]).chain([len]);
        let ranges = slots.iter().zip(ends).map(|((slot, first), end)| {
            let first = first[arena as usize];
            (first..end).map(move |index| slot * OFFSETS + (index - first))
        });
        ranges.flatten().collect()
    }
}

/// Numbers the nodes of one body while it grows.
#[derive(Debug, Default)]
pub(crate) struct Numbering {
    ids: NodeIds,
    /// The slot that is being filled.
    slot: u32,
}

impl Numbering {
    /// Starts the statement that is the `nth` to define `name` in its body. `lens` are the lengths
    /// of the arenas.
    pub(crate) fn start(&mut self, name: &str, nth: usize, lens: [u32; 3]) {
        // Half of the slots are left to statements that need more than one; then slots are shared.
        if self.ids.slots.len() < (SLOTS / 2) as usize {
            self.open(hash(name, nth), lens);
        }
    }

    /// The number of the next node of an arena.
    pub(crate) fn next(&mut self, arena: Arena, lens: [u32; 3]) -> u32 {
        let len = lens[arena as usize];
        let Some(first) = self.ids.slots.get(&self.slot) else { return len };
        let offset = len - first[arena as usize];
        if offset < OFFSETS {
            return self.slot * OFFSETS + offset;
        }
        self.open(self.slot, lens);
        self.slot * OFFSETS
    }

    /// The index of a node in its arena.
    pub(crate) fn index(&self, arena: Arena, id: u32) -> usize {
        self.ids.index(arena, id)
    }

    /// The finished map.
    pub(crate) fn finish(self) -> NodeIds {
        self.ids
    }

    /// Goes on in the first free slot from `slot`.
    fn open(&mut self, slot: u32, lens: [u32; 3]) {
        let free = (0..SLOTS).map(|step| (slot + step) % SLOTS);
        // Never more than half of the slots are found taken: a file has not enough bytes.
        if let Some(free) = free.into_iter().find(|free| !self.ids.slots.contains_key(free)) {
            self.slot = free;
            self.ids.slots.insert(free, lens);
        }
    }
}

/// FNV-1a, which is the same everywhere.
fn hash(name: &str, nth: usize) -> u32 {
    let nth = nth as u64;
    let hash =
        name.bytes().chain(nth.to_le_bytes()).fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
    let mixed = (hash ^ (hash >> 32)) % u64::from(SLOTS);
    u32::try_from(mixed).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_slots_numbers_are_indices() {
        let mut numbering = Numbering::default();
        assert_eq!(numbering.next(Arena::Exprs, [7, 0, 0]), 7);
        assert_eq!(numbering.index(Arena::Exprs, 7), 7);
    }

    #[test]
    fn a_statement_keeps_its_numbers_when_another_comes_first() {
        let mut alone = Numbering::default();
        alone.start("f", 1, [0, 0, 0]);
        let mut second = Numbering::default();
        second.start("g", 1, [0, 0, 0]);
        second.start("f", 1, [10, 20, 30]);
        for (arena, len) in [(Arena::Exprs, 12), (Arena::Stmts, 22), (Arena::Marks, 32)] {
            let id = second.next(arena, [len; 3]);
            assert_eq!(alone.next(arena, [2; 3]), id);
            assert_eq!(second.index(arena, id), len as usize);
            assert_eq!(alone.index(arena, id), 2);
        }
    }

    #[test]
    fn numbers_of_all_nodes_lead_to_their_indices() {
        let mut numbering = Numbering::default();
        let mut numbers = Vec::new();
        for (stmts, (name, nodes)) in (0..).zip([("f", 3), ("g", 0), ("h", 2), ("a", 1)]) {
            let len = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
            numbering.start(name, 1, [len, stmts, 0]);
            for _ in 0..nodes {
                let len = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
                numbers.push(numbering.next(Arena::Exprs, [len, stmts, 0]));
            }
        }
        let ids = numbering.finish();
        assert_eq!(ids.numbers(Arena::Exprs, numbers.len()), numbers);
        for (index, number) in numbers.into_iter().enumerate() {
            assert_eq!(ids.index(Arena::Exprs, number), index);
        }
        assert_eq!(NodeIds::default().numbers(Arena::Stmts, 3), [0, 1, 2]);
    }

    #[test]
    fn numbers_are_unique_where_slots_run_over_or_clash() {
        let mut numbering = Numbering::default();
        let mut seen = std::collections::HashSet::new();
        for len in 0..OFFSETS * 4 {
            if len % OFFSETS == 100 {
                // The same name and number: the slot is taken.
                numbering.start("f", 1, [len; 3]);
            }
            if len == 0 {
                numbering.start("f", 1, [0; 3]);
            }
            let id = numbering.next(Arena::Marks, [len; 3]);
            assert!(seen.insert(id), "{id}");
            assert_eq!(numbering.index(Arena::Marks, id), len as usize);
        }
    }
}
