//! Questions about what is there.

use super::{Answer, Said, read, write};
use crate::capabilities::token_type;
use crate::convert::Lines;
use crate::state::Snapshot;
use lsp_server::ErrorCode;
use lsp_types as lsp;
use serde::Deserialize;
use serde_json::{Value, json};
use spy_ide::{FoldKind, HintKind, LensKind, SemanticToken, Symbol, SymbolKind};
use spy_text::Span;

/// How many symbols of a program are listed.
const MAX_SYMBOLS: usize = 500;

pub(super) fn hover(file: &Snapshot, params: lsp::HoverParams) -> Said<Option<lsp::Hover>> {
    let lines = file.lines();
    let offset = lines.offset(params.text_document_position_params.position);
    let Some(found) = file.analysis.hover(&file.path, offset) else { return Ok(None) };
    let mut text = format!("```spy\n{}\n```", found.code);
    if !found.note.is_empty() {
        text.push_str(&format!("\n*{}*", found.note));
    }
    if let Some(doc) = &found.doc {
        text.push_str(&format!("\n\n---\n\n{doc}"));
    }
    let value = lsp::MarkupContent { kind: lsp::MarkupKind::Markdown, value: text };
    let contents = lsp::HoverContents::Markup(value);
    Ok(Some(lsp::Hover { contents, range: Some(lines.range(found.span)) }))
}

pub(super) fn definition(
    file: &Snapshot,
    params: lsp::GotoDefinitionParams,
) -> Said<Option<lsp::Location>> {
    let offset = file.lines().offset(params.text_document_position_params.position);
    let found = file.analysis.definition(&file.path, offset);
    Ok(found.and_then(|range| file.location(&range)))
}

pub(super) fn references(
    file: &Snapshot,
    params: lsp::ReferenceParams,
) -> Said<Vec<lsp::Location>> {
    let offset = file.lines().offset(params.text_document_position.position);
    let declaration = params.context.include_declaration;
    let found = file.analysis.references(&file.path, offset, declaration);
    Ok(found.iter().filter_map(|range| file.location(range)).collect())
}

pub(super) fn highlights(
    file: &Snapshot,
    params: lsp::DocumentHighlightParams,
) -> Said<Vec<lsp::DocumentHighlight>> {
    let lines = file.lines();
    let offset = lines.offset(params.text_document_position_params.position);
    let found = file.analysis.highlights(&file.path, offset);
    let highlight = |(span, writes)| lsp::DocumentHighlight {
        range: lines.range(span),
        kind: Some(match writes {
            true => lsp::DocumentHighlightKind::WRITE,
            false => lsp::DocumentHighlightKind::READ,
        }),
    };
    Ok(found.into_iter().map(highlight).collect())
}

fn symbol_kind(kind: SymbolKind) -> lsp::SymbolKind {
    match kind {
        SymbolKind::Function => lsp::SymbolKind::FUNCTION,
        SymbolKind::Method => lsp::SymbolKind::METHOD,
        SymbolKind::Struct => lsp::SymbolKind::STRUCT,
        SymbolKind::Field => lsp::SymbolKind::FIELD,
        SymbolKind::Variable => lsp::SymbolKind::VARIABLE,
        SymbolKind::Constant => lsp::SymbolKind::CONSTANT,
    }
}

pub(super) fn symbols(
    file: &Snapshot,
    _: lsp::DocumentSymbolParams,
) -> Said<lsp::DocumentSymbolResponse> {
    let lines = file.lines();
    let found = file.analysis.document_symbols(&file.path);
    let tree = found.into_iter().map(|symbol| document_symbol(&lines, symbol)).collect();
    Ok(lsp::DocumentSymbolResponse::Nested(tree))
}

fn document_symbol(lines: &Lines<'_>, symbol: Symbol) -> lsp::DocumentSymbol {
    // Clients refuse a name that does not lie inside of the whole.
    let span = Span::new(
        symbol.span.start.min(symbol.name_span.start),
        symbol.span.end.max(symbol.name_span.end),
    );
    let children = symbol.children.into_iter().map(|child| document_symbol(lines, child)).collect();
    #[expect(deprecated, reason = "the field has to be there")]
    lsp::DocumentSymbol {
        name: symbol.name.to_string(),
        detail: None,
        kind: symbol_kind(symbol.kind),
        tags: None,
        deprecated: None,
        range: lines.range(span),
        selection_range: lines.range(symbol.name_span),
        children: Some(children),
    }
}

