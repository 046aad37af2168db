//! When a connection is asked to end, and when it is cut.
//!
//! In: the clock and what the connection does. Out: the next [`Step`]. Touches nothing.

use std::time::Duration;

use tokio::time::Instant;

use super::failure::{End, Failure};
use super::stall::Stall;
use crate::config::{self, quantity::nonzero};

/// Longest wait between two looks where nothing is to be waited for: a year.
const FAR: Duration = Duration::from_secs(365 * 86_400);
/// Least wait between two looks, so that tiny settings cost no more than that.
const NEAR: Duration = Duration::from_millis(5);

/// What a connection does at the moment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Seen {
    /// Its calls so far.
    pub(super) calls: u64,
    /// Its calls that have not ended.
    pub(super) in_flight: u64,
    /// The frame of which the client has sent a part; zero between frames.
    pub(super) partial: u32,
    /// The write that the client keeps waiting; zero if none.
    pub(super) blocked: u32,
}

/// What is to be done now.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Nothing until then.
    Wait(Instant),
    /// Send GOAWAY; calls in flight finish.
    Leave(End),
    /// End without waiting for the client; none is no failure.
    Cut(Option<Failure>),
}

/// The clocks of one connection.
#[derive(Debug)]
pub(super) struct Life {
    idle: Option<Duration>,
    grace: Option<Duration>,
    age: Option<Instant>,
    read: Stall,
    write: Stall,
    /// Since when it has no calls.
    quiet: Instant,
    /// The calls at the last look.
    calls: u64,
    leaving: Option<(End, Instant)>,
}

impl Life {
    /// A connection that begins at `now`; `spread`, from -1 to 1, is where in its tenth the age lies.
    pub(super) fn new(settings: &config::Connection, now: Instant, spread: f64) -> Self {
        let age = nonzero(settings.age).map(|age| now + age.mul_f64(1.0 + spread / 10.0));
        Self {
            idle: nonzero(settings.idle),
            grace: nonzero(settings.grace),
            age,
            read: Stall::new(settings.read_timeout, now),
            write: Stall::new(settings.write_timeout, now),
            quiet: now,
            calls: 0,
            leaving: None,
        }
    }

    /// The connection has been told to end, by whom is in `end`.
    pub(super) fn leave(&mut self, end: End, now: Instant) {
        self.leaving = Some((end, now));
    }

