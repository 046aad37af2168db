//! `serve`: one twin, in a process of its own.

use std::net::SocketAddr;
use std::path::PathBuf;

use tokio::io::{AsyncReadExt, stdin};
use tokio::runtime::Builder;

use crate::Error;
use crate::command::say;
use crate::twin::Twin;

/// What to serve.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Which server
    twin: Twin,

    /// Settings of the chassis, in YAML
    #[arg(long)]
    config: PathBuf,

    /// Threads that serve
    #[arg(long, default_value_t = 1)]
    threads: usize,
}

/// Serves, on one thread most often, so that the machine's other core is the client's.
///
/// In the runtime that servers have, which has another order of tasks than one for the current thread.
pub(crate) fn run(args: &Args) -> Result<(), Error> {
    let mut runtime = Builder::new_multi_thread();
    let runtime = runtime.worker_threads(args.threads.max(1)).enable_all();
    runtime.build()?.block_on(serve(args))
}

async fn serve(args: &Args) -> Result<(), Error> {
    let config = chassis::config::Source::new(&args.config, "bench").load()?;
    let listening = |address: SocketAddr| say(&address.to_string());
    args.twin.serve(config, listening, ended()).await
}

/// Waits until nobody holds the other end of the standard input.
async fn ended() {
    let mut nothing = Vec::new();
    // An error is an end as well.
    let _ = stdin().read_to_end(&mut nothing).await;
}
