//! The servers that are compared: same service, same protocol, different ways of a call.

use std::env::consts::EXE_SUFFIX;
use std::net::SocketAddr;
use std::path::PathBuf;

use chassis::config::Config;
use tokio::net::TcpListener;
use tonic::transport::server::TcpIncoming;

use crate::Error;

mod bare;
pub(crate) mod chain;
mod layers;
mod process;

pub(crate) use process::Process;

/// A server to measure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Twin {
    /// `tonic::transport::Server` and nothing else
    Bare,
    /// The chassis with all that its settings and features bring, and the allocator of the server
    Chain,
    /// The same with the allocator of the system
    ChainMalloc,
    /// The same features as tower layers around the bare one
    Layers,
}

impl Twin {
    /// All of them; the one that the others are compared with is the first.
    pub(crate) const ALL: [Self; 4] = [Self::Bare, Self::Chain, Self::ChainMalloc, Self::Layers];

    /// The name on the command line.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Bare => "bare",
            Self::Chain => "chain",
            Self::ChainMalloc => "chain-malloc",
            Self::Layers => "layers",
        }
    }

    /// The program that serves it: they differ in their allocator.
    pub(crate) fn binary(self) -> Result<PathBuf, Error> {
        let bench = std::env::current_exe()?;
        Ok(match self {
            Self::Chain => bench.with_file_name(format!("bench-chain{EXE_SUFFIX}")),
            _ => bench,
        })
    }

    /// Serves until `ended`; tells `listening` the address.
    pub(crate) async fn serve(
        self,
        config: Config,
        listening: impl FnOnce(SocketAddr),
        ended: impl Future<Output = ()> + Send + 'static,
    ) -> Result<(), Error> {
        match self {
            Self::Bare => bare::serve(listening, ended).await,
            Self::Layers => layers::serve(config, listening, ended).await,
            Self::Chain | Self::ChainMalloc => chain::serve(config, listening, ended).await,
        }
    }
}

/// What a server of tonic takes its connections from, on a free port; tells `listening` the address.
async fn incoming(listening: impl FnOnce(SocketAddr)) -> Result<TcpIncoming, Error> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    listening(listener.local_addr()?);
    Ok(TcpIncoming::from(listener).with_nodelay(Some(true)))
}
