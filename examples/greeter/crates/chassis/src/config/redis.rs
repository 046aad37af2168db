//! Section `redis`.

use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::SecretSource;
use super::fault::Contradiction;
use super::units::DurationText;

/// The Redis that handlers keep state in, and that replicas share their rate limits by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Redis {
    /// Address, as `redis://user@host:6379/0`, without a password; with TLS, `rediss://`. Default `""`:
    /// none.
    pub url: String,
    /// Where the password is. Default `""`: none is needed.
    pub password: SecretSource,
    /// File with the certificates, in PEM, of who vouches for a Redis with TLS.
    ///
    /// Default `""`: those of the system.
    pub ca: PathBuf,
    /// Longest time to connect. Default `"5s"`.
    #[serde(with = "DurationText")]
    pub connect: Duration,
    /// Longest wait for an answer. Default `"1s"`.
    #[serde(with = "DurationText")]
    pub answer: Duration,
    /// How often it is asked whether it answers. Default `"5s"`.
    #[serde(with = "DurationText")]
    pub check: Duration,
}

impl Default for Redis {
    fn default() -> Self {
        Self {
            url: String::new(),
            password: SecretSource::None,
            ca: PathBuf::new(),
            connect: Duration::from_secs(5),
            answer: Duration::from_secs(1),
            check: Duration::from_secs(5),
        }
    }
}

impl Redis {
    pub(super) fn contradictions(&self) -> Vec<Contradiction> {
        let mut found = Vec::new();
        if super::url_has_password(&self.url) {
            let message =
                "has a password, which does not belong here: `redis.password` tells where it is";
            found.push(Contradiction::new(["redis.url", "redis.password"], message));
        }
        if !self.ca.as_os_str().is_empty() && self.url.starts_with("redis:") {
            let message = "names certificates, which a `redis.url` without TLS has no use for; with TLS \
                           it is `rediss://`";
            found.push(Contradiction::new(["redis.ca", "redis.url"], message));
        }
        if self.check.is_zero() {
            let message = "Redis would be asked without a pause";
            found.push(Contradiction::new(["redis.check", "redis.url"], message));
        }
        found
    }
}
