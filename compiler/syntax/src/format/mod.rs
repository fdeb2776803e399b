//! `spy format`: the same tokens and comments, laid out as Python programs usually are.
//!
//! Four columns for each level, one blank between tokens where there is one at all, blank lines
//! around definitions, double quotes. Lines are neither broken nor joined: where a line ends is the
//! writer's choice. The tokens stay what they are, so the program does, too.
//!
//! `lines` finds lines and comments, `spacing` says what stands between two tokens, `blank` how many
//! blank lines stand before a line.

mod blank;
mod lines;
mod spacing;

use crate::lexer::token::Token;
use lines::{Item, Line, Piece};
use spacing::{Bracket, Spacing};

const INDENT: &str = "    ";

/// Lays out a module. `None` if it holds something that is no token; whoever wants to know what is
/// wrong parses it.
#[must_use]
pub fn format(text: &str) -> Option<String> {
    let lines = lines::read(text)?;
    let blanks = blank::before(&lines);
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    for (line, blanks) in lines.iter().zip(blanks) {
        out.extend(std::iter::repeat_n('\n', blanks));
        write_line(&mut out, text, line);
        out.push('\n');
    }
    Some(out)
}

fn write_line(out: &mut String, text: &str, line: &Line) {
    let mut spacing = Spacing::new(&line.items);
    let mut brackets: Vec<Bracket> = Vec::new();
    let mut level = line.depth;
    let mut fresh = true;
    let mut joined = false;
    for item in &line.items {
        match item {
            Item::Break { join } => {
                if *join && brackets.is_empty() {
                    out.push_str(" \\");
                }
                joined = true;
                fresh = true;
                out.push('\n');
            }
            Item::Comment(start, end) => {
                if fresh {
                    let inner = brackets.last().map_or(line.depth, |bracket| bracket.level + 1);
                    indent(out, inner);
                } else {
                    out.push_str("  ");
                }
                write_comment(out, &text[*start..*end]);
                fresh = false;
            }
            Item::Token(piece) => {
                if fresh {
                    level = match brackets.last() {
                        Some(bracket) if piece.closes() => bracket.level,
                        Some(bracket) => bracket.level + 1,
                        None => line.depth + usize::from(joined),
                    };
                    indent(out, level);
                } else if spacing.needs_blank(*piece, brackets.last()) {
                    out.push(' ');
                }
                write_token(out, text, *piece);
                spacing.pass(*piece, brackets.last_mut());
                if piece.opens() {
                    brackets.push(Bracket { token: piece.token, level, annotated: false });
                } else if piece.closes() {
                    brackets.pop();
                }
                fresh = false;
            }
        }
    }
}

fn indent(out: &mut String, level: usize) {
    out.extend(std::iter::repeat_n(INDENT, level));
}

/// `#comment` becomes `# comment`; `#!` and `#:` mean something to tools.
fn write_comment(out: &mut String, comment: &str) {
    let comment = comment.trim_end();
    let body = &comment[1..];
    out.push('#');
    if !body.is_empty() && !body.starts_with([' ', '!', ':', '#']) {
        out.push(' ');
    }
    out.push_str(body);
}

fn write_token(out: &mut String, text: &str, piece: Piece) {
    let token = &text[piece.start..piece.end];
    match (piece.token, requoted(token)) {
        (Token::Str | Token::FStr, Some(requoted)) => out.push_str(&requoted),
        _ => out.push_str(token),
    }
}

/// A string in double quotes, if it is in single ones and needs nothing else to be changed.
fn requoted(literal: &str) -> Option<String> {
    let quote = literal.find(['"', '\''])?;
    let (prefix, quoted) = literal.split_at(quote);
    let (old, new) = if quoted.starts_with("'''") { ("'''", "\"\"\"") } else { ("'", "\"") };
    let body = quoted.strip_prefix(old)?.strip_suffix(old)?;
    let plain = !body.contains(['"', '\\']);
    plain.then(|| format!("{prefix}{new}{body}{new}"))
}

#[cfg(test)]
mod tests {
    use super::format;

    fn check(source: &str, expected: &str) {
        let once = format(source).expect("tokens only");
        assert_eq!(once, expected, "of {source:?}");
        assert_eq!(format(&once).as_deref(), Some(expected), "a second time");
    }

