//! The format for people: source lines with the ranges underlined.
//!
//! The layout is that of the reference implementation, so that its users and its tests find what
//! they know: the call stack first, then the headline, then the labelled ranges.

use crate::place::Place;
use crate::{Annotation, Diagnostic, Frame, Level, Severity, Sources};
use spy_text::FileSpan;

const RED: &str = "\x1b[31m";
const GREEN: &str = "\x1b[32m";
const YELLOW: &str = "\x1b[33m";
const PURPLE: &str = "\x1b[35m";
const RESET: &str = "\x1b[0m";

/// The diagnostic with an empty line at its end. Escape sequences for colours only if `color`.
#[must_use]
pub fn render(diagnostic: &Diagnostic, sources: &dyn Sources, color: bool) -> String {
    let mut writer = Writer { sources, color, out: String::new() };
    writer.traceback(diagnostic);
    writer.headline(diagnostic);
    for annotation in &diagnostic.annotations {
        writer.annotation(annotation);
    }
    writer.help(&diagnostic.help);
    writer.out
}

/// A frame as a debugger shows it, with its number; `is_current`: the one that is looked at.
#[must_use]
pub fn render_frame(
    frame: &Frame,
    number: usize,
    is_current: bool,
    sources: &dyn Sources,
    color: bool,
) -> String {
    let mut writer = Writer { sources, color, out: String::new() };
    let number = format!("{:>5}", format!("[{number}]"));
    let number = match is_current {
        true => format!("*{}", writer.paint(GREEN, &number)),
        false => format!(" {number}"),
    };
    let what = writer.paint(PURPLE, &frame.what);
    let Some(span) = &frame.span else {
        writer.line(&format!("{number} {what}"));
        return writer.out;
    };
    let (place, source, underline) = writer.excerpt(span, "");
    let underline = writer.paint(RED, &underline);
    writer.line(&format!("{number} {what} at {place}"));
    writer.line(&format!("    | {source}"));
    writer.line(&format!("    | {underline}"));
    writer.out
}

struct Writer<'s> {
    sources: &'s dyn Sources,
    color: bool,
    out: String,
}

impl Writer<'_> {
    fn line(&mut self, text: &str) {
        self.out.push_str(text);
        self.out.push('\n');
    }

    /// A line of the margin.
    fn margin(&mut self, text: &str) {
        self.out.push_str("  | ");
        self.line(text);
    }

    fn paint(&self, color: &str, text: &str) -> String {
        if self.color { format!("{color}{text}{RESET}") } else { text.to_owned() }
    }

    /// The call stack. Errors have its header also without frames.
    fn traceback(&mut self, diagnostic: &Diagnostic) {
        let frames = &diagnostic.frames;
        if frames.is_empty() && diagnostic.severity == Severity::Warning {
            return;
        }
        if frames.first().is_some_and(|frame| frame.what.starts_with("[redshift] ")) {
            let text = self.paint(RED, "Static error during redshift:");
            self.line(&text);
        }
        self.line("Traceback (most recent call last):");
        for frame in frames {
            self.frame(frame);
        }
        self.line("");
    }

    fn frame(&mut self, frame: &Frame) {
        let what = self.paint(PURPLE, &frame.what);
        let Some(span) = &frame.span else {
            self.line(&format!("  * {what}"));
            return;
        };
        let (place, source, underline) = self.excerpt(span, "");
        let underline = self.paint(RED, &underline);
        self.line(&format!("  * {what} at {place}"));
        self.margin(&source);
        self.margin(&underline);
    }

    fn headline(&mut self, diagnostic: &Diagnostic) {
        let etype = match diagnostic.severity {
            Severity::Error => self.paint(RED, &diagnostic.etype),
            Severity::Warning => self.paint(YELLOW, &format!("warning: {}", diagnostic.etype)),
        };
        self.line(&format!("{etype}: {}", diagnostic.message));
    }

    fn annotation(&mut self, annotation: &Annotation) {
        let (place, source, underline) = self.excerpt(&annotation.span, &annotation.message);
        let color = match annotation.level {
            Level::Error | Level::Panic => RED,
            Level::Note => GREEN,
        };
        let underline = self.paint(color, &underline);
        self.margin(&place);
        self.margin(&source);
        self.margin(&underline);
        self.line("");
    }

    fn help(&mut self, texts: &[String]) {
        for text in texts {
            let help = self.paint(GREEN, "help");
            self.line(&format!("{help}: {text}"));
        }
        if !texts.is_empty() {
            self.line("");
        }
    }

    /// File and line, the source line, and the line below it.
    fn excerpt(&self, span: &FileSpan, message: &str) -> (String, String, String) {
        let Some(place) = Place::find(span, self.sources) else {
            return (span.file.to_string(), String::new(), underline("", 0, 0, message));
        };
        let source = place.first_line();
        let (start, end) = place.columns();
        let header = format!("{}:{}", span.file, place.start.line);
        (header, source.to_owned(), underline(source, start, end, message))
    }
}

