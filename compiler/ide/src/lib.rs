//! What an editor asks: about texts that change at every keystroke, in types of our own.
//!
//! A [`Host`] owns the files that are open and one database per program, the one that builds use too; so
//! nothing is analysed twice, and an edit costs what it changes. An [`Analysis`] is a handle on one
//! state of it for another thread. Its questions take and give files and byte offsets: what they look
//! like on the wire is the business of the crate above. When a text changes, what is being computed
//! for the old one is abandoned: [`cancellable`] says so.
//!
//! * [`index`](FileIndex): the names and definitions in a text; `target`: what they stand for; `known`:
//!   what evaluation found out about an expression;
//! * one module for each thing that editors ask.
//!
//! Nothing here knows a protocol, prints, or opens files but through a [`spy_db::System`].

mod actions;
mod analysis;
mod completion;
mod diagnostics;
mod folding;
mod hints;
mod host;
mod hover;
mod imports;
mod index;
mod known;
mod layout;
mod lens;
mod navigate;
mod rename;
mod semantic;
mod show;
mod signature;
mod symbols;
mod target;
mod vfs;

pub use actions::{Action, ActionKind};
pub use analysis::{Analysis, Edit, FilePath, FileRange, cancellable};
pub use completion::{Completion, CompletionKind};
pub use diagnostics::Finding;
pub use folding::{Fold, FoldKind};
pub use hints::{Hint, HintKind};
pub use host::{Host, HostSettings, Search};
pub use hover::Hover;
pub use index::FileIndex;
pub use lens::{Lens, LensKind};
pub use rename::RenameError;
pub use semantic::{SemanticKind, SemanticToken};
pub use signature::SignatureHelp;
pub use symbols::{Symbol, SymbolKind};
pub use vfs::Overlay;
