//! Section `database`.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::SecretSource;
use super::fault::Contradiction;
use super::units::DurationText;

/// The PostgreSQL that handlers keep state in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Database {
    /// Address, as `postgres://user@host:5432/name`, without a password. Default `""`: none.
    pub url: String,
    /// Where the password is. Default `""`: none is needed.
    pub password: SecretSource,
    /// File with the certificates, in PEM, of who vouches for the database. Default `""`: no TLS.
    pub ca: PathBuf,
    /// Connections at one time. Default `10`.
    pub connections: NonZeroUsize,
    /// Longest wait for one of them. Default `"1s"`.
    #[serde(with = "DurationText")]
    pub wait: Duration,
    /// Longest time to open one. Default `"5s"`.
    #[serde(with = "DurationText")]
    pub connect: Duration,
    /// Longest time of one statement; zero is any. Default `"10s"`.
    #[serde(with = "DurationText")]
    pub statement: Duration,
    /// How often the database is asked whether it answers. Default `"5s"`.
    #[serde(with = "DurationText")]
    pub check: Duration,
}

impl Default for Database {
    fn default() -> Self {
        Self {
            url: String::new(),
            password: SecretSource::None,
            ca: PathBuf::new(),
            connections: NonZeroUsize::new(10).expect("10 is not 0"),
            wait: Duration::from_secs(1),
            connect: Duration::from_secs(5),
            statement: Duration::from_secs(10),
            check: Duration::from_secs(5),
        }
    }
}

impl Database {
    pub(super) fn contradictions(&self) -> Vec<Contradiction> {
        let mut found = Vec::new();
        if super::url_has_password(&self.url) {
            let message = "has a password, which does not belong here: `database.password` tells where \
                           it is";
            found.push(Contradiction::new(
                ["database.url", "database.password"],
                message,
            ));
        }
        if self.check.is_zero() {
            let message = "the database would be asked without a pause";
            found.push(Contradiction::new(
                ["database.check", "database.url"],
                message,
            ));
        }
        found
    }
}
