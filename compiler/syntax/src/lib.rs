//! Tokens, grammar and AST of SPy.
//!
//! Text to tokens ([`lexer`] on logos, with indentation), tokens to a Python-shaped syntax tree
//! (a lalrpop grammar), and that tree narrowed to SPy's AST ([`ast`]). No salsa here: the query
//! that calls this stands above.

pub mod ast;
mod blocks;
mod cst;
pub mod dump;
mod errors;
mod lexer;
mod lower;
mod message;
mod node_ids;
mod stack;

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
