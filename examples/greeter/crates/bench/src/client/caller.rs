//! The clients that are compared.

use std::net::SocketAddr;
use std::time::Duration;

use client::Settings;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::transport::{Channel, Endpoint};
use tonic::{Request, Streaming};

use crate::Error;
use crate::echo::{self, EchoClient, Payload};

/// The deadline of calls that have one, as the pool gives it to all.
const DEADLINE: Duration = Duration::from_secs(30);

/// A client to measure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Way {
    /// `tonic::transport::Channel`: one connection and nothing else
    Channel,
    /// The same with a deadline for each call
    Deadline,
    /// The pool with its defaults
    Pool,
    /// A connection for each call
    Reconnect,
}

impl Way {
    /// All of them; the one that the others are compared with is the first.
    pub(crate) const ALL: [Self; 4] = [Self::Channel, Self::Deadline, Self::Pool, Self::Reconnect];

    /// The name on the command line.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Channel => "channel",
            Self::Deadline => "deadline",
            Self::Pool => "pool",
            Self::Reconnect => "reconnect",
        }
    }

    /// Connects, the pool at most so many times; callers are clones.
    pub(crate) async fn connect(
        self,
        server: SocketAddr,
        connections: usize,
    ) -> Result<Caller, Error> {
        let target = format!("http://{server}");
        Ok(match self {
            Self::Channel | Self::Deadline => {
                let channel = Endpoint::try_from(target)?.connect().await?;
                let deadline = (self == Self::Deadline).then_some(DEADLINE);
                Caller::Channel(EchoClient::new(channel), deadline)
            }
            Self::Pool => {
                let mut settings = Settings::new(target);
                settings.pooling.max_connections = connections;
                let builder = client::Channel::builder(&settings);
                let channel = builder.descriptors(echo::DESCRIPTORS).open()?;
                channel.connected().await?;
                Caller::Pool(EchoClient::new(channel))
            }
            Self::Reconnect => Caller::Reconnect(Box::new(Endpoint::try_from(target)?)),
        })
    }
}

/// One caller.
#[derive(Debug, Clone)]
pub(crate) enum Caller {
    Channel(EchoClient<Channel>, Option<Duration>),
    Pool(EchoClient<client::Channel>),
    Reconnect(Box<Endpoint>),
}

/// A stream that is open: what goes in comes out.
#[derive(Debug)]
pub(crate) struct Conversation {
    messages: mpsc::Sender<Payload>,
    answers: Streaming<Payload>,
}

impl Caller {
    /// Makes one unary call.
    pub(crate) async fn call(&mut self, data: &[u8]) -> Result<(), Error> {
        let data = data.to_vec();
        let mut request = Request::new(Payload { data });
        match self {
            Self::Channel(client, deadline) => {
                if let Some(deadline) = deadline {
                    request.set_timeout(*deadline);
                }
                client.unary(request).await?;
            }
            Self::Pool(client) => {
                client.unary(request).await?;
            }
            Self::Reconnect(endpoint) => {
                let channel = endpoint.connect().await?;
                EchoClient::new(channel).unary(request).await?;
            }
        }
        Ok(())
    }

    /// Opens a stream.
    pub(crate) async fn converse(&mut self) -> Result<Conversation, Error> {
        let (messages, outgoing) = mpsc::channel(1);
        let mut request = Request::new(ReceiverStream::new(outgoing));
        let response = match self {
            Self::Channel(client, deadline) => {
                if let Some(deadline) = deadline {
                    request.set_timeout(*deadline);
                }
                client.bidirectional(request).await?
            }
            Self::Pool(client) => client.bidirectional(request).await?,
            Self::Reconnect(endpoint) => {
                let channel = endpoint.connect().await?;
                EchoClient::new(channel).bidirectional(request).await?
            }
        };
        let answers = response.into_inner();
        Ok(Conversation { messages, answers })
    }
}

impl Conversation {
    /// Sends a message and waits for its answer.
    pub(crate) async fn exchange(&mut self, data: &[u8]) -> Result<(), Error> {
        let data = data.to_vec();
        self.messages.send(Payload { data }).await?;
        let answer = self.answers.message().await?;
        answer.map(drop).ok_or_else(|| "the stream ended".into())
    }
}
