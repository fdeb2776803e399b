//! Static data: memory that import time filled and that running code goes on using.
//!
//! Items are typed, not bytes: each back end lays them out as it lays out the memory that running
//! code allocates (the layout of [`crate::layout`] is that of dumps), and turns each
//! [`Const::Data`], [`Const::Func`] and string in them into a relocation. Data may point to itself
//! in cycles. It is writable, the collector scans it, and it is never freed.

use crate::{Const, Fqn, Type};

/// A block of memory.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Data {
    /// Its name: unique, derived from the evaluation that made it.
    pub fqn: Fqn,
    /// The type of its items.
    pub item: Type,
    /// The items.
    pub items: DataItems,
}

/// The contents of static data.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum DataItems {
    /// Constants of the item type.
    Values(Vec<Const>),
    /// Items of type `u8`.
    Bytes(Vec<u8>),
    /// A `rawbuffer::RawBuffer` with this content; the item type is `u8`.
    RawBuffer(Vec<u8>),
}

impl DataItems {
    /// Number of items.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Values(values) => values.len(),
            Self::Bytes(bytes) | Self::RawBuffer(bytes) => bytes.len(),
        }
    }

    /// Whether there are none. Such data still has an address of its own.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// A place in static data.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct DataRef {
    /// The data's name.
    pub data: Fqn,
    /// Which item.
    pub index: u32,
    /// Field numbers from the item down to the part that is meant.
    pub path: Vec<u32>,
    /// How many items a checked pointer to it may reach; 0 for buffers.
    pub len: u32,
}
