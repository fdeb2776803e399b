//! `RECORD`: the hash and size of every file of a wheel.

use crate::error::PackageError;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt::Write;

/// What `RECORD` says about one file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Entry {
    /// `sha256=...`; empty for `RECORD` itself.
    pub(super) hash: String,
    /// In bytes.
    pub(super) size: Option<u64>,
}

/// The hash of a file, as `RECORD` writes it.
pub(super) fn hash(bytes: &[u8]) -> String {
    format!("sha256={}", URL_SAFE_NO_PAD.encode(Sha256::digest(bytes)))
}

/// Adds the line of one file.
pub(super) fn push(out: &mut String, path: &str, bytes: &[u8]) {
    // Writing to a string cannot fail. Names with a quote are refused elsewhere.
    let quote = if path.contains(',') { "\"" } else { "" };
    let _ = writeln!(out, "{quote}{path}{quote},{},{}", hash(bytes), bytes.len());
}

/// Reads `RECORD`.
///
/// # Errors
/// A line is not one; the message names it.
pub(super) fn parse(text: &str) -> Result<BTreeMap<String, Entry>, PackageError> {
    let mut entries = BTreeMap::new();
    for (index, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let wrong = |what: &str| PackageError::new(format!("RECORD, line {}: {what}", index + 1));
        let mut parts = line.rsplitn(3, ',');
        let (Some(size), Some(hash), Some(path)) = (parts.next(), parts.next(), parts.next())
        else {
            return Err(wrong("three fields are expected"));
        };
        let path = match path.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
            Some(quoted) => quoted.replace("\"\"", "\""),
            None => path.to_owned(),
        };
        let size = match size.trim() {
            "" => None,
            digits => Some(digits.parse().map_err(|_| wrong("the size is not a number"))?),
        };
        let entry = Entry { hash: hash.to_owned(), size };
        if entries.insert(path, entry).is_some() {
            return Err(wrong("the file was there before"));
        }
    }
    Ok(entries)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_can_be_read() {
        let mut text = String::new();
        push(&mut text, "a/b.spy", b"x");
        push(&mut text, "a,b", b"");
        text.push_str("m.dist-info/RECORD,,\n");
        let entries = parse(&text).expect("reads");
        assert_eq!(entries["a/b.spy"], Entry { hash: hash(b"x"), size: Some(1) });
        assert_eq!(entries["a,b"].size, Some(0));
        assert_eq!(entries["m.dist-info/RECORD"], Entry { hash: String::new(), size: None });
        // The digest of nothing is known everywhere.
        assert_eq!(hash(b""), "sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU");
    }

    #[test]
    fn broken_lines_are_named() {
        for bad in ["a\n", "a,b\n", "a,,x\n", "a,,1\na,,1\n"] {
            assert!(parse(bad).expect_err("must fail").message.contains("RECORD, line"), "{bad}");
        }
    }
}
