//! The stack of indentation levels.
//!
//! CPython's rule for tabs: a level is measured twice, with tabs to multiples of eight columns and
//! with tabs as one column. Two lines compare only if both measures agree on the answer.

/// CPython's limit.
const MAX_LEVELS: usize = 100;

/// An indentation: columns with tab stops every eight columns, and with tabs as one column.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Level {
    wide: u32,
    narrow: u32,
}

/// What is wrong with an indentation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum IndentError {
    /// The answer depends on the width of a tab.
    Inconsistent,
    /// No open block starts at this column.
    Unindent,
    /// More levels than the limit.
    TooDeep,
}

/// The open levels, the module's own first.
pub(crate) struct Indents {
    levels: Vec<Level>,
}

impl Indents {
    /// Only the module's own level.
    pub(crate) fn new() -> Self {
        Self { levels: vec![Level { wide: 0, narrow: 0 }] }
    }

    /// Enters the level of a line that starts with the white space `space`. The first result is
    /// its depth, 0 for the module's own; it is useful also if there is an error.
    pub(crate) fn enter(&mut self, space: &str) -> (usize, Option<IndentError>) {
        let level = measure(space);
        let mut error = None;
        let mut inner = None;
        while self.levels.len() > 1 && level.wide < self.top().wide {
            inner = self.levels.pop();
        }
        let top = self.top();
        if level.wide > top.wide {
            if inner.is_some() {
                // Taken for the inner level that it missed: what follows is then in place.
                error = Some(IndentError::Unindent);
            } else if level.narrow <= top.narrow {
                error = Some(IndentError::Inconsistent);
            }
            if self.levels.len() > MAX_LEVELS {
                error = Some(IndentError::TooDeep);
            } else {
                self.levels.push(level);
            }
        } else if level != top {
            error = Some(IndentError::Inconsistent);
        }
        (self.levels.len() - 1, error)
    }

    fn top(&self) -> Level {
        self.levels.last().copied().unwrap_or(Level { wide: 0, narrow: 0 })
    }
}

fn measure(space: &str) -> Level {
    let mut level = Level { wide: 0, narrow: 0 };
    for byte in space.bytes() {
        match byte {
            b' ' => level = Level { wide: level.wide + 1, narrow: level.narrow + 1 },
            b'\t' => level = Level { wide: (level.wide / 8 + 1) * 8, narrow: level.narrow + 1 },
            b'\x0c' => level = Level { wide: 0, narrow: 0 },
            _ => break,
        }
    }
    level
}

#[cfg(test)]
mod tests {
    use super::*;

    fn depths(lines: &[&str]) -> Vec<(usize, Option<IndentError>)> {
        let mut indents = Indents::new();
        lines.iter().map(|space| indents.enter(space)).collect()
    }

    #[test]
    fn in_and_out() {
        let ok = |depth| (depth, None);
        assert_eq!(depths(&["", "  ", "    ", "  ", ""]), [ok(0), ok(1), ok(2), ok(1), ok(0)]);
        assert_eq!(depths(&["", "\t", "\t\t", "\t"]), [ok(0), ok(1), ok(2), ok(1)]);
        assert_eq!(depths(&["", "   \x0c", "\x0c "]), [ok(0), ok(0), ok(1)]);
    }

    #[test]
    fn a_missed_level_is_reported_once() {
        assert_eq!(
            depths(&["", "        ", "    ", "    ", ""]),
            [(0, None), (1, None), (1, Some(IndentError::Unindent)), (1, None), (0, None)]
        );
    }

    #[test]
    fn tabs_and_spaces() {
        assert_eq!(depths(&["", "\t", "        "])[2], (1, Some(IndentError::Inconsistent)));
        assert_eq!(depths(&["", "        ", "\t"])[2], (1, Some(IndentError::Inconsistent)));
        assert_eq!(depths(&["", "  ", "\t"])[2].1, Some(IndentError::Inconsistent));
    }

    #[test]
    fn there_is_a_limit() {
        let lines: Vec<String> = (0..200).map(|n| " ".repeat(n)).collect();
        let mut indents = Indents::new();
        let errors: Vec<_> = lines.iter().map(|line| indents.enter(line)).collect();
        assert_eq!(errors[100], (100, None));
        assert_eq!(errors[101], (100, Some(IndentError::TooDeep)));
        assert_eq!(errors[199].0, 100);
    }
}
