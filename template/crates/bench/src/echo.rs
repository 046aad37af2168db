//! The service that all twins serve.

use prost::Message;
use tokio_stream::StreamExt;
use tonic::{Request, Response, Status, Streaming};

use crate::Error;

/// As tonic generates it by itself.
#[allow(missing_docs, unreachable_pub, clippy::all)]
mod generated {
    tonic::include_proto!("bench.v1");
}

/// As the services of this workspace are generated.
#[allow(missing_docs, unreachable_pub, clippy::all)]
mod served {
    include!(concat!(env!("OUT_DIR"), "/served/bench.v1.rs"));
}

pub(crate) use generated::Payload;
pub(crate) use generated::echo_client::EchoClient;
pub(crate) use generated::echo_server::EchoServer;
pub(crate) use served::echo_server::EchoServer as ServedEchoServer;

/// The encoded descriptors of the service.
pub(crate) const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));

/// The path of the method that does not stream.
pub(crate) const UNARY: &str = "/bench.v1.Echo/Unary";

/// The path of the method whose messages come back.
pub(crate) const BIDIRECTIONAL: &str = "/bench.v1.Echo/Bidirectional";

/// A message as gRPC frames it: not compressed, its length, itself.
pub(crate) fn framed(message: &Payload) -> Result<Vec<u8>, Error> {
    let length = u32::try_from(message.encoded_len())?.to_be_bytes();
    Ok([&[0], &length[..], &message.encode_to_vec()].concat())
}

/// Gives back what it gets.
#[derive(Debug, Default)]
pub(crate) struct Echo;

macro_rules! echo {
    ($generated:ident) => {
        #[tonic::async_trait]
        impl $generated::echo_server::Echo for Echo {
            async fn unary(&self, request: Request<Payload>) -> Result<Response<Payload>, Status> {
                Ok(Response::new(request.into_inner()))
            }

            type BidirectionalStream =
                std::pin::Pin<Box<dyn tokio_stream::Stream<Item = Result<Payload, Status>> + Send>>;

            async fn bidirectional(
                &self,
                request: Request<Streaming<Payload>>,
            ) -> Result<Response<Self::BidirectionalStream>, Status> {
                Ok(Response::new(Box::pin(
                    request.into_inner().map(|item| item),
                )))
            }
        }
    };
}

echo!(generated);
echo!(served);
