//! Section `server`.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::num::{NonZeroU32, NonZeroUsize};
use std::path::PathBuf;
use std::time::Duration;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use super::fault::Contradiction;
use super::quantity::Rate;
use super::units::{DurationText, SizeText};

/// Where to listen, how connections live and how they end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Server {
    /// IP address to listen at. Default `"::"`: all addresses, IPv6 and IPv4.
    pub host: IpAddr,
    /// TCP port to listen at; `0` takes a free one. Default `50051`.
    pub port: u16,
    /// Unix socket to listen at as well. Default `""`: none.
    pub socket: PathBuf,
    /// Networks of the proxies that may say for whom they call. Default `[]`: none may.
    #[cfg_attr(test, schemars(with = "Vec<String>"))]
    pub trusted_proxies: Vec<IpNet>,
    /// Connections of trusted proxies begin with a PROXY protocol header. Default `false`.
    pub proxy_protocol: bool,
    /// Connections at one time; further ones are closed at once. Default `1000`.
    pub max_connections: NonZeroUsize,
    /// Calls at one time on one connection; further ones wait. Default `1000`.
    pub max_concurrent_streams: NonZeroU32,
    /// Largest header list of one call; a larger one is refused. Default `"16KiB"`.
    #[serde(with = "SizeText")]
    pub max_header_list_size: usize,
    /// Bytes of one call's request that may wait for its handler. Default `"1MiB"`.
    #[serde(with = "SizeText")]
    pub stream_window: usize,
    /// The same for all calls of one connection. Default `"16MiB"`.
    ///
    /// Half of it bounds what small messages cost that wait: each costs 256 bytes less its own. A
    /// connection with more is closed (h2 0.4.20, `data_frame_budget`).
    #[serde(with = "SizeText")]
    pub connection_window: usize,
    /// Longest time from a connection's start to its HTTP/2 preface; zero is any. Default `"5s"`.
    #[serde(with = "DurationText")]
    pub handshake_timeout: Duration,
    /// How long connections live.
    pub connection: Connection,
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
            socket: PathBuf::new(),
            trusted_proxies: Vec::new(),
            proxy_protocol: false,
            max_connections: NonZeroUsize::new(1000).expect("1000 is not 0"),
            max_concurrent_streams: NonZeroU32::new(1000).expect("1000 is not 0"),
            max_header_list_size: 16 << 10,
            stream_window: 1 << 20,
            connection_window: 16 << 20,
            handshake_timeout: Duration::from_secs(5),
            connection: Connection::default(),
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

impl Server {
    pub(super) fn contradictions(&self) -> Vec<Contradiction> {
        let mut found = Vec::new();
        if !self.keepalive.interval.is_zero() && self.keepalive.timeout.is_zero() {
            let message = "no answer to a ping can come within `0s`; `server.keepalive.interval: 0s` \
                           sends none";
            let keys = ["server.keepalive.timeout", "server.keepalive.interval"];
            found.push(Contradiction::new(keys, message));
        }
        if self.stream_window > self.connection_window {
            let message = "one call cannot have more unread than its whole connection";
            let keys = ["server.stream_window", "server.connection_window"];
            found.push(Contradiction::new(keys, message));
        }
        found
    }
}

/// How long connections live. Of each duration, zero is for ever.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Connection {
    /// Time without calls after which a connection is closed. Default `"15s"`.
    #[serde(with = "DurationText")]
    pub idle: Duration,
    /// Age at which the client is asked to open another one, give or take a tenth. Default `"30s"`.
    #[serde(with = "DurationText")]
    pub age: Duration,
    /// Longest time that calls may take to finish from then on. Default `"5s"`.
    #[serde(with = "DurationText")]
    pub grace: Duration,
    /// Longest wait for the rest of a frame, and half of it at least. Default `"10s"`.
    #[serde(with = "DurationText")]
    pub read_timeout: Duration,
    /// Longest wait for a client that does not read, and half of it at least. Default `"10s"`.
    #[serde(with = "DurationText")]
    pub write_timeout: Duration,
    /// Frames that carry no part of a call, such as pings, resets and settings. Default `"5000/s"`.
    pub control_frames: Rate,
}

impl Default for Connection {
    fn default() -> Self {
        Self {
            idle: Duration::from_secs(15),
            age: Duration::from_secs(30),
            grace: Duration::from_secs(5),
            read_timeout: Duration::from_secs(10),
            write_timeout: Duration::from_secs(10),
            control_frames: Rate {
                count: NonZeroU32::new(5000).expect("5000 is not 0"),
                per: Duration::from_secs(1),
            },
        }
    }
}

/// How dead connections are found, by HTTP/2 pings, and how often clients may do so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Keepalive {
    /// Silence after which a connection is pinged. Default `"5s"`.
    #[serde(with = "DurationText")]
    pub interval: Duration,
    /// Longest wait for the answer before the connection is closed. Default `"1s"`.
    #[serde(with = "DurationText")]
    pub timeout: Duration,
    /// Least time between two pings of a client; zero is any. Default `"5s"`.
    ///
    /// At the third ping that comes too soon the connection is closed; what the server sends
    /// meanwhile forgives those before.
    #[serde(with = "DurationText")]
    pub client_interval: Duration,
    /// Whether clients may ping without a call. Default `false`: every two hours only.
    pub client_idle: bool,
}

impl Default for Keepalive {
    fn default() -> Self {
        Self {
            interval: Duration::from_secs(5),
            timeout: Duration::from_secs(1),
            client_interval: Duration::from_secs(5),
            client_idle: false,
        }
    }
}

/// How the server ends, once it is asked to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Shutdown {
    /// Time between "not ready" and the refusal of new calls, for load balancers to notice.
    ///
    /// Default `"0s"`. A second signal ends it.
    #[serde(with = "DurationText")]
    pub delay: Duration,
    /// Longest time that calls in flight may take to finish; then they are cut. Default `"30s"`.
    #[serde(with = "DurationText")]
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
