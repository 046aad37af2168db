//! Whether it pays to use messages and buffers again.
//!
//! A value that is cleared keeps its capacity, so the next message needs no allocation; in return
//! somebody has to keep it, and to clear it. Measured for what a call does: decoding a message and
//! encoding one, of several sizes, by an allocator that is asked all the time.
//!
//! The client uses plain values. When that was decided, used ones saved about 50 ns with 64 bytes,
//! 30 ns of encoding 1 KiB, and nothing that two runs agreed on otherwise; a unary call took the
//! client some 7 µs of processor time. An encoded message is the connection's until it is sent, so
//! its buffer could not be used again at once either.

use std::hint::black_box;
use std::time::{Duration, Instant};

use bytes::BytesMut;
use prost::Message;

use crate::Error;
use crate::command::say;
use crate::echo::Payload;

/// Sizes of the data in a message, in bytes.
const SIZES: [usize; 4] = [64, 1024, 16_384, 262_144];

/// How long to measure.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Rounds, in which fresh and used values take turns
    #[arg(long, default_value_t = 21)]
    rounds: usize,
}

/// Prints nanoseconds for fresh and for used values; the ratio is the median of the rounds'.
pub(crate) fn run(args: &Args) -> Result<(), Error> {
    say("step           bytes     fresh      used  ratio");
    for size in SIZES {
        let message = Payload {
            data: vec![7; size],
        };
        let bytes = message.encode_to_vec();
        let mut used = Payload::default();
        compare(
            ("decode", size),
            args.rounds,
            || drop(black_box(Payload::decode(bytes.as_slice()))),
            || {
                used.clear();
                let merged = used.merge(bytes.as_slice());
                drop(black_box(merged));
                black_box(&used);
            },
        );
        let mut buffer = BytesMut::new();
        compare(
            ("encode", size),
            args.rounds,
            || {
                let mut fresh = BytesMut::with_capacity(message.encoded_len());
                // There is room.
                let _ = message.encode(&mut fresh);
                drop(black_box(fresh));
            },
            || {
                buffer.clear();
                let _ = message.encode(&mut buffer);
                black_box(&buffer);
            },
        );
    }
    Ok(())
}

fn compare(
    (step, size): (&str, usize),
    rounds: usize,
    mut fresh: impl FnMut(),
    mut used: impl FnMut(),
) {
    let mut all = Vec::with_capacity(rounds);
    for _ in 0..rounds {
        let (fresh, used) = (time(&mut fresh), time(&mut used));
        all.push((used / fresh, fresh, used));
    }
    all.sort_by(|one, other| one.0.total_cmp(&other.0));
    if let Some((ratio, fresh, used)) = all.get(all.len() / 2) {
        say(&format!(
            "{step:<10}{size:>10}{fresh:>10.0}{used:>10.0}{ratio:>7.2}"
        ));
    }
}

/// Nanoseconds of one step.
fn time(step: &mut impl FnMut()) -> f64 {
    const TIME: Duration = Duration::from_millis(10);
    const EACH: u32 = 64;
    let (start, mut steps) = (Instant::now(), 0);
    while start.elapsed() < TIME {
        for _ in 0..EACH {
            step();
        }
        steps += EACH;
    }
    start.elapsed().as_secs_f64() * 1e9 / f64::from(steps)
}
