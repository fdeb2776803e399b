//! What a build made, in a form that outlives the process.
//!
//! A snapshot is named by everything that a build reads: the texts of all modules, the settings, the
//! compiler. It says which object files came out and from which packs they can be made again, so a
//! build of the same texts, in whatever folder, has nothing to do but link. And it says which
//! definitions were evaluated at compile time: an edit of any other one changes nothing but that
//! definition's own functions, which is what [`crate::quick`] lives on.

use crate::driver::hash;
use crate::error::Failure;
use crate::front::ErrorMode;
use crate::loader::Loaded;
use crate::machine::{self, ObjectFile};
use crate::pack::{Pack, PackedFunction};
use crate::settings::{Backend, Settings};
use crate::stamp;
use crate::store::{Key, Store};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use spy_codegen_cranelift::Target;
use spy_db::ModuleSource;
use spy_ir::SourceLine;
use spy_link::Profile;
use spy_syntax::ast::{self, DefPath};
use spy_text::{FileName, HashMap, LineIndex, Name};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

/// What a build made.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct Snapshot {
    /// Every module that could be imported, by name.
    pub(crate) modules: Vec<ModuleRecord>,
    /// The object files, in the order in which they are linked.
    pub(crate) units: Vec<UnitRecord>,
    /// Definitions that something besides their own redshift looked into: the module and the path.
    pub(crate) evaluated: BTreeSet<(String, String)>,
    /// What the program printed at import time.
    pub(crate) printed: String,
}

/// The files of modules.
pub(crate) type Places = Vec<(String, PathBuf)>;

/// What a build made, and where its files were.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NamedSnapshot {
    /// Its name in the store.
    pub(crate) key: Key,
    /// What it made.
    pub(crate) snapshot: Snapshot,
    /// The files of its modules.
    pub(crate) places: Places,
}

/// A module that a build read.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct ModuleRecord {
    /// Its name.
    pub(crate) name: String,
    /// What messages call its file.
    pub(crate) shown: String,
    /// A hash of its text; nothing for what is a part of the compiler.
    pub(crate) text: String,
}

/// An object file, and what it was made from.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct UnitRecord {
    /// The module's name.
    pub(crate) name: String,
    /// The file's name, without a folder.
    pub(crate) file: String,
    /// A hash of the file.
    object: [u8; 32],
    /// Where the pack is.
    pack: [u8; 32],
    /// A hash of the pack.
    contents: [u8; 32],
    /// Modules in which positions of its functions lie.
    pub(crate) places: Vec<String>,
}

impl UnitRecord {
    /// What is known about an object file that was made from a pack.
    pub(crate) fn new(name: &str, file: &ObjectFile, key: &Key, hash: &Key, pack: &Pack) -> Self {
        Self {
            name: name.to_owned(),
            file: file.name.clone(),
            object: *blake3::hash(&file.bytes).as_bytes(),
            pack: *key.as_bytes(),
            contents: *hash.as_bytes(),
            places: pack.modules(),
        }
    }

    /// Where the pack is.
    pub(crate) fn pack_key(&self) -> Key {
        Key::from_bytes(self.pack)
    }

    /// The pack that the object was made from, and no other one.
    pub(crate) fn pack(&self, store: &Store) -> Option<Pack> {
        let (pack, hash) = Pack::load(store, &self.pack_key())?;
        (*hash.as_bytes() == self.contents).then_some(pack)
    }

    /// Notes that another object is made from the same pack.
    pub(crate) fn set_object(&mut self, file: &ObjectFile) {
        self.object = *blake3::hash(&file.bytes).as_bytes();
    }

    /// A hash of the object file.
    pub(crate) fn object_hash(&self) -> String {
        Key::from_bytes(self.object).to_hex().to_string()
    }

    /// Whether a file in this folder is the object.
    pub(crate) fn is_in(&self, dir: &Path) -> bool {
        std::fs::read(dir.join(&self.file))
            .is_ok_and(|bytes| *blake3::hash(&bytes).as_bytes() == self.object)
    }
}

/// Whether builds with these settings leave snapshots.
pub(crate) fn is_kept(settings: &Settings, error_mode: ErrorMode) -> bool {
    is_possible(settings, error_mode)
        || (settings.links_alone()
            && error_mode == ErrorMode::Eager
            && settings.cache_dir.is_some())
}

/// Whether builds can go on from snapshots. Extensions hold more than the objects of their program: to them
/// a snapshot only says where the code of functions is.
pub(crate) fn is_possible(settings: &Settings, error_mode: ErrorMode) -> bool {
    settings.backend == Backend::Cranelift
        && settings.compile.profile == Profile::Debug
        && !settings.is_extension()
        && error_mode == ErrorMode::Eager
        && settings.cache_dir.is_some()
}

/// What decides about a snapshot besides the texts.
pub(crate) fn settings_key(settings: &Settings, root: &str) -> String {
    let Settings { limits, compile, backend, .. } = settings;
    hash(&[stamp::compiler_identity(), format!("{root} {limits:?} {compile:?} {backend:?}")])
}

