//! Tokens, and the automaton that finds them.
//!
//! Logos finds where a token starts and which kind it is; what no regular expression can say well
//! (where a string ends, which number is malformed and why) is scanned by hand in [`super::number`]
//! and [`super::string`]. Nothing here knows about lines.

use super::error::LexError;
use super::{name, number, string};
use logos::{FilterResult, Lexer, Logos};

/// A token's kind. Its text is found through its offsets.
#[derive(Logos, Clone, Copy, PartialEq, Eq, Debug)]
#[logos(error(LexError, LexError::unknown))]
#[logos(skip(r"[ \t\x0c]+"))]
#[logos(skip(r"#[^\r\n]*", allow_greedy = true))]
pub(crate) enum Token {
    /// The end of a physical line.
    #[regex(r"\r\n|\r|\n")]
    Newline,
    /// A line that goes on on the next one; never a token.
    #[regex(r"\\(\r\n|\r|\n)", join_lines)]
    Join,
    /// `var` that starts a declaration. Decided by the line layer.
    Var,
    /// `const` that starts a declaration. Decided by the line layer.
    Const,
    /// `match` that starts a statement. Decided by the line layer.
    Match,
    /// `case` that starts a block of a `match`. Decided by the line layer.
    Case,
    /// `type` that starts a statement. Decided by the line layer.
    Type,
    /// `is not`. Joined by the line layer.
    IsNot,
    /// `not in`. Joined by the line layer.
    NotIn,

    /// An identifier.
    #[regex(r"[A-Za-z_\u{80}-\u{10FFFF}][A-Za-z0-9_\u{80}-\u{10FFFF}]*", name::check)]
    Name,
    /// A number of any kind.
    #[regex(r"[0-9]", number::scan)]
    #[regex(r"\.[0-9]", number::scan)]
    Number,
    /// A string or bytes literal with its prefix and quotes.
    #[regex(r#"([rRuUbB]|[rR][bB]|[bB][rR])?("""|'''|"|')"#, string::scan)]
    Str,
    /// An f-string with its prefix and quotes.
    #[regex(r#"([fF]|[rR][fF]|[fF][rR])("""|'''|"|')"#, string::scan_format)]
    FStr,

    /// Prefix and opening quotes of an f-string. These are made of a [`Token::FStr`].
    FStart,
    /// Text of an f-string.
    FText,
    /// The `{` before an expression in an f-string.
    FOpen,
    /// The `!` before a conversion.
    FBang,
    /// The `:` before a specification.
    FColon,
    /// The `}` behind an expression.
    FClose,
    /// Closing quotes of an f-string.
    FEnd,

    #[token("False")]
    False,
    #[token("None")]
    None,
    #[token("True")]
    True,
    #[token("and")]
    And,
    #[token("as")]
    As,
    #[token("assert")]
    Assert,
    #[token("async")]
    Async,
    #[token("await")]
    Await,
    #[token("break")]
    Break,
    #[token("class")]
    Class,
    #[token("continue")]
    Continue,
    #[token("def")]
    Def,
    #[token("del")]
    Del,
    #[token("elif")]
    Elif,
    #[token("else")]
    Else,
    #[token("except")]
    Except,
    #[token("finally")]
    Finally,
    #[token("for")]
    For,
    #[token("from")]
    From,
    #[token("global")]
    Global,
    #[token("if")]
    If,
    #[token("import")]
    Import,
    #[token("in")]
    In,
    #[token("is")]
    Is,
    #[token("lambda")]
    Lambda,
    #[token("nonlocal")]
    Nonlocal,
    #[token("not")]
    Not,
    #[token("or")]
    Or,
    #[token("pass")]
    Pass,
    #[token("raise")]
    Raise,
    #[token("return")]
    Return,
    #[token("try")]
    Try,
    #[token("while")]
    While,
    #[token("with")]
    With,
    #[token("yield")]
    Yield,

    #[token("(")]
    LPar,
    #[token(")")]
    RPar,
    #[token("[")]
    LSqb,
    #[token("]")]
    RSqb,
    #[token("{")]
    LBrace,
    #[token("}")]
    RBrace,
    #[token(":")]
    Colon,
    #[token(",")]
    Comma,
    #[token(";")]
    Semi,
    #[token(".")]
    Dot,
    #[token("...")]
    Ellipsis,
    #[token("->")]
    Arrow,
    #[token(":=")]
    ColonEqual,
    #[token("=")]
    Equal,
    #[token("+")]
    Plus,
    #[token("-")]
    Minus,
    #[token("*")]
    Star,
    #[token("/")]
    Slash,
    #[token("//")]
    DoubleSlash,
    #[token("%")]
    Percent,
    #[token("**")]
    DoubleStar,
    #[token("@")]
    At,
    #[token("<<")]
    LeftShift,
    #[token(">>")]
    RightShift,
    #[token("&")]
    Amper,
    #[token("|")]
    VBar,
    #[token("^")]
    Caret,
    #[token("~")]
    Tilde,
    #[token("==")]
    EqEqual,
    #[token("!=")]
    NotEqual,
    #[token("<")]
    Less,
    #[token("<=")]
    LessEqual,
    #[token(">")]
    Greater,
    #[token(">=")]
    GreaterEqual,
    #[token("+=")]
    PlusEqual,
    #[token("-=")]
    MinusEqual,
    #[token("*=")]
    StarEqual,
    #[token("/=")]
    SlashEqual,
    #[token("//=")]
    DoubleSlashEqual,
    #[token("%=")]
    PercentEqual,
    #[token("**=")]
    DoubleStarEqual,
    #[token("@=")]
    AtEqual,
    #[token("<<=")]
    LeftShiftEqual,
    #[token(">>=")]
    RightShiftEqual,
    #[token("&=")]
    AmperEqual,
    #[token("|=")]
    VBarEqual,
    #[token("^=")]
    CaretEqual,
}

/// Joins a line with the next one, which there must be.
fn join_lines(lexer: &mut Lexer<'_, Token>) -> FilterResult<(), LexError> {
    if lexer.remainder().is_empty() {
        FilterResult::Error(LexError::Message("unexpected EOF while parsing"))
    } else {
        FilterResult::Skip
    }
}

impl Token {
    /// Whether a line inside brackets that starts with this cannot belong to them: the bracket
    /// was never closed.
    pub(crate) fn only_starts_statements(self) -> bool {
        matches!(
            self,
            Self::Assert
                | Self::Break
                | Self::Class
                | Self::Continue
                | Self::Def
                | Self::Del
                | Self::Elif
                | Self::Except
                | Self::Finally
                | Self::Global
                | Self::Import
                | Self::Nonlocal
                | Self::Pass
                | Self::Raise
                | Self::Return
                | Self::Try
                | Self::While
                | Self::With
        )
    }

    /// Whether this opens a block: the first token of a compound statement or of one of its
    /// later clauses.
    pub(crate) fn opens_block(self) -> bool {
        matches!(
            self,
            Self::Async
                | Self::Case
                | Self::Class
                | Self::Def
                | Self::Elif
                | Self::Else
                | Self::Except
                | Self::Finally
                | Self::For
                | Self::If
                | Self::Match
                | Self::Try
                | Self::While
                | Self::With
        )
    }
}
