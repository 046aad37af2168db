//! How each method does: how often it is called, how long that takes, what failed last.
//!
//! In: the start and the end of every call. Out: [`Profile::report`], with quantiles since the start
//! and the rate of the last minute. A call costs one short lock of its method and no allocation; the
//! memory is bounded by the number of methods.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Instant, SystemTime};

use http::request;
use tokio::time::MissedTickBehavior;
use tonic::Code;

use super::errors::cut;
use super::{Observer, code_name};
use crate::call::{Call, Method, MethodTable, Outcome};
use crate::runtime::time::rfc3339;

mod rate;
mod report;
mod times;

pub use report::{LastError, MethodReport};

use rate::Rates;
use times::Times;

/// The profile of one server since its start.
#[derive(Debug)]
pub struct Profile {
    /// By the index of their method.
    methods: Vec<OfMethod>,
    rates: Mutex<Rates>,
}

#[derive(Debug)]
struct OfMethod {
    method: Arc<Method>,
    in_flight: AtomicU64,
    /// There from the first end of a call on: most methods of a large API are never called. A lock of
    /// its own for each method is held for some ten nanoseconds, too short to be waited for.
    ended: OnceLock<Mutex<Ended>>,
}

#[derive(Debug, Default)]
struct Ended {
    times: Times,
    errors: u64,
    last_error: Option<Failed>,
}

#[derive(Debug)]
struct Failed {
    code: Code,
    message: String,
    time: SystemTime,
}

impl Profile {
    /// The profile of a server that has these methods.
    pub fn new(methods: &MethodTable) -> Self {
        let of = |method: &Arc<Method>| OfMethod {
            method: Arc::clone(method),
            in_flight: AtomicU64::new(0),
            ended: OnceLock::new(),
        };
        Self {
            methods: methods.all().map(of).collect(),
            rates: Mutex::new(Rates::new(Instant::now(), methods.len())),
        }
    }

    /// Follows the rates for as long as it is polled.
    pub async fn watch(self: Arc<Self>) {
        let mut interval = tokio::time::interval(rate::INTERVAL);
        interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            interval.tick().await;
            let counts = self.methods.iter().map(OfMethod::calls).collect();
            self.rates().note(Instant::now(), counts);
        }
    }

    /// How each method does, in the order of the protos; the unknown one at the end.
    pub fn report(&self) -> Vec<MethodReport> {
        let (rates, now) = (self.rates(), Instant::now());
        let methods = self.methods.iter().enumerate();
        methods
            .map(|(index, method)| {
                let per_second = |calls| rates.per_second(now, index, calls);
                method.report(per_second)
            })
            .collect()
    }

    fn rates(&self) -> MutexGuard<'_, Rates> {
        self.rates.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Observer for Profile {
    fn started(&self, call: &Call, _: &request::Parts) {
        let method = &self.methods[call.method().index()];
        method.in_flight.fetch_add(1, Relaxed);
    }

    fn ended(&self, call: &Arc<Call>, outcome: &Outcome) {
        let method = &self.methods[call.method().index()];
        let failed = (outcome.code != Code::Ok).then(|| Failed {
            code: outcome.code,
            message: cut(&outcome.message),
            time: call.time() + outcome.elapsed,
        });
        let ended = method.ended.get_or_init(Mutex::default);
        let mut ended = ended.lock().unwrap_or_else(PoisonError::into_inner);
        ended.times.add(outcome.elapsed);
        if failed.is_some() {
            ended.errors += 1;
            ended.last_error = failed;
        }
        drop(ended);
        method.in_flight.fetch_sub(1, Relaxed);
    }
}

impl OfMethod {
    fn calls(&self) -> u64 {
        self.look(|ended| ended.times.count()).unwrap_or_default()
    }

    /// What `read` makes of the ended calls; none if there are none.
    fn look<T>(&self, read: impl FnOnce(&Ended) -> T) -> Option<T> {
        let ended = self.ended.get()?.lock();
        Some(read(&ended.unwrap_or_else(PoisonError::into_inner)))
    }

