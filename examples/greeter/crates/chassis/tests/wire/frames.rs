//! A client that writes its frames by hand, so that it can write wrong ones.

use std::io;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::PATIENCE;
use crate::harness::Server;

pub(crate) const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

pub(crate) const DATA: u8 = 0;
pub(crate) const HEADERS: u8 = 1;
pub(crate) const PRIORITY: u8 = 2;
pub(crate) const RST_STREAM: u8 = 3;
pub(crate) const SETTINGS: u8 = 4;
pub(crate) const PUSH_PROMISE: u8 = 5;
pub(crate) const PING: u8 = 6;
pub(crate) const GOAWAY: u8 = 7;
pub(crate) const WINDOW_UPDATE: u8 = 8;
pub(crate) const CONTINUATION: u8 = 9;

pub(crate) const ACK: u8 = 1;
pub(crate) const END_STREAM: u8 = 1;
pub(crate) const END_HEADERS: u8 = 4;

pub(crate) const NO_ERROR: u32 = 0;
pub(crate) const ENHANCE_YOUR_CALM: u32 = 11;

/// A frame that the server has sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Frame {
    pub(crate) kind: u8,
    pub(crate) flags: u8,
    pub(crate) stream: u32,
    pub(crate) payload: Vec<u8>,
}

impl Frame {
    /// The code of a GOAWAY or RST_STREAM.
    pub(crate) fn code(&self) -> u32 {
        let at = if self.kind == GOAWAY { 4 } else { 0 };
        u32::from_be_bytes(self.payload[at..at + 4].try_into().unwrap())
    }
}

/// The bytes of a frame.
pub(crate) fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    let mut bytes = length[1..].to_vec();
    bytes.extend_from_slice(&[kind, flags]);
    bytes.extend_from_slice(&stream.to_be_bytes());
    bytes.extend_from_slice(payload);
    bytes
}

/// A frame of settings, with one of them.
pub(crate) fn setting(id: u16, value: u32) -> Vec<u8> {
    let payload = [&id.to_be_bytes()[..], &value.to_be_bytes()].concat();
    frame(SETTINGS, 0, 0, &payload)
}

/// A window that grows; stream 0 is the connection.
pub(crate) fn window(stream: u32, by: u32) -> Vec<u8> {
    frame(WINDOW_UPDATE, 0, stream, &by.to_be_bytes())
}

/// Windows as large as they can be: nothing but the socket holds the server back.
pub(crate) fn wide_open() -> Vec<u8> {
    [setting(4, 0x7fff_ffff), window(0, 0x7fff_0000)].concat()
}

/// A header field, written out.
pub(crate) fn field(name: &str, value: &str) -> Vec<u8> {
    let mut bytes = vec![0];
    for text in [name, value] {
        // Seven bits for the length, and more bytes where they are too few.
        match text.len() {
            length @ ..127 => bytes.push(u8::try_from(length).unwrap()),
            length => {
                bytes.push(127);
                let mut rest = length - 127;
                while rest >= 128 {
                    bytes.push(u8::try_from(rest % 128).unwrap() | 128);
                    rest /= 128;
                }
                bytes.push(u8::try_from(rest).unwrap());
            }
        }
        bytes.extend_from_slice(text.as_bytes());
    }
    bytes
}

/// The header block of a call.
pub(crate) fn headers(method: &str) -> Vec<u8> {
    [
        // POST, http.
        vec![0x83, 0x86],
        field(":path", &format!("/test.Behaviour/{method}")),
        field(":authority", "localhost"),
        field("content-type", "application/grpc"),
        field("te", "trailers"),
    ]
    .concat()
}

/// A whole call without a message; its header block is `block`, and then `more`.
pub(crate) fn block(mut block: Vec<u8>, more: &[u8]) -> Vec<u8> {
    block.extend_from_slice(more);
    frame(HEADERS, END_HEADERS | END_STREAM, 1, &block)
}

/// The headers of a call whose request has no messages yet.
pub(crate) fn begin(stream: u32, method: &str) -> Vec<u8> {
    frame(HEADERS, END_HEADERS, stream, &headers(method))
}

/// A whole call with one empty message.
pub(crate) fn whole(stream: u32, method: &str) -> Vec<u8> {
    let message = frame(DATA, END_STREAM, stream, &[0; 5]);
    [begin(stream, method), message].concat()
}

/// A connection whose frames are written by hand.
pub(crate) struct Wire(pub(crate) TcpStream);

impl Wire {
    /// A connection that has sent its preface and empty settings, and answers nothing by itself.
    pub(crate) async fn open(server: &Server) -> Self {
        let mut wire = Self(TcpStream::connect(server.address).await.unwrap());
        wire.0.set_nodelay(true).unwrap();
        wire.send(PREFACE).await;
        wire.send(&frame(SETTINGS, 0, 0, &[])).await;
        wire
    }

    /// Sends what the server still takes.
    pub(crate) async fn send(&mut self, bytes: &[u8]) -> bool {
        let sent = timeout(PATIENCE, self.0.write_all(bytes)).await;
        sent.expect("the server reads or closes").is_ok()
    }

    /// The next frame; none once the connection is closed or reset.
    pub(crate) async fn next(&mut self) -> Option<Frame> {
        let frame = timeout(PATIENCE, self.read()).await;
        frame.expect("the server sends or closes").ok()
    }

    async fn read(&mut self) -> io::Result<Frame> {
        let mut head = [0; 9];
        self.0.read_exact(&mut head).await?;
        let [a, b, c, kind, flags, stream @ ..] = head;
        let mut payload = vec![0; u32::from_be_bytes([0, a, b, c]) as usize];
        self.0.read_exact(&mut payload).await?;
        Ok(Frame {
            kind,
            flags,
            stream: u32::from_be_bytes(stream),
            payload,
        })
    }

    /// The next frame of this kind; none once the connection is closed.
    pub(crate) async fn next_of(&mut self, kind: u8) -> Option<Frame> {
        loop {
            let frame = self.next().await?;
            if frame.kind == kind {
                return Some(frame);
            }
        }
    }

    /// Every frame until the connection is closed, answering pings and settings as clients do.
    pub(crate) async fn rest(&mut self) -> Vec<Frame> {
        let mut frames = Vec::new();
        while let Some(frame) = self.next().await {
            self.answer(&frame).await;
            frames.push(frame);
        }
        frames
    }

    /// Answers a ping or settings.
    pub(crate) async fn answer(&mut self, received: &Frame) {
        if received.flags & ACK == 0 {
            match received.kind {
                PING => _ = self.send(&frame(PING, ACK, 0, &received.payload)).await,
                SETTINGS => _ = self.send(&frame(SETTINGS, ACK, 0, &[])).await,
                _ => {}
            }
        }
    }
}

/// The codes of the GOAWAYs among `frames`.
pub(crate) fn goaways(frames: &[Frame]) -> Vec<u32> {
    let goaway = |frame: &&Frame| frame.kind == GOAWAY;
    frames.iter().filter(goaway).map(Frame::code).collect()
}
