//! Many clients that take their time, and one that does not.

use std::num::NonZeroUsize;
use std::time::{Duration, Instant};

use chassis::config::{self, Connection};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tonic::transport::Channel;

use crate::frames::{Wire, whole, wide_open};
use crate::harness::{Server, call};
use crate::{errors, left, lives};

/// Clients that send one byte and stop.
const BEGINNING: usize = 300;
/// Clients that stop reading.
const STOPPED: usize = 50;
/// Calls of the healthy client.
const CALLS: usize = 200;
/// Longest time of one of them: far more than it takes, far less than what others wait for.
const LONGEST: Duration = Duration::from_secs(2);

async fn healthy(channel: &Channel) {
    for _ in 0..CALLS {
        let start = Instant::now();
        call(channel, "Fail").await.unwrap_err();
        assert!(start.elapsed() < LONGEST, "{:?}", start.elapsed());
    }
}

#[tokio::test]
async fn a_healthy_client_does_not_feel_the_others_and_nothing_is_left_of_them() {
    let server = Server::start(config::Server {
        max_connections: NonZeroUsize::new(1000).unwrap(),
        handshake_timeout: Duration::from_secs(3),
        connection: Connection {
            age: Duration::from_secs(60),
            write_timeout: Duration::from_millis(1500),
            ..Connection::default()
        },
        ..config::Server::default()
    })
    .await;
    let channel = server.connect().await;
    healthy(&channel).await;

    let mut beginning = Vec::new();
    for _ in 0..BEGINNING {
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        stream.write_all(b"P").await.unwrap();
        beginning.push(stream);
    }
    let mut stopped = Vec::new();
    for _ in 0..STOPPED {
        let mut wire = Wire::open(&server).await;
        wire.send(&[wide_open(), whole(1, "Pour")].concat()).await;
        stopped.push(wire);
    }
    healthy(&channel).await;
    drop(channel);
    left(&server).await;
    assert_eq!(errors(&server, "preface_timeout"), BEGINNING as u64);
    assert_eq!(errors(&server, "write_timeout"), STOPPED as u64);
    lives(&server).await;
    drop((beginning, stopped));
}
