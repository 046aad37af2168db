//! `stalled`: whether a client feels thousands of connections that stall, and what they leave behind.
//!
//! A quiet run and one in their company take turns, round by round; then they leave. They stay for as long
//! as they are measured: the server's timeouts, which would close them, are longer here.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chassis::config::Source;
use tokio::time::sleep;

use crate::Error;
use crate::command::{at_most, less_than, median, say};
use crate::load::Load;
use crate::open::{Pace, tail};
use crate::setup::Setup;
use crate::stalled::Stalled;
use crate::twin::{Process, Twin};

/// Longer than any round.
const PATIENT: Duration = Duration::from_secs(120);
/// Longest time for the server to notice that they have left.
const LEAVING: Duration = Duration::from_secs(30);
/// What stays the same for so long has come to rest.
const REST: Duration = Duration::from_millis(500);
/// Files that a process has besides its connections.
const OTHERS: u64 = 100;

/// How many stall, and what to demand.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Connections that send one byte and stop
    #[arg(long, default_value_t = 2000)]
    beginning: usize,

    /// Connections that call and stop reading
    #[arg(long, default_value_t = 500)]
    stopped: usize,

    /// Rounds, each of which measures both
    #[arg(long, default_value_t = 9)]
    rounds: usize,

    /// Calls per second of the client that is measured
    #[arg(long, default_value_t = 1000)]
    rate: u32,

    /// Seconds of each run
    #[arg(long, default_value_t = 2)]
    seconds: u64,

    /// Fail if the 99th percentile in their company is more than so many times the quiet one
    #[arg(long)]
    most: Option<f64>,

    /// Fail if the rounds after the first add so many MiB or more
    #[arg(long)]
    most_memory: Option<u64>,
}

/// Prints the quantiles, their ratio, and what the connections have left behind.
#[tokio::main(flavor = "current_thread")]
pub(crate) async fn run(args: &Args) -> Result<(), Error> {
    allow_files((args.beginning + args.stopped) as u64 + OTHERS)?;
    let setup = Setup::new(1).await?;
    let mut config = Source::new(setup.config(), "bench").load()?;
    let connections = 2 * (args.beginning + args.stopped) + 10;
    config.server.max_connections = NonZeroUsize::new(connections).ok_or("there are some")?;
    config.server.handshake_timeout = PATIENT;
    config.server.connection.read_timeout = PATIENT;
    config.server.connection.write_timeout = PATIENT;
    // Who does not read does not answer either.
    config.server.keepalive.interval = Duration::ZERO;
    let file = setup.folder().join("stalled.yaml");
    std::fs::write(&file, serde_json::to_string(&config)?)?;
    let server = Process::start(Twin::Chain, &file).await?;
    let load = Load {
        connections: 1,
        callers: 4,
        calls: 20_000,
        tokens: Arc::clone(&setup.tokens),
    };
    // The first calls fill caches.
    load.send(server.address).await?;
    let pace = Pace {
        rate: f64::from(args.rate),
        time: Duration::from_secs(args.seconds),
    };
    let token = setup.tokens.first().map(|token| token.to_str());
    let token = token.transpose()?;
    let files = || server.open_files().ok_or("the system tells no open files");
    let busy = || {
        server
            .busy()
            .ok_or("the system tells no times of processors")
    };
    let resident = || {
        server
            .resident()
            .ok_or("the system tells no resident memory")
    };
    let alone = settled(files).await?;
    let (mut quiet, mut crowded, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    let (mut memory, mut most) = (Vec::new(), 0);
    for _ in 0..args.rounds {
        let before = pace.send(&load, server.address).await?;
        let others = Stalled::open(server.address, args.beginning, args.stopped, token).await?;
        // What is measured is their company, not their coming.
        settled(busy).await?;
        let among = pace.send(&load, server.address).await?;
        let stayed = files()?.saturating_sub(alone);
        if stayed < others.count() {
            let all = others.count();
            return Err(format!("of {all} connections that were to stay, {stayed} have").into());
        }
        most = most.max(resident()?);
        drop(others);
        left(alone, files).await?;
        memory.push(resident()?);
        let (before, among) = (tail(&before), tail(&among));
        quiet.push(before);
        crowded.push(among);
        ratios.push(among / before);
    }
    // It ends well only if no connection and no call is left.
    server.end().await?;
    let ratio = median(&ratios);
    let (first, last) = memory
        .first()
        .zip(memory.last())
        .ok_or("there was no round")?;
    let growth = last.saturating_sub(*first) >> 20;
    say(&format!(
        "p99 {:.0} us alone, {:.0} us among {} that stall: {ratio:.2} times",
        median(&quiet),
        median(&crowded),
        args.beginning + args.stopped,
    ));
    say(&format!(
        "no connection is left; {} MiB with them, {growth} MiB more after the last round than after the first",
        most >> 20
    ));
    at_most(ratio, args.most, "the quiet run")?;
    less_than(growth, args.most_memory)
}

/// What the server tells once that stays the same: files that are open, or time that it has taken.
async fn settled<T: PartialEq>(told: impl Fn() -> Result<T, &'static str>) -> Result<T, Error> {
    let mut same = (told()?, Instant::now());
    while same.1.elapsed() < REST {
        sleep(Duration::from_millis(20)).await;
        let now = told()?;
        if now != same.0 {
            same = (now, Instant::now());
        }
    }
    Ok(same.0)
}

/// Waits until the server has no more files open than it had `alone`.
async fn left(alone: usize, files: impl Fn() -> Result<usize, &'static str>) -> Result<(), Error> {
    let start = Instant::now();
    loop {
        let now = files()?;
        if now <= alone {
            return Ok(());
        }
        if start.elapsed() > LEAVING {
            return Err(format!("{} connections are left", now - alone).into());
        }
        sleep(Duration::from_millis(50)).await;
    }
}

/// Lets this process, and those that it starts, open so many files.
#[cfg(unix)]
fn allow_files(count: u64) -> Result<(), Error> {
    use rustix::process::{Resource, getrlimit, setrlimit};

    let mut limit = getrlimit(Resource::Nofile);
    let is_enough = |limit: Option<u64>| limit.is_none_or(|limit| limit >= count);
    if is_enough(limit.current) {
        return Ok(());
    }
    if !is_enough(limit.maximum) {
        return Err(format!("{count} files are needed: raise the hard limit, `ulimit -Hn`").into());
    }
    limit.current = Some(count);
    Ok(setrlimit(Resource::Nofile, limit)?)
}

/// There is no such limit.
#[cfg(not(unix))]
fn allow_files(_: u64) -> Result<(), Error> {
    Ok(())
}
