//! What the server is and does, as JSON.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::Known;
use super::settings::Shown;
use crate::call::Kind;
use crate::policy::Policy;
use crate::runtime::{Phase, memory};
use crate::transport::ConnectionReport;

/// The process.
#[derive(Debug, Serialize)]
pub(super) struct Process {
    name: &'static str,
    version: &'static str,
    phase: Phase,
    uptime_seconds: u64,
    calls_in_flight: usize,
    /// None where the system does not tell.
    resident_bytes: Option<u64>,
    /// From here on new calls are refused; none if there is no limit.
    memory_limit_bytes: Option<u64>,
    /// True while they are.
    memory_short: bool,
    /// Threads that poll tasks.
    workers: usize,
    /// Tasks that have not ended.
    tasks: usize,
}

pub(super) async fn process(State(known): State<Arc<Known>>) -> Json<Process> {
    let facts = &known.facts;
    let tokio = tokio::runtime::Handle::current().metrics();
    Json(Process {
        name: facts.name,
        version: facts.version,
        phase: facts.phase.now(),
        uptime_seconds: known.start.elapsed().as_secs(),
        calls_in_flight: facts.shared.in_flight.count(),
        resident_bytes: memory::resident(),
        memory_limit_bytes: facts.shared.memory_limit.get(),
        memory_short: facts.shared.pressure.is_high(),
        workers: tokio.num_workers(),
        tasks: tokio.num_alive_tasks(),
    })
}

/// Who is connected.
#[derive(Debug, Serialize)]
pub(super) struct Connected {
    open: Vec<ConnectionReport>,
    /// How many connections were refused or failed, by why.
    failed: BTreeMap<&'static str, u64>,
}

pub(super) async fn connections(State(known): State<Arc<Known>>) -> Json<Connected> {
    let connections = &known.facts.shared.connections;
    Json(Connected {
        open: connections.report(),
        failed: connections.errors().into_iter().collect(),
    })
}

/// What one method demands and grants.
#[derive(Debug, Serialize)]
struct MethodPolicy<'a> {
    method: &'a str,
    kind: Kind,
    #[serde(flatten)]
    policy: &'a Policy,
}

/// The policy of each method that is in force now, whoever wished for it.
pub(super) async fn policy(State(known): State<Arc<Known>>) -> Response {
    let methods = &known.facts.methods;
    let policies = methods.policies();
    let both = methods.known().zip(&policies);
    let rows: Vec<_> = both
        .map(|(method, policy)| MethodPolicy {
            method: method.full_name(),
            kind: method.kind(),
            policy,
        })
        .collect();
    Json(rows).into_response()
}

/// The settings in force, defaults included, without what must not be seen.
pub(super) async fn settings(State(known): State<Arc<Known>>) -> Json<Shown> {
    // The only form in which settings reach the port: no answer can tell more.
    Json(Shown::of(&**known.facts.settings.borrow()))
}
