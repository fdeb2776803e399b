//! Random damage to a program's text, of the kinds that people cause: words, lines and characters
//! that are missing, twice there, in the wrong place, or taken from another program.

use crate::rng::Rng;

/// Pieces that mutations put into texts: the words of all programs, and some that occur in none.
pub(crate) struct Words(Vec<String>);

/// Words that stress limits and corners of the language.
const ODD_WORDS: [&str; 40] = [
    "2147483647",
    "-2147483648",
    "4294967296",
    "99999999999999999999999",
    "1e400",
    "0.0",
    "i8(-129)",
    "u64(18446744073709551615)",
    "\"\"",
    "b\"\\xff\"",
    "'''",
    "\"\"\"",
    "\\",
    "\u{0}",
    "é",
    "𝒳",
    "\t",
    "\r\n",
    "\u{c}",
    "[",
    "]",
    "(",
    ")",
    "{",
    "}",
    ":",
    ":=",
    "**",
    "//",
    "->",
    "@blue",
    "@blue.generic",
    "@blue.metafunc",
    "@struct",
    "__block__",
    "STATIC_TYPE",
    "self",
    "dynamic",
    "None",
    "__spy__",
];

impl Words {
    /// The words of these texts.
    pub(crate) fn of<'t>(texts: impl Iterator<Item = &'t str>) -> Self {
        let mut words: Vec<String> = ODD_WORDS.map(str::to_owned).into();
        for text in texts {
            words.extend(
                split(text).into_iter().filter(|word| !word.trim().is_empty()).map(str::to_owned),
            );
        }
        Self(words)
    }
}

/// Changes a text in one to four places.
pub(crate) fn mutate(rng: &mut Rng, text: &str, words: &Words) -> Vec<u8> {
    let mut text = text.to_owned();
    let count = if rng.chance(50) { 1 } else { 1 + rng.below(4) };
    for _ in 0..count {
        text = match rng.below(10) {
            0..6 => change_words(rng, &text, words),
            6..9 => change_lines(rng, &text),
            _ => change_characters(rng, &text),
        };
    }
    let mut bytes = text.into_bytes();
    if rng.chance(2) && !bytes.is_empty() {
        let at = rng.below(bytes.len());
        bytes[at] = rng.next().to_le_bytes()[0];
    }
    bytes
}

fn change_words(rng: &mut Rng, text: &str, words: &Words) -> String {
    let mut pieces = split(text);
    if pieces.is_empty() {
        return rng.pick(&words.0).clone();
    }
    let (at, other) = (rng.below(pieces.len()), rng.below(pieces.len()));
    match rng.below(6) {
        0 => drop(pieces.remove(at)),
        1 => pieces.insert(other, pieces[at]),
        2 => pieces.swap(at, other),
        3 => pieces.insert(at, rng.pick::<String>(&words.0)),
        // Most often something of the same kind, so that the result has a chance to parse.
        4 => pieces[at] = rng.pick::<String>(&words.0),
        _ => pieces[at] = pieces[other],
    }
    pieces.concat()
}

fn change_lines(rng: &mut Rng, text: &str) -> String {
    let mut lines: Vec<String> = text.split_inclusive('\n').map(str::to_owned).collect();
    if lines.is_empty() {
        return "\n".to_owned();
    }
    let (at, other) = (rng.below(lines.len()), rng.below(lines.len()));
    match rng.below(6) {
        0 => drop(lines.remove(at)),
        1 => lines.insert(other, lines[at].clone()),
        2 => lines.swap(at, other),
        3 => lines[at].insert_str(0, "    "),
        4 => lines[at] = lines[at].strip_prefix("    ").unwrap_or(&lines[at]).to_owned(),
        _ => lines.truncate(at),
    }
    lines.concat()
}

fn change_characters(rng: &mut Rng, text: &str) -> String {
    let mut characters: Vec<char> = text.chars().collect();
    if characters.is_empty() {
        return "x".to_owned();
    }
    let (at, other) = (rng.below(characters.len()), rng.below(characters.len()));
    match rng.below(4) {
        0 => drop(characters.remove(at)),
        1 => characters.insert(at, characters[other]),
        2 => characters.swap(at, other),
        _ => characters.truncate(at),
    }
    characters.into_iter().collect()
}

/// Cuts a text into words, numbers, blanks and single other characters.
fn split(text: &str) -> Vec<&str> {
    let class = |c: char| match c {
        _ if c.is_alphanumeric() || c == '_' => 0,
        ' ' => 1,
        _ => 2,
    };
    let mut pieces = Vec::new();
    let mut start = 0;
    let mut last = None;
    for (at, c) in text.char_indices() {
        let class = class(c);
        if at > start && (last != Some(class) || class == 2) {
            pieces.push(&text[start..at]);
            start = at;
        }
        last = Some(class);
    }
    if start < text.len() {
        pieces.push(&text[start..]);
    }
    pieces
}
