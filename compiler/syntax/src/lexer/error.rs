//! What can be wrong with a token, and the texts for it.
//!
//! The texts are CPython's, which users know and search for.

use super::token::Token;
use logos::Lexer;

/// Why there is no token here.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) enum LexError {
    /// An ASCII character that starts no token.
    #[default]
    Unknown,
    /// A character that no source text may contain outside of strings and comments.
    Character(char),
    /// A text of its own.
    Message(&'static str),
    /// A digit that this base does not have.
    Digit(char, &'static str),
    /// A string in single quotes whose line ends first. The flag tells an f-string.
    UnterminatedString(bool),
    /// A string in triple quotes where the file ends first. The flag tells an f-string.
    UnterminatedTriple(bool),
}

impl LexError {
    /// The error for a character that starts no token.
    pub(crate) fn unknown(lexer: &mut Lexer<'_, Token>) -> Self {
        match lexer.slice().chars().next() {
            Some('\\') if lexer.remainder().is_empty() => {
                Self::Message("unexpected EOF while parsing")
            }
            Some('\\') => Self::Message("unexpected character after line continuation character"),
            Some('\0') => Self::Message("source code cannot contain null bytes"),
            Some(c) if c.is_control() || !c.is_ascii() => Self::Character(c),
            _ => Self::Unknown,
        }
    }

    /// The headline. `line` and `column` are 1-based and say where the token starts; `last_line`
    /// is where the text of it ends.
    pub(crate) fn message(self, line: u32, column: u32, last_line: u32) -> String {
        let format = |is_format: bool| if is_format { "f-" } else { "" };
        match self {
            Self::Unknown => "invalid syntax".to_owned(),
            Self::Character(c) if is_printable(c) => {
                format!("invalid character '{c}' (U+{:04X})", c as u32)
            }
            Self::Character(c) => format!("invalid non-printable character U+{:04X}", c as u32),
            Self::Message(text) => text.to_owned(),
            Self::Digit(digit, base) => format!("invalid digit '{digit}' in {base} literal"),
            Self::UnterminatedString(is_format) => format!(
                "unterminated {}string literal (detected at line {last_line})",
                format(is_format)
            ),
            Self::UnterminatedTriple(false) => {
                format!("('EOF in multi-line string', ({line}, {column}))")
            }
            Self::UnterminatedTriple(true) => {
                format!(
                    "unterminated triple-quoted f-string literal (detected at line {last_line})"
                )
            }
        }
    }
}

/// Whether a character can be shown in a message.
pub(crate) fn is_printable(c: char) -> bool {
    !(c.is_control() || (c.is_whitespace() && c != ' ') || is_format_or_unassigned(c))
}

/// Format characters, private use and noncharacters: Unicode's categories Cf, Co, and those of Cn
/// that can never be assigned.
fn is_format_or_unassigned(c: char) -> bool {
    matches!(
        c,
        '\u{ad}'
            | '\u{600}'..='\u{605}'
            | '\u{61c}'
            | '\u{6dd}'
            | '\u{70f}'
            | '\u{890}'..='\u{891}'
            | '\u{8e2}'
            | '\u{180e}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{e000}'..='\u{f8ff}'
            | '\u{fdd0}'..='\u{fdef}'
            | '\u{feff}'
            | '\u{fff0}'..='\u{fffb}'
            | '\u{fffe}'..='\u{ffff}'
            | '\u{110bd}'
            | '\u{110cd}'
            | '\u{13430}'..='\u{1343f}'
            | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e007f}'
            | '\u{f0000}'..='\u{10ffff}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn printable() {
        assert!(is_printable('a') && is_printable(' ') && is_printable('\u{201c}'));
        for c in ['\n', '\u{7f}', '\u{a0}', '\u{ad}', '\u{2028}', '\u{feff}', '\u{e000}'] {
            assert!(!is_printable(c), "{c:?}");
        }
    }

    #[test]
    fn messages() {
        let text = |error: LexError| error.message(3, 5, 9);
        assert_eq!(text(LexError::Unknown), "invalid syntax");
        assert_eq!(text(LexError::Character('\u{a0}')), "invalid non-printable character U+00A0");
        assert_eq!(text(LexError::Character('“')), "invalid character '“' (U+201C)");
        assert_eq!(text(LexError::Digit('9', "octal")), "invalid digit '9' in octal literal");
        assert_eq!(
            text(LexError::UnterminatedString(true)),
            "unterminated f-string literal (detected at line 9)"
        );
        assert_eq!(
            text(LexError::UnterminatedTriple(false)),
            "('EOF in multi-line string', (3, 5))"
        );
    }
}
