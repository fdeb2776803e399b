//! The debugger's prompt: commands as lines of standard input, answers on standard output.
//!
//! Commands and answers are those of the reference implementation, so that its users and its tests
//! find what they know.

use crate::output;
use crate::report::Reporter;
use crate::status::Status;
use spy_diagnostics::{Diagnostic, Frame, Sources, full, listing};
use spy_project::Texts;
use spy_project::debug::{Console, Halted, Resume};
use spy_project::paths::Display;

const PROMPT: &str = "(spdb🥸) ";
const GREEN: &str = "\x1b[32m";
const RESET: &str = "\x1b[0m";

const HELP: &str = "\
where, w, bt              show the calls that led here
up [N], u; down [N], d    look at another call
list, longlist, l, ll     show its text
print EXPR, p EXPR, EXPR  evaluate an expression there
continue, cont, c         go on; so does the end of the input
quit, q                   end the program
An empty line repeats the last command.
";

/// A debugger on the terminal.
pub(crate) struct Debugger<'c> {
    /// Prints the error that ended the program.
    pub reporter: &'c Reporter,
    /// The texts of the program.
    pub texts: Texts,
    /// How files are called.
    pub display: Display,
    /// Whether standard output shows colours.
    pub color: bool,
    /// Whether to look at a program that ended with an error.
    pub looks_back: bool,
}

impl Console for Debugger<'_> {
    fn breakpoint(&self, program: &mut Halted<'_, '_>) -> Resume {
        let mut session = Session::new(self, program);
        // Without a reader of its answers, a debugger can only end.
        session.run("--- entering applevel debugger ---").unwrap_or(Resume::Quit)
    }

    fn looks_back(&self) -> bool {
        self.looks_back
    }

    fn post_mortem(&self, program: &mut Halted<'_, '_>, error: &Diagnostic) {
        let errors = std::slice::from_ref(error);
        if self.reporter.print(errors, &self.texts, &self.display).is_err() {
            return;
        }
        let mut session = Session::new(self, program);
        if !session.frames.is_empty() {
            // The program has ended, whatever is answered.
            let _ = session.run("--- entering applevel debugger (post-mortem) ---");
        }
    }
}

/// What a command leads to.
enum Next {
    Prompt,
    Leave(Resume),
}

/// One stay at the prompt.
struct Session<'s, 'm, 'db> {
    debugger: &'s Debugger<'s>,
    program: &'s mut Halted<'m, 'db>,
    /// Outermost first, with file names as they are shown.
    frames: Vec<Frame>,
    /// The frame that is looked at.
    current: usize,
}

impl<'s, 'm, 'db> Session<'s, 'm, 'db> {
    fn new(debugger: &'s Debugger<'s>, program: &'s mut Halted<'m, 'db>) -> Self {
        let mut frames = program.frames();
        for span in frames.iter_mut().filter_map(|frame| frame.span.as_mut()) {
            span.file = debugger.display.name(&span.file);
        }
        let current = frames.len().saturating_sub(1);
        Self { debugger, program, frames, current }
    }

    fn run(&mut self, greeting: &str) -> Result<Resume, Status> {
        output::print(&format!("{greeting}\n"))?;
        self.show_frame()?;
        let mut last = String::new();
        loop {
            output::print(PROMPT)?;
            let Some(line) = self.program.read_line() else {
                output::print("\n")?;
                return Ok(Resume::Continue);
            };
            if !line.trim().is_empty() {
                last = line.trim().to_owned();
            }
            if last.is_empty() {
                continue;
            }
            if let Next::Leave(resume) = self.command(&last)? {
                return Ok(resume);
            }
        }
    }