    fn report(&self, per_second: impl FnOnce(u64) -> f64) -> MethodReport {
        let read = |ended: &Ended| {
            let last_error = ended.last_error.as_ref().map(Failed::report);
            (ended.times.summary(), ended.errors, last_error)
        };
        let (times, errors, last_error) = self.look(read).unwrap_or_default();
        MethodReport {
            method: self.method.name().to_owned(),
            service: self.method.service().to_owned(),
            kind: self.method.kind(),
            calls: times.count,
            errors,
            error_rate: errors as f64 / times.count.max(1) as f64,
            in_flight: self.in_flight.load(Relaxed),
            per_second: per_second(times.count),
            min_ms: times.min,
            mean_ms: times.mean,
            p50_ms: times.p50,
            p90_ms: times.p90,
            p99_ms: times.p99,
            p999_ms: times.p999,
            max_ms: times.max,
            last_error,
        }
    }
}

impl Failed {
    fn report(&self) -> LastError {
        LastError {
            code: code_name(self.code),
            message: self.message.clone(),
            time: rfc3339(self.time),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use http::Request;

    use super::*;
    use crate::call::{Kind, testing};

    fn end(profile: &Profile, method: &Arc<Method>, code: Code, message: &str) {
        let (head, ()) = Request::new(()).into_parts();
        let call = testing::of(method, ([127, 0, 0, 1], 1).into());
        profile.started(&call, &head);
        let outcome = Outcome {
            message: message.to_owned(),
            ..testing::outcome(code, Duration::from_millis(20))
        };
        profile.ended(&Arc::new(call), &outcome);
    }

    #[test]
    fn methods_are_told_apart() {
        let table = testing::table();
        let profile = Profile::new(&table);
        let say = table.get("/test.Echo/Say");
        for _ in 0..3 {
            end(&profile, say, Code::Ok, "");
        }
        end(&profile, say, Code::NotFound, &"ä".repeat(1000));
        let [say, watch, unknown] = &profile.report()[..] else {
            panic!("three methods: {:?}", profile.report());
        };
        assert_eq!((&*say.method, &*say.service), ("Say", "test.Echo"));
        assert_eq!((say.calls, say.errors, say.error_rate), (4, 1, 0.25));
        assert_eq!(say.in_flight, 0);
        assert!(say.per_second > 0.0 && say.per_second <= 4.0);
        assert_eq!((say.min_ms, say.mean_ms, say.max_ms), (20.0, 20.0, 20.0));
        assert_eq!((say.p50_ms, say.p999_ms), (20.0, 20.0));
        let error = say.last_error.as_ref().unwrap();
        assert_eq!(
            (error.code, error.message.chars().count()),
            ("NOT_FOUND", 256)
        );
        assert_eq!(
            (watch.kind, watch.calls, watch.error_rate),
            (Kind::ServerStreaming, 0, 0.0)
        );
        assert_eq!((&*unknown.service, unknown.calls), ("unknown", 0));
        assert!(
            profile.methods[1].ended.get().is_none(),
            "no memory for what is not called"
        );
    }

    #[test]
    fn a_call_allocates_nothing() {
        let table = testing::table();
        let profile = Profile::new(&table);
        let (head, ()) = Request::new(()).into_parts();
        let say = table.get("/test.Echo/Say");
        let call = Arc::new(testing::of(say, ([127, 0, 0, 1], 1).into()));
        let whole = |millis| {
            profile.started(&call, &head);
            let outcome = testing::outcome(Code::Ok, Duration::from_millis(millis));
            profile.ended(&call, &outcome);
        };
        let first = allocation_counter::measure(|| whole(1));
        assert!(
            first.count_total > 0,
            "a method has no times before it is called"
        );
        let rest = allocation_counter::measure(|| (0..100_000).for_each(whole));
        assert_eq!(rest.count_total, 0, "{rest:?}");
    }

    #[test]
    fn strangers_cannot_make_it_grow() {
        let table = testing::table();
        let profile = Profile::new(&table);
        for number in 0..100_000 {
            let method = table.get(&format!("/Stranger/{number}"));
            end(&profile, method, Code::Unimplemented, "no");
        }
        let report = profile.report();
        assert_eq!((report.len(), report[2].calls), (3, 100_000));
    }
}
