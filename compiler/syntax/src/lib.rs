//! Tokens, grammar and AST of SPy.
//!
//! Text to tokens and logical lines (`lexer`, on logos), each logical line to a Python-shaped tree
//! (a lalrpop grammar), lines to blocks by their indentation (`blocks`), and that tree narrowed to
//! SPy's AST ([`ast`]). No salsa here: the query that calls this stands above.

pub mod ast;
mod blocks;
mod cst;
pub mod dump;
mod errors;
pub mod format;
mod lexer;
mod lower;
mod message;
mod node_ids;
mod repair;
mod stack;
pub mod tokens;

lalrpop_util::lalrpop_mod!(
    #[allow(
        clippy::all,
        clippy::pedantic,
        missing_docs,
        unreachable_pub,
        unused,
        reason = "generated"
    )]
    grammar
);

/// Parses a module. Never fails: what is wrong stands in [`ast::Module::errors`], and the rest of
/// the module is what could be understood.
#[must_use]
pub fn parse(text: &str) -> ast::Module {
    lower::module(text)
}
