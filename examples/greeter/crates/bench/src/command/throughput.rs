//! `throughput`: calls per second of the server's processor time, and quantiles of the latency.
//!
//! The twins take turns, round by round, so that what else the machine does hits all of them; a
//! round's figures are divided by those of the bare twin in the same round.

use std::sync::Arc;

use crate::Error;
use crate::command::{at_least, median, say};
use crate::load::Load;
use crate::setup::Setup;
use crate::twin::{Process, Twin};

/// How much to send.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Rounds, each of which measures every twin
    #[arg(long, default_value_t = 7)]
    rounds: usize,

    /// Calls of each twin in each round
    #[arg(long, default_value_t = 50_000)]
    calls: u64,

    /// Fail if the chassis serves less than so many times the calls of the bare server
    #[arg(long)]
    least: Option<f64>,

    /// Fail if the chassis serves less than so many times the calls of the naive layers
    #[arg(long)]
    least_of_layers: Option<f64>,
}

/// Prints the median of the rounds' ratios for each twin.
#[tokio::main(flavor = "current_thread")]
pub(crate) async fn run(args: &Args) -> Result<(), Error> {
    let setup = Setup::new(64).await?;
    let load = Load {
        connections: 4,
        callers: 16,
        calls: args.calls,
        tokens: Arc::clone(&setup.tokens),
    };
    let mut servers = Vec::new();
    for twin in Twin::ALL {
        let server = Process::start(twin, &setup.config()).await?;
        // The first calls fill caches.
        load.send(server.address).await?;
        servers.push(server);
    }
    let mut rates = vec![Vec::new(); servers.len()];
    let mut tails = vec![Vec::new(); servers.len()];
    for _ in 0..args.rounds {
        let mut bare = (1.0, 1.0);
        for (index, server) in servers.iter().enumerate() {
            let before = server.busy();
            let run = load.send(server.address).await?;
            // What else the machine does takes time, but not that of the server.
            let busy = server
                .busy()
                .zip(before)
                .map(|(after, before)| after - before);
            let rate = args.calls as f64 / busy.unwrap_or(run.elapsed).as_secs_f64();
            let tail = run.latency.value_at_quantile(0.99) as f64;
            if index == 0 {
                bare = (rate, tail);
            }
            rates[index].push(rate / bare.0);
            tails[index].push(tail / bare.1);
        }
    }
    say("twin          calls/s    p99  (ratios to bare, medians)");
    let medians: Vec<_> = rates.iter().map(|rates| median(rates)).collect();
    for (index, twin) in Twin::ALL.iter().enumerate() {
        let (rate, tail) = (medians[index], median(&tails[index]));
        say(&format!("{:<14}{rate:>7.2}{tail:>7.2}", twin.name()));
    }
    for server in servers {
        server.end().await?;
    }
    let of = |wanted| Twin::ALL.iter().position(|twin| *twin == wanted);
    let rate = |wanted| of(wanted).map_or(f64::NAN, |index| medians[index]);
    at_least(rate(Twin::Chain), args.least, "the bare server")?;
    let layers = rate(Twin::Chain) / rate(Twin::Layers);
    at_least(layers, args.least_of_layers, "the naive layers")
}
