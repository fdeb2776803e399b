//! The table of runtime functions, one list for each module.

use super::RuntimeFn;

/// All lists, in the order of their modules' names.
pub(super) const MODULES: [&[RuntimeFn]; 7] = [SPY, BUILTINS, MATH, POSIX, RAWBUFFER, TIME, UNSAFE];

const fn function(
    fqn: &'static str,
    params: &'static [&'static str],
    result: &'static str,
) -> RuntimeFn {
    RuntimeFn::new(fqn, params, result)
}

const SPY: &[RuntimeFn] = &[
    // The text of one character of ASCII; only the lower seven bits of the argument count.
    function("__spy__::_ascii_char", &["u8"], "str").pure(),
    // With so many digits behind the point, at most 1100, as the exact decimal value says; the second
    // argument asks for an exponent.
    function("__spy__::_format_f64", &["f64", "bool", "i32"], "str").pure(),
    // To so many digits behind the point, at least 0, as the exact decimal value says.
    function("__spy__::_round_digits", &["f64", "i32"], "f64").pure(),
    function("__spy__::_stdout_write", &["str"], "None"),
    // `a + b`, in compiled programs: a text that grows piece by piece is not copied each time.
    function("__spy__::_str_concat", &["str", "str"], "str").pure(),
    // The bytes 0 to 7 of a text, the first one lowest.
    function("__spy__::_str_first", &["str"], "u64").pure(),
    // Remembered by the string, so asking again costs next to nothing.
    function("__spy__::_str_isascii", &["str"], "bool").pure(),
    // The bytes 8 to 14 of a text; in the upper byte its length in bytes, 255 if more than 15.
    function("__spy__::_str_second", &["str"], "u64").pure(),
    // False while blue code runs and true afterwards, so it must not fold.
    function("__spy__::is_compiled", &[], "bool"),
];

const BUILTINS: &[RuntimeFn] = &[
    function("builtins::_ord_bytes", &["bytes"], "u8").pure().panics(),
    function("builtins::_ord_str", &["str"], "i32").pure().panics(),
    function("builtins::bool::__repr__", &["bool"], "str").pure(),
    function("builtins::bool::__str__", &["bool"], "str").pure(),
    function("builtins::bytes::__hash__", &["bytes"], "i32"),
    function("builtins::complex128::__get_imag__", &["complex128"], "f64"),
    function("builtins::complex128::__get_real__", &["complex128"], "f64"),
    function("builtins::complex128::__repr__", &["complex128"], "str"),
    function("builtins::complex128::__str__", &["complex128"], "str"),
    function("builtins::complex128::conjugate", &["complex128"], "complex128"),
    function("builtins::f32::__repr__", &["f32"], "str"),
    function("builtins::f32::__str__", &["f32"], "str"),
    function("builtins::f64::__repr__", &["f64"], "str"),
    function("builtins::f64::__str__", &["f64"], "str"),
    function("builtins::hash_bool", &["bool"], "i32"),
    function("builtins::hash_f32", &["f32"], "i32"),
    function("builtins::hash_f64", &["f64"], "i32"),
    function("builtins::hash_i32", &["i32"], "i32"),
    function("builtins::hash_i64", &["i64"], "i32"),
    function("builtins::hash_i8", &["i8"], "i32"),
    function("builtins::hash_str", &["str"], "i32"),
    function("builtins::hash_u32", &["u32"], "i32"),
    function("builtins::hash_u64", &["u64"], "i32"),
    function("builtins::hash_u8", &["u8"], "i32"),
    function("builtins::i32::__repr__", &["i32"], "str"),
    function("builtins::i32::__str__", &["i32"], "str"),
    function("builtins::i64::__repr__", &["i64"], "str"),
    function("builtins::i64::__str__", &["i64"], "str"),
    function("builtins::i8::__repr__", &["i8"], "str"),
    function("builtins::i8::__str__", &["i8"], "str"),
    function("builtins::str::__str__", &["str"], "str"),
    function("builtins::u32::__repr__", &["u32"], "str"),
    function("builtins::u32::__str__", &["u32"], "str"),
    function("builtins::u64::__repr__", &["u64"], "str"),
    function("builtins::u64::__str__", &["u64"], "str"),
    function("builtins::u8::__repr__", &["u8"], "str"),
    function("builtins::u8::__str__", &["u8"], "str"),
];

