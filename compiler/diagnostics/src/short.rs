//! One line per diagnostic, as the problem matchers of editors read it.

use crate::place::Place;
use crate::{Diagnostic, Severity, Sources};

/// `file:line:col: error: TypeError: message` and a line end; line and column are 1-based, the
/// column in bytes. What is not known is left out.
#[must_use]
pub fn render(diagnostic: &Diagnostic, sources: &dyn Sources) -> String {
    let severity = match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    let place =
        diagnostic.primary().map_or_else(String::new, |span| match Place::find(span, sources) {
            Some(place) => {
                format!("{}:{}:{}: ", span.file, place.start.line, place.start.col + 1)
            }
            None => format!("{}: ", span.file),
        });
    format!("{place}{severity}: {}: {}\n", diagnostic.etype, diagnostic.message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_sources::{Files, span};
    use crate::{Frame, Level};

    #[test]
    fn one_line() {
        let sources = Files::example();
        let error = Diagnostic::error("TypeError", "bad");
        assert_eq!(render(&error, &sources), "error: TypeError: bad\n");
        let error = error.with(Level::Error, "t", span("e1.spy", 28, 29));
        assert_eq!(render(&error, &sources), "e1.spy:2:12: error: TypeError: bad\n");
        let error = Diagnostic::error("E", "m").with(Level::Error, "t", span("no.spy", 1, 2));
        assert_eq!(render(&error, &sources), "no.spy: error: E: m\n");
    }

    #[test]
    fn the_innermost_frame_stands_in() {
        let mut warning = Diagnostic::error("E", "m");
        warning.severity = Severity::Warning;
        warning.frames = vec![
            Frame { what: "f".to_owned(), span: Some(span("e1.spy", 0, 3)) },
            Frame { what: "g".to_owned(), span: Some(span("e1.spy", 28, 29)) },
        ];
        assert_eq!(render(&warning, &Files::example()), "e1.spy:2:12: warning: E: m\n");
    }
}
