//! One connection, from its preface to its end.

use std::pin::pin;
use std::sync::Arc;

use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tracing::debug;

use super::{Shared, preface};
use crate::call::CallService;
use crate::runtime::Watch;

/// Serves `stream` until its client is done or the server drains.
///
/// When the server drains, the client gets a GOAWAY: calls in flight finish, new ones go elsewhere.
pub(super) async fn serve(
    shared: Arc<Shared>,
    stream: TcpStream,
    calls: CallService,
    mut phase: Watch,
) {
    // A client that never speaks would hold the connection, and with it the shutdown, for ever.
    let stream = tokio::select! {
        read = tokio::time::timeout(shared.handshake_timeout, preface::read(stream)) => match read {
            Ok(Ok(stream)) => stream,
            Ok(Err(error)) => return debug!(%error, "not an HTTP/2 connection"),
            Err(_) => return debug!("no HTTP/2 preface in time"),
        },
        () = phase.draining() => return,
    };
    let mut connection = pin!(shared.http.serve_connection(TokioIo::new(stream), calls));
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = phase.draining() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        debug!(%error, "connection failed");
    }
}
