//! Printing what is wrong.

use crate::args::MessageFormat;
use crate::output;
use crate::status::Status;
use spy_diagnostics::{Diagnostic, Sources, full, json, short};
use spy_project::paths::Display;
use spy_project::{EnvError, shown_diagnostic};

/// How diagnostics are printed.
pub(crate) struct Reporter {
    pub format: MessageFormat,
    pub color: bool,
}

impl Reporter {
    /// Prints diagnostics, in order.
    pub(crate) fn print(
        &self,
        diagnostics: &[Diagnostic],
        sources: &dyn Sources,
        display: &Display,
    ) -> Result<(), Status> {
        let mut text = String::new();
        for diagnostic in diagnostics {
            let shown = shown_diagnostic(diagnostic, display);
            text.push_str(&self.render(&shown, sources));
        }
        match self.format {
            MessageFormat::Json => output::print(&text),
            MessageFormat::Human | MessageFormat::Short => {
                output::error(&text);
                Ok(())
            }
        }
    }

    fn render(&self, diagnostic: &Diagnostic, sources: &dyn Sources) -> String {
        let mut text = match self.format {
            MessageFormat::Human => full::render(diagnostic, sources, self.color),
            MessageFormat::Short => short::render(diagnostic, sources),
            MessageFormat::Json => json::render(diagnostic, sources),
        };
        if !text.ends_with('\n') {
            text.push('\n');
        }
        text
    }

    /// Prints what is wrong with the machine. It has no place in a program, so all formats are one.
    pub(crate) fn environment(&self, error: &EnvError) {
        let (red, end) = if self.color { ("\x1b[1;31m", "\x1b[0m") } else { ("", "") };
        output::error_line(&format!("{red}error{end}: {}", error.message));
        if let Some(help) = &error.help {
            output::error_line(&format!("help: {help}"));
        }
    }
}
