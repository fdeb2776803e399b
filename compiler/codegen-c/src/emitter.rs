//! The state of emitting one function: lines, temporaries, literals and what it refers to.

use crate::carry::{self, is_packed};
use crate::data::{self, extern_data};
use crate::effects::Effects;
use crate::flow::Usage;
use crate::names::{c_type, declare, exists, local_names, symbol};
use crate::scope::Scope;
use crate::{Target, literal, prec, scratch};
use spy_ir::{DataRef, Fqn, Func, LocalId, Name, PosIdx, Scalar, ScalarTy, SourceLine, Type};
use spy_text::HashMap;
use std::collections::BTreeSet;
use std::fmt::Write;

/// A line of output at a nesting depth; directives have none.
pub(crate) struct Line {
    indent: Option<u32>,
    text: String,
}

/// An expression in C that has not been written out yet.
#[derive(Clone)]
pub(crate) struct Value {
    /// Its text; empty if values of its type do not exist.
    pub(crate) text: String,
    /// How strongly it binds, see [`prec`].
    pub(crate) prec: u8,
    /// What evaluating the text does and depends on.
    pub(crate) effects: Effects,
    /// Nesting depth of the text.
    pub(crate) depth: u32,
    /// Whether the text is a call, so that it makes a statement as it is.
    pub(crate) is_call: bool,
}

impl Value {
    /// A name or literal.
    pub(crate) fn atom(text: impl Into<String>, prec: u8) -> Self {
        let (effects, depth) = (Effects::default(), 0);
        Self { text: text.into(), prec, effects, depth, is_call: false }
    }

    /// What an expression whose type has no values comes to.
    pub(crate) fn nothing() -> Self {
        Self::atom("", prec::PRIMARY)
    }

    /// A name that stands for this text and these effects.
    pub(crate) fn read(text: &str, effects: Effects) -> Self {
        Self { effects, ..Self::atom(text, prec::PRIMARY) }
    }

    /// The text as an operand, in parentheses where needed.
    pub(crate) fn operand(&self, operator: u8, is_left: bool) -> String {
        if prec::fits(self.prec, operator, is_left) {
            self.text.clone()
        } else {
            format!("({})", self.text)
        }
    }

    /// The negated text.
    pub(crate) fn negated(&self) -> String {
        format!("!{}", self.operand(prec::NOT, false))
    }
}

/// Lines written aside, and what they do.
pub(crate) struct Buffer {
    lines: Vec<Line>,
    effects: Effects,
}

impl Buffer {
    pub(crate) fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    pub(crate) fn effects(&self) -> &Effects {
        &self.effects
    }
}

/// Emits one function.
pub(crate) struct Emitter<'a> {
    pub(crate) func: &'a Func,
    pub(crate) scope: &'a dyn Scope,
    pub(crate) target: Target,
    /// Position table, if line directives are wanted.
    source: Option<&'a [Option<SourceLine>]>,
    pub(crate) usage: Vec<Usage>,
    /// The function's own C name.
    symbol: String,
    /// Whether it takes and returns packed structs in their carriers.
    carries: bool,
    /// C names of the locals.
    names: Vec<String>,
    lines: Vec<Line>,
    /// Effects of `lines`.
    effects: Effects,
    indent: u32,
    temps: u32,
    /// Static objects of string constants.
    literals: Vec<String>,
    literal_names: HashMap<Scalar, String>,
    /// Static data that it points to.
    data: BTreeSet<Fqn>,
    /// The last directive.
    last_line: String,
    pub(crate) uses_positions: bool,
    /// Modules whose functions or variables it mentions.
    pub(crate) modules: BTreeSet<Name>,
}

impl<'a> Emitter<'a> {
    pub(crate) fn new(
        func: &'a Func,
        scope: &'a dyn Scope,
        target: Target,
        source: Option<&'a [Option<SourceLine>]>,
    ) -> Self {
        let symbol = scope.func(&func.fqn);
        Self {
            func,
            scope,
            target,
            source,
            usage: crate::flow::usage(func),
            carries: target.shares_inline && symbol.inline,
            symbol: symbol.name,
            names: local_names(func.locals.iter().map(|local| local.name.as_str())),
            lines: Vec::new(),
            effects: Effects::default(),
            indent: 1,
            temps: 0,
            literals: Vec::new(),
            literal_names: HashMap::default(),
            data: BTreeSet::new(),
            last_line: String::new(),
            uses_positions: false,
            modules: BTreeSet::new(),
        }
    }

    /// Whether values of a type travel in a carrier to this function and from it.
    pub(crate) fn carried(&self, ty: &Type) -> bool {
        self.carries && is_packed(ty, self.scope)
    }

