//! `latency`: how late answers are while the server has half of the work that it could do.
//!
//! An open loop, at half of the rate that saturates the slower twin. The twins take turns,
//! round by round; a round's figures are divided by those of the bare twin in the same round.

use std::sync::Arc;
use std::time::Duration;

use crate::Error;
use crate::command::{at_most, median, say};
use crate::load::Load;
use crate::open::Pace;
use crate::setup::Setup;
use crate::twin::{Process, Twin};

/// The twins that are compared: what is too slow for the load has no latency to speak of.
const TWINS: [Twin; 2] = [Twin::Bare, Twin::Chain];

/// How much to send, and what to demand.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Rounds, each of which measures every twin
    #[arg(long, default_value_t = 21)]
    rounds: usize,

    /// Seconds of each twin in each round
    #[arg(long, default_value_t = 1)]
    seconds: u64,

    /// Fail if the 99th percentile of the chassis is more than so many times that of the bare server
    #[arg(long)]
    most: Option<f64>,
}

/// Prints the median of the rounds' latencies, and of their ratios.
#[tokio::main(flavor = "current_thread")]
pub(crate) async fn run(args: &Args) -> Result<(), Error> {
    let setup = Setup::new(64).await?;
    let load = Load {
        connections: 4,
        callers: 16,
        calls: 20_000,
        tokens: Arc::new(setup.tokens.clone()),
    };
    let mut servers = Vec::new();
    let mut saturated = f64::INFINITY;
    for twin in TWINS {
        let server = Process::start(twin, &setup.config(), &[] as &[&str]).await?;
        // The first calls fill caches.
        load.send(server.address).await?;
        let rate = load.send(server.address).await?.per_second();
        // Neither has more than half of what it could do.
        saturated = saturated.min(rate);
        servers.push(server);
    }
    let pace = Pace {
        rate: saturated / 2.0,
        time: Duration::from_secs(args.seconds),
    };
    let mut tails = vec![Vec::new(); servers.len()];
    let mut ratios = vec![Vec::new(); servers.len()];
    for _ in 0..args.rounds {
        let mut bare = 1.0;
        for (index, server) in servers.iter().enumerate() {
            let latency = pace.send(&load, server.address).await?;
            let tail = latency.value_at_quantile(0.99) as f64;
            if index == 0 {
                bare = tail;
            }
            tails[index].push(tail);
            ratios[index].push(tail / bare);
        }
    }
    say(&format!("{:.0} calls/s     p99 us  ratio", pace.rate));
    let mut ratio = 1.0;
    for (index, twin) in TWINS.iter().enumerate() {
        let tail = median(&tails[index]);
        ratio = median(&ratios[index]);
        say(&format!("{:<14}{tail:>12.0}{ratio:>7.2}", twin.name()));
    }
    for server in servers {
        server.end().await?;
    }
    at_most(ratio, args.most, "the bare server")
}
