//! Fully qualified names.
//!
//! `part::part::...`, where a part is `name[Q, Q]#suffix`. A qualifier is itself a name and prints
//! in short form (without `builtins::`, function types as `def(i32) -> str`); a C name spells every
//! qualifier out. Two names are equal if they print equally.

use crate::Name;
use std::cmp::Ordering;
use std::fmt::{self, Write};
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// One part of an [`Fqn`].
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct FqnPart {
    /// The name; letters, digits, `_` and (for modules) `.`.
    pub name: Name,
    /// Qualifiers in brackets.
    pub quals: Vec<Fqn>,
    /// What stands after `#`: tells instances of equal name apart.
    pub suffix: Option<Name>,
}

/// A fully qualified name. Cheap to clone.
#[derive(Clone)]
pub struct Fqn(Arc<FqnData>);

struct FqnData {
    parts: Vec<FqnPart>,
    full: String,
}

impl Fqn {
    /// A name of these parts. At least one part must be given.
    #[must_use]
    pub fn from_parts(parts: Vec<FqnPart>) -> Self {
        let full = print_parts(&parts);
        Self(Arc::new(FqnData { parts, full }))
    }

    /// A name without qualifiers, from `::`-separated text: `operator::i32_add`.
    #[must_use]
    pub fn simple(text: &str) -> Self {
        let part = |name: &str| FqnPart { name: Name::from(name), quals: Vec::new(), suffix: None };
        Self::from_parts(text.split("::").map(part).collect())
    }

    /// The parts.
    #[must_use]
    pub fn parts(&self) -> &[FqnPart] {
        &self.0.parts
    }

    /// `self::name`.
    #[must_use]
    pub fn join(&self, name: &str) -> Self {
        let mut parts = self.0.parts.clone();
        parts.push(FqnPart { name: Name::from(name), quals: Vec::new(), suffix: None });
        Self::from_parts(parts)
    }

    /// The same name with `quals` appended to its last part.
    #[must_use]
    pub fn with_quals(&self, quals: impl IntoIterator<Item = Self>) -> Self {
        let mut parts = self.0.parts.clone();
        if let Some(last) = parts.last_mut() {
            last.quals.extend(quals);
        }
        Self::from_parts(parts)
    }

    /// The same name with the suffix of its last part replaced.
    #[must_use]
    pub fn with_suffix(&self, suffix: Option<&str>) -> Self {
        let mut parts = self.0.parts.clone();
        if let Some(last) = parts.last_mut() {
            last.suffix = suffix.map(Name::from);
        }
        Self::from_parts(parts)
    }

    /// All parts but the last; `None` if there is only one.
    #[must_use]
    pub fn namespace(&self) -> Option<Self> {
        let parts = &self.0.parts;
        (parts.len() > 1).then(|| Self::from_parts(parts[..parts.len() - 1].to_vec()))
    }

    /// The first part's name: the module.
    #[must_use]
    pub fn module(&self) -> &Name {
        &self.0.parts[0].name
    }

    /// The last part.
    #[must_use]
    pub fn last(&self) -> &FqnPart {
        &self.0.parts[self.0.parts.len() - 1]
    }

    /// The full name: `_list::list[i32]::_ListImpl`, `builtins::i32`.
    #[must_use]
    pub fn full(&self) -> &str {
        &self.0.full
    }

    /// The full name without a leading `builtins::`, function types as `def(i32) -> str`.
    #[must_use]
    pub fn short(&self) -> String {
        if let Some(text) = self.function_type() {
            return text;
        }
        self.0.full.strip_prefix("builtins::").unwrap_or(&self.0.full).to_owned()
    }

    /// `def(i32) -> str` for `builtins::def[i32, str]`, and the blue kinds likewise.
    fn function_type(&self) -> Option<String> {
        let [module, part] = self.parts() else { return None };
        if module.name != "builtins" {
            return None;
        }
        let head = match part.name.as_str() {
            "def" => "def",
            "blue.def" => "@blue def",
            "blue.generic.def" => "@blue.generic def",
            "blue.metafunc.def" => "@blue.metafunc def",
            "__varargs__" => {
                return part.quals.first().map(|item| format!("*{}", item.short()));
            }
            _ => return None,
        };
        let (ret, params) = part.quals.split_last()?;
        let params: Vec<String> = params.iter().map(Self::short).collect();
        let ret = ret.short();
        let ret = if ret == "types::NoneType" { "None" } else { &ret };
        Some(format!("{head}({}) -> {ret}", params.join(", ")))
    }

