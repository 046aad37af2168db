//! Bytes that nobody would send: the server answers the next caller, and keeps nothing.

use std::time::Duration;

use chassis::config::{self, Connection};
use fastrand::Rng;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::frames::{PREFACE, SETTINGS, begin, field, frame, headers, whole};
use crate::harness::Server;
use crate::{PATIENCE, left, lives};

/// Connections of one run: seconds, not minutes.
const RUNS: u64 = 400;

/// A conversation that makes sense, up to a point.
fn conversation(random: &mut Rng) -> Vec<u8> {
    let mut bytes = PREFACE.to_vec();
    bytes.extend(frame(SETTINGS, 0, 0, &[]));
    let methods = [
        "Answer",
        "Fail",
        "Panic",
        "PanicLater",
        "Echo",
        "Unary",
        "Strange",
    ];
    for number in 0..random.u32(1..20) {
        let stream = number * 2 + 1;
        let method = methods[random.usize(..methods.len())];
        match random.u8(..6) {
            0 => {
                let payload: Vec<u8> = (0..random.usize(..64)).map(|_| random.u8(..)).collect();
                bytes.extend(frame(
                    random.u8(..12),
                    random.u8(..),
                    random.u32(..30),
                    &payload,
                ));
            }
            1 => {
                let mut block = headers(method);
                let value: String = (0..random.usize(..200))
                    .map(|_| random.alphanumeric())
                    .collect();
                block.extend(field("grpc-timeout", &value));
                bytes.extend(frame(1, random.u8(..), stream, &block));
            }
            2 => {
                bytes.extend(begin(stream, method));
                let payload: Vec<u8> = (0..random.usize(..300)).map(|_| random.u8(..)).collect();
                bytes.extend(frame(0, random.u8(..2), stream, &payload));
            }
            _ => bytes.extend(whole(stream, method)),
        }
    }
    bytes
}

/// Changes a few bytes, leaves some out, or says some twice.
fn mutate(random: &mut Rng, bytes: &mut Vec<u8>) {
    for _ in 0..random.usize(..6) {
        let at = random.usize(..bytes.len());
        match random.u8(..4) {
            0 => bytes[at] = random.u8(..),
            1 => bytes[at] ^= 1 << random.u8(..8),
            2 => bytes.truncate(at.max(1)),
            _ => {
                let end = (at + random.usize(..40)).min(bytes.len());
                let again = bytes[at..end].to_vec();
                bytes.splice(at..at, again);
            }
        }
    }
}

#[tokio::test]
async fn whatever_is_sent_the_server_lives() {
    let server = Server::start(config::Server {
        connection: Connection {
            age: Duration::from_secs(2),
            grace: Duration::from_millis(100),
            ..Connection::default()
        },
        ..config::Server::default()
    })
    .await;
    for seed in 0..RUNS {
        let mut random = Rng::with_seed(seed);
        let mut bytes = match random.u8(..8) {
            0 => (0..random.usize(1..2000)).map(|_| random.u8(..)).collect(),
            _ => conversation(&mut random),
        };
        mutate(&mut random, &mut bytes);
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        let talk = async {
            let mut rest = &bytes[..];
            while !rest.is_empty() {
                let (piece, more) = rest.split_at(random.usize(1..=rest.len()));
                if stream.write_all(piece).await.is_err() {
                    return;
                }
                rest = more;
            }
            let _ = stream.shutdown().await;
            let mut answer = Vec::new();
            let _ = stream.read_to_end(&mut answer).await;
        };
        let ended = tokio::time::timeout(PATIENCE, talk).await;
        ended.unwrap_or_else(|_| panic!("seed {seed}: the connection hangs"));
    }
    left(&server).await;
    lives(&server).await;
}
