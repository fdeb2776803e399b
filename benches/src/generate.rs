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

/// Lines of each module of [`project`].
const MODULE_LINES: usize = 100;

/// The files of a project of so many modules, each of 100 lines: `m0.spy` is the main one, and each
/// imports the two below it, as in a heap. The reference implementation takes them, too.
#[must_use]
pub fn project(modules: usize) -> Vec<(String, String)> {
    let text = |index: usize| (format!("m{index}.spy"), project_module(index, modules));
    (0..modules).map(text).collect()
}

fn project_module(index: usize, modules: usize) -> String {
    let below: Vec<usize> =
        [2 * index + 1, 2 * index + 2].into_iter().filter(|child| *child < modules).collect();
    let mut out = String::new();
    for child in &below {
        let _ = writeln!(out, "from m{child} import run_{child}");
    }
    let _ = write!(
        out,
        r#"
@struct
class Point_{index}:
    x: f64
    y: f64

    def length(self) -> f64:
        return self.x * self.x + self.y * self.y

"#
    );
    let groups = (MODULE_LINES - 40) / 26 + 1;
    for group in 0..groups {
        project_group(&mut out, index, group);
    }
    let _ = writeln!(out, "def run_{index}(x: i32) -> i32:\n    total = x");
    for group in 0..groups {
        let call = format!("count_{index}_{group}(x, x + 5) + len(text_{index}_{group}(x))");
        let _ = writeln!(out, "    total = total + {call}");
    }
    for child in &below {
        let _ = writeln!(out, "    total = total + run_{child}(x)");
    }
    out.push_str("    return total\n");
    if index == 0 {
        out.push_str("\ndef main() -> None:\n    print(run_0(3))\n");
    }
    for _ in out.lines().count()..MODULE_LINES {
        out.push_str("# one line more\n");
    }
    out
}

fn project_group(out: &mut String, index: usize, group: usize) {
    let (scale, limit) = (group + index % 7 + 1, 1000 + group);
    let _ = write!(
        out,
        r#"
def count_{index}_{group}(start: i32, end: i32) -> i32:
    total = 0
    for i in range(start, end):
        if i % 3 == 0 and total < {limit}:
            total = total + i * {scale}
        elif i % 5 == 0:
            total = total - i // 2
        else:
            total = total ^ (i << 2)
    return total

def text_{index}_{group}(size: i32) -> str:
    values: list[i32] = [size, {scale}, {limit}]
    values.append(count_{index}_{group}(0, size))
    p = Point_{index}(1.5, 2.25)
    text = "group {group}: "
    for value in values:
        text = text + str(value) + ", "
    if p.length() > 3.0:
        text = text + "far"
    return text

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

/// A package of so many lines: functions with loops of numbers, each of which calls the one before
/// it, and `run`, which calls the last.
#[must_use]
pub fn package(lines: usize) -> String {
    let mut out = String::new();
    let count = (lines / 10).max(2);
    for index in 0..count {
        let result = match index.checked_sub(1) {
            Some(before) if before > 1 => format!("work{before}(a, total)"),
            _ => "total".to_owned(),
        };
        // `write!` to a string cannot fail.
        let _ = write!(
            out,
            "def work{index}(a: i32, b: f64) -> f64:\n    total = b + {index}\n    \
             for i in range(a):\n        if i % {} == 0:\n            total += b * i\n        \
             else:\n            total -= i\n    return {result}\n\n\n",
            index % 7 + 2
        );
    }
    let _ = write!(out, "def run(a: i32) -> f64:\n    return work{}(a, 1.0)\n", count - 1);
    out
}

/// A module with a generic loop, and a program that calls it.
#[must_use]
pub fn generic() -> (String, String) {
    let module = "def total[T](xs: list[T], rounds: i32) -> T:\n    sum = xs[0]\n    \
                  for r in range(rounds):\n        for i in range(len(xs)):\n            \
                  sum = sum + xs[i] * xs[(i + r) % len(xs)]\n    return sum\n";
    let program = "def main() -> None:\n    xs = list[f64]()\n    for i in range(1000):\n        \
                   xs.append(0.5 * i)\n    ys = [3, 5, 7]\n    \
                   print(total[f64](xs, 60000), total[i32](ys, 9000000))\n";
    (module.to_owned(), program.to_owned())
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
    fn modules_of_a_project_have_one_length() {
        let files = project(9);
        assert!(files.iter().all(|(_, text)| text.lines().count() == MODULE_LINES));
        assert!(files[1].1.contains("from m4 import run_4") && !files[4].1.contains("import"));
    }

    #[test]
    fn every_instance_is_used_once() {
        let text = instances(120);
        assert_eq!(text.matches("= step[").count(), 120);
        assert!(text.contains("x = step[119](x)") && !text.contains("step[120]"));
    }
}