    fn command(&mut self, line: &str) -> Result<Next, Status> {
        let (word, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        let rest = rest.trim();
        match word {
            "where" | "w" | "bt" => self.show_all()?,
            "up" | "u" => self.go_up(rest)?,
            "down" | "d" => self.go_down(rest)?,
            "list" | "longlist" | "l" | "ll" => self.list()?,
            "print" | "p" => self.evaluate(rest)?,
            "continue" | "cont" | "c" => return Ok(Next::Leave(Resume::Continue)),
            "quit" | "q" => return Ok(Next::Leave(Resume::Quit)),
            "help" | "?" => output::print(HELP)?,
            _ => self.evaluate(line)?,
        }
        Ok(Next::Prompt)
    }

    fn error(&self, message: &str) -> Result<(), Status> {
        output::print(&format!("*** {message}\n"))
    }

    // -- frames ---------------------------------------------------------------------------------

    fn rendered(&self, index: usize, is_current: bool) -> String {
        let Debugger { texts, color, .. } = self.debugger;
        let frame = self.frames.get(index);
        frame.map_or_else(String::new, |frame| {
            full::render_frame(frame, index, is_current, texts, *color)
        })
    }

    fn show_frame(&self) -> Result<(), Status> {
        output::print(&self.rendered(self.current, false))
    }

    fn show_all(&self) -> Result<(), Status> {
        let frames = 0..self.frames.len();
        let text: String =
            frames.map(|index| self.rendered(index, index == self.current)).collect();
        output::print(&text)
    }

    fn select(&mut self, index: usize) -> Result<(), Status> {
        if index == self.current {
            return Ok(());
        }
        self.current = index;
        self.show_frame()
    }

    fn go_up(&mut self, count: &str) -> Result<(), Status> {
        if self.current == 0 {
            return self.error("Oldest frame");
        }
        match frame_count(count) {
            None => self.error(&format!("Invalid frame count ({count})")),
            Some(count) => {
                let up = usize::try_from(count).unwrap_or(usize::MAX);
                self.select(self.current.saturating_sub(up))
            }
        }
    }

    fn go_down(&mut self, count: &str) -> Result<(), Status> {
        let last = self.frames.len().saturating_sub(1);
        if self.current == last {
            return self.error("Newest frame");
        }
        match frame_count(count) {
            None => self.error(&format!("Invalid frame count ({count})")),
            Some(count) => {
                let down = usize::try_from(count).unwrap_or(usize::MAX);
                self.select(self.current.saturating_add(down).min(last))
            }
        }
    }

    // -- texts and values -----------------------------------------------------------------------

    fn list(&self) -> Result<(), Status> {
        let Some(mut whole) = self.program.definition(self.current) else {
            return self.error("there is no text for this frame");
        };
        let Debugger { texts, display, color, .. } = self.debugger;
        whole.file = display.name(&whole.file);
        let here = self.frames.get(self.current).and_then(|frame| frame.span.as_ref());
        output::print(&listing::render(&whole, here, texts as &dyn Sources, *color))
    }

    fn evaluate(&mut self, text: &str) -> Result<(), Status> {
        let shown = match self.program.evaluate(self.current, text) {
            Ok(shown) => shown,
            Err(error) => return self.error(&error),
        };
        let label = |text: &str| match self.debugger.color {
            true => format!("{GREEN}{text}{RESET}"),
            false => text.to_owned(),
        };
        output::print(&format!(
            "{} {}\n{} {}\n{}\n",
            label("static type: "),
            shown.static_type,
            label("dynamic type:"),
            shown.dynamic_type,
            shown.text
        ))
    }
}

/// How many frames to go, one if nothing is said. Negative numbers mean as far as possible.
fn frame_count(text: &str) -> Option<i64> {
    if text.is_empty() {
        return Some(1);
    }
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| sign * digits.parse().unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_of_frames() {
        assert_eq!(frame_count(""), Some(1));
        assert_eq!(frame_count("12"), Some(12));
        assert_eq!(frame_count("+2"), Some(2));
        assert_eq!(frame_count("-3"), Some(-3));
        assert_eq!(frame_count("99999999999999999999"), Some(i64::MAX));
        for text in ["x", "1.5", "-", "+", "- 1", "1 2"] {
            assert_eq!(frame_count(text), None, "{text}");
        }
    }
}