    /// The name in C, without the leading `spy_`: `_list$list__builtins$i32$_ListImpl`.
    #[must_use]
    pub fn c_name(&self) -> String {
        let mut out = String::new();
        for (index, part) in self.parts().iter().enumerate() {
            if index > 0 {
                out.push('$');
            }
            out.extend(part.name.chars().map(|c| if c == '.' { '_' } else { c }));
            for (index, qual) in part.quals.iter().enumerate() {
                out.push_str(if index == 0 { "__" } else { "_" });
                out.push_str(&qual.c_name());
            }
            if let Some(suffix) = &part.suffix {
                out.push('$');
                out.push_str(suffix);
            }
        }
        if self.function_type().is_some() {
            // Where the parameters end could not be told from what follows.
            let quals = self.last().quals.len();
            let _ = write!(out, "${}", quals.saturating_sub(1));
        }
        out
    }
}

fn print_parts(parts: &[FqnPart]) -> String {
    let mut out = String::new();
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            out.push_str("::");
        }
        out.push_str(&part.name);
        if !part.quals.is_empty() {
            let quals: Vec<String> = part.quals.iter().map(Fqn::short).collect();
            out.push('[');
            out.push_str(&quals.join(", "));
            out.push(']');
        }
        if let Some(suffix) = &part.suffix {
            out.push('#');
            out.push_str(suffix);
        }
    }
    out
}

impl PartialEq for Fqn {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.0.full == other.0.full
    }
}

impl Eq for Fqn {}

impl Hash for Fqn {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.full.hash(state);
    }
}

impl PartialOrd for Fqn {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Fqn {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.full.cmp(&other.0.full)
    }
}

impl fmt::Debug for Fqn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FQN('{}')", self.0.full)
    }
}

impl fmt::Display for Fqn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.full)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn boxed() -> Fqn {
        Fqn::simple("test::Box").with_quals([Fqn::simple("builtins::i32")]).join("Self")
    }

    #[test]
    fn prints_qualifiers_short_and_spells_them_out_in_c() {
        let get = boxed().join("get");
        assert_eq!(get.full(), "test::Box[i32]::Self::get");
        assert_eq!(get.c_name(), "test$Box__builtins$i32$Self$get");
        let nested = Fqn::simple("unsafe::gc_ptr").with_quals([boxed()]);
        assert_eq!(nested.full(), "unsafe::gc_ptr[test::Box[i32]::Self]");
        assert_eq!(nested.c_name(), "unsafe$gc_ptr__test$Box__builtins$i32$Self");
    }

    #[test]
    fn suffixes_and_dotted_modules() {
        let bare = Fqn::simple("test::f").with_suffix(Some("__bare__"));
        assert_eq!(bare.full(), "test::f#__bare__");
        assert_eq!(bare.c_name(), "test$f$__bare__");
        assert_eq!(Fqn::simple("p.q::x").with_suffix(Some("1")).c_name(), "p_q$x$1");
    }

    #[test]
    fn function_types() {
        let int = Fqn::simple("builtins::i32");
        let text = Fqn::simple("builtins::str");
        let def = Fqn::simple("builtins::def").with_quals([int.clone(), text]);
        assert_eq!(def.short(), "def(i32) -> str");
        let none = Fqn::simple("types::NoneType");
        let proc = Fqn::simple("builtins::blue.def").with_quals([int, none]);
        assert_eq!(proc.short(), "@blue def(i32) -> None");
        let apply = Fqn::simple("m::apply").with_quals([def]);
        assert_eq!(apply.full(), "m::apply[def(i32) -> str]");
    }

    #[test]
    fn function_types_in_c_tell_where_their_parameters_end() {
        let def = |quals: &[&Fqn]| {
            Fqn::simple("builtins::def").with_quals(quals.iter().map(|qual| (*qual).clone()))
        };
        let (a, inner) = (Fqn::simple("m::a"), def(&[&Fqn::simple("m::a"), &Fqn::simple("m::a")]));
        assert_eq!(inner.c_name(), "builtins$def__m$a_m$a$1");
        assert_ne!(def(&[&inner, &a, &a]).c_name(), def(&[&def(&[&a, &a, &a]), &a]).c_name());
    }
}
