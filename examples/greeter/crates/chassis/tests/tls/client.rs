//! A client that speaks TLS as a test wants it.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper_util::rt::TokioIo;
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore, SupportedProtocolVersion};
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tonic::transport::{Channel, Endpoint};

use crate::authority::{Authority, NAME};
use crate::harness::Server;
use crate::harness::wait::within;

#[derive(Clone)]
pub(crate) struct Client {
    pub(crate) provider: CryptoProvider,
    pub(crate) versions: Vec<&'static SupportedProtocolVersion>,
    pub(crate) protocols: Vec<&'static str>,
    pub(crate) roots: RootCertStore,
    pub(crate) identity: Option<(String, String)>,
}

impl Client {
    /// A client that trusts `authority` and speaks HTTP/2 over any TLS.
    pub(crate) fn of(authority: &Authority) -> Self {
        let mut roots = RootCertStore::empty();
        let root = CertificateDer::from_pem_slice(authority.certificate().as_bytes()).unwrap();
        roots.add(root).unwrap();
        Self {
            provider: aws_lc_rs::default_provider(),
            versions: vec![&rustls::version::TLS13, &rustls::version::TLS12],
            protocols: vec!["h2"],
            roots,
            identity: None,
        }
    }

    /// The same with a certificate and its key, in PEM.
    pub(crate) fn with(&self, identity: (String, String)) -> Self {
        Self {
            identity: Some(identity),
            ..self.clone()
        }
    }

    fn config(&self) -> ClientConfig {
        let provider = Arc::new(self.provider.clone());
        let builder = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&self.versions)
            .unwrap()
            .with_root_certificates(self.roots.clone());
        let mut config = match &self.identity {
            Some((certificate, key)) => {
                let chain = CertificateDer::pem_slice_iter(certificate.as_bytes());
                let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).unwrap();
                let chain = chain.map(Result::unwrap).collect();
                builder.with_client_auth_cert(chain, key).unwrap()
            }
            None => builder.with_no_client_auth(),
        };
        let protocols = self.protocols.iter();
        config.alpn_protocols = protocols.map(|name| name.as_bytes().to_vec()).collect();
        config
    }

    /// Shakes hands; in TLS 1.3 the server may still refuse after that.
    pub(crate) async fn shake(&self, address: SocketAddr) -> io::Result<TlsStream<TcpStream>> {
        let socket = TcpStream::connect(address).await?;
        let name = ServerName::try_from(NAME).unwrap();
        let connector = TlsConnector::from(Arc::new(self.config()));
        connector.connect(name, socket).await
    }

    /// Shakes hands, and waits for the first byte of the server, which is that of its settings.
    pub(crate) async fn open(&self, address: SocketAddr) -> io::Result<TlsStream<TcpStream>> {
        let mut stream = self.shake(address).await?;
        tokio::io::AsyncWriteExt::write_all(&mut stream, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
            .await?;
        stream.read_u8().await?;
        Ok(stream)
    }

    /// A channel for calls.
    pub(crate) async fn channel(
        &self,
        address: SocketAddr,
    ) -> Result<Channel, tonic::transport::Error> {
        let client = self.clone();
        let connect = tower::service_fn(move |_| {
            let client = client.clone();
            async move { client.shake(address).await.map(TokioIo::new) }
        });
        let endpoint = Endpoint::try_from(format!("http://{NAME}")).unwrap();
        endpoint.connect_with_connector(connect).await
    }
}

/// Waits until a connection has failed for `cause`.
pub(crate) async fn failed(server: &Server, cause: &str) {
    let known = |(name, count): (&str, u64)| name == cause && count >= 1;
    let errors = || server.shared.connections.errors();
    let limit = Duration::from_secs(10);
    let told = within(limit, async || errors().into_iter().any(known)).await;
    told.unwrap_or_else(|_| panic!("{cause}: {:?}", errors()));
}
