//! One attempt of a call: its request, on the connection that it got, and what came of it.
//!
//! In: what all attempts of the call have in common, a lease and what to send. Out: a response, or a
//! [`Failure`] that says whether the request may have reached the server.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderName, Request, Version, request};
use tokio::time::Instant;
use tonic::{Code, Status};
use tracing::{Instrument, debug, field, info_span};

use super::deadline::{self, TIMEOUT};
use super::failure::{self, Ended, Failure, Left};
use super::payload::{Payload, StreamEnd};
use super::{Calls, Exchange, ResponseBody, expired, one_response};
use crate::policy::Method;
use crate::pool::Lease;

/// How many attempts there were before this one.
const ATTEMPTS: HeaderName = HeaderName::from_static("grpc-previous-rpc-attempts");

impl Calls {
    /// Makes one attempt, after `made` others.
    pub(super) async fn attempt(
        &self,
        wanted: &Wanted<'_>,
        lease: Lease,
        (payload, end): (Payload, Option<StreamEnd>),
        made: u32,
    ) -> Ended {
        let endpoint = Arc::clone(lease.endpoint());
        let request = wanted.request(payload, made);
        let span = info_span!(
            "attempt",
            path = request.uri().path(),
            address = %endpoint.address(),
            previous = made,
            code = field::Empty,
        );
        let exchange = Exchange::new(lease, end, wanted.until);
        let exchanged = pin!(self.exchange(wanted.method, request, exchange));
        let exchanged = exchanged.instrument(span.clone());
        let ended = match self.settings.retries.attempt_timeout {
            Some(limit) => match tokio::time::timeout(limit, exchanged).await {
                Ok(ended) => ended,
                Err(_) => Err(Failure::silent(limit)),
            },
            None => exchanged.await,
        };
        let code = failure::code(&ended);
        if !span.is_disabled() {
            span.record("code", field::debug(code));
        }
        match &ended {
            Ok(_) if code == Code::Unavailable => endpoint.count_failure(),
            Ok(_) => endpoint.count_answer(),
            Err(failure) if failure.left == Left::Silence => endpoint.count_failure(),
            // A connection that broke is replaced; that is all there is to say of its server.
            Err(_) => {}
        }
        ended
    }

    async fn exchange(
        &self,
        method: &Method,
        request: Request<Payload>,
        exchange: Exchange,
    ) -> Ended {
        let response = exchange.connection().send(request).await;
        let response = match response {
            Ok(response) => response,
            Err(error) => {
                exchange.give_back();
                return Err(Failure::of(error));
            }
        };
        exchange.connection().count_answer();
        match method.one_response {
            true => one_response(response, exchange, self.settings.max_receive).await,
            false => Ok(response.map(|body| ResponseBody::stream(body, exchange))),
        }
    }
}

/// What all attempts of a call have in common.
#[derive(Debug)]
pub(super) struct Wanted<'a> {
    pub(super) method: &'a Method,
    pub(super) head: request::Parts,
    pub(super) until: Option<Instant>,
}

impl Wanted<'_> {
    /// The request of an attempt after `made` others.
    fn request(&self, payload: Payload, made: u32) -> Request<Payload> {
        let mut request = Request::new(payload);
        *request.method_mut() = self.head.method.clone();
        *request.uri_mut() = self.head.uri.clone();
        *request.version_mut() = Version::HTTP_2;
        *request.headers_mut() = self.head.headers.clone();
        if made > 0 {
            let headers = request.headers_mut();
            headers.insert(ATTEMPTS, made.into());
            if let Some(left) = self.left() {
                headers.insert(TIMEOUT, deadline::header(left));
            }
        }
        request
    }

    /// The time that is left; none: as much as anybody likes.
    fn left(&self) -> Option<Duration> {
        let until = self.until?;
        Some(until.saturating_duration_since(Instant::now()))
    }

    /// Lets the attempt that ended go, since another one is made after `wait`.
    pub(super) fn give_up(&self, made: u32, ended: Ended, wait: Duration) -> Result<(), Status> {
        debug!(
            path = self.head.uri.path(),
            attempt = made,
            cause = failure::cause(&ended),
            ?wait,
            "calling again"
        );
        if let Ok(response) = ended {
            response.into_body().give_back();
        }
        // What cannot begin before the deadline is told now, not at the deadline.
        match self.left() {
            Some(left) if !wait.is_zero() && left <= wait => Err(expired()),
            _ => Ok(()),
        }
    }
}
