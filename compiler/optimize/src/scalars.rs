//! Local structs fall apart into one local per field.
//!
//! A struct is split if every value that it gets is one whose fields are at hand: made of its
//! fields, a constant, or another local. Where it is read as a whole, it is put together again.

use crate::Bodies;
use crate::visit::{self, Node};
use spy_ir::{
    Callee, Const, Expr, ExprKind, Func, Local, LocalId, Name, PosIdx, Stmt, StmtKind, StructDef,
    Target, Type,
};
use spy_text::{HashMap, HashSet};
use std::sync::Arc;

/// Structs with more fields stay whole.
const MAX_FIELDS: usize = 6;

/// Splits what can be split in `func`.
pub(crate) fn split(func: &mut Func, bodies: &dyn Bodies) {
    let mut parts = candidates(func, bodies);
    let mut used = HashSet::default();
    visit::walk(&func.body, &mut |node| {
        refuse(&node, &mut parts);
        visit::assigned(&node, &mut |local| {
            used.insert(local);
        });
    });
    // What an earlier round has split is not there any more.
    parts.retain(|local, _| used.contains(local));
    if parts.is_empty() {
        return;
    }
    let mut found: Vec<LocalId> = parts.keys().copied().collect();
    found.sort();
    let mut split =
        Splitter { parts: HashMap::default(), locals: std::mem::take(&mut func.locals) };
    for local in found {
        let def = Arc::clone(&parts[&local]);
        split.declare(local, &def);
    }
    visit::each_list(&mut func.body, &mut |list| split.list(list));
    visit::each_expr(&mut func.body, &mut |expr| split.expr(expr));
    func.locals = split.locals;
}

/// The locals that may be split if their uses allow it.
fn candidates(func: &Func, bodies: &dyn Bodies) -> HashMap<LocalId, Arc<StructDef>> {
    let mut found = HashMap::default();
    for (index, local) in func.locals.iter().enumerate().skip(func.param_count as usize) {
        let Type::Struct(fqn) = &local.ty else { continue };
        let Some(def) = bodies.struct_def(fqn) else { continue };
        let stored = |(_, ty): &(Name, Type)| !matches!(ty, Type::None | Type::Opaque(_));
        if !def.builtin && def.fields.len() <= MAX_FIELDS && def.fields.iter().all(stored) {
            found.insert(LocalId(u32::try_from(index).unwrap_or(u32::MAX)), def);
        }
    }
    found
}

/// Takes out locals that get a value which cannot be taken apart.
fn refuse(node: &Node<'_>, parts: &mut HashMap<LocalId, Arc<StructDef>>) {
    match node {
        Node::Stmt(Stmt {
            kind: StmtKind::VarDef(local, Some(value)) | StmtKind::Assign(local, value),
            ..
        }) if !falls_apart(value) => {
            parts.remove(local);
        }
        Node::Stmt(Stmt { kind: StmtKind::Unpack(targets, _), .. }) => {
            for target in targets {
                if let Target::Local(local) = target {
                    parts.remove(local);
                }
            }
        }
        Node::Expr(Expr { kind: ExprKind::AssignLocal(local, _), .. }) => {
            parts.remove(local);
        }
        _ => {}
    }
}

/// Whether the fields of a struct value are at hand.
fn falls_apart(value: &Expr) -> bool {
    match &value.kind {
        ExprKind::Call(Callee::StructMake, _) | ExprKind::Local(_) => true,
        ExprKind::Const(Const::Struct(_)) => true,
        ExprKind::Block(_, value) => falls_apart(value),
        _ => false,
    }
}

struct Splitter {
    /// The local of each field, and the struct, of each local that is split.
    parts: HashMap<LocalId, (Vec<LocalId>, Arc<StructDef>)>,
    locals: Vec<Local>,
}

impl Splitter {
    fn fresh(&mut self, name: Name, ty: Type) -> LocalId {
        self.locals.push(Local { name, ty });
        LocalId(u32::try_from(self.locals.len() - 1).unwrap_or(u32::MAX))
    }

