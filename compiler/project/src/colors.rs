//! The colours of a module's text.

use crate::database::Database;
use spy_db::Project;
use spy_redshift::Built;
use spy_text::{IndexMap, Name, Span};
use spy_types::{Color, FuncKey};

/// A part of a text that is known at compile time, or is not.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Colored {
    /// Where it is.
    pub span: Span,
    /// Whether it is known at compile time.
    pub blue: bool,
}

/// The expressions in the red functions of a module, outer ones before inner ones. What is red in one
/// instance of a generic function is red.
#[must_use]
pub fn colors(db: &Database, project: Project, built: &Built, module: &Name) -> Vec<Colored> {
    let mut found: IndexMap<Span, bool> = IndexMap::default();
    for func in &built.funcs {
        let FuncKey::Def { def, .. } = func.get() else { continue };
        if def.module != *module {
            continue;
        }
        for (pos, color) in spy_redshift::colors(db, project, *func) {
            let Some(place) = spy_db::resolve(db, project, pos) else { continue };
            if pos.def.module == *module {
                let blue = color == Color::Blue;
                found.entry(place.span).and_modify(|known| *known &= blue).or_insert(blue);
            }
        }
    }
    let mut colored: Vec<Colored> =
        found.into_iter().map(|(span, blue)| Colored { span, blue }).collect();
    colored.sort_by_key(|part| (part.span.start, std::cmp::Reverse(part.span.end)));
    colored
}
