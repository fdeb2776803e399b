//! Results as a table for people.

use std::fmt::{self, Write};

/// What is measured, in what.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Amount {
    /// Seconds.
    Seconds(f64),
    /// Bytes.
    Bytes(f64),
    /// Lines in a second.
    LinesPerSecond(f64),
}

impl Amount {
    /// The number, without its unit.
    #[must_use]
    pub fn value(self) -> f64 {
        match self {
            Self::Seconds(value) | Self::Bytes(value) | Self::LinesPerSecond(value) => value,
        }
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Seconds(seconds) if seconds < 1.0 => write!(f, "{:.2} ms", seconds * 1e3),
            Self::Seconds(seconds) => write!(f, "{seconds:.3} s"),
            Self::Bytes(bytes) => write!(f, "{:.0} MiB", bytes / f64::from(1 << 20)),
            Self::LinesPerSecond(lines) => write!(f, "{:.0} klines/s", lines / 1e3),
        }
    }
}

/// Where a ratio should lie.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Target {
    /// At most this.
    AtMost(f64),
    /// At least this.
    AtLeast(f64),
    /// Anywhere: the row explains another one.
    None,
}

impl Target {
    /// Whether a ratio is where it should be.
    #[must_use]
    pub fn holds(self, ratio: f64) -> bool {
        match self {
            Self::AtMost(limit) => ratio <= limit,
            Self::AtLeast(limit) => ratio >= limit,
            Self::None => true,
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AtMost(limit) => write!(f, "<= {limit:.2}"),
            Self::AtLeast(limit) => write!(f, ">= {limit:.2}"),
            Self::None => f.write_str("-"),
        }
    }
}

/// A comparison. The ratio is ours divided by the peer's.
#[derive(Clone, PartialEq, Debug)]
pub struct Row {
    /// What is compared.
    pub what: String,
    /// What was measured here.
    pub ours: Amount,
    /// What it is compared with.
    pub peer: Amount,
    /// Where the ratio should lie.
    pub target: Target,
}

impl Row {
    /// Ours, divided by the peer's.
    #[must_use]
    pub fn ratio(&self) -> f64 {
        self.ours.value() / self.peer.value()
    }

    /// The last column of the table.
    fn verdict(&self) -> &'static str {
        match (self.target, self.is_ok()) {
            (Target::None, _) => "",
            (_, true) => "ok",
            (_, false) => "over",
        }
    }

    /// Whether the ratio is where it should be.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        self.target.holds(self.ratio())
    }
}

/// The rows as a Markdown table.
#[must_use]
pub fn render(rows: &[Row]) -> String {
    let mut cells =
        vec![["what", "ours", "peer", "ratio", "target", ""].map(str::to_owned).to_vec()];
    cells.extend(rows.iter().map(|row| {
        vec![
            row.what.clone(),
            row.ours.to_string(),
            row.peer.to_string(),
            format!("{:.2}", row.ratio()),
            row.target.to_string(),
            row.verdict().to_owned(),
        ]
    }));
    let widths: Vec<usize> = (0..cells[0].len())
        .map(|at| cells.iter().map(|line| line[at].chars().count()).max().unwrap_or(0))
        .collect();
    let mut out = String::new();
    for (index, line) in cells.iter().enumerate() {
        for (at, (cell, &width)) in line.iter().zip(&widths).enumerate() {
            // `write!` to a string cannot fail.
            let _ = if at == 0 {
                write!(out, "| {cell:<width$} ")
            } else {
                write!(out, "| {cell:>width$} ")
            };
        }
        out.push_str("|\n");
        if index == 0 {
            for (at, &width) in widths.iter().enumerate() {
                let (dashes, end) = ("-".repeat(width + 1), if at == 0 { '-' } else { ':' });
                let _ = write!(out, "|{dashes}{end}");
            }
            out.push_str("|\n");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(ours: f64, peer: f64, target: Target) -> Row {
        Row { what: "x".into(), ours: Amount::Seconds(ours), peer: Amount::Seconds(peer), target }
    }

    #[test]
    fn targets_are_limits() {
        assert!(row(1.1, 1.0, Target::AtMost(1.1)).is_ok());
        assert!(!row(1.2, 1.0, Target::AtMost(1.1)).is_ok());
        assert!(row(2.0, 1.0, Target::AtLeast(1.6)).is_ok());
        assert!(!row(1.5, 1.0, Target::AtLeast(1.6)).is_ok());
    }

    #[test]
    fn tables_are_aligned() {
        let text = render(&[row(0.0123, 1.5, Target::AtMost(1.0))]);
        let expected = "| what |     ours |    peer | ratio |  target |    |\n\
                        |------|---------:|--------:|------:|--------:|---:|\n\
                        | x    | 12.30 ms | 1.500 s |  0.01 | <= 1.00 | ok |\n";
        assert_eq!(text, expected);
    }
}
