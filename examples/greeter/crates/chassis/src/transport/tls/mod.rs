//! TLS of new connections: who the server is, and who may call it.
//!
//! In: section `tls` and the files that it names. Out: streams in the clear, and the certificates of
//! the clients. Keys are read, used, and never told.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use rustls::ServerConfig;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tokio_util::either::Either;

use super::connection::NotOpened;
use super::failure::Failure;
use super::socket::Socket;
use crate::call::Peer;
use crate::config::{self, TlsMode};

mod expiry;
mod files;
mod peer;
mod probe;
mod protocol;

pub use expiry::Expiry;
pub use files::TlsError;
pub use peer::PeerCertificate;
pub use probe::Probe;

/// The one protocol that is spoken in here.
const HTTP2: &[u8] = b"h2";

/// A connection in the clear, whether TLS is below it or not.
pub(super) type Stream = Either<Box<TlsStream<Socket>>, Socket>;

/// What a handshake needs.
#[derive(Debug)]
pub(super) struct Tls {
    config: Arc<ServerConfig>,
    /// When the certificate of the server ends, in seconds since 1970.
    pub(super) not_after: i64,
    /// How long before that the log warns.
    pub(super) expiry_warning: Duration,
}

impl Tls {
    /// Reads the files that `settings` name; none if there is no TLS.
    pub(super) fn read(settings: &config::Tls) -> Result<Option<Self>, TlsError> {
        if settings.mode == TlsMode::Off {
            return Ok(None);
        }
        let identity = files::identity(settings)?;
        let not_after = identity.not_after;
        let config = protocol::config(settings, identity)?;
        Ok(Some(Self {
            config: Arc::new(config),
            not_after,
            expiry_warning: settings.expiry_warning,
        }))
    }

    /// Shakes hands; `peer` learns the certificate of the client.
    pub(super) async fn accept(
        &self,
        socket: Socket,
        peer: &mut Peer,
    ) -> Result<Stream, NotOpened> {
        let failed = |failure| move |error| NotOpened { failure, error };
        let acceptor = TlsAcceptor::from(Arc::clone(&self.config));
        let stream = acceptor.accept(socket).await.map_err(refused)?;
        let (_, session) = stream.get_ref();
        if session.alpn_protocol() != Some(HTTP2) {
            let error = io::Error::other("the client did not ask for HTTP/2");
            return Err(failed(Failure::TlsProtocol)(error));
        }
        let chain = session.peer_certificates().unwrap_or_default();
        if let Some(certificate) = chain.first() {
            let certificate = PeerCertificate::read(certificate).map_err(failed(Failure::Tls))?;
            peer.certificate = Some(Arc::new(certificate));
        }
        Ok(Either::Left(Box::new(stream)))
    }
}

/// The files that `settings` name and that are read.
pub(super) fn files(settings: &config::Tls) -> Vec<PathBuf> {
    let mut files = match settings.mode {
        TlsMode::Off => return Vec::new(),
        TlsMode::Server => vec![&settings.certificate, &settings.key],
        TlsMode::Mutual => vec![&settings.certificate, &settings.key, &settings.client_ca],
    };
    files.retain(|file| !file.as_os_str().is_empty());
    files.into_iter().cloned().collect()
}

/// Tells a failed handshake from a client that was gone before it.
fn refused(error: io::Error) -> NotOpened {
    let cause = error.get_ref().and_then(|cause| cause.downcast_ref());
    let failure = match (cause, error.kind()) {
        (Some(rustls::Error::NoApplicationProtocol), _) => Failure::TlsProtocol,
        (Some(_), _) => Failure::Tls,
        (None, io::ErrorKind::UnexpectedEof) => Failure::PrefaceIncomplete,
        (None, _) => Failure::Io,
    };
    NotOpened { failure, error }
}
