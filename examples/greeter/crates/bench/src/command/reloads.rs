//! `reloads`: settings that change two hundred times a second under full load.
//!
//! Server and callers are one process: whoever reads settings can be watched only from inside. `bench-chain`
//! has the allocator of the server.

use std::fs;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use chassis::call::MethodTable;
use chassis::config::{Config, Source};
use chassis::policy::Rule;
use chassis::reload::{Parts, Reloader, Settings};
use chassis::runtime::logging::LogLevel;
use chassis::runtime::memory;
use tokio::sync::{mpsc, oneshot};
use tokio::task::{JoinSet, spawn_blocking};
use tokio_stream::wrappers::ReceiverStream;
use tonic::transport::Endpoint;

use crate::Error;
use crate::command::{less_than, say};
use crate::echo::{EchoClient, Payload, UNARY};
use crate::load::Load;
use crate::setup::Setup;
use crate::twin::chain;

/// Settings are read so often between two pauses.
const READS: u64 = 1000;
/// Between them, so that the reader does not take a core.
const PAUSE: Duration = Duration::from_micros(500);

/// How often to reload, and what to demand.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Reloads per second
    #[arg(long, default_value_t = 200)]
    rate: u32,

    /// Seconds
    #[arg(long, default_value_t = 30)]
    seconds: u64,

    /// Fail if there are fewer reloads per second, since the machine is too slow
    #[arg(long)]
    least: Option<f64>,

    /// Fail if the last two thirds of the time add so many MiB or more
    #[arg(long)]
    most: Option<u64>,
}

/// Prints what came of reloads, calls, reads and memory.
#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
pub(crate) async fn run(args: &Args) -> Result<(), Error> {
    let setup = Setup::new(64).await?;
    let source = Source::new(setup.config(), "bench");
    let config = same(&source.load()?, 0);
    let (routes, shared) = chain::prepare(&config, LogLevel::default())?;
    let methods = routes.methods().clone();
    let load = Load {
        connections: 4,
        callers: 16,
        calls: 5000,
        tokens: Arc::clone(&setup.tokens),
    };
    let parts = Parts {
        methods: methods.clone(),
        shared: shared.clone(),
    };
    let reloads = Reloads {
        reloader: Reloader::new(source, config.clone(), parts),
        config: config.clone(),
        setup,
        pause: Duration::from_secs(1) / args.rate.max(1),
        time: Duration::from_secs(args.seconds),
    };
    let (started, address) = oneshot::channel();
    let (end, ended) = oneshot::channel::<()>();
    let listening = |address| {
        let _ = started.send(address);
    };
    let server = chain::run(&config, routes, &shared, listening, async {
        let _ = ended.await;
    });
    let seen = Arc::new(Seen::default());
    let settings = shared.settings.clone();
    let work = async {
        let mut tasks = begin(address.await?, load, settings, methods, &seen)?;
        let reloading = spawn_blocking(move || reloads.make());
        // Whoever fails ends all of it.
        let reloaded = tokio::select! {
            reloaded = reloading => reloaded??,
            Some(failed) = tasks.join_next() => {
                failed??;
                return Err("a task has ended before its time".into());
            }
        };
        seen.ended.store(true, Relaxed);
        while let Some(task) = tasks.join_next().await {
            task??;
        }
        drop(end);
        Ok::<_, Error>(reloaded)
    };
    let (served, reloaded) = tokio::join!(server, work);
    served?;
    judge(args, &reloaded?, &seen)
}

fn judge(args: &Args, reloaded: &Reloaded, seen: &Seen) -> Result<(), Error> {
    let per_second = reloaded.count as f64 / args.seconds as f64;
    let growth = reloaded.after.saturating_sub(reloaded.before) >> 20;
    let (calls, torn) = (seen.calls.load(Relaxed), seen.torn.load(Relaxed));
    say(&format!(
        "{} reloads, {per_second:.0} per second; {calls} calls, none failed; {} reads, {torn} torn; \
         {growth} MiB more",
        reloaded.count,
        seen.reads.load(Relaxed),
    ));
    if torn > 0 {
        return Err(format!("{torn} readers saw halves of two settings").into());
    }
    if let Some(least) = args.least.filter(|least| per_second < *least) {
        return Err(format!("{per_second:.0} reloads per second are fewer than {least}").into());
    }
    less_than(growth, args.most)
}

