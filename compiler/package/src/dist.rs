//! A project as it goes into archives: its files, with what is made from its manifest.

use crate::error::PackageError;
use crate::manifest::{Manifest, Shipped};
use crate::metadata::core_metadata;
use crate::tree::{self, Member};

/// What the archives of a project hold.
#[derive(Clone, Debug)]
pub struct Distribution {
    /// `name-version`, as archives are called.
    pub stem: String,
    /// `METADATA`.
    pub metadata: String,
    /// Files of the modules.
    pub modules: Vec<Member>,
    /// Files of licences.
    pub licenses: Vec<Member>,
    /// What was made of the source, for the wheel alone.
    pub built: Vec<Member>,
    /// How much of the source the wheel holds.
    pub shipped: Shipped,
    /// The machines that the wheel is for, as its name says it.
    pub tag: String,
}

impl Distribution {
    /// Reads the project's files.
    ///
    /// # Errors
    /// Something cannot be read or shipped.
    pub fn read(manifest: &Manifest) -> Result<Self, PackageError> {
        let licenses = tree::license_files(manifest)?;
        let names: Vec<String> = licenses.iter().map(|member| member.path.clone()).collect();
        Ok(Self {
            stem: manifest.file_stem(),
            metadata: core_metadata(manifest, &names)?,
            modules: tree::module_files(manifest)?,
            licenses,
            built: Vec::new(),
            shipped: manifest.shipped,
            tag: crate::wheel::TAG.to_owned(),
        })
    }
}
