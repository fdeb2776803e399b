//! Interned values: equal contents, one address.
//!
//! Keys of queries (types, function instances, blue calls) are compared and hashed all the time, so
//! they are interned once and then copied as a pointer. The table is global and never shrinks: what
//! is interned is a description, its meaning does not depend on any database. Each entry carries a
//! hash of its contents that is the same in every process, for names that derive from keys, and room
//! for what is computed from the contents again and again.

use hashbrown::HashTable;
use std::cell::Cell;
use std::collections::hash_map::DefaultHasher;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Deref;
use std::sync::{Mutex, MutexGuard};
use std::thread::LocalKey;

/// What the interner stores.
struct Entry<T: Internable> {
    stable: u64,
    data: T,
    memo: T::Memo,
}

/// A pointer to an interned value.
pub struct Interned<T: Internable>(&'static Entry<T>);

/// Parts of a table, each with a lock of its own: threads that intern at the same time rarely meet
/// in one.
const PARTS: usize = 32;

/// The table of one type of interned values.
pub struct Table<T: Internable>([Mutex<Option<Entries<T>>>; PARTS]);

type Entries<T> = HashTable<&'static Entry<T>>;

/// Slots of a [`Recent`].
const SLOTS: usize = 256;

/// What a thread interned lately, by hash. Most of what is interned was interned before, and by the
/// same thread; finding it here takes no lock, for which threads would wait.
pub struct Recent<T: Internable>([Cell<Option<&'static Entry<T>>>; SLOTS]);

impl<T: Internable> Recent<T> {
    /// Nothing.
    #[must_use]
    pub const fn new() -> Self {
        Self([const { Cell::new(None) }; SLOTS])
    }

    fn slot(&self, stable: u64) -> &Cell<Option<&'static Entry<T>>> {
        &self.0[stable as usize % SLOTS]
    }
}

impl<T: Internable> Default for Recent<T> {
    fn default() -> Self {
        Self::new()
    }
}

/// Types that can be interned: each names its table.
pub trait Internable: Eq + Hash + Sized + Send + Sync + 'static {
    /// What is remembered beside a value; it must follow from the value alone.
    type Memo: Default + Send + Sync;

    /// The table of this type.
    fn table() -> &'static Table<Self>;

    /// What this thread interned lately.
    fn recent() -> &'static LocalKey<Recent<Self>>;
}

impl<T: Internable> Table<T> {
    /// An empty table.
    #[must_use]
    pub const fn new() -> Self {
        Self([const { Mutex::new(None) }; PARTS])
    }

    /// The part that holds values with this hash.
    fn lock(&self, stable: u64) -> MutexGuard<'_, Option<Entries<T>>> {
        // The hash tables look at the first and the last bits.
        let part = (stable >> 32) as usize % PARTS;
        // A panic while the lock is held cannot leave the set half changed.
        self.0[part].lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl<T: Internable> Default for Table<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: Internable> Interned<T> {
    /// Interns `data`.
    #[must_use]
    pub fn new(data: T) -> Self {
        let mut hasher = DefaultHasher::new();
        data.hash(&mut hasher);
        let stable = hasher.finish();
        T::recent().with(|recent| {
            let slot = recent.slot(stable);
            let known = slot.get().filter(|entry| entry.stable == stable && entry.data == data);
            let entry = known.unwrap_or_else(|| Self::enter(data, stable));
            slot.set(Some(entry));
            Self(entry)
        })
    }

    /// The entry in the table of all threads.
    fn enter(data: T, stable: u64) -> &'static Entry<T> {
        let mut guard = T::table().lock(stable);
        let table = guard.get_or_insert_with(HashTable::new);
        if let Some(found) = table.find(stable, |entry| entry.data == data) {
            return found;
        }
        let entry: &'static Entry<T> =
            Box::leak(Box::new(Entry { stable, data, memo: T::Memo::default() }));
        table.insert_unique(stable, entry, |entry| entry.stable);
        entry
    }

    /// A hash of the contents that is the same in every process.
    #[must_use]
    pub fn stable_hash(self) -> u64 {
        self.0.stable
    }

    /// The contents.
    #[must_use]
    pub fn get(self) -> &'static T {
        &self.0.data
    }

    /// What is remembered beside them.
    #[must_use]
    pub fn memo(self) -> &'static T::Memo {
        &self.0.memo
    }
}

impl<T: Internable> Clone for Interned<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Internable> Copy for Interned<T> {}

impl<T: Internable> PartialEq for Interned<T> {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.0, other.0)
    }
}

impl<T: Internable> Eq for Interned<T> {}

impl<T: Internable> Hash for Interned<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.0.stable);
    }
}

impl<T: Internable> Deref for Interned<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.0.data
    }
}

impl<T: Internable + fmt::Debug> fmt::Debug for Interned<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.data.fmt(f)
    }
}

/// Implements [`Internable`] for a type, with the type of what is remembered beside each value.
#[macro_export]
macro_rules! internable {
    ($ty:ty) => {
        $crate::internable!($ty, ());
    };
    ($ty:ty, $memo:ty) => {
        impl $crate::Internable for $ty {
            type Memo = $memo;

            fn table() -> &'static $crate::Table<Self> {
                static TABLE: $crate::Table<$ty> = $crate::Table::new();
                &TABLE
            }

            fn recent() -> &'static ::std::thread::LocalKey<$crate::Recent<Self>> {
                ::std::thread_local! {
                    static RECENT: $crate::Recent<$ty> = const { $crate::Recent::new() };
                }
                &RECENT
            }
        }
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(PartialEq, Eq, Hash, Debug)]
    struct Pair(u32, String);
    internable!(Pair);

    #[test]
    fn equal_contents_are_one() {
        let a = Interned::new(Pair(1, "x".to_owned()));
        let b = Interned::new(Pair(1, "x".to_owned()));
        let c = Interned::new(Pair(2, "x".to_owned()));
        assert_eq!(a, b);
        assert_ne!(a, c);
        assert_eq!(a.stable_hash(), b.stable_hash());
        assert_eq!(a.get().1, "x");
    }
}
