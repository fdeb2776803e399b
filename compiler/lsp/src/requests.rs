//! One function for each question.

mod edit;
mod look;

use crate::convert::Lines;
use crate::state::Snapshot;
use lsp_server::ErrorCode;
use lsp_types as lsp;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// What becomes of a question.
pub(crate) type Answer = Result<Value, (ErrorCode, String)>;

/// What becomes of a question that is about one file.
pub(crate) type Said<R> = Result<R, (ErrorCode, String)>;

/// A question, about the programs of these files.
pub(crate) type Question = fn(&[Snapshot], Value) -> Answer;

/// The question with a method's name.
pub(crate) fn find(method: &str) -> Option<Question> {
    Some(match method {
        "textDocument/hover" => |files, params| about(files, params, look::hover),
        "textDocument/definition" => |files, params| about(files, params, look::definition),
        "textDocument/references" => |files, params| about(files, params, look::references),
        "textDocument/documentHighlight" => |files, params| about(files, params, look::highlights),
        "textDocument/documentSymbol" => |files, params| about(files, params, look::symbols),
        "workspace/symbol" => look::workspace_symbols,
        "textDocument/semanticTokens/full" => |files, params| about(files, params, look::tokens),
        "textDocument/semanticTokens/range" => {
            |files, params| about(files, params, look::tokens_in_range)
        }
        "textDocument/inlayHint" => |files, params| about(files, params, look::hints),
        "textDocument/foldingRange" => |files, params| about(files, params, look::folds),
        "textDocument/codeLens" => |files, params| about(files, params, look::lenses),
        "textDocument/completion" => |files, params| about(files, params, edit::completion),
        "textDocument/signatureHelp" => |files, params| about(files, params, edit::signature),
        "textDocument/prepareRename" => |files, params| about(files, params, edit::prepare_rename),
        "textDocument/rename" => |files, params| about(files, params, edit::rename),
        "textDocument/formatting" => |files, params| about(files, params, edit::format),
        "textDocument/codeAction" => |files, params| about(files, params, edit::actions),
        "spy/redshifted" => |files, params| about(files, params, look::redshifted),
        #[cfg(test)]
        "test/panic" => tests::panics,
        _ => return None,
    })
}

/// The document that a question is about.
pub(crate) fn document(params: &Value) -> Option<lsp::Uri> {
    let uri = params.pointer("/textDocument/uri")?.as_str()?;
    uri.parse().ok()
}

/// Asks about one file. For a file that is not known the answer is nothing, which every client
/// understands.
fn about<P: DeserializeOwned, R: Serialize>(
    files: &[Snapshot],
    params: Value,
    ask: fn(&Snapshot, P) -> Said<R>,
) -> Answer {
    let params = read(params)?;
    let Some(file) = files.first() else { return Ok(Value::Null) };
    write(ask(file, params)?)
}

fn read<P: DeserializeOwned>(params: Value) -> Result<P, (ErrorCode, String)> {
    serde_json::from_value(params).map_err(|error| (ErrorCode::InvalidParams, error.to_string()))
}

fn write<R: Serialize>(answer: R) -> Answer {
    serde_json::to_value(answer).map_err(|error| (ErrorCode::InternalError, error.to_string()))
}

/// What is wrong with a file, by the file that it is in.
pub(crate) fn check(file: &Snapshot) -> BTreeMap<PathBuf, Vec<lsp::Diagnostic>> {
    let mut out: BTreeMap<PathBuf, Vec<lsp::Diagnostic>> = BTreeMap::new();
    for finding in file.analysis.check(&file.path) {
        let Some(path) = finding.range.file.disk().map(PathBuf::from) else { continue };
        let Some(diagnostic) = diagnostic(file, &finding) else { continue };
        out.entry(path).or_default().push(diagnostic);
    }
    out
}

/// A finding as the client is told it.
fn diagnostic(file: &Snapshot, finding: &spy_ide::Finding) -> Option<lsp::Diagnostic> {
    let text = file.analysis.text(&finding.range.file)?;
    let range = Lines::new(&text, file.encoding).range(finding.range.span);
    let related = finding.related.iter().filter_map(|(range, message)| {
        let (location, message) = (file.location(range)?, message.clone());
        Some(lsp::DiagnosticRelatedInformation { location, message })
    });
    let related: Vec<_> = related.collect();
    Some(lsp::Diagnostic {
        range,
        severity: Some(match finding.is_warning {
            false => lsp::DiagnosticSeverity::ERROR,
            true => lsp::DiagnosticSeverity::WARNING,
        }),
        code: Some(lsp::NumberOrString::String(finding.kind.clone())),
        source: Some("spy".to_owned()),
        message: finding.message.clone(),
        related_information: (!related.is_empty()).then_some(related),
        ..lsp::Diagnostic::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A question that meets a mistake in this program.
    pub(super) fn panics(_: &[Snapshot], _: Value) -> Answer {
        panic!("for the test")
    }
}
