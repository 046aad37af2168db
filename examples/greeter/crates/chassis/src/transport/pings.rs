//! How often a client may ping, by gRPC's rules.
//!
//! <https://github.com/grpc/proposal/blob/master/A8-client-side-keepalive.md>: each ping that comes
//! too soon is a strike, the third strike ends the connection, and an answer forgives all of them.

use std::time::Duration;

use tokio::time::Instant;

use super::watched::Refused;
use crate::config::Keepalive;

/// Strikes that are let pass.
const STRIKES: u8 = 2;
/// The least time between pings where there is no call, unless such pings are allowed.
const IDLE: Duration = Duration::from_secs(2 * 60 * 60);

/// The pings of one client.
#[derive(Debug)]
pub(super) struct Pings {
    interval: Duration,
    idle_interval: Duration,
    last: Option<Instant>,
    strikes: u8,
}

impl Pings {
    pub(super) fn new(settings: &Keepalive) -> Self {
        let interval = settings.client_interval;
        let idle_interval = match settings.client_idle || interval.is_zero() {
            true => interval,
            false => IDLE,
        };
        Self {
            interval,
            idle_interval,
            last: None,
            strikes: 0,
        }
    }

    /// Sees a ping; `idle` is true if the connection has no calls.
    pub(super) fn received(&mut self, now: Instant, idle: bool) -> Result<(), Refused> {
        let least = match idle {
            true => self.idle_interval,
            false => self.interval,
        };
        if self.last.is_some_and(|last| now < last + least) {
            self.strikes += 1;
        }
        self.last = Some(now);
        match self.strikes {
            ..=STRIKES => Ok(()),
            _ => Err(Refused::Pings),
        }
    }

    /// Sees a part of an answer leave.
    pub(super) fn answered(&mut self) {
        self.strikes = 0;
        self.last = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pings(interval: u64, client_idle: bool) -> Pings {
        Pings::new(&Keepalive {
            client_interval: Duration::from_secs(interval),
            client_idle,
            ..Keepalive::default()
        })
    }

    /// How many pings, one each `seconds`, are let pass of 10.
    fn passed(pings: &mut Pings, seconds: u64, idle: bool) -> usize {
        let start = Instant::now();
        let at = |number| start + Duration::from_secs(seconds) * number;
        let pass = |number: &u32| pings.received(at(*number), idle).is_ok();
        (0..10).take_while(pass).count()
    }

    #[test]
    fn the_third_ping_that_comes_too_soon_is_one_too_many() {
        assert_eq!(passed(&mut pings(5, true), 1, false), 3);
        assert_eq!(passed(&mut pings(5, true), 5, false), 10);
        assert_eq!(passed(&mut pings(0, true), 0, false), 10);
    }

    #[test]
    fn without_calls_there_is_no_need_to_ping() {
        assert_eq!(passed(&mut pings(5, false), 60, true), 3);
        assert_eq!(passed(&mut pings(5, false), 7200, true), 10);
        assert_eq!(passed(&mut pings(5, true), 5, true), 10);
        assert_eq!(passed(&mut pings(0, false), 0, true), 10);
    }

    #[test]
    fn an_answer_forgives() {
        let mut pings = pings(5, false);
        for _ in 0..10 {
            assert_eq!(passed(&mut pings, 0, false), 3);
            pings.answered();
        }
    }
}
