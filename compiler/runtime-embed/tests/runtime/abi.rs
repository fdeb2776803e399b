//! What the runtime offers to compiled programs, compared with what was recorded for its version.

use crate::support::include_dir;
use spy_runtime_embed::{ABI, Abi, exported};
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::Command;

/// The declarations of the public headers: functions that programs call, and types.
fn declarations() -> BTreeSet<String> {
    let mut cc = Command::new("cc");
    cc.args(["-E", "-P", "-std=c11", "-DSPY_RELEASE", "-DSPY_TARGET_NATIVE", "-DSPY_GC_BDWGC"]);
    let output = cc.arg("-I").arg(include_dir()).arg(include_dir().join("spy.h")).output();
    let output = output.expect("the C compiler can be run");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let all = split(&text);
    let own = all.iter().filter(|text| text.contains("spy_") && !text.starts_with("static "));
    own.map(|text| tidy(text)).collect()
}

/// Splits C into declarations; bodies of functions are left out.
fn split(text: &str) -> Vec<String> {
    let (mut out, mut current, mut depth, mut in_body) = (Vec::new(), String::new(), 0, false);
    for c in text.chars() {
        if c == '{' {
            in_body = in_body || (depth == 0 && current.trim_end().ends_with(')'));
            depth += 1;
        }
        let ends = match c {
            ';' => depth == 0,
            '}' => {
                depth -= 1;
                depth == 0 && in_body
            }
            _ => false,
        };
        if ends {
            out.push(std::mem::take(&mut current).split_whitespace().collect::<Vec<_>>().join(" "));
            in_body = false;
        } else if !in_body {
            current.push(c);
        }
    }
    out
}

/// Leaves out what says nothing to those who call.
fn tidy(text: &str) -> String {
    let mut text = text.to_owned();
    while let Some(start) = text.find("__attribute__((") {
        let Some(length) = text[start..].find("))") else { break };
        text.replace_range(start..start + length + 2, "");
    }
    let words = text.split_whitespace();
    let kept = words.filter(|word| !["_Noreturn", "inline", "extern"].contains(word));
    let text = kept.collect::<Vec<_>>().join(" ");
    // Preprocessors differ in the blanks that they leave.
    let mut out = String::new();
    for part in text.split(' ') {
        let joins = |c: char| !(c.is_alphanumeric() || c == '_' || c == '$');
        if !out.is_empty() && !out.ends_with(joins) && !part.starts_with(joins) {
            out.push(' ');
        }
        out.push_str(part);
    }
    out
}

fn record() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../runtime/c/abi.txt")
}

#[test]
fn the_recorded_abi_is_that_of_the_headers() {
    let found = declarations();
    assert!(found.len() > 100, "only {} declarations", found.len());
    let text = std::fs::read_to_string(record()).expect("the record can be read");
    let mut lines = text.lines();
    let version = lines.next().and_then(|line| line.strip_prefix("version ")).and_then(Abi::parse);
    let known: BTreeSet<String> = lines.map(str::to_owned).collect();
    let added: Vec<&String> = found.difference(&known).collect();
    let gone: Vec<&String> = known.difference(&found).collect();
    if added.is_empty() && gone.is_empty() {
        assert_eq!(version, Some(ABI), "runtime/c/abi.txt is for another version");
        return;
    }
    let is_raised = version.is_none_or(|version| {
        ABI.major > version.major
            || (gone.is_empty() && ABI.major == version.major && ABI.minor != version.minor)
    });
    let what = if gone.is_empty() { "SPY_ABI_MINOR" } else { "SPY_ABI_VERSION" };
    assert!(
        is_raised,
        "what the runtime offers has changed; raise {what} in spy/config.h and lib.rs, and run this \
         with SPY_RECORD_ABI=1\nadded: {added:#?}\nremoved or changed: {gone:#?}"
    );
    assert!(std::env::var_os("SPY_RECORD_ABI").is_some(), "run this with SPY_RECORD_ABI=1");
    let body: String = found.iter().map(|line| format!("{line}\n")).collect();
    std::fs::write(record(), format!("version {ABI}\n{body}")).expect("the record can be written");
}

#[test]
fn functions_of_the_record_are_known_by_name() {
    let names = exported();
    for name in ["spy_panic_at", "spy_gc_alloc_items", "spy_str_alloc", "spy_builtins$i32$__str__"]
    {
        assert!(names.contains(&name), "{name}");
    }
    assert!(!names.contains(&"spy_Pos"));
}

#[test]
fn declarations_are_told_apart() {
    let text = "typedef struct spy_P { int a; } spy_P;\ninline int spy_f(int a) { if (a) { return 1; } return 0; }\n\
                __attribute__((cold, noinline)) void spy_g(void);";
    let found: Vec<String> = split(text).iter().map(|text| tidy(text)).collect();
    assert_eq!(
        found,
        ["typedef struct spy_P{int a;}spy_P", "int spy_f(int a)", "void spy_g(void)"]
    );
}
