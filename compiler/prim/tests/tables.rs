//! The tables: names, signatures, dispatch and runtime functions, against their written-out form.

use std::collections::BTreeSet;

use spy_prim::dispatch::{
    binop, cmpop, complex_conversion, explicit_conversion, ieee_div_op, implicit_conversion, negop,
    unchecked_op,
};
use spy_prim::runtime;
use spy_prim::{BinKind, CmpKind, OpKind, PrimOp, ScalarTy, UncheckedKind, eval};

fn ty(name: &str) -> ScalarTy {
    ScalarTy::from_name(name).unwrap_or_else(|| panic!("no type `{name}`"))
}

fn op(fqn: &str) -> PrimOp {
    PrimOp::from_fqn(fqn).unwrap_or_else(|| panic!("no operation `{fqn}`"))
}

fn names(list: &str) -> Vec<&str> {
    list.split_whitespace().collect()
}

#[test]
fn type_names_round_trip() {
    for ty in ScalarTy::ALL {
        assert_eq!(ScalarTy::from_name(ty.name()), Some(ty));
    }
    assert_eq!(ScalarTy::from_name("int"), None);
    assert_eq!(ScalarTy::from_name(""), None);
}

#[test]
fn integer_types_know_their_range() {
    assert_eq!(ty("i8").int_range(), Some((-128, 127)));
    assert_eq!(ty("u64").int_range(), Some((0, 18_446_744_073_709_551_615)));
    let ints: Vec<_> = ScalarTy::ALL.into_iter().filter(|ty| ty.is_int()).collect();
    assert_eq!(ints, names("i8 u8 i32 u32 i64 u64").into_iter().map(ty).collect::<Vec<_>>());
    for ty in ints {
        let (low, high) = ty.int_range().unwrap();
        assert_eq!(high - low + 1, 1_i128 << ty.bits());
        assert_eq!(ty.is_signed(), low < 0);
    }
    assert_eq!(ty("bool").int_range(), None);
}

/// The operations of SPy, written out: suffixes in module `operator` for each type.
const OPERATORS: [(&str, &str); 5] = [
    (
        "i8 u8 i32 u32 i64 u64",
        "add sub mul div floordiv mod pow lshift rshift and or xor eq ne lt le gt ge neg",
    ),
    ("f64 f32", "add sub mul div floordiv mod pow eq ne lt le gt ge neg"),
    ("complex128", "add sub mul div eq ne neg"),
    ("bool", "eq ne and or xor lt le gt ge not"),
    ("str", "eq ne"),
];

/// All conversions of SPy, as targets for each source.
const CONVERSIONS: [(&str, &str); 11] = [
    ("bool", "i8 u8 i32 u32 i64 u64 f32 f64"),
    ("i8", "bool u8 i32 u32 i64 u64 f32 f64"),
    ("u8", "bool i8 i32 u32 i64 u64 f32 f64"),
    ("i32", "bool i8 u8 u32 i64 u64 f32 f64 complex128"),
    ("u32", "bool i8 u8 i32 i64 u64 f32 f64"),
    ("i64", "bool i8 u8 i32 u32 u64 f32 f64"),
    ("u64", "bool i8 u8 i32 u32 i64 f32 f64"),
    ("f32", "bool i8 u8 i32 u32 i64 u64 f64"),
    ("f64", "bool i8 u8 i32 u32 i64 u64 f32 complex128"),
    ("f64_f64", "complex128"),
    ("str", "i8 u8 i32 u32 i64 u64 f64 complex128"),
];

fn expected_fqns() -> BTreeSet<String> {
    let mut fqns = BTreeSet::new();
    for (types, suffixes) in OPERATORS {
        for ty in names(types) {
            fqns.extend(names(suffixes).iter().map(|op| format!("operator::{ty}_{op}")));
        }
    }
    for (from, targets) in CONVERSIONS {
        fqns.extend(names(targets).iter().map(|to| format!("operator::{from}_to_{to}")));
    }
    for ty in names("i8 u8 i32 u32 f64 f32") {
        fqns.extend(
            names("div floordiv mod").iter().map(|op| format!("unsafe::{ty}_unchecked_{op}")),
        );
    }
    fqns.extend(["f64", "f32"].map(|ty| format!("unsafe::{ty}_ieee754_div")));
    fqns
}

