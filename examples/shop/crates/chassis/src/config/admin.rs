//! Section `admin`.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use serde::{Deserialize, Serialize};

use super::Server;
use super::fault::Contradiction;

/// Where probes, scrapers and people ask for the state of the server, and how much they are told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Admin {
    /// IP address to listen at. Default `"::"`: all addresses, IPv6 and IPv4.
    pub host: IpAddr,
    /// TCP port to listen at; `0` takes a free one. Default `8081`.
    pub port: u16,
    /// Serves the page and `/debug/`: methods, settings, errors with what callers sent, and the
    /// switch of the log level. Default `false`: for whoever reaches the port, these are open.
    pub debug: bool,
    /// Names by which a browser may ask for these, besides `localhost` and IP addresses; without a
    /// port. Default none: a foreign site could have given its own name to this server's address.
    pub hosts: Vec<String>,
}

impl Default for Admin {
    fn default() -> Self {
        Self {
            host: IpAddr::V6(Ipv6Addr::UNSPECIFIED),
            port: 8081,
            debug: false,
            hosts: Vec::new(),
        }
    }
}

impl Admin {
    /// Host and port as one address.
    pub fn address(&self) -> SocketAddr {
        SocketAddr::new(self.host, self.port)
    }
}

impl Admin {
    pub(super) fn contradictions(&self, server: &Server) -> Vec<Contradiction> {
        if self.port == 0 || self.address() != server.address() {
            return Vec::new();
        }
        let message = format!("port {} is taken by `server.port`", self.port);
        vec![Contradiction::new(["admin.port", "server.port"], message)]
    }
}
