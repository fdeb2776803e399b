//! Constructors of expressions, called by the grammar.

use super::{Clause, Cst, E, ExprKind, Fail, Items, List, MAX_HEIGHT, NO_KEY, ParseError};
use crate::ast::CompKind;
use spy_text::Span;

impl Cst {
    /// A leaf.
    pub(crate) fn leaf(&mut self, l: u32, kind: ExprKind, r: u32) -> E {
        self.add(kind, Span::new(l, r), 0)
    }

    /// Python that SPy does not have. What it consists of is not kept: one error is enough.
    pub(crate) fn unsupported(&mut self, l: u32, what: &'static str, r: u32) -> E {
        self.add(ExprKind::Unsupported(what), Span::new(l, r), 0)
    }

    /// `{value!conversion:spec}` in an f-string.
    pub(crate) fn field(
        &mut self,
        l: u32,
        value: E,
        (debug, conversion, spec): (Option<u32>, Option<Span>, Option<E>),
        r: u32,
    ) -> Result<E, ParseError> {
        let node = self.expr(value);
        if matches!(node.kind, ExprKind::Starred(_)) {
            return Fail::at(node.span.start, "f-string: cannot use starred expression here");
        }
        let below = self.height(value).max(spec.map_or(0, |spec| self.height(spec)));
        let kind = ExprKind::Field { value, debug, conversion, spec };
        Ok(self.add(kind, Span::new(l, r), below))
    }

    /// The name behind the `!` that ends at an offset.
    pub(crate) fn conversion(&self, mark: u32, name: Span) -> Result<Span, ParseError> {
        if name.start != mark {
            let what = "f-string: conversion type must come right after the exclamation mark";
            return Fail::at(name.start, what);
        }
        Ok(name)
    }

    /// `value.name`.
    pub(crate) fn attr(&mut self, l: u32, value: E, name: Span, r: u32) -> E {
        let below = self.height(value);
        self.add(ExprKind::Attr { value, name }, Span::new(l, r), below)
    }

    /// `func(args)`.
    pub(crate) fn call(
        &mut self,
        l: u32,
        func: E,
        args: Option<Items>,
        r: u32,
    ) -> Result<E, ParseError> {
        let args = self.close_args(args)?;
        let below = self.height(func).max(self.height_of_all(args));
        Ok(self.add(ExprKind::Call { func, args }, Span::new(l, r), below))
    }

    /// Ends a list of arguments and checks the order of its kinds.
    pub(crate) fn close_args(&mut self, args: Option<Items>) -> Result<List, ParseError> {
        let Some(items) = args else { return Ok(List::default()) };
        let args = self.close(items);
        let (mut keyword, mut unpack) = (false, false);
        for e in self.exprs(args) {
            let node = self.expr(e);
            match node.kind {
                ExprKind::Keyword { name, .. } => {
                    keyword |= name.is_some();
                    unpack |= name.is_none();
                }
                ExprKind::Starred(_) if unpack => {
                    return Fail::at(
                        node.span.start,
                        "iterable argument unpacking follows keyword argument unpacking",
                    );
                }
                ExprKind::Comprehension { kind: CompKind::Generator, .. }
                    if !node.parens && args.len() > 1 =>
                {
                    return Fail::at(node.span.start, "Generator expression must be parenthesized");
                }
                ExprKind::Starred(_) => {}
                _ if unpack => {
                    return Fail::at(
                        node.span.start,
                        "positional argument follows keyword argument unpacking",
                    );
                }
                _ if keyword => {
                    return Fail::at(
                        node.span.start,
                        "positional argument follows keyword argument",
                    );
                }
                _ => {}
            }
        }
        Ok(args)
    }

    /// `name=value` in a call.
    pub(crate) fn keyword(&mut self, l: u32, name: E, value: E, r: u32) -> Result<E, ParseError> {
        let node = self.expr(name);
        let constant = match node.kind {
            ExprKind::True => Some("True"),
            ExprKind::False => Some("False"),
            ExprKind::None => Some("None"),
            _ => None,
        };
        if let Some(constant) = constant {
            return Fail::at(l, format!("cannot assign to {constant}"));
        }
        if node.kind != ExprKind::Name || node.parens {
            return Fail::at(l, "expression cannot contain assignment, perhaps you meant \"==\"?");
        }
        let below = self.height(value);
        Ok(self.add(ExprKind::Keyword { name: Some(name), value }, Span::new(l, r), below))
    }

    /// `**value` in a call.
    pub(crate) fn keyword_unpack(&mut self, l: u32, value: E, r: u32) -> E {
        let below = self.height(value);
        self.add(ExprKind::Keyword { name: None, value }, Span::new(l, r), below)
    }

    /// `value[index]`.
    pub(crate) fn subscript(&mut self, l: u32, value: E, index: E, r: u32) -> E {
        let below = self.height(value).max(self.height(index));
        self.add(ExprKind::Subscript { value, index }, Span::new(l, r), below)
    }

