//! Memory that records are written to, with pointers in it.

use std::collections::HashMap;

/// Size of a word, in bytes.
pub(super) const WORD: u64 = 8;

/// What a pointer points to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Target {
    /// A byte of the same memory.
    Own(u64),
    /// A function.
    Function(String),
}

/// A pointer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Pointer {
    /// Where it stands, in bytes.
    pub offset: u64,
    /// What it points to.
    pub target: Target,
}

/// One word of a record.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Word {
    /// A number, or the two halves of one.
    Number(u64),
    /// A pointer to an offset in the image.
    At(u64),
    /// A pointer to a function.
    Function(String),
    /// A pointer to a text that ends with a zero.
    Text(String),
    /// No pointer.
    Null,
}

impl Word {
    /// A pointer to an offset, if there is one.
    pub(super) fn at(offset: Option<u64>) -> Self {
        offset.map_or(Self::Null, Self::At)
    }

    /// A pointer to a text, if there is one.
    pub(super) fn text(text: Option<&str>) -> Self {
        text.map_or(Self::Null, |text| Self::Text(text.to_owned()))
    }

    /// A flag.
    pub(super) fn flag(flag: bool) -> Self {
        Self::Number(u64::from(flag))
    }

    /// How many there are of something.
    pub(super) fn count(count: usize) -> Self {
        Self::Number(count as u64)
    }
}

/// Records, and behind them the texts that they point to.
#[derive(Default)]
pub(super) struct Image {
    bytes: Vec<u8>,
    pointers: Vec<Pointer>,
    texts: Vec<u8>,
    known_texts: HashMap<Vec<u8>, u64>,
    /// Where pointers to texts stand, and where in the texts they point to.
    to_texts: Vec<(u64, u64)>,
}

impl Image {
    /// Room for so many words.
    pub(super) fn reserve(&mut self, words: usize) -> u64 {
        let start = self.bytes.len();
        self.bytes.resize(start + words * WORD as usize, 0);
        start as u64
    }

    /// Adds a record; returns where it is.
    pub(super) fn add(&mut self, words: &[Word]) -> u64 {
        let start = self.reserve(words.len());
        self.fill(start, words);
        start
    }

    /// Writes words where room for them was made.
    pub(super) fn fill(&mut self, start: u64, words: &[Word]) {
        for (offset, word) in (start..).step_by(WORD as usize).zip(words) {
            let target = match word {
                Word::Number(number) => {
                    let at = usize::try_from(offset).unwrap_or(usize::MAX);
                    if let Some(place) = self.bytes.get_mut(at..).and_then(|rest| rest.get_mut(..8))
                    {
                        place.copy_from_slice(&number.to_le_bytes());
                    }
                    continue;
                }
                Word::Text(text) => {
                    let place = self.text(text.as_bytes());
                    self.to_texts.push((offset, place));
                    continue;
                }
                Word::Null => continue,
                Word::At(place) => Target::Own(*place),
                Word::Function(symbol) => Target::Function(symbol.clone()),
            };
            self.pointers.push(Pointer { offset, target });
        }
    }

    /// Writes a word that points to bytes, behind which a zero stands.
    pub(super) fn point_to_bytes(&mut self, offset: u64, bytes: &[u8]) {
        let place = self.text(bytes);
        self.to_texts.push((offset, place));
    }

    fn text(&mut self, bytes: &[u8]) -> u64 {
        if let Some(known) = self.known_texts.get(bytes) {
            return *known;
        }
        let place = self.texts.len() as u64;
        self.texts.extend(bytes);
        self.texts.push(0);
        self.known_texts.insert(bytes.to_vec(), place);
        place
    }

    /// All of it, and the pointers in it by offset.
    pub(super) fn finish(self) -> (Vec<u8>, Vec<Pointer>) {
        let Self { mut bytes, mut pointers, texts, to_texts, .. } = self;
        let start = bytes.len() as u64;
        bytes.extend(texts);
        let to_texts = to_texts.into_iter();
        pointers.extend(to_texts.map(|(offset, place)| {
            let target = Target::Own(start + place);
            Pointer { offset, target }
        }));
        pointers.sort_by_key(|pointer| pointer.offset);
        (bytes, pointers)
    }
}
