//! TLS, and mutual TLS if there is a certificate of ours.
//!
//! The files are read for each connection: connections are rare, and a certificate that was replaced is
//! used at once, without anybody watching files.

use std::io;
use std::path::Path;
use std::sync::Arc;

use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, DEFAULT_VERSIONS, RootCertStore};

use crate::settings::Tls;
use crate::target::TargetError;

/// Who is trusted, and who we are.
#[derive(Debug)]
pub(super) struct Identity {
    settings: Tls,
    /// The name that all servers must have; none: each that of its host.
    server_name: Option<ServerName<'static>>,
}

impl Identity {
    /// Fails if the settings contradict each other; files are read later.
    pub(super) fn new(settings: &Tls, target: &str) -> Result<Self, TargetError> {
        let fail = |reason: String| TargetError::new(target, reason);
        if settings.certificate.is_some() != settings.key.is_some() {
            let reason = "expected both `tls.certificate` and `tls.key`, found one of them";
            return Err(fail(reason.to_owned()));
        }
        let name = settings.server_name.as_deref().map(server_name);
        Ok(Self {
            settings: settings.clone(),
            server_name: name.transpose().map_err(|error| fail(error.to_string()))?,
        })
    }

    /// Secures `stream`, whose other end stands for `host`.
    pub(super) async fn shake_hands(
        &self,
        stream: TcpStream,
        host: &str,
    ) -> io::Result<TlsStream<TcpStream>> {
        let name = match &self.server_name {
            Some(name) => name.clone(),
            None => server_name(host)?,
        };
        let settings = self.settings.clone();
        let config = tokio::task::spawn_blocking(move || config(&settings));
        let config = config.await.map_err(io::Error::other)??;
        TlsConnector::from(Arc::new(config))
            .connect(name, stream)
            .await
    }
}

fn server_name(host: &str) -> io::Result<ServerName<'static>> {
    ServerName::try_from(host.to_owned())
        .map_err(|_| io::Error::other(format!("`{host}` is no name that a certificate can have")))
}

/// Reads the files.
fn config(settings: &Tls) -> io::Result<ClientConfig> {
    let mut roots = RootCertStore::empty();
    match &settings.ca {
        Some(file) => {
            for certificate in certificates(file)? {
                roots.add(certificate).map_err(|error| said(file, &error))?;
            }
        }
        None => {
            // One that cannot be read is not trusted; that is all.
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        }
    }
    // ECDHE with AES-GCM or ChaCha20 alone, TLS 1.2 and 1.3: what rustls has at all.
    let provider = Arc::new(aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(DEFAULT_VERSIONS)
        .map_err(io::Error::other)?
        .with_root_certificates(roots);
    let mut config = match (&settings.certificate, &settings.key) {
        (Some(file), Some(key)) => {
            let chain = certificates(file)?;
            let private = PrivateKeyDer::from_pem_file(key).map_err(|error| said(key, &error))?;
            builder
                .with_client_auth_cert(chain, private)
                .map_err(|error| said(file, &error))?
        }
        _ => builder.with_no_client_auth(),
    };
    config.alpn_protocols = vec![b"h2".to_vec()];
    Ok(config)
}

/// The certificates of a file; never none.
fn certificates(file: &Path) -> io::Result<Vec<CertificateDer<'static>>> {
    let found = CertificateDer::pem_file_iter(file).map_err(|error| said(file, &error))?;
    let found: Vec<_> = found
        .collect::<Result<_, _>>()
        .map_err(|error| said(file, &error))?;
    match found.is_empty() {
        true => Err(said(file, &"expected certificates, found none")),
        false => Ok(found),
    }
}

fn said(file: &Path, error: &dyn std::fmt::Display) -> io::Error {
    io::Error::other(format!("`{}`: {error}", file.display()))
}
