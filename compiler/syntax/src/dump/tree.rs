//! The layout of a dump.

use super::repr;
use crate::stack;

/// A node, a list or a value of a dump.
pub(super) enum Tree {
    /// A node with its fields.
    Node(&'static str, Vec<(&'static str, Tree)>),
    /// A list of nodes.
    List(Vec<Tree>),
    /// A value, as it is printed.
    Text(String),
}

impl Tree {
    pub(super) fn node(name: &'static str, fields: Vec<(&'static str, Self)>) -> Self {
        Self::Node(name, fields)
    }

    /// A quoted string.
    pub(super) fn str(value: &str) -> Self {
        Self::Text(repr::str(value))
    }

    /// A quoted string, or `None`.
    pub(super) fn optional_str(value: Option<&str>) -> Self {
        value.map_or_else(Self::none, Self::str)
    }

    pub(super) fn none() -> Self {
        Self::Text("None".to_owned())
    }

    pub(super) fn print(&self) -> String {
        let mut out = String::new();
        self.write(&mut out, 0);
        out
    }

    /// A node with a node or a list among its fields takes one line per field.
    fn write(&self, out: &mut String, indent: usize) {
        match self {
            Self::Text(text) => out.push_str(text),
            Self::List(items) if items.is_empty() => out.push_str("[]"),
            Self::List(items) => {
                out.push_str("[\n");
                for item in items {
                    pad(out, indent + 1);
                    stack::with_room(|| item.write(out, indent + 1));
                    out.push_str(",\n");
                }
                pad(out, indent);
                out.push(']');
            }
            Self::Node(name, fields) => {
                out.push_str(name);
                out.push('(');
                if fields.iter().any(|(_, value)| !matches!(value, Self::Text(_))) {
                    write_fields(out, fields, indent);
                } else {
                    write_inline(out, fields, indent);
                }
                out.push(')');
            }
        }
    }
}

fn write_fields(out: &mut String, fields: &[(&str, Tree)], indent: usize) {
    out.push('\n');
    for (name, value) in fields {
        pad(out, indent + 1);
        out.push_str(name);
        out.push('=');
        value.write(out, indent + 1);
        out.push_str(",\n");
    }
    pad(out, indent);
}

fn write_inline(out: &mut String, fields: &[(&str, Tree)], indent: usize) {
    for (i, (name, value)) in fields.iter().enumerate() {
        if i > 0 {
            out.push_str(", ");
        }
        out.push_str(name);
        out.push('=');
        value.write(out, indent);
    }
}

fn pad(out: &mut String, indent: usize) {
    for _ in 0..indent {
        out.push_str("    ");
    }
}