const MATH: &[RuntimeFn] = &[
    function("math::acos", &["f64"], "f64"),
    function("math::asin", &["f64"], "f64"),
    function("math::atan", &["f64"], "f64"),
    function("math::atan2", &["f64", "f64"], "f64"),
    function("math::ceil", &["f64"], "f64"),
    function("math::copysign", &["f64", "f64"], "f64"),
    function("math::cos", &["f64"], "f64"),
    function("math::cosh", &["f64"], "f64"),
    function("math::exp", &["f64"], "f64"),
    function("math::expm1", &["f64"], "f64"),
    function("math::fabs", &["f64"], "f64"),
    function("math::floor", &["f64"], "f64"),
    function("math::fmod", &["f64", "f64"], "f64"),
    function("math::log", &["f64"], "f64"),
    function("math::log10", &["f64"], "f64"),
    function("math::log1p", &["f64"], "f64"),
    function("math::pow", &["f64", "f64"], "f64"),
    function("math::sin", &["f64"], "f64"),
    function("math::sinh", &["f64"], "f64"),
    function("math::sqrt", &["f64"], "f64"),
    function("math::tan", &["f64"], "f64"),
    function("math::tanh", &["f64"], "f64"),
];

const POSIX: &[RuntimeFn] = &[
    function("posix::_FILE::__eq__", &["posix::_FILE", "posix::_FILE"], "bool"),
    function("posix::_FILE::__ne__", &["posix::_FILE", "posix::_FILE"], "bool"),
    function("posix::__freadall_chunked", &["posix::_FILE"], "str").panics(),
    function("posix::_arg", &["i32"], "str"),
    function("posix::_argc", &[], "i32"),
    function("posix::_exit", &["i32"], "None"),
    function("posix::_fclose", &["posix::_FILE"], "None"),
    function("posix::_fflush", &["posix::_FILE"], "None"),
    function("posix::_fileno", &["posix::_FILE"], "i32"),
    function("posix::_fopen", &["str", "str"], "posix::_FILE").panics(),
    function("posix::_fread", &["posix::_FILE", "i32"], "str").panics(),
    function("posix::_freadall", &["posix::_FILE"], "str").panics(),
    function("posix::_freadline", &["posix::_FILE"], "str").panics(),
    function("posix::_fseek", &["posix::_FILE", "i32", "i32"], "None").panics(),
    function("posix::_ftell", &["posix::_FILE"], "i32").panics(),
    function("posix::_fwrite", &["posix::_FILE", "str"], "None").panics(),
    function("posix::_getcwd", &[], "str").panics(),
    function("posix::_getenv", &["str"], "str"),
    function("posix::_has_env", &["str"], "bool"),
    function("posix::_isatty", &["i32"], "bool"),
    function("posix::_listdir", &["str"], "str").panics(),
    function("posix::_mkdir", &["str"], "None").panics(),
    function("posix::_path_kind", &["str"], "i32"),
    function("posix::_remove", &["str"], "None").panics(),
    function("posix::_rmdir", &["str"], "None").panics(),
    function("posix::_stderr", &[], "posix::_FILE"),
    function("posix::_stdin", &[], "posix::_FILE"),
    function("posix::get_terminal_size", &[], "posix::TerminalSize"),
];

const RAWBUFFER: &[RuntimeFn] = &[
    function("rawbuffer::rb_alloc", &["i32"], "rawbuffer::RawBuffer"),
    function("rawbuffer::rb_get_f64", &["rawbuffer::RawBuffer", "i32"], "f64"),
    function("rawbuffer::rb_get_i32", &["rawbuffer::RawBuffer", "i32"], "i32"),
    function("rawbuffer::rb_set_f64", &["rawbuffer::RawBuffer", "i32", "f64"], "None"),
    function("rawbuffer::rb_set_i32", &["rawbuffer::RawBuffer", "i32", "i32"], "None"),
];

const TIME: &[RuntimeFn] = &[
    function("time::monotonic", &[], "f64"),
    function("time::perf_counter", &[], "f64"),
    function("time::sleep", &["f64"], "None"),
    function("time::time", &[], "f64"),
];

const UNSAFE: &[RuntimeFn] = &[
    function(
        "unsafe::_BytesObject_to_bytes::impl",
        &["unsafe::gc_ptr[_bytes::BytesObject]"],
        "bytes",
    ),
    function("unsafe::_StrObject_to_str::impl", &["unsafe::gc_ptr[_str::StrObject]"], "str"),
    function("unsafe::_alloc_BytesObject::impl", &["i32"], "unsafe::gc_ptr[_bytes::BytesObject]"),
    function("unsafe::_alloc_StrObject::impl", &["i32"], "unsafe::gc_ptr[_str::StrObject]"),
    function(
        "unsafe::_bytes_to_BytesObject::impl",
        &["bytes"],
        "unsafe::gc_ptr[_bytes::BytesObject]",
    ),
    function("unsafe::_str_to_StrObject::impl", &["str"], "unsafe::gc_ptr[_str::StrObject]"),
];
