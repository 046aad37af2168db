//! `client`: what the pooled client costs, against tonic's channel and a connection for each call.
//!
//! All of them call the same bare server, in a process of its own, and on one thread unless told otherwise.

use crate::Error;

mod caller;
mod instructions;
mod load;
mod report;
mod reuse;
mod throughput;

/// What to measure.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    measure: Measure,
}

#[derive(Debug, clap::Subcommand)]
enum Measure {
    /// Calls per second and quantiles of the latency, in runs that take turns
    Throughput(throughput::Args),
    /// Instructions that a unary call costs the client, by callgrind
    Instructions(instructions::Args),
    /// Whether it pays to use messages and buffers again
    Reuse(reuse::Args),
    /// Make calls to a server that runs; what `instructions` counts
    Calls(instructions::Calls),
}

/// Measures.
pub(crate) fn run(args: &Args) -> Result<(), Error> {
    match &args.measure {
        Measure::Throughput(args) => throughput::run(args),
        Measure::Instructions(args) => instructions::run(args),
        Measure::Reuse(args) => reuse::run(args),
        Measure::Calls(args) => instructions::calls(args),
    }
}
