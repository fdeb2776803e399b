//! The state while one function body is made.

use super::program::Items;
use super::types::Ty;
use crate::rng::Rng;

/// What a call of a function may cost, in statements.
const COST_LIMIT: u64 = 2_000;

/// A local variable.
#[derive(Clone)]
pub(crate) struct Var {
    pub(crate) name: String,
    pub(crate) ty: Ty,
    pub(crate) is_assignable: bool,
}

/// A body that is being made.
pub(crate) struct Body<'a> {
    pub(crate) rng: &'a mut Rng,
    pub(crate) items: &'a mut Items,
    pub(crate) vars: Vec<Var>,
    pub(crate) ret: Ty,
    /// The finished lines.
    pub(crate) text: String,
    pub(crate) indent: usize,
    /// How often the code that is being made runs in one call.
    pub(crate) times: u64,
    pub(crate) cost: u64,
    /// Inside of how many loops, and of how many that iterate over a list or dict itself.
    pub(crate) loops: usize,
    pub(crate) no_mutation: usize,
    /// Inside of how many operands that may not be evaluated.
    pub(crate) conditional: usize,
    /// Whether it may print, panic, and call what does.
    pub(crate) is_loud: bool,
    /// Whether it is made of constants and fresh values alone.
    pub(crate) is_shallow: bool,
}

impl<'a> Body<'a> {
    pub(crate) fn new(rng: &'a mut Rng, items: &'a mut Items, ret: Ty) -> Self {
        Self {
            rng,
            items,
            vars: Vec::new(),
            ret,
            text: String::new(),
            indent: 1,
            times: 1,
            cost: 1,
            loops: 0,
            no_mutation: 0,
            conditional: 0,
            is_loud: true,
            is_shallow: false,
        }
    }

    /// Without output and panics.
    pub(crate) fn quiet(mut self) -> Self {
        self.is_loud = false;
        self
    }

    /// Without calls and declarations.
    pub(crate) fn shallow(mut self) -> Self {
        self.is_shallow = true;
        self
    }

    /// From now on there is this variable.
    pub(crate) fn declare(&mut self, name: String, ty: Ty, is_assignable: bool) {
        self.vars.push(Var { name, ty, is_assignable });
    }

    /// Adds a line.
    pub(crate) fn line(&mut self, line: &str) {
        self.text.extend(std::iter::repeat_n("    ", self.indent));
        self.text += line;
        self.text.push('\n');
        self.cost = self.cost.saturating_add(self.times);
    }

    /// Whether something that costs so much fits here, and takes it into account.
    pub(crate) fn spend(&mut self, cost: u64) -> bool {
        let all = self.cost.saturating_add(self.times.saturating_mul(cost));
        let fits = all <= COST_LIMIT;
        if fits {
            self.cost = all;
        }
        fits
    }

    /// A variable that fits, if there is one.
    pub(crate) fn var(&mut self, fits: impl Fn(&Var) -> bool) -> Option<Var> {
        let found: Vec<&Var> = self.vars.iter().filter(|var| fits(var)).collect();
        if found.is_empty() {
            return None;
        }
        // Later ones are more interesting: something was computed for them.
        let index = self.rng.below(found.len()).max(self.rng.below(found.len()));
        Some(found[index].clone())
    }

    /// Any type that can stand here.
    pub(crate) fn any_type(&mut self, depth: usize) -> Ty {
        self.items.any_type(self.rng, depth)
    }

    /// The whole body: statements and a `return`.
    pub(crate) fn function(mut self) -> (String, u64) {
        let count = 1 + self.rng.below(6);
        for _ in 0..count {
            self.statement(2);
        }
        let ret = self.ret.clone();
        let value = self.capped(&ret, 3);
        self.line(&format!("return {value}"));
        (self.text, self.cost)
    }
}
