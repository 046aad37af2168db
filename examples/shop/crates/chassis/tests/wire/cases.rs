//! The rules of HTTP/2 (RFC 9113), each broken once.

use crate::frames::{
    ACK, CONTINUATION, DATA, END_HEADERS, GOAWAY, HEADERS, PING, PRIORITY, PUSH_PROMISE,
    RST_STREAM, SETTINGS, WINDOW_UPDATE, begin, block, field, frame, headers, setting, whole,
    window,
};

const PROTOCOL_ERROR: u32 = 1;
const FLOW_CONTROL_ERROR: u32 = 3;
const STREAM_CLOSED: u32 = 5;
const FRAME_SIZE_ERROR: u32 = 6;
const COMPRESSION_ERROR: u32 = 9;

/// What breaks a rule, and the error that follows.
pub(crate) struct Case {
    /// The section, and how it is broken.
    pub(crate) rule: &'static str,
    /// What is sent.
    pub(crate) bytes: Vec<u8>,
    /// How far the error reaches, by the frame that tells it.
    pub(crate) reach: u8,
    /// The codes that it may have.
    pub(crate) codes: &'static [u32],
}

/// What is an error of the connection.
fn connection(rule: &'static str, bytes: Vec<u8>) -> Case {
    Case {
        rule,
        bytes,
        reach: GOAWAY,
        codes: &[PROTOCOL_ERROR],
    }
}

/// What is an error of the stream, which others do not feel; some may be one of the connection.
fn stream(rule: &'static str, bytes: Vec<u8>) -> Case {
    Case {
        reach: RST_STREAM,
        ..connection(rule, bytes)
    }
}

impl Case {
    /// The same with other codes: that of the RFC first. Where another follows, the HTTP/2 library says
    /// PROTOCOL_ERROR of frames that it cannot read.
    fn with(self, codes: &'static [u32]) -> Self {
        Self { codes, ..self }
    }
}

