//! Messages as bytes: a header with their length, and JSON.
//!
//! What a worker says is passed on as it came. Only what it is about is read, so large answers cost
//! next to nothing on their way.

use lsp_server::{Message, RequestId};
use serde::Deserialize;
use std::io::{self, BufRead, Read, Write};

/// What a message is about: a question has both, an answer no method, and news no id.
#[derive(Deserialize)]
pub(crate) struct Envelope {
    pub(crate) id: Option<RequestId>,
    pub(crate) method: Option<String>,
}

/// Reads one message; `None` at the end of the input.
pub(crate) fn read(input: &mut impl BufRead) -> io::Result<Option<Vec<u8>>> {
    let mut length: Option<u64> = None;
    loop {
        let mut line = Vec::new();
        // No header is as long as this: what comes is something else.
        if input.by_ref().take(4096).read_until(b'\n', &mut line)? == 0 {
            return Ok(None);
        }
        let line = std::str::from_utf8(&line).map_err(|_| malformed())?;
        let Some(header) = line.strip_suffix("\r\n") else { return Err(malformed()) };
        if header.is_empty() {
            break;
        }
        let (name, value) = header.split_once(':').ok_or_else(malformed)?;
        if name.eq_ignore_ascii_case("Content-Length") {
            length = Some(value.trim().parse().map_err(|_| malformed())?);
        }
    }
    let length = length.ok_or_else(malformed)?;
    let mut body = Vec::new();
    // Memory is taken for what comes, not for what was announced.
    let got = input.by_ref().take(length).read_to_end(&mut body)? as u64;
    Ok((got == length).then_some(body))
}

fn malformed() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "malformed header")
}

/// Writes one message.
pub(crate) fn write(output: &mut impl Write, body: &[u8]) -> io::Result<()> {
    write!(output, "Content-Length: {}\r\n\r\n", body.len())?;
    output.write_all(body)?;
    output.flush()
}

/// The bytes of a message.
pub(crate) fn bytes(message: &Message) -> Vec<u8> {
    #[derive(serde::Serialize)]
    struct Versioned<'a> {
        jsonrpc: &'static str,
        #[serde(flatten)]
        message: &'a Message,
    }
    // What was made from JSON can be written as JSON.
    serde_json::to_vec(&Versioned { jsonrpc: "2.0", message }).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(mut input: &[u8]) -> (Vec<Vec<u8>>, io::Result<()>) {
        let mut found = Vec::new();
        loop {
            match read(&mut input) {
                Ok(Some(body)) => found.push(body),
                Ok(None) => return (found, Ok(())),
                Err(error) => return (found, Err(error)),
            }
        }
    }

    #[test]
    fn what_is_written_is_read() {
        let mut out = Vec::new();
        for body in ["{}", "", "\u{1f600}"] {
            write(&mut out, body.as_bytes()).expect("memory");
        }
        let (found, end) = all(&out);
        assert_eq!(found, ["{}".as_bytes(), b"", "\u{1f600}".as_bytes()]);
        assert!(end.is_ok());
        let other = b"Content-Type: x\r\ncontent-length:2\r\n\r\n[]";
        assert_eq!(all(other).0, [b"[]"]);
    }

    #[test]
    fn what_is_cut_off_or_no_message_is_the_end() {
        let cut: [&[u8]; 3] =
            [b"Content-Length: 5\r\n\r\nab", b"Content-Length: 9999999999999\r\n\r\n", b""];
        for input in cut {
            assert!(matches!(all(input), (found, Ok(())) if found.is_empty()));
        }
        let wrong: [&[u8]; 4] =
            [b"hello\n", b"Content-Length: x\r\n\r\n", b"A: b\r\n\r\n", b"\xff\xfe\r\n"];
        for input in wrong {
            assert!(all(input).1.is_err());
        }
        assert!(all(&vec![b'a'; 10_000]).1.is_err());
    }
}
