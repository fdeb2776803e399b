//! What an unfinished line was going to be.
//!
//! While somebody types, most lines do not parse: `x = `, `p.`, `f(a, `, `if n`. Where an operand
//! is missing, a name without characters is put; brackets that are open are closed; a header gets its
//! colon. The result has a tree, in which the parts that are there can be looked up. The error has
//! been reported by then, and a module with errors is never built.

use crate::lexer::lines::Spanned;
use crate::lexer::token::Token;

/// The tokens of a line with what is missing; `None` if nothing is there to start with, or names of
/// files would have to be guessed.
pub(crate) fn repair(tokens: &[Spanned]) -> Option<Vec<Spanned>> {
    let first = tokens.first()?.1;
    if matches!(first, Token::Import | Token::From) {
        return None;
    }
    let mut repair = Repair { out: Vec::with_capacity(tokens.len() + 4), open: Vec::new(), first };
    for &token in tokens {
        repair.push(token);
    }
    repair.finish();
    Some(repair.out)
}

struct Repair {
    out: Vec<Spanned>,
    /// Brackets that are open.
    open: Vec<Token>,
    first: Token,
}

impl Repair {
    fn push(&mut self, token: Spanned) {
        if self.wants_operand() && !self.can_follow(token.1) {
            self.add(Token::Name);
        }
        match token.1 {
            Token::LPar | Token::LSqb | Token::LBrace | Token::FStart | Token::FOpen => {
                self.open.push(token.1);
            }
            Token::RPar | Token::RSqb | Token::RBrace | Token::FEnd | Token::FClose => {
                self.open.pop();
            }
            _ => {}
        }
        self.out.push(token);
    }

    fn finish(&mut self) {
        if self.wants_operand() {
            self.add(Token::Name);
        }
        if self.out.last().is_some_and(|last| last.1 == Token::LSqb) {
            self.add(Token::Name);
        }
        while let Some(open) = self.open.pop() {
            self.add(match open {
                Token::LSqb => Token::RSqb,
                Token::LBrace => Token::RBrace,
                Token::FStart => Token::FEnd,
                Token::FOpen => Token::FClose,
                _ => Token::RPar,
            });
        }
        match self.first {
            Token::Def => self.finish_def(),
            Token::For => self.finish_for(),
            _ => {}
        }
        let last = self.out.last().map(|last| last.1);
        if self.first.opens_block() && last != Some(Token::Colon) && !self.has_colon() {
            self.add(Token::Colon);
        }
    }

    /// `def f` is going to have parameters.
    fn finish_def(&mut self) {
        if !self.out.iter().any(|token| token.1 == Token::LPar) {
            self.out.truncate(2);
            self.add(Token::LPar);
            self.add(Token::RPar);
        }
    }

    /// `for x` is going to iterate over something.
    fn finish_for(&mut self) {
        if !self.out.iter().any(|token| token.1 == Token::In) {
            self.add(Token::In);
            self.add(Token::Name);
        }
    }

    /// Whether a header has its colon, with statements behind it.
    fn has_colon(&self) -> bool {
        let mut depth = 0_usize;
        self.out.iter().any(|token| {
            match token.1 {
                Token::LPar | Token::LSqb | Token::LBrace => depth += 1,
                Token::RPar | Token::RSqb | Token::RBrace => depth = depth.saturating_sub(1),
                _ => {}
            }
            depth == 0 && token.1 == Token::Colon
        })
    }

    /// Adds a token without characters behind the last one.
    fn add(&mut self, token: Token) {
        let at = self.out.last().map_or(0, |last| last.2);
        self.out.push((at, token, at));
    }

    /// Whether the line cannot end, and no bracket close, behind the last token.
    fn wants_operand(&self) -> bool {
        let Some((_, last, _)) = self.out.last() else { return false };
        match last {
            // A slice may lack its parts, a header ends with it; a parameter or a pair goes on.
            Token::Colon => {
                let is_header = self.open.is_empty() && self.first.opens_block();
                !is_header && self.open.last() != Some(&Token::LSqb)
            }
            // `f(*` and `print(a, *`, but not `def f(*)`.
            Token::At => self.out.len() > 1,
            _ => wants_operand(*last),
        }
    }

    /// Whether a token can stand where an operand is wanted.
    fn can_follow(&self, token: Token) -> bool {
        if self.out.last().is_some_and(|last| last.1 == Token::Dot) {
            return token == Token::Name;
        }
        starts_operand(token)
    }
}

