//! The settings in force, for whoever wants to know when they change.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use tokio::sync::watch;

use super::{Reloaded, Status};
use crate::config::Config;

/// The settings in force; clones see the same ones.
///
/// A key that needs a restart has the value that the server was started with.
#[derive(Debug, Clone)]
pub struct Settings(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    sender: watch::Sender<Arc<Config>>,
    status: Mutex<Status>,
}

/// One part of the settings, such as `config.rate_limit`, as it changes.
#[derive(Clone)]
pub struct Section<T> {
    receiver: watch::Receiver<Arc<Config>>,
    select: fn(&Config) -> &T,
    seen: Arc<Config>,
}

/// A part of the settings, before and after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change<T> {
    /// What was told last.
    pub old: T,
    /// What is in force now.
    pub new: T,
}

impl Settings {
    /// Those that the server is started with.
    pub fn new(config: &Config) -> Self {
        Self(Arc::new(Inner {
            sender: watch::Sender::new(Arc::new(config.clone())),
            status: Mutex::new(Status::new(SystemTime::now())),
        }))
    }

    /// All of them.
    pub fn now(&self) -> Arc<Config> {
        Arc::clone(&self.0.sender.borrow())
    }

    /// Sees all of them change.
    pub fn subscribe(&self) -> watch::Receiver<Arc<Config>> {
        self.0.sender.subscribe()
    }

    /// Sees one part of them change: `settings.section(|config| &config.deadline)`.
    pub fn section<T: Clone + PartialEq>(&self, select: fn(&Config) -> &T) -> Section<T> {
        let mut receiver = self.subscribe();
        let seen = Arc::clone(&receiver.borrow_and_update());
        Section {
            receiver,
            select,
            seen,
        }
    }

    /// What has become of the reloads so far.
    pub fn status(&self) -> Status {
        self.lock().clone()
    }

    pub(super) fn publish(&self, config: Config) {
        self.0.sender.send_replace(Arc::new(config));
    }

    /// Counts a reload that went well; `waiting` are the keys that need a restart.
    pub(super) fn count(&self, reloaded: Reloaded, waiting: Vec<String>) -> u64 {
        self.lock().count(reloaded, waiting, SystemTime::now())
    }

    /// Counts one that was refused.
    pub(super) fn refuse(&self, error: String) {
        self.lock().refuse(error);
    }

    fn lock(&self) -> MutexGuard<'_, Status> {
        self.0.status.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T: Clone + PartialEq> Section<T> {
    /// The value that was told last.
    pub fn seen(&self) -> &T {
        (self.select)(&self.seen)
    }

    /// Waits until the part differs from what was told last; none when the server is gone.
    ///
    /// Of several changes in the meantime, only the last is told.
    pub async fn changed(&mut self) -> Option<Change<T>> {
        loop {
            self.receiver.changed().await.ok()?;
            let new = Arc::clone(&self.receiver.borrow_and_update());
            let old = std::mem::replace(&mut self.seen, new);
            let (old, new) = ((self.select)(&old), self.seen());
            if old != new {
                return Some(Change {
                    old: old.clone(),
                    new: new.clone(),
                });
            }
        }
    }
}

impl<T> fmt::Debug for Section<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Section").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn subscribers_get_old_and_new_of_their_section_only() {
        let mut config = Config::default();
        let settings = Settings::new(&config);
        let mut section = settings.section(|config| &config.deadline);
        let before = config.deadline.clone();

        config.load_shedding.queue = 7;
        settings.publish(config.clone());
        config.deadline.unary = Duration::from_secs(9);
        settings.publish(config.clone());
        let change = section.changed().await.unwrap();
        assert_eq!((change.old, &change.new), (before, &config.deadline));

        // A change of another section wakes nobody.
        config.load_shedding.queue = 8;
        settings.publish(config.clone());
        let silence = Duration::from_millis(20);
        assert!(
            tokio::time::timeout(silence, section.changed())
                .await
                .is_err()
        );
        drop(settings);
        assert_eq!(section.changed().await, None);
    }
}
