//! SPy programs of any size. The same arguments give the same text, everywhere.

use std::fmt::Write;

/// Lines of one group of definitions of [`module`].
const GROUP_LINES: usize = 38;

/// Lines of [`module`] outside the groups.
const FRAME_LINES: usize = 10;

/// A module of `lines` lines that is valid SPy and valid Python: functions with loops and branches,
/// classes with fields and methods, constants, calls, comments and texts.
#[must_use]
pub fn module(lines: usize) -> String {
    let groups = lines.saturating_sub(FRAME_LINES) / GROUP_LINES;
    let mut out = String::with_capacity(lines * 32);
    out.push_str(
        "\"\"\"\nDefinitions, one group like the other.\n\"\"\"\n\nfrom math import sqrt\n",
    );
    for n in 0..groups {
        group(&mut out, n);
    }
    let used = groups * GROUP_LINES + FRAME_LINES;
    for _ in used..lines {
        out.push_str("# one line more\n");
    }
    let last = groups.saturating_sub(1);
    let _ = write!(out, "\n\ndef main() -> None:\n    print(\"done\")\n");
    if groups > 0 {
        let _ = writeln!(out, "    print(summary_{last}({last}))");
    } else {
        out.push_str("    print(0)\n");
    }
    out
}

/// One group of definitions: [`GROUP_LINES`] lines.
fn group(out: &mut String, n: usize) {
    let scale = n % 17 + 1;
    let limit = n % 29 + 3;
    // `write!` to a string cannot fail.
    let _ = write!(
        out,
        r#"

LIMIT_{n} = {limit} * {scale} + 1


@struct
class Point_{n}:
    x: f64
    y: f64

    def length(self) -> f64:
        # the distance from the origin
        return sqrt(self.x * self.x + self.y * self.y)


def count_{n}(start: i32, stop: i32) -> i32:
    """
    How many numbers of a range pass a test.
    """
    total = 0
    for i in range(start, stop):
        if i % {limit} == 0 and (i & 1) == 0:
            total += i * {scale}
        elif i > LIMIT_{n} or not i < stop - 1:
            total -= 1
        else:
            total = total ^ (i << 2)
    return total


def summary_{n}(size: i32) -> str:
    values: list[i32] = [size, {scale}, {limit}]
    values.append(count_{n}(0, size))
    p = Point_{n}(1.5, {scale}.25)
    text = "group {n}: "
    while len(values) > 2 and values[0] > {limit}:
        text = text + str(values.pop()) + ", "
    return text + str(p.length())
"#
    );
}

/// Functions that each use [`USES`] instances.
const USES: usize = 50;

/// A program that needs `count` instances of generic functions, each with a body of its own.
#[must_use]
pub fn instances(count: usize) -> String {
    let mut out = String::from(
        r#""""
Many instances of generic functions.
"""


@blue.generic
def step(K):
    def run(x: i32) -> i32:
        total = x
        for i in range(K % 13):
            if (total & 1) == 0:
                total = total // 2 + K
            else:
                total = total * 3 + 1
            if total > K * 1000 or total < 0:
                total = total % (K + 7)
        while total > 5000:
            total -= K + 11
        return total + K

    return run
"#,
    );
    let users = count.div_ceil(USES);
    for user in 0..users {
        let _ = write!(out, "\n\ndef use_{user}(x: i32) -> i32:\n");
        for k in user * USES..count.min((user + 1) * USES) {
            let _ = writeln!(out, "    x = step[{k}](x)");
        }
        out.push_str("    return x\n");
    }
    out.push_str("\n\ndef main() -> None:\n    x = 1\n");
    for user in 0..users {
        let _ = writeln!(out, "    x = use_{user}(x)");
    }
    out.push_str("    print(x)\n");
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_has_the_lines_that_were_asked_for() {
        for lines in [10, 50, 51, 90, 1000, 1007] {
            assert_eq!(module(lines).lines().count(), lines, "{lines}");
        }
    }

    #[test]
    fn every_instance_is_used_once() {
        let text = instances(120);
        assert_eq!(text.matches("= step[").count(), 120);
        assert!(text.contains("x = step[119](x)") && !text.contains("step[120]"));
    }
}
