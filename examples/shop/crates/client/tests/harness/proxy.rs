//! A proxy that can stop forwarding: a network that loses every packet.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

/// A proxy in front of a server.
#[derive(Debug)]
pub(crate) struct Proxy {
    /// Where it listens.
    pub(crate) address: SocketAddr,
    /// Ends with the value.
    _tasks: JoinSet<()>,
    hole: watch::Sender<bool>,
}

impl Proxy {
    /// Forwards to `server`.
    pub(crate) async fn start(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (hole, swallowing) = watch::channel(false);
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            loop {
                let (near, _) = listener.accept().await.unwrap();
                if *swallowing.borrow() {
                    // Accepted by the kernel, and never answered.
                    let swallowing = swallowing.clone();
                    tokio::spawn(async move { hold(near, swallowing).await });
                    continue;
                }
                let Ok(far) = TcpStream::connect(server).await else {
                    continue;
                };
                let (near_in, near_out) = near.into_split();
                let (far_in, far_out) = far.into_split();
                tokio::spawn(forward(near_in, far_out, swallowing.clone()));
                tokio::spawn(forward(far_in, near_out, swallowing.clone()));
            }
        });
        Self {
            address,
            _tasks: tasks,
            hole,
        }
    }

    /// Loses everything from now on, or no more.
    pub(crate) fn swallow(&self, all: bool) {
        self.hole.send_replace(all);
    }
}

async fn hold(stream: TcpStream, mut swallowing: watch::Receiver<bool>) {
    let _ = swallowing.wait_for(|swallowing| !*swallowing).await;
    drop(stream);
}

async fn forward(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    swallowing: watch::Receiver<bool>,
) {
    let mut buffer = vec![0; 16384];
    while let Ok(count @ 1..) = from.read(&mut buffer).await {
        if *swallowing.borrow() {
            // Neither the data nor the end of the connection is told.
            std::future::pending::<()>().await;
        }
        if to.write_all(&buffer[..count]).await.is_err() {
            break;
        }
    }
    if *swallowing.borrow() {
        std::future::pending::<()>().await;
    }
}
