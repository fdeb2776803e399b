//! How definitions are called, and what the parser calls those that it makes up.

use spy_text::Name;

/// Names a definition inside a module: `""` is the module itself, `f` a function, `C.m` a method,
/// `f.g` a function inside a function. The n-th (n > 1) definition of one name in one body is
/// written `f#n`; so a path never depends on what else stands in the file.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct DefPath(pub Name);

/// What the struct for the locals of a generator is called. It is a keyword, so nothing else is.
pub const GENERATOR_STATE: &str = "class";
/// What the function is called that goes on to the next `yield`.
pub const GENERATOR_STEP: &str = "yield";
/// What the function is called that makes a generator.
pub const GENERATOR_START: &str = "def";

/// What lambdas are called. It is a keyword, so nothing else is.
pub const LAMBDA: &str = "lambda";
/// What the blue function is called that a `def` in a red function stands for: this, and the name.
pub const LOCAL_DEF: &str = "lambda:";
/// What the function is called that computes a lambda's value.
pub const LAMBDA_CALL: &str = "def";

impl DefPath {
    /// The module's own top level.
    #[must_use]
    pub fn module() -> Self {
        Self(Name::new_static(""))
    }

    /// Whether this is the module's own top level.
    #[must_use]
    pub fn is_module(&self) -> bool {
        self.0.is_empty()
    }

    /// The path of the `nth` (from 1) definition called `name` directly inside `self`.
    #[must_use]
    pub fn child(&self, name: &str, nth: usize) -> Self {
        let dot = if self.is_module() { "" } else { "." };
        let parent = &self.0;
        Self(if nth <= 1 {
            Name::from(format!("{parent}{dot}{name}"))
        } else {
            Name::from(format!("{parent}{dot}{name}#{nth}"))
        })
    }

    /// Whether this is a lambda, which makes functions, or what stands for a `def` in a red function.
    #[must_use]
    pub fn is_lambda(&self) -> bool {
        self.last().split(['#', ':']).next() == Some(LAMBDA)
    }

    /// Whether this is the blue function that a `def` in a red function stands for.
    #[must_use]
    pub fn is_local_def(&self) -> bool {
        self.local_name().is_some()
    }

    /// The name of the `def` in a red function that this stands for.
    #[must_use]
    pub fn local_name(&self) -> Option<&str> {
        self.last().strip_prefix(LOCAL_DEF)?.split('#').next()
    }

    fn last(&self) -> &str {
        self.0.rsplit('.').next().unwrap_or_default()
    }

    /// Whether this is the function that computes a lambda's value.
    #[must_use]
    pub fn is_call_of_lambda(&self) -> bool {
        !self.is_lambda() && self.in_lambda()
    }

    /// The path of the function that computes a lambda's value.
    #[must_use]
    pub fn call_of_lambda(&self) -> Self {
        self.child(LAMBDA_CALL, 1)
    }

    /// Whether this is the struct for the locals of a generator.
    #[must_use]
    pub fn is_generator_state(&self) -> bool {
        self.last() == GENERATOR_STATE
    }

    /// Whether this is the function that goes on to the next `yield` of a generator.
    #[must_use]
    pub fn is_generator_step(&self) -> bool {
        self.last() == GENERATOR_STEP
    }

    /// The function that makes the generator whose steps this does. It has the parameters.
    #[must_use]
    pub fn generator_start(&self) -> Option<Self> {
        let is_step = self.is_generator_step();
        Some(self.parent().filter(|_| is_step)?.child(GENERATOR_START, 1))
    }

    /// Whether this is `around`, or inside of it.
    #[must_use]
    pub fn is_in(&self, around: &Self) -> bool {
        let rest = self.0.strip_prefix(around.0.as_str());
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    }

    /// Whether this is a lambda or a function that one makes.
    #[must_use]
    pub fn in_lambda(&self) -> bool {
        self.is_lambda() || self.parent().is_some_and(|parent| parent.is_lambda())
    }

    /// The definition that contains this one; `None` for the module.
    #[must_use]
    pub fn parent(&self) -> Option<Self> {
        if self.is_module() {
            return None;
        }
        Some(self.0.rfind('.').map_or_else(Self::module, |dot| Self(Name::from(&self.0[..dot]))))
    }
}
