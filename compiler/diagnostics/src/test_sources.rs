//! Files for tests of renderers.

use crate::Sources;
use spy_text::{FileName, FileSpan, Span};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Files in memory.
pub(crate) struct Files(BTreeMap<String, Arc<str>>);

impl Files {
    pub(crate) fn new(files: &[(&str, &str)]) -> Self {
        Self(files.iter().map(|&(name, text)| (name.to_owned(), Arc::from(text))).collect())
    }

    /// One small program, `e1.spy`.
    pub(crate) fn example() -> Self {
        let text = "def bar(x: i32):\n    return x + \"hello\"\n\ndef main():\n    print(bar(1))\n";
        Self::new(&[("e1.spy", text)])
    }
}

impl Sources for Files {
    fn text(&self, file: &FileName) -> Option<Arc<str>> {
        self.0.get(file.as_str()).cloned()
    }
}

/// The bytes `start..end` of a file.
pub(crate) fn span(file: &str, start: u32, end: u32) -> FileSpan {
    FileSpan { file: FileName::new(file), span: Span::new(start, end) }
}
