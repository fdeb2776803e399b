//! What editors ask, asked about small programs. In their texts `$0`, `$1`, ... mark places.

mod changes;
mod complete;
mod fixture;
mod look;
mod navigate;
mod repair;
