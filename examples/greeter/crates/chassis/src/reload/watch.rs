//! Reloads when there is something to reload.

use std::future::pending;
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::task::spawn_blocking;
use tokio::time::{sleep, timeout};
use tracing::info;

use super::Reloader;
use super::files::{Events, Marks};

/// A burst that does not end is not waited for any longer than so many times the wait for its end.
const LONGEST_BURST: u32 = 10;

/// Keeps the settings up to date for as long as it is polled.
///
/// Changes of files are waited out, so that a burst of them is one reload, and a file that is being
/// written is read when it is done. A SIGHUP reloads at once. Files are looked at and read where no
/// call waits for it: one of a network may take its time.
pub async fn watch(reloader: Arc<Reloader>, mut hangups: Hangups) {
    let mut files = reloader.files();
    let mut seen = Marks::of(&files).await;
    let starting = Arc::clone(&reloader);
    // Something may have been written since the server was started.
    let stale = spawn_blocking(move || starting.is_stale()).await;
    let mut changed = stale.unwrap_or_default();
    loop {
        let settings = reloader.settings.now();
        let events = Events::of(&files, settings.reload.watch).await;
        let mut asked = false;
        // This also finds what was written before there was somebody to hear of it.
        while !changed && !asked {
            changed = seen != Marks::of(&files).await;
            if !changed {
                asked = heard(&reloader, &events, &mut hangups).await;
            }
        }
        if changed {
            settled(&events, settings.reload.settle).await;
        }
        changed = false;
        seen = Marks::of(&files).await;
        let reloading = Arc::clone(&reloader);
        // The outcome is logged and counted.
        if spawn_blocking(move || reloading.reload()).await.is_err() {
            // The runtime ends.
            return;
        }
        let others = reloader.files();
        if others != files {
            seen = Marks::of(&others).await;
            files = others;
        }
    }
}

/// Waits until files may have changed; true if they are to be read in any case.
async fn heard(reloader: &Reloader, events: &Events, hangups: &mut Hangups) -> bool {
    let poll = async {
        match reloader.poll() {
            Some(interval) => sleep(interval).await,
            None => pending().await,
        }
    };
    tokio::select! {
        () = events.next() => false,
        () = poll => false,
        () = hangups.next() => {
            info!("SIGHUP: reading the settings again");
            true
        }
    }
}

/// Waits until nothing has been heard for so long.
async fn settled(events: &Events, quiet: Duration) {
    let start = Instant::now();
    while timeout(quiet, events.next()).await.is_ok() && start.elapsed() < quiet * LONGEST_BURST {}
}

/// The SIGHUPs that the process gets; where there are no signals, none.
#[derive(Debug)]
pub struct Hangups {
    #[cfg(unix)]
    signal: tokio::signal::unix::Signal,
}

impl Hangups {
    /// From here on a SIGHUP does not end the process.
    #[cfg(unix)]
    pub fn of_system() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};

        Ok(Self {
            signal: signal(SignalKind::hangup())?,
        })
    }

    /// None.
    #[cfg(not(unix))]
    pub fn of_system() -> io::Result<Self> {
        Ok(Self {})
    }

    async fn next(&mut self) {
        #[cfg(unix)]
        if self.signal.recv().await.is_some() {
            return;
        }
        pending().await
    }
}