fn wants_operand(last: Token) -> bool {
    use Token as T;
    matches!(
        last,
        T::Dot
            | T::FOpen
            | T::Arrow
            | T::Equal
            | T::ColonEqual
            | T::Plus
            | T::Minus
            | T::Star
            | T::Slash
            | T::DoubleSlash
            | T::Percent
            | T::DoubleStar
            | T::LeftShift
            | T::RightShift
            | T::Amper
            | T::VBar
            | T::Caret
            | T::Tilde
            | T::EqEqual
            | T::NotEqual
            | T::Less
            | T::LessEqual
            | T::Greater
            | T::GreaterEqual
            | T::PlusEqual
            | T::MinusEqual
            | T::StarEqual
            | T::SlashEqual
            | T::DoubleSlashEqual
            | T::PercentEqual
            | T::DoubleStarEqual
            | T::AtEqual
            | T::LeftShiftEqual
            | T::RightShiftEqual
            | T::AmperEqual
            | T::VBarEqual
            | T::CaretEqual
            | T::And
            | T::Or
            | T::Not
            | T::In
            | T::NotIn
            | T::Is
            | T::IsNot
            | T::If
            | T::Elif
            | T::While
            | T::For
            | T::Def
            | T::Class
            | T::Assert
            | T::Del
            | T::Raise
            | T::Var
            | T::Const
    )
}

fn starts_operand(token: Token) -> bool {
    use Token as T;
    matches!(
        token,
        T::Name
            | T::Number
            | T::Str
            | T::FStart
            | T::True
            | T::False
            | T::None
            | T::Ellipsis
            | T::LPar
            | T::LSqb
            | T::LBrace
            | T::Plus
            | T::Minus
            | T::Tilde
            | T::Not
            | T::Star
            | T::DoubleStar
            | T::Lambda
            | T::Await
            | T::Yield
    )
}

#[cfg(test)]
mod tests {
    use crate::ast::{Expr, Stmt};
    use crate::parse;

    /// The statements that a text has, and how many errors.
    fn parsed(text: &str) -> (Vec<Stmt>, usize) {
        let module = parse(text);
        let stmts = module.bodies.values().flat_map(|body| body.stmts.clone()).collect();
        (stmts, module.errors.len())
    }

    #[test]
    fn unfinished_lines_have_a_tree_and_one_error() {
        for line in [
            "x = ",
            "x = p.",
            "x = p.a.",
            "f(",
            "f(a, ",
            "f(a, k=",
            "x = a +",
            "x = [1, ",
            "x = {1: ",
            "return p.",
            "a.b = ",
            "x: ",
            "a[",
            "a[1:",
            "assert ",
            "x = not",
            "print(p.)",
            "f(a.).b",
            "x = g(h(1, 2",
            "for x",
            "for x in ",
            "if ",
            "while a.",
            "def",
            "def f",
            "def f(",
            "def f(a",
            "def f(a: ",
            "def f(a: i32) -> ",
            "if a",
            "f(a b)",
            "class",
            "class C",
        ] {
            let text = format!("def g() -> None:\n    y = 1\n    {line}\n    z = 2\n");
            let (stmts, errors) = parsed(&text);
            assert_eq!(errors, 1, "{line}");
            // What a `def` in a function stands for has two statements of its own.
            let expected = if line.starts_with("def") { 6 } else { 4 };
            assert_eq!(stmts.len(), expected, "{line}: {stmts:?}");
        }
    }

    #[test]
    fn the_parts_that_are_there_can_be_looked_up() {
        let module = parse("def f(p: P) -> None:\n    g(p.\n    q = 1\n    r = 2\n");
        let body = module.bodies.values().last().expect("a body");
        let attr = body.exprs.iter().find(|expr| matches!(expr, Expr::GetAttr { .. }));
        let Some(Expr::GetAttr { value, attr }) = attr else { panic!("{body:?}") };
        assert_eq!((body.expr(*value), attr.as_str()), (&Expr::Name("p".into()), ""));
    }

    #[test]
    fn a_block_below_an_unfinished_header_belongs_to_it() {
        let text = "def f() -> None:\n    if a.\n        b = 1\n    else:\n        c = 2\n";
        let (stmts, errors) = parsed(text);
        assert_eq!(errors, 1);
        let branches = stmts.iter().find_map(|stmt| match stmt {
            Stmt::If { then, orelse, .. } => Some((then.len(), orelse.len())),
            _ => None,
        });
        assert_eq!(branches, Some((1, 1)), "{stmts:?}");
    }

    #[test]
    fn no_file_is_guessed() {
        let (stmts, errors) = parsed("import\nfrom a.\nfrom a import\nimport a.\n");
        assert_eq!((stmts.len(), errors), (0, 4));
    }
}
