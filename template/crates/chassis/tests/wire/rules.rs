//! The rules of HTTP/2 (RFC 9113), each broken once: the error that follows, and nothing worse.

use chassis::config;

use crate::frames::{
    ACK, CONTINUATION, DATA, END_HEADERS, END_STREAM, GOAWAY, HEADERS, PING, PRIORITY,
    PUSH_PROMISE, RST_STREAM, SETTINGS, WINDOW_UPDATE, Wire, begin, field, frame, headers, setting,
    whole, window,
};
use crate::harness::Server;
use crate::{left, lives};

const PROTOCOL_ERROR: u32 = 1;
const FLOW_CONTROL_ERROR: u32 = 3;
const STREAM_CLOSED: u32 = 5;
const FRAME_SIZE_ERROR: u32 = 6;
const COMPRESSION_ERROR: u32 = 9;

/// An error of the connection.
const CONNECTION: u8 = GOAWAY;
/// An error of the stream, which others do not feel; some of these may be one of the connection.
const STREAM: u8 = RST_STREAM;

fn with(mut block: Vec<u8>, more: &[u8]) -> Vec<u8> {
    block.extend_from_slice(more);
    frame(HEADERS, END_HEADERS | END_STREAM, 1, &block)
}

/// What is sent, how far its error reaches, and which codes it may have: that of the RFC first. Where
/// another follows, the HTTP/2 library says PROTOCOL_ERROR of frames that it cannot read.
type Case = (&'static str, Vec<u8>, u8, &'static [u32]);

