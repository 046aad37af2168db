//! `health`: asks a running server for its health; for probes that run a command.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use chassis::config::Config;
use chassis::health;
use chassis::runtime::Exit;

use crate::report;

/// What to ask, and whom.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Address of the server, such as `127.0.0.1:50051` [default: from the settings]
    #[arg(long)]
    address: Option<SocketAddr>,

    /// Full name of a service, such as `greeter.v1.Greeter` [default: the server as a whole]
    #[arg(long, default_value = "", hide_default_value = true)]
    service: String,

    /// Longest wait for the answer, in seconds
    #[arg(long, default_value_t = 3, value_name = "SECONDS")]
    timeout: u64,
}

/// Ends well when the server is SERVING.
pub(crate) fn run(args: &Args, config: &Config) -> Exit {
    let address = args
        .address
        .unwrap_or_else(|| reachable(config.server.address()));
    match check(address, args) {
        Ok(()) => Exit::Clean,
        Err(error) => report(&format!("{address}: {error}"), Exit::Failed),
    }
}

#[tokio::main(flavor = "current_thread")]
async fn check(address: SocketAddr, args: &Args) -> Result<(), Box<dyn std::error::Error>> {
    let uri = format!("http://{address}").parse()?;
    Ok(health::check(uri, &args.service, Duration::from_secs(args.timeout)).await?)
}

/// The address at which a server that listens at `address` is reached from its own machine.
fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(Ipv4Addr::UNSPECIFIED) => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(Ipv6Addr::UNSPECIFIED) => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}
