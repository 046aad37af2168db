//! One test binary, a file per promise.
//!
//! Slow ones need `PROTOSMITH_SLOW=1` (`.ci/run` sets it) and say so otherwise.
#![allow(
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "tests read and write files, and say what they skip"
)]

mod adopt;
mod against;
mod asked;
mod blackholed;
mod built;
mod command;
mod completions;
mod drift;
mod evolution;
mod examples;
mod extended;
mod features;
mod foreign;
mod formatted;
mod fuzz;
mod gateway;
mod generated;
mod grown;
mod hello;
mod history;
mod image;
mod interrupted;
mod judged;
mod killed;
mod kubernetes;
mod lives;
mod monitored;
mod new;
mod package;
mod page;
mod pod;
mod project;
mod proxied;
mod published;
mod runbook;
mod schema;
mod screens;
mod server;
mod sets;
mod shown;
mod stores;
mod sync;
mod template;
mod toggled;
mod transactions;
mod up;
mod upgraded;
mod wired;
mod workflow;
mod workspace;
