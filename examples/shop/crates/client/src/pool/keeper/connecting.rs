//! Connections that come, go, and answer for their health.

use std::sync::Arc;

use tokio::time::Instant;
use tracing::{debug, info, warn};

use super::{Endpoint, Event, Held, Keeper, later};
use crate::connect::Opened;
use crate::health;
use crate::pool::Connection;

impl Keeper {
    pub(super) fn opened(&mut self, endpoint: u64, opened: Result<Opened, String>, now: Instant) {
        let (connection, connecting) = (self.id(), self.settings.connecting.clone());
        let events = self.events.clone();
        let health = self.settings.health.clone();
        let Some(kept) = self.find(endpoint) else {
            return;
        };
        let began = kept.attempt.take().unwrap_or(now);
        let opened = match opened {
            Ok(opened) => opened,
            Err(error) => {
                warn!(address = %kept.endpoint.address(), %error, "cannot connect");
                kept.failed(began, &connecting, &error);
                self.resolve_soon(now);
                return;
            }
        };
        debug!(address = %kept.endpoint.address(), "connected");
        kept.endpoint.calm();
        kept.retry_at = None;
        if kept.held.is_empty() {
            // A server that has come back is not the one that failed.
            kept.left_out = None;
            kept.endpoint.forgive();
        }
        let open = Connection::new(connection, Arc::clone(&kept.endpoint), opened.sender);
        let open = Arc::new(open);
        let checking = health.every.map(|every| {
            let (watched, events) = (Arc::downgrade(&open), events.clone());
            let report = move |healthy| {
                events.tell(Event::Health {
                    endpoint,
                    connection,
                    healthy,
                });
            };
            tokio::spawn(health::watch(watched, health, every, report)).abort_handle()
        });
        // The calls on those that are replaced may end.
        kept.held.retain(|held| !held.worn);
        kept.held.push(Held::new(open, checking));
        // On its own: calls that are in flight when the pool goes may end.
        tokio::spawn(async move {
            let error = opened.driver.await.err();
            let error = error.map(|error| crate::call::text(&error));
            events.tell(Event::Closed {
                endpoint,
                connection,
                error,
            });
        });
    }

    pub(super) fn closed(
        &mut self,
        endpoint: u64,
        connection: u64,
        error: Option<String>,
        now: Instant,
    ) {
        let connecting = self.settings.connecting.clone();
        let Some(kept) = self.find(endpoint) else {
            return;
        };
        let of_id = |held: &Held| held.connection.id() == connection;
        let Some(index) = kept.held.iter().position(of_id) else {
            return;
        };
        let gone = kept.held.remove(index).connection.clone();
        let address = kept.endpoint.address();
        let proved = gone.answered() || later(gone.opened(), connecting.timeout) <= now;
        match &error {
            Some(error) => warn!(%address, %error, "connection broken"),
            None => debug!(%address, "connection closed"),
        }
        if proved {
            kept.succeeded();
            if let Some(error) = &error {
                kept.blame(error);
            }
        } else {
            // Else a server that accepts and hangs up would be connected to all the time.
            let error = error.as_deref().unwrap_or("closed by the server at once");
            kept.failed(gone.opened(), &connecting, error);
        }
        self.resolve_soon(now);
    }

    pub(super) fn health(&mut self, endpoint: u64, connection: u64, healthy: Result<(), String>) {
        let Some(kept) = self.find(endpoint) else {
            return;
        };
        let address = kept.endpoint.address().clone();
        let Some(held) = kept.held(connection) else {
            return;
        };
        match healthy {
            Ok(()) if held.healthy => {}
            Ok(()) => {
                info!(%address, "healthy again");
                held.healthy = true;
                kept.cause = None;
            }
            Err(reason) => {
                if held.healthy {
                    warn!(%address, reason, "unhealthy");
                }
                held.healthy = false;
                kept.blame(&reason);
            }
        }
    }

    pub(super) fn begin_connecting(&self, endpoint: &Arc<Endpoint>) {
        let (connector, endpoint) = (Arc::clone(&self.connector), Arc::clone(endpoint));
        let events = self.events.clone();
        tokio::spawn(async move {
            let opened = connector.open(endpoint.address()).await;
            let endpoint = endpoint.id();
            events.tell(Event::Opened { endpoint, opened });
        });
    }
}
