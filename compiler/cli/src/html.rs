//! Pages with code. Each is one file that needs nothing else, and follows the reader's light or dark
//! mode.

use crate::context::Context;
use crate::output;
use crate::status::Status;
use spy_project::EnvError;
use std::fmt::Write;
use std::path::Path;

/// A page.
pub(crate) struct Page<'a> {
    /// What it is about.
    pub title: &'a str,
    /// A sentence below the title.
    pub about: &'a str,
    /// Whether to explain the colours.
    pub legend: bool,
    /// The code, in pieces: known at compile time or not, or neither.
    pub code: &'a [(&'a str, Option<bool>)],
}

const STYLE: &str = "
:root { color-scheme: light dark; --paper: #fbfaf7; --ink: #24292f; --faint: #8b939c; --rule: #e4e1d9;
  --blue: #cfe3fb; --blue-ink: #0b3a75; --red: #fbd9d3; --red-ink: #7d1d10; }
@media (prefers-color-scheme: dark) { :root { --paper: #15181c; --ink: #d7dbe0; --faint: #6d7680;
  --rule: #2a2f36; --blue: #17365c; --blue-ink: #b9d7fb; --red: #5a211a; --red-ink: #fbc9c0; } }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 62rem; margin: 0 auto; padding: 2.5rem 1.25rem 4rem; }
h1 { font-size: 1.5rem; margin: 0 0 .25rem; }
p { margin: 0 0 1.5rem; color: var(--faint); }
pre { margin: 0; padding: 1rem 0; overflow-x: auto; border: 1px solid var(--rule); border-radius: 10px;
  font: 14px/1.65 ui-monospace, 'SF Mono', Menlo, Consolas, monospace; counter-reset: line; }
.line { display: block; padding-right: 1.25rem; min-height: 1.65em; }
.line::before { counter-increment: line; content: counter(line); display: inline-block; width: 3.5em;
  margin-right: 1.5em; text-align: right; color: var(--faint); user-select: none; }
.b, .r { border-radius: 3px; }
.b { background: var(--blue); color: var(--blue-ink); }
.r { background: var(--red); color: var(--red-ink); }
p .b, p .r { padding: .1em .5em; }
";

/// Writes a page to `build/STEM_SUFFIX.html` beside a source file, and says so.
///
/// # Errors
/// The status to end with if it cannot be written.
pub(crate) fn write(
    context: &Context,
    file: &Path,
    suffix: &str,
    page: &Page<'_>,
) -> Result<(), Status> {
    let root = context.root(file)?;
    let stem = root.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let folder = root.with_file_name("build");
    let path = folder.join(format!("{stem}_{suffix}.html"));
    std::fs::create_dir_all(&folder)
        .and_then(|()| std::fs::write(&path, render(page)))
        .map_err(|error| context.environment(&EnvError::io("write", &path, &error)))?;
    if context.global.quiet {
        return Ok(());
    }
    output::print(&format!("Written {}\n", context.shown(&path)))
}

/// The text of a page.
fn render(page: &Page<'_>) -> String {
    let mut out = String::new();
    let title = escape(page.title);
    let about = escape(page.about);
    let legend = if page.legend {
        " <span class=\"b\">compile time</span> <span class=\"r\">run time</span>"
    } else {
        ""
    };
    let _ = write!(
        out,
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n\
         <h1>{title}</h1>\n<p>{about}{legend}</p>\n<pre><code>"
    );
    out.push_str("<span class=\"line\">");
    for (piece, color) in page.code {
        for (index, part) in piece.split('\n').enumerate() {
            if index > 0 {
                out.push_str("</span><span class=\"line\">");
            }
            match color {
                _ if part.is_empty() => {}
                None => out.push_str(&escape(part)),
                Some(blue) => {
                    let class = if *blue { "b" } else { "r" };
                    let _ = write!(out, "<span class=\"{class}\">{}</span>", escape(part));
                }
            }
        }
    }
    let mut page = out;
    // The last line ends with a newline, behind which there is nothing.
    let empty = "<span class=\"line\">";
    if page.ends_with(empty) {
        page.truncate(page.len() - empty.len());
    } else {
        page.push_str("</span>");
    }
    page.push_str("</code></pre>\n</main>\n</body>\n</html>\n");
    page
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_is_shown_line_by_line() {
        let code = [("a < ", None), ("b", Some(true)), ("\nc", Some(false)), ("\n", None)];
        let page = Page { title: "x.spy", about: "<about>", legend: false, code: &code };
        let text = render(&page);
        assert!(text.contains(
            "<pre><code><span class=\"line\">a &lt; <span class=\"b\">b</span></span>\
             <span class=\"line\"><span class=\"r\">c</span></span></code></pre>"
        ));
        assert!(text.contains("<p>&lt;about&gt;</p>") && !text.contains("http"));
    }
}