/// Marks the columns `start..end`, in characters. The end is that of a range's last line, which
/// need not be this one; at least one column is marked.
fn underline(source: &str, start: usize, end: usize, message: &str) -> String {
    let mut line: String =
        source.chars().take(start).map(|c| if c == '\t' { '\t' } else { ' ' }).collect();
    match end.saturating_sub(start) {
        0 | 1 => line.push('^'),
        2 => line.push_str("^^"),
        width => {
            line.push('|');
            line.extend(std::iter::repeat_n('_', width - 2));
            line.push('|');
        }
    }
    if !message.is_empty() {
        line.push(' ');
        line.push_str(message);
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_sources::{Files, span};

    #[test]
    fn frames_and_annotations() {
        let sources = Files::example();
        let mut error = Diagnostic::error("TypeError", "cannot do `i32` + `str`")
            .with(Level::Error, "this is `i32`", span("e1.spy", 28, 29))
            .with(Level::Error, "this is `str`", span("e1.spy", 32, 39))
            .with(Level::Note, "operator::ADD called here", span("e1.spy", 28, 39));
        error.frames = vec![
            Frame { what: "e1::main".to_owned(), span: Some(span("e1.spy", 63, 69)) },
            Frame { what: "e1::bar".to_owned(), span: Some(span("e1.spy", 28, 39)) },
        ];
        let expected = "\
Traceback (most recent call last):
  * e1::main at e1.spy:5
  |     print(bar(1))
  |           |____|
  * e1::bar at e1.spy:2
  |     return x + \"hello\"
  |            |_________|

TypeError: cannot do `i32` + `str`
  | e1.spy:2
  |     return x + \"hello\"
  |            ^ this is `i32`

  | e1.spy:2
  |     return x + \"hello\"
  |                |_____| this is `str`

  | e1.spy:2
  |     return x + \"hello\"
  |            |_________| operator::ADD called here

";
        assert_eq!(render(&error, &sources, false), expected);
    }

    #[test]
    fn frames_of_a_debugger() {
        let frame = Frame { what: "e1::bar".to_owned(), span: Some(span("e1.spy", 28, 39)) };
        let shown = |is_current| render_frame(&frame, 12, is_current, &Files::example(), false);
        let lines = " at e1.spy:2\n    |     return x + \"hello\"\n    |            |_________|\n";
        assert_eq!(shown(false), format!("  [12] e1::bar{lines}"));
        assert_eq!(shown(true), format!("* [12] e1::bar{lines}"));
        let nowhere = Frame { what: "m::f".to_owned(), span: None };
        assert_eq!(render_frame(&nowhere, 0, false, &Files::example(), false), "   [0] m::f\n");
        let colored = render_frame(&frame, 0, true, &Files::example(), true);
        assert!(colored.starts_with("*\x1b[32m  [0]\x1b[0m \x1b[35me1::bar\x1b[0m at"));
    }

    #[test]
    fn without_frames_the_header_stays() {
        let error = Diagnostic::error("ParseError", "invalid syntax").with(
            Level::Error,
            "",
            span("e1.spy", 0, 15),
        );
        let expected = "\
Traceback (most recent call last):

ParseError: invalid syntax
  | e1.spy:1
  | def bar(x: i32):
  | |_____________|

";
        assert_eq!(render(&error, &Files::example(), false), expected);
    }

    #[test]
    fn redshift_frames_say_so() {
        let mut error = Diagnostic::error("TypeError", "m");
        error.frames = vec![Frame { what: "[redshift] e1::f".to_owned(), span: None }];
        let expected = "\
Static error during redshift:
Traceback (most recent call last):
  * [redshift] e1::f

TypeError: m
";
        assert_eq!(render(&error, &Files::example(), false), expected);
    }

    #[test]
    fn help_and_warnings() {
        let mut warning =
            Diagnostic::error("TypeError", "m").with_help("do this").with_help("or that");
        warning.severity = Severity::Warning;
        let text = render(&warning, &Files::example(), false);
        assert_eq!(text, "warning: TypeError: m\nhelp: do this\nhelp: or that\n\n");
    }

    #[test]
    fn colours_only_if_asked() {
        let error = Diagnostic::error("TypeError", "m")
            .with(Level::Note, "n", span("e1.spy", 0, 3))
            .with_help("h");
        let plain = render(&error, &Files::example(), false);
        let colored = render(&error, &Files::example(), true);
        assert!(!plain.contains('\x1b'));
        assert!(colored.contains("\x1b[31mTypeError\x1b[0m: m\n"));
        assert!(colored.contains("\x1b[32m|_| n\x1b[0m\n"));
        let mut stripped = colored.clone();
        for code in [RED, GREEN, YELLOW, PURPLE, RESET] {
            stripped = stripped.replace(code, "");
        }
        assert_eq!(stripped, plain);
    }

    #[test]
    fn columns_are_characters() {
        assert_eq!(underline("\té = ab", 5, 7, "x"), "\t    ^^ x");
        let sources = Files::new(&[("u.spy", "été = é\n")]);
        let error = Diagnostic::error("E", "m").with(Level::Error, "t", span("u.spy", 8, 10));
        assert!(render(&error, &sources, false).ends_with("  | été = é\n  |       ^ t\n\n"));
    }

    #[test]
    fn ranges_over_lines_and_missing_files() {
        // A range over several lines ends at the column of its last line.
        let error = Diagnostic::error("E", "m").with(Level::Error, "t", span("e1.spy", 8, 25));
        assert!(render(&error, &Files::example(), false).contains("  |         ^ t\n"));
        let error = Diagnostic::error("E", "m").with(Level::Error, "t", span("no.spy", 8, 25));
        assert!(
            render(&error, &Files::example(), false)
                .ends_with("E: m\n  | no.spy\n  | \n  | ^ t\n\n")
        );
    }
}
