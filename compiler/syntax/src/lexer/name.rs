//! Identifiers: which characters they may have, and the form in which they are compared.

use super::error::LexError;
use super::token::Token;
use logos::Lexer;
use spy_text::Name;
use unicode_normalization::UnicodeNormalization;

/// Checks the characters of an identifier that are not ASCII. The first wrong one is the error.
pub(crate) fn check(lexer: &mut Lexer<'_, Token>) -> Result<(), LexError> {
    let text = lexer.slice();
    if text.is_ascii() {
        return Ok(());
    }
    let mut chars = text.chars();
    let starts = chars.next().filter(|&c| c != '_' && !unicode_ident::is_xid_start(c));
    match starts.or_else(|| chars.find(|&c| !unicode_ident::is_xid_continue(c))) {
        Some(wrong) => Err(LexError::Character(wrong)),
        None => Ok(()),
    }
}

/// The name that an identifier's text means: Unicode's compatibility composition (NFKC), so that
/// differently encoded spellings are one name.
pub(crate) fn intern(text: &str) -> Name {
    if text.is_ascii() { Name::new(text) } else { text.nfkc().collect() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use logos::Logos;

    fn first(text: &str) -> Result<Token, LexError> {
        Token::lexer(text).next().expect("there is a token")
    }

    #[test]
    fn letters_of_all_scripts() {
        for text in ["x", "_", "été", "名前", "x²".trim_end_matches('²'), "def_", "defé"] {
            assert_eq!(first(text), Ok(Token::Name), "{text}");
        }
    }

    #[test]
    fn wrong_characters() {
        assert_eq!(first("a\u{a0}b"), Err(LexError::Character('\u{a0}')));
        assert_eq!(first("“x”"), Err(LexError::Character('“')));
        assert_eq!(first("x²"), Err(LexError::Character('²')));
    }

    #[test]
    fn spellings_are_one_name() {
        assert_eq!(intern("ﬁ"), intern("fi"));
        assert_eq!(intern("e\u{301}"), intern("é"));
    }
}
