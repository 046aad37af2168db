//! Who is trusted, and who we are.

use std::path::PathBuf;

/// Who is trusted, and who we are. Files are PEM, and read again for each connection, so that new ones
/// need no restart.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tls {
    /// Certificates of the authorities that servers' certificates come from. Default: those of the
    /// system.
    pub ca: Option<PathBuf>,
    /// Our own certificate with its chain, for mutual TLS. It needs `key`.
    pub certificate: Option<PathBuf>,
    /// The private key of our certificate.
    pub key: Option<PathBuf>,
    /// The name that the server's certificate must have. Default: the host that is connected to.
    pub server_name: Option<String>,
}
