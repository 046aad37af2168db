//! The terms under which connections are taken, which can change while the server runs.
//!
//! New terms are for new connections; those that are open keep theirs.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use arc_swap::ArcSwap;
use hyper::server::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioTimer};

use super::proxies::Proxies;
use super::security::{Security, SecurityError};
use crate::call::Peer;
use crate::config::{self, Config, quantity::nonzero};

/// The largest window that HTTP/2 knows (RFC 9113, 6.9.1).
const MAX_WINDOW: u32 = (1 << 31) - 1;

/// The terms for new connections; clones share the same.
#[derive(Debug, Clone)]
pub struct Admission(Arc<ArcSwap<Terms>>);

/// Terms that are checked and not yet in force.
#[derive(Debug)]
#[must_use = "they are in force once they are committed"]
pub struct NextTerms {
    admission: Admission,
    terms: Arc<Terms>,
}

/// What one connection is subject to.
#[derive(Debug)]
pub(super) struct Terms {
    pub(super) settings: config::Server,
    pub(super) http: http2::Builder<TokioExecutor>,
    pub(super) security: Security,
    proxies: Proxies,
    /// Differs when the files have changed that the configuration names.
    files: u64,
}

impl Admission {
    /// The terms that `config` wants; reads the files that it names.
    pub fn new(config: &Config) -> Result<Self, SecurityError> {
        let terms = Terms::read(config)?;
        Ok(Self(Arc::new(ArcSwap::from_pointee(terms))))
    }

    /// Reads and checks the terms that `config` wants, and changes nothing.
    pub fn prepare(&self, config: &Config) -> Result<NextTerms, SecurityError> {
        Ok(NextTerms {
            admission: self.clone(),
            terms: Arc::new(Terms::read(config)?),
        })
    }

    /// The files that `config` names, which are read by [`prepare`](Self::prepare).
    pub fn files(config: &Config) -> Vec<PathBuf> {
        Security::files(config)
    }

    /// What the security of new connections is.
    pub fn security(&self) -> Security {
        self.0.load().security.clone()
    }

    pub(super) fn now(&self) -> Arc<Terms> {
        self.0.load_full()
    }
}

impl NextTerms {
    /// Whether files have changed since the terms in force were read.
    pub fn has_other_files(&self) -> bool {
        self.terms.files != self.admission.now().files
    }

    /// Puts the terms in force for all connections from now on.
    pub fn commit(self) {
        self.admission.0.store(self.terms);
    }
}

impl Terms {
    fn read(config: &Config) -> Result<Self, SecurityError> {
        // First: should they change meanwhile, they differ from this the next time.
        let files = digest(&Security::files(config));
        Ok(Self {
            files,
            http: http(&config.server),
            security: Security::read(config)?,
            proxies: Proxies::new(&config.server.trusted_proxies),
            settings: config.server.clone(),
        })
    }

    /// Whoever calls from `address`.
    pub(super) fn peer(&self, address: SocketAddr) -> Peer {
        let proxy = self.proxies.trust(address.ip());
        Peer::new(address, proxy.then(|| self.proxies.clone()))
    }
}

/// A number that the contents of `files` have in common with no other, as good as surely.
fn digest(files: &[PathBuf]) -> u64 {
    let mut hasher = DefaultHasher::new();
    for file in files {
        fs::read(file).ok().hash(&mut hasher);
    }
    hasher.finish()
}

/// HTTP/2 as `settings` want it.
///
/// Floods of resets, of pending accepts and of continued headers are bounded by hyper's own limits.
fn http(settings: &config::Server) -> http2::Builder<TokioExecutor> {
    let keepalive = &settings.keepalive;
    let headers = u32::try_from(settings.max_header_list_size).unwrap_or(u32::MAX);
    let window = |size: usize| u32::try_from(size).unwrap_or(u32::MAX).min(MAX_WINDOW);
    let mut http = http2::Builder::new(TokioExecutor::new());
    http.timer(TokioTimer::new())
        .keep_alive_interval(nonzero(keepalive.interval))
        .keep_alive_timeout(keepalive.timeout)
        .max_concurrent_streams(settings.max_concurrent_streams.get())
        .max_header_list_size(headers)
        .initial_stream_window_size(window(settings.stream_window))
        .initial_connection_window_size(window(settings.connection_window))
        // gRPC has no use for the date.
        .auto_date_header(false);
    http
}
