//! Types, values and signatures as text.

use crate::analysis::Cx;
use spy_eval::queries;
use spy_text::Name;
use spy_types::names::{func_human, ty_human};
use spy_types::{BuiltinTy, Color, FuncId, FuncKey, FuncKind, Ty, Value};

/// Longest text of a value that is shown whole, in characters.
const MAX_VALUE: usize = 60;

/// A function's parts, as a signature shows them.
pub(crate) struct Shown {
    /// `def name(`
    pub(crate) start: String,
    /// `a: i32`, `b: str = "x"`.
    pub(crate) params: Vec<String>,
    /// `) -> i32`
    pub(crate) end: String,
    /// Whether calls are evaluated at compile time.
    pub(crate) is_blue: bool,
}

impl Shown {
    /// All of it.
    pub(crate) fn text(&self) -> String {
        format!("{}{}{}", self.start, self.params.join(", "), self.end)
    }
}

/// The text of a value, if it has a short one.
pub(crate) fn value(value: &Value) -> Option<String> {
    let text = match value {
        Value::None => "None".to_owned(),
        Value::Scalar(scalar) => spy_prim::text::repr(scalar),
        Value::Type(ty) => ty_human(*ty),
        Value::Func(func) => func_human(*func),
        Value::InterpTuple(items) => {
            let items: Option<Vec<String>> = items.iter().map(self::value).collect();
            format!("({})", items?.join(", "))
        }
        Value::Struct(data) => {
            let fields: Option<Vec<String>> = data.fields.iter().map(self::value).collect();
            format!("{}({})", ty_human(data.ty), fields?.join(", "))
        }
        _ => return None,
    };
    if text.chars().count() <= MAX_VALUE {
        return Some(text);
    }
    let cut: String = text.chars().take(MAX_VALUE).collect();
    Some(format!("{cut}..."))
}

/// A type as annotations write it: without the modules that things come from.
pub(crate) fn ty(ty: Ty) -> String {
    if ty.is(BuiltinTy::NoneType) {
        return "None".to_owned();
    }
    let human = ty_human(ty);
    let mut out = String::with_capacity(human.len());
    let mut rest = human.as_str();
    while let Some(at) = rest.find("::") {
        let word = rest[..at].trim_end_matches(|c: char| c.is_alphanumeric() || "_#.".contains(c));
        out.push_str(word);
        rest = &rest[at + 2..];
    }
    out.push_str(rest);
    out
}

/// `blue` or `red`.
pub(crate) fn color(color: Color) -> &'static str {
    match color {
        Color::Blue => "blue",
        Color::Red => "red",
    }
}

impl Cx<'_> {
    /// The signature of a function under the name by which it is called.
    pub(crate) fn signature(self, func: FuncId, name: &str) -> Shown {
        let decorator = |kind| match kind {
            FuncKind::Generic => "@blue.generic\n",
            FuncKind::Metafunc => "@blue.metafunc\n",
            FuncKind::Plain => "@blue\n",
        };
        let sig = match func.get() {
            FuncKey::Def { .. } => queries::func_sig(self.db, self.project(), func),
            _ => None,
        };
        let Some(sig) = sig else { return self.builtin_signature(func, name) };
        let is_blue = sig.color == Color::Blue;
        let written = match sig.kind {
            FuncKind::Generic => self.written_generic(func),
            FuncKind::Metafunc => self.library_metafunc(func, name, &sig),
            FuncKind::Plain => None,
        };
        if let Some(written) = written {
            return written;
        }
        let prefix = if is_blue { decorator(sig.kind) } else { "" };
        let held = spy_eval::held_count(func);
        let params = sig.params.iter().skip(held).map(|param| {
            let star = if param.varargs { "*" } else { "" };
            let mut text = format!("{star}{}: {}", param.name, ty(param.ty));
            if let Some(shown) = param.default.as_ref().and_then(|(default, _)| value(default)) {
                text.push_str(&format!(" = {shown}"));
            }
            text
        });
        Shown {
            start: format!("{prefix}def {name}("),
            params: params.collect(),
            end: format!(") -> {}", ty(sig.ret)),
            is_blue,
        }
    }

    /// `def first[T](items: list[T]) -> T`, as it is written.
    fn written_generic(self, func: FuncId) -> Option<Shown> {
        let FuncKey::Def { def, .. } = func.get() else { return None };
        let cx = self.other(&def.module)?;
        let index = cx.index();
        index.hidden_in(&def.path)?;
        let header = index.defs.get(&def.path)?.header;
        let text = cx.text().get(header.start as usize..header.end as usize)?;
        let start = text.split_whitespace().collect::<Vec<_>>().join(" ");
        Some(Shown { start, params: Vec::new(), end: String::new(), is_blue: true })
    }

    /// A metafunction of the library as a function that is called: it takes values of several types, or
    /// several numbers of them.
    fn library_metafunc(self, func: FuncId, name: &str, sig: &spy_eval::FuncSig) -> Option<Shown> {
        let FuncKey::Def { def, .. } = func.get() else { return None };
        self.other(&def.module).filter(|cx| cx.is_stdlib())?;
        let params = sig.params.iter().map(|param| {
            let name = param.name.as_str();
            let name = name.strip_prefix("m_").or_else(|| name.strip_suffix("_m")).unwrap_or(name);
            format!("{}{name}", if param.varargs { "*" } else { "" })
        });
        let start = format!("def {name}(");
        Some(Shown { start, params: params.collect(), end: ")".to_owned(), is_blue: false })
    }

    fn builtin_signature(self, func: FuncId, name: &str) -> Shown {
        let mut machine = spy_eval::Machine::new(self.dyn_db(), self.project());
        let fty = machine.func_type(func);
        let Some(signature) = fty.func() else {
            return Shown {
                start: format!("def {name}("),
                params: Vec::new(),
                end: ")".to_owned(),
                is_blue: false,
            };
        };
        if signature.kind == FuncKind::Metafunc {
            // What it takes depends on the call.
            let params = vec!["...".to_owned()];
            let (start, end) = (format!("def {name}("), ")".to_owned());
            return Shown { start, params, end, is_blue: false };
        }
        let names = match func.get() {
            FuncKey::Make(made) => queries::struct_fields(self.db, self.project(), *made)
                .map(|fields| fields.into_iter().map(|(name, _)| name).collect()),
            _ => None,
        };
        let names: Vec<Name> = names.unwrap_or_default();
        let params =
            signature.params.iter().enumerate().map(|(index, param)| match names.get(index) {
                Some(name) => format!("{name}: {}", ty(*param)),
                None => ty(*param),
            });
        let more = signature.varargs.map(|param| format!("*{}", ty(param)));
        Shown {
            start: format!("def {name}("),
            params: params.chain(more).collect(),
            end: format!(") -> {}", ty(signature.ret)),
            is_blue: false,
        }
    }
}
