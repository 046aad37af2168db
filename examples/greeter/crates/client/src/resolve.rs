//! Finds the addresses of a target.
//!
//! In: a [`Target`]. Out: addresses without repetition. Asked again on a timer and whenever a
//! connection fails; when that is so is the pool's to say.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;

use crate::target::{Place, Target};

/// The addresses of a name, when they have been found.
pub type Resolving<'a> = Pin<Box<dyn Future<Output = io::Result<Vec<SocketAddr>>> + Send + 'a>>;

/// Finds the addresses of a name; [`Dns`] unless a [`Channel`](crate::Channel) gets another one.
pub trait Resolve: fmt::Debug + Send + Sync + 'static {
    /// All addresses of `host`, each with `port`. None at all is a failure as well.
    fn resolve<'a>(&'a self, host: &'a str, port: u16) -> Resolving<'a>;
}

/// Asks the system, which asks `/etc/hosts` and DNS.
#[derive(Debug, Clone, Copy, Default)]
pub struct Dns;

impl Resolve for Dns {
    fn resolve<'a>(&'a self, host: &'a str, port: u16) -> Resolving<'a> {
        Box::pin(async move { Ok(tokio::net::lookup_host((host, port)).await?.collect()) })
    }
}

/// Where one server listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Address {
    pub(crate) socket: Socket,
    /// The name that stood for it, which the server's certificate must have.
    pub(crate) host: Arc<str>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Socket {
    Tcp(SocketAddr),
    Unix(PathBuf),
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.socket {
            Socket::Tcp(address) => address.fmt(f),
            Socket::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

/// Finds the addresses of `target`, at most `most`.
///
/// Fails if no host has an address; one of several hosts may be without.
pub(crate) async fn addresses(
    target: &Target,
    resolver: &dyn Resolve,
    most: usize,
) -> Result<Vec<Address>, String> {
    let hosts = match &target.place {
        Place::Hosts(hosts) => hosts,
        Place::Unix(path) => {
            return Ok(vec![Address {
                socket: Socket::Unix(path.clone()),
                host: "localhost".into(),
            }]);
        }
    };
    let mut addresses: Vec<Address> = Vec::new();
    let mut failure = None;
    for host in hosts {
        let name: Arc<str> = host.name.as_str().into();
        match resolver.resolve(&host.name, host.port).await {
            Ok(found) => {
                for socket in found.into_iter().map(Socket::Tcp) {
                    let host = Arc::clone(&name);
                    if !addresses.iter().any(|known| known.socket == socket) {
                        addresses.push(Address { socket, host });
                    }
                }
            }
            Err(error) => failure = Some(format!("cannot resolve `{host}`: {error}")),
        }
    }
    addresses.truncate(most);
    match addresses.is_empty() {
        true => Err(failure.unwrap_or_else(|| format!("`{}` has no address", target.authority()))),
        false => Ok(addresses),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn addresses_are_found_once_each() {
        let target = Target::parse("http://127.0.0.1:1,localhost:1,[::1]:2").unwrap();
        let found = addresses(&target, &Dns, 9).await.unwrap();
        let texts: Vec<_> = found.iter().map(Address::to_string).collect();
        assert_eq!(
            texts.iter().filter(|text| *text == "127.0.0.1:1").count(),
            1
        );
        assert!(texts.contains(&"[::1]:2".to_owned()), "{texts:?}");
        assert_eq!(addresses(&target, &Dns, 1).await.unwrap().len(), 1);
    }

    #[tokio::test]
    async fn a_name_of_nobody_is_said() {
        let target = Target::parse("http://no.such.name.invalid:1").unwrap();
        let error = addresses(&target, &Dns, 9).await.unwrap_err();
        assert!(
            error.starts_with("cannot resolve `no.such.name.invalid:1`: "),
            "{error}"
        );
    }
}
