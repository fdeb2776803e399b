//! Module `math`: the values of its functions and constants.
//!
//! The functions come from the platform's libm, where compiled programs take them too, and follow
//! IEEE outside their domain: `sqrt(-1.0)` is a NaN and `log(0.0)` is minus infinity.

/// Constants of module `math`, by name.
pub const MATH_CONSTANTS: [(&str, f64); 3] =
    [("pi", std::f64::consts::PI), ("tau", std::f64::consts::TAU), ("e", std::f64::consts::E)];

/// Calls the function `name` of module `math`, such as `sqrt`. `None` if there is no such function or
/// it does not take that many arguments.
pub fn eval_math(name: &str, args: &[f64]) -> Option<f64> {
    match *args {
        [x] => Some(match name {
            "sqrt" => x.sqrt(),
            "cos" => x.cos(),
            "sin" => x.sin(),
            "tan" => x.tan(),
            "log" => x.ln(),
            "log10" => x.log10(),
            "exp" => x.exp(),
            "acos" => x.acos(),
            "asin" => x.asin(),
            "atan" => x.atan(),
            "ceil" => x.ceil(),
            "floor" => x.floor(),
            "fabs" => x.abs(),
            "sinh" => x.sinh(),
            "cosh" => x.cosh(),
            "tanh" => x.tanh(),
            "expm1" => x.exp_m1(),
            "log1p" => x.ln_1p(),
            _ => return None,
        }),
        [x, y] => match name {
            "atan2" => Some(x.atan2(y)),
            "pow" => Some(x.powf(y)),
            "fmod" => Some(x % y),
            "copysign" => Some(x.copysign(y)),
            _ => None,
        },
        _ => None,
    }
}
