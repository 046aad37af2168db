//! One test binary, a file per promise.
//!
//! Slow ones need `PROTOSMITH_SLOW=1` (`.ci/run` sets it) and say so otherwise.
#![allow(
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "tests read and write files, and say what they skip"
)]

mod asked;
mod completions;
mod examples;
mod features;
mod formatted;
mod fuzz;
mod generated;
mod interrupted;
mod new;
mod package;
mod screens;
mod workspace;
