//! The metrics that are looked at when they are asked for: connections, runtime, process.

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use prometheus::core::Collector;
use prometheus::{IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry};
use tokio::runtime::Handle;

use super::process::Process;
use super::whole;
use crate::transport::Connections;

/// Metrics whose values are kept elsewhere.
pub(super) struct Sampled(Mutex<Copies>);

/// Brings one of them up to date.
type Refresh = Box<dyn Fn() + Send>;

/// What was last seen.
struct Copies {
    connections: Connections,
    active: IntGauge,
    accepted: IntCounter,
    errors: IntCounterVec,
    closed: IntCounterVec,
    workers: IntGauge,
    tasks: IntGauge,
    queue: IntGauge,
    process: Option<Process>,
    others: Vec<Refresh>,
}

impl Sampled {
    pub(super) fn new(
        registry: &Registry,
        connections: Connections,
    ) -> Result<Self, prometheus::Error> {
        let build = Opts::new("build_info", "What is running; the value is always 1.");
        registered(registry, IntGaugeVec::new(build, &["version"])?)?
            .get_metric_with_label_values(&[env!("CARGO_PKG_VERSION")])?
            .set(1);

        let gauge = |name, help| registered(registry, IntGauge::new(name, help)?);
        let errors = Opts::new(
            "grpc_connection_errors_total",
            "Connections that were refused or failed, by cause.",
        );
        let closed = Opts::new(
            "grpc_connections_closed_total",
            "Connections that have ended, by cause.",
        );
        Ok(Self(Mutex::new(Copies {
            connections,
            active: gauge("grpc_active_connections", "Connections that are open.")?,
            accepted: registered(
                registry,
                IntCounter::new("grpc_connections_total", "Connections that were taken.")?,
            )?,
            errors: registered(registry, IntCounterVec::new(errors, &["error_type"])?)?,
            closed: registered(registry, IntCounterVec::new(closed, &["cause"])?)?,
            workers: gauge("tokio_workers", "Threads that tasks run on.")?,
            tasks: gauge("tokio_alive_tasks", "Tasks that have not ended.")?,
            queue: gauge(
                "tokio_global_queue_depth",
                "Tasks that wait for any thread to take them.",
            )?,
            process: Process::new(registry)?,
            others: Vec::new(),
        })))
    }

    /// Does `refresh` as well from now on.
    pub(super) fn add(&self, refresh: impl Fn() + Send + 'static) {
        self.copies().others.push(Box::new(refresh));
    }

    /// Takes all values anew. One at a time: counters are moved on by the difference.
    pub(super) fn refresh(&self) {
        let copies = self.copies();
        copies.active.set(whole(copies.connections.active()));
        raise(&copies.accepted, copies.connections.accepted());
        for (cause, count) in copies.connections.errors() {
            raise(&copies.errors.with_label_values(&[cause]), count);
        }
        for (cause, count) in copies.connections.closed() {
            raise(&copies.closed.with_label_values(&[cause]), count);
        }
        copies.others.iter().for_each(|refresh| refresh());
        if let Ok(runtime) = Handle::try_current() {
            let runtime = runtime.metrics();
            copies.workers.set(whole(runtime.num_workers()));
            copies.tasks.set(whole(runtime.num_alive_tasks()));
            copies.queue.set(whole(runtime.global_queue_depth()));
        }
        if let Some(process) = &copies.process {
            process.refresh();
        }
    }

    fn copies(&self) -> MutexGuard<'_, Copies> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Sampled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sampled").finish_non_exhaustive()
    }
}

/// `metric`, as a part of `registry`.
pub(super) fn registered<M: Collector + Clone + 'static>(
    registry: &Registry,
    metric: M,
) -> Result<M, prometheus::Error> {
    registry.register(Box::new(metric.clone()))?;
    Ok(metric)
}

/// Moves `counter` on.
pub(super) fn raise(counter: &IntCounter, to: u64) {
    counter.inc_by(to.saturating_sub(counter.get()));
}
