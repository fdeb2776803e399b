//! `lambda x: value`, and `def` in a red function.
//!
//! What types the parameters have, each call says. So a lambda is a metafunction of its arguments,
//! which makes the function for their types:
//!
//! ```text
//! @blue.metafunc
//! def lambda(x):
//!     def def(x: x.static_type):      # its result has the type of the value
//!         return value
//!     return def
//! ```
//!
//! No text can spell either name: both are keywords. Defaults are those of the metafunction, so the
//! function inside gets all arguments.
//!
//! A `def` in a red function may use the locals of that, as lambdas do. It is what a blue function gives:
//!
//! ```text
//! @blue
//! def lambda:twice():
//!     def def(x: i32) -> i32: ...
//!     return def
//! const twice = lambda:twice()
//! ```

use super::Lower;
use crate::ast::{
    ArgKind, BodyKind, Color, Expr, ExprId, FuncArg, FuncDef, FuncKind, Ident, LAMBDA, LAMBDA_CALL,
    LOCAL_DEF, Literal, Stmt, Sugar, VarKeyword,
};
use crate::cst::{Def, E, List, Param, ParamKind};
use spy_text::{Name, Span};

/// How deep lambdas may stand in each other: the name of each holds those of all around it.
const MAX_LAMBDAS: u32 = 16;

impl Lower<'_, '_> {
    /// Lowers a lambda.
    pub(super) fn lambda(&mut self, params: List, value: E, span: Span) -> Expr {
        if self.cx.lambdas >= MAX_LAMBDAS {
            self.reject(span, "lambdas are too deeply nested", "this is too deep");
            return Expr::Literal(Literal::None);
        }
        self.cx.lambdas += 1;
        let lambda = self.lambda_of(params, value, span);
        self.cx.lambdas -= 1;
        lambda
    }

    fn lambda_of(&mut self, params: List, value: E, span: Span) -> Expr {
        let params: Vec<Param> = self.cst.params(params).to_vec();
        for param in &params {
            if param.kind != ParamKind::Plain {
                self.reject(
                    param.span,
                    "a lambda has plain parameters only",
                    "write a function with `def` instead",
                );
            }
        }
        let mut outer = self.lambda_def(&params, span, LAMBDA, (Color::Blue, FuncKind::Metafunc));
        let defaults = params.iter().filter_map(|param| param.default);
        outer.defaults = defaults.map(|default| self.expr(default)).collect();
        let (path, around) = self.enter(&outer.name.name, BodyKind::Function);
        let inner = self.lambda_def(&params, span, LAMBDA_CALL, (Color::Red, FuncKind::Plain));
        let inner = self.lambda_call(inner, value);
        let definition = self.add_stmt(Stmt::FuncDef(Box::new(inner)), span);
        let result = self.add_expr(Expr::Name(Name::new_static(LAMBDA_CALL)), span);
        let result = self.add_stmt(Stmt::Return(result), span);
        self.cx.builder.body.root = vec![definition, result];
        self.leave(around);
        Expr::Lambda(Box::new(FuncDef { body: path, ..outer }))
    }

    /// Lowers a `def` of a red function.
    pub(super) fn local_def(&mut self, span: Span, def: &Def, body: List) -> Stmt {
        if self.cx.lambdas >= MAX_LAMBDAS {
            self.reject(span, "functions are too deeply nested", "this is too deep");
            return Stmt::Pass;
        }
        self.cx.lambdas += 1;
        let value = self.local_def_of(span, def, body);
        self.cx.lambdas -= 1;
        let prototype = self.prototype(span, def);
        let (ty, value) = (self.add_expr(Expr::Auto, prototype), self.add_expr(value, prototype));
        let keyword = Some(VarKeyword::Const);
        Stmt::VarDef { keyword, target: self.ident(def.name), ty, value: Some(value) }
    }

    fn local_def_of(&mut self, span: Span, def: &Def, body: List) -> Expr {
        let prototype = self.prototype(span, def);
        let mut outer = self.lambda_def(&[], prototype, LAMBDA, (Color::Blue, FuncKind::Plain));
        outer.name = self.ident(def.name);
        let path = format!("{LOCAL_DEF}{}", outer.name.name);
        let (path, around) = self.enter(&Name::from(path), BodyKind::Function);
        let name = Ident { name: Name::new_static(LAMBDA_CALL), mark: self.mark(def.name) };
        let inner = self.def_as(span, def, body, name);
        let definition = self.add_stmt(inner, span);
        let result = self.add_expr(Expr::Name(Name::new_static(LAMBDA_CALL)), prototype);
        let result = self.add_stmt(Stmt::Return(result), prototype);
        self.cx.builder.body.root = vec![definition, result];
        self.leave(around);
        Expr::Lambda(Box::new(FuncDef { body: path, ..outer }))
    }

    /// One of the two definitions, without its body.
    fn lambda_def(
        &mut self,
        params: &[Param],
        span: Span,
        name: &'static str,
        (color, kind): (Color, FuncKind),
    ) -> FuncDef {
        let args = params.iter().map(|param| self.lambda_arg(param, color)).collect();
        let ret = self.add_expr(Expr::Auto, span);
        FuncDef {
            name: Ident { name: Name::new_static(name), mark: self.mark(span) },
            color,
            kind,
            args,
            ret,
            defaults: Vec::new(),
            docstring: None,
            decorators: Vec::new(),
            prototype: self.mark(span),
            body: self.cx.builder.path.clone(),
            sugar: Sugar::No,
        }
    }

    fn lambda_arg(&mut self, param: &Param, color: Color) -> FuncArg {
        let name = self.name(param.name);
        let ty: ExprId = match color {
            Color::Blue => self.add_expr(Expr::Auto, param.span),
            Color::Red => {
                let value = self.add_expr(Expr::Name(name.clone()), param.span);
                let attr = Name::new_static("static_type");
                self.add_expr(Expr::GetAttr { value, attr }, param.span)
            }
        };
        let mark = self.mark(param.span);
        FuncArg { name, ty, kind: ArgKind::Simple, default: None, mark }
    }

    fn lambda_call(&mut self, def: FuncDef, value: E) -> FuncDef {
        let (path, around) = self.enter(&def.name.name, BodyKind::Function);
        let span = self.cst.expr(value).span;
        let shadowed = self.shadow(def.args.iter().map(|arg| arg.name.clone()));
        let value = self.expr(value);
        self.unshadow(shadowed);
        let result = self.add_stmt(Stmt::Return(value), span);
        self.cx.builder.body.root = vec![result];
        self.leave(around);
        FuncDef { body: path, ..def }
    }
}
