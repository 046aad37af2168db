//! Reads certificates and keys, and says what is wrong with them.

use std::fmt::Display;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use std::{fs, io};

use rustls::RootCertStore;
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use x509_parser::parse_x509_certificate;

use crate::config::Tls;
use crate::runtime::time::{rfc3339, since_1970};

/// TLS cannot be set up: which key of the settings names which file, and what is wrong with it.
///
/// Never tells a part of a key.
#[derive(Debug, thiserror::Error)]
#[error("`{key}`: {message}")]
pub struct TlsError {
    key: &'static str,
    message: String,
}

impl TlsError {
    pub(super) fn new(key: &'static str, message: impl Display) -> Self {
        let message = message.to_string();
        Self { key, message }
    }

    pub(super) fn of_file(key: &'static str, file: &Path, fault: impl Display) -> Self {
        Self::new(key, format_args!("{}: {fault}", file.display()))
    }
}

/// Who the server is.
pub(super) struct Identity {
    pub(super) chain: Vec<CertificateDer<'static>>,
    pub(super) key: PrivateKeyDer<'static>,
    /// When the certificate ends, in seconds since 1970.
    pub(super) not_after: i64,
}

/// Reads the certificate of the server and its key.
pub(super) fn identity(settings: &Tls) -> Result<Identity, TlsError> {
    let key = "tls.certificate";
    let chain = certificates(key, &settings.certificate)?;
    let fault = |fault: &dyn Display| TlsError::of_file(key, &settings.certificate, fault);
    let (_, parsed) = parse_x509_certificate(&chain[0]).map_err(|error| fault(&error))?;
    let not_after = parsed.validity().not_after.timestamp();
    if not_after <= seconds(SystemTime::now()) {
        let end = UNIX_EPOCH + Duration::from_secs(not_after.try_into().unwrap_or_default());
        return Err(fault(&format_args!("expired at {}", rfc3339(end))));
    }
    let key = private_key(&settings.key)?;
    Ok(Identity {
        chain,
        key,
        not_after,
    })
}

/// Reads the certificates of those who may issue others.
pub(super) fn authorities(file: &Path) -> Result<RootCertStore, TlsError> {
    let key = "tls.client_ca";
    let mut roots = RootCertStore::empty();
    for certificate in certificates(key, file)? {
        roots
            .add(certificate)
            .map_err(|error| TlsError::of_file(key, file, error))?;
    }
    Ok(roots)
}

/// Seconds since 1970.
pub(super) fn seconds(time: SystemTime) -> i64 {
    i64::try_from(since_1970(time).as_secs()).unwrap_or(i64::MAX)
}

fn read(key: &'static str, file: &Path) -> Result<Vec<u8>, TlsError> {
    if file.as_os_str().is_empty() {
        let message = "no file, but `tls.mode` needs one";
        return Err(TlsError::new(key, message));
    }
    fs::read(file).map_err(|error: io::Error| TlsError::of_file(key, file, error))
}

/// At least one.
fn certificates(key: &'static str, file: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let bytes = read(key, file)?;
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&bytes).collect();
    let chain = chain.map_err(|error| TlsError::of_file(key, file, broken(&error)))?;
    match chain.is_empty() {
        true => {
            let fault = "expected certificates in PEM, found none";
            Err(TlsError::of_file(key, file, fault))
        }
        false => Ok(chain),
    }
}

fn private_key(file: &Path) -> Result<PrivateKeyDer<'static>, TlsError> {
    let key = "tls.key";
    let bytes = read(key, file)?;
    PrivateKeyDer::from_pem_slice(&bytes).map_err(|error| {
        let fault = match error {
            pem::Error::NoItemsFound => {
                "expected a private key in PEM without a password, found none"
            }
            ref error => broken(error),
        };
        TlsError::of_file(key, file, fault)
    })
}

/// What is wrong with a PEM. Never what the parser says: it could repeat a part of a key.
fn broken(error: &pem::Error) -> &'static str {
    match error {
        pem::Error::MissingSectionEnd { .. } => "a PEM without an end",
        pem::Error::Base64Decode(_) => "a PEM that is not in base64",
        _ => "a broken PEM",
    }
}
