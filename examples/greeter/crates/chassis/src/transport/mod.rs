//! From a socket to the calls of a connection.
//!
//! In: a bound listener, the routes and the stack. Out: every call to [`CallService`].
//! Knows HTTP/2 connections, their limits and their end; knows nothing of gRPC.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use std::{fmt, io};

use hyper::server::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tracing::{debug, warn};

use crate::call::CallService;
use crate::config;
use crate::runtime::Watch;
use crate::services::Routes;
use crate::stack::Stack;

mod connection;
mod preface;

/// Pause after a failed accept: the usual cause, too many open files, needs time to pass.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// A bound server: its address is known, it accepts nothing yet.
pub struct Server {
    listener: TcpListener,
    shared: Arc<Shared>,
    max_connections: usize,
}

/// What every connection needs.
struct Shared {
    http: http2::Builder<TokioExecutor>,
    handshake_timeout: Duration,
    routes: Arc<Routes>,
    stack: Arc<Stack>,
}

impl Server {
    /// Binds the address of `settings`.
    pub async fn bind(
        settings: &config::Server,
        routes: Routes,
        stack: Stack,
    ) -> Result<Self, BindError> {
        let address = settings.address();
        let listener = TcpListener::bind(address)
            .await
            .map_err(|cause| BindError { address, cause })?;
        let shared = Shared {
            http: http(settings),
            handshake_timeout: settings.handshake_timeout,
            routes: Arc::new(routes),
            stack: Arc::new(stack),
        };
        let max_connections = settings.max_connections.get();
        Ok(Self {
            listener,
            shared: Arc::new(shared),
            max_connections,
        })
    }

    /// The address that is listened at, with the port that was taken for port 0.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Serves until the server drains and the last connection has ended.
    ///
    /// Dropping the future cuts all connections.
    pub(crate) async fn serve(self, mut phase: Watch) {
        let mut connections = JoinSet::new();
        let mut full = false;
        loop {
            let accepted = tokio::select! {
                accepted = self.listener.accept() => accepted,
                Some(_) = connections.join_next() => continue,
                () = phase.draining() => break,
            };
            match accepted {
                Ok((stream, peer)) if connections.len() < self.max_connections => {
                    full = false;
                    prepare(&stream);
                    let calls = CallService::new(
                        Arc::clone(&self.shared.routes),
                        Arc::clone(&self.shared.stack),
                        peer,
                    );
                    let shared = Arc::clone(&self.shared);
                    connections.spawn(connection::serve(shared, stream, calls, phase.clone()));
                }
                Ok((_, peer)) => {
                    // Closed at once, so that its client tries another server. Said once, not for
                    // each: whoever floods the server should not flood the log.
                    if !full {
                        warn!(%peer, limit = self.max_connections, "connections refused");
                    }
                    full = true;
                }
                Err(error) => {
                    warn!(%error, "connection not accepted");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
        // New connections are refused by the system from here on.
        drop(self.listener);
        while connections.join_next().await.is_some() {}
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server")
            .field("listener", &self.listener)
            .finish_non_exhaustive()
    }
}

/// The address cannot be listened at.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen at {address}")]
pub struct BindError {
    address: SocketAddr,
    #[source]
    cause: io::Error,
}

/// HTTP/2 as `settings` want it.
///
/// Floods of resets and of pending accepts are bounded by hyper's own limits.
fn http(settings: &config::Server) -> http2::Builder<TokioExecutor> {
    let keepalive = &settings.keepalive;
    let interval = (!keepalive.interval.is_zero()).then_some(keepalive.interval);
    let headers = u32::try_from(settings.max_header_list_size).unwrap_or(u32::MAX);
    let mut http = http2::Builder::new(TokioExecutor::new());
    http.timer(TokioTimer::new())
        .keep_alive_interval(interval)
        .keep_alive_timeout(keepalive.timeout)
        .max_concurrent_streams(settings.max_concurrent_streams.get())
        .max_header_list_size(headers)
        // gRPC has no use for the date.
        .auto_date_header(false);
    http
}

/// Sends small messages at once instead of waiting to fill a packet.
fn prepare(stream: &TcpStream) {
    if let Err(error) = stream.set_nodelay(true) {
        debug!(%error, "no TCP_NODELAY");
    }
}
