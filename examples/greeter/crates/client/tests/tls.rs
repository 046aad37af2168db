//! TLS and mutual TLS, with certificates that change.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use client::{Settings, Tls};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::{DEFAULT_VERSIONS, RootCertStore, ServerConfig};
use tonic::Code;

use harness::server::Known;
use harness::{DO, SAY};

mod harness;

/// An authority with a folder for what it issues.
struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    folder: tempfile::TempDir,
}

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let issuer = CertifiedIssuer::self_signed(params, key).unwrap();
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("ca.pem"), issuer.pem()).unwrap();
        Self { issuer, folder }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes `<name>.pem` and `<name>.key` for a host.
    fn issue(&self, name: &str, host: &str) {
        let params = CertificateParams::new(vec![host.to_owned()]).unwrap();
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        std::fs::write(self.file(&format!("{name}.pem")), certificate.pem()).unwrap();
        std::fs::write(self.file(&format!("{name}.key")), key.serialize_pem()).unwrap();
    }

    /// What a server has that is `name` and lets in whom this authority knows, if it asks at all.
    fn server(&self, name: &str, mutual: bool) -> ServerConfig {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let builder = ServerConfig::builder_with_provider(Arc::clone(&provider));
        let builder = builder.with_protocol_versions(DEFAULT_VERSIONS).unwrap();
        let builder = match mutual {
            true => {
                let mut roots = RootCertStore::empty();
                roots.add(self.issuer.der().clone()).unwrap();
                let roots = Arc::new(roots);
                let verifier = WebPkiClientVerifier::builder_with_provider(roots, provider);
                builder.with_client_cert_verifier(verifier.build().unwrap())
            }
            false => builder.with_no_client_auth(),
        };
        let file = self.file(&format!("{name}.pem"));
        let chain = CertificateDer::pem_file_iter(file).unwrap();
        let chain = chain.map(Result::unwrap).collect();
        let key = PrivateKeyDer::from_pem_file(self.file(&format!("{name}.key"))).unwrap();
        let mut config = builder.with_single_cert(chain, key).unwrap();
        config.alpn_protocols = vec![b"h2".to_vec()];
        config
    }
}

/// A server with a certificate that can be replaced.
struct Server {
    address: SocketAddr,
    config: Arc<Mutex<Arc<ServerConfig>>>,
    /// Ends with the value.
    _tasks: JoinSet<()>,
    leaving: watch::Sender<bool>,
    known: Arc<Known>,
}

impl Server {
    async fn start(config: ServerConfig) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let config = Arc::new(Mutex::new(Arc::new(config)));
        let (known, leaving) = harness::server::known();
        let (now, seen, watch) = (Arc::clone(&config), Arc::clone(&known), leaving.clone());
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let acceptor = TlsAcceptor::from(Arc::clone(&now.lock().unwrap()));
                let (seen, watch) = (Arc::clone(&seen), watch.subscribe());
                tokio::spawn(async move {
                    if let Ok(stream) = acceptor.accept(stream).await {
                        harness::server::serve(stream, seen, watch).await;
                    }
                });
            }
        });
        Self {
            address,
            config,
            _tasks: tasks,
            leaving,
            known,
        }
    }

    /// Another certificate from now on; connections end.
    async fn replace(&self, config: ServerConfig) {
        *self.config.lock().unwrap() = Arc::new(config);
        self.leaving.send_replace(true);
        tokio::time::sleep(Duration::from_millis(50)).await;
        self.leaving.send_replace(false);
    }

    fn settings(&self, tls: Tls) -> Settings {
        let mut settings = harness::settings(format!("https://localhost:{}", self.address.port()));
        settings.pooling.resolve_at_most = Duration::from_millis(20);
        settings.tls = tls;
        settings
    }
}

fn trusting(ca: &Path) -> Tls {
    Tls {
        ca: Some(ca.to_owned()),
        ..Tls::default()
    }
}

#[tokio::test]
async fn a_server_must_prove_its_name() {
    let authority = Authority::new();
    authority.issue("server", "localhost");
    authority.issue("other", "other.example");
    let server = Server::start(authority.server("server", false)).await;
    let settings = server.settings(trusting(&authority.file("ca.pem")));
    harness::unary(&harness::open(&settings), DO).await.unwrap();

    // The system knows no such authority.
    let strangers = harness::open(&server.settings(Tls::default()));
    let status = harness::unary(&strangers, DO).await.unwrap_err();
    assert!(status.message().contains("certificate"), "{status}");

    let other = Server::start(authority.server("other", false)).await;
    let settings = other.settings(trusting(&authority.file("ca.pem")));
    let status = harness::unary(&harness::open(&settings), DO)
        .await
        .unwrap_err();
    assert_eq!(status.code(), Code::Unavailable);
    assert!(status.message().contains("certificate"), "{status}");
    let settings = other.settings(Tls {
        server_name: Some("other.example".to_owned()),
        ..trusting(&authority.file("ca.pem"))
    });
    harness::unary(&harness::open(&settings), DO).await.unwrap();
}

#[tokio::test]
async fn a_client_proves_who_it_is_and_new_files_need_no_restart() {
    let authority = Authority::new();
    authority.issue("server", "localhost");
    let server = Server::start(authority.server("server", true)).await;
    let anonymous = server.settings(trusting(&authority.file("ca.pem")));
    let status = harness::unary(&harness::open(&anonymous), DO)
        .await
        .unwrap_err();
    assert_eq!(status.code(), Code::Unavailable);

    // A certificate that this server does not take, until it is replaced.
    let stranger = Authority::new();
    stranger.issue("client", "client.example");
    let copy = |from: &Authority| {
        for end in ["pem", "key"] {
            let name = format!("client.{end}");
            std::fs::copy(from.file(&name), authority.file(&format!("our.{end}"))).unwrap();
        }
    };
    copy(&stranger);
    let settings = server.settings(Tls {
        certificate: Some(authority.file("our.pem")),
        key: Some(authority.file("our.key")),
        ..trusting(&authority.file("ca.pem"))
    });
    let channel = harness::open(&settings);
    harness::unary(&channel, SAY).await.unwrap_err();
    authority.issue("client", "client.example");
    copy(&authority);
    harness::until("the new certificate", async || {
        harness::unary(&channel, SAY).await.is_ok()
    })
    .await;

    // Server and authority change as well, and the same channel goes on.
    let next = Authority::new();
    next.issue("server", "localhost");
    next.issue("client", "client.example");
    server.replace(next.server("server", true)).await;
    harness::until("the old authority is of no use", async || {
        harness::unary(&channel, SAY).await.is_err()
    })
    .await;
    std::fs::copy(next.file("ca.pem"), authority.file("ca.pem")).unwrap();
    copy(&next);
    harness::until("the new authority", async || {
        harness::unary(&channel, SAY).await.is_ok()
    })
    .await;
    assert!(
        server
            .known
            .calls
            .load(std::sync::atomic::Ordering::Relaxed)
            > 0
    );
}

#[tokio::test]
async fn half_an_identity_is_refused() {
    let mut settings = Settings::new("https://localhost:1");
    settings.tls.key = Some("client.key".into());
    let error = client::Channel::builder(&settings).open().unwrap_err();
    let expected = "expected both `tls.certificate` and `tls.key`, found one of them";
    assert!(error.to_string().ends_with(expected), "{error}");
}
