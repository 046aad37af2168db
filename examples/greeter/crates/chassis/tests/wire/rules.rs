//! The rules of HTTP/2 (RFC 9113), each broken once: the error that follows, and nothing worse.

use chassis::config;

use crate::cases::cases;
use crate::frames::{
    ACK, END_STREAM, GOAWAY, HEADERS, PING, RST_STREAM, SETTINGS, Wire, block, frame, setting,
    whole,
};
use crate::harness::Server;
use crate::{left, lives};

#[tokio::test]
async fn each_rule_that_is_broken_has_its_error() {
    let server = Server::start(config::Server::default()).await;
    let mut wrong = Vec::new();
    for case in cases() {
        let mut wire = Wire::open(&server).await;
        wire.send(&case.bytes).await;
        // Whoever is told nothing hears the answers of pings; answers may overtake errors.
        let ping = frame(PING, 0, 0, b"over yet");
        wire.send(&ping).await;
        let mut answers = 0;
        let told = loop {
            match wire.next().await {
                Some(frame) if [GOAWAY, RST_STREAM].contains(&frame.kind) => break Some(frame),
                Some(frame) if frame.kind == PING && frame.flags == ACK => {
                    answers += 1;
                    if answers == 3 {
                        break None;
                    }
                    wire.send(&ping).await;
                }
                Some(_) => {}
                None => break None,
            }
        };
        let fits = told.as_ref().is_some_and(|frame| {
            // A server may always answer the error of a stream by ending the connection.
            (frame.kind == case.reach || frame.kind == GOAWAY) && case.codes.contains(&frame.code())
        });
        if !fits {
            wrong.push(format!("{}: {told:?}", case.rule));
        }
        if told.is_some_and(|frame| frame.kind == GOAWAY) {
            wire.rest().await;
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    left(&server).await;
    lives(&server).await;
}

/// 8.3.1: the HTTP/2 library lets such a call pass; it is of no method, and answered so.
#[tokio::test]
async fn a_call_without_a_path_is_of_no_method() {
    let server = Server::start(config::Server::default()).await;
    let mut wire = Wire::open(&server).await;
    wire.send(&block(vec![0x83, 0x86], &[])).await;
    let answer = wire.next_of(HEADERS).await.unwrap();
    assert_eq!((answer.stream, answer.flags & END_STREAM), (1, END_STREAM));
    lives(&server).await;
}

#[tokio::test]
async fn what_is_unknown_is_passed_over() {
    let server = Server::start(config::Server::default()).await;
    for bytes in [
        // 4.1: kinds and flags; 6.5.2: settings.
        frame(0x77, 0xff, 0, b"whatever"),
        frame(0x77, 0xff, 7, b"whatever"),
        frame(SETTINGS, 0xf0, 0, &[]),
        setting(0xff, 7),
    ] {
        let mut wire = Wire::open(&server).await;
        wire.send(&bytes).await;
        wire.send(&whole(1, "Fail")).await;
        assert_eq!(wire.next_of(HEADERS).await.unwrap().stream, 1);
    }
}
