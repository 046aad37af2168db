//! Where connections come from: a TCP port, and a Unix socket if one is wanted.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use tokio::net::{TcpListener, TcpStream};
use tokio_util::either::Either;
use tracing::debug;

use crate::config;

#[cfg(not(unix))]
use self::absent::{UnixListener, UnixStream};
#[cfg(unix)]
use tokio::net::{UnixListener, UnixStream};

/// A connection as the system hands it over.
pub(super) type Socket = Either<TcpStream, UnixStream>;

/// Whoever calls over the Unix socket is on this machine, and has no other address.
const LOCAL: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

/// All that is listened at.
#[derive(Debug)]
pub(super) struct Listeners {
    tcp: TcpListener,
    unix: Option<(UnixListener, SocketFile)>,
}

/// An address cannot be listened at.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen at {address}")]
pub struct BindError {
    address: String,
    #[source]
    cause: io::Error,
}

impl Listeners {
    pub(super) async fn bind(settings: &config::Server) -> Result<Self, BindError> {
        let failed = |address: String| move |cause| BindError { address, cause };
        let address = settings.address();
        let tcp = TcpListener::bind(address)
            .await
            .map_err(failed(address.to_string()))?;
        let path = &settings.socket;
        let unix = match path.as_os_str().is_empty() {
            true => None,
            false => Some(bind_unix(path).map_err(failed(path.display().to_string()))?),
        };
        Ok(Self { tcp, unix })
    }

    /// The address of the TCP port.
    pub(super) fn address(&self) -> io::Result<SocketAddr> {
        self.tcp.local_addr()
    }

    /// The next connection, and where it comes from.
    pub(super) async fn accept(&self) -> io::Result<(Socket, SocketAddr)> {
        let local = async {
            match &self.unix {
                Some((listener, _)) => listener.accept().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            accepted = self.tcp.accept() => {
                let (stream, peer) = accepted?;
                // Sends small messages at once instead of waiting to fill a packet.
                if let Err(error) = stream.set_nodelay(true) {
                    debug!(%error, "no TCP_NODELAY");
                }
                // Of a socket for both families, an IPv4 address is written as such.
                let peer = SocketAddr::new(peer.ip().to_canonical(), peer.port());
                Ok((Either::Left(stream), peer))
            }
            accepted = local => Ok((Either::Right(accepted?.0), LOCAL)),
        }
    }
}

/// The file of a Unix socket, which nobody needs once the server is gone.
#[derive(Debug)]
struct SocketFile(PathBuf);

impl Drop for SocketFile {
    fn drop(&mut self) {
        // It may be gone already; a next start clears what is left.
        let _ = std::fs::remove_file(&self.0);
    }
}

#[cfg(unix)]
fn bind_unix(path: &Path) -> io::Result<(UnixListener, SocketFile)> {
    use std::os::unix::fs::FileTypeExt as _;
    use std::os::unix::net::UnixStream as Probe;

    // What a killed server has left; never a file of another kind, nor the socket of a living one.
    let is_socket = std::fs::symlink_metadata(path).is_ok_and(|file| file.file_type().is_socket());
    if is_socket && Probe::connect(path).is_err() {
        std::fs::remove_file(path)?;
    }
    let listener = UnixListener::bind(path)?;
    Ok((listener, SocketFile(path.to_owned())))
}

#[cfg(not(unix))]
fn bind_unix(_: &Path) -> io::Result<(UnixListener, SocketFile)> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Stands in for what this system has not.
#[cfg(not(unix))]
mod absent {
    use std::io;

    pub(super) type UnixStream = tokio::net::TcpStream;

    #[derive(Debug)]
    pub(super) enum UnixListener {}

    impl UnixListener {
        pub(super) async fn accept(&self) -> io::Result<(UnixStream, ())> {
            match *self {}
        }
    }
}
