//! Clients that ping.

use std::time::Duration;

use chassis::config::{self, Keepalive};

use crate::frames::{ACK, DATA, ENHANCE_YOUR_CALM, Frame, GOAWAY, PING, Wire, begin, frame, whole};
use crate::harness::Server;
use crate::{errors, left, lives};

async fn start(client_interval: Duration, client_idle: bool) -> Server {
    Server::start(config::Server {
        keepalive: Keepalive {
            interval: Duration::ZERO,
            client_interval,
            client_idle,
            ..Keepalive::default()
        },
        ..config::Server::default()
    })
    .await
}

fn ping() -> Vec<u8> {
    frame(PING, 0, 0, &[7; 8])
}

/// Pings, and waits for the answer; else the GOAWAY that comes instead.
async fn answered(wire: &mut Wire) -> Result<(), Option<Frame>> {
    wire.send(&ping()).await;
    loop {
        match wire.next().await {
            Some(frame) if frame.kind == PING && frame.flags == ACK => return Ok(()),
            Some(frame) if frame.kind == GOAWAY => return Err(Some(frame)),
            Some(_) => {}
            None => return Err(None),
        }
    }
}

#[tokio::test]
async fn too_many_pings_are_told_as_grpc_tells_them() {
    let server = start(Duration::from_secs(5), true).await;
    let mut wire = Wire::open(&server).await;
    wire.send(&whole(1, "Wait")).await;
    for _ in 0..3 {
        answered(&mut wire).await.unwrap();
    }
    let goaway = answered(&mut wire).await.unwrap_err().unwrap();
    assert_eq!(goaway.code(), ENHANCE_YOUR_CALM);
    assert_eq!(&goaway.payload[8..], b"too_many_pings");
    assert_eq!(wire.next().await, None);
    left(&server).await;
    assert_eq!(errors(&server, "too_many_pings"), 1);
    lives(&server).await;
}

#[tokio::test]
async fn without_a_call_pings_come_too_soon_whatever_their_pace() {
    let least = Duration::from_millis(20);
    for (client_idle, expected) in [(false, 3), (true, 8)] {
        let server = start(least, client_idle).await;
        let mut wire = Wire::open(&server).await;
        let mut passed = 0;
        while passed < 8 && answered(&mut wire).await.is_ok() {
            passed += 1;
            tokio::time::sleep(least * 2).await;
        }
        assert_eq!(passed, expected);
    }
}

#[tokio::test]
async fn answers_forgive_pings() {
    let server = start(Duration::from_secs(5), false).await;
    let mut wire = Wire::open(&server).await;
    wire.send(&begin(1, "Echo")).await;
    for _ in 0..10 {
        for _ in 0..2 {
            answered(&mut wire).await.unwrap();
        }
        wire.send(&frame(DATA, 0, 1, &[0; 5])).await;
        wire.next_of(DATA).await.unwrap();
    }
    assert_eq!(errors(&server, "too_many_pings"), 0);
}
