//! What services cannot do without, and whether it is there.
//!
//! In: whoever keeps a [`Dependency`] says how it is. Out: which of them are down, for the health of
//! services and the readiness of the server. No call looks at any of this.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{sleep, timeout};
use tracing::{info, warn};

/// Something that services need, such as a database; clones are the same one.
///
/// It is down until somebody says that it is up.
#[derive(Debug, Clone)]
pub struct Dependency(Arc<State>);

#[derive(Debug)]
struct State {
    name: &'static str,
    up: AtomicBool,
    /// Who wants to hear of changes.
    listeners: Mutex<Vec<watch::Sender<()>>>,
}

impl Dependency {
    /// A dependency that is down; `name` tells people which.
    pub fn new(name: &'static str) -> Self {
        Self(Arc::new(State {
            name,
            up: AtomicBool::new(false),
            listeners: Mutex::default(),
        }))
    }

    /// What people call it.
    pub fn name(&self) -> &'static str {
        self.0.name
    }

    /// Whether it is there.
    pub fn is_up(&self) -> bool {
        self.0.up.load(Relaxed)
    }

    /// Says whether it is there; the health of the services that need it follows.
    pub fn set_up(&self, up: bool) {
        if self.0.up.swap(up, Relaxed) == up {
            return;
        }
        match up {
            true => info!(dependency = self.name(), "up"),
            false => warn!(dependency = self.name(), "down"),
        }
        let listeners = self.0.listeners.lock();
        for listener in &*listeners.unwrap_or_else(PoisonError::into_inner) {
            listener.send_replace(());
        }
    }

    /// Finds out whether it is there, again and again, for as long as it is polled.
    ///
    /// It is down while `ask` tells a fault or takes longer than `patience`; `check` is the pause
    /// between two looks.
    pub async fn watch<F: Future<Output = Result<(), String>>>(
        &self,
        check: Duration,
        patience: Duration,
        ask: impl Fn() -> F,
    ) {
        let mut told = None;
        loop {
            let fault = match timeout(patience, ask()).await {
                Ok(answer) => answer.err(),
                Err(_) => Some("no answer in time".to_owned()),
            };
            self.set_up(fault.is_none());
            // Once for each fault.
            if let Some(error) = &fault
                && fault != told
            {
                warn!(dependency = self.name(), error, "does not answer");
            }
            told = fault;
            sleep(check).await;
        }
    }
}

/// Which service needs what; clones share the changes, but not what is added later.
#[derive(Debug, Clone)]
pub struct Dependencies {
    needed: Vec<(Option<String>, Dependency)>,
    changes: watch::Sender<()>,
}

impl Default for Dependencies {
    fn default() -> Self {
        Self {
            needed: Vec::new(),
            changes: watch::Sender::new(()),
        }
    }
}

impl Dependencies {
    /// `service` needs `dependency`; none stands for all services.
    pub fn add(&mut self, service: Option<&str>, dependency: &Dependency) {
        let listeners = dependency.0.listeners.lock();
        let mut listeners = listeners.unwrap_or_else(PoisonError::into_inner);
        listeners.push(self.changes.clone());
        let service = service.map(str::to_owned);
        self.needed.push((service, dependency.clone()));
    }

    /// The names of what is down of all that `service` needs; `""` is the server as a whole.
    pub fn down(&self, service: &str) -> Vec<&'static str> {
        let needs = |of: &Option<String>| {
            service.is_empty() || of.as_deref().is_none_or(|of| of == service)
        };
        let down = self
            .needed
            .iter()
            .filter(|(of, dependency)| needs(of) && !dependency.is_up());
        let mut names: Vec<_> = down.map(|(_, dependency)| dependency.name()).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// Sees each change.
    pub fn watch(&self) -> watch::Receiver<()> {
        self.changes.subscribe()
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::future::pending;

    use super::*;

    #[test]
    fn whoever_needs_what_is_down_is_down() {
        let (database, cache) = (Dependency::new("database"), Dependency::new("cache"));
        let mut dependencies = Dependencies::default();
        assert!(dependencies.down("").is_empty());
        dependencies.add(Some("test.A"), &database);
        dependencies.add(Some("test.B"), &database);
        dependencies.add(None, &cache);
        let changes = dependencies.watch();
        assert_eq!(dependencies.down("test.A"), ["cache", "database"]);
        assert_eq!(dependencies.down("test.C"), ["cache"]);
        assert_eq!(dependencies.down(""), ["cache", "database"]);

        cache.clone().set_up(true);
        assert!(changes.has_changed().unwrap());
        assert_eq!(dependencies.down("test.A"), ["database"]);
        assert!(dependencies.down("test.C").is_empty());
        database.set_up(true);
        assert!(dependencies.clone().down("").is_empty());
    }

    #[tokio::test]
    async fn what_has_a_fault_or_no_answer_in_time_is_down() {
        let short = Duration::from_millis(1);
        let dependency = Dependency::new("cache");
        // What it was at each look, before the answer.
        let seen = RefCell::new(Vec::new());
        let ask = async || {
            seen.borrow_mut().push(dependency.is_up());
            let looks = seen.borrow().len();
            match looks {
                2 => pending().await,
                4 => Err("no".to_owned()),
                _ => Ok(()),
            }
        };
        let six = async {
            while seen.borrow().len() < 6 {
                sleep(short).await;
            }
        };
        tokio::select! {
            () = dependency.watch(short, short * 20, ask) => {}
            () = six => {}
        }
        let expected = [false, true, false, true, false, true];
        assert_eq!(seen.into_inner()[..6], expected);
    }
}
