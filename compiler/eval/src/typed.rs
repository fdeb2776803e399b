//! Evaluation that finds types only: for expressions which a running program does not come to, but
//! whose types matter.

use crate::arguments::{Choice, branch};
use crate::domain::{Arg, Domain, Ev};
use crate::expr;
use crate::machine::Machine;
use spy_syntax::ast::{ExprId, StmtId};
use spy_types::names::ty_human;
use spy_types::{
    BuiltinTy, FrameKey, FrameKeyData, FuncId, Loc, Name, Result, ScalarTy, SpyError, Ty, Value,
};

/// A frame of a machine, in which nothing red happens.
pub(crate) struct Typed<'m, 'db> {
    machine: &'m mut Machine<'db>,
    index: usize,
}

impl<'m, 'db> Typed<'m, 'db> {
    /// Looks at expressions of frame `index` of the machine.
    pub(crate) fn new(machine: &'m mut Machine<'db>, index: usize) -> Self {
        Self { machine, index }
    }
}

/// The type of both values of a conditional expression, in the order of the text. One that may be `None` and one
/// that is a value, or `None`, make one that may be; a branch that is `narrowed` is a value.
///
/// # Errors
/// If they have no type in common.
pub fn common_type(
    m: &mut Machine<'_>,
    then: &Arg,
    orelse: &Arg,
    narrowed: [bool; 2],
) -> Result<Ty> {
    let value = |arg: &Arg, narrowed: bool| match crate::optional::item(arg.ty) {
        Some(item) if narrowed => item,
        _ => arg.ty,
    };
    let types = [value(then, narrowed[0]), value(orelse, narrowed[1])];
    if types[0] == types[1] {
        return Ok(types[0]);
    }
    for [one, other] in [types, [types[1], types[0]]] {
        if let Some(ty) = crate::optional::joined(m, one, other, then.loc) {
            return Ok(ty);
        }
    }
    let (name, other) = (ty_human(then.ty), ty_human(orelse.ty));
    Err(SpyError::type_error("both values of a conditional expression must have one type")
        .error(format!("this is `{name}`"), then.loc)
        .error(format!("this is `{other}`"), orelse.loc))
}

impl<'db> Domain<'db> for Typed<'_, 'db> {
    type Red = ();

    fn machine(&mut self) -> &mut Machine<'db> {
        self.machine
    }

    fn frame_index(&self) -> usize {
        self.index
    }

    fn constant(&mut self, _: &Value, _: Ty, _: Loc) -> Result<()> {
        Ok(())
    }

    fn call(&mut self, _: FuncId, _: Vec<()>, _: Ty, _: Loc) -> Result<()> {
        Ok(())
    }

    fn read_local(&mut self, _: &Name, _: Loc) -> Result<()> {
        Ok(())
    }

    fn walrus(&mut self, _: &Name, (): (), _: Ty, _: Loc) -> Result<()> {
        Ok(())
    }

    fn read_cell(&mut self, module: &Name, name: &Name, loc: Loc) -> Result<(Ty, ())> {
        let key = FrameKey::new(FrameKeyData::Module(module.clone()));
        let (ty, _) =
            self.machine.frame_cell(key, name).ok_or_else(|| expr::uninitialized(name, loc))?;
        Ok((ty, ()))
    }

    fn walrus_cell(&mut self, _: &Name, _: &Name, (): (), _: Loc) -> Result<()> {
        Ok(())
    }

    fn short_circuit(
        &mut self,
        _: bool,
        _: Ev<()>,
        right: impl FnOnce(&mut Self) -> Result<Ev<()>>,
        loc: Loc,
    ) -> Result<Ev<()>> {
        right(self)?;
        Ok(Ev::red((), ScalarTy::Bool.into(), loc))
    }

    fn select(&mut self, _: Ev<()>, choice: &Choice, loc: Loc) -> Result<Ev<()>> {
        let [then, orelse] = choice.branches.map(|id| branch(self, id, choice.wanted));
        let ty = common_type(self.machine, &then?.arg, &orelse?.arg, choice.narrowed)?;
        Ok(Ev::red((), ty, loc))
    }

    fn either(
        &mut self,
        _: Ev<()>,
        then: impl FnOnce(&mut Self) -> Result<Ev<()>>,
        orelse: impl FnOnce(&mut Self) -> Result<Ev<()>>,
        loc: Loc,
    ) -> Result<Ev<()>> {
        orelse(self)?;
        Ok(Ev::red((), then(self)?.arg.ty, loc))
    }

    fn hold(&mut self, ev: Ev<()>) -> (Ev<()>, Ev<()>) {
        (ev.clone(), ev)
    }

    /// What the statements declare is not known without running them.
    fn block(&mut self, _: &[StmtId], _: ExprId, loc: Loc) -> Result<Ev<()>> {
        Ok(Ev::red((), BuiltinTy::Dynamic.into(), loc))
    }

    fn collect(
        &mut self,
        _: (&Name, Ev<()>),
        _: &[StmtId],
        value: ExprId,
        _: Loc,
    ) -> Result<Ev<()>> {
        expr::eval(self, value)
    }

    fn print_many(&mut self, _: Vec<(FuncId, Ty)>, _: Vec<()>, _: Loc) -> Result<()> {
        Ok(())
    }

    fn known_value(&mut self, (): &()) -> Option<Value> {
        None
    }
}
