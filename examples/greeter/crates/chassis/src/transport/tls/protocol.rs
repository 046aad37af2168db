//! What of TLS is spoken: versions, suites, groups, and whose certificates are taken.

use std::sync::Arc;

use rustls::crypto::aws_lc_rs::{cipher_suite, default_provider, kx_group};
use rustls::crypto::{CryptoProvider, SupportedKxGroup};
use rustls::server::WebPkiClientVerifier;
use rustls::version::{TLS12, TLS13};
use rustls::{ServerConfig, SupportedCipherSuite, SupportedProtocolVersion};

use super::HTTP2;
use super::files::{Identity, TlsError, authorities};
use crate::config::{Tls, TlsMode, TlsVersion};

/// Keys are agreed on anew for each connection, and bytes are authenticated, in all of them.
const SUITES: [SupportedCipherSuite; 9] = [
    cipher_suite::TLS13_AES_256_GCM_SHA384,
    cipher_suite::TLS13_AES_128_GCM_SHA256,
    cipher_suite::TLS13_CHACHA20_POLY1305_SHA256,
    cipher_suite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
    cipher_suite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
    cipher_suite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
    cipher_suite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
    cipher_suite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
    cipher_suite::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
];

const GROUPS: [&dyn SupportedKxGroup; 2] = [kx_group::X25519, kx_group::SECP256R1];

/// The cryptography, less what is not meant to be spoken.
pub(super) fn provider() -> Arc<CryptoProvider> {
    Arc::new(CryptoProvider {
        cipher_suites: SUITES.to_vec(),
        kx_groups: GROUPS.to_vec(),
        ..default_provider()
    })
}

/// What a handshake needs, for a server that has this identity.
pub(super) fn config(settings: &Tls, identity: Identity) -> Result<ServerConfig, TlsError> {
    let provider = provider();
    let versions: &[&SupportedProtocolVersion] = match settings.min_version {
        TlsVersion::V1_2 => &[&TLS13, &TLS12],
        TlsVersion::V1_3 => &[&TLS13],
    };
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_protocol_versions(versions)
        .map_err(|error| TlsError::new("tls.min_version", error))?;
    let builder = match settings.mode {
        TlsMode::Mutual => {
            let roots = Arc::new(authorities(&settings.client_ca)?);
            let verifier = WebPkiClientVerifier::builder_with_provider(roots, provider)
                .build()
                .map_err(|error| TlsError::of_file("tls.client_ca", &settings.client_ca, error))?;
            builder.with_client_cert_verifier(verifier)
        }
        TlsMode::Off | TlsMode::Server => builder.with_no_client_auth(),
    };
    let mut config = builder
        .with_single_cert(identity.chain, identity.key)
        .map_err(|error| TlsError::of_file("tls.key", &settings.key, unfit(&error)))?;
    config.alpn_protocols = vec![HTTP2.to_vec()];
    Ok(config)
}

/// What is wrong with the key, so that it can be mended.
fn unfit(error: &rustls::Error) -> String {
    match error {
        rustls::Error::InconsistentKeys(_) => "not the key of `tls.certificate`".to_owned(),
        error => error.to_string(),
    }
}
