//! `soak`: a million calls of a hundred thousand callers, strangers among them, and whether the
//! memory grows.

use std::sync::Arc;

use crate::Error;
use crate::command::{less_than, say};
use crate::load::Load;
use crate::setup::Setup;
use crate::strangers::Strangers;
use crate::twin::{Process, Twin};

/// What to send, and what to demand.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Calls
    #[arg(long, default_value_t = 1_000_000)]
    calls: u64,

    /// Callers, each with a token of its own
    #[arg(long, default_value_t = 100_000)]
    callers: usize,

    /// Unknown methods that are called, and unknown tokens that are sent
    #[arg(long, default_value_t = 100_000)]
    strangers: u64,

    /// Fail if the second half of the calls adds so many MiB or more
    #[arg(long)]
    most: Option<u64>,
}

/// Prints the resident memory after each tenth of the calls.
#[tokio::main(flavor = "current_thread")]
pub(crate) async fn run(args: &Args) -> Result<(), Error> {
    let setup = Setup::new(args.callers).await?;
    let server = Process::start(Twin::Chain, &setup.config()).await?;
    let load = Load {
        connections: 4,
        callers: 64,
        calls: args.calls / 10,
        tokens: Arc::clone(&setup.tokens),
    };
    let mut strangers = Strangers::connect(server.address).await?;
    let mut resident = Vec::new();
    for tenth in 1..=10 {
        load.send(server.address).await?;
        strangers.guess_paths(args.strangers / 10).await?;
        if !setup.tokens.is_empty() {
            strangers.forge_tokens(args.strangers / 10).await?;
        }
        let bytes = server
            .resident()
            .ok_or("the system tells no resident memory")?;
        say(&format!(
            "{:>9} calls  {:>6} KiB",
            load.calls * tenth,
            bytes >> 10
        ));
        resident.push(bytes);
    }
    server.end().await?;
    let growth = resident[9].saturating_sub(resident[4]) >> 20;
    say(&format!("the second half added {growth} MiB"));
    less_than(growth, args.most)
}
