//! Expressions of a given type.

use super::body::Body;
use super::types::{I32, Int, Ty, float_literal, text_literal};

impl Body<'_> {
    /// An expression of exactly this type. Its parts are made in the order in which they are
    /// evaluated, so that a name which a walrus declares is used after it only.
    pub(crate) fn expr(&mut self, ty: &Ty, depth: usize) -> String {
        if depth == 0 || self.rng.chance(15) {
            return self.leaf(ty);
        }
        match self.rng.below(100) {
            0..6 if self.is_loud && self.spend(1) => {
                let say = self.items.say(ty);
                let tag = self.rng.below(100);
                let value = self.expr(ty, depth - 1);
                format!("{say}(\"say {tag}\", {value})")
            }
            6..18 => match self.call(ty, depth) {
                Some(text) => text,
                None => self.operation(ty, depth),
            },
            18..26 => self.part(ty, depth),
            26..30 => {
                let red = self.items.red(ty);
                let value = self.convertible(ty, depth - 1);
                format!("{red}({value})")
            }
            30..34 if self.conditional == 0 && !self.is_shallow => {
                let value = self.expr(ty, depth - 1);
                let name = self.items.fresh("w");
                self.declare(name.clone(), ty.clone(), true);
                format!("({name} := {value})")
            }
            _ => self.operation(ty, depth),
        }
    }

    /// An expression of this type, or of one that becomes it where it is expected.
    pub(crate) fn convertible(&mut self, ty: &Ty, depth: usize) -> String {
        let sources = ty.implicit_sources();
        if sources.is_empty() || self.rng.chance(80) {
            return self.expr(ty, depth);
        }
        let source = self.rng.pick(sources).clone();
        self.expr(&source, depth)
    }

    /// An expression whose value is not large: what is stored in a loop could grow without end.
    pub(crate) fn capped(&mut self, ty: &Ty, depth: usize) -> String {
        let value = self.expr(ty, depth);
        match ty {
            Ty::Str => format!("({value})[0:24]"),
            Ty::List(_) => format!("({value})[0:6]"),
            _ => value,
        }
    }

    /// A variable or a constant.
    fn leaf(&mut self, ty: &Ty) -> String {
        if self.rng.chance(75)
            && let Some(var) = self.var(|var| var.ty == *ty)
        {
            return var.name;
        }
        let constants: Vec<usize> = (0..self.items.constants.len())
            .filter(|at| self.items.constants[*at].1 == *ty)
            .collect();
        if !constants.is_empty() && self.rng.chance(30) {
            return self.items.constants[*self.rng.pick(&constants)].0.clone();
        }
        match ty {
            Ty::Int(Int::I32) if self.is_loud && self.rng.chance(15) => {
                self.rng.pick(&self.items.globals).clone()
            }
            Ty::Int(int) => int.literal(self.rng),
            Ty::F64 => float_literal(self.rng),
            Ty::F32 => {
                format!("f32({})", ["0.0", "1.5", "-0.25", "100.125", "0.1"][self.rng.below(5)])
            }
            Ty::Bool => ["True", "False"][self.rng.below(2)].to_owned(),
            Ty::Str => text_literal(self.rng),
            _ => self.fresh_value(ty, 0),
        }
    }

    fn operation(&mut self, ty: &Ty, depth: usize) -> String {
        match ty {
            Ty::Int(int) => self.int(*int, depth),
            Ty::F64 => self.f64(depth),
            Ty::F32 => self.f32(depth),
            Ty::Bool => self.bool(depth),
            Ty::Str => self.text(depth),
            Ty::List(item) => self.list(item, depth),
            Ty::Struct(number) if self.items.structs[*number].has_add && self.rng.chance(30) => {
                let left = self.expr(ty, depth - 1);
                let right = self.expr(ty, depth - 1);
                format!("({left} + {right})")
            }
            Ty::Dict(..) | Ty::Tuple(_) | Ty::Struct(_) | Ty::Ptr(_) => self.fresh_value(ty, depth),
        }
    }

    /// A call of something that returns this type.
    fn call(&mut self, ty: &Ty, depth: usize) -> Option<String> {
        if self.is_shallow || !self.is_loud || self.no_mutation > 0 {
            return None;
        }
        let callables = &self.items.callables;
        let found: Vec<usize> =
            (0..callables.len()).filter(|at| callables[*at].ret == *ty).collect();
        if found.is_empty() {
            return None;
        }
        let at = *self.rng.pick(&found);
        if !self.spend(self.items.callables[at].cost) {
            return None;
        }
        let callable = &self.items.callables[at];
        let (text, params) = (callable.text.clone(), callable.params.clone());
        let args: Vec<String> =
            params.iter().map(|param| self.convertible(param, depth - 1)).collect();
        Some(format!("{text}({})", args.join(", ")))
    }

    /// A part of something that has parts of this type.
    fn part(&mut self, ty: &Ty, depth: usize) -> String {
        if self.rng.chance(40)
            && let Some(text) = self.member(ty, depth)
        {
            return text;
        }
        let place = |container: &Ty| match container {
            Ty::List(item) => (**item == *ty).then_some(0),
            Ty::Dict(_, value) => (**value == *ty).then_some(0),
            Ty::Tuple(items) => items.iter().position(|item| item == ty),
            _ => None,
        };
        let Some((container, place)) = self.items.container(self.rng, place) else {
            return self.operation(ty, depth);
        };
        match &container {
            Ty::List(_) => {
                let at = self.items.at(ty);
                let list = self.expr(&container, depth - 1);
                let index = self.expr(&I32, depth - 1);
                let default = self.expr(ty, depth - 1);
                format!("{at}({list}, {index}, {default})")
            }
            Ty::Dict(key, _) => {
                let dict = self.expr(&container, depth - 1);
                let key = self.expr(key, depth - 1);
                let default = self.expr(ty, depth - 1);
                format!("{dict}.get({key}, {default})")
            }
            _ => format!("{}[{place}]", self.expr(&container, depth - 1)),
        }
    }

    /// A field or a method's result of a struct.
    fn member(&mut self, ty: &Ty, depth: usize) -> Option<String> {
        let mut found = Vec::new();
        for (number, def) in self.items.structs.iter().enumerate() {
            let fields = def.fields.iter().filter(|(_, field)| field == ty);
            found.extend(fields.map(|(name, _)| (number, name.clone(), true)));
            let methods = def.methods.iter().filter(|(_, ret)| ret == ty);
            found.extend(methods.map(|(name, _)| (number, format!("{name}()"), false)));
        }
        if found.is_empty() {
            return None;
        }
        let (number, member, is_field) = self.rng.pick(&found).clone();
        let owner =
            if is_field && self.rng.chance(30) { Ty::Ptr(number) } else { Ty::Struct(number) };
        let owner = self.expr(&owner, depth - 1);
        Some(format!("{owner}.{member}"))
    }
}
