//! `instructions`: how many instructions a unary call costs the server.
//!
//! Two runs of different length under callgrind; the slope between them is the cost of a call, free
//! of what start and end cost. Needs `valgrind`.

use std::sync::Arc;

use crate::Error;
use crate::callgrind;
use crate::command::{at_most, say};
use crate::load::Load;
use crate::setup::Setup;
use crate::twin::{Process, Twin};

/// Calls of the shorter run: enough to warm what is made once.
const FEW: u64 = 2000;
/// Calls of the longer run: so many that what start-up takes, which differs by millions of instructions
/// between runs, is little for each of them.
const MANY: u64 = 32_000;

/// What to count, and what to demand.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Fail if the chassis costs more than so many times the bare server
    #[arg(long)]
    most: Option<f64>,
}

/// Prints the instructions of each twin, and their ratio to the bare one.
#[tokio::main(flavor = "current_thread")]
pub(crate) async fn run(args: &Args) -> Result<(), Error> {
    let setup = Setup::new(16).await?;
    let mut bare = 0.0;
    say("twin          instructions  ratio");
    for twin in Twin::ALL {
        let few = count(twin, &setup, FEW).await?;
        let many = count(twin, &setup, MANY).await?;
        let slope = (many - few) / (MANY - FEW) as f64;
        if twin == Twin::Bare {
            bare = slope;
        }
        let ratio = slope / bare;
        say(&format!("{:<14}{slope:>12.0}{ratio:>7.2}", twin.name()));
        if twin == Twin::Chain {
            at_most(ratio, args.most, "the bare server")?;
        }
    }
    Ok(())
}

/// The instructions of a whole run.
async fn count(twin: Twin, setup: &Setup, calls: u64) -> Result<f64, Error> {
    let out = setup.folder().join(format!("{}.{calls}", twin.name()));
    let server = Process::start_under(twin, &setup.config(), &callgrind::around(&out)).await?;
    let load = Load {
        connections: 4,
        callers: 4,
        calls,
        tokens: Arc::clone(&setup.tokens),
    };
    load.send(server.address).await?;
    server.end().await?;
    callgrind::total(&out)
}
