//! Calls that no server should take: of methods that there are not, and with tokens that nobody issued.

use std::net::SocketAddr;

use http::uri::PathAndQuery;
use tonic::client::Grpc;
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Request, Status};
use tonic_prost::ProstCodec;

use crate::Error;
use crate::echo::{Payload, UNARY};

/// Calls on one connection.
const PATIENCE: u64 = 500;

/// Calls as a stranger, who tries something else every time.
#[derive(Debug)]
pub(crate) struct Strangers {
    endpoint: Endpoint,
    channel: Channel,
    /// How often they have called.
    tries: u64,
}

impl Strangers {
    /// Strangers who call `server`.
    pub(crate) async fn connect(server: SocketAddr) -> Result<Self, Error> {
        let endpoint = Endpoint::try_from(format!("http://{server}"))?;
        Ok(Self {
            channel: endpoint.connect().await?,
            endpoint,
            tries: 0,
        })
    }

    /// Calls so many unknown methods; a server that takes one ends the benchmark.
    pub(crate) async fn guess_paths(&mut self, count: u64) -> Result<(), Error> {
        for _ in 0..count {
            let path = format!("/stranger.v1.Service{0}/Method{0}", self.next());
            self.refused(&path, None, Code::Unimplemented).await?;
        }
        Ok(())
    }

    /// Calls with so many tokens that look like some; a server that takes one ends the benchmark.
    pub(crate) async fn forge_tokens(&mut self, count: u64) -> Result<(), Error> {
        for _ in 0..count {
            // Says that it is signed by HS256.
            let token = format!(
                "Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJjYWxsZXIifQ.{:043}",
                self.next()
            );
            self.refused(UNARY, Some(&token), Code::Unauthenticated)
                .await?;
        }
        Ok(())
    }

    fn next(&mut self) -> u64 {
        self.tries += 1;
        self.tries
    }

    async fn refused(&mut self, path: &str, token: Option<&str>, code: Code) -> Result<(), Error> {
        // HTTP/2 bounds the streams of a connection that end before their request has been read.
        if self.tries.is_multiple_of(PATIENCE) {
            self.channel = self.endpoint.connect().await?;
        }
        let mut request = Request::new(Payload { data: vec![7; 64] });
        if let Some(token) = token {
            let token = token.parse()?;
            request.metadata_mut().insert("authorization", token);
        }
        let mut grpc = Grpc::new(self.channel.clone());
        grpc.ready().await?;
        let codec = ProstCodec::<Payload, Payload>::default();
        let path: PathAndQuery = path.parse()?;
        let answer = grpc.unary(request, path, codec).await;
        match answer.as_ref().map_err(Status::code) {
            Err(answered) if answered == code => Ok(()),
            Err(answered) => Err(format!("a stranger got `{answered:?}`, not `{code:?}`").into()),
            Ok(_) => Err("a stranger was let in".into()),
        }
    }
}
