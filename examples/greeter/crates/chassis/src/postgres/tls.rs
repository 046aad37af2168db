//! Connections to the database with TLS, or without.

use std::path::Path;

use deadpool_postgres::{Manager, ManagerConfig};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use tokio_postgres::NoTls;
use tokio_postgres::config::SslMode;
use tokio_postgres_rustls::MakeRustlsConnect;

use super::PostgresError;

/// What opens connections; with the certificates in `ca`, only to who is vouched for by one of them.
pub(super) fn manager(
    mut address: tokio_postgres::Config,
    settings: ManagerConfig,
    ca: &Path,
) -> Result<Manager, PostgresError> {
    if ca.as_os_str().is_empty() {
        // Never by half: without certificates nobody is vouched for.
        address.ssl_mode(SslMode::Disable);
        return Ok(Manager::from_config(address, NoTls, settings));
    }
    address.ssl_mode(SslMode::Require);
    let tls = client(ca).map_err(|reason| PostgresError::Certificates {
        path: ca.to_owned(),
        reason,
    })?;
    let tls = MakeRustlsConnect::new(tls);
    Ok(Manager::from_config(address, tls, settings))
}

fn client(ca: &Path) -> Result<ClientConfig, String> {
    let mut roots = RootCertStore::empty();
    let certificates = CertificateDer::pem_file_iter(ca).map_err(|error| error.to_string())?;
    for certificate in certificates {
        let certificate = certificate.map_err(|error| error.to_string())?;
        roots.add(certificate).map_err(|error| error.to_string())?;
    }
    if roots.is_empty() {
        return Err("no certificate in it".to_owned());
    }
    let provider = rustls::crypto::aws_lc_rs::default_provider();
    let config = ClientConfig::builder_with_provider(provider.into())
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}
