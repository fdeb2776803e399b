//! `METADATA` and `PKG-INFO`: what `[project]` says, in the format of Python's core metadata.

use crate::error::PackageError;
use crate::manifest::{License, Manifest, Person, Readme};
use std::fmt::Write;
use std::fs;
use std::path::Path;

/// The text of `METADATA`. `license_files` are names of files beside it.
pub(crate) fn core_metadata(
    manifest: &Manifest,
    license_files: &[String],
) -> Result<String, PackageError> {
    let project = &manifest.project;
    let mut out = Fields(String::new());
    out.add("Metadata-Version", "2.4");
    out.add("Name", &project.name);
    out.add("Version", &manifest.version.to_string());
    out.maybe("Summary", project.description.as_deref());
    if !project.keywords.is_empty() {
        out.add("Keywords", &project.keywords.join(","));
    }
    out.people("Author", &project.authors);
    out.people("Maintainer", &project.maintainers);
    match &project.license {
        Some(License::Expression(text)) => out.add("License-Expression", text),
        Some(License::Table { text: Some(text), .. }) => out.add("License", text),
        _ => {}
    }
    license_files.iter().for_each(|name| out.add("License-File", name));
    project.classifiers.iter().for_each(|text| out.add("Classifier", text));
    project.urls.iter().for_each(|(label, url)| out.add("Project-URL", &format!("{label}, {url}")));
    out.maybe("Requires-Python", project.requires_python.as_deref());
    for text in &project.dependencies {
        out.add("Requires-Dist", text);
    }
    for (extra, texts) in &project.optional_dependencies {
        out.add("Provides-Extra", extra);
        for text in texts {
            out.add("Requires-Dist", &with_extra(text, extra));
        }
    }
    if let Some((text, kind)) = description(&manifest.dir, project.readme.as_ref())? {
        out.add("Description-Content-Type", &kind);
        out.0.push('\n');
        out.0.push_str(&text);
        if !text.ends_with('\n') {
            out.0.push('\n');
        }
    }
    Ok(out.0)
}

struct Fields(String);

impl Fields {
    /// A field; further lines of a value are indented, so that none of them can be a field.
    fn add(&mut self, name: &str, value: &str) {
        let value: Vec<&str> = value.trim().lines().map(str::trim_end).collect();
        // Writing to a string cannot fail.
        let _ = writeln!(self.0, "{name}: {}", value.join("\n        "));
    }

    fn maybe(&mut self, name: &str, value: Option<&str>) {
        if let Some(value) = value {
            self.add(name, value);
        }
    }

    fn people(&mut self, role: &str, people: &[Person]) {
        let mut list = |field: String, texts: Vec<String>| {
            if !texts.is_empty() {
                self.add(&field, &texts.join(", "));
            }
        };
        let names = people.iter().filter(|person| person.email.is_none());
        list(role.to_owned(), names.filter_map(|person| person.name.clone()).collect());
        let addresses = people.iter().filter_map(|person| {
            let email = person.email.as_ref()?;
            Some(
                person
                    .name
                    .as_ref()
                    .map_or_else(|| email.clone(), |name| format!("{name} <{email}>")),
            )
        });
        list(format!("{role}-email"), addresses.collect());
    }
}

/// A requirement that only holds with an extra.
fn with_extra(text: &str, extra: &str) -> String {
    match text.split_once(';') {
        Some((need, marker)) => {
            format!("{}; ({}) and extra == \"{extra}\"", need.trim(), marker.trim())
        }
        None => format!("{text}; extra == \"{extra}\""),
    }
}

/// The long description and its media type.
fn description(
    dir: &Path,
    readme: Option<&Readme>,
) -> Result<Option<(String, String)>, PackageError> {
    let (file, text, kind) = match readme {
        None => return Ok(None),
        Some(Readme::File(file)) => (Some(file), None, None),
        Some(Readme::Table { file, text, content_type }) => {
            (file.as_ref(), text.clone(), content_type.clone())
        }
    };
    let guessed = match file.map(|file| Path::new(file).extension().unwrap_or_default()) {
        Some(extension) if extension == "md" => "text/markdown",
        Some(extension) if extension == "rst" => "text/x-rst",
        _ => "text/plain",
    };
    let text = match (text, file) {
        (Some(text), _) => text,
        (None, Some(file)) => {
            let path = dir.join(file);
            fs::read_to_string(&path).map_err(|error| PackageError::io("read", &path, &error))?
        }
        (None, None) => return Ok(None),
    };
    Ok(Some((text.replace("\r\n", "\n"), kind.unwrap_or_else(|| guessed.to_owned()))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_follow_the_table() {
        let text = "[project]\nname='A'\nversion='1.0'\ndescription='x'\nkeywords=['k','l']\nrequires-python='>=3.8'\n\
            license='MIT'\nauthors=[{name='N', email='n@x'}, {name='M'}]\ndependencies=['b>=2']\n\
            optional-dependencies={z=['c; python_version>\"3\"', 'd']}\nreadme={text='Long.', content-type='text/plain'}\n";
        let manifest = Manifest::parse(text, Path::new("/w")).expect("reads");
        let out = core_metadata(&manifest, &["LICENSE".to_owned()]).expect("text");
        let wanted = "Metadata-Version: 2.4\nName: A\nVersion: 1.0\nSummary: x\nKeywords: k,l\nAuthor: M\n\
            Author-email: N <n@x>\nLicense-Expression: MIT\nLicense-File: LICENSE\nRequires-Python: >=3.8\n\
            Requires-Dist: b>=2\nProvides-Extra: z\nRequires-Dist: c; (python_version>\"3\") and extra == \"z\"\n\
            Requires-Dist: d; extra == \"z\"\nDescription-Content-Type: text/plain\n\nLong.\n";
        assert_eq!(out, wanted);
    }

    #[test]
    fn a_value_cannot_add_fields() {
        let manifest = Manifest::parse(
            "[project]\nname='a'\nversion='1'\ndescription=\"x\\nName: b\"",
            Path::new("/w"),
        );
        let out = core_metadata(&manifest.expect("reads"), &[]).expect("text");
        assert!(!out.contains("\nName: b"), "{out}");
    }
}
