//! What a server can do at most: a closed loop of unary calls in HTTP/2 itself, whose callers take less for a
//! call than the servers that are measured.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use tokio::task::JoinSet;

use crate::Error;
use crate::http2::Connection;
use crate::load::Load;

/// Sends the calls of `load` to `server`, each caller one at a time; returns calls per second.
pub(crate) async fn saturate(load: &Load, server: SocketAddr) -> Result<f64, Error> {
    let mut connections = Vec::new();
    for _ in 0..load.connections {
        connections.push(Arc::new(Connection::open(server, &load.tokens).await?));
    }
    let callers = load.connections * load.callers;
    let calls = usize::try_from(load.calls)?;
    let mut tasks = JoinSet::new();
    let start = Instant::now();
    for caller in 0..callers {
        let connection = Arc::clone(&connections[caller % connections.len()]);
        tasks.spawn(async move {
            for number in (caller..calls).step_by(callers) {
                connection.call(number).await?;
            }
            Ok::<_, Error>(())
        });
    }
    while let Some(ended) = tasks.join_next().await {
        ended??;
    }
    Ok(calls as f64 / start.elapsed().as_secs_f64())
}
