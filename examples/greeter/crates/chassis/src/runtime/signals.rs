//! What asks the server to end: the operating system, or a test.

use std::future::pending;
use std::io;

use tokio::sync::mpsc;

/// The requests to end, in the order they come; the name of each is for the log.
#[derive(Debug)]
pub struct Signals(mpsc::UnboundedReceiver<&'static str>);

/// Asks a server to end, in place of the operating system.
#[derive(Debug, Clone)]
pub struct Trigger(mpsc::UnboundedSender<&'static str>);

impl Trigger {
    /// Asks to end; the second time, to end at once.
    pub fn end(&self) {
        // A server that is gone has ended.
        let _ = self.0.send("trigger");
    }
}

impl Signals {
    /// SIGTERM and SIGINT, or Ctrl-C where there are no signals.
    ///
    /// From here on these do not end the process by themselves.
    pub fn of_system() -> io::Result<Self> {
        let (sender, signals) = mpsc::unbounded_channel();
        forward(sender)?;
        Ok(Self(signals))
    }

    /// Signals that the trigger gives.
    pub fn triggered() -> (Trigger, Self) {
        let (sender, signals) = mpsc::unbounded_channel();
        (Trigger(sender), Self(signals))
    }

    /// Waits for the next signal.
    pub(super) async fn next(&mut self) -> &'static str {
        match self.0.recv().await {
            Some(signal) => signal,
            // Nobody is left to give one.
            None => pending().await,
        }
    }
}

#[cfg(unix)]
fn forward(sender: mpsc::UnboundedSender<&'static str>) -> io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};

    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::spawn(async move {
        loop {
            let name = tokio::select! {
                _ = terminate.recv() => "SIGTERM",
                _ = interrupt.recv() => "SIGINT",
            };
            if sender.send(name).is_err() {
                break;
            }
        }
    });
    Ok(())
}

#[cfg(not(unix))]
fn forward(sender: mpsc::UnboundedSender<&'static str>) -> io::Result<()> {
    tokio::spawn(async move {
        while tokio::signal::ctrl_c().await.is_ok() && sender.send("Ctrl-C").is_ok() {}
    });
    Ok(())
}
