//! One connection, from its first byte to its end.

use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use hyper_util::rt::TokioIo;
use tokio::time::{Instant, sleep_until, timeout};
use tracing::debug;

use super::connections::Open;
use super::failure::{End, Failure};
use super::life::{Life, Seen, Step};
use super::preface::{self, Prefaced};
use super::security::Secured;
use super::socket::Socket;
use super::terms::Terms;
use super::watched::{Progress, Watched};
use super::{proxy_protocol, server::Shared};
use crate::call::{CallService, Calls, Peer};
use crate::config::quantity::nonzero;
use crate::runtime::Watch;

/// Why a connection did not become one.
#[derive(Debug)]
pub(super) struct NotOpened {
    pub(super) failure: Failure,
    pub(super) error: io::Error,
}

/// Serves `socket` until its client is done, its time is up or the server drains.
///
/// Then the client gets a GOAWAY: calls in flight finish, new ones go elsewhere. The connection
/// counts as `open` until it has ended.
pub(super) async fn serve(
    shared: Shared,
    terms: Arc<Terms>,
    socket: Socket,
    mut peer: Peer,
    mut open: Open,
    mut phase: Watch,
) {
    // A client that never speaks would hold the connection, and with it the shutdown, for ever.
    let stream = tokio::select! {
        opened = limited(terms.settings.handshake_timeout, begin(&terms, socket, &mut peer)) => {
            match opened {
                Some(Ok(stream)) => stream,
                Some(Err(NotOpened { failure, error })) => {
                    open.fail(failure);
                    return debug!(%error, reason = failure.name(), "no HTTP/2 connection");
                }
                None => {
                    open.fail(Failure::PrefaceTimeout);
                    return debug!("no HTTP/2 preface in time");
                }
            }
        }
        () = phase.draining() => return open.ends(End::Shutdown),
    };
    open.comes_from(peer.address());
    let calls = open.calls();
    let inflow = shared.stack.inflow().clone();
    let stream = Watched::new(stream, Arc::clone(&calls), inflow, &terms.settings);
    let progress = stream.progress();
    let service = CallService::new(
        shared.routes,
        shared.stack,
        peer,
        Arc::clone(&calls),
        terms.settings.stream_window,
    );
    let spread = fastrand::f64() * 2.0 - 1.0;
    let mut life = Life::new(&terms.settings.connection, Instant::now(), spread);
    let mut connection = pin!(terms.http.serve_connection(TokioIo::new(stream), service));
    let mut look = pin!(sleep_until(Instant::now()));
    let mut leaving = false;
    loop {
        let end = tokio::select! {
            // In this order, since it costs less than a fair one, for every frame that comes.
            biased;
            ended = connection.as_mut() => {
                if let Err(error) = ended {
                    let refused = progress.refused.get().copied().map(Failure::of_refused);
                    open.fail(refused.unwrap_or_else(|| Failure::of_http(&error)));
                    debug!(%error, "connection failed");
                }
                return;
            }
            () = phase.draining(), if !leaving => {
                leaving = true;
                End::Shutdown
            }
            () = look.as_mut() => match life.step(Instant::now(), seen(&calls, &progress)) {
                Step::Wait(next) => {
                    look.as_mut().reset(next);
                    continue;
                }
                Step::Leave(end) => end,
                Step::Cut(None) => return,
                Step::Cut(Some(failure)) => {
                    open.fail(failure);
                    return debug!(reason = failure.name(), "connection cut");
                }
            },
        };
        let now = Instant::now();
        open.ends(end);
        life.leave(end, now);
        connection.as_mut().graceful_shutdown();
        look.as_mut().reset(now);
    }
}

/// All that comes before the first frame; `peer` learns who is there.
async fn begin(
    terms: &Terms,
    mut socket: Socket,
    peer: &mut Peer,
) -> Result<Prefaced<Secured>, NotOpened> {
    if terms.settings.proxy_protocol && peer.is_proxy() {
        let source = proxy_protocol::read(&mut socket).await;
        let failure = Failure::ProxyProtocol;
        let source = source.map_err(|error| NotOpened { failure, error })?;
        if let Some(address) = source {
            *peer = terms.peer(address);
        }
    }
    let stream = terms.security.secure(socket, peer).await?;
    preface::read(stream).await.map_err(|error| NotOpened {
        failure: Failure::of_preface(&error),
        error,
    })
}

/// None if it takes longer than `limit`, which is no limit if it is zero.
async fn limited<T>(limit: Duration, future: impl Future<Output = T>) -> Option<T> {
    match nonzero(limit) {
        Some(limit) => timeout(limit, future).await.ok(),
        None => Some(future.await),
    }
}

fn seen(calls: &Calls, progress: &Progress) -> Seen {
    Seen {
        calls: calls.total(),
        in_flight: calls.in_flight(),
        partial: progress.partial.load(Relaxed),
        blocked: progress.blocked.load(Relaxed),
    }
}
