//! Text, lists, and values made from their parts.

use super::body::Body;
use super::types::{I32, Ty};

impl Body<'_> {
    pub(crate) fn text(&mut self, depth: usize) -> String {
        match self.rng.below(12) {
            0..3 => {
                let left = self.expr(&Ty::Str, depth - 1);
                let right = self.expr(&Ty::Str, depth - 1);
                format!("({left} + {right})")
            }
            3 => {
                let text = self.expr(&Ty::Str, depth - 1);
                let count = self.expr(&I32, depth - 1);
                format!("({text} * ({count} % 4))")
            }
            4..6 => {
                let text = self.expr(&Ty::Str, depth - 1);
                format!("{text}{}", self.slice(depth))
            }
            6 => format!("{}.upper()", self.expr(&Ty::Str, depth - 1)),
            7 => {
                let text = self.expr(&Ty::Str, depth - 1);
                let old = self.expr(&Ty::Str, 0);
                let new = self.expr(&Ty::Str, 0);
                // What is put between all characters could be long.
                format!("{text}.replace({old}[0:2], {new}[0:2])")
            }
            8..10 => {
                let ty = self.any_type(1);
                if matches!(ty, Ty::Int(_) | Ty::F64 | Ty::F32 | Ty::Bool) {
                    return format!("str({})", self.expr(&ty, depth - 1));
                }
                let value = self.expr(&ty, depth - 1);
                self.items.show(&ty, &value)
            }
            10 if !self.items.metafuncs.is_empty() => {
                let name = self.rng.pick(&self.items.metafuncs).clone();
                let ty = self.any_type(1);
                // Such a call need not evaluate its argument.
                let value = self.expr(&ty, 0);
                format!("{name}({value})")
            }
            _ => format!("repr({})", self.expr(&Ty::Str, depth - 1)),
        }
    }

    /// `[a:b:c]` with some of its parts.
    fn slice(&mut self, depth: usize) -> String {
        let start = if self.rng.chance(60) { self.expr(&I32, depth - 1) } else { String::new() };
        let stop = if self.rng.chance(60) { self.expr(&I32, depth - 1) } else { String::new() };
        let step = ["", "", "", ":", ":1", ":2", ":-1", ":-3"][self.rng.below(8)];
        format!("[{start}:{stop}{step}]")
    }

    pub(crate) fn list(&mut self, item: &Ty, depth: usize) -> String {
        let ty = Ty::List(Box::new(item.clone()));
        match self.rng.below(10) {
            0 => {
                let left = self.expr(&ty, depth - 1);
                let right = self.expr(&ty, depth - 1);
                format!("({left} + {right})")
            }
            1 => {
                let list = self.expr(&ty, depth - 1);
                let count = self.expr(&I32, depth - 1);
                format!("({list} * ({count} % 4))")
            }
            2..4 => {
                let list = self.expr(&ty, depth - 1);
                format!("{list}{}", self.slice(depth))
            }
            4 => format!("{}.copy()", self.expr(&ty, depth - 1)),
            5 if *item == Ty::Str => {
                let text = self.expr(&Ty::Str, depth - 1);
                let by = ["", "\",\"", "\"a\"", "\"  \""][self.rng.below(4)];
                format!("{text}.split({by})")
            }
            _ => self.fresh_value(&ty, depth),
        }
    }

    /// A value put together from its parts.
    pub(crate) fn fresh_value(&mut self, ty: &Ty, depth: usize) -> String {
        let below = depth.saturating_sub(1);
        let spelled = self.items.spell(ty);
        match ty {
            Ty::List(item) => {
                let count = self.rng.below(4);
                if count == 0 {
                    return format!("{spelled}()");
                }
                let items: Vec<String> = (0..count).map(|_| self.expr(item, below)).collect();
                format!("[{}]", items.join(", "))
            }
            Ty::Dict(key, value) => {
                let count = self.rng.below(4);
                if count == 0 {
                    return format!("{spelled}()");
                }
                let mut entries = Vec::new();
                for _ in 0..count {
                    let key = self.expr(key, below);
                    let value = self.expr(value, below);
                    entries.push(format!("{key}: {value}"));
                }
                format!("{{{}}}", entries.join(", "))
            }
            Ty::Tuple(items) => {
                let items: Vec<String> = items.iter().map(|item| self.expr(item, below)).collect();
                let comma = if items.len() == 1 { "," } else { "" };
                format!("({}{comma})", items.join(", "))
            }
            Ty::Struct(number) => {
                let fields = self.items.structs[*number].fields.clone();
                let parts: Vec<String> =
                    fields.iter().map(|(_, ty)| self.convertible(ty, below)).collect();
                format!("{spelled}({})", parts.join(", "))
            }
            Ty::Ptr(number) => {
                let value = self.fresh_value(&Ty::Struct(*number), depth);
                format!("{}({value})", self.items.boxed(*number))
            }
            _ => self.expr(ty, below),
        }
    }
}
