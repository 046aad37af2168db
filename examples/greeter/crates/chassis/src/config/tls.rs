//! Section `tls`.

use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::units::DurationText;

/// Which connections are encrypted, and who may open one. Keys are files, never settings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Tls {
    /// Whether there is TLS, and for whom. Default `"off"`.
    pub mode: TlsMode,
    /// File with the certificate of the server in PEM, those of its issuers after it. Needed unless off.
    pub certificate: PathBuf,
    /// File with the private key of the certificate in PEM. Needed unless off.
    pub key: PathBuf,
    /// File with the certificates in PEM of those who issue clients' certificates. Needed if mutual.
    pub client_ca: PathBuf,
    /// Least version. Default `"1.2"`.
    pub min_version: TlsVersion,
    /// Time before the end of the certificate from which on the log warns; zero is never. Default `"14d"`.
    #[serde(with = "DurationText")]
    pub expiry_warning: Duration,
}

impl Default for Tls {
    fn default() -> Self {
        Self {
            mode: TlsMode::Off,
            certificate: PathBuf::new(),
            key: PathBuf::new(),
            client_ca: PathBuf::new(),
            min_version: TlsVersion::V1_2,
            expiry_warning: Duration::from_secs(14 * 86_400),
        }
    }
}

/// Whether there is TLS, and for whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum TlsMode {
    /// No TLS.
    Off,
    /// Clients know the server by its certificate.
    Server,
    /// And the server knows them by theirs.
    Mutual,
}

/// A version of TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub enum TlsVersion {
    /// TLS 1.2.
    #[serde(rename = "1.2")]
    V1_2,
    /// TLS 1.3.
    #[serde(rename = "1.3")]
    V1_3,
}
