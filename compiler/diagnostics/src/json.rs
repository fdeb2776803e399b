//! One JSON object per line, for programs. `schema.json` describes it; fields are only ever added.

use crate::place::Place;
use crate::{Diagnostic, Level, Severity, Sources};
use serde::Serialize;
use spy_text::{FileSpan, LineCol};

#[derive(Serialize)]
struct Object<'d> {
    severity: &'static str,
    #[serde(rename = "type")]
    etype: &'d str,
    message: &'d str,
    annotations: Vec<Label<'d>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    frames: Vec<CallFrame<'d>>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    help: &'d [String],
}

#[derive(Serialize)]
struct Label<'d> {
    level: &'static str,
    message: &'d str,
    #[serde(flatten)]
    range: Range<'d>,
}

#[derive(Serialize)]
struct CallFrame<'d> {
    what: &'d str,
    #[serde(flatten)]
    range: Option<Range<'d>>,
}

/// Both places are missing if the file's text cannot be had.
#[derive(Serialize)]
struct Range<'d> {
    file: &'d str,
    #[serde(skip_serializing_if = "Option::is_none")]
    start: Option<Point>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end: Option<Point>,
}

/// Line and column, 1-based, the column in bytes.
#[derive(Serialize)]
struct Point {
    line: u32,
    column: u32,
}

/// The diagnostic as one line of JSON, with a line end.
#[must_use]
pub fn render(diagnostic: &Diagnostic, sources: &dyn Sources) -> String {
    let object = Object {
        severity: match diagnostic.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        },
        etype: &diagnostic.etype,
        message: &diagnostic.message,
        annotations: diagnostic
            .annotations
            .iter()
            .map(|annotation| Label {
                level: match annotation.level {
                    Level::Error => "error",
                    Level::Note => "note",
                    Level::Panic => "panic",
                },
                message: &annotation.message,
                range: Range::new(&annotation.span, sources),
            })
            .collect(),
        frames: diagnostic
            .frames
            .iter()
            .map(|frame| CallFrame {
                what: &frame.what,
                range: frame.span.as_ref().map(|span| Range::new(span, sources)),
            })
            .collect(),
        help: &diagnostic.help,
    };
    // Strings and numbers always have a JSON form.
    let mut line = serde_json::to_string(&object).unwrap_or_default();
    line.push('\n');
    line
}

impl<'d> Range<'d> {
    fn new(span: &'d FileSpan, sources: &dyn Sources) -> Self {
        let place = Place::find(span, sources);
        Self {
            file: span.file.as_str(),
            start: place.as_ref().map(|place| Point::new(place.start)),
            end: place.as_ref().map(|place| Point::new(place.end)),
        }
    }
}

impl Point {
    fn new(place: LineCol) -> Self {
        Self { line: place.line, column: place.col + 1 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Frame;
    use crate::test_sources::{Files, span};
    use serde_json::Value;

    /// Checks a value against the part of JSON Schema that `schema.json` uses.
    fn check(value: &Value, schema: &Value, root: &Value) -> Result<(), String> {
        let schema = match schema["$ref"].as_str() {
            Some(path) => root.pointer(path.trim_start_matches('#')).ok_or("no such definition")?,
            None => schema,
        };
        let fits = match schema["type"].as_str() {
            Some("object") => return check_object(value, schema, root),
            Some("array") => {
                let items = value.as_array().ok_or_else(|| format!("{value} is no array"))?;
                return items.iter().try_for_each(|item| check(item, &schema["items"], root));
            }
            Some("string") => value.is_string(),
            Some("integer") => value.as_u64() >= schema["minimum"].as_u64(),
            _ => false,
        };
        let listed = schema["enum"].as_array().is_none_or(|values| values.contains(value));
        if fits && listed { Ok(()) } else { Err(format!("{value} does not fit {schema}")) }
    }

    fn check_object(value: &Value, schema: &Value, root: &Value) -> Result<(), String> {
        let object = value.as_object().ok_or_else(|| format!("{value} is no object"))?;
        for name in schema["required"].as_array().into_iter().flatten() {
            if !name.as_str().is_some_and(|name| object.contains_key(name)) {
                return Err(format!("{name} is missing"));
            }
        }
        object.iter().try_for_each(|(name, field)| match schema["properties"].get(name) {
            Some(schema) => check(field, schema, root),
            None => Err(format!("{name} is not described")),
        })
    }

    fn schema() -> Value {
        serde_json::from_str(include_str!("../schema.json")).expect("the schema is JSON")
    }

    fn full_example() -> Diagnostic {
        let mut error = Diagnostic::error("TypeError", "bad \"thing\"")
            .with(Level::Error, "this", span("e1.spy", 28, 39))
            .with(Level::Note, "that", span("no.spy", 0, 1))
            .with(Level::Panic, "", span("e1.spy", 0, 0))
            .with_help("try");
        error.frames = vec![
            Frame { what: "e1::f".to_owned(), span: Some(span("e1.spy", 63, 69)) },
            Frame { what: "[module] e1".to_owned(), span: None },
        ];
        error
    }

    #[test]
    fn least_object() {
        let line = render(&Diagnostic::error("TypeError", "bad"), &Files::example());
        assert_eq!(
            line,
            "{\"severity\":\"error\",\"type\":\"TypeError\",\"message\":\"bad\",\"annotations\":[]}\n"
        );
    }

    #[test]
    fn full_object() {
        let line = render(&full_example(), &Files::example());
        let expected = serde_json::json!({
            "severity": "error",
            "type": "TypeError",
            "message": "bad \"thing\"",
            "annotations": [
                {
                    "level": "error", "message": "this", "file": "e1.spy",
                    "start": {"line": 2, "column": 12}, "end": {"line": 2, "column": 23}
                },
                {"level": "note", "message": "that", "file": "no.spy"},
                {
                    "level": "panic", "message": "", "file": "e1.spy",
                    "start": {"line": 1, "column": 1}, "end": {"line": 1, "column": 1}
                }
            ],
            "frames": [
                {
                    "what": "e1::f", "file": "e1.spy",
                    "start": {"line": 5, "column": 11}, "end": {"line": 5, "column": 17}
                },
                {"what": "[module] e1"}
            ],
            "help": ["try"]
        });
        assert_eq!(serde_json::from_str::<Value>(&line).ok(), Some(expected));
        assert_eq!(line.matches('\n').count(), 1);
    }

    #[test]
    fn output_fits_the_schema() {
        let schema = schema();
        for diagnostic in [full_example(), Diagnostic::error("E", "m")] {
            let line = render(&diagnostic, &Files::example());
            let value: Value = serde_json::from_str(&line).expect("a line is JSON");
            assert_eq!(check(&value, &schema, &schema), Ok(()));
        }
    }

    #[test]
    fn the_schema_rejects_other_shapes() {
        let schema = schema();
        let line = render(&full_example(), &Files::example());
        let value: Value = serde_json::from_str(&line).expect("a line is JSON");
        for (path, wrong) in [
            ("/severity", serde_json::json!("fatal")),
            ("/annotations/0/start/line", serde_json::json!(0)),
            ("/annotations/0/level", serde_json::json!(null)),
            ("/annotations", serde_json::json!({})),
            ("/help/0", serde_json::json!(1)),
            ("/frames/1", serde_json::json!({"file": "x"})),
        ] {
            let mut changed = value.clone();
            *changed.pointer_mut(path).expect("the path exists") = wrong;
            assert!(check(&changed, &schema, &schema).is_err(), "{path}");
        }
    }
}