#[test]
fn all_lists_each_operation_once() {
    let fqns: Vec<String> = PrimOp::all().map(|op| op.fqn().to_owned()).collect();
    let unique: BTreeSet<String> = fqns.iter().cloned().collect();
    assert_eq!(fqns.len(), unique.len());
    assert_eq!(unique, expected_fqns());
}

#[test]
fn operation_names_round_trip() {
    for op in PrimOp::all() {
        assert_eq!(PrimOp::from_fqn(op.fqn()), Some(op), "{}", op.fqn());
        assert_eq!(PrimOp::new(op.kind()), Some(op), "{}", op.fqn());
    }
    for unknown in ["", "operator::", "operator::str_add", "i32_add", "operator::i32_to_i32"] {
        assert_eq!(PrimOp::from_fqn(unknown), None, "{unknown}");
    }
}

#[test]
fn kinds_that_do_not_exist_make_no_operation() {
    for kind in [
        OpKind::Binary(BinKind::Add, ScalarTy::Str),
        OpKind::Binary(BinKind::Pow, ScalarTy::Complex128),
        OpKind::Binary(BinKind::And, ScalarTy::F64),
        OpKind::Compare(CmpKind::Lt, ScalarTy::Str),
        OpKind::Compare(CmpKind::Eq, ScalarTy::Bytes),
        OpKind::Neg(ScalarTy::Bool),
        OpKind::Convert(ScalarTy::I32, ScalarTy::Bytes),
        OpKind::Unchecked(UncheckedKind::Div, ScalarTy::I64),
        OpKind::IeeeDiv(ScalarTy::I32),
    ] {
        assert_eq!(PrimOp::new(kind), None, "{kind:?}");
    }
}

#[test]
fn signatures() {
    let cases = [
        ("operator::i32_add", "i32 i32", "i32"),
        ("operator::u64_div", "u64 u64", "f64"),
        ("operator::f32_div", "f32 f32", "f32"),
        ("operator::i8_lt", "i8 i8", "bool"),
        ("operator::complex128_neg", "complex128", "complex128"),
        ("operator::bool_not", "bool", "bool"),
        ("operator::bool_xor", "bool bool", "bool"),
        ("operator::str_eq", "str str", "bool"),
        ("operator::str_to_u8", "str", "u8"),
        ("operator::i32_to_bool", "i32", "bool"),
        ("operator::f64_f64_to_complex128", "f64 f64", "complex128"),
        ("unsafe::i32_unchecked_div", "i32 i32", "f64"),
        ("unsafe::i32_unchecked_mod", "i32 i32", "i32"),
        ("unsafe::f32_ieee754_div", "f32 f32", "f32"),
    ];
    for (fqn, params, result) in cases {
        let params: Vec<_> = names(params).into_iter().map(ty).collect();
        assert_eq!(op(fqn).params(), params, "{fqn}");
        assert_eq!(op(fqn).result(), ty(result), "{fqn}");
    }
}

#[test]
fn module_operator_is_pure_and_module_unsafe_is_not() {
    for op in PrimOp::all() {
        assert_eq!(op.is_pure(), op.fqn().starts_with("operator::"), "{}", op.fqn());
    }
}

#[test]
fn operations_that_can_panic() {
    let panicking: BTreeSet<&str> =
        PrimOp::all().filter(|op| op.can_panic()).map(PrimOp::fqn).collect();
    let mut expected = BTreeSet::new();
    for ty in names("i8 u8 i32 u32 i64 u64 f32 f64") {
        expected.extend(["div", "floordiv", "mod"].map(|op| format!("operator::{ty}_{op}")));
    }
    for ty in names("i8 i32 i64") {
        expected.extend(["pow", "lshift", "rshift"].map(|op| format!("operator::{ty}_{op}")));
    }
    expected.extend(["f32", "f64"].map(|ty| format!("operator::{ty}_pow")));
    expected.insert("operator::complex128_div".to_owned());
    for to in names("i8 u8 i32 u32 i64 u64 f64 complex128") {
        expected.insert(format!("operator::str_to_{to}"));
    }
    for ty in names("i8 u8 i32 u32 f32 f64") {
        expected
            .extend(["div", "floordiv", "mod"].map(|op| format!("unsafe::{ty}_unchecked_{op}")));
    }
    assert_eq!(panicking, expected.iter().map(String::as_str).collect());
}

