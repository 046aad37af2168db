//! Reads a target: `http://one:50051,two:50051`, `unix:/run/server.sock`.
//!
//! In: the text of the settings. Out: hosts or a path, and whether TLS is wanted. Resolves nothing:
//! that is `resolve`'s work.

use std::fmt;
use std::path::PathBuf;

use http::uri::{Authority, Scheme};

/// Whom to call, not resolved yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Target {
    /// `http`, or `https` for TLS.
    pub(crate) scheme: Scheme,
    pub(crate) place: Place,
}

/// Where servers listen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    /// Hosts, in the order of the target; never empty.
    Hosts(Vec<Host>),
    /// A Unix socket.
    Unix(PathBuf),
}

/// A name or an address, and a port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Host {
    /// Without the brackets of an IPv6 address.
    pub(crate) name: String,
    pub(crate) port: u16,
}

/// The target is no target.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{target}` is no target: {reason}")]
pub struct TargetError {
    target: String,
    reason: String,
}

impl TargetError {
    pub(crate) fn new(target: &str, reason: impl Into<String>) -> Self {
        Self {
            target: target.to_owned(),
            reason: reason.into(),
        }
    }
}

impl Target {
    /// Reads the text of a target.
    pub(crate) fn parse(text: &str) -> Result<Self, TargetError> {
        let fail = |reason: String| TargetError::new(text, reason);
        if let Some(path) = text.strip_prefix("unix:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            if path.is_empty() {
                return Err(fail("expected a path after `unix:`".to_owned()));
            }
            return Ok(Self {
                scheme: Scheme::HTTP,
                place: Place::Unix(path.into()),
            });
        }
        let (scheme, hosts) = match text.split_once("://") {
            Some(("http", hosts)) => (Scheme::HTTP, hosts),
            Some(("https", hosts)) => (Scheme::HTTPS, hosts),
            _ => {
                let expected = "expected `http://host:port`, `https://host:port` or `unix:/path`";
                return Err(fail(expected.to_owned()));
            }
        };
        let port = if scheme == Scheme::HTTP { 80 } else { 443 };
        let hosts = hosts.strip_suffix('/').unwrap_or(hosts).split(',');
        let hosts = hosts.map(|host| Host::parse(host.trim(), port).map_err(&fail));
        Ok(Self {
            scheme,
            place: Place::Hosts(hosts.collect::<Result<_, _>>()?),
        })
    }

    /// What calls name as their `:authority`.
    pub(crate) fn authority(&self) -> String {
        match &self.place {
            Place::Hosts(hosts) => hosts.first().map(Host::to_string).unwrap_or_default(),
            Place::Unix(_) => "localhost".to_owned(),
        }
    }
}

impl Host {
    fn parse(text: &str, port: u16) -> Result<Self, String> {
        let wrong = || format!("expected `host:port`, found `{text}`");
        let authority: Authority = text.parse().map_err(|_| wrong())?;
        let host = authority.host();
        let rest = authority.as_str().strip_prefix(host).ok_or_else(wrong)?;
        let port = match rest.strip_prefix(':') {
            Some(port) => port.parse().map_err(|_| wrong())?,
            None => port,
        };
        let bare = host
            .strip_prefix('[')
            .and_then(|host| host.strip_suffix(']'));
        let name = bare.unwrap_or(host).to_owned();
        if name.is_empty() {
            return Err(wrong());
        }
        Ok(Self { name, port })
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name.contains(':') {
            true => write!(f, "[{}]:{}", self.name, self.port),
            false => write!(f, "{}:{}", self.name, self.port),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hosts(text: &str) -> Vec<String> {
        match Target::parse(text).unwrap().place {
            Place::Hosts(hosts) => hosts.iter().map(Host::to_string).collect(),
            Place::Unix(path) => panic!("{path:?}"),
        }
    }

    #[test]
    fn targets_are_hosts_with_ports() {
        assert_eq!(hosts("http://127.0.0.1:50051"), ["127.0.0.1:50051"]);
        assert_eq!(hosts("http://one:1,two:2/"), ["one:1", "two:2"]);
        assert_eq!(hosts("https://one, [::1]"), ["one:443", "[::1]:443"]);
        let target = Target::parse("http://[::1]:50051").unwrap();
        assert_eq!(target.authority(), "[::1]:50051");
    }

    #[test]
    fn a_path_is_a_unix_socket() {
        for text in ["unix:/run/x", "unix:///run/x"] {
            let target = Target::parse(text).unwrap();
            assert_eq!(target.place, Place::Unix("/run/x".into()), "{text}");
        }
    }

    #[test]
    fn what_is_no_target_is_said() {
        for text in [
            "",
            "localhost:50051",
            "ftp://one:1",
            "http://",
            "http://one:1,",
            "http://one:99999",
            "http://:50051",
            "http://user@one:1",
            "http://one:1/path",
            "unix:",
        ] {
            let error = Target::parse(text).unwrap_err().to_string();
            assert!(
                error.starts_with(&format!("`{text}` is no target: expected")),
                "{error}"
            );
        }
    }
}
