//! Runs the IR in the interpreter.