    fn declare(&mut self, local: LocalId, def: &Arc<StructDef>) {
        let base = self.locals[local.0 as usize].name.clone();
        let part = |(number, (_, ty)): (usize, &(Name, Type))| {
            self.fresh(Name::from(format!("{base}$f{number}")), ty.clone())
        };
        let parts = def.fields.iter().enumerate().map(part).collect();
        self.parts.insert(local, (parts, Arc::clone(def)));
    }

    /// Splits the assignments of a list.
    fn list(&mut self, list: &mut Vec<Stmt>) {
        let mut out = Vec::with_capacity(list.len());
        for stmt in std::mem::take(list) {
            let pos = stmt.pos;
            match stmt.kind {
                StmtKind::VarDef(local, None) if self.parts.contains_key(&local) => {
                    for part in &self.parts[&local].0 {
                        out.push(Stmt { kind: StmtKind::VarDef(*part, None), pos });
                    }
                }
                StmtKind::VarDef(local, Some(value)) | StmtKind::Assign(local, value)
                    if self.parts.contains_key(&local) =>
                {
                    self.assign(local, value, pos, &mut out);
                }
                kind => out.push(Stmt { kind, pos }),
            }
        }
        *list = out;
    }

    fn assign(&mut self, local: LocalId, value: Expr, pos: PosIdx, out: &mut Vec<Stmt>) {
        let (parts, def) = self.parts[&local].clone();
        let fields: Vec<Expr> = match value.kind {
            ExprKind::Block(stmts, value) => {
                out.extend(stmts);
                self.assign(local, *value, pos, out);
                return;
            }
            ExprKind::Call(Callee::StructMake, args) => args,
            ExprKind::Const(Const::Struct(fields)) => fields
                .into_iter()
                .map(|(value, ty)| Expr { kind: ExprKind::Const(value), ty, pos })
                .collect(),
            kind => {
                let value = Expr { kind, ..value };
                (0..parts.len()).map(|number| field(&value, number, &def)).collect()
            }
        };
        // All fields are evaluated before the first one changes: they may be made of each other.
        let mut moves = Vec::with_capacity(parts.len());
        for (part, value) in parts.iter().zip(fields) {
            let name =
                Name::from(format!("{}$n{}", self.locals[part.0 as usize].name, self.locals.len()));
            let fresh = self.fresh(name, value.ty.clone());
            let read = Expr { kind: ExprKind::Local(fresh), ty: value.ty.clone(), pos };
            out.push(Stmt { kind: StmtKind::Assign(fresh, value), pos });
            moves.push(Stmt { kind: StmtKind::Assign(*part, read), pos });
        }
        out.extend(moves);
    }

    /// Replaces reads; what is in the expression has been replaced.
    fn expr(&self, expr: &mut Expr) {
        let replaced = match &expr.kind {
            ExprKind::Call(Callee::GetField(number), args) => match args.first() {
                Some(Expr { kind: ExprKind::Call(Callee::StructMake, parts), .. })
                    if parts.iter().all(|part| matches!(part.kind, ExprKind::Local(_))) =>
                {
                    parts.get(*number as usize).map(|part| part.kind.clone())
                }
                _ => None,
            },
            ExprKind::Local(local) => self.parts.get(local).map(|(parts, def)| {
                let read = |(part, (_, ty)): (&LocalId, &(Name, Type))| Expr {
                    kind: ExprKind::Local(*part),
                    ty: ty.clone(),
                    pos: expr.pos,
                };
                let parts = parts.iter().zip(&def.fields).map(read).collect();
                ExprKind::Call(Callee::StructMake, parts)
            }),
            _ => None,
        };
        if let Some(kind) = replaced {
            expr.kind = kind;
        }
    }
}

/// A field of a struct value.
fn field(value: &Expr, number: usize, def: &StructDef) -> Expr {
    let index = u32::try_from(number).unwrap_or(u32::MAX);
    let kind = ExprKind::Call(Callee::GetField(index), vec![value.clone()]);
    Expr { kind, ty: def.fields[number].1.clone(), pos: value.pos }
}