/// Every pair of types that some table mixes, with the type they meet in.
const MIXED: [(&str, &str, &str); 17] = [
    ("i32", "i8", "i32"),
    ("i32", "u8", "i32"),
    ("u32", "u8", "u32"),
    ("i64", "i8", "i64"),
    ("i64", "u8", "i64"),
    ("i64", "i32", "i64"),
    ("i64", "u32", "i64"),
    ("u64", "u8", "u64"),
    ("u64", "u32", "u64"),
    ("f64", "i8", "f64"),
    ("f64", "u8", "f64"),
    ("f64", "i32", "f64"),
    ("f64", "u32", "f64"),
    ("f64", "f32", "f64"),
    ("f32", "i32", "f32"),
    ("complex128", "i32", "complex128"),
    ("complex128", "f64", "complex128"),
];

fn meeting_type(l: ScalarTy, r: ScalarTy) -> Option<ScalarTy> {
    if l == r {
        return Some(l);
    }
    let listed = |a: &str, b: &str| (ty(a), ty(b)) == (l, r) || (ty(a), ty(b)) == (r, l);
    MIXED.iter().find(|(a, b, _)| listed(a, b)).map(|(_, _, to)| ty(to))
}

#[test]
fn binary_dispatch() {
    for l in ScalarTy::ALL {
        for r in ScalarTy::ALL {
            for kind in BinKind::ALL {
                let expected = meeting_type(l, r).and_then(|ty| {
                    let fqn = format!("operator::{ty}_{}", kind.suffix());
                    PrimOp::from_fqn(&fqn).map(|op| (op, ty))
                });
                assert_eq!(binop(kind, l, r), expected, "{l} {kind:?} {r}");
            }
            for kind in CmpKind::ALL {
                let expected = meeting_type(l, r).and_then(|ty| {
                    let fqn = format!("operator::{ty}_{}", kind.suffix());
                    PrimOp::from_fqn(&fqn).map(|op| (op, ty))
                });
                assert_eq!(cmpop(kind, l, r), expected, "{l} {kind:?} {r}");
            }
        }
    }
}

#[test]
fn dispatched_operands_convert_implicitly() {
    for l in ScalarTy::ALL {
        for r in ScalarTy::ALL {
            for (op, to) in BinKind::ALL.into_iter().filter_map(|kind| binop(kind, l, r)) {
                assert_eq!(op.params(), [to, to]);
                for from in [l, r] {
                    assert!(from == to || implicit_conversion(from, to).is_some(), "{from} {to}");
                }
            }
        }
    }
}

#[test]
fn negation_dispatch() {
    let negatable: Vec<_> =
        ScalarTy::ALL.into_iter().filter(|ty| negop(*ty).is_some()).map(ScalarTy::name).collect();
    assert_eq!(negatable, names("i8 i32 i64 f32 f64 complex128"));
}

#[test]
fn unchecked_dispatch() {
    let select =
        |l, r| unchecked_op(UncheckedKind::Mod, ty(l), ty(r)).map(|(op, ty)| (op.fqn(), ty.name()));
    assert_eq!(select("u32", "u32"), Some(("unsafe::u32_unchecked_mod", "u32")));
    assert_eq!(select("i8", "f64"), Some(("unsafe::f64_unchecked_mod", "f64")));
    assert_eq!(select("f64", "f32"), Some(("unsafe::f64_unchecked_mod", "f64")));
    assert_eq!(select("f32", "i32"), Some(("unsafe::f32_unchecked_mod", "f32")));
    for (l, r) in [
        ("i64", "i64"),
        ("u64", "u64"),
        ("f64", "u32"),
        ("i8", "i32"),
        ("f32", "i8"),
        ("complex128", "complex128"),
        ("str", "str"),
    ] {
        assert_eq!(select(l, r), None, "{l} {r}");
    }
}

