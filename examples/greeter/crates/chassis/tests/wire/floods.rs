//! Clients that send as much as they can of what costs them nothing.

use chassis::config::{self, Connection, Keepalive};

use crate::frames::{
    ACK, CONTINUATION, DATA, END_HEADERS, ENHANCE_YOUR_CALM, GOAWAY, HEADERS, PING, PRIORITY,
    RST_STREAM, SETTINGS, Wire, begin, field, frame, headers, window,
};
use crate::harness::Server;
use crate::{errors, left, lives};

/// Frames that one flood has at most: far more than any bound.
const MANY: u32 = 200_000;

async fn start() -> Server {
    Server::start(config::Server {
        connection: Connection {
            control_frames: "500/s".parse().unwrap(),
            ..Connection::default()
        },
        keepalive: Keepalive {
            client_interval: std::time::Duration::ZERO,
            ..Keepalive::default()
        },
        ..config::Server::default()
    })
    .await
}

/// Sends `begin` and then `piece` after `piece` until the server closes; how many it took.
async fn flood(server: &Server, begin: &[u8], piece: impl Fn(u32) -> Vec<u8>) -> u32 {
    let wire = Wire::open(server).await;
    let (mut reading, mut writing) = wire.0.into_split();
    // A client that reads all along: what is bounded is not bounded by its own buffers.
    let reading = tokio::spawn(async move {
        let mut sink = tokio::io::sink();
        let _ = tokio::io::copy(&mut reading, &mut sink).await;
    });
    use tokio::io::AsyncWriteExt;
    let mut sent = 0;
    if writing.write_all(begin).await.is_ok() {
        while sent < MANY {
            let batch: Vec<u8> = (sent..sent + 100).flat_map(&piece).collect();
            if writing.write_all(&batch).await.is_err() {
                break;
            }
            sent += 100;
        }
    }
    drop(writing);
    tokio::time::timeout(crate::PATIENCE, reading)
        .await
        .unwrap()
        .unwrap();
    sent
}

#[tokio::test]
async fn frames_that_carry_nothing_are_bounded() {
    let unknown = 0x77;
    let cases = [
        ("pings", Vec::new(), frame(PING, 0, 0, &[0; 8])),
        ("answers", Vec::new(), frame(PING, ACK, 0, &[0; 8])),
        ("settings", Vec::new(), frame(SETTINGS, 0, 0, &[])),
        (
            "priorities",
            Vec::new(),
            frame(PRIORITY, 0, 1, &[0, 0, 0, 3, 0]),
        ),
        ("strangers", Vec::new(), frame(unknown, 0, 0, &[])),
        ("empty", begin(1, "Wait"), frame(DATA, 0, 1, &[])),
    ];
    for (name, begin, piece) in cases {
        let server = start().await;
        let sent = flood(&server, &begin, |_| piece.clone()).await;
        assert!(sent < MANY, "{name}");
        left(&server).await;
        assert_eq!(
            errors(&server, "flood"),
            1,
            "{name}: {:?}",
            server.shared.connections.errors()
        );
        lives(&server).await;
    }
}

/// CVE-2023-44487.
#[tokio::test]
async fn calls_that_are_reset_at_once_are_bounded() {
    let server = start().await;
    let sent = flood(&server, &[], |number| {
        let stream = number * 2 + 1;
        let reset = frame(RST_STREAM, 0, stream, &[0, 0, 0, 8]);
        [begin(stream, "Wait"), reset].concat()
    })
    .await;
    assert!(sent < MANY);
    left(&server).await;
    lives(&server).await;
}

/// CVE-2025-8671: the client makes the server reset its streams.
#[tokio::test]
async fn streams_that_the_server_must_reset_are_bounded() {
    let server = start().await;
    let sent = flood(&server, &[], |number| {
        let stream = number * 2 + 1;
        // A window that grows by nothing is an error of the stream.
        let wrong = window(stream, 0);
        [begin(stream, "Wait"), wrong].concat()
    })
    .await;
    assert!(sent < MANY);
    left(&server).await;
    lives(&server).await;
}

/// CVE-2024-27316 and its kin.
#[tokio::test]
async fn headers_without_an_end_are_bounded() {
    let server = start().await;
    let first = frame(HEADERS, 0, 1, &headers("Wait"));
    let more = frame(CONTINUATION, 0, 1, &field("x-more", &"x".repeat(1000)));
    let sent = flood(&server, &first, |_| more.clone()).await;
    // Those that the system has taken for the server count as sent.
    assert!(sent < 20_000, "{sent}");
    left(&server).await;
    // Neither do empty pieces go on for ever.
    let sent = flood(&server, &first, |_| frame(CONTINUATION, 0, 1, &[])).await;
    assert!(sent < MANY, "{sent}");
    left(&server).await;
    lives(&server).await;
}

#[tokio::test]
async fn too_many_headers_are_refused_and_the_connection_goes_on() {
    let server = start().await;
    let mut wire = Wire::open(&server).await;
    let mut block = headers("Fail");
    // 16 KiB are allowed: this is twice as much, of fields that are each as small as they can be.
    for _ in 0..16 {
        block.extend(field("x-more", &"x".repeat(2000)));
    }
    let (first, rest) = block.split_at(16_000);
    wire.send(&frame(HEADERS, 0, 1, first)).await;
    let (second, last) = rest.split_at(16_000.min(rest.len()));
    wire.send(&frame(CONTINUATION, 0, 1, second)).await;
    wire.send(&frame(CONTINUATION, END_HEADERS, 1, last)).await;
    let refused = loop {
        let frame = wire.next().await.unwrap();
        if frame.stream == 1 || frame.kind == GOAWAY {
            break frame;
        }
    };
    assert!([HEADERS, RST_STREAM].contains(&refused.kind), "{refused:?}");
    wire.send(&begin(3, "Fail")).await;
    let answer = loop {
        let frame = wire.next().await.unwrap();
        if frame.stream == 3 {
            break frame;
        }
    };
    assert_eq!(answer.kind, HEADERS);
}

#[tokio::test]
async fn whoever_floods_is_told_to_calm_down() {
    let server = start().await;
    let mut wire = Wire::open(&server).await;
    // Few enough that all of them are read before the answer is sent.
    let flood = frame(PRIORITY, 0, 1, &[0, 0, 0, 3, 0]).repeat(501);
    wire.send(&flood).await;
    let goaway = wire.next_of(GOAWAY).await.unwrap();
    assert_eq!(goaway.code(), ENHANCE_YOUR_CALM);
    assert_eq!(wire.next().await, None);
}
