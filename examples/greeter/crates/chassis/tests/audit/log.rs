//! What is logged, whichever thread logs it.

use std::io::Write;
use std::path::Path;
use std::sync::{Arc, LazyLock, Mutex};

use serde_json::Value;

use super::lines;

/// What all tests of this file log; each looks for its own.
#[derive(Clone, Default)]
pub(crate) struct Log(Arc<Mutex<Vec<u8>>>);

pub(crate) static LOG: LazyLock<Log> = LazyLock::new(|| {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_writer(move || writer.clone())
        .finish();
    tracing::subscriber::set_global_default(subscriber).unwrap();
    log
});

impl Log {
    /// The events with this message, in their order.
    pub(crate) fn events(&self, message: &str) -> Vec<Value> {
        let text = String::from_utf8(self.0.lock().unwrap().clone()).unwrap();
        let mut events = lines(&text);
        events.retain(|event| event["message"] == message);
        events
    }

    /// The same, of one file.
    pub(crate) fn of(&self, file: &Path, message: &str) -> Vec<Value> {
        let mut events = self.events(message);
        events.retain(|event| event["output"] == *file.to_str().unwrap());
        events
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
