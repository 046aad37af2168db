//! Counts gRPC messages in a body as its bytes pass by.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use super::Traffic;

/// Bytes before each message: one of flags, four of length.
const PREFIX: usize = 5;

/// Finds the end of each message in a body that arrives in arbitrary pieces.
#[derive(Debug, Default)]
pub(super) struct Counter {
    prefix: [u8; PREFIX],
    /// How much of `prefix` has arrived.
    have: usize,
    /// How much of the current message is still to come.
    rest: usize,
}

impl Counter {
    /// Takes the next piece: its bytes, and the messages that end in it.
    pub(super) fn feed(&mut self, mut piece: &[u8]) -> Traffic {
        let bytes = piece.len() as u64;
        let mut messages = 0;
        while !piece.is_empty() {
            if self.have < PREFIX {
                let take = piece.len().min(PREFIX - self.have);
                self.prefix[self.have..self.have + take].copy_from_slice(&piece[..take]);
                self.have += take;
                piece = &piece[take..];
                if self.have < PREFIX {
                    break;
                }
                let [_, length @ ..] = self.prefix;
                self.rest = u32::from_be_bytes(length) as usize;
            }
            let take = piece.len().min(self.rest);
            self.rest -= take;
            piece = &piece[take..];
            if self.rest == 0 {
                self.have = 0;
                messages += 1;
            }
        }
        Traffic { messages, bytes }
    }

    /// How many bytes of the message are still to come that has begun.
    pub(super) fn rest(&self) -> usize {
        self.rest
    }
}

/// What has been received so far.
///
/// Written by the task that reads the request, read by the one that ends the response.
#[derive(Debug, Default)]
pub(super) struct Received {
    messages: AtomicU64,
    bytes: AtomicU64,
}

impl Received {
    pub(super) fn add(&self, traffic: Traffic) {
        self.messages.fetch_add(traffic.messages, Relaxed);
        self.bytes.fetch_add(traffic.bytes, Relaxed);
    }

    pub(super) fn total(&self) -> Traffic {
        Traffic {
            messages: self.messages.load(Relaxed),
            bytes: self.bytes.load(Relaxed),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Three messages, the second of them empty.
    const BODY: &[u8] = b"\0\0\0\0\x02ab\0\0\0\0\0\x01\0\0\0\x03cde";

    #[test]
    fn messages_are_counted_however_they_are_cut() {
        for size in 1..=BODY.len() {
            let mut counter = Counter::default();
            let counted: u64 = BODY
                .chunks(size)
                .map(|piece| counter.feed(piece).messages)
                .sum();
            assert_eq!(counted, 3, "pieces of {size} bytes");
        }
    }

    #[test]
    fn an_unfinished_message_does_not_count() {
        assert_eq!(Counter::default().feed(&BODY[..6]).messages, 0);
        assert_eq!(Counter::default().feed(&BODY[..4]).messages, 0);
    }
}
