//! Constructors of parameters and of the headers that have them.

use super::{
    Class, Cst, Def, E, Fail, Items, List, Param, ParamKind, ParseError, TypeParam, count,
};
use spy_text::Span;

impl Cst {
    /// Adds one item of a parameter list and gives its number.
    pub(crate) fn param(&mut self, param: Param) -> u32 {
        let n = count(self.params.len());
        self.params.push(param);
        n
    }

    /// Ends a parameter list and checks the order of its items.
    pub(crate) fn close_params(&mut self, items: Option<Items>) -> Result<List, ParseError> {
        let Some(items) = items else { return Ok(List::default()) };
        // Parameters of a lambda in a default stand between those of the list, so that the
        // list's own are moved to the end.
        let own: Vec<Param> =
            self.pending(items).iter().map(|&n| self.params[n as usize]).collect();
        self.pending.truncate(items.0 as usize);
        check_order(&own)?;
        let start = count(self.params.len());
        self.params.extend_from_slice(&own);
        Ok(List { start, len: count(own.len()) })
    }

    /// Adds a type parameter and gives its number.
    pub(crate) fn type_param(&mut self, param: TypeParam) -> u32 {
        let n = count(self.type_params.len());
        self.type_params.push(param);
        n
    }

    /// Ends a list of type parameters. They do not nest, so their numbers follow each other.
    pub(crate) fn close_type_params(&mut self, items: Items) -> List {
        let numbers = self.pending(items);
        let list = List { start: numbers.first().copied().unwrap_or(0), len: count(numbers.len()) };
        self.pending.truncate(items.0 as usize);
        list
    }

    /// The header of a `def`.
    pub(crate) fn def(
        &mut self,
        name: Span,
        type_params: Option<List>,
        params: List,
        returns: Option<E>,
    ) -> u32 {
        let n = count(self.defs.len());
        let type_params = type_params.unwrap_or_default();
        self.defs.push(Def { name, type_params, params, returns, decorators: List::default() });
        n
    }

    /// The header of a `class`.
    pub(crate) fn class(&mut self, name: Span, type_params: Option<List>, args: List) -> u32 {
        let n = count(self.classes.len());
        let type_params = type_params.unwrap_or_default();
        self.classes.push(Class { name, type_params, args, decorators: List::default() });
        n
    }
}

/// CPython's rules for the order of parameters, with its texts.
fn check_order(params: &[Param]) -> Result<(), ParseError> {
    let (mut slash, mut star, mut default) = (false, false, false);
    for (i, param) in params.iter().enumerate() {
        let at = param.span.start;
        let last = i + 1 == params.len();
        match param.kind {
            ParamKind::DoubleStar if !last => {
                return Fail::at(at, "arguments cannot follow var-keyword argument");
            }
            ParamKind::DoubleStar => {}
            ParamKind::Slash if slash => return Fail::at(at, "/ may appear only once"),
            ParamKind::Slash if star => return Fail::at(at, "/ must be ahead of *"),
            ParamKind::Slash if i == 0 => {
                return Fail::at(at, "at least one argument must precede /");
            }
            ParamKind::Slash => slash = true,
            ParamKind::Star | ParamKind::BareStar if star => {
                return Fail::at(at, "* argument may appear only once");
            }
            ParamKind::BareStar
                if params.get(i + 1).is_none_or(|next| next.kind == ParamKind::DoubleStar) =>
            {
                return Fail::at(at, "named arguments must follow bare *");
            }
            ParamKind::Star | ParamKind::BareStar => star = true,
            ParamKind::Plain if star => {}
            ParamKind::Plain if default && param.default.is_none() => {
                return Fail::at(
                    at,
                    "parameter without a default follows parameter with a default",
                );
            }
            ParamKind::Plain => default |= param.default.is_some(),
        }
    }
    Ok(())
}