    /// The head of the function's definition or prototype, without `static` and the like.
    pub(crate) fn head(&self) -> String {
        let mut params: Vec<String> = Vec::new();
        for (index, param) in self.func.params().iter().enumerate() {
            if self.carried(&param.ty) {
                params.push(format!("{} {}", carry::carrier(&param.ty), carried_name(index)));
            } else if exists(&param.ty) {
                params.push(declare(&param.ty, &self.names[index]));
            }
        }
        if self.func.track_caller {
            params.push("const spy_Pos *spy_pos".to_owned());
        }
        let params = if params.is_empty() { "void".to_owned() } else { params.join(", ") };
        let declarator = format!("{}({params})", self.symbol);
        if self.carried(&self.func.ret) {
            format!("{} {declarator}", carry::carrier(&self.func.ret))
        } else {
            declare(&self.func.ret, &declarator)
        }
    }

    /// The C name of a local.
    pub(crate) fn local_name(&self, local: LocalId) -> &str {
        &self.names[local.0 as usize]
    }

    /// Writes a line.
    pub(crate) fn line(&mut self, text: impl Into<String>) {
        self.lines.push(Line { indent: Some(self.indent), text: text.into() });
    }

    /// Writes a line that does something.
    pub(crate) fn effect_line(&mut self, text: impl Into<String>, effects: &Effects) {
        self.effects.merge(effects);
        self.line(text);
    }

    /// Notes effects of code that is written elsewhere.
    pub(crate) fn note(&mut self, effects: &Effects) {
        self.effects.merge(effects);
    }

    pub(crate) fn indent(&mut self) {
        self.indent += 1;
    }

    pub(crate) fn dedent(&mut self) {
        self.indent -= 1;
    }

    /// Writes lines aside.
    pub(crate) fn aside<T>(&mut self, write: impl FnOnce(&mut Self) -> T) -> (T, Buffer) {
        let lines = std::mem::take(&mut self.lines);
        let effects = std::mem::take(&mut self.effects);
        let result = write(self);
        let lines = std::mem::replace(&mut self.lines, lines);
        let effects = std::mem::replace(&mut self.effects, effects);
        (result, Buffer { lines, effects })
    }

    /// Writes lines that had been put aside.
    pub(crate) fn append(&mut self, buffer: Buffer) {
        self.effects.merge(&buffer.effects);
        if self.lines.is_empty() {
            // What is nested deeply is moved once, not at each level.
            self.lines = buffer.lines;
        } else {
            self.lines.extend(buffer.lines);
        }
    }

    /// A name for a new temporary.
    pub(crate) fn temp_name(&mut self) -> String {
        self.temps += 1;
        format!("spy_v{}", self.temps - 1)
    }

    /// Computes a value now and returns the temporary that holds it.
    pub(crate) fn spill(&mut self, value: &Value, ty: &Type) -> Value {
        if !exists(ty) || value.text.is_empty() {
            self.discard(value);
            return Value::nothing();
        }
        let name = self.temp_name();
        let line = format!("{} = {};", declare(ty, &name), value.text);
        self.effect_line(line, &value.effects);
        Value::atom(name, prec::PRIMARY)
    }

    /// Evaluates a value for its effects.
    pub(crate) fn discard(&mut self, value: &Value) {
        // What nothing mentions would be warned about: locals, temporaries, literals.
        let mentions_own =
            ["spy_v", "spy_str", "spy_bytes"].iter().any(|own| value.text.contains(own));
        let does_nothing =
            value.effects.is_pure() && value.effects.reads.is_empty() && !mentions_own;
        if value.text.is_empty() || does_nothing {
            return;
        }
        let line = if value.is_call {
            format!("{};", value.text)
        } else {
            format!("(void){};", value.operand(prec::UNARY, false))
        };
        self.effect_line(line, &value.effects);
    }

    /// The argument that tells a function which position to blame.
    pub(crate) fn position(&mut self, pos: PosIdx) -> String {
        if self.func.track_caller {
            return "spy_pos".to_owned();
        }
        self.uses_positions = true;
        format!("&{}[{}]", crate::positions::table_name(&self.symbol), pos.0)
    }

    /// The object of a string or bytes constant.
    pub(crate) fn object(&mut self, value: &Scalar) -> String {
        if let Some(name) = self.literal_names.get(value) {
            return format!("&{name}");
        }
        let (name, line) = string_object(value, &format!("{}", self.literal_names.len()));
        self.literals.push(line);
        self.literal_names.insert(value.clone(), name.clone());
        format!("&{name}")
    }