    /// Looks at the connection.
    pub(super) fn step(&mut self, now: Instant, seen: Seen) -> Step {
        if self.read.holds(now, seen.partial) {
            return Step::Cut(Some(Failure::ReadTimeout));
        }
        if self.write.holds(now, seen.blocked) {
            return Step::Cut(Some(Failure::WriteTimeout));
        }
        if seen.in_flight > 0 || seen.calls != self.calls {
            self.quiet = now;
            self.calls = seen.calls;
        }
        let next = match self.leaving {
            Some((end, since)) => {
                // Whoever waits for the end of the server has a clock of their own for calls.
                let from = match (end, seen.in_flight) {
                    (End::Shutdown, 1..) => None,
                    (End::Shutdown, 0) => Some(since.max(self.quiet)),
                    _ => Some(since),
                };
                let over = from.zip(self.grace).map(|(from, grace)| from + grace);
                if over.is_some_and(|over| now >= over) {
                    return Step::Cut((seen.in_flight > 0).then_some(Failure::Grace));
                }
                over
            }
            None => {
                let idle = self.idle.map(|idle| self.quiet + idle);
                let reached = |at: Option<Instant>| at.is_some_and(|at| now >= at);
                if reached(self.age) {
                    return Step::Leave(End::Age);
                }
                if reached(idle) {
                    return Step::Leave(End::Idle);
                }
                [self.age, idle].into_iter().flatten().min()
            }
        };
        let looks = [next, self.read.next(), self.write.next()];
        let next = looks.into_iter().flatten().min().unwrap_or(now + FAR);
        Step::Wait(next.max(now + NEAR))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const IN_FLIGHT: Seen = Seen {
        calls: 1,
        in_flight: 1,
        partial: 0,
        blocked: 0,
    };

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    /// When the connection is told or cut, in seconds, if it does that all the time.
    fn until(life: &mut Life, start: Instant, seen: Seen) -> (u64, Step) {
        let mut now = start;
        for _ in 0..1000 {
            match life.step(now, seen) {
                Step::Wait(next) => now = next,
                step => return ((now - start).as_secs(), step),
            }
        }
        panic!("still alive at {:?}", now - start);
    }

    #[test]
    fn idle_age_and_grace_come_in_time() {
        let start = Instant::now();
        let settings = config::Connection::default();
        let life = |spread| Life::new(&settings, start, spread);
        let idle = until(&mut life(0.0), start, Seen::default());
        assert_eq!(idle, (15, Step::Leave(End::Idle)));
        for (spread, age) in [(-1.0, 27), (0.0, 30), (1.0, 33)] {
            let mut life = life(spread);
            let aged = until(&mut life, start, IN_FLIGHT);
            assert_eq!(aged, (age, Step::Leave(End::Age)));
            let left = start + seconds(age);
            life.leave(End::Age, left);
            let cut = Step::Cut(Some(Failure::Grace));
            assert_eq!(until(&mut life, left, IN_FLIGHT), (5, cut));
        }
    }

    #[test]
    fn a_call_begins_the_idle_time_anew() {
        let start = Instant::now();
        let mut life = Life::new(&config::Connection::default(), start, 0.0);
        let mut now = start;
        for calls in 1..20 {
            now += seconds(1);
            let seen = Seen {
                calls,
                ..Seen::default()
            };
            assert!(matches!(life.step(now, seen), Step::Wait(_)));
        }
        let ended = Seen {
            calls: 19,
            ..Seen::default()
        };
        assert_eq!(until(&mut life, now, ended).1, Step::Leave(End::Age));
    }

    #[test]
    fn a_stall_is_cut_between_once_and_twice_its_time() {
        let start = Instant::now();
        for (seen, failure) in [
            (
                Seen {
                    partial: 1,
                    ..IN_FLIGHT
                },
                Failure::ReadTimeout,
            ),
            (
                Seen {
                    blocked: 1,
                    ..IN_FLIGHT
                },
                Failure::WriteTimeout,
            ),
        ] {
            let mut life = Life::new(&config::Connection::default(), start, 0.0);
            let (after, step) = until(&mut life, start, seen);
            assert_eq!(step, Step::Cut(Some(failure)));
            assert!((10..=20).contains(&after), "{after}");
        }
        // One that moves is none.
        let mut life = Life::new(&config::Connection::default(), start, 0.0);
        for second in 1..25 {
            let seen = Seen {
                blocked: second,
                partial: second,
                ..IN_FLIGHT
            };
            let now = start + seconds(u64::from(second));
            assert!(matches!(life.step(now, seen), Step::Wait(_)));
        }
    }

    #[test]
    fn the_end_of_the_server_waits_for_calls_but_not_for_silent_clients() {
        let start = Instant::now();
        let mut life = Life::new(&config::Connection::default(), start, 0.0);
        life.leave(End::Shutdown, start);
        let later = start + seconds(60);
        assert!(matches!(life.step(later, IN_FLIGHT), Step::Wait(_)));
        let ended = Seen {
            in_flight: 0,
            ..IN_FLIGHT
        };
        assert_eq!(until(&mut life, later, ended), (5, Step::Cut(None)));
    }

    #[test]
    fn zero_is_for_ever() {
        let off = config::Connection {
            idle: Duration::ZERO,
            age: Duration::ZERO,
            grace: Duration::ZERO,
            read_timeout: Duration::ZERO,
            write_timeout: Duration::ZERO,
            ..config::Connection::default()
        };
        let start = Instant::now();
        let mut life = Life::new(&off, start, 0.0);
        let stuck = Seen {
            partial: 1,
            blocked: 1,
            ..IN_FLIGHT
        };
        for day in 0..3 {
            let now = start + seconds(86_400 * day);
            assert_eq!(life.step(now, stuck), Step::Wait(now + FAR));
        }
    }
}
