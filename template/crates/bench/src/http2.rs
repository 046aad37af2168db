//! Unary calls in HTTP/2 itself: tonic's client takes longer for a call than the servers that are measured, and
//! would be late before they are.

use std::net::SocketAddr;

use bytes::Bytes;
use h2::client::SendRequest;
use http::Request;
use http::header::{AUTHORIZATION, CONTENT_TYPE, TE};
use tokio::net::TcpStream;
use tonic::metadata::{Ascii, MetadataValue};

use crate::Error;
use crate::echo::{Payload, UNARY, framed};

/// Bytes that may be on the way to a call, and to all calls of a connection: as tonic's client has them. By these
/// h2 reckons how many small frames may wait as well, before it takes them for an attack.
const STREAM_WINDOW: u32 = 2 << 20;
const CONNECTION_WINDOW: u32 = 5 << 20;

/// A connection, and what is sent on it.
#[derive(Debug)]
pub(crate) struct Connection {
    sender: SendRequest<Bytes>,
    /// One for each token.
    requests: Vec<Request<()>>,
    message: Bytes,
}

impl Connection {
    /// Connects to `server`. Without tokens calls have no `authorization`.
    pub(crate) async fn open(
        server: SocketAddr,
        tokens: &[MetadataValue<Ascii>],
    ) -> Result<Self, Error> {
        let stream = TcpStream::connect(server).await?;
        stream.set_nodelay(true)?;
        let (sender, connection) = h2::client::Builder::new()
            .initial_window_size(STREAM_WINDOW)
            .initial_connection_window_size(CONNECTION_WINDOW)
            .handshake(stream)
            .await?;
        // Ends with the last sender. What breaks it breaks the calls on it as well, and they tell.
        tokio::spawn(connection);
        let request = || {
            Request::post(format!("http://{server}{UNARY}"))
                .header(CONTENT_TYPE, "application/grpc")
                .header(TE, "trailers")
        };
        let mut requests = Vec::new();
        for token in tokens {
            requests.push(request().header(AUTHORIZATION, token.to_str()?).body(())?);
        }
        if requests.is_empty() {
            requests.push(request().body(())?);
        }
        Ok(Self {
            sender,
            requests,
            message: framed(&Payload { data: vec![7; 64] })?.into(),
        })
    }

    /// One call; tokens take turns. Fails if it is not answered with `OK`.
    pub(crate) fn call(
        &self,
        turn: usize,
    ) -> impl Future<Output = Result<(), Error>> + Send + use<> {
        let request = self.requests[turn % self.requests.len()].clone();
        let (sender, message) = (self.sender.clone(), self.message.clone());
        async move {
            let (response, mut body) = sender.ready().await?.send_request(request, false)?;
            body.send_data(message, true)?;
            let mut body = response.await?.into_body();
            while let Some(data) = body.data().await {
                let length = data?.len();
                body.flow_control().release_capacity(length)?;
            }
            let trailers = body.trailers().await?.unwrap_or_default();
            match trailers.get("grpc-status") {
                Some(status) if status == "0" => Ok(()),
                status => Err(format!("the call ended with {status:?}").into()),
            }
        }
    }
}
