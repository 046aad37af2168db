//! The end of the server, whatever its clients do.

use std::time::{Duration, Instant};

use chassis::config::{self, Connection, Keepalive, Shutdown};
use chassis::runtime::{Exit, Phase};
use tokio::net::TcpStream;

use crate::frames::{
    DATA, END_STREAM, GOAWAY, HEADERS, NO_ERROR, Wire, begin, frame, goaways, whole,
};
use crate::harness::Server;
use crate::harness::wait::until;
use crate::lives;

async fn start(shutdown: Shutdown) -> Server {
    Server::start(config::Server {
        shutdown,
        connection: Connection {
            grace: Duration::from_millis(200),
            ..Connection::default()
        },
        keepalive: Keepalive {
            interval: Duration::ZERO,
            ..Keepalive::default()
        },
        ..config::Server::default()
    })
    .await
}

#[tokio::test]
async fn nobody_without_a_call_holds_up_the_end() {
    let server = start(Shutdown::default()).await;
    // One that answers, one that does not, one that has not said a word, one in its preface.
    let mut polite = Wire::open(&server).await;
    polite.send(&whole(1, "Fail")).await;
    polite.next_of(HEADERS).await.unwrap();
    let silent = Wire::open(&server).await;
    let dumb = TcpStream::connect(server.address).await.unwrap();
    let mut slow = TcpStream::connect(server.address).await.unwrap();
    tokio::io::AsyncWriteExt::write_all(&mut slow, b"PRI")
        .await
        .unwrap();
    until(async || server.shared.connections.active() == 4).await;
    let ended = Instant::now();
    server.trigger.end();
    let frames = polite.rest().await;
    assert!(goaways(&frames).iter().all(|code| *code == NO_ERROR));
    assert!(!goaways(&frames).is_empty());
    assert_eq!(server.running.await.unwrap(), Exit::Clean);
    assert!(
        ended.elapsed() < Duration::from_secs(5),
        "{:?}",
        ended.elapsed()
    );
    let closed = server.shared.connections.closed();
    assert!(closed.contains(&("shutdown", 4)), "{closed:?}");
    drop((silent, dumb, slow));
}

#[tokio::test]
async fn a_stream_that_finishes_in_time_is_not_cut() {
    let server = start(Shutdown::default()).await;
    let mut wire = Wire::open(&server).await;
    wire.send(&begin(1, "Echo")).await;
    wire.send(&frame(DATA, 0, 1, &[0; 5])).await;
    wire.next_of(DATA).await.unwrap();
    server.trigger.end();
    assert_eq!(wire.next_of(GOAWAY).await.unwrap().code(), NO_ERROR);
    // Longer than the grace of an old connection: the end of the server has a timeout of its own.
    tokio::time::sleep(Duration::from_millis(500)).await;
    wire.send(&frame(DATA, END_STREAM, 1, &[0; 5])).await;
    let frames = wire.rest().await;
    assert!(frames.iter().any(|frame| frame.kind == HEADERS));
    assert_eq!(server.running.await.unwrap(), Exit::Clean);
}

#[tokio::test]
async fn a_stream_that_does_not_is_told_and_then_cut() {
    let timeout = Duration::from_millis(300);
    let server = start(Shutdown {
        timeout,
        ..Shutdown::default()
    })
    .await;
    let mut wire = Wire::open(&server).await;
    wire.send(&whole(1, "WaitLater")).await;
    wire.next_of(DATA).await.unwrap();
    server.trigger.end();
    let frames = wire.rest().await;
    assert_eq!(goaways(&frames)[0], NO_ERROR);
    assert_eq!(server.running.await.unwrap(), Exit::Cut);
}

#[tokio::test]
async fn a_second_signal_ends_at_once() {
    let server = start(Shutdown::default()).await;
    let mut wire = Wire::open(&server).await;
    wire.send(&whole(1, "WaitLater")).await;
    wire.next_of(DATA).await.unwrap();
    server.trigger.end();
    wire.next_of(GOAWAY).await.unwrap();
    server.trigger.end();
    assert_eq!(server.running.await.unwrap(), Exit::Aborted);
}

#[tokio::test]
async fn until_the_delay_is_over_calls_are_taken() {
    let delay = Duration::from_millis(300);
    let server = start(Shutdown {
        delay,
        ..Shutdown::default()
    })
    .await;
    let begun = Instant::now();
    server.trigger.end();
    let mut phase = server.phase.clone();
    phase.reached(Phase::Leaving).await;
    lives(&server).await;
    phase.reached(Phase::Draining).await;
    assert!(begun.elapsed() >= delay);
    assert_eq!(server.running.await.unwrap(), Exit::Clean);
}