    #[test]
    fn blanks_between_tokens() {
        check("x=1\n", "x = 1\n");
        check(
            "def f( a:int,b : int=2 , * , c=3)->int :\n  return a+b * -c\n",
            "def f(a: int, b: int = 2, *, c=3) -> int:\n    return a + b * -c\n",
        );
        check("print( 'a',sep = '' )\n", "print(\"a\", sep=\"\")\n");
        check("x=a [ 1 : 2 ] . b ( )\n", "x = a[1:2].b()\n");
        check("x=a[i :-1]+a[ : :-1]\n", "x = a[i:-1] + a[::-1]\n");
        check(
            "x=a[i:len(a)]+a[i+1:]+a[:f(i)]+a[::n.x]\n",
            "x = a[i : len(a)] + a[i + 1 :] + a[: f(i)] + a[:: n.x]\n",
        );
        check("d={ 'a' :1 , 'b': [ ] }\n", "d = {\"a\": 1, \"b\": []}\n");
        check("y=x**2+x ** 2 -1\n", "y = x**2 + x ** 2 - 1\n");
        check("t=( 1 , )\n", "t = (1,)\n");
        check("f( * a,** b)\n", "f(*a, **b)\n");
        check("@ struct\nclass A :\n  x:i32\n", "@struct\nclass A:\n    x: i32\n");
        check("x=not(a)and-1 in[1]\n", "x = not (a) and -1 in [1]\n");
        check(
            "from .  import a\nfrom . m import b\nz=1 .real\n",
            "from . import a\nfrom .m import b\nz = 1 .real\n",
        );
        check("x = a if(n:=1)else b\n", "x = a if (n := 1) else b\n");
    }

    #[test]
    fn quotes_change_where_nothing_else_must() {
        check(
            "a = 'x'\nb = 'say \"x\"'\nc = 'don\\'t'\nd = b'x'\ne = ''\nf'{ a }'\n",
            "a = \"x\"\nb = 'say \"x\"'\nc = 'don\\'t'\nd = b\"x\"\ne = \"\"\nf\"{ a }\"\n",
        );
        check("'''doc'''\n", "\"\"\"doc\"\"\"\n");
    }

    #[test]
    fn comments_stay() {
        check("x = 1 #one\n#two\n#!three\n", "x = 1  # one\n# two\n#!three\n");
        check(
            "def f():\n    a\n  # of f\n# of the module\nx = 1\n",
            "def f():\n    a\n\n\n# of f\n# of the module\nx = 1\n",
        );
        check(
            "if a:\n # first\n b\n # last\nelse:\n c\n",
            "if a:\n    # first\n    b\n    # last\nelse:\n    c\n",
        );
        check(
            "x = [\n  1, # one\n      # two\n  2\n]\n",
            "x = [\n    1,  # one\n    # two\n    2\n]\n",
        );
    }

    #[test]
    fn lines_inside_brackets() {
        check("x = f(a,\n      b)\n", "x = f(a,\n    b)\n");
        check("f([\n1,\n  [2,\n3],\n])\n", "f([\n    1,\n    [2,\n        3],\n])\n");
        check("x = 1 + \\\n2\n", "x = 1 + \\\n    2\n");
    }

    #[test]
    fn blank_lines() {
        check(
            "\n\nimport a\ndef f():\n\n  x\n\n\n\n  y\nclass A:\n\n  def g(self):\n    pass\n  def h(self):\n    pass\n  z = 1\nw = 2\n\n",
            "import a\n\n\ndef f():\n    x\n\n    y\n\n\nclass A:\n    def g(self):\n        pass\n\n    def h(self):\n        pass\n\n    z = 1\n\n\nw = 2\n",
        );
        check(
            "x = 1\n# about f\n@deco\ndef f(): pass\n",
            "x = 1\n\n\n# about f\n@deco\ndef f(): pass\n",
        );
        check("'''doc'''\nimport a\n", "\"\"\"doc\"\"\"\n\nimport a\n");
        check("", "");
        check("\n\n", "");
    }

    #[test]
    fn what_is_no_token_stays_untouched() {
        assert_eq!(format("x = 'abc\n"), None);
        assert_eq!(format("x = $\n"), None);
    }
}
