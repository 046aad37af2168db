//! Work that keeps a core busy, off the reactor: there it would hold up every other call.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::thread::available_parallelism;

use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;
use tonic::Status;

use crate::call::{Call, panicked};
use crate::guard::{busy, semaphore};

/// How many pieces of work may wait for each worker, by default.
const QUEUE: usize = 16;

/// A bounded pool for work that keeps a core busy, such as hashing a password.
///
/// A handler holds one as a field; clones share it. By default it has a worker for each core, and 16
/// places in the queue for each worker.
#[derive(Debug, Clone)]
pub struct Workers {
    running: Arc<Semaphore>,
    /// Of those that run and those that wait.
    places: Arc<Semaphore>,
}

impl Default for Workers {
    fn default() -> Self {
        let cores = available_parallelism().unwrap_or(NonZeroUsize::MIN);
        Self::new(cores, QUEUE * cores.get())
    }
}

impl Workers {
    /// As many workers, and as many places in the queue.
    pub fn new(workers: NonZeroUsize, queue: usize) -> Self {
        Self {
            running: semaphore(workers.get()),
            places: semaphore(workers.get().saturating_add(queue)),
        }
    }

    /// Does `work` for `call` when a worker is free.
    ///
    /// Fails with `RESOURCE_EXHAUSTED` when the queue is full, with `INTERNAL` when the work panics.
    /// Work whose caller goes away while it waits is never begun; once begun, it runs to its end.
    pub async fn run<T: Send + 'static>(
        &self,
        call: &Call,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Status> {
        let full = || busy("the queue of the workers is full").into_status(call.method());
        let place = Arc::clone(&self.places).try_acquire_owned();
        let place = place.map_err(|_| full())?;
        let worker = Arc::clone(&self.running).acquire_owned().await;
        let done = spawn_blocking(move || {
            // Held by the work, which may outlive its caller.
            let _held = (place, worker);
            work()
        });
        done.await.map_err(|_| panicked())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use tonic::Code;

    use super::*;
    use crate::rpc::{Request, RequestExt};

    fn one(queue: usize) -> Workers {
        Workers::new(NonZeroUsize::MIN, queue)
    }

    #[tokio::test]
    async fn work_is_done_elsewhere() {
        let request = Request::new(());
        let here = std::thread::current().id();
        let workers = one(0);
        let there = workers.run(request.call(), || std::thread::current().id());
        assert_ne!(there.await.unwrap(), here);
    }

    #[tokio::test]
    async fn what_exceeds_the_queue_is_refused() {
        let (workers, request) = (one(0), Request::new(()));
        let (release, held) = channel::<()>();
        let call = Arc::clone(request.call());
        let busy = tokio::spawn({
            let workers = workers.clone();
            async move { workers.run(&call, move || held.recv().is_ok()).await }
        });
        while workers.places.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        let refused = workers.run(request.call(), || ()).await.unwrap_err();
        assert_eq!(refused.code(), Code::ResourceExhausted);
        release.send(()).unwrap();
        assert!(busy.await.unwrap().unwrap());
        workers.run(request.call(), || ()).await.unwrap();
    }

    #[tokio::test]
    async fn work_of_a_caller_that_is_gone_is_not_begun() {
        let (workers, request) = (one(1), Request::new(()));
        let (release, held) = channel::<()>();
        let call = Arc::clone(request.call());
        let busy = tokio::spawn({
            let workers = workers.clone();
            async move { workers.run(&call, move || held.recv().is_ok()).await }
        });
        while workers.running.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        let (begun, none) = channel::<()>();
        {
            let waiting = workers.run(request.call(), move || begun.send(()));
            tokio::select! {
                biased;
                _ = waiting => panic!("there is no worker"),
                () = std::future::ready(()) => {}
            }
        }
        release.send(()).unwrap();
        busy.await.unwrap().unwrap();
        assert!(none.recv().is_err(), "it was begun");
    }

    #[tokio::test]
    async fn a_panic_is_an_internal_error_and_the_worker_lives() {
        let (workers, request) = (one(0), Request::new(()));
        let panics = workers.run::<()>(request.call(), || panic!("a secret"));
        let status = panics.await.unwrap_err();
        assert_eq!(
            (status.code(), status.message()),
            (Code::Internal, "internal error")
        );
        workers.run(request.call(), || ()).await.unwrap();
    }
}