fn cases() -> Vec<Case> {
    let long = frame(DATA, 0, 1, &vec![0; 16_385]);
    let window_max = 0x7fff_ffff;
    vec![
        (
            "5.1: data on an idle stream",
            frame(DATA, 0, 1, &[0]),
            CONNECTION,
            &[PROTOCOL_ERROR],
        ),
        (
            "5.1: reset of an idle stream",
            frame(RST_STREAM, 0, 1, &[0; 4]),
            CONNECTION,
            &[PROTOCOL_ERROR],
        ),
        (
            "5.1: window of an idle stream",
            window(1, 1),
            CONNECTION,
            &[PROTOCOL_ERROR],
        ),
        (
            "5.1: data after the end",
            [whole(1, "Wait"), frame(DATA, 0, 1, &[0])].concat(),
            STREAM,
            &[STREAM_CLOSED, PROTOCOL_ERROR],
        ),
        (
            "5.1.1: an even stream",
            begin(2, "Fail"),
            CONNECTION,
            &[PROTOCOL_ERROR],
        ),
        (
            "5.1.1: a lower stream",
            [begin(5, "Wait"), begin(3, "Wait")].concat(),
            CONNECTION,
            &[PROTOCOL_ERROR, STREAM_CLOSED],
        ),
        (
            "4.2: a frame that is too long",
            [begin(1, "Wait"), long].concat(),
            CONNECTION,
            &[FRAME_SIZE_ERROR],
        ),
        (
            "4.3: headers that cannot be unpacked",
            frame(HEADERS, END_HEADERS, 1, &[0xff; 8]),
            CONNECTION,
            &[COMPRESSION_ERROR, PROTOCOL_ERROR],
        ),
        (
            "6.1: data on stream 0",
            frame(DATA, 0, 0, &[0]),
            CONNECTION,
            &[PROTOCOL_ERROR],
        ),
        (
            "6.1: padding as long as the data",
            [begin(1, "Wait"), frame(DATA, 8, 1, &[9, 0, 0])].concat(),
            CONNECTION,
            &[PROTOCOL_ERROR],
        ),
        (
            "6.2: headers on stream 0",
            begin(0, "Fail"),
            CONNECTION,
            &[PROTOCOL_ERROR],
        ),
        (
            "6.2: another frame before the end",
            [
                frame(HEADERS, 0, 1, &headers("Fail")),
                frame(PING, 0, 0, &[0; 8]),
            ]
            .concat(),
            CONNECTION,
            &[PROTOCOL_ERROR],
        ),
        (
            "6.3: priority on stream 0",
            frame(PRIORITY, 0, 0, &[0; 5]),
            CONNECTION,
            &[PROTOCOL_ERROR],
        ),
        (
            "6.3: a priority of another length",
            frame(PRIORITY, 0, 1, &[0; 4]),
            STREAM,
            &[FRAME_SIZE_ERROR, PROTOCOL_ERROR],
        ),
        (
            "5.3.1: a stream that depends on itself",
            frame(PRIORITY, 0, 1, &[0, 0, 0, 1, 0]),
            STREAM,
            &[PROTOCOL_ERROR],
        ),
        (
            "6.4: reset of stream 0",
            frame(RST_STREAM, 0, 0, &[0; 4]),
            CONNECTION,
            &[PROTOCOL_ERROR],
        ),
        (
            "6.4: a reset of another length",
            [begin(1, "Wait"), frame(RST_STREAM, 0, 1, &[0; 3])].concat(),
            CONNECTION,
            &[FRAME_SIZE_ERROR, PROTOCOL_ERROR],
        ),
        (
            "6.5: settings on a stream",
            frame(SETTINGS, 0, 1, &[]),
            CONNECTION,
            &[PROTOCOL_ERROR],
        ),
        (
            "6.5: an answer that says something",
            frame(SETTINGS, ACK, 0, &[0; 6]),
            CONNECTION,
            &[FRAME_SIZE_ERROR, PROTOCOL_ERROR],
        ),
        (
            "6.5: settings of another length",
            frame(SETTINGS, 0, 0, &[0; 5]),
            CONNECTION,
            &[FRAME_SIZE_ERROR, PROTOCOL_ERROR],
        ),
        (
            "6.5.2: push that is neither on nor off",
            setting(2, 2),
            CONNECTION,
            &[PROTOCOL_ERROR],
        ),
        (
            "6.5.2: a window that is too large",
            setting(4, 0x8000_0000),
            CONNECTION,
            &[FLOW_CONTROL_ERROR, PROTOCOL_ERROR],
        ),
        (
            "6.5.2: frames that are too short",
            setting(5, 100),
            CONNECTION,
            &[PROTOCOL_ERROR],
        ),
        (
            "6.5.2: frames that are too long",
            setting(5, 0x0100_0000),
            CONNECTION,
            &[PROTOCOL_ERROR],
        ),
        (
            "8.4: a promise of the client",
            [
                begin(1, "Wait"),
                frame(PUSH_PROMISE, END_HEADERS, 1, &[0, 0, 0, 2]),
            ]
            .concat(),
            CONNECTION,
            &[PROTOCOL_ERROR],
        ),
        (
            "6.7: a ping on a stream",
            frame(PING, 0, 1, &[0; 8]),
            CONNECTION,
            &[PROTOCOL_ERROR],
        ),
        (
            "6.7: a ping of another length",
            frame(PING, 0, 0, &[0; 7]),
            CONNECTION,
            &[FRAME_SIZE_ERROR, PROTOCOL_ERROR],
        ),
        (
            "6.8: a goaway on a stream",
            frame(GOAWAY, 0, 1, &[0; 8]),
            CONNECTION,
            &[PROTOCOL_ERROR],
        ),
        (
            "6.9: a window that grows by nothing",
            window(0, 0),
            CONNECTION,
            &[PROTOCOL_ERROR],
        ),
        (
            "6.9: the same of a stream",
            [begin(1, "Wait"), window(1, 0)].concat(),
            STREAM,
            &[PROTOCOL_ERROR],
        ),
        (
            "6.9: a window of another length",
            frame(WINDOW_UPDATE, 0, 0, &[0; 3]),
            CONNECTION,
            &[FRAME_SIZE_ERROR, PROTOCOL_ERROR],
        ),
        (
            "6.9.1: a window beyond its bound",
            window(0, window_max),
            CONNECTION,
            &[FLOW_CONTROL_ERROR],
        ),
        (
            "6.9.1: the same of a stream",
            [begin(1, "Wait"), window(1, window_max)].concat(),
            STREAM,
            &[FLOW_CONTROL_ERROR],
        ),
        (
            "6.10: a continuation of nothing",
            frame(CONTINUATION, END_HEADERS, 1, &[]),
            CONNECTION,
            &[PROTOCOL_ERROR],
        ),
        (
            "6.10: the continuation of another",
            [
                frame(HEADERS, 0, 1, &headers("Fail")),
                frame(CONTINUATION, END_HEADERS, 3, &[]),
            ]
            .concat(),
            CONNECTION,
            &[PROTOCOL_ERROR],
        ),
        (
            "8.2: a name in capitals",
            with(headers("Fail"), &field("X-Tenant", "a")),
            STREAM,
            &[PROTOCOL_ERROR],
        ),
        (
            "8.2.2: a header of the connection",
            with(headers("Fail"), &field("connection", "close")),
            STREAM,
            &[PROTOCOL_ERROR],
        ),
        (
            "8.3: a pseudo header after others",
            with(headers("Fail"), &[0x83]),
            STREAM,
            &[PROTOCOL_ERROR],
        ),
        (
            "8.3: an unknown pseudo header",
            with(field(":strange", "a"), &headers("Fail")),
            STREAM,
            &[PROTOCOL_ERROR],
        ),
        (
            "8.3.1: two methods",
            with(vec![0x83], &headers("Fail")),
            STREAM,
            &[PROTOCOL_ERROR],
        ),
    ]
}

#[tokio::test]
async fn each_rule_that_is_broken_has_its_error() {
    let server = Server::start(config::Server::default()).await;
    let mut wrong = Vec::new();
    for (name, bytes, reach, codes) in cases() {
        let mut wire = Wire::open(&server).await;
        wire.send(&bytes).await;
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
            (frame.kind == reach || frame.kind == GOAWAY) && codes.contains(&frame.code())
        });
        if !fits {
            wrong.push(format!("{name}: {told:?}"));
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
    wire.send(&with(vec![0x83, 0x86], &[])).await;
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
