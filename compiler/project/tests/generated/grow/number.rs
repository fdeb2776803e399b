//! Numbers and truth values.

use super::body::Body;
use super::types::{I32, Int, Ty};

impl Body<'_> {
    /// Both operands of a binary operator, in order.
    fn pair(&mut self, ty: &Ty, depth: usize) -> (String, String) {
        let left = self.expr(ty, depth - 1);
        (left, self.expr(ty, depth - 1))
    }

    pub(crate) fn int(&mut self, int: Int, depth: usize) -> String {
        let ty = Ty::Int(int);
        match self.rng.below(20) {
            0..7 => {
                let (left, right) = self.pair(&ty, depth);
                let op = self.rng.pick(&["+", "-", "*", "&", "|", "^"]);
                format!("({left} {op} {right})")
            }
            7..10 => {
                let (left, right) = self.pair(&ty, depth);
                let op = self.rng.pick(&["//", "%"]);
                format!("({left} {op} ({right} | {}))", int.constant(1))
            }
            10 => {
                let (left, right) = self.pair(&ty, depth);
                format!("({left} ** ({right} & {}))", int.constant(7))
            }
            11..13 => {
                // Up to twice the width.
                let most = match int {
                    Int::I8 | Int::U8 => 15,
                    Int::I32 | Int::U32 => 63,
                    Int::I64 | Int::U64 => 127,
                };
                let (left, right) = self.pair(&ty, depth);
                let op = self.rng.pick(&["<<", ">>"]);
                format!("({left} {op} ({right} & {}))", int.constant(most))
            }
            13 if int.is_signed() => {
                let value = self.expr(&ty, depth - 1);
                // Of a literal that would be another literal, which has to be in range.
                if is_literal(&value) { value } else { format!("(-{value})") }
            }
            14 => {
                let (left, right) = self.pair(&ty, depth);
                let name = self.rng.pick(&["min", "max"]);
                format!("{name}({left}, {right})")
            }
            15 if int.is_signed() => format!("abs({})", self.expr(&ty, depth - 1)),
            16..18 if !ty.explicit_sources().is_empty() => self.conversion(&ty, depth),
            _ if int == Int::I32 => self.measure(depth),
            _ => self.expr(&ty, depth - 1),
        }
    }

    /// A call of the type.
    fn conversion(&mut self, ty: &Ty, depth: usize) -> String {
        let source = self.rng.pick(ty.explicit_sources()).clone();
        let value = self.expr(&source, depth - 1);
        if let (Ty::Int(int), true) = (ty, is_literal(&value)) {
            // `u8(300)` is no conversion but a literal, which has to be in range.
            return int.literal(self.rng);
        }
        format!("{}({value})", self.items.spell(ty))
    }

    /// An i32 that says something about another value.
    fn measure(&mut self, depth: usize) -> String {
        match self.rng.below(6) {
            0 => format!("len({})", self.expr(&Ty::Str, depth - 1)),
            1 => {
                let (left, right) = self.pair(&Ty::Str, depth);
                let name = self.rng.pick(&["find", "count"]);
                format!("{left}.{name}({right})")
            }
            2 => {
                let key = Ty::key(self.rng);
                format!("hash({})", self.expr(&key, depth - 1))
            }
            3 => {
                let list = Ty::list([I32, Ty::Str][self.rng.below(2)].clone());
                let Ty::List(item) = &list else { return "0".to_owned() };
                let (list, item) = (self.expr(&list, depth - 1), self.expr(item, depth - 1));
                format!("{list}.count({item})")
            }
            _ => {
                let ty = self.rng.pick(&self.items.containers).clone();
                format!("len({})", self.expr(&ty, depth - 1))
            }
        }
    }

    pub(crate) fn f64(&mut self, depth: usize) -> String {
        match self.rng.below(12) {
            0..4 => {
                let (left, right) = self.pair(&Ty::F64, depth);
                let op = self.rng.pick(&["+", "-", "*"]);
                format!("({left} {op} {right})")
            }
            4..6 => {
                let (left, right) = self.pair(&Ty::F64, depth);
                let op = self.rng.pick(&["/", "//", "%"]);
                format!("({left} {op} (abs({right}) + 0.75))")
            }
            6 => {
                let power = self.rng.pick(&["2.0", "3.0", "1.0"]);
                format!("({} ** {power})", self.expr(&Ty::F64, depth - 1))
            }
            7 => {
                // An integer and a float, in either order.
                let other = self.rng.pick(&[Int::I8, Int::U8, Int::I32, Int::U32]);
                let mut sides = [Ty::F64, Ty::Int(*other)];
                if self.rng.chance(50) {
                    sides.reverse();
                }
                let left = self.expr(&sides[0], depth - 1);
                let right = self.expr(&sides[1], depth - 1);
                let op = self.rng.pick(&["+", "-", "*"]);
                format!("({left} {op} {right})")
            }
            8 => {
                let int = *self.rng.pick(&Int::ALL);
                let (left, right) = self.pair(&Ty::Int(int), depth);
                format!("({left} / ({right} | {}))", int.constant(1))
            }
            9 => format!("(-{})", self.expr(&Ty::F64, depth - 1)),
            10 => {
                let (left, right) = self.pair(&Ty::F64, depth);
                let name = self.rng.pick(&["min", "max"]);
                format!("{name}({left}, {right})")
            }
            _ => self.conversion(&Ty::F64, depth),
        }
    }

    pub(crate) fn f32(&mut self, depth: usize) -> String {
        match self.rng.below(6) {
            0..3 => {
                let (left, right) = self.pair(&Ty::F32, depth);
                let op = self.rng.pick(&["+", "-", "*"]);
                format!("({left} {op} {right})")
            }
            3 => {
                let (left, right) = self.pair(&Ty::F32, depth);
                let op = self.rng.pick(&["/", "//", "%"]);
                format!("({left} {op} ({right} * {right} + f32(0.5)))")
            }
            4 => format!("(-{})", self.expr(&Ty::F32, depth - 1)),
            _ => self.conversion(&Ty::F32, depth),
        }
    }

    pub(crate) fn bool(&mut self, depth: usize) -> String {
        match self.rng.below(12) {
            0..4 => {
                let ty = Ty::scalar(self.rng);
                let (left, right) = self.pair(&ty, depth);
                let op = self.rng.pick(&["==", "!=", "<", "<=", ">", ">="]);
                format!("({left} {op} {right})")
            }
            4..7 => {
                let left = self.condition(depth - 1);
                let op = self.rng.pick(&["and", "or"]);
                self.conditional += 1;
                let right = self.condition(depth - 1);
                self.conditional -= 1;
                format!("({left} {op} {right})")
            }
            7 => format!("(not {})", self.condition(depth - 1)),
            8 => {
                let (left, right) = self.pair(&Ty::Bool, depth);
                let op = self.rng.pick(&["&", "|", "^"]);
                format!("({left} {op} {right})")
            }
            9 => {
                let mut ty = self.any_type(1);
                if matches!(ty, Ty::Ptr(_)) {
                    ty = Ty::Bool;
                }
                let (left, right) = self.pair(&ty, depth);
                let op = self.rng.pick(&["==", "!="]);
                format!("({left} {op} {right})")
            }
            _ => self.membership(depth),
        }
    }

    fn membership(&mut self, depth: usize) -> String {
        let item = |container: &Ty| match container {
            Ty::Tuple(items) if items.iter().all(|item| item == &items[0]) => {
                Some(items[0].clone())
            }
            // Pointers cannot be compared, nor what holds them.
            Ty::List(item) if !matches!(**item, Ty::Ptr(_)) => Some((**item).clone()),
            Ty::Dict(key, _) => Some((**key).clone()),
            _ => None,
        };
        let found = self.items.container(self.rng, item).filter(|_| self.rng.chance(80));
        let (container, item) = found.unwrap_or((Ty::Str, Ty::Str));
        let item = self.expr(&item, depth - 1);
        let container = self.expr(&container, depth - 1);
        format!("({item} in {container})")
    }

    /// Something that is converted to a truth value.
    pub(crate) fn condition(&mut self, depth: usize) -> String {
        let ty = if self.rng.chance(15) { I32 } else { Ty::Bool };
        self.expr(&ty, depth)
    }
}

fn is_literal(text: &str) -> bool {
    let digits = text.trim_matches(['(', ')', '-']);
    digits.chars().all(|c| c.is_ascii_digit())
}
