//! Compiled programs do what the IR says: each is linked with the runtime and run, with checked
//! pointers and without.

mod debug;
mod guest;
mod operations;
mod run;
mod values;
