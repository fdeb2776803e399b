//! What this server can do.

use crate::convert::Encoding;
use lsp_types as lsp;
use spy_ide::SemanticKind;

/// The kinds of semantic tokens, in the order of their numbers.
pub(crate) const TOKEN_TYPES: [lsp::SemanticTokenType; 7] = [
    lsp::SemanticTokenType::NAMESPACE,
    lsp::SemanticTokenType::TYPE,
    lsp::SemanticTokenType::FUNCTION,
    lsp::SemanticTokenType::METHOD,
    lsp::SemanticTokenType::PARAMETER,
    lsp::SemanticTokenType::VARIABLE,
    lsp::SemanticTokenType::PROPERTY,
];

/// The number of a kind.
pub(crate) fn token_type(kind: SemanticKind) -> u32 {
    match kind {
        SemanticKind::Module => 0,
        SemanticKind::Type => 1,
        SemanticKind::Function => 2,
        SemanticKind::Method => 3,
        SemanticKind::Parameter => 4,
        SemanticKind::Variable => 5,
        SemanticKind::Property => 6,
    }
}

/// The modifiers of semantic tokens: bits, from the lowest. `blue` and `red` are SPy's own.
pub(crate) fn token_modifiers() -> Vec<lsp::SemanticTokenModifier> {
    vec![
        lsp::SemanticTokenModifier::new("blue"),
        lsp::SemanticTokenModifier::new("red"),
        lsp::SemanticTokenModifier::DECLARATION,
        lsp::SemanticTokenModifier::READONLY,
        lsp::SemanticTokenModifier::DEFAULT_LIBRARY,
    ]
}

/// The encoding that both sides want most.
pub(crate) fn encoding(client: &lsp::ClientCapabilities) -> Encoding {
    let offered = client.general.as_ref().and_then(|general| general.position_encodings.as_ref());
    match offered {
        Some(offered) if offered.contains(&lsp::PositionEncodingKind::UTF8) => Encoding::Utf8,
        _ => Encoding::Utf16,
    }
}

/// What is announced to the client.
pub(crate) fn capabilities(encoding: Encoding) -> lsp::ServerCapabilities {
    lsp::ServerCapabilities {
        position_encoding: Some(match encoding {
            Encoding::Utf8 => lsp::PositionEncodingKind::UTF8,
            Encoding::Utf16 => lsp::PositionEncodingKind::UTF16,
        }),
        text_document_sync: Some(lsp::TextDocumentSyncCapability::Options(
            lsp::TextDocumentSyncOptions {
                open_close: Some(true),
                change: Some(lsp::TextDocumentSyncKind::INCREMENTAL),
                save: Some(lsp::TextDocumentSyncSaveOptions::Supported(true)),
                ..lsp::TextDocumentSyncOptions::default()
            },
        )),
        hover_provider: Some(lsp::HoverProviderCapability::Simple(true)),
        definition_provider: Some(lsp::OneOf::Left(true)),
        references_provider: Some(lsp::OneOf::Left(true)),
        document_highlight_provider: Some(lsp::OneOf::Left(true)),
        document_symbol_provider: Some(lsp::OneOf::Left(true)),
        workspace_symbol_provider: Some(lsp::OneOf::Left(true)),
        inlay_hint_provider: Some(lsp::OneOf::Left(true)),
        completion_provider: Some(lsp::CompletionOptions {
            trigger_characters: Some(vec![".".to_owned()]),
            ..lsp::CompletionOptions::default()
        }),
        signature_help_provider: Some(lsp::SignatureHelpOptions {
            trigger_characters: Some(vec!["(".to_owned(), ",".to_owned()]),
            ..lsp::SignatureHelpOptions::default()
        }),
        document_formatting_provider: Some(lsp::OneOf::Left(true)),
        rename_provider: Some(lsp::OneOf::Right(lsp::RenameOptions {
            prepare_provider: Some(true),
            work_done_progress_options: lsp::WorkDoneProgressOptions::default(),
        })),
        semantic_tokens_provider: Some(
            lsp::SemanticTokensOptions {
                legend: lsp::SemanticTokensLegend {
                    token_types: TOKEN_TYPES.to_vec(),
                    token_modifiers: token_modifiers(),
                },
                range: Some(true),
                full: Some(lsp::SemanticTokensFullOptions::Bool(true)),
                ..lsp::SemanticTokensOptions::default()
            }
            .into(),
        ),
        folding_range_provider: Some(lsp::FoldingRangeProviderCapability::Simple(true)),
        code_action_provider: Some(lsp::CodeActionProviderCapability::Options(
            lsp::CodeActionOptions {
                code_action_kinds: Some(vec![
                    lsp::CodeActionKind::QUICKFIX,
                    lsp::CodeActionKind::REFACTOR_REWRITE,
                ]),
                ..lsp::CodeActionOptions::default()
            },
        )),
        code_lens_provider: Some(lsp::CodeLensOptions { resolve_provider: Some(false) }),
        ..lsp::ServerCapabilities::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_have_the_numbers_of_the_legend() {
        let named = |kind| TOKEN_TYPES[token_type(kind) as usize].clone();
        assert_eq!(named(SemanticKind::Module), lsp::SemanticTokenType::NAMESPACE);
        assert_eq!(named(SemanticKind::Parameter), lsp::SemanticTokenType::PARAMETER);
        assert_eq!(named(SemanticKind::Property), lsp::SemanticTokenType::PROPERTY);
    }
}
