//! Rules of the repository: reading it, and the checks that its tests apply.
//!
//! Every check is a plain function from text to a list of complaints, so that unit tests can show
//! that it fails when it should. The tests in `tests/repository` apply them to the files. Nothing
//! depends on this crate.

pub mod docs;
pub mod edges;
pub mod files;
pub mod manifest;
pub mod metadata;
pub mod text;

/// Something that breaks a rule, in one line.
pub type Complaint = String;

/// The complaints as one text for a failing assertion.
#[must_use]
pub fn list(complaints: &[Complaint]) -> String {
    complaints.iter().map(|line| format!("\n  {line}")).collect()
}
