//! Starts servers for the tests, and calls them by nothing but paths and bytes.

#![allow(dead_code, reason = "each test file uses a part of it")]

use std::net::SocketAddr;

use chassis::config::Config;
use chassis::runtime::{Exit, Signals, Trigger};
use server::app::App;
use tokio::task::JoinHandle;
use tonic::client::Grpc;
use tonic::codec::Codec;
use tonic::transport::{Channel, Endpoint};
use tonic::{IntoStreamingRequest, Response, Status, Streaming};

pub(crate) mod bytes_codec;

/// A server that runs in this process, on a port of its own.
pub(crate) struct Server {
    /// Where it listens.
    pub(crate) address: SocketAddr,
    trigger: Trigger,
    running: JoinHandle<Exit>,
}

impl Server {
    /// Starts a server with the defaults, but for the address.
    pub(crate) async fn start() -> Self {
        Self::start_with(Config::default()).await
    }

    /// Starts a server with `config`, on a free port of this machine.
    pub(crate) async fn start_with(mut config: Config) -> Self {
        config.server.host = std::net::Ipv4Addr::LOCALHOST.into();
        config.server.port = 0;
        let app = App::bind(&config).await.expect("a free port can be bound");
        let address = app.address().expect("a bound server has an address");
        let (trigger, signals) = Signals::triggered();
        let running = tokio::spawn(app.run(signals));
        Self {
            address,
            trigger,
            running,
        }
    }

    /// A connection to the server.
    pub(crate) async fn connect(&self) -> Client {
        let endpoint = Endpoint::try_from(format!("http://{}", self.address));
        let channel = endpoint.expect("an address makes a URI").connect().await;
        Client(channel.expect("the server accepts connections"))
    }

    /// Asks the server to end; the second time, to end at once.
    pub(crate) fn end(&self) {
        self.trigger.end();
    }

    /// Waits for the end.
    pub(crate) async fn ended(self) -> Exit {
        self.running.await.expect("the server does not panic")
    }
}

/// Calls a server.
#[derive(Clone)]
pub(crate) struct Client(pub(crate) Channel);

impl Client {
    /// Calls any method of any kind: on the wire, all of them are streams.
    pub(crate) async fn call<C>(
        &self,
        path: &str,
        codec: C,
        request: impl IntoStreamingRequest<Message = C::Encode>,
    ) -> Result<Response<Streaming<C::Decode>>, Status>
    where
        C: Codec,
        C::Encode: Send + Sync + 'static,
        C::Decode: Send + Sync + 'static,
    {
        let mut grpc = Grpc::new(self.0.clone());
        grpc.ready().await.expect("the connection is there");
        let path = path.try_into().expect("a path is a path");
        grpc.streaming(request.into_streaming_request(), path, codec)
            .await
    }
}
