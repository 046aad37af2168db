//! Keeps samples of the calls that failed, by status code.
//!
//! In: the end of every call; a success is not looked at. Out: [`Errors::report`]. However many calls
//! fail, and whatever is in them: of each code ten are kept, and of each of those a few short texts.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use serde::Serialize;
use tonic::Code;

use super::{CODES, Observer, code_name};
use crate::call::{Call, Outcome};
use crate::runtime::text;
use crate::runtime::time::rfc3339;

/// How many calls of one code are kept: the last ones.
const SAMPLES: usize = 10;

/// Longest text that is kept, in characters.
const LONGEST: usize = 256;

/// What failed since the start.
#[derive(Debug, Default)]
pub struct Errors([Mutex<Option<CodeReport>>; CODES]);

/// The calls that ended with one code.
#[derive(Debug, Clone, Serialize)]
pub struct CodeReport {
    /// Such as `NOT_FOUND`.
    pub code: &'static str,
    /// How many there were since the start.
    pub count: u64,
    /// When the first one ended, as RFC 3339.
    pub first_seen: String,
    /// When the last one ended.
    pub last_seen: String,
    /// What the caller of the last one was told.
    pub last_message: String,
    /// The last ones, the newest first; at most ten.
    pub samples: VecDeque<Sample>,
}

/// One call that failed; its texts are cut to 256 characters.
#[derive(Debug, Clone, Serialize)]
pub struct Sample {
    /// When it ended, as RFC 3339.
    pub time: String,
    /// Service and method.
    pub method: String,
    /// The other end of the connection.
    pub peer: SocketAddr,
    /// The caller's software, as it says itself.
    pub user_agent: String,
    /// The id that it shares with the log.
    pub request_id: String,
    /// What the caller was told.
    pub message: String,
    /// What the caller was not told.
    pub detail: Option<String>,
}

impl Errors {
    /// The codes of failure that have occurred, in the order of their numbers.
    pub fn report(&self) -> Vec<CodeReport> {
        let code = |code: &Mutex<Option<CodeReport>>| {
            code.lock().unwrap_or_else(PoisonError::into_inner).clone()
        };
        self.0.iter().filter_map(code).collect()
    }
}

impl Observer for Errors {
    fn ended(&self, call: &Arc<Call>, outcome: &Outcome) {
        if outcome.code == Code::Ok {
            return;
        }
        let sample = Sample {
            time: rfc3339(call.time() + outcome.elapsed),
            method: cut(call.method().full_name()),
            peer: call.peer(),
            user_agent: cut(call.user_agent()),
            request_id: cut(call.id().as_str()),
            message: cut(&outcome.message),
            detail: outcome.detail.as_deref().map(cut),
        };
        let mut code = self.0[outcome.code as usize]
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        code.get_or_insert_with(|| CodeReport::new(outcome.code, &sample))
            .add(sample);
    }
}

impl CodeReport {
    /// No call yet; the first one will be `first`.
    fn new(code: Code, first: &Sample) -> Self {
        Self {
            code: code_name(code),
            count: 0,
            first_seen: first.time.clone(),
            last_seen: String::new(),
            last_message: String::new(),
            samples: VecDeque::with_capacity(SAMPLES),
        }
    }

    fn add(&mut self, sample: Sample) {
        self.count += 1;
        self.last_seen.clone_from(&sample.time);
        self.last_message.clone_from(&sample.message);
        self.samples.truncate(SAMPLES - 1);
        self.samples.push_front(sample);
    }
}

/// As much of `text` as is kept.
pub(super) fn cut(text: &str) -> String {
    text::cut(text, LONGEST).to_owned()
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;
    use std::sync::LazyLock;
    use std::time::Duration;

    use super::*;
    use crate::call::{MethodTable, testing};

    fn end(errors: &Errors, number: u32, code: Code, message: &str) {
        static TABLE: LazyLock<MethodTable> = LazyLock::new(testing::table);
        let peer = SocketAddr::new(Ipv4Addr::from(number).into(), 1);
        let call = Arc::new(testing::of(TABLE.get("/test.Echo/Say"), peer));
        let outcome = Outcome {
            message: message.to_owned(),
            detail: Some(message.to_owned().into()),
            ..testing::outcome(code, Duration::from_millis(1))
        };
        errors.ended(&call, &outcome);
    }

    #[test]
    fn a_success_leaves_nothing() {
        let errors = Errors::default();
        end(&errors, 1, Code::Ok, "");
        assert!(errors.report().is_empty());
    }

    #[test]
    fn a_success_allocates_nothing() {
        let errors = Errors::default();
        let table = testing::table();
        let say = table.get("/test.Echo/Say");
        let call = Arc::new(testing::of(say, ([127, 0, 0, 1], 1).into()));
        let allocations = |code| {
            let outcome = testing::outcome(code, Duration::from_millis(1));
            allocation_counter::measure(|| errors.ended(&call, &outcome)).count_total
        };
        assert_eq!(allocations(Code::Ok), 0);
        assert!(allocations(Code::Internal) > 0, "a failure is kept");
        assert_eq!(allocations(Code::Ok), 0);
    }

    #[test]
    fn the_last_ten_of_each_code_are_kept() {
        let errors = Errors::default();
        for number in 0..100_000 {
            end(&errors, number, Code::Internal, &number.to_string());
        }
        end(&errors, 1, Code::NotFound, "no such order");
        let [not_found, internal] = &errors.report()[..] else {
            panic!("two codes: {:?}", errors.report());
        };
        assert_eq!((not_found.code, not_found.count), ("NOT_FOUND", 1));
        assert_eq!((internal.code, internal.count), ("INTERNAL", 100_000));
        assert_eq!(internal.last_message, "99999");
        assert!(internal.first_seen <= internal.last_seen);
        let messages: Vec<_> = internal.samples.iter().map(|one| &*one.message).collect();
        assert_eq!(
            (messages.len(), messages[0], messages[9]),
            (10, "99999", "99990")
        );
        let sample = &not_found.samples[0];
        assert_eq!(sample.method, "test.Echo/Say");
        assert_eq!(sample.peer.to_string(), "0.0.0.1:1");
        assert_eq!(sample.request_id.len(), 32);
        assert_eq!(sample.detail.as_deref(), Some("no such order"));
    }

    #[test]
    fn long_texts_are_cut() {
        let errors = Errors::default();
        end(&errors, 1, Code::Internal, &"ä".repeat(10_000));
        let report = &errors.report()[0];
        let sample = &report.samples[0];
        for text in [
            &report.last_message,
            &sample.message,
            sample.detail.as_ref().unwrap(),
        ] {
            assert_eq!(text.chars().count(), LONGEST);
        }
    }
}
