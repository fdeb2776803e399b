//! The machine code of one module, in a form that outlives the process.
//!
//! A pack holds what the module's object file is made of, and what must be known to make it anew when
//! a few functions of it have changed: the text that they were compiled from, what each function
//! mentioned, and where its positions are. Positions are nodes of definitions, not lines, so a pack
//! stays right when code moves.

use crate::kept::{Digest, Kept};
use crate::store::{Key, Store};
use serde::{Deserialize, Serialize};
use spy_codegen_cranelift::{
    AssembleError, CompiledFunction, Data, DebugFunction, PositionTables, Target, Unit,
    write_object,
};
use spy_ir::{Fqn, SourceLine};
use spy_syntax::ast::{ExprId, MarkId, Node, StmtId};
use std::sync::Arc;

/// A module's machine code.
#[derive(Default, Serialize, Deserialize)]
pub(crate) struct Pack {
    /// The module's text, if it is the user's.
    pub(crate) text: String,
    /// Its functions, in order.
    pub(crate) functions: Vec<PackedFunction>,
    /// The start of the program, if it is here.
    pub(crate) main: Option<CompiledFunction>,
    /// Its static data.
    pub(crate) data: Vec<Data>,
    /// The definitions that positions lie in: the module and the path.
    pub(crate) defs: Vec<(String, String)>,
}

/// A function of a pack.
#[derive(Serialize, Deserialize)]
pub(crate) struct PackedFunction {
    /// Its unique name.
    pub(crate) fqn: String,
    /// What people call it.
    pub(crate) name: String,
    /// The path of its definition in the module, if it has one there.
    pub(crate) def: Option<String>,
    /// Of what it mentions.
    pub(crate) mentions: Digest,
    /// Whether redshifting it printed something.
    pub(crate) prints: bool,
    /// Its position table.
    pub(crate) positions: Vec<PackedPos>,
    /// Its code.
    pub(crate) kept: Option<Arc<Kept>>,
}

impl PackedFunction {
    /// A function of which nothing but the name is known.
    pub(crate) fn unknown(fqn: &Fqn) -> Self {
        Self {
            fqn: fqn.full().to_owned(),
            name: String::new(),
            def: None,
            mentions: Digest::of(""),
            prints: false,
            positions: Vec::new(),
            kept: None,
        }
    }
}

/// A node of a definition.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub(crate) struct PackedPos {
    /// Index in [`Pack::defs`].
    pub(crate) def: u32,
    /// 0 for expressions, 1 for statements, 2 for marks.
    pub(crate) kind: u8,
    /// The node's number.
    pub(crate) node: u32,
}

impl PackedPos {
    /// A node of the definition with this number.
    pub(crate) fn new(def: u32, node: Node) -> Self {
        let (kind, node) = match node {
            Node::Expr(id) => (0, id.0),
            Node::Stmt(id) => (1, id.0),
            Node::Mark(id) => (2, id.0),
        };
        Self { def, kind, node }
    }

    /// The node.
    pub(crate) fn node(self) -> Option<Node> {
        Some(match self.kind {
            0 => Node::Expr(ExprId(self.node)),
            1 => Node::Stmt(StmtId(self.node)),
            2 => Node::Mark(MarkId(self.node)),
            _ => return None,
        })
    }
}

impl Pack {
    /// What it is made from, apart from what its functions ask about the rest of the program.
    pub(crate) fn key(&self, name: &str, functions: &[Digest], tag: &str) -> Key {
        let Self { text, functions: packed, main, data, defs } = self;
        let mut hasher = blake3::Hasher::new();
        let mut add = |digest: Digest| {
            hasher.update(digest.bytes());
        };
        add(Digest::of(&(tag, name, text, functions, data, defs)));
        for function in packed {
            let PackedFunction { fqn, name, def, mentions, prints, positions, kept: _ } = function;
            add(Digest::of(&(fqn, name, def, mentions, prints, positions)));
        }
        add(Digest::of(&main.as_ref().map(|main| (&main.code, &main.references))));
        hasher.finalize()
    }

    /// A name that follows from all that is in it.
    pub(crate) fn own_key(&self) -> Key {
        blake3::hash(&postcard::to_allocvec(self).unwrap_or_default())
    }

    /// Reads a pack, and a hash of its contents.
    pub(crate) fn load(store: &Store, key: &Key) -> Option<(Self, Key)> {
        let bytes = store.get(key)?;
        Some((postcard::from_bytes(&bytes).ok()?, blake3::hash(&bytes)))
    }

    /// Keeps it; returns a hash of its contents. A pack that has no form in files is not kept.
    pub(crate) fn save(&self, store: &Store, key: &Key) -> Option<Key> {
        let bytes = postcard::to_allocvec(self).ok()?;
        store.put(key, &bytes);
        Some(blake3::hash(&bytes))
    }

    /// The modules that positions lie in.
    pub(crate) fn modules(&self) -> Vec<String> {
        let mut modules: Vec<String> = self.defs.iter().map(|(module, _)| module.clone()).collect();
        modules.sort();
        modules.dedup();
        modules
    }

    /// The module's object file. `lines` gives the lines of each function's positions.
    pub(crate) fn object(
        &self,
        name: &str,
        lines: &[Vec<Option<SourceLine>>],
        debug: bool,
        target: &Target,
    ) -> Result<Vec<u8>, AssembleError> {
        let mut positions = PositionTables::default();
        let mut functions: Vec<Arc<CompiledFunction>> = Vec::new();
        let kept = || self.functions.iter().filter_map(|function| function.kept.as_ref());
        for (kept, lines) in kept().zip(lines) {
            positions.add(&kept.code, lines);
            functions.push(kept.code.clone());
        }
        let known: Vec<DebugFunction<'_>> = kept()
            .zip(&self.functions)
            .zip(lines)
            .filter(|_| debug)
            .map(|((kept, function), lines)| DebugFunction {
                function: &kept.code,
                name: function.name.clone(),
                positions: lines.clone(),
            })
            .collect();
        functions.extend(self.main.clone().map(Arc::new));
        let mut data = self.data.clone();
        data.extend(positions.finish());
        write_object(name, &Unit { functions, data, ..Unit::default() }, &known, target)
    }
}
