//! Functions: how they are called, and what Python gives them.

use super::image::{WORD, Word};
use super::types::{NONE, TUPLE, scalar};
use super::{Frame, Writer};
use crate::calls::doc_text;
use spy_package::python::{Const, Function, Parameter, Role, Type};

/// Values of calls up to this size lie on the stack if the collector need not see them: `PY_PLAIN_SIZE`.
pub(super) const PLAIN_SIZE: u64 = 256;

/// What precedes the values in a frame: `PY_FRAME_HEAD`.
pub(super) const FRAME_HEAD: u64 = 16;

/// `METH_FASTCALL | METH_KEYWORDS`, and `METH_STATIC`.
const FAST: u64 = 0x82;
const STATIC: u64 = 0x20;

/// A function to describe.
pub(super) struct Callable<'c> {
    /// As errors say it.
    pub(super) shown: String,
    /// What Python gives it.
    pub(super) params: &'c [Parameter],
    /// The type of an instance that comes first.
    pub(super) receiver: Option<&'c Type>,
    /// What it gives.
    pub(super) returns: &'c Type,
    /// Its symbol; `None` if arguments become the fields of a struct.
    pub(super) symbol: Option<&'c str>,
    /// How it is called.
    pub(super) frame: Frame,
}

/// How careful a call has to be.
struct Manner {
    /// No gc pointers are among its values, which are not large.
    is_plain: bool,
    /// It is plain, and neither panics nor touches the heap or the outside.
    is_simple: bool,
    /// Other threads may run meanwhile.
    is_bare: bool,
    /// How many arguments are arrays.
    arrays: usize,
}

