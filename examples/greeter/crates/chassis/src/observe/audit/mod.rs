//! The audit: one record of every call, refused ones included, written beside the calls.
//!
//! In: the end of each call. Out: a line of JSON in a file or on standard output. A call pays for its
//! line and a place in a bounded queue, and never waits: a thread of its own writes what is in the queue.
//! What finds no place, or cannot be written, is lost, counted and warned of; nothing else fails.
//!
//! ```text
//! ended ─record─► queue ─thread─► pieces ─output─► file (rotated), or standard output
//! ```

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use std::{io, thread};

use http::{HeaderName, request};
use tokio::sync::watch;
use tracing::warn;

mod dropped;
mod features;
mod file;
mod line;
mod output;
mod queue;
mod record;
mod rotation;
#[cfg(test)]
mod testing;
mod writer;

use super::Observer;
use crate::call::{Call, Captured, Outcome};
use crate::config;
use output::Output;
use queue::Queue;
use record::Record;
use writer::Writer;

/// Longest wait for the last records to be written.
const CLOSING: Duration = Duration::from_secs(5);

/// Records every call; clones share one writer, which ends with the last of them.
#[derive(Debug, Clone)]
pub struct Audit(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    /// The headers whose values are recorded.
    wanted: Box<[HeaderName]>,
    queue: Arc<Queue>,
    /// Closed when the writer has ended.
    ended: watch::Receiver<()>,
}

/// What has become of the records so far.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    /// Handed to the operating system.
    pub written: u64,
    /// Lost, since the queue was full.
    pub dropped: u64,
    /// Lost, since they could not be written.
    pub failed: u64,
}

/// Why there is no audit.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    /// The file cannot be made or opened.
    #[error("`audit.file`: cannot open `{}`: {error}", file.display())]
    Open {
        /// The file that the configuration names.
        file: PathBuf,
        /// What the operating system says.
        error: io::Error,
    },
    /// The operating system gives no thread.
    #[error("the thread of the audit cannot be started: {0}")]
    Thread(io::Error),
}

impl Audit {
    /// Opens the output that `settings` want, and starts its writer.
    pub fn start(settings: &config::Audit) -> Result<Self, AuditError> {
        let output = Output::open(settings)?;
        let names = settings.metadata.iter().map(|name| name.header().clone());
        let queue = Arc::new(Queue::new(settings.buffer.get()));
        let (running, ended) = watch::channel(());
        let writer = Writer::new(Arc::clone(&queue), output);
        thread::Builder::new()
            .name("audit".to_owned())
            .spawn(move || {
                writer.run();
                drop(running);
            })
            .map_err(AuditError::Thread)?;
        Ok(Self(Arc::new(Inner {
            wanted: names.collect(),
            queue,
            ended,
        })))
    }

    /// What has become of the records so far.
    pub fn counts(&self) -> Counts {
        self.0.queue.counts()
    }

    /// Waits until every record so far is written and on disk, at most for five seconds.
    ///
    /// For the end of the server: calls that end later are not recorded.
    pub async fn close(&self) {
        self.close_within(CLOSING).await;
    }

    async fn close_within(&self, longest: Duration) {
        let queue = &self.0.queue;
        queue.close();
        let mut ended = self.0.ended.clone();
        // Nothing is ever sent: an error says that the writer is gone, a timeout that it is not.
        if tokio::time::timeout(longest, ended.changed())
            .await
            .is_err()
        {
            let waiting = queue.len();
            warn!(waiting, "the audit could not be written to its end");
        }
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.queue.close();
    }
}

impl Observer for Audit {
    fn started(&self, call: &Call, head: &request::Parts) {
        if let Some(captured) = Captured::of(&self.0.wanted, &head.headers) {
            // A call starts once.
            let _ = call.captured.set(captured);
        }
    }

    fn ended(&self, call: &Arc<Call>, outcome: &Outcome) {
        let Inner { wanted, queue, .. } = &*self.0;
        queue.push(Record::new(call, outcome, wanted));
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroUsize;

    use super::testing::{Folder, call, ok};
    use super::*;

    fn settings(folder: &Folder) -> config::Audit {
        config::Audit {
            file: folder.file("audit.jsonl"),
            buffer: NonZeroUsize::new(20_000).unwrap(),
            ..config::Audit::default()
        }
    }

    #[tokio::test]
    async fn whatever_is_queued_at_the_end_is_written_in_order() {
        let folder = Folder::new("order");
        let audit = Audit::start(&settings(&folder)).unwrap();
        for number in 0..10_000 {
            audit.ended(&call(&number.to_string()), &ok());
        }
        audit.close().await;
        let ids = folder.ids("audit.jsonl");
        assert!(
            ids.iter()
                .map(String::as_str)
                .eq((0..10_000).map(|n| n.to_string()))
        );
        let written = 10_000;
        let counts = Counts {
            written,
            ..Counts::default()
        };
        assert_eq!(audit.counts(), counts);
    }

    #[tokio::test]
    async fn the_writer_ends_with_the_last_handle() {
        let folder = Folder::new("handle");
        let audit = Audit::start(&settings(&folder)).unwrap();
        let mut ended = audit.0.ended.clone();
        let other = audit.clone();
        drop(audit);
        other.ended(&call("last"), &ok());
        drop(other);
        assert!(ended.changed().await.is_err());
        assert_eq!(folder.ids("audit.jsonl"), ["last"]);
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn a_writer_that_is_stuck_does_not_hold_up_the_end() {
        let folder = Folder::new("stuck-end");
        let pipe = folder.file("pipe");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status();
        assert!(made.unwrap().success());
        let settings = config::Audit {
            file: pipe.clone(),
            ..config::Audit::default()
        };
        let audit = Audit::start(&settings).unwrap();
        audit.ended(&call("1"), &ok());
        audit.close_within(Duration::from_millis(50)).await;
        assert_eq!(audit.counts(), Counts::default());
        // The reader that it waits for: this thread would outlive the test.
        let mut ended = audit.0.ended.clone();
        assert!(std::fs::read_to_string(pipe).unwrap().ends_with("}\n"));
        assert!(ended.changed().await.is_err());
    }

    #[test]
    fn a_folder_that_is_missing_is_a_failed_start() {
        let folder = Folder::new("start");
        let error = |file: PathBuf| {
            let settings = config::Audit {
                file,
                ..config::Audit::default()
            };
            Audit::start(&settings).unwrap_err().to_string()
        };
        let missing = error(folder.file("no/audit.jsonl"));
        assert!(missing.contains("no/audit.jsonl"), "{missing}");
        assert!(error(folder.file("")).starts_with("`audit.file`: cannot open"));
    }
}