/// What callers and readers have seen.
#[derive(Debug, Default)]
struct Seen {
    calls: AtomicU64,
    reads: AtomicU64,
    torn: AtomicU64,
    /// They are to stop.
    ended: AtomicBool,
}

/// Starts callers, a stream, and a reader; each of them ends with an error or when it is to stop.
fn begin(
    address: SocketAddr,
    load: Load,
    settings: Settings,
    methods: MethodTable,
    seen: &Arc<Seen>,
) -> Result<JoinSet<Result<(), Error>>, Error> {
    let endpoint = Endpoint::try_from(format!("http://{address}"))?;
    let mut tasks = JoinSet::new();
    tasks.spawn(talk(endpoint, load.clone(), Arc::clone(seen)));
    tasks.spawn(watch(settings, methods, Arc::clone(seen)));
    let seen = Arc::clone(seen);
    tasks.spawn(async move {
        while !seen.ended.load(Relaxed) {
            let run = load.send(address).await?;
            seen.calls.fetch_add(run.latency.len(), Relaxed);
        }
        Ok(())
    });
    Ok(tasks)
}

/// Settings that say the same thing in several places, one of three things.
fn same(config: &Config, number: u64) -> Config {
    let seconds = 40 + number % 3;
    let mut config = config.clone();
    config.deadline.unary = Duration::from_secs(seconds);
    config.load_shedding.queue = seconds as usize * 100;
    if config.policy.is_empty() {
        config.policy.push(Rule {
            methods: "bench.*".to_owned(),
            ..Rule::default()
        });
    }
    for rule in &mut config.policy {
        rule.timeout = Some(config.deadline.unary);
    }
    config
}

/// Reads the settings again and again, and counts those that are halves of two.
async fn watch(settings: Settings, methods: MethodTable, seen: Arc<Seen>) -> Result<(), Error> {
    while !seen.ended.load(Relaxed) {
        for _ in 0..READS {
            let config = settings.now();
            let policy = methods.get(UNARY).policy();
            let unary = config.deadline.unary;
            let whole = config.load_shedding.queue as u64 == unary.as_secs() * 100
                && config.policy.iter().all(|rule| rule.timeout == Some(unary))
                && policy.timeout.is_some_and(|time| time.as_secs() >= 40);
            seen.torn.fetch_add(u64::from(!whole), Relaxed);
        }
        seen.reads.fetch_add(READS, Relaxed);
        tokio::time::sleep(PAUSE).await;
    }
    Ok(())
}

/// Keeps one stream for all the time, whose messages come back.
async fn talk(endpoint: Endpoint, load: Load, seen: Arc<Seen>) -> Result<(), Error> {
    let mut client = EchoClient::new(endpoint.connect().await?);
    let (sender, receiver) = mpsc::channel(1);
    let request = load.request(0).map(|_| ReceiverStream::new(receiver));
    let message = || Payload { data: vec![7; 64] };
    sender.send(message()).await?;
    let mut answers = client.bidirectional(request).await?.into_inner();
    while !seen.ended.load(Relaxed) {
        answers.message().await?.ok_or("the stream has ended")?;
        sender.send(message()).await?;
    }
    drop(sender);
    while answers.message().await?.is_some() {}
    Ok(())
}

// === Reloads ===

/// When settings change, and which.
#[derive(Debug)]
struct Reloads {
    reloader: Reloader,
    config: Config,
    setup: Setup,
    pause: Duration,
    time: Duration,
}

/// What came of it.
#[derive(Debug)]
struct Reloaded {
    count: u64,
    /// Resident bytes after the first third of the time, when all is filled that is filled once.
    before: u64,
    /// At the end.
    after: u64,
}

impl Reloads {
    /// Writes other settings and reloads them; one that is refused ends the benchmark.
    fn make(self) -> Result<Reloaded, Error> {
        let resident = || memory::resident().ok_or("the system tells no resident memory");
        let new = self.setup.folder().join("new.yaml");
        let start = Instant::now();
        let (mut count, mut before) = (0, 0);
        while start.elapsed() < self.time {
            count += 1;
            // JSON is YAML.
            fs::write(&new, serde_json::to_string(&same(&self.config, count))?)?;
            fs::rename(&new, self.setup.config())?;
            self.reloader.reload()?;
            if start.elapsed() < self.time / 3 {
                before = resident()?;
            }
            let due = self.pause * u32::try_from(count)?;
            std::thread::sleep(due.saturating_sub(start.elapsed()));
        }
        Ok(Reloaded {
            count,
            before,
            after: resident()?,
        })
    }
}
