//! The client side of TLS, for a server that asks itself how it is.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, SignatureScheme};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_util::either::Either;

use super::files::{self, TlsError};
use super::{HTTP2, protocol};
use crate::config::{Tls, TlsMode};

/// Connects to a server that has the certificate in these settings, by whatever address it is
/// reached; without TLS if they have it off.
///
/// Where clients need a certificate, it shows the same one: `client_ca` must have issued it.
#[derive(Debug, Clone)]
pub struct Probe(Option<Arc<ClientConfig>>);

impl Probe {
    /// Reads the files that `settings` name.
    pub fn new(settings: &Tls) -> Result<Self, TlsError> {
        if settings.mode == TlsMode::Off {
            return Ok(Self(None));
        }
        let identity = files::identity(settings)?;
        let provider = protocol::provider();
        let known = Known {
            certificate: identity.chain[0].clone(),
            provider: Arc::clone(&provider),
        };
        let builder = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| TlsError::new("tls.mode", error))?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(known));
        let mut config = match settings.mode {
            TlsMode::Mutual => builder
                .with_client_auth_cert(identity.chain, identity.key)
                .map_err(|error| TlsError::of_file("tls.key", &settings.key, error))?,
            TlsMode::Off | TlsMode::Server => builder.with_no_client_auth(),
        };
        config.alpn_protocols = vec![HTTP2.to_vec()];
        Ok(Self(Some(Arc::new(config))))
    }

    /// A connection in the clear, whether TLS is below it or not.
    pub async fn connect(
        &self,
        address: SocketAddr,
    ) -> io::Result<Either<Box<TlsStream<TcpStream>>, TcpStream>> {
        let socket = TcpStream::connect(address).await?;
        let Some(config) = &self.0 else {
            return Ok(Either::Right(socket));
        };
        let connector = TlsConnector::from(Arc::clone(config));
        let name = ServerName::from(address.ip());
        let stream = connector.connect(name, socket).await?;
        Ok(Either::Left(Box::new(stream)))
    }
}

/// Knows one server by its certificate, whatever its name.
#[derive(Debug)]
struct Known {
    certificate: CertificateDer<'static>,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Known {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        match *certificate == self.certificate {
            true => Ok(ServerCertVerified::assertion()),
            false => {
                let other = "the server has another certificate than `tls.certificate`";
                Err(rustls::Error::General(other.to_owned()))
            }
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let known = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, known)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let known = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, known)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}
