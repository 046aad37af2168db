//! Accepts connections, as many as there may be, until the server drains.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use tracing::warn;

use super::connection;
use super::connections::Connections;
use super::failure::Failure;
use super::socket::{BindError, Listeners};
use super::terms::Admission;
use crate::config;
use crate::runtime::Watch;
use crate::services::Routes;
use crate::stack::Stack;

/// Pause after a failed accept: the usual cause, too many open files, needs time to pass.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// A bound server: its address is known, it accepts nothing yet.
#[derive(Debug)]
pub struct Server {
    listeners: Listeners,
    shared: Shared,
    admission: Admission,
    connections: Connections,
}

/// What every connection needs; clones share it.
#[derive(Debug, Clone)]
pub(super) struct Shared {
    pub(super) routes: Arc<Routes>,
    pub(super) stack: Arc<Stack>,
}

impl Server {
    /// Binds the address of `settings`; what becomes of each connection is told to `connections`.
    pub async fn bind(
        settings: &config::Server,
        admission: Admission,
        routes: Routes,
        stack: Stack,
        connections: Connections,
    ) -> Result<Self, BindError> {
        Ok(Self {
            listeners: Listeners::bind(settings).await?,
            shared: Shared {
                routes: Arc::new(routes),
                stack: Arc::new(stack),
            },
            admission,
            connections,
        })
    }

    /// The address that is listened at, with the port that was taken for port 0.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.listeners.address()
    }

    /// Serves until the server drains and the last connection has ended.
    ///
    /// Dropping the future cuts all connections.
    pub(crate) async fn serve(self, mut phase: Watch) {
        let mut running = JoinSet::new();
        let mut full = false;
        loop {
            let accepted = tokio::select! {
                accepted = self.listeners.accept() => accepted,
                Some(_) = running.join_next() => continue,
                () = phase.draining() => break,
            };
            let terms = self.admission.now();
            let limit = terms.settings.max_connections.get();
            match accepted {
                Ok((socket, address)) if running.len() < limit => {
                    full = false;
                    let peer = terms.peer(address);
                    let open = self.connections.open(address);
                    let shared = self.shared.clone();
                    let phase = phase.clone();
                    running.spawn(connection::serve(shared, terms, socket, peer, open, phase));
                }
                Ok((_, peer)) => {
                    self.connections.fail(Failure::RefusedLimit);
                    // Closed at once, so that its client tries another server. Said once, not for
                    // each: whoever floods the server should not flood the log.
                    if !full {
                        warn!(%peer, limit, "connections refused");
                    }
                    full = true;
                }
                Err(error) => {
                    self.connections.fail(Failure::Accept);
                    warn!(%error, "connection not accepted");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
        // New connections are refused by the system from here on.
        drop(self.listeners);
        while running.join_next().await.is_some() {}
    }
}