#[test]
fn ieee_division_dispatch() {
    let mut found = Vec::new();
    for l in ScalarTy::ALL {
        for r in ScalarTy::ALL {
            if let Some((op, to)) = ieee_div_op(l, r) {
                assert_eq!(op.params(), [to, to]);
                found.push(format!("{l} {r} {to}"));
            }
        }
    }
    let expected = [
        "i32 i32 f64",
        "i32 f32 f32",
        "i32 f64 f64",
        "f32 i32 f32",
        "f32 f32 f32",
        "f32 f64 f64",
        "f64 i32 f64",
        "f64 f32 f64",
        "f64 f64 f64",
    ];
    assert_eq!(found, expected);
}

fn conversions(select: fn(ScalarTy, ScalarTy) -> Option<PrimOp>) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for from in ScalarTy::ALL {
        for to in ScalarTy::ALL {
            if let Some(op) = select(from, to) {
                assert_eq!((op.params(), op.result()), (&[from][..], to));
                found.insert(format!("{from}>{to}"));
            }
        }
    }
    found
}

#[test]
fn implicit_conversions() {
    let expected = "i8>i32 i8>i64 i8>f64 u8>i32 u8>u32 u8>i64 u8>u64 u8>f64 \
        u32>i32 u32>i64 u32>u64 u32>f64 \
        i32>i8 i32>u8 i32>u32 i32>i64 i32>f32 i32>f64 i32>bool i32>complex128 \
        i64>u64 i64>f64 u64>i64 u64>f64 f32>f64 f64>f32 f64>complex128 str>complex128";
    let expected = names(expected).into_iter().map(str::to_owned).collect();
    assert_eq!(conversions(implicit_conversion), expected);
}

#[test]
fn explicit_conversions() {
    let numbers = names("i8 u8 i32 u32 i64 u64 f32 f64");
    let others = "i32>complex128 f64>complex128 str>complex128 str>i8 str>u8 str>i32 str>u32 \
        str>i64 str>u64 str>f64";
    let mut expected: BTreeSet<String> = names(others).into_iter().map(str::to_owned).collect();
    for to in &numbers {
        let from = numbers.iter().chain(&["bool"]).filter(|from| *from != to);
        expected.extend(from.map(|from| format!("{from}>{to}")));
        expected.insert(format!("{to}>bool"));
    }
    assert_eq!(conversions(explicit_conversion), expected);
    assert_eq!(complex_conversion(ty("i32"), ty("f64")), Some(PrimOp::MAKE_COMPLEX));
    assert_eq!(complex_conversion(ty("f32"), ty("f64")), None);
}

#[test]
fn calls_that_do_not_fit_are_errors() {
    for op in PrimOp::all() {
        let error = eval(op, &[]).unwrap_err();
        assert_eq!(error.etype, "TypeError", "{}", op.fqn());
    }
}

#[test]
fn runtime_functions_are_sorted_unique_and_found() {
    let fqns: Vec<_> = runtime::all().map(|function| function.fqn).collect();
    assert!(fqns.is_sorted());
    assert_eq!(fqns.iter().collect::<BTreeSet<_>>().len(), fqns.len());
    for function in runtime::all() {
        assert_eq!(runtime::lookup(function.fqn), Some(function));
        assert_eq!(PrimOp::from_fqn(function.fqn), None);
    }
    assert_eq!(runtime::lookup("builtins::bool"), None);
}

#[test]
fn runtime_signatures_use_known_types() {
    let others = [
        "None",
        "posix::_FILE",
        "posix::TerminalSize",
        "rawbuffer::RawBuffer",
        "unsafe::gc_ptr[_str::StrObject]",
        "unsafe::gc_ptr[_bytes::BytesObject]",
    ];
    for function in runtime::all() {
        for ty in function.params.iter().chain([&function.result]) {
            assert!(
                ScalarTy::from_name(ty).is_some() || others.contains(ty),
                "{}: {ty}",
                function.fqn
            );
        }
    }
}
