//! Section `server`.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::num::{NonZeroU32, NonZeroUsize};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::units::{duration, size};

/// Where to listen, how connections live and how they end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Server {
    /// IP address to listen at. Default `"::"`: all addresses, IPv6 and IPv4.
    pub host: IpAddr,
    /// TCP port to listen at; `0` takes a free one. Default `50051`.
    pub port: u16,
    /// Connections at one time; further ones are closed at once. Default `1000`.
    pub max_connections: NonZeroUsize,
    /// Calls at one time on one connection; further ones wait. Default `1000`.
    pub max_concurrent_streams: NonZeroU32,
    /// Largest header list of one call; a larger one is refused. Default `"16KiB"`.
    #[serde(with = "size")]
    pub max_header_list_size: usize,
    /// Longest time from a connection's start to its HTTP/2 preface. Default `"5s"`.
    #[serde(with = "duration")]
    pub handshake_timeout: Duration,
    /// How dead connections are found.
    pub keepalive: Keepalive,
    /// How the server ends.
    pub shutdown: Shutdown,
}

impl Default for Server {
    fn default() -> Self {
        Self {
            host: IpAddr::V6(Ipv6Addr::UNSPECIFIED),
            port: 50051,
            max_connections: NonZeroUsize::new(1000).expect("1000 is not 0"),
            max_concurrent_streams: NonZeroU32::new(1000).expect("1000 is not 0"),
            max_header_list_size: 16 << 10,
            handshake_timeout: Duration::from_secs(5),
            keepalive: Keepalive::default(),
            shutdown: Shutdown::default(),
        }
    }
}

impl Server {
    /// Host and port as one address.
    pub fn address(&self) -> SocketAddr {
        SocketAddr::new(self.host, self.port)
    }
}

/// How dead connections are found: by HTTP/2 pings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Keepalive {
    /// Silence after which a connection is pinged. Default `"5s"`.
    #[serde(with = "duration")]
    pub interval: Duration,
    /// Longest wait for the answer before the connection is closed. Default `"1s"`.
    #[serde(with = "duration")]
    pub timeout: Duration,
}

impl Default for Keepalive {
    fn default() -> Self {
        Self {
            interval: Duration::from_secs(5),
            timeout: Duration::from_secs(1),
        }
    }
}

/// How the server ends, once it is asked to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Shutdown {
    /// Time between "not ready" and the refusal of new calls, for load balancers to notice.
    ///
    /// Default `"0s"`. A second signal ends it.
    #[serde(with = "duration")]
    pub delay: Duration,
    /// Longest time that calls in flight may take to finish; then they are cut. Default `"30s"`.
    #[serde(with = "duration")]
    pub timeout: Duration,
}

impl Default for Shutdown {
    fn default() -> Self {
        Self {
            delay: Duration::ZERO,
            timeout: Duration::from_secs(30),
        }
    }
}
