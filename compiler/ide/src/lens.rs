//! What can be done with a definition: run it, test it, or see what is left of it at run time.

use crate::analysis::{Analysis, FilePath};
use crate::index::DefKind;
use spy_project::front::{self, BuildOptions};
use spy_project::testing;
use spy_syntax::ast::Color;
use spy_text::{Name, Span};

/// What a lens offers.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum LensKind {
    /// To run the program.
    Run,
    /// To run a test.
    Test,
    /// To show the redshifted form of a function.
    Redshifted,
}

/// An offer at a definition.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Lens {
    /// The definition's name.
    pub span: Span,
    /// What is offered.
    pub kind: LensKind,
    /// The function, with the classes around it: `C.method`.
    pub function: Name,
}

impl Analysis {
    /// What can be done with the definitions of a file.
    #[must_use]
    pub fn lenses(&self, path: &FilePath) -> Vec<Lens> {
        let Some(cx) = self.cx(path) else { return Vec::new() };
        let index = cx.index();
        let tests = testing::tests(spy_db::parse(cx.db, cx.file));
        let mut lenses = Vec::new();
        for (path, def) in &index.defs {
            if def.kind != DefKind::Function || def.hidden {
                continue;
            }
            let lens = |kind| Lens { span: def.name_span, kind, function: path.0.clone() };
            if path.0 == "main" && def.color == Color::Red {
                lenses.push(lens(LensKind::Run));
            }
            if tests.contains(&path.0) {
                lenses.push(lens(LensKind::Test));
            }
            let makes_code = def.color == Color::Red || index.hidden_in(path).is_some();
            if makes_code {
                lenses.push(lens(LensKind::Redshifted));
            }
        }
        lenses
    }

    /// The redshifted form of a function, or of a whole file: as `spy redshift` shows it. What is wrong,
    /// if it has none.
    ///
    /// # Errors
    /// The headlines of what is wrong.
    pub fn redshifted(&self, path: &FilePath, function: Option<&str>) -> Result<String, String> {
        let Some(cx) = self.cx(path) else {
            return Err("this file belongs to no program".to_owned());
        };
        let found = self.check(path);
        if let Some(first) = found.first() {
            return Err(format!("{}: {}", first.kind, first.message));
        }
        let options = BuildOptions::default();
        let built = front::build_program(cx.db, cx.project(), cx.module, &options);
        if let Some(first) = built.diagnostics.first() {
            return Err(format!("{}: {}", first.etype, first.message));
        }
        let dump = front::dump(&built, cx.module, false);
        let Some(function) = function else { return Ok(dump) };
        let wanted = function.replace(".__impl", "");
        let parts: Vec<&str> = dump.split("\n\n").filter(|part| is_about(part, &wanted)).collect();
        if parts.is_empty() {
            return Err(format!("nothing of `{wanted}` is left at run time: nobody calls it then"));
        }
        Ok(parts.join("\n\n") + "\n")
    }
}

/// Whether a function of a dump comes from the definition with this path.
fn is_about(part: &str, wanted: &str) -> bool {
    let Some(header) = part.trim_start().strip_prefix("def ") else { return false };
    // `name`, or the full name in backquotes, with the arguments that made it in brackets.
    let name = match header.strip_prefix('`') {
        Some(quoted) => quoted.split('`').next().unwrap_or_default(),
        None => header.split('(').next().unwrap_or_default(),
    };
    let mut plain = String::new();
    let mut depth = 0_usize;
    for c in name.chars() {
        match c {
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            '#' if depth == 0 => break,
            _ if depth == 0 => plain.push(c),
            _ => {}
        }
    }
    let plain = plain.replace("::", ".");
    plain == wanted
        || plain
            .split_once('.')
            .is_some_and(|(_, inner)| inner == wanted || inner.starts_with(&format!("{wanted}.")))
}

#[cfg(test)]
mod tests {
    use super::is_about;

    #[test]
    fn functions_are_found_in_dumps() {
        assert!(is_about("def main() -> None:\n    pass", "main"));
        assert!(is_about("def `app::ident[i32]`(a: i32) -> i32:\n    return a", "ident"));
        assert!(is_about("def `app::C::get`(self: C) -> i32:\n    return 1", "C.get"));
        assert!(!is_about("def `app::C::get`(self: C) -> i32:\n    return 1", "get"));
        assert!(!is_about("def mainly() -> None:\n    pass", "main"));
    }
}
