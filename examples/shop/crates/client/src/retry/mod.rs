//! Whether a call is made again.
//!
//! In: how an attempt ended. Out: the wait before the next one, or none. What the protos declare
//! harmless is called again after some codes; anything is if the server has not seen it. Every retry
//! but those that cost no server anything is paid from a budget, so that retries cannot become a storm.

use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use http::{HeaderMap, Response};
use tonic::Code;

use crate::call::{Ended, Left, ResponseBody, code};
use crate::policy::Method;
use crate::settings::Retries;

mod budget;

use budget::Budget;

/// By this, a server tells after how many milliseconds it may be called again; negative: not at all.
const PUSHBACK: &str = "grpc-retry-pushback-ms";

/// How far a call has come.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Course {
    /// Attempts so far.
    pub(crate) made: u32,
    /// Most attempts.
    pub(crate) most: u32,
    /// Attempts do not wait for each other.
    pub(crate) hedged: bool,
}

/// What follows an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Next {
    /// Nothing: its end is the call's.
    End,
    /// No further attempt, although another one might have helped.
    Stop,
    /// Another attempt, after a wait.
    After(Duration),
}

/// Decides, and counts what it decided.
#[derive(Debug)]
pub(crate) struct Retry {
    settings: Retries,
    budget: Budget,
    /// Attempts after one of their call has failed.
    made: AtomicU64,
    /// Attempts beside one of their call that had not ended.
    hedged: AtomicU64,
    /// Attempts that the budget did not allow.
    refused: AtomicU64,
}

/// Why a call may be made again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ground {
    /// No server has heard of it.
    Unheard,
    /// A server has declined it unseen.
    Declined,
    /// Its method is declared to be harmless.
    Harmless,
}

impl Retry {
    pub(crate) fn new(settings: &Retries) -> Self {
        Self {
            budget: Budget::new(settings.budget, settings.burst),
            settings: settings.clone(),
            made: AtomicU64::new(0),
            hedged: AtomicU64::new(0),
            refused: AtomicU64::new(0),
        }
    }

    /// A call begins: it pays its share into the budget.
    pub(crate) fn count_call(&self) {
        self.budget.pay_in();
    }

    /// What follows the attempt that ended so; `kept` tells whether there is something to send for
    /// another one.
    pub(crate) fn next(&self, method: &Method, course: Course, kept: bool, ended: &Ended) -> Next {
        let code = code(ended);
        // Nearly all calls end here.
        if code == Code::Ok {
            return Next::End;
        }
        let pushback = match ended {
            Ok(response) => Pushback::of(response),
            Err(_) => Pushback::Unsaid,
        };
        let Some(ground) = self.ground(method, code, pushback, ended) else {
            return Next::End;
        };
        let made = course.made;
        if !kept || made >= course.most {
            return Next::Stop;
        }
        // No server has looked at the only attempt so far.
        let unseen = made == 1 && ground != Ground::Harmless;
        let wait = match pushback {
            Pushback::Never => return Next::Stop,
            Pushback::After(wait) => wait,
            // The next connection is there already, most often.
            Pushback::Unsaid if course.hedged || unseen => Duration::ZERO,
            Pushback::Unsaid => self.wait(made),
        };
        // The first time, a call that a leaving server declined costs nobody anything.
        let free = ground == Ground::Unheard || unseen;
        if !free && !self.pay() {
            return Next::Stop;
        }
        self.made.fetch_add(1, Relaxed);
        Next::After(wait)
    }

    /// An attempt is to be made beside one that has not ended; false if there is nothing left for it.
    pub(crate) fn hedge(&self) -> bool {
        let paid = self.pay();
        if paid {
            self.hedged.fetch_add(1, Relaxed);
        }
        paid
    }

    fn pay(&self) -> bool {
        let paid = self.budget.pay();
        if !paid {
            self.refused.fetch_add(1, Relaxed);
        }
        paid
    }

    /// Why the call may be made again; none if it may not.
    fn ground(
        &self,
        method: &Method,
        code: Code,
        pushback: Pushback,
        ended: &Ended,
    ) -> Option<Ground> {
        let listed = method.repeatable && self.settings.codes.contains(&code);
        let harmless = match ended {
            Err(failure) => match failure.left {
                Left::Never => return Some(Ground::Unheard),
                Left::Refused => return Some(Ground::Declined),
                // Even if every server is out of reach: unpaid, a failing target would be asked too often.
                Left::Nowhere | Left::Perhaps | Left::Silence => listed,
            },
            Ok(response) => {
                let shed = matches!(code, Code::Unavailable | Code::ResourceExhausted);
                let asks = matches!(pushback, Pushback::After(_));
                // Who sheds load and says when to come back has done nothing.
                listed || (shed && asks && !response.body().has_message())
            }
        };
        harmless.then_some(Ground::Harmless)
    }

    /// A random time, the longer the more attempts there were.
    fn wait(&self, made: u32) -> Duration {
        let grown = self
            .settings
            .backoff
            .saturating_mul(1 << (made - 1).min(20));
        grown
            .min(self.settings.backoff_max)
            .mul_f64(fastrand::f64())
    }

    /// Attempts after one of their call has failed, so far.
    pub(crate) fn made(&self) -> u64 {
        self.made.load(Relaxed)
    }

    /// Attempts beside one of their call that had not ended, so far.
    pub(crate) fn hedged(&self) -> u64 {
        self.hedged.load(Relaxed)
    }

    /// Attempts that the budget did not allow, so far.
    pub(crate) fn refused(&self) -> u64 {
        self.refused.load(Relaxed)
    }
}

/// What a server says about another attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pushback {
    Unsaid,
    After(Duration),
    Never,
}

impl Pushback {
    fn of(response: &Response<ResponseBody>) -> Self {
        let trailers = response.body().trailers();
        Self::read(response.headers())
            .or_else(|| Self::read(trailers?))
            .unwrap_or(Self::Unsaid)
    }

    fn read(headers: &HeaderMap) -> Option<Self> {
        let text = headers.get(PUSHBACK)?.to_str().ok();
        let millis = text.and_then(|text| text.parse().ok());
        // What cannot be read means no as well, says gRPC's design.
        Some(millis.map_or(Self::Never, |millis| {
            Self::After(Duration::from_millis(millis))
        }))
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn pushback_is_read_as_the_design_says() {
        let read = |value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(PUSHBACK, HeaderValue::from_static(value));
            Pushback::read(&headers)
        };
        let after = |millis| Some(Pushback::After(Duration::from_millis(millis)));
        assert_eq!(read("0"), after(0));
        assert_eq!(read("1500"), after(1500));
        for never in ["-1", "", "soon", "1.5"] {
            assert_eq!(read(never), Some(Pushback::Never), "{never}");
        }
        assert_eq!(Pushback::read(&HeaderMap::new()), None);
    }

    #[test]
    fn waits_grow_and_stay_below_their_limit() {
        let retry = Retry::new(&Retries::default());
        let longest = |made| (0..500).map(|_| retry.wait(made)).max().unwrap();
        assert!(longest(1) <= Duration::from_millis(25));
        assert!(longest(3) > Duration::from_millis(50));
        assert!(longest(30) <= Duration::from_secs(1));
    }
}
