//! Constructors of statements and of the headers of blocks.

use super::{Alias, Cst, E, ExprKind, Fail, Items, List, ParseError, S, StmtKind, count};
use crate::ast::{BinOp, VarKeyword};
use spy_text::Span;

/// Stands for the missing target of what a `with` enters.
pub(crate) const NO_TARGET: u32 = u32::MAX;

/// One logical line.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Line {
    /// Statements.
    Simple(List),
    /// The header of a block, and the statements that follow it on its line.
    Header(Header, Option<List>),
    /// `@decorator`.
    Decorator(E),
}

/// The header of a block.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Header {
    If(E),
    Elif(E),
    Else,
    While(E),
    For {
        target: E,
        iter: E,
    },
    /// A number of [`Cst::defs`].
    Def(u32),
    /// A number of [`Cst::classes`].
    Class(u32),
    Try,
    Except {
        star: bool,
    },
    Finally,
    /// What is entered and the target, or [`NO_TARGET`], in turn; empty if they stand in brackets.
    With(List),
    Match,
    Case,
    AsyncFor,
    AsyncWith,
    AsyncDef,
}

impl Header {
    /// What CPython calls the statement in messages.
    pub(crate) fn describe(self) -> &'static str {
        match self {
            Self::If(_) => "'if' statement",
            Self::Elif(_) => "'elif' statement",
            Self::Else => "'else' statement",
            Self::While(_) => "'while' statement",
            Self::For { .. } | Self::AsyncFor => "'for' statement",
            Self::Def(_) | Self::AsyncDef => "function definition",
            Self::Class(_) => "class definition",
            Self::Try => "'try' statement",
            Self::Except { star: false } => "'except' statement",
            Self::Except { star: true } => "'except*' statement",
            Self::Finally => "'finally' statement",
            Self::With(_) | Self::AsyncWith => "'with' statement",
            Self::Match => "'match' statement",
            Self::Case => "'case' statement",
        }
    }
}

impl Cst {
    /// A line of statements.
    pub(crate) fn simple_line(&mut self, stmts: Items) -> Result<Line, ParseError> {
        self.check_no_as()?;
        Ok(Line::Simple(self.close(stmts)))
    }

    /// A block's header.
    pub(crate) fn header_line(
        &mut self,
        header: Header,
        inline: Option<Items>,
    ) -> Result<Line, ParseError> {
        let header = match header {
            Header::With(_) if self.check_no_as().is_err() => Header::With(List::default()),
            Header::With(_) | Header::AsyncWith | Header::Case => header,
            _ => {
                self.check_no_as()?;
                header
            }
        };
        Ok(Line::Header(header, inline.map(|stmts| self.close(stmts))))
    }

    /// Opens a list of what a `with` enters.
    pub(crate) fn open_with(&mut self, item: (E, Option<E>)) -> Items {
        let items = self.open_empty();
        self.push_with(items, item)
    }

    /// Adds what a `with` enters, and its target.
    pub(crate) fn push_with(&mut self, items: Items, item: (E, Option<E>)) -> Items {
        self.push(items, item.0.0);
        self.push(items, item.1.map_or(NO_TARGET, |target| target.0))
    }

    /// A `for` header.
    pub(crate) fn for_header(&mut self, target: E, iter: E) -> Result<Header, ParseError> {
        self.check_bound(target)?;
        Ok(Header::For { target, iter })
    }

    /// A statement, as an element of a list.
    pub(crate) fn simple(&mut self, l: u32, kind: StmtKind, r: u32) -> u32 {
        self.add_stmt(kind, Span::new(l, r)).0
    }

    /// `targets = value`, where `items` holds the targets and, last, the value.
    pub(crate) fn assign(&mut self, items: Items) -> Result<StmtKind, ParseError> {
        let value = E(self.pending.pop().unwrap_or_default());
        let targets = self.close(items);
        for target in self.exprs(targets) {
            self.check_assigned(target)?;
        }
        Ok(StmtKind::Assign { targets, value })
    }

    /// `target: annotation = value`.
    pub(crate) fn annotated(
        &mut self,
        target: E,
        annotation: E,
        value: Option<E>,
    ) -> Result<StmtKind, ParseError> {
        self.check_annotated(target)?;
        Ok(StmtKind::AnnAssign { target, annotation, value })
    }

    /// `target op= value`.
    pub(crate) fn augmented(
        &mut self,
        target: E,
        op: BinOp,
        value: E,
    ) -> Result<StmtKind, ParseError> {
        self.check_augmented(target)?;
        Ok(StmtKind::AugAssign { op, target, value })
    }

    /// `var` or `const` with a type, a value, or both.
    pub(crate) fn declaration(
        &mut self,
        keyword: VarKeyword,
        name: Span,
        annotation: Option<E>,
        value: Option<E>,
    ) -> Result<StmtKind, ParseError> {
        if annotation.is_none() && value.is_none() {
            return Fail::at(name.end, "invalid syntax");
        }
        Ok(StmtKind::Declare { keyword, name, annotation, value })
    }

    /// `del targets`.
    pub(crate) fn delete(&mut self, targets: E) -> Result<StmtKind, ParseError> {
        let node = self.expr(targets);
        match node.kind {
            ExprKind::Tuple(items) if !node.parens => {
                for item in self.exprs(items) {
                    self.check_deleted(item)?;
                }
            }
            _ => self.check_deleted(targets)?,
        }
        Ok(StmtKind::Delete(targets))
    }

    /// Adds an imported name and gives its number.
    pub(crate) fn alias(&mut self, name: Span, asname: Option<Span>) -> u32 {
        let span = asname.map_or(name, |asname| name.to(asname));
        let n = count(self.aliases.len());
        self.aliases.push(Alias { name, asname, span });
        n
    }

    /// Ends a list of imported names. They do not nest, so their numbers follow each other.
    pub(crate) fn close_aliases(&mut self, items: Items) -> List {
        let numbers = self.pending(items);
        let list = List { start: numbers.first().copied().unwrap_or(0), len: count(numbers.len()) };
        self.pending.truncate(items.0 as usize);
        list
    }

    /// A list of statements of a finished block.
    pub(crate) fn store_stmts(&mut self, stmts: &[S]) -> List {
        let numbers: Vec<u32> = stmts.iter().map(|s| s.0).collect();
        self.store(&numbers)
    }

    /// Adds the decorators above a definition to its header.
    pub(crate) fn decorate(&mut self, header: Header, decorators: &[u32]) {
        let list = self.store(decorators);
        match header {
            Header::Def(n) => self.defs[n as usize].decorators = list,
            Header::Class(n) => self.classes[n as usize].decorators = list,
            _ => {}
        }
    }

    /// The last statement of a list.
    pub(crate) fn last_stmt(&self, list: List) -> Option<S> {
        self.stmts(list).next_back()
    }
}
