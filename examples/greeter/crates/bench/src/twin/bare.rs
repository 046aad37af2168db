//! The server that tonic's documentation shows.

use std::net::SocketAddr;

use tokio::net::TcpListener;
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;

use crate::Error;
use crate::echo::{Echo, EchoServer};

/// Serves until `ended`.
pub(super) async fn serve(
    listener: TcpListener,
    listening: impl FnOnce(SocketAddr),
    ended: impl Future<Output = ()>,
) -> Result<(), Error> {
    listening(listener.local_addr()?);
    let incoming = TcpIncoming::from(listener).with_nodelay(Some(true));
    Server::builder()
        .add_service(EchoServer::new(Echo))
        .serve_with_incoming_shutdown(incoming, ended)
        .await?;
    Ok(())
}
