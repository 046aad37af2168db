//! The server that tonic's documentation shows.

use std::net::SocketAddr;

use tonic::transport::Server;

use crate::Error;
use crate::echo::{Echo, EchoServer};

/// Serves until `ended`.
pub(super) async fn serve(
    listening: impl FnOnce(SocketAddr),
    ended: impl Future<Output = ()>,
) -> Result<(), Error> {
    let incoming = super::incoming(listening).await?;
    Server::builder()
        .add_service(EchoServer::new(Echo))
        .serve_with_incoming_shutdown(incoming, ended)
        .await?;
    Ok(())
}
