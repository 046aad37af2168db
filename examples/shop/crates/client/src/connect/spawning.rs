//! Spawns what hyper needs beside a connection's driver.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;

use hyper::rt::Executor;

use super::last::Last;

/// Spawns the tasks of one connection: first the one that reads and writes, then those of calls.
///
/// By their address: hyper's futures have one type, which is as large as a connection, also for the small
/// ones of calls. By value, each of those would be copied several times, which costs a twentieth of a call.
#[derive(Debug, Clone, Default)]
pub(super) struct Spawning(Arc<AtomicBool>);

impl<F: Future<Output = ()> + Send + 'static> Executor<F> for Spawning {
    fn execute(&self, future: F) {
        let future = Box::pin(future);
        if self.0.load(Relaxed) {
            tokio::spawn(future);
            return;
        }
        self.0.store(true, Relaxed);
        // So that it writes what all calls have to say at once.
        tokio::spawn(Last::new(future));
    }
}
