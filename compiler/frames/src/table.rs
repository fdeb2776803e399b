//! The table as bytes: numbers of 32 bits, low byte first.
//!
//! ```text
//! version, sites, links, places, size of the texts
//! sites:  address, link                  by address; each is for what follows, to the next one
//! links:  place, link                    the innermost function first; what follows is its caller
//! places: file, line, function, text     but for the line, where a text begins
//! texts:  each ends with a zero
//! ```
//!
//! Links are numbered from 1; 0 is none. In a native library the table stands at the end of the file, and
//! behind it its size in 8 bytes and [`MARK`].

use crate::Place;
use std::collections::HashMap;

/// The name of the section of a WebAssembly module.
pub const SECTION: &str = "spy.frames";

/// What the format is called inside of it.
const VERSION: u32 = 1;

/// How a native library ends that has a table.
const MARK: &[u8; 8] = b"spy.frm\x01";

/// A table that is being made.
#[derive(Default)]
pub(crate) struct Table {
    sites: Vec<[u32; 2]>,
    links: Vec<[u32; 2]>,
    known_links: HashMap<[u32; 2], u32>,
    places: Vec<[u32; 4]>,
    known_places: HashMap<Place, u32>,
    texts: Vec<u8>,
    known_texts: HashMap<String, u32>,
}

fn number(size: usize) -> Result<u32, String> {
    u32::try_from(size).map_err(|_| "the table of its calls is too large".to_owned())
}

impl Table {
    /// From an address on, these calls are running, innermost first. Addresses come in order.
    pub(crate) fn add(&mut self, address: u64, calls: &[Place]) -> Result<(), String> {
        let address = u32::try_from(address).map_err(|_| "its code is too large".to_owned())?;
        let mut link = 0;
        for place in calls.iter().rev() {
            let pair = [self.place(place)?, link];
            link = match self.known_links.get(&pair) {
                Some(known) => *known,
                None => {
                    self.links.push(pair);
                    let new = number(self.links.len())?;
                    self.known_links.insert(pair, new);
                    new
                }
            };
        }
        match self.sites.last_mut() {
            Some([_, last]) if *last == link => {}
            Some([at, last]) if *at == address => *last = link,
            None if link == 0 => {}
            _ => self.sites.push([address, link]),
        }
        Ok(())
    }

    fn place(&mut self, place: &Place) -> Result<u32, String> {
        if let Some(known) = self.known_places.get(place) {
            return Ok(*known);
        }
        let new = number(self.places.len())?;
        let file = self.text(&place.file)?;
        let function = self.text(&place.function)?;
        let text = self.text(&place.text)?;
        self.places.push([file, place.line, function, text]);
        self.known_places.insert(place.clone(), new);
        Ok(new)
    }

    fn text(&mut self, text: &str) -> Result<u32, String> {
        if let Some(known) = self.known_texts.get(text) {
            return Ok(*known);
        }
        let at = number(self.texts.len())?;
        // Nothing follows a zero, for readers of C.
        self.texts.extend(text.bytes().filter(|byte| *byte != 0));
        self.texts.push(0);
        self.known_texts.insert(text.to_owned(), at);
        Ok(at)
    }

    /// The finished table, of a size that is a multiple of 4.
    pub(crate) fn bytes(mut self) -> Result<Vec<u8>, String> {
        while !self.texts.len().is_multiple_of(4) {
            self.texts.push(0);
        }
        let counts = [self.sites.len(), self.links.len(), self.places.len(), self.texts.len()];
        let mut out = VERSION.to_le_bytes().to_vec();
        for count in counts {
            out.extend(number(count)?.to_le_bytes());
        }
        let pairs = self.sites.iter().chain(&self.links).flatten();
        out.extend(pairs.chain(self.places.iter().flatten()).flat_map(|word| word.to_le_bytes()));
        out.extend(self.texts);
        Ok(out)
    }
}

/// What is added to the end of a native library.
pub(crate) fn trailer(table: &[u8]) -> Vec<u8> {
    [table, &(table.len() as u64).to_le_bytes(), MARK].concat()
}
