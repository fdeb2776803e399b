//! What runs again after an edit, and that it makes no difference to the result.

mod bodies;
mod failures;
mod model;
mod parallel;
mod positions;
mod random;
mod support;
