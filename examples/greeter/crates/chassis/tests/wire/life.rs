//! Idle time, age, grace, and clients that stop in the middle.

use std::time::{Duration, Instant};

use chassis::config::{self, Connection, Keepalive};

use crate::frames::{
    DATA, END_STREAM, GOAWAY, HEADERS, NO_ERROR, Wire, begin, frame, goaways, whole, wide_open,
};
use crate::harness::Server;
use crate::{closed, errors, left, lives};

const SHORT: Duration = Duration::from_millis(100);
const OFF: Duration = Duration::ZERO;

/// Every clock is off, but for what a test sets.
fn connection() -> Connection {
    Connection {
        idle: OFF,
        age: OFF,
        grace: OFF,
        read_timeout: OFF,
        write_timeout: OFF,
        ..Connection::default()
    }
}

async fn start(connection: Connection) -> Server {
    Server::start(config::Server {
        connection,
        keepalive: Keepalive {
            interval: OFF,
            ..Keepalive::default()
        },
        ..config::Server::default()
    })
    .await
}

#[tokio::test]
async fn an_idle_connection_is_closed_with_goaway() {
    let idle = SHORT;
    let server = start(Connection {
        idle,
        ..connection()
    })
    .await;
    let mut wire = Wire::open(&server).await;
    wire.send(&whole(1, "Fail")).await;
    wire.next_of(HEADERS).await.unwrap();
    let answered = Instant::now();
    let frames = wire.rest().await;
    assert!(
        answered.elapsed() >= idle.mul_f64(0.8),
        "{:?}",
        answered.elapsed()
    );
    assert!(goaways(&frames).iter().all(|code| *code == NO_ERROR));
    assert!(!goaways(&frames).is_empty());
    left(&server).await;
    assert_eq!(closed(&server, "idle"), 1);
}

#[tokio::test]
async fn a_connection_with_a_call_is_not_idle() {
    let server = start(Connection {
        idle: SHORT,
        ..connection()
    })
    .await;
    let mut wire = Wire::open(&server).await;
    wire.send(&whole(1, "Wait")).await;
    tokio::time::sleep(SHORT * 3).await;
    assert_eq!(server.shared.connections.active(), 1);
    assert_eq!(closed(&server, "idle"), 0);
    drop(wire);
    left(&server).await;
}

#[tokio::test]
async fn at_its_age_a_connection_gets_goaway_and_its_calls_may_finish() {
    let server = start(Connection {
        age: SHORT,
        grace: SHORT * 50,
        ..connection()
    })
    .await;
    let mut wire = Wire::open(&server).await;
    wire.send(&begin(1, "Echo")).await;
    let goaway = loop {
        let frame = wire.next().await.unwrap();
        wire.answer(&frame).await;
        if frame.kind == GOAWAY {
            break frame;
        }
    };
    assert_eq!(goaway.code(), NO_ERROR);
    // The call goes on, and ends as it would have.
    wire.send(&frame(DATA, END_STREAM, 1, &[0; 5])).await;
    let frames = wire.rest().await;
    let trailers = frames.iter().rfind(|frame| frame.kind == HEADERS).unwrap();
    assert_eq!(trailers.flags & END_STREAM, END_STREAM);
    left(&server).await;
    assert_eq!(closed(&server, "age"), 1);
    assert_eq!(errors(&server, "grace"), 0);
}

#[tokio::test]
async fn after_the_grace_calls_are_cut() {
    let server = start(Connection {
        age: SHORT,
        grace: SHORT,
        ..connection()
    })
    .await;
    let mut wire = Wire::open(&server).await;
    wire.send(&whole(1, "WaitLater")).await;
    let frames = wire.rest().await;
    assert_eq!(goaways(&frames)[0], NO_ERROR);
    left(&server).await;
    assert_eq!(errors(&server, "grace"), 1);
    assert_eq!(closed(&server, "failed"), 1);
}

#[tokio::test]
async fn a_client_that_does_not_answer_the_goaway_is_cut_and_that_is_no_failure() {
    let server = start(Connection {
        age: SHORT,
        grace: SHORT,
        ..connection()
    })
    .await;
    let mut wire = Wire::open(&server).await;
    while wire.next().await.is_some() {}
    left(&server).await;
    assert_eq!(closed(&server, "age"), 1);
    assert_eq!(errors(&server, "grace"), 0);
}

#[tokio::test]
async fn a_frame_whose_rest_does_not_come_is_cut() {
    let server = start(Connection {
        read_timeout: SHORT,
        ..connection()
    })
    .await;
    let mut wire = Wire::open(&server).await;
    let headers = begin(1, "Fail");
    wire.send(&headers[..headers.len() - 1]).await;
    let start = Instant::now();
    while wire.next().await.is_some() {}
    assert!(start.elapsed() < SHORT * 10, "{:?}", start.elapsed());
    left(&server).await;
    assert_eq!(errors(&server, "read_timeout"), 1);
    lives(&server).await;
}

#[tokio::test]
async fn a_client_that_does_not_read_is_cut() {
    let server = start(Connection {
        write_timeout: SHORT,
        ..connection()
    })
    .await;
    let mut wire = Wire::open(&server).await;
    wire.send(&wide_open()).await;
    wire.send(&whole(1, "Pour")).await;
    // It is there; nothing more is read from here on.
    wire.next().await.unwrap();
    left(&server).await;
    assert_eq!(errors(&server, "write_timeout"), 1);
    lives(&server).await;
}
