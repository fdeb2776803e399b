//! Functions.

use super::Lower;
use super::boxes::Boxes;
use crate::ast::{
    ArgKind, BodyKind, Color, DefPath, Expr, ExprId, FuncArg, FuncDef, FuncKind, Ident, MarkId,
    Stmt, Sugar,
};
use crate::cst::{Def, E, ExprKind, List, Param, ParamKind, S};
use spy_text::{Name, Span};
use std::sync::Arc;

/// The colour and kind that decorators give, and the other decorators.
struct Decorators {
    color: Color,
    kind: FuncKind,
    others: Vec<ExprId>,
}

impl Decorators {
    fn none() -> Self {
        Self { color: Color::Red, kind: FuncKind::Plain, others: Vec::new() }
    }
}

/// What stands between a function's parentheses.
struct Args {
    args: Vec<FuncArg>,
    defaults: Vec<ExprId>,
}

impl Lower<'_, '_> {
    /// Lowers a `def`.
    pub(super) fn def(&mut self, span: Span, def: u32, body: List) -> Stmt {
        let def = self.cst.defs[def as usize];
        if self.cx.in_red {
            return self.local_def(span, &def, body);
        }
        let name = self.ident(def.name);
        self.def_as(span, &def, body, name)
    }

    /// Lowers a `def` as one of that name.
    pub(super) fn def_as(&mut self, span: Span, def: &Def, body: List, name: Ident) -> Stmt {
        let decorators = self.decorators(def.decorators);
        if def.type_params.len() == 0 {
            return self.function(span, def, body, name, decorators);
        }
        if !decorators.others.is_empty() {
            self.reject(
                span,
                "cannot use type parameters with decorators",
                "remove the decorators or the type parameters",
            );
        }
        let prototype = self.prototype(span, def);
        self.generic(span, name, def.type_params, prototype, |lower| {
            let name = Name::new_static("__impl");
            let inner = Ident { name: name.clone(), mark: lower.mark(def.name) };
            (lower.function(span, def, body, inner, Decorators::none()), name)
        })
    }

    /// The blue generic function that a definition with type parameters stands for. `inner` makes
    /// the definition inside it, and its name.
    pub(super) fn generic(
        &mut self,
        span: Span,
        name: Ident,
        type_params: List,
        prototype: Span,
        inner: impl FnOnce(&mut Self) -> (Stmt, Name),
    ) -> Stmt {
        let args = self.type_params(type_params);
        let ret = self.add_expr(Expr::Auto, prototype);
        let prototype = self.mark(prototype);
        let (path, outer) = self.enter(&name.name, BodyKind::Function);
        let (stmt, inner) = inner(self);
        let definition = self.add_stmt(stmt, span);
        let value = self.add_expr(Expr::Name(inner), span);
        let result = self.add_stmt(Stmt::Return(value), span);
        self.cx.builder.body.root = vec![definition, result];
        self.leave(outer);
        Stmt::FuncDef(Box::new(FuncDef {
            name,
            color: Color::Blue,
            kind: FuncKind::Generic,
            args,
            ret,
            defaults: Vec::new(),
            docstring: None,
            decorators: Vec::new(),
            prototype,
            body: path,
            sugar: Sugar::Generic,
        }))
    }

    fn type_params(&mut self, list: List) -> Vec<FuncArg> {
        let mut args = Vec::with_capacity(list.len());
        for param in self.cst.type_params(list) {
            if !param.plain {
                self.reject(
                    param.span,
                    "only plain TypeVar type parameters are supported",
                    "ParamSpec and TypeVarTuple are not supported yet",
                );
            } else if param.bound {
                self.reject(
                    param.span,
                    "bounded TypeVars are not supported yet",
                    "remove the bound",
                );
            }
            let ty = self.add_expr(Expr::Auto, param.span);
            let (name, mark) = (self.name(param.name), self.mark(param.span));
            args.push(FuncArg { name, ty, kind: ArgKind::Simple, default: None, mark });
        }
        args
    }

    fn function(
        &mut self,
        span: Span,
        def: &Def,
        body: List,
        name: Ident,
        decorators: Decorators,
    ) -> Stmt {
        if decorators.color == Color::Red && self.has_yield(body) {
            return self.generator(span, def, body, &name.name, decorators.others);
        }
        let Args { args, defaults } = self.args(def.params);
        let prototype = self.prototype(span, def);
        let ret = match def.returns {
            Some(returns) => self.type_expr(returns),
            None => self.add_expr(Expr::Auto, self.missing_return(span, def)),
        };
        let prototype = self.mark(prototype);
        let (docstring, body) = self.function_body(&name.name, def, body, decorators.color);
        Stmt::FuncDef(Box::new(FuncDef {
            name,
            color: decorators.color,
            kind: decorators.kind,
            args,
            ret,
            defaults,
            docstring,
            decorators: decorators.others,
            prototype,
            body,
            sugar: Sugar::No,
        }))
    }

