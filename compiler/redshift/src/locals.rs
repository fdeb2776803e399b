//! The locals of the function that is being made.

use crate::shift::Shift;
use spy_ir::{Expr, ExprKind, LocalId, Type};
use spy_syntax::ast::Expr as AstExpr;
use spy_text::Name;

impl Shift<'_, '_> {
    /// The local with this name and type, declared if it is new. The variable of several loops may have
    /// several types, each of which is a local: `x`, `x$2`.
    pub fn local(&mut self, name: &Name, ty: Type) -> LocalId {
        let mut key = name.clone();
        let mut number = 1;
        let index = loop {
            match self.locals.get_full(&key) {
                Some((index, _, known)) if *known == ty => break index,
                Some(_) => {
                    number += 1;
                    key = Name::from(format!("{name}${number}"));
                }
                None => break self.locals.insert_full(key, ty).0,
            }
        };
        LocalId(u32::try_from(index).unwrap_or(u32::MAX))
    }

    /// Whether an expression of the function assigns this local, as `x := e` does.
    fn is_assigned_inside(&mut self, id: LocalId) -> bool {
        let Some((name, _)) = self.locals.get_index(id.0 as usize) else { return true };
        // What nobody wrote has no frame.
        let Some(frame) = self.machine.frames.get(self.index) else { return false };
        frame.body.exprs.iter().any(|expr| match expr {
            AstExpr::AssignExpr { target, .. } => target.name == *name,
            AstExpr::Block { .. } => true,
            _ => false,
        })
    }

    /// An expression whose value is needed twice: what computes it, and what reads it after that, from a local that
    /// is called after `purpose`.
    pub(crate) fn twice(&mut self, expr: Expr, purpose: &str) -> (Expr, Expr) {
        let is_fixed = match &expr.kind {
            ExprKind::Const(_) => true,
            ExprKind::Local(id) => !self.is_assigned_inside(*id),
            _ => false,
        };
        if is_fixed {
            return (expr.clone(), expr);
        }
        let number = self.next_inlined();
        let (ty, pos) = (expr.ty.clone(), expr.pos);
        let id = self.local(&Name::from(format!("_${purpose}{number}")), ty.clone());
        let again = Expr { kind: ExprKind::Local(id), ty: ty.clone(), pos };
        (Expr { kind: ExprKind::AssignLocal(id, Box::new(expr)), ty, pos }, again)
    }
}
