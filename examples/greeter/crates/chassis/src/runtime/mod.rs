//! The life of the process: serve, leave, drain, exit.
//!
//! In: a bound server and the signals that end it. Out: an [`Exit`], which says how it ended.
//! Parts that need to know the [`Phase`] hold a [`Watch`]; only [`run`] changes it.

use std::pin::pin;

use tracing::{info, warn};

use crate::config::Shutdown;
use crate::observe::InFlight;
use crate::transport::Server;

mod dependency;
mod exit;
mod inflow;
pub mod logging;
pub mod memory;
mod phase;
pub mod process;
mod signals;
pub(crate) mod text;
pub(crate) mod time;

pub use dependency::{Dependencies, Dependency};
pub use exit::Exit;
pub(crate) use inflow::Inflow;
pub use phase::{Lifecycle, Phase, Watch};
pub use signals::{Signals, Trigger};

/// Serves until the first signal, then drains; a second signal ends at once.
pub async fn run(
    server: Server,
    lifecycle: Lifecycle,
    settings: &Shutdown,
    in_flight: &InFlight,
    mut signals: Signals,
) -> Exit {
    let mut serving = pin!(server.serve(lifecycle.watch()));
    let signal = tokio::select! {
        () = &mut serving => return Exit::Clean,
        signal = signals.next() => signal,
    };
    info!(signal, calls = in_flight.count(), "shutting down");
    let drain = async {
        lifecycle.enter(Phase::Leaving);
        // The server goes on serving meanwhile: load balancers still send to it.
        let _ = tokio::time::timeout(settings.delay, &mut serving).await;
        lifecycle.enter(Phase::Draining);
        tokio::time::timeout(settings.timeout, &mut serving).await
    };
    tokio::select! {
        drained = drain => match (drained, in_flight.count()) {
            (Ok(()), _) | (Err(_), 0) => {
                info!("shut down");
                Exit::Clean
            }
            (Err(_), calls) => {
                warn!(calls, "shut down: calls were cut");
                Exit::Cut
            }
        },
        signal = signals.next() => {
            warn!(signal, calls = in_flight.count(), "shut down at once");
            Exit::Aborted
        }
    }
}