    fn function_body(
        &mut self,
        name: &Name,
        def: &Def,
        body: List,
        color: Color,
    ) -> (Option<Arc<str>>, DefPath) {
        let next_loop = self.cx.next_loop;
        let (path, outer) = self.enter(name, BodyKind::Function);
        self.cx.in_red = color == Color::Red;
        self.cx.builder.has_blank = self.has_blank_param(def.params);
        self.cx.boxes = match color {
            Color::Red => self.boxes_of(def.params, body),
            Color::Blue => Boxes::default(),
        };
        let docstring = self.body_with_docstring(body);
        self.leave(outer);
        // Functions side by side number their loops alike.
        self.cx.next_loop = next_loop;
        (docstring, path)
    }

    /// Lowers a definition's statements, without its docstring.
    pub(super) fn body_with_docstring(&mut self, body: List) -> Option<Arc<str>> {
        let stmts: Vec<S> = self.cst.stmts(body).collect();
        let docstring = stmts.first().and_then(|&s| self.docstring(s));
        let mut root = Vec::with_capacity(stmts.len());
        for &s in &stmts[usize::from(docstring.is_some())..] {
            if self.cx.builder.body.kind == BodyKind::Class {
                self.start_stmt(s);
            }
            self.stmt(s, &mut root);
        }
        self.cx.builder.body.root = root;
        docstring
    }

    fn decorators(&mut self, list: List) -> Decorators {
        let mut decorators = Decorators::none();
        for e in self.cst.exprs(list) {
            match self.blue_marker(e) {
                Some(kind) => {
                    decorators.color = Color::Blue;
                    decorators.kind = kind.unwrap_or(decorators.kind);
                }
                None => decorators.others.push(self.expr(e)),
            }
        }
        decorators
    }

    /// For `blue`, `blue.generic` and `blue.metafunc`: the kind they give, if any.
    fn blue_marker(&self, decorator: E) -> Option<Option<FuncKind>> {
        let is_blue = |e: E| {
            let node = self.cst.expr(e);
            node.kind == ExprKind::Name && self.slice(node.span) == "blue"
        };
        match self.cst.expr(decorator).kind {
            ExprKind::Name if is_blue(decorator) => Some(None),
            ExprKind::Attr { value, name } if is_blue(value) => match self.slice(name) {
                "generic" => Some(Some(FuncKind::Generic)),
                "metafunc" => Some(Some(FuncKind::Metafunc)),
                _ => None,
            },
            _ => None,
        }
    }

    fn args(&mut self, params: List) -> Args {
        let params = self.cst.params(params);
        let slash = params.iter().any(|param| param.kind == ParamKind::Slash);
        let star = params
            .iter()
            .position(|param| matches!(param.kind, ParamKind::Star | ParamKind::BareStar));
        let positional = &params[..star.unwrap_or(params.len())];
        let mut args = Vec::with_capacity(params.len());
        for (index, param) in params.iter().enumerate() {
            let kind = match param.kind {
                ParamKind::Star => ArgKind::VarPositional,
                ParamKind::Plain if star.is_some_and(|star| star < index) => ArgKind::KeywordOnly,
                ParamKind::Plain => ArgKind::Simple,
                ParamKind::BareStar | ParamKind::DoubleStar | ParamKind::Slash => continue,
            };
            args.push(self.arg(param, kind));
        }
        let unpack = params.iter().find(|param| param.kind == ParamKind::DoubleStar);
        let wrong = if let Some(unpack) = unpack {
            Some((unpack.span, "**kwargs is not supported yet"))
        } else if slash {
            Some((params[0].span, "positional-only arguments are not supported yet"))
        } else {
            None
        };
        if let Some((span, message)) = wrong {
            self.reject(span, message, "this is not supported");
        }
        let defaults = positional.iter().filter_map(|param| param.default);
        Args { args, defaults: defaults.map(|default| self.expr(default)).collect() }
    }

    /// The parameters of a `def`, and the defaults of those that can be given by position.
    pub(super) fn parameters(&mut self, params: List) -> (Vec<FuncArg>, Vec<ExprId>) {
        let Args { args, defaults } = self.args(params);
        (args, defaults)
    }

    fn arg(&mut self, param: &Param, kind: ArgKind) -> FuncArg {
        let ty = match param.annotation {
            Some(annotation) => self.type_expr(annotation),
            None => self.add_expr(Expr::Auto, param.span),
        };
        let by_name = param.default.filter(|_| kind == ArgKind::KeywordOnly);
        let default = by_name.map(|default| self.expr(default));
        let mark: MarkId = self.mark(param.span);
        FuncArg { name: self.name(param.name), ty, kind, default, mark }
    }

    /// From `def` to the end of the return annotation.
    pub(super) fn prototype(&self, span: Span, def: &Def) -> Span {
        let ret = match def.returns {
            Some(returns) => self.cst.expr(returns).span,
            None => self.missing_return(span, def),
        };
        span.to(ret)
    }

    /// Where a return type is missing: from the last parameter, else from `def`, to the end of
    /// that line.
    fn missing_return(&self, span: Span, def: &Def) -> Span {
        let args = self.cst.params(def.params).iter().rev();
        let last = args
            .clone()
            .find(|param| param.kind == ParamKind::Star)
            .or_else(|| args.clone().find(|param| param.kind == ParamKind::Plain));
        match last {
            Some(last) => Span::new(last.span.start, self.end_of_line(last.span.end)),
            None => Span::new(span.start, self.end_of_line(span.start)),
        }
    }
}
