//! How many instructions a unary call costs the client.
//!
//! Two runs of different length under callgrind; the slope between them is the cost of a call, free of
//! what start and end cost. Needs `valgrind`.

use std::net::SocketAddr;
use std::path::Path;

use tokio::process::Command;

use super::caller::Way;
use crate::Error;
use crate::callgrind;
use crate::command::{at_most, say};
use crate::setup::Setup;
use crate::twin::{Process, Twin};

/// Calls of the shorter run: enough to warm what is made once.
const FEW: u64 = 1000;
/// Calls of the longer run.
const MANY: u64 = 5000;
/// Callers at once.
const CALLERS: u64 = 16;

/// What to demand.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Fail if the pool, whose calls have deadlines, costs more than so many times a channel, whose calls
    /// have none
    #[arg(long)]
    most: Option<f64>,
}

/// What to call.
#[derive(Debug, clap::Args)]
pub(crate) struct Calls {
    /// By which client
    way: Way,
    /// Where the server listens
    server: SocketAddr,
    /// Calls
    calls: u64,
}

/// Prints the instructions of each client, and their ratio to the first one.
#[tokio::main(flavor = "current_thread")]
pub(crate) async fn run(args: &Args) -> Result<(), Error> {
    let setup = Setup::new(1).await?;
    let server = Process::start(Twin::Bare, &setup.config()).await?;
    let mut slopes = Vec::new();
    say("client        instructions  ratio");
    for way in [Way::Channel, Way::Deadline, Way::Pool] {
        let few = count(way, server.address, FEW, setup.folder()).await?;
        let many = count(way, server.address, MANY, setup.folder()).await?;
        slopes.push((many - few) / (MANY - FEW) as f64);
        let (first, last) = (slopes[0], slopes[slopes.len() - 1]);
        let (name, ratio) = (way.name(), last / first);
        say(&format!("{name:<14}{last:>12.0}{ratio:>7.2}"));
    }
    server.end().await?;
    at_most(slopes[2] / slopes[0], args.most, "a channel")
}

/// The instructions of a whole run.
async fn count(way: Way, server: SocketAddr, calls: u64, folder: &Path) -> Result<f64, Error> {
    let out = folder.join(format!("client.{}.{calls}", way.name()));
    let [valgrind, options @ ..] = callgrind::around(&out);
    let status = Command::new(valgrind)
        .args(options)
        .arg(std::env::current_exe()?)
        .args(["client", "calls", way.name()])
        .args([server.to_string(), calls.to_string()])
        .status()
        .await
        .map_err(|error| format!("cannot start `valgrind`: {error}"))?;
    if !status.success() {
        return Err(format!("the client ended with {status}").into());
    }
    callgrind::total(&out)
}

/// Makes calls, from some callers at once.
#[tokio::main(flavor = "current_thread")]
pub(crate) async fn calls(args: &Calls) -> Result<(), Error> {
    let caller = args.way.connect(args.server, 1).await?;
    let mut callers = tokio::task::JoinSet::new();
    for _ in 0..CALLERS {
        let (mut caller, calls) = (caller.clone(), args.calls / CALLERS);
        callers.spawn(async move {
            for _ in 0..calls {
                caller.call(&[7; 64]).await?;
            }
            Ok::<_, Error>(())
        });
    }
    while let Some(ended) = callers.join_next().await {
        ended??;
    }
    Ok(())
}
