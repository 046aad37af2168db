//! Where frames begin in the bytes of an HTTP/2 connection; what is in them is skipped unseen.

use super::preface::PREFACE;

/// The length of a frame's head (RFC 9113, 4.1).
const HEAD: usize = 9;

/// The kinds of frames that somebody asks for (RFC 9113, 6).
pub(super) mod kind {
    pub(in crate::transport) const DATA: u8 = 0;
    pub(in crate::transport) const HEADERS: u8 = 1;
    pub(in crate::transport) const PING: u8 = 6;
    pub(in crate::transport) const WINDOW_UPDATE: u8 = 8;
    pub(in crate::transport) const CONTINUATION: u8 = 9;
}

/// The flag that answers SETTINGS and PING, and that ends a stream in DATA.
pub(super) const ACK: u8 = 1;

/// What a frame says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Head {
    /// Bytes that follow.
    pub(super) length: usize,
    pub(super) kind: u8,
    pub(super) flags: u8,
}

impl Head {
    fn read(bytes: &[u8; HEAD]) -> Self {
        let [a, b, c, kind, flags, ..] = *bytes;
        Self {
            length: u32::from_be_bytes([0, a, b, c]) as usize,
            kind,
            flags,
        }
    }
}

/// Follows one direction of a connection, in whatever pieces it comes.
#[derive(Debug, Default)]
pub(super) struct Frames {
    /// Bytes of the present frame that are still to come.
    skip: usize,
    head: [u8; HEAD],
    /// How much of `head` is known.
    known: usize,
}

impl Frames {
    /// Follows what a client sends, from its preface on.
    pub(super) fn of_client() -> Self {
        Self {
            skip: PREFACE.len(),
            ..Self::default()
        }
    }

    /// Tells of each head that ends in `bytes`, which come next.
    #[inline]
    pub(super) fn feed(&mut self, mut bytes: &[u8], mut tell: impl FnMut(Head)) {
        loop {
            let skipped = self.skip.min(bytes.len());
            self.skip -= skipped;
            bytes = &bytes[skipped..];
            // Nearly always, a head comes as a whole.
            if self.known == 0
                && let Some((head, rest)) = bytes.split_first_chunk()
            {
                let head = Head::read(head);
                self.skip = head.length;
                bytes = rest;
                tell(head);
                continue;
            }
            if bytes.is_empty() {
                return;
            }
            let taken = (HEAD - self.known).min(bytes.len());
            self.head[self.known..self.known + taken].copy_from_slice(&bytes[..taken]);
            self.known += taken;
            bytes = &bytes[taken..];
            if self.known == HEAD {
                let head = Head::read(&self.head);
                self.known = 0;
                self.skip = head.length;
                tell(head);
            }
        }
    }

    /// True if the last frame is complete and the next one has not begun.
    pub(super) fn between(&self) -> bool {
        self.skip == 0 && self.known == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_found_in_whatever_pieces_they_come() {
        let mut random = fastrand::Rng::with_seed(7);
        for _ in 0..500 {
            let mut bytes = Vec::new();
            let mut expected = Vec::new();
            for _ in 0..random.usize(0..20) {
                let head = Head {
                    length: random.usize(0..300),
                    kind: random.u8(..),
                    flags: random.u8(..),
                };
                let length = u32::try_from(head.length).unwrap().to_be_bytes();
                bytes.extend_from_slice(&length[1..]);
                bytes.extend_from_slice(&[head.kind, head.flags, 0, 0, 0, 1]);
                bytes.extend((0..head.length).map(|_| random.u8(..)));
                expected.push(head);
            }
            let mut frames = Frames::default();
            let mut found = Vec::new();
            let mut rest = &bytes[..];
            while !rest.is_empty() {
                let (piece, more) = rest.split_at(random.usize(1..=rest.len().min(40)));
                frames.feed(piece, |head| found.push(head));
                rest = more;
            }
            assert_eq!(found, expected);
            assert!(frames.between());
            frames.feed(&[0], |_| ());
            assert!(!frames.between());
        }
    }
}
