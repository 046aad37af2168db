//! What the system tells of a process.

use std::fmt::Display;
use std::fs;
use std::time::Duration;

/// Ticks of a second in `/proc`: the same on every system that Rust's tier 1 and 2 know.
const TICKS: u64 = 100;

/// A part of `/proc/<process>/stat`.
#[derive(Debug)]
pub struct Stat {
    /// The time that it has spent on processors.
    pub busy: Duration,
    /// How many threads it has.
    pub threads: i64,
    /// The time from the start of the system to its own.
    pub start: Duration,
}

impl Stat {
    /// Of a process, by its id or `self`; none where the system does not tell.
    pub fn of(process: impl Display) -> Option<Self> {
        Self::parse(&fs::read_to_string(format!("/proc/{process}/stat")).ok()?)
    }

    /// The fields are numbered as in `man proc_pid_stat`, where the first is 1.
    fn parse(text: &str) -> Option<Self> {
        // The second field is the name in parentheses, and may have anything in it.
        let (_, rest) = text.rsplit_once(')')?;
        let fields: Vec<&str> = rest.split_whitespace().collect();
        let ticks = |field: usize| fields.get(field - 3)?.parse::<u64>().ok();
        let time = |ticks| Duration::from_millis(ticks * 1000 / TICKS);
        Some(Self {
            busy: time(ticks(14)? + ticks(15)?),
            threads: fields.get(20 - 3)?.parse().ok()?,
            start: time(ticks(22)?),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_of_a_process_is_read() {
        let line = "4711 (a (strange) name) S 1 4711 4711 0 -1 4194304 500 0 0 0 \
                    150 50 0 0 20 0 9 0 360000 100000 300 18446744073709551615";
        let stat = Stat::parse(line).unwrap();
        let seconds = Duration::from_secs;
        assert_eq!(
            (stat.busy, stat.threads, stat.start),
            (seconds(2), 9, seconds(3600))
        );
        assert!(Stat::parse("4711 (short) S 1").is_none());
        assert!(Stat::parse("").is_none());
    }
}
