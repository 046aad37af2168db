//! What the platform asks: does the process live, and should it get calls.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;

use super::Known;
use crate::runtime::Phase;

/// 200 for as long as the process gets to answer at all: there is nothing else that a restart mends.
pub(super) async fn live() -> &'static str {
    "ok\n"
}

/// 200 while the server takes calls and wants more, 503 with the reason while something that its
/// services need is down, and from the first signal on.
///
/// Short memory and full queues do not make it unready. They are answered call by call, with the
/// time to come back; if all replicas were busy and said to be unready, nobody would be left to
/// take the calls that can be taken.
pub(super) async fn ready(State(known): State<Arc<Known>>) -> (StatusCode, String) {
    match known.facts.phase.now() {
        Phase::Serving => match &known.facts.dependencies.down("")[..] {
            [] => (StatusCode::OK, "ready\n".to_owned()),
            down => (
                StatusCode::SERVICE_UNAVAILABLE,
                format!("not ready: {} down\n", down.join(", ")),
            ),
        },
        phase => (
            StatusCode::SERVICE_UNAVAILABLE,
            format!("not ready: {phase}\n"),
        ),
    }
}
