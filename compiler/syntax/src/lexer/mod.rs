//! Text to tokens, tokens to logical lines.
//!
//! [`token`] finds tokens, [`lines`] joins them to logical lines with an indentation depth. The
//! grammar above sees one logical line at a time.

mod error;
pub(crate) mod fstring;
mod indent;
pub(crate) mod lines;
pub(crate) mod name;
mod number;
mod string;
pub(crate) mod token;

pub(crate) use error::is_printable;
