//! The admin port: HTTP for probes, scrapers and people, apart from the calls.
//!
//! In: what the server shares. Out: whether it lives and is ready, and, where `admin.debug` opens
//! it, its state as JSON and as a page. Changes nothing but the log level. It has bounds of its
//! own, so that whoever misuses this port takes nothing from the calls.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::call::MethodTable;
use crate::config::{self, Config};
use crate::runtime::{Dependencies, Watch};
use crate::shared::Shared;

mod listen;
mod log_level;
mod page;
mod probes;
mod routes;
mod settings;
mod site;
mod state;

use listen::Limits;

/// What the port tells about.
#[derive(Debug)]
pub struct Facts {
    /// The name of the server.
    pub name: &'static str,
    /// Its version.
    pub version: &'static str,
    /// In which phase of its life it is.
    pub phase: Watch,
    /// What its services need.
    pub dependencies: Dependencies,
    /// The methods that it answers.
    pub methods: MethodTable,
    /// What guards and observers know.
    pub shared: Shared,
    /// The settings in force.
    pub settings: watch::Receiver<Arc<Config>>,
}

/// The bound admin port: its address is known, it answers nothing yet.
#[derive(Debug)]
pub struct Admin {
    listener: TcpListener,
    settings: config::Admin,
    known: Known,
}

/// What the answers are made of.
#[derive(Debug)]
struct Known {
    facts: Facts,
    start: Instant,
}

/// The address of the admin port cannot be listened at.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen at {address}, the admin port")]
pub struct AdminError {
    address: SocketAddr,
    #[source]
    cause: io::Error,
}

impl Admin {
    /// Binds the address of `settings`.
    pub async fn bind(settings: &config::Admin, facts: Facts) -> Result<Self, AdminError> {
        let address = settings.address();
        let listener = TcpListener::bind(address)
            .await
            .map_err(|cause| AdminError { address, cause })?;
        let known = Known {
            facts,
            start: Instant::now(),
        };
        Ok(Self {
            listener,
            settings: settings.clone(),
            known,
        })
    }

    /// The address that is listened at, with the port that was taken for port 0.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Answers until the future is dropped, which cuts all connections.
    pub async fn serve(self) {
        let routes = routes::routes(&self.settings, self.known);
        listen::serve(self.listener, routes, Limits::default()).await;
    }
}
