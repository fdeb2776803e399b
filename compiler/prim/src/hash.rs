//! SPy's hashes. Every hash is an `i32`.

/// Hash of an `i8`: the value, but 2 for -1.
pub fn hash_i8(value: i8) -> i32 {
    hash_i32(value.into())
}

/// Hash of a `u8`: the value.
pub fn hash_u8(value: u8) -> i32 {
    value.into()
}

/// Hash of an `i32`: the value, but 2 for -1.
pub fn hash_i32(value: i32) -> i32 {
    if value == -1 { 2 } else { value }
}

/// Hash of a `u32`: its bits.
pub fn hash_u32(value: u32) -> i32 {
    value.cast_signed()
}

/// Hash of an `i64`: its low 32 bits, but 2 for -1.
pub fn hash_i64(value: i64) -> i32 {
    if value == -1 { 2 } else { value as i32 }
}

/// Hash of a `u64`: its low 32 bits.
pub fn hash_u64(value: u64) -> i32 {
    value as i32
}

/// Hash of a `bool`: 0 or 1.
pub fn hash_bool(value: bool) -> i32 {
    value.into()
}

/// Hash of an `f64`: that of the integer which it equals, if there is one; else of its bits.
pub fn hash_f64(value: f64) -> i32 {
    // The bounds are exact, and every float between them has an integer part of 63 bits.
    if (-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0).contains(&value) {
        let whole = value as i64;
        if whole as f64 == value {
            return hash_i64(whole);
        }
    }
    let bits = if value.is_nan() { 0 } else { value.to_bits() };
    hash_i32((bits ^ (bits >> 32)) as i32)
}

/// Hash of a `str`: that of its UTF-8 bytes.
pub fn hash_str(text: &str) -> i32 {
    hash_bytes(text.as_bytes())
}

/// Hash of a `bytes`: 32-bit FNV-1a. Objects store 0 for a hash not computed yet and -1 is never a
/// hash, so these two map to 1 and -2.
pub fn hash_bytes(data: &[u8]) -> i32 {
    const OFFSET: u32 = 2_166_136_261;
    const PRIME: u32 = 16_777_619;
    let hash = data.iter().fold(OFFSET, |hash, &byte| (hash ^ u32::from(byte)).wrapping_mul(PRIME));
    match hash.cast_signed() {
        -1 => -2,
        0 => 1,
        hash => hash,
    }
}
