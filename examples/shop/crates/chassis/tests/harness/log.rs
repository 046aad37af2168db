//! What a server logs.

use std::io::Write;
use std::sync::{Arc, LazyLock, Mutex};

use serde_json::Value;
use tracing::subscriber::{DefaultGuard, NoSubscriber};
use tracing::{Dispatch, Level, dispatcher};

/// While there is one subscriber alone, tracing asks the thread that comes first to an event, and nobody
/// else, whether it is wanted: that of a test without a log would turn it off for all.
static SECOND: LazyLock<Dispatch> = LazyLock::new(|| Dispatch::new(NoSubscriber::default()));

/// What has been logged.
#[derive(Clone, Default)]
pub(crate) struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    /// Captures the log of this thread, which is where most tests run everything, until the guard is
    /// dropped.
    pub(crate) fn capture() -> (Self, DefaultGuard) {
        LazyLock::force(&SECOND);
        let log = Self::default();
        let guard = dispatcher::set_default(&log.writes(Level::DEBUG));
        (log, guard)
    }

    /// Captures what all threads log, from here on.
    pub(crate) fn capture_all() -> Self {
        let log = Self::default();
        dispatcher::set_global_default(log.writes(Level::INFO)).unwrap();
        log
    }

    /// What is logged of that level and above is written here.
    fn writes(&self, level: Level) -> Dispatch {
        let log = self.clone();
        let subscriber = tracing_subscriber::fmt()
            .json()
            .flatten_event(true)
            .with_max_level(level)
            .with_writer(move || log.clone());
        subscriber.into()
    }

    /// All of it.
    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }

    /// The events with this message, in their order.
    pub(crate) fn events(&self, message: &str) -> Vec<Value> {
        let text = self.text();
        let events = text.lines().map(|line| serde_json::from_str(line).unwrap());
        events
            .filter(|event: &Value| event["message"] == message)
            .collect()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