    /// A pointer into static data, or a static buffer.
    pub(crate) fn data(&mut self, place: &DataRef, ty: &Type) -> Value {
        if self.data.insert(place.data.clone()) {
            self.literals.extend(extern_data(&place.data, self.scope));
        }
        let text = data::address(place, ty, self.scope, self.target);
        if *ty == Type::RawBuffer {
            return Value::atom(text, prec::UNARY);
        }
        Value::atom(format!("({}){{{text}}}", c_type(ty)), prec::PRIMARY)
    }

    /// A constant number, bool, str or bytes.
    pub(crate) fn scalar(&mut self, value: &Scalar) -> Value {
        if matches!(value, Scalar::Str(_) | Scalar::Bytes(_)) {
            return Value::atom(self.object(value), prec::UNARY);
        }
        let (text, prec) = literal::number(value);
        Value::atom(text, prec)
    }

    /// Tells debuggers that what follows comes from this position.
    pub(crate) fn source_line(&mut self, pos: PosIdx) {
        let source = self.source.and_then(|table| table.get(pos.0 as usize)?.as_ref());
        let text = match source {
            Some(source) => {
                let file = literal::c_string(source.file.as_str().as_bytes());
                format!("#line {} {file}", source.line)
            }
            None if self.target.numbers_positions => format!("#line {}", pos.0 + 1),
            None => return,
        };
        if self.last_line != text {
            self.last_line.clone_from(&text);
            self.lines.push(Line { indent: None, text });
        }
    }

    /// The finished function: its head, then its body.
    pub(crate) fn finish(mut self, head: &str) -> String {
        let mut out = format!("{head} {{\n");
        // Declarations come second because they may need literals.
        let declarations = self.declarations();
        for line in self.literals.iter().chain(&declarations) {
            let _ = writeln!(out, "    {line}");
        }
        // Each line of C counts one further, so all lines of a statement have the directive.
        let (mut directive, mut is_fresh) = ("", false);
        for line in &self.lines {
            if let Some(indent) = line.indent {
                if !directive.is_empty() && !is_fresh {
                    out.push_str(directive);
                    out.push('\n');
                }
                is_fresh = false;
                for _ in 0..indent {
                    out.push_str("    ");
                }
            } else {
                (directive, is_fresh) = (&line.text, true);
            }
            out.push_str(&line.text);
            out.push('\n');
        }
        out.push_str("}\n");
        out
    }

    /// The value of a local that has not been assigned.
    fn zero(&mut self, ty: &Type) -> String {
        match ty {
            Type::Scalar(ScalarTy::Str) => self.object(&Scalar::str("")),
            Type::Scalar(ScalarTy::Bytes) => self.object(&Scalar::bytes([])),
            _ => literal::zero(ty).unwrap_or_default(),
        }
    }

    /// Declarations of the locals that are used.
    fn declarations(&mut self) -> Vec<String> {
        let func = self.func;
        let first = func.param_count as usize;
        let mut out = Vec::new();
        for (index, local) in func.locals.iter().enumerate() {
            let usage = self.usage[index];
            let declared = if index < first { self.carried(&local.ty) } else { exists(&local.ty) };
            if !declared || !(usage.read || usage.assigned) {
                continue;
            }
            let mut line = declare(&local.ty, &self.names[index]);
            if !usage.read {
                line.push_str(" __attribute__((unused))");
            }
            if index < first {
                let _ = write!(line, " = {}.value", carried_name(index));
            } else if usage.read_early {
                let _ = write!(line, " = {}", self.zero(&local.ty));
            }
            line.push(';');
            out.push(line);
        }
        out.extend(scratch::declarations(&func.scratch));
        out
    }
}

/// Name and definition of the static object of a string or bytes constant.
pub(crate) fn string_object(value: &Scalar, tag: &str) -> (String, String) {
    let (kind, class, data) = match value {
        Scalar::Str(text) => ("str", "Str", text.as_bytes()),
        Scalar::Bytes(data) => ("bytes", "Bytes", &**data),
        _ => ("str", "Str", &b""[..]),
    };
    let name = format!("spy_{kind}{tag}");
    // A string of ASCII says so from the start; the others find out when they are asked.
    let macro_name = match value {
        Scalar::Str(text) if text.is_ascii() => "ASCII",
        Scalar::Bytes(_) => "BYTES",
        _ => "STR",
    };
    let text = literal::c_string(data);
    let line = format!(
        "static spy_{class}Object {name} = SPY_{macro_name}_LITERAL({}, {text});",
        data.len()
    );
    (name, line)
}

/// The parameter that carries the parameter with this index.
fn carried_name(index: usize) -> String {
    format!("spy_arg{index}")
}

/// The C symbol of a struct type's fields' owner, for `(T){...}`.
pub(crate) fn struct_symbol(ty: &Type) -> String {
    symbol(&ty.fqn())
}
