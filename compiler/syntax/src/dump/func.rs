//! Definitions of a dump.

use super::BodyDumper;
use super::tree::Tree;
use crate::ast::{ArgKind, ClassDef, ClassKind, Color, FuncArg, FuncDef, FuncKind, Stmt, Sugar};

impl BodyDumper<'_> {
    /// A function, or what a definition with type parameters stands for.
    pub(super) fn func_def(&self, def: &FuncDef) -> Tree {
        self.func_def_as(def, &def.name.name)
    }

    /// A `def` in a red function, as it was written: the function inside of the one that stands for it.
    pub(super) fn local_def(&self, name: &str, stands: &FuncDef) -> Tree {
        let Some(inside) = self.dumper.body(&stands.body) else { return Tree::none() };
        match inside.body.root.first().map(|&id| inside.body.stmt(id)) {
            Some(Stmt::FuncDef(def)) => inside.func_def_as(def, name),
            _ => Tree::none(),
        }
    }

    fn func_def_as(&self, def: &FuncDef, name: &str) -> Tree {
        if def.sugar == Sugar::Generic {
            return self.generic_def(def, name);
        }
        let color = match def.color {
            Color::Red => "red",
            Color::Blue => "blue",
        };
        let kind = match def.kind {
            FuncKind::Plain => "plain",
            FuncKind::Generic => "generic",
            FuncKind::Metafunc => "metafunc",
        };
        Tree::node(
            "FuncDef",
            vec![
                ("color", Tree::str(color)),
                ("kind", Tree::str(kind)),
                ("name", Tree::str(name)),
                ("args", self.func_args(&def.args)),
                ("return_type", self.expr(def.ret)),
                ("defaults", self.exprs(&def.defaults)),
                ("docstring", Tree::optional_str(def.docstring.as_deref())),
                ("body", self.dumper.stmts_of(&def.body)),
                ("decorators", self.exprs(&def.decorators)),
                ("symtable", self.dumper.symtable(&def.body, color, "function")),
            ],
        )
    }

    fn generic_def(&self, def: &FuncDef, name: &str) -> Tree {
        let node = if self.sugared_class(def) { "GenericClassDef" } else { "GenericFuncDef" };
        let inner = self.dumper.body(&def.body).and_then(|body| {
            let first = body.body.root.first()?;
            Some(body.stmt(*first))
        });
        Tree::node(
            node,
            vec![
                ("name", Tree::str(name)),
                ("args", self.func_args(&def.args)),
                ("inner", inner.unwrap_or_else(Tree::none)),
                ("symtable", self.dumper.symtable(&def.body, "blue", "function")),
            ],
        )
    }

    /// Whether a definition with type parameters was written with `class`.
    pub(super) fn sugared_class(&self, def: &FuncDef) -> bool {
        self.dumper.body(&def.body).is_some_and(|body| {
            let first = body.body.root.first().map(|&id| body.body.stmt(id));
            matches!(first, Some(Stmt::ClassDef(_)))
        })
    }

    fn func_args(&self, args: &[FuncArg]) -> Tree {
        Tree::List(args.iter().map(|arg| self.func_arg(arg)).collect())
    }

    fn func_arg(&self, arg: &FuncArg) -> Tree {
        let kind = match arg.kind {
            ArgKind::Simple => "simple",
            ArgKind::VarPositional => "var_positional",
            ArgKind::KeywordOnly => "keyword_only",
        };
        let mut fields = vec![
            ("name", Tree::str(&arg.name)),
            ("type", self.expr(arg.ty)),
            ("kind", Tree::str(kind)),
        ];
        if let Some(default) = arg.default {
            fields.push(("default", self.expr(default)));
        }
        Tree::node("FuncArg", fields)
    }

    /// A class.
    pub(super) fn class_def(&self, def: &ClassDef) -> Tree {
        let kind = match def.kind {
            ClassKind::Class => "class",
            ClassKind::Struct => "struct",
        };
        Tree::node(
            "ClassDef",
            vec![
                ("name", Tree::str(&def.name.name)),
                ("kind", Tree::str(kind)),
                ("docstring", Tree::optional_str(def.docstring.as_deref())),
                ("body", self.dumper.stmts_of(&def.body)),
                ("symtable", self.dumper.symtable(&def.body, "blue", "class")),
            ],
        )
    }
}
