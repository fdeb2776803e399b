//! Questions about what could be written.

use super::Said;
use crate::convert::Lines;
use crate::state::Snapshot;
use lsp_server::ErrorCode;
use lsp_types as lsp;
use spy_ide::{ActionKind, CompletionKind, Edit};
use std::collections::HashMap;

fn item_kind(kind: CompletionKind) -> lsp::CompletionItemKind {
    match kind {
        CompletionKind::Argument => lsp::CompletionItemKind::PROPERTY,
        CompletionKind::Variable => lsp::CompletionItemKind::VARIABLE,
        CompletionKind::Constant => lsp::CompletionItemKind::CONSTANT,
        CompletionKind::Function => lsp::CompletionItemKind::FUNCTION,
        CompletionKind::Method => lsp::CompletionItemKind::METHOD,
        CompletionKind::Field => lsp::CompletionItemKind::FIELD,
        CompletionKind::Type => lsp::CompletionItemKind::STRUCT,
        CompletionKind::Module => lsp::CompletionItemKind::MODULE,
        CompletionKind::Keyword => lsp::CompletionItemKind::KEYWORD,
    }
}

pub(super) fn completion(
    file: &Snapshot,
    params: lsp::CompletionParams,
) -> Said<Vec<lsp::CompletionItem>> {
    let lines = file.lines();
    let offset = lines.offset(params.text_document_position.position);
    let found = file.analysis.completions(&file.path, offset);
    let item = |found: spy_ide::Completion| {
        let edit = lsp::TextEdit { range: lines.range(found.replace), new_text: found.insert };
        let import = found.import.map(|edit| vec![text_edit(&lines, &edit)]);
        lsp::CompletionItem {
            sort_text: Some(format!("{:02}{}", found.distance, found.label)),
            label: found.label,
            kind: Some(item_kind(found.kind)),
            detail: found.detail,
            documentation: found.doc.map(|doc| lsp::Documentation::String(doc.to_string())),
            text_edit: Some(lsp::CompletionTextEdit::Edit(edit)),
            additional_text_edits: import,
            ..lsp::CompletionItem::default()
        }
    };
    Ok(found.into_iter().map(item).collect())
}

fn text_edit(lines: &Lines<'_>, edit: &Edit) -> lsp::TextEdit {
    lsp::TextEdit { range: lines.range(edit.range.span), new_text: edit.text.clone() }
}

pub(super) fn signature(
    file: &Snapshot,
    params: lsp::SignatureHelpParams,
) -> Said<Option<lsp::SignatureHelp>> {
    let offset = file.lines().offset(params.text_document_position_params.position);
    let Some(found) = file.analysis.signature_help(&file.path, offset) else { return Ok(None) };
    let units = |at: usize| {
        let text = found.label.get(..at).unwrap_or_default();
        u32::try_from(text.chars().map(char::len_utf16).sum::<usize>()).unwrap_or(0)
    };
    let parameters = found.params.iter().map(|(start, end)| lsp::ParameterInformation {
        label: lsp::ParameterLabel::LabelOffsets([units(*start), units(*end)]),
        documentation: None,
    });
    let active = found.active.and_then(|index| u32::try_from(index).ok());
    let signature = lsp::SignatureInformation {
        parameters: Some(parameters.collect()),
        documentation: found.doc.map(|doc| lsp::Documentation::String(doc.to_string())),
        active_parameter: active,
        label: found.label,
    };
    let (active_signature, active_parameter) = (Some(0), active);
    Ok(Some(lsp::SignatureHelp { signatures: vec![signature], active_signature, active_parameter }))
}

pub(super) fn prepare_rename(
    file: &Snapshot,
    params: lsp::TextDocumentPositionParams,
) -> Said<lsp::PrepareRenameResponse> {
    let lines = file.lines();
    let offset = lines.offset(params.position);
    let found = file.analysis.prepare_rename(&file.path, offset);
    let (span, name) = found.map_err(|error| (ErrorCode::RequestFailed, error.to_string()))?;
    Ok(lsp::PrepareRenameResponse::RangeWithPlaceholder {
        range: lines.range(span),
        placeholder: name.to_string(),
    })
}

pub(super) fn rename(file: &Snapshot, params: lsp::RenameParams) -> Said<lsp::WorkspaceEdit> {
    let offset = file.lines().offset(params.text_document_position.position);
    let edits = file.analysis.rename(&file.path, offset, &params.new_name);
    let edits = edits.map_err(|error| (ErrorCode::RequestFailed, error.to_string()))?;
    Ok(workspace_edit(file, &edits))
}

fn workspace_edit(file: &Snapshot, edits: &[Edit]) -> lsp::WorkspaceEdit {
    // The type is what the protocol library takes; a map in JSON has no order.
    #[expect(clippy::mutable_key_type, reason = "the library's type: nothing changes in it")]
    let mut changes: HashMap<lsp::Uri, Vec<lsp::TextEdit>> = HashMap::new();
    for edit in edits {
        let Some(location) = file.location(&edit.range) else { continue };
        let edit = lsp::TextEdit { range: location.range, new_text: edit.text.clone() };
        changes.entry(location.uri).or_default().push(edit);
    }
    lsp::WorkspaceEdit { changes: Some(changes), ..lsp::WorkspaceEdit::default() }
}

/// Nothing, if the text cannot be parsed.
pub(super) fn format(
    file: &Snapshot,
    _: lsp::DocumentFormattingParams,
) -> Said<Option<Vec<lsp::TextEdit>>> {
    let lines = file.lines();
    let edits = file.analysis.format(&file.path);
    Ok(edits.map(|edits| edits.iter().map(|edit| text_edit(&lines, edit)).collect()))
}

pub(super) fn actions(
    file: &Snapshot,
    params: lsp::CodeActionParams,
) -> Said<Vec<lsp::CodeActionOrCommand>> {
    let span = file.lines().span(params.range);
    let wanted = |kind: &lsp::CodeActionKind| {
        let only = params.context.only.as_ref();
        only.is_none_or(|only| only.iter().any(|only| kind.as_str().starts_with(only.as_str())))
    };
    let mut out = Vec::new();
    for action in file.analysis.actions(&file.path, span) {
        let kind = match action.kind {
            ActionKind::Fix => lsp::CodeActionKind::QUICKFIX,
            ActionKind::Rewrite => lsp::CodeActionKind::REFACTOR_REWRITE,
        };
        if !wanted(&kind) {
            continue;
        }
        let fixed = action.fixes.as_ref().and_then(|finding| super::diagnostic(file, finding));
        out.push(lsp::CodeActionOrCommand::CodeAction(lsp::CodeAction {
            title: action.title,
            kind: Some(kind),
            diagnostics: fixed.map(|fixed| vec![fixed]),
            edit: Some(workspace_edit(file, &action.edits)),
            ..lsp::CodeAction::default()
        }));
    }
    Ok(out)
}