impl Writer<'_> {
    pub(super) fn frame(&self, symbol: &str) -> Option<Frame> {
        self.program.frames.get(symbol).cloned()
    }

    /// A function or method, as errors say it; `receiver` is the type of its class. Also says which
    /// function of the converter calls it.
    pub(super) fn function(
        &mut self,
        function: &Function,
        shown: String,
        receiver: Option<&Type>,
    ) -> Option<(u64, &'static str)> {
        let has_receiver = matches!(function.role, Some(Role::Method | Role::Property));
        let frame = self.frame(&function.symbol)?;
        let callable = Callable {
            shown,
            params: &function.parameters,
            receiver: receiver.filter(|_| has_receiver),
            returns: &function.returns,
            symbol: Some(&function.symbol),
            frame,
        };
        let Manner { is_plain, is_simple, .. } = self.manner(&callable)?;
        let caller = match (is_plain, is_simple) {
            (true, true) => "spy_python_call_simple",
            (true, false) => "spy_python_call_plain",
            _ => "spy_python_call",
        };
        Some((self.callable(&callable)?, caller))
    }

    /// A line of a table of methods.
    pub(super) fn method(
        &mut self,
        function: &Function,
        (callable, caller): (u64, &'static str),
        first: Option<&str>,
    ) -> [Word; 4] {
        let symbol = self.entry(caller, callable, 4);
        let is_static = function.role == Some(Role::Static);
        let flags = FAST | if is_static { STATIC } else { 0 };
        let doc = doc_text(&function.name, first, &function.parameters, function.doc.as_deref());
        [
            Word::Text(function.name.clone()),
            Word::Function(symbol),
            Word::Number(flags),
            Word::Text(doc),
        ]
    }

    /// A `py_Callable`.
    pub(super) fn callable(&mut self, callable: &Callable<'_>) -> Option<u64> {
        let Callable { shown, params, receiver, returns, symbol, frame } = callable;
        self.frame_size = self.frame_size.max(FRAME_HEAD + frame.size);
        let mut words = self.description(shown, params);
        let mut places = frame.params.iter();
        let receiver = match receiver {
            Some(ty) => vec![Word::At(self.ty(ty)?), Word::Number(*places.next()?)],
            None => vec![Word::Null, Word::Null],
        };
        let mut parts = Vec::new();
        for (param, place) in params.iter().zip(places) {
            parts.extend([Word::At(self.ty(&param.ty)?), Word::Number(*place)]);
        }
        if parts.len() != 2 * params.len() {
            return None;
        }
        words.push(Word::At(self.image.add(&parts)));
        words.extend(receiver);
        words.extend([Word::At(self.ty(returns)?), Word::Number(frame.result)]);
        words.push(symbol.map_or(Word::Null, |_| Word::Function(frame.symbol.clone())));
        words.push(Word::Number(frame.size));
        let Manner { is_plain, is_simple, is_bare, arrays } = self.manner(callable)?;
        words.extend([is_plain, is_simple, is_bare].map(Word::flag));
        words.push(Word::count(arrays));
        Some(self.image.add(&words))
    }

    /// What binding needs to know: a `py_Function`.
    fn description(&mut self, shown: &str, params: &[Parameter]) -> Vec<Word> {
        let names: Vec<Word> = params.iter().map(|param| Word::Text(param.name.clone())).collect();
        let names = self.image.add(&names);
        let mut defaults = Vec::new();
        for param in params {
            let constant = param.default.as_ref().map(|value| self.constant(value));
            // The object is the first word of a constant.
            defaults.push(Word::at(constant));
        }
        let defaults = self.image.add(&defaults);
        let required = params.iter().filter(|param| param.default.is_none()).count() as u64;
        // Two numbers of 32 bits.
        let counts = params.len() as u64 | required << 32;
        vec![
            Word::Text(shown.to_owned()),
            Word::At(names),
            Word::At(defaults),
            Word::Number(counts),
        ]
    }

    fn manner(&self, callable: &Callable<'_>) -> Option<Manner> {
        let Callable { params, receiver, returns, symbol, frame, .. } = callable;
        let given = params.iter().map(|param| &param.ty);
        let mut holds_pointers = false;
        for ty in given.clone().chain(*receiver).chain([*returns]) {
            holds_pointers |= self.size(ty)?.1;
        }
        let is_plain = !holds_pointers && frame.size <= PLAIN_SIZE;
        let is_simple = symbol.is_none_or(|symbol| self.program.simple.contains(symbol));
        let is_number = |ty: &Type| match ty {
            Type::Scalar(name) => !matches!(name.as_str(), "str" | "bytes"),
            Type::None | Type::Array { .. } => true,
            _ => false,
        };
        let is_bare = self.program.release_gil
            && receiver.is_none()
            && symbol.is_some()
            && given.clone().chain([*returns]).all(is_number);
        let arrays = given.filter(|ty| matches!(ty, Type::Array { .. })).count();
        Some(Manner { is_plain, is_simple: is_plain && is_simple, is_bare, arrays })
    }

    /// A constant that is made when the module is.
    pub(super) fn constant(&mut self, value: &Const) -> u64 {
        let place = self.part(value);
        self.constants.push(place);
        place
    }

    /// A `py_Constant`.
    fn part(&mut self, value: &Const) -> u64 {
        let float = |text: &str| Word::Number(text.parse::<f64>().unwrap_or(f64::NAN).to_bits());
        let kind = |name: &str| Word::Number(scalar(name).unwrap_or(NONE));
        let zero = || Word::Number(0);
        let words = match value {
            Const::None => [Word::Number(NONE), Word::Null, zero(), zero(), zero(), Word::Null],
            Const::Bool(value) => {
                [kind("bool"), Word::Null, Word::flag(*value), zero(), zero(), Word::Null]
            }
            Const::Int(text) => {
                [kind("i64"), Word::Text(text.clone()), zero(), zero(), zero(), Word::Null]
            }
            Const::Float(text) => {
                [kind("f64"), Word::Null, zero(), float(text), zero(), Word::Null]
            }
            Const::Complex(real, imag) => {
                let (real, imag) = (float(real), float(imag));
                [kind("complex128"), Word::Null, zero(), real, imag, Word::Null]
            }
            Const::Str(text) => return self.bytes(kind("str"), text.as_bytes()),
            Const::Bytes(bytes) => return self.bytes(kind("bytes"), bytes),
            Const::Tuple(items) => {
                let parts: Vec<Word> = items.iter().map(|item| Word::At(self.part(item))).collect();
                let (count, parts) = (Word::count(parts.len()), self.image.add(&parts));
                [Word::Number(TUPLE), Word::Null, count, zero(), zero(), Word::At(parts)]
            }
        };
        let mut all = vec![Word::Null];
        all.extend(words);
        self.image.add(&all)
    }

    /// A constant with bytes, zeros among them.
    fn bytes(&mut self, kind: Word, bytes: &[u8]) -> u64 {
        let zero = || Word::Number(0);
        let size = Word::count(bytes.len());
        let words = [Word::Null, kind, Word::Null, size, zero(), zero(), Word::Null];
        let place = self.image.add(&words);
        self.image.point_to_bytes(place + 2 * WORD, bytes);
        place
    }
}
