//! What each name is, for colouring: above all, whether it is blue or red.

use crate::analysis::{Analysis, Cx, FilePath};
use crate::index::{DefKind, Occurrence, Role};
use crate::known::Notes;
use crate::target::Target;
use spy_eval::Known;
use spy_scope::ScopeKind;
use spy_text::Span;
use spy_types::{Color, Value};

/// What a name is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum SemanticKind {
    /// A module.
    Module,
    /// A type.
    Type,
    /// A function.
    Function,
    /// A function of a type.
    Method,
    /// A parameter.
    Parameter,
    /// A variable or a constant.
    Variable,
    /// A field of a struct.
    Property,
}

/// A name with what it is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct SemanticToken {
    /// Where.
    pub span: Span,
    /// What it is.
    pub kind: SemanticKind,
    /// Whether it is known at compile time, if that is known itself. A function is as blue as its calls.
    pub blue: Option<bool>,
    /// Whether it is declared here.
    pub declares: bool,
    /// Whether it may not be assigned again.
    pub constant: bool,
    /// Whether it comes from the library.
    pub library: bool,
}

impl Analysis {
    /// The names in a range of a file, or in all of it.
    #[must_use]
    pub fn semantic_tokens(&self, path: &FilePath, range: Option<Span>) -> Vec<SemanticToken> {
        let Some(cx) = self.cx(path) else { return Vec::new() };
        let index = cx.index();
        let notes = Notes::new(cx);
        let within =
            |span: Span| range.is_none_or(|range| span.start < range.end && range.start < span.end);
        let names = index.names.iter().filter(|found| within(found.span));
        let mut tokens: Vec<SemanticToken> =
            names.filter_map(|found| cx.token(&notes, found)).collect();
        tokens.dedup_by_key(|token| token.span.start);
        tokens
    }
}

impl Cx<'_> {
    fn token(self, notes: &Notes<'_>, found: &Occurrence) -> Option<SemanticToken> {
        let known = match &found.role {
            Role::Read(expr) | Role::Attr { expr: Some(expr), .. } => notes.expr(&found.def, *expr),
            Role::Write | Role::Param(_) => notes.local(&found.def, &found.name),
            _ => None,
        };
        let target = match &found.role {
            // The rest is known without looking at objects.
            Role::Attr { .. } | Role::Keyword(_) => None,
            _ => self.target(found),
        };
        let known = known.or_else(|| match &target {
            Some(Target::Symbol { module, def, name }) if module == self.module => {
                notes.local(def, name)
            }
            Some(target) => self.target_known(target),
            None => None,
        });
        let kind = self.kind(found, known.as_ref(), target.as_ref())?;
        let color = known.as_ref().map(color);
        Some(SemanticToken {
            span: found.span,
            kind,
            blue: color
                .or_else(|| self.defined_color(target.as_ref()))
                .map(|color| color == Color::Blue),
            declares: matches!(found.role, Role::Def(_) | Role::Param(_)),
            constant: known.as_ref().is_some_and(|known| known.color == Color::Blue),
            library: self.is_from_library(target.as_ref()),
        })
    }

    fn kind(
        self,
        found: &Occurrence,
        known: Option<&Known>,
        target: Option<&Target>,
    ) -> Option<SemanticKind> {
        let by_role = match &found.role {
            Role::Module(..) => Some(SemanticKind::Module),
            Role::Keyword(_) | Role::Param(_) => Some(SemanticKind::Parameter),
            Role::Attr { expr: None, .. } => Some(SemanticKind::Method),
            _ => None,
        };
        let by_value = || match known?.value.as_ref()? {
            Value::Module(_) => Some(SemanticKind::Module),
            Value::Type(_) => Some(SemanticKind::Type),
            Value::Func(_) => Some(SemanticKind::Function),
            _ => None,
        };
        let by_text = || match (self.symbol_def(target?)?.0, &found.role) {
            (DefKind::Class, _) => Some(SemanticKind::Type),
            (DefKind::Function, _) => Some(SemanticKind::Function),
            (DefKind::Module, _) => None,
        };
        by_role.or_else(by_value).or_else(by_text).or_else(|| {
            if let Role::Attr { .. } = found.role {
                return Some(SemanticKind::Property);
            }
            let scope = spy_db::def_scope(self.db, self.project(), self.def(&found.def))?;
            let symbol = scope.symbols.get(&found.name)?;
            Some(match symbol.origin {
                spy_scope::Origin::RedParam | spy_scope::Origin::BlueParam => {
                    SemanticKind::Parameter
                }
                _ if scope.kind == ScopeKind::Class && symbol.level == 0 => SemanticKind::Property,
                _ => SemanticKind::Variable,
            })
        })
    }

    fn defined_color(self, target: Option<&Target>) -> Option<Color> {
        let (kind, color) = self.symbol_def(target?)?;
        (kind == DefKind::Function).then_some(color)
    }

    fn is_from_library(self, target: Option<&Target>) -> bool {
        match target {
            Some(Target::Builtin(..)) => true,
            Some(Target::Symbol { module, .. } | Target::Module(module)) => {
                spy_eval::builtins::is_builtin_module(module)
                    || self.other(module).is_some_and(Cx::is_stdlib)
            }
            None => false,
        }
    }
}

/// The colour of a value; of a function, that of its calls.
fn color(known: &Known) -> Color {
    match known.ty.func() {
        Some(func) => func.color,
        None => known.color,
    }
}