pub(super) fn workspace_symbols(files: &[Snapshot], params: Value) -> Answer {
    let params: lsp::WorkspaceSymbolParams = read(params)?;
    let mut out = Vec::new();
    for file in files {
        for (symbol, around, range) in file.analysis.workspace_symbols(&params.query, MAX_SYMBOLS) {
            let Some(location) = file.location(&range) else { continue };
            #[expect(deprecated, reason = "the field has to be there")]
            out.push(lsp::SymbolInformation {
                name: symbol.name.to_string(),
                kind: symbol_kind(symbol.kind),
                tags: None,
                deprecated: None,
                location,
                container_name: Some(around),
            });
        }
    }
    write(out)
}

pub(super) fn tokens(file: &Snapshot, _: lsp::SemanticTokensParams) -> Said<lsp::SemanticTokens> {
    Ok(encode(file, &file.analysis.semantic_tokens(&file.path, None)))
}

pub(super) fn tokens_in_range(
    file: &Snapshot,
    params: lsp::SemanticTokensRangeParams,
) -> Said<lsp::SemanticTokens> {
    let span = file.lines().span(params.range);
    Ok(encode(file, &file.analysis.semantic_tokens(&file.path, Some(span))))
}

/// Each token relative to the one before.
fn encode(file: &Snapshot, tokens: &[SemanticToken]) -> lsp::SemanticTokens {
    let lines = file.lines();
    let mut before = lsp::Position::new(0, 0);
    let mut data = Vec::with_capacity(tokens.len());
    for token in tokens {
        let here = lines.position(token.span.start);
        let delta_line = here.line - before.line;
        let delta_start =
            if delta_line == 0 { here.character - before.character } else { here.character };
        data.push(lsp::SemanticToken {
            delta_line,
            delta_start,
            length: lines.width(token.span),
            token_type: token_type(token.kind),
            token_modifiers_bitset: modifiers(token),
        });
        before = here;
    }
    lsp::SemanticTokens { result_id: None, data }
}

fn modifiers(token: &SemanticToken) -> u32 {
    let color = match token.blue {
        Some(true) => 1,
        Some(false) => 2,
        None => 0,
    };
    let bit = |is_set: bool, bit: u32| u32::from(is_set) << bit;
    color | bit(token.declares, 2) | bit(token.constant, 3) | bit(token.library, 4)
}

pub(super) fn hints(file: &Snapshot, params: lsp::InlayHintParams) -> Said<Vec<lsp::InlayHint>> {
    let lines = file.lines();
    let found = file.analysis.hints(&file.path, lines.span(params.range));
    let hint = |hint: spy_ide::Hint| lsp::InlayHint {
        position: lines.position(hint.offset),
        label: lsp::InlayHintLabel::String(hint.text),
        kind: (hint.kind == HintKind::Type).then_some(lsp::InlayHintKind::TYPE),
        text_edits: None,
        tooltip: None,
        padding_left: Some(false),
        padding_right: Some(false),
        data: None,
    };
    Ok(found.into_iter().map(hint).collect())
}

pub(super) fn folds(file: &Snapshot, _: lsp::FoldingRangeParams) -> Said<Vec<lsp::FoldingRange>> {
    let fold = |fold: spy_ide::Fold| lsp::FoldingRange {
        start_line: fold.first - 1,
        end_line: fold.last - 1,
        kind: match fold.kind {
            FoldKind::Code => None,
            FoldKind::Imports => Some(lsp::FoldingRangeKind::Imports),
            FoldKind::Comment => Some(lsp::FoldingRangeKind::Comment),
        },
        ..lsp::FoldingRange::default()
    };
    Ok(file.analysis.folds(&file.path).into_iter().map(fold).collect())
}

pub(super) fn lenses(file: &Snapshot, _: lsp::CodeLensParams) -> Said<Vec<lsp::CodeLens>> {
    let lines = file.lines();
    let lens = |lens: spy_ide::Lens| {
        let (title, command) = match lens.kind {
            LensKind::Run => ("Run", "spy.run"),
            LensKind::Test => ("Run test", "spy.test"),
            LensKind::Redshifted => ("Show redshifted", "spy.showRedshifted"),
        };
        let arguments = vec![json!(file.uri), json!(lens.function.as_str())];
        let command = lsp::Command::new(title.to_owned(), command.to_owned(), Some(arguments));
        lsp::CodeLens { range: lines.range(lens.span), command: Some(command), data: None }
    };
    Ok(file.analysis.lenses(&file.path).into_iter().map(lens).collect())
}

/// `spy/redshifted`: a file, and a function of it or none.
#[derive(Deserialize)]
pub(super) struct RedshiftedParams {
    function: Option<String>,
}

pub(super) fn redshifted(file: &Snapshot, params: RedshiftedParams) -> Said<String> {
    let text = file.analysis.redshifted(&file.path, params.function.as_deref());
    text.map_err(|message| (ErrorCode::RequestFailed, message))
}
