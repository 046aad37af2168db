//! Where the servers of the target are.

use std::sync::Arc;

use tokio::time::Instant;
use tracing::{debug, info, warn};

use super::{Endpoint, Event, Keeper, Kept, later};
use crate::resolve::{self, Address};

impl Keeper {
    pub(super) fn resolved(&mut self, found: Result<Vec<Address>, String>, now: Instant) {
        self.resolving = false;
        self.resolved_at = Some(now);
        self.resolve_at = later(now, self.settings.pooling.resolve_every);
        let addresses = match found {
            Ok(addresses) => addresses,
            Err(error) => {
                // The addresses from before may be right still.
                if self.kept.is_empty() {
                    warn!(target = %self.settings.target, %error, "no address found");
                    self.resolve_soon(now);
                }
                self.unresolved = Some(error.into());
                return;
            }
        };
        self.unresolved = None;
        self.kept.retain(|kept| {
            let stays = addresses.contains(kept.endpoint.address());
            if !stays {
                info!(address = %kept.endpoint.address(), "address gone");
            }
            stays
        });
        for address in addresses {
            let known = |kept: &Kept| *kept.endpoint.address() == address;
            if !self.kept.iter().any(known) {
                debug!(%address, "address found");
                let id = self.id();
                let (many, events) = (self.settings.outliers.failures, self.events.clone());
                self.kept
                    .push(Kept::new(Endpoint::new(id, address, many, events)));
            }
        }
    }

    /// A failed connection may mean that the addresses have changed.
    pub(super) fn resolve_soon(&mut self, now: Instant) {
        let least = self.settings.pooling.resolve_at_most;
        let soon = self.resolved_at.map_or(now, |at| later(at, least));
        self.resolve_at = self.resolve_at.min(soon);
    }

    pub(super) fn begin_resolving(&self) {
        let (target, resolver) = (Arc::clone(&self.target), Arc::clone(&self.resolver));
        let most = self.settings.pooling.max_addresses;
        let time = self.settings.connecting.timeout;
        let events = self.events.clone();
        tokio::spawn(async move {
            let found = resolve::addresses(&target, &*resolver, most);
            let found = match tokio::time::timeout(time, found).await {
                Ok(found) => found,
                Err(_) => Err(format!("no address found after {time:?}")),
            };
            events.tell(Event::Resolved(found));
        });
    }
}