/// The name of a snapshot of these modules.
pub(crate) fn key(settings_key: &str, modules: &[ModuleRecord]) -> Key {
    let mut parts = vec![settings_key];
    for ModuleRecord { name, shown, text } in modules {
        parts.extend([name.as_str(), shown, text]);
    }
    Key::from_hex(hash(&parts)).unwrap_or_else(|_| blake3::hash(b""))
}

/// The modules of a project; `None` if it has some that cannot be described.
pub(crate) fn modules(db: &crate::Database, loaded: &Loaded) -> Option<Vec<ModuleRecord>> {
    let record = |(name, source): (&Name, &ModuleSource)| {
        let ModuleSource::Spy(file) = source else { return None };
        let is_on_disk = loaded.places.contains_key(name);
        let text = is_on_disk.then(|| text_hash(file.text(db)));
        Some(ModuleRecord {
            name: name.to_string(),
            shown: file.name(db).as_str().to_owned(),
            text: text.unwrap_or_default(),
        })
    };
    loaded.project.modules(db).iter().map(record).collect()
}

/// A hash of a module's text.
pub(crate) fn text_hash(text: &str) -> String {
    blake3::hash(text.as_bytes()).to_hex().to_string()
}

impl Snapshot {
    /// Reads a snapshot.
    pub(crate) fn load(store: &Store, key: &Key) -> Option<Self> {
        postcard::from_bytes(&store.get(key)?).ok()
    }

    /// Keeps it.
    pub(crate) fn save(&self, store: &Store, key: &Key) {
        if let Ok(bytes) = postcard::to_allocvec(self) {
            store.put(key, &bytes);
        }
    }

    /// The objects that are not in the folder `dir` as they should be, made from packs; `None` if
    /// one cannot be made.
    pub(crate) fn missing(
        &self,
        dir: &Path,
        store: &Store,
        lines: &Lines<'_>,
        target: &Target,
        debug: bool,
    ) -> Option<Vec<ObjectFile>> {
        let missing = |unit: &UnitRecord| {
            (!unit.is_in(dir)).then(|| {
                let file = unit_object(unit, &unit.pack(store)?, lines, target, debug).ok()?;
                (*blake3::hash(&file.bytes).as_bytes() == unit.object).then_some(file)
            })
        };
        self.units.par_iter().filter_map(missing).collect()
    }
}

/// The object file of a unit.
pub(crate) fn unit_object(
    unit: &UnitRecord,
    pack: &Pack,
    lines: &Lines<'_>,
    target: &Target,
    debug: bool,
) -> Result<ObjectFile, Failure> {
    let of_functions: Vec<_> =
        pack.functions.iter().map(|function| lines.of(pack, function)).collect();
    let bytes = pack.object(&unit.name, &of_functions, debug, target);
    Ok(machine::object_file(&unit.name, bytes.map_err(|error| machine::failed(&error))?))
}

/// A module's text, and what messages call its file.
pub(crate) type Source = (FileName, Arc<str>);

/// Where nodes are, in the modules' present texts.
pub(crate) struct Lines<'t> {
    modules: HashMap<String, OnceLock<Option<Parsed>>>,
    source: &'t (dyn Fn(&str) -> Option<Source> + Sync),
}

struct Parsed {
    file: FileName,
    text: Arc<str>,
    index: LineIndex,
    module: ast::Module,
}

impl<'t> Lines<'t> {
    /// Of these modules; `source` gives their texts.
    pub(crate) fn new<'m>(
        modules: impl Iterator<Item = &'m str>,
        source: &'t (dyn Fn(&str) -> Option<Source> + Sync),
    ) -> Self {
        Self { modules: modules.map(|name| (name.to_owned(), OnceLock::new())).collect(), source }
    }

    fn parsed(&self, module: &str) -> Option<&Parsed> {
        let parse = || {
            let (file, text) = (self.source)(module)?;
            let (index, module) = (LineIndex::new(&text), spy_syntax::parse(&text));
            Some(Parsed { file, text, index, module })
        };
        self.modules.get(module)?.get_or_init(parse).as_ref()
    }

    /// The text of a module.
    pub(crate) fn text(&self, module: &str) -> Option<Arc<str>> {
        self.parsed(module).map(|parsed| parsed.text.clone())
    }

    /// The lines of a function's positions.
    pub(crate) fn of(&self, pack: &Pack, function: &PackedFunction) -> Vec<Option<SourceLine>> {
        let mut texts: HashMap<(u32, u32), Arc<str>> = HashMap::default();
        let line = |pos: &crate::pack::PackedPos| {
            let (module, path) = pack.defs.get(pos.def as usize)?;
            let parsed = self.parsed(module)?;
            let spans = parsed.module.spans.get(&DefPath(Name::from(path.as_str())))?;
            let line = parsed.index.line_col(spans.get(pos.node()?).start).line;
            let text = texts.entry((pos.def, line)).or_insert_with(|| {
                parsed.index.line_text(line, &parsed.text).unwrap_or_default().into()
            });
            Some(SourceLine { file: parsed.file.clone(), line, text: text.clone() })
        };
        function
            .positions
            .iter()
            .map({
                let mut line = line;
                move |pos| line(pos)
            })
            .collect()
    }
}
