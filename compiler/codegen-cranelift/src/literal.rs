//! Constants in memory that a function owns: texts, bytes and the messages of its panics.
//!
//! All of them stand in one piece of data. A text is an object of the runtime followed by its bytes;
//! its hash is written when it is first computed, so the data is writable.

use crate::code::{Data, Pointer, Reference};
use spy_text::HashMap;

/// Alignment of everything, in bytes.
const ALIGN: usize = 8;

/// Gathers the constants of one owner.
pub(crate) struct Literals {
    symbol: String,
    /// Whether pointers know how many items they reach.
    checked: bool,
    bytes: Vec<u8>,
    pointers: Vec<Pointer>,
    objects: HashMap<Vec<u8>, i64>,
    c_strings: HashMap<Vec<u8>, i64>,
}

impl Literals {
    /// No constants yet, of the function or variable with this symbol.
    pub(crate) fn new(owner: &str, checked: bool) -> Self {
        Self {
            symbol: format!("spy_const${}", owner.strip_prefix("spy_").unwrap_or(owner)),
            checked,
            bytes: Vec::new(),
            pointers: Vec::new(),
            objects: HashMap::default(),
            c_strings: HashMap::default(),
        }
    }

    /// The symbol of all of them.
    pub(crate) fn symbol(&self) -> &str {
        &self.symbol
    }

    fn aligned_end(&mut self) -> i64 {
        let end = self.bytes.len().next_multiple_of(ALIGN);
        self.bytes.resize(end, 0);
        i64::try_from(end).unwrap_or(i64::MAX)
    }

    /// The offset of the object for a text or for bytes, which look alike.
    pub(crate) fn object(&mut self, data: &[u8]) -> i64 {
        if let Some(&found) = self.objects.get(data) {
            return found;
        }
        let start = self.aligned_end();
        let length = (data.len() as u64).to_le_bytes();
        self.bytes.extend(length);
        // No hash yet, and padding.
        self.bytes.extend([0; 8]);
        let pointer = self.bytes.len();
        self.bytes.extend([0; 8]);
        if self.checked {
            self.bytes.extend(length);
        }
        self.pointers.push(Pointer {
            offset: u32::try_from(pointer).unwrap_or(u32::MAX),
            target: Reference::Data(self.symbol.clone()),
            addend: i64::try_from(self.bytes.len()).unwrap_or(i64::MAX),
        });
        self.bytes.extend(data);
        // The runtime notes here what it learns about the characters of a text.
        self.bytes.push(0);
        self.objects.insert(data.to_vec(), start);
        start
    }

    /// The offset of a C string.
    pub(crate) fn c_string(&mut self, text: &[u8]) -> i64 {
        if let Some(&found) = self.c_strings.get(text) {
            return found;
        }
        let start = i64::try_from(self.bytes.len()).unwrap_or(i64::MAX);
        self.bytes.extend(text);
        self.bytes.push(0);
        self.c_strings.insert(text.to_vec(), start);
        start
    }

    /// The data, if there is any.
    pub(crate) fn finish(self) -> Option<Data> {
        let Self { symbol, bytes, pointers, .. } = self;
        let exported = false;
        let (writable, align) = (true, ALIGN as u64);
        (!bytes.is_empty()).then_some(Data { symbol, exported, writable, align, bytes, pointers })
    }
}
