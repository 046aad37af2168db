//! Calls per second and quantiles of the latency.
//!
//! The clients take turns, round by round, so that what else the machine does hits all of them.

use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

use chassis::runtime::process::Stat;
use client::Pooling;
use tokio::runtime::Builder;

use super::caller::Way;
use super::load::{Kind, Load};
use super::report::{Rates, Report};
use crate::Error;
use crate::command::{at_least, say};
use crate::setup::Setup;
use crate::twin::{Process, Twin};

/// What to send, and what to demand.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// What callers repeat
    #[arg(long, value_enum, default_value_t = Kind::Unary)]
    kind: Kind,

    /// Callers at once
    #[arg(long, default_value_t = 256)]
    callers: usize,

    /// Threads of the client
    #[arg(long, default_value_t = 1)]
    threads: usize,

    /// Threads of the server
    #[arg(long, default_value_t = 1)]
    server_threads: usize,

    /// The clients; the first one is that which the others are compared with
    #[arg(long, value_enum, value_delimiter = ',', default_values_t = Way::ALL)]
    ways: Vec<Way>,

    /// Most connections of the pool
    #[arg(long, default_value_t = Pooling::default().max_connections)]
    connections: usize,

    /// Rounds, each of which measures every client
    #[arg(long, default_value_t = 5)]
    rounds: usize,

    /// Seconds of each client in each round
    #[arg(long, default_value_t = 2.0)]
    seconds: f64,

    /// Begin so many calls a second, whatever becomes of those before; without it, each caller waits for
    /// its answer
    #[arg(long)]
    rate: Option<f64>,

    /// Write the figures to a file as well, as JSON
    #[arg(long)]
    json: Option<PathBuf>,

    /// Fail if the pool has less than so many times the calls of a channel
    #[arg(long)]
    least: Option<f64>,

    /// Fail if the pool has less than so many times the calls of a connection for each
    #[arg(long)]
    least_of_reconnect: Option<f64>,
}

/// Prints a line for each client.
pub(crate) fn run(args: &Args) -> Result<(), Error> {
    let runtime = Builder::new_multi_thread()
        .worker_threads(args.threads)
        .enable_all()
        .build()?;
    runtime.block_on(measure(args))
}

async fn measure(args: &Args) -> Result<(), Error> {
    let setup = Setup::new(1).await?;
    let (config, threads) = (setup.config(), args.server_threads);
    let server = Process::start_on(Twin::Bare, &config, threads).await?;
    let load = Load {
        kind: args.kind,
        callers: args.callers,
        connections: args.connections,
        time: Duration::from_secs_f64(args.seconds),
        rate: args.rate,
    };
    let reports = args.ways.iter().map(|way| Report::new(*way));
    let mut reports = reports.collect::<Result<Vec<_>, _>>()?;
    for round in 0..args.rounds {
        let mut first = None;
        for report in &mut reports {
            let (way, name) = (report.way, report.way.name());
            let progress = |calls| {
                // Whoever does not read it does not miss it.
                let line = format!("round {}, {name}: {calls} calls", round + 1);
                let _ = writeln!(std::io::stderr(), "{line}");
            };
            let ours = || Some(Stat::of("self")?.busy);
            let busy = || (server.busy(), ours());
            let before = busy();
            let run = load.send(way, server.address, progress).await?;
            let rates = Rates::of(&run, before, busy());
            report.add(run, rates, *first.get_or_insert(rates))?;
        }
    }
    server.end().await?;
    say(&Report::heads());
    for report in &reports {
        say(&report.line());
    }
    if let Some(file) = &args.json {
        let all: Vec<_> = reports.iter().map(Report::json).collect();
        std::fs::write(file, serde_json::to_vec_pretty(&all)?)?;
    }
    let of = |wanted| args.ways.iter().position(|way| *way == wanted);
    let ratio = |way| of(way).map_or(f64::NAN, |index| reports[index].ratio());
    at_least(ratio(Way::Pool), args.least, "a channel")?;
    let reconnect = ratio(Way::Pool) / ratio(Way::Reconnect);
    at_least(reconnect, args.least_of_reconnect, "a connection per call")
}