/// Every rule.
pub(crate) fn cases() -> Vec<Case> {
    let long = frame(DATA, 0, 1, &vec![0; 16_385]);
    let window_max = 0x7fff_ffff;
    vec![
        connection("5.1: data on an idle stream", frame(DATA, 0, 1, &[0])),
        connection(
            "5.1: reset of an idle stream",
            frame(RST_STREAM, 0, 1, &[0; 4]),
        ),
        connection("5.1: window of an idle stream", window(1, 1)),
        stream(
            "5.1: data after the end",
            [whole(1, "Wait"), frame(DATA, 0, 1, &[0])].concat(),
        )
        .with(&[STREAM_CLOSED, PROTOCOL_ERROR]),
        connection("5.1.1: an even stream", begin(2, "Fail")),
        connection(
            "5.1.1: a lower stream",
            [begin(5, "Wait"), begin(3, "Wait")].concat(),
        )
        .with(&[PROTOCOL_ERROR, STREAM_CLOSED]),
        connection(
            "4.2: a frame that is too long",
            [begin(1, "Wait"), long].concat(),
        )
        .with(&[FRAME_SIZE_ERROR]),
        connection(
            "4.3: headers that cannot be unpacked",
            frame(HEADERS, END_HEADERS, 1, &[0xff; 8]),
        )
        .with(&[COMPRESSION_ERROR, PROTOCOL_ERROR]),
        connection("6.1: data on stream 0", frame(DATA, 0, 0, &[0])),
        connection(
            "6.1: padding as long as the data",
            [begin(1, "Wait"), frame(DATA, 8, 1, &[9, 0, 0])].concat(),
        ),
        connection("6.2: headers on stream 0", begin(0, "Fail")),
        connection(
            "6.2: another frame before the end",
            [
                frame(HEADERS, 0, 1, &headers("Fail")),
                frame(PING, 0, 0, &[0; 8]),
            ]
            .concat(),
        ),
        connection("6.3: priority on stream 0", frame(PRIORITY, 0, 0, &[0; 5])),
        stream(
            "6.3: a priority of another length",
            frame(PRIORITY, 0, 1, &[0; 4]),
        )
        .with(&[FRAME_SIZE_ERROR, PROTOCOL_ERROR]),
        stream(
            "5.3.1: a stream that depends on itself",
            frame(PRIORITY, 0, 1, &[0, 0, 0, 1, 0]),
        ),
        connection("6.4: reset of stream 0", frame(RST_STREAM, 0, 0, &[0; 4])),
        connection(
            "6.4: a reset of another length",
            [begin(1, "Wait"), frame(RST_STREAM, 0, 1, &[0; 3])].concat(),
        )
        .with(&[FRAME_SIZE_ERROR, PROTOCOL_ERROR]),
        connection("6.5: settings on a stream", frame(SETTINGS, 0, 1, &[])),
        connection(
            "6.5: an answer that says something",
            frame(SETTINGS, ACK, 0, &[0; 6]),
        )
        .with(&[FRAME_SIZE_ERROR, PROTOCOL_ERROR]),
        connection(
            "6.5: settings of another length",
            frame(SETTINGS, 0, 0, &[0; 5]),
        )
        .with(&[FRAME_SIZE_ERROR, PROTOCOL_ERROR]),
        connection("6.5.2: push that is neither on nor off", setting(2, 2)),
        connection("6.5.2: a window that is too large", setting(4, 0x8000_0000))
            .with(&[FLOW_CONTROL_ERROR, PROTOCOL_ERROR]),
        connection("6.5.2: frames that are too short", setting(5, 100)),
        connection("6.5.2: frames that are too long", setting(5, 0x0100_0000)),
        connection(
            "8.4: a promise of the client",
            [
                begin(1, "Wait"),
                frame(PUSH_PROMISE, END_HEADERS, 1, &[0, 0, 0, 2]),
            ]
            .concat(),
        ),
        connection("6.7: a ping on a stream", frame(PING, 0, 1, &[0; 8])),
        connection("6.7: a ping of another length", frame(PING, 0, 0, &[0; 7]))
            .with(&[FRAME_SIZE_ERROR, PROTOCOL_ERROR]),
        connection("6.8: a goaway on a stream", frame(GOAWAY, 0, 1, &[0; 8])),
        connection("6.9: a window that grows by nothing", window(0, 0)),
        stream(
            "6.9: the same of a stream",
            [begin(1, "Wait"), window(1, 0)].concat(),
        ),
        connection(
            "6.9: a window of another length",
            frame(WINDOW_UPDATE, 0, 0, &[0; 3]),
        )
        .with(&[FRAME_SIZE_ERROR, PROTOCOL_ERROR]),
        connection("6.9.1: a window beyond its bound", window(0, window_max))
            .with(&[FLOW_CONTROL_ERROR]),
        stream(
            "6.9.1: the same of a stream",
            [begin(1, "Wait"), window(1, window_max)].concat(),
        )
        .with(&[FLOW_CONTROL_ERROR]),
        connection(
            "6.10: a continuation of nothing",
            frame(CONTINUATION, END_HEADERS, 1, &[]),
        ),
        connection(
            "6.10: the continuation of another",
            [
                frame(HEADERS, 0, 1, &headers("Fail")),
                frame(CONTINUATION, END_HEADERS, 3, &[]),
            ]
            .concat(),
        ),
        stream(
            "8.2: a name in capitals",
            block(headers("Fail"), &field("X-Tenant", "a")),
        ),
        stream(
            "8.2.2: a header of the connection",
            block(headers("Fail"), &field("connection", "close")),
        ),
        stream(
            "8.3: a pseudo header after others",
            block(headers("Fail"), &[0x83]),
        ),
        stream(
            "8.3: an unknown pseudo header",
            block(field(":strange", "a"), &headers("Fail")),
        ),
        stream("8.3.1: two methods", block(vec![0x83], &headers("Fail"))),
    ]
}
