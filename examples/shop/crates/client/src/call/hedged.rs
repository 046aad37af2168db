//! Attempts beside each other: the first good end is the call's.
//!
//! In: a call that may be made twice. Out: the response that came first; dropping the other attempts
//! cancels them. An attempt that failed is followed by the next one at once, or when its server wants.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;
use std::task::Poll;
use std::time::Duration;

use http::Response;
use tokio::time::{Instant, sleep_until};
use tonic::Status;

use super::payload::{Payload, Source, StreamEnd};
use super::{Calls, Ended, Failure, ResponseBody, Wanted};
use crate::pool::later;
use crate::retry::{Course, Next};

/// Attempts that have not ended.
#[derive(Default)]
struct Flights<'a>(Vec<Pin<Box<dyn Future<Output = Ended> + Send + 'a>>>);

impl<'a> Flights<'a> {
    fn begin(&mut self, attempt: impl Future<Output = Ended> + Send + 'a) {
        self.0.push(Box::pin(attempt));
    }

    /// The end of the one that ends next; never, if there is none.
    async fn next(&mut self) -> Ended {
        poll_fn(|cx| {
            for index in 0..self.0.len() {
                if let Poll::Ready(ended) = self.0[index].as_mut().poll(cx) {
                    drop(self.0.swap_remove(index));
                    return Poll::Ready(ended);
                }
            }
            Poll::Pending
        })
        .await
    }
}

impl Calls {
    /// Makes a call whose attempts do not wait for each other longer than `after`.
    pub(super) async fn hedged(
        &self,
        wanted: Wanted<'_>,
        mut source: Source,
        after: Duration,
    ) -> Result<Response<ResponseBody>, Status> {
        let most = self.settings.hedging.attempts.max(1);
        // The endpoint of the last attempt; 0 is none.
        let last = AtomicU64::new(0);
        let mut flights = Flights::default();
        let mut made = 0;
        // When the next attempt begins, and whether it is paid for.
        let mut next = Some((Instant::now(), true));
        loop {
            let (at, paid) = next.unwrap_or((Instant::now(), false));
            let ended = tokio::select! {
                biased;
                ended = flights.next(), if !flights.0.is_empty() => ended,
                () = sleep_until(at), if next.is_some() => {
                    next = None;
                    if !paid && !self.retry.hedge() {
                        continue;
                    }
                    flights.begin(self.flight(&wanted, &last, source.next(), made));
                    made += 1;
                    if made < most {
                        next = Some((later(Instant::now(), after), false));
                    }
                    continue;
                }
            };
            let course = Course {
                made,
                most,
                hedged: true,
            };
            match self.retry.next(wanted.method, course, true, &ended) {
                Next::After(wait) => {
                    let alone = flights.0.is_empty();
                    wanted.give_up(made, ended, if alone { wait } else { Duration::ZERO })?;
                    next = Some((later(Instant::now(), wait), true));
                }
                // Another one that is under way may fare better.
                Next::Stop if !flights.0.is_empty() => next = None,
                Next::Stop | Next::End => return ended.map_err(|failure| failure.status),
            }
        }
    }

    /// One attempt, not at the endpoint of the `last` one if there is another.
    async fn flight(
        &self,
        wanted: &Wanted<'_>,
        last: &AtomicU64,
        sent: (Payload, Option<StreamEnd>),
        made: u32,
    ) -> Ended {
        let avoid = Some(last.load(Relaxed)).filter(|last| *last != 0);
        let lease = self.pool.pick(avoid).await.map_err(Failure::unsent)?;
        last.store(lease.endpoint().id(), Relaxed);
        self.attempt(wanted, lease, sent, made).await
    }
}
