//! Connections that stall: some send one byte and stop, others call and stop reading.
//!
//! Their frames are written by hand, since every HTTP/2 client reads.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;

use crate::Error;
use crate::echo::{BIDIRECTIONAL, Payload, framed};

/// Room for what arrives, in bytes: the less there is, the sooner the server cannot send.
const ROOM: u32 = 4096;
/// Messages of one call that come back and are not read.
const MESSAGES: usize = 16;
/// The bytes of each: nearly as many as a frame may have.
const MESSAGE: usize = 16_000;
/// Longest wait for the server to take them: it may stop as well once it cannot send.
const LONGEST: Duration = Duration::from_millis(500);
/// Longest wait for it to say what it takes.
const PATIENCE: Duration = Duration::from_secs(10);

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const DATA: u8 = 0;
const HEADERS: u8 = 1;
const SETTINGS: u8 = 4;
const WINDOW_UPDATE: u8 = 8;
const ACK: u8 = 1;
const END_HEADERS: u8 = 4;

/// Connections that are open, and do no more.
#[derive(Debug)]
pub(crate) struct Stalled(Vec<TcpStream>);

impl Stalled {
    /// Opens so many of each kind; those that call send `token`, if there is one.
    pub(crate) async fn open(
        server: SocketAddr,
        beginning: usize,
        stopped: usize,
        token: Option<&str>,
    ) -> Result<Self, Error> {
        let mut all = Vec::with_capacity(beginning + stopped);
        for _ in 0..beginning {
            let mut stream = TcpStream::connect(server).await?;
            stream.write_all(&PREFACE[..1]).await?;
            all.push(stream);
        }
        for _ in 0..stopped {
            all.push(stop(server, token).await?);
        }
        Ok(Self(all))
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.0.len()
    }
}

/// Opens a stream that comes back, sends its messages, and reads none.
async fn stop(server: SocketAddr, token: Option<&str>) -> Result<TcpStream, Error> {
    let socket = TcpSocket::new_v4()?;
    socket.set_recv_buffer_size(ROOM)?;
    let mut stream = socket.connect(server).await?;
    // As much as the server likes to send, as far as HTTP/2 is concerned.
    let settings = frame(SETTINGS, 0, 0, &[0, 4, 0x7f, 0xff, 0xff, 0xff])?;
    let window = frame(WINDOW_UPDATE, 0, 0, &0x7fff_0000_u32.to_be_bytes())?;
    stream
        .write_all(&[PREFACE, &settings, &window].concat())
        .await?;
    timeout(PATIENCE, room(&mut stream)).await??;
    let mut call = frame(SETTINGS, ACK, 0, &[])?;
    call.extend(frame(HEADERS, END_HEADERS, 1, &headers(token)?)?);
    let message = framed(&Payload {
        data: vec![7; MESSAGE],
    })?;
    for _ in 0..MESSAGES {
        call.extend(frame(DATA, 0, 1, &message)?);
    }
    if let Ok(sent) = timeout(LONGEST, stream.write_all(&call)).await {
        sent?;
    }
    Ok(stream)
}

/// Reads until the server has said that it has room for the messages.
async fn room(stream: &mut TcpStream) -> Result<(), Error> {
    loop {
        let mut head = [0; 9];
        stream.read_exact(&mut head).await?;
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
        stream.read_exact(&mut vec![0; length as usize]).await?;
        if head[3] == WINDOW_UPDATE {
            return Ok(());
        }
    }
}

/// The bytes of a frame.
fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Result<Vec<u8>, Error> {
    let length = u32::try_from(payload.len())?.to_be_bytes();
    let head = [&length[1..], &[kind, flags], &stream.to_be_bytes()].concat();
    Ok([&head, payload].concat())
}

/// The header block of the call.
fn headers(token: Option<&str>) -> Result<Vec<u8>, Error> {
    // POST, http.
    let mut block = vec![0x83, 0x86];
    let fields = [
        (":path", BIDIRECTIONAL),
        (":authority", "localhost"),
        ("content-type", "application/grpc"),
        ("te", "trailers"),
    ];
    let token = token.map(|token| ("authorization", token));
    for (name, value) in fields.into_iter().chain(token) {
        block.push(0);
        for text in [name, value] {
            length(text.len(), &mut block)?;
            block.extend_from_slice(text.as_bytes());
        }
    }
    Ok(block)
}

/// A length in HPACK: seven bits, and more bytes where they are too few (RFC 7541, 5.1).
fn length(length: usize, block: &mut Vec<u8>) -> Result<(), Error> {
    if length < 127 {
        block.push(u8::try_from(length)?);
        return Ok(());
    }
    block.push(127);
    let mut rest = length - 127;
    while rest >= 128 {
        block.push(u8::try_from(rest % 128)? | 128);
        rest /= 128;
    }
    block.push(u8::try_from(rest)?);
    Ok(())
}
