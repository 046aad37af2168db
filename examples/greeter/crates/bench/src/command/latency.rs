//! `latency`: how late answers are while the server has half of the work that it could do.
//!
//! An open loop, at half of the rate that saturates the slower twin. Both are sent by the same lean client, so
//! that what is saturated is the server; client and server have a core each. The twins take turns, in short rounds.
//!
//! A virtual machine stands still for milliseconds, some ten times a second, and whoever serves is late then for
//! more than a hundredth of its calls. So a 99th percentile is taken of each window that is short enough for
//! most of them to have no such moment, and the lower quartile of them all is compared.

use std::sync::Arc;
use std::time::Duration;

use crate::Error;
use crate::command::{at_most, lower_quartile, say};
use crate::cores::{Cores, stay_on};
use crate::load::Load;
use crate::open::{Pace, tail};
use crate::saturate::saturate;
use crate::setup::Setup;
use crate::twin::{Process, Twin};

/// The twins that are compared: what is too slow for the load has no latency to speak of.
const TWINS: [Twin; 2] = [Twin::Bare, Twin::Chain];

/// How long a window is: some hundred calls.
const WINDOW: Duration = Duration::from_millis(20);

/// How much to send, and what to demand.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Rounds, each of which measures every twin
    #[arg(long, default_value_t = 20)]
    rounds: usize,

    /// Milliseconds of each twin in each round
    #[arg(long, default_value_t = 500)]
    millis: u64,

    /// Calls per second, instead of half of what saturates the slower twin
    #[arg(long)]
    rate: Option<u32>,

    /// Fail if the 99th percentile of the chassis is more than so many times that of the bare server
    #[arg(long)]
    most: Option<f64>,
}

/// Prints the 99th percentile of each twin, and its ratio to that of the bare server.
#[tokio::main(flavor = "current_thread")]
pub(crate) async fn run(args: &Args) -> Result<(), Error> {
    let cores = Cores::find()?;
    let setup = Setup::new(64).await?;
    let load = Load {
        connections: 4,
        callers: 16,
        calls: 20_000,
        tokens: Arc::clone(&setup.tokens),
    };
    let mut servers = Vec::new();
    if let Some(cores) = cores {
        stay_on(cores.server)?;
    }
    for twin in TWINS {
        servers.push(Process::start(twin, &setup.config()).await?);
    }
    if let Some(cores) = cores {
        stay_on(cores.client)?;
    }
    let mut saturated = f64::INFINITY;
    for server in &servers {
        // The first calls fill caches.
        saturate(&load, server.address).await?;
        if args.rate.is_none() {
            // Neither has more than half of what it could do.
            saturated = saturated.min(saturate(&load, server.address).await?);
        }
    }
    let pace = Pace {
        rate: args.rate.map_or(saturated / 2.0, f64::from),
        time: Duration::from_millis(args.millis),
    };
    let window = pace.calls(WINDOW).max(1);
    let mut tails = vec![Vec::new(); servers.len()];
    for _ in 0..args.rounds {
        for (server, tails) in servers.iter().zip(&mut tails) {
            let latencies = pace.send(&load, server.address).await?;
            tails.extend(latencies.chunks_exact(window).map(tail));
        }
    }
    for server in servers {
        server.end().await?;
    }
    say(&format!("{:.0} calls/s     p99 us  ratio", pace.rate));
    let tails = tails.iter().map(|tails| lower_quartile(tails));
    let tails: Vec<_> = tails.collect();
    let ratio = |tail: f64| tail / tails[0];
    for (twin, tail) in TWINS.iter().zip(&tails) {
        let (name, ratio) = (twin.name(), ratio(*tail));
        say(&format!("{name:<14}{tail:>12.0}{ratio:>7.2}"));
    }
    at_most(ratio(tails[1]), args.most, "the bare server")
}