    /// `lower:upper:step`.
    pub(crate) fn slice(&mut self, l: u32, parts: [Option<E>; 3], r: u32) -> E {
        let below = parts.iter().flatten().map(|&e| self.height(e)).max().unwrap_or(0);
        let [lower, upper, step] = parts;
        self.add(ExprKind::Slice { lower, upper, step }, Span::new(l, r), below)
    }

    /// `*value`.
    pub(crate) fn starred(&mut self, l: u32, value: E, r: u32) -> E {
        let below = self.height(value);
        self.add(ExprKind::Starred(value), Span::new(l, r), below)
    }

    /// `then if test else orelse`.
    pub(crate) fn conditional(&mut self, l: u32, then: E, test: E, orelse: E, r: u32) -> E {
        let below = [then, test, orelse].map(|e| self.height(e)).into_iter().max().unwrap_or(0);
        self.add(ExprKind::Conditional { then, test, orelse }, Span::new(l, r), below)
    }

    /// `yield value`, `yield from value`.
    pub(crate) fn yielded(&mut self, l: u32, value: Option<E>, from: bool, r: u32) -> E {
        let below = value.map_or(0, |value| self.height(value));
        self.add(ExprKind::Yield { value, from }, Span::new(l, r), below)
    }

    /// `lambda params: value`.
    pub(crate) fn lambda(&mut self, l: u32, params: List, value: E, r: u32) -> E {
        let below = self.height(value);
        self.add(ExprKind::Lambda { params, value }, Span::new(l, r), below)
    }

    /// `target := value`.
    pub(crate) fn walrus(&mut self, l: u32, target: E, value: E, r: u32) -> Result<E, ParseError> {
        let node = self.expr(target);
        if node.kind != ExprKind::Name || node.parens {
            let what = self.describe(target);
            return Fail::at(l, format!("cannot use assignment expressions with {what}"));
        }
        let below = self.height(value);
        Ok(self.add(ExprKind::Walrus { target, value }, Span::new(l, r), below))
    }

    /// `value as name` inside brackets, which only some statements may have.
    pub(crate) fn parenthesised_as(&mut self, l: u32, value: E) -> E {
        self.parenthesised_as.get_or_insert(l);
        value
    }

    /// Whether there was an `x as y` inside brackets, where it may not stand.
    pub(crate) fn check_no_as(&self) -> Result<(), ParseError> {
        self.parenthesised_as.map_or(Ok(()), |at| Fail::at(at, "invalid syntax"))
    }

    /// A tuple, with or without brackets.
    pub(crate) fn tuple(&mut self, l: u32, items: Items, r: u32) -> E {
        self.sequence(l, items, ExprKind::Tuple, r)
    }

    /// `(e)`.
    pub(crate) fn parens(&mut self, l: u32, e: E) -> Result<E, ParseError> {
        if matches!(self.expr(e).kind, ExprKind::Starred(_)) {
            return Fail::at(l, "cannot use starred expression here");
        }
        Ok(self.set_parens(e))
    }

    /// Notes that an expression stands in parentheses.
    pub(crate) fn set_parens(&mut self, e: E) -> E {
        self.exprs[e.0 as usize].parens = true;
        e
    }

    /// A display with these elements.
    pub(crate) fn sequence(
        &mut self,
        l: u32,
        items: Items,
        kind: fn(List) -> ExprKind,
        r: u32,
    ) -> E {
        let list = self.close(items);
        let below = self.height_of_all(list);
        self.add(kind(list), Span::new(l, r), below)
    }

    /// Adds a clause to a comprehension.
    pub(crate) fn clause(&mut self, items: Items, clause: Clause) -> Items {
        self.pending.extend(clause);
        items
    }

    /// A comprehension. Its element, which is the value of a dict's, may not be starred.
    pub(crate) fn comprehension(
        &mut self,
        l: u32,
        kind: CompKind,
        (key, element): (Option<E>, E),
        clauses: Items,
        r: u32,
    ) -> Result<E, ParseError> {
        let clauses = self.close(clauses);
        if matches!(self.expr(element).kind, ExprKind::Starred(_)) {
            let at = self.expr(element).span.start;
            return Fail::at(at, "iterable unpacking cannot be used in comprehension");
        }
        let inside = self.list(clauses).chunks_exact(3).flat_map(|clause| [clause[1], clause[2]]);
        let inside = inside.chain(key.map(|key| key.0)).chain([element.0]);
        let below = inside.map(|e| self.height(E(e))).max().unwrap_or(0);
        // Each clause is a statement inside of the one before.
        let nested = u16::try_from(clauses.len() / 3).unwrap_or(u16::MAX);
        let span = Span::new(l, r);
        let deepest = below.saturating_add(nested);
        if below <= MAX_HEIGHT && deepest > MAX_HEIGHT {
            self.too_deep.push(span);
        }
        let kind = ExprKind::Comprehension { kind, key, element, clauses };
        Ok(self.add(kind, span, deepest))
    }

    /// Adds `key: value`, or `**value` without a key, to a dict display.
    pub(crate) fn pair(&mut self, items: Items, key: Option<E>, value: E) -> Items {
        self.pending.push(key.map_or(NO_KEY, |key| key.0));
        self.pending.push(value.0);
        items
    }
}
