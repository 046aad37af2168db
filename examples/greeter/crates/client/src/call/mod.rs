//! One call, from the request of a typed client to the end of its response.
//!
//! In: a request, as tonic's generated clients make it. Out: the response of the attempt that counts.
//! A call has one deadline and one policy for all its attempts; which connection an attempt gets is
//! the pool's to say, and whether there is another one is `retry`'s.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use http::uri::{Authority, Scheme};
use http::{HeaderValue, Request, Response, Uri, header, request};
use tokio::time::{Instant, timeout_at};
use tonic::Status;
use tonic::body::Body;

use crate::incoming::Incoming;
use crate::policy::{Method, Methods, Timeout};
use crate::pool::Pool;
use crate::retry::{Course, Next, Retry};
use crate::settings::Settings;
use crate::token::Tokens;

mod attempt;
mod collect;
mod deadline;
mod failure;
mod hedged;
mod payload;
mod response;

use attempt::Wanted;
pub(crate) use collect::{PREFIX, one_response};
use deadline::TIMEOUT;
pub(crate) use failure::{Ended, Failure, Left, code, text};
pub(crate) use payload::{Payload, Source};
pub(crate) use response::Exchange;
pub use response::ResponseBody;

/// What all calls of a channel share.
#[derive(Debug)]
pub(crate) struct Calls {
    pub(crate) settings: Settings,
    pub(crate) pool: Pool,
    pub(crate) retry: Retry,
    tokens: Option<Tokens>,
    pub(crate) methods: Methods,
    scheme: Scheme,
    authority: Authority,
    user_agent: HeaderValue,
    /// `settings.timeout`, as a header.
    timeout: HeaderValue,
}

impl Calls {
    pub(crate) fn new(
        settings: Settings,
        pool: Pool,
        tokens: Option<Tokens>,
        methods: Methods,
        (scheme, authority, user_agent): (Scheme, Authority, HeaderValue),
    ) -> Self {
        Self {
            retry: Retry::new(&settings.retries),
            timeout: deadline::header(settings.timeout),
            settings,
            pool,
            tokens,
            methods,
            scheme,
            authority,
            user_agent,
        }
    }

    /// Makes a call, on behalf of `incoming` if there is one.
    pub(crate) async fn make(
        self: Arc<Self>,
        incoming: Option<Arc<Incoming>>,
        request: Request<Body>,
    ) -> Result<Response<ResponseBody>, Status> {
        let began = Instant::now();
        let (mut head, body) = request.into_parts();
        let method = self.methods.of(head.uri.path());
        let incoming = incoming.as_deref();
        let limit = self.limit(method, incoming, &head)?;
        let until = match limit {
            // A time too far away to be told is none.
            Some(limit) => began.checked_add(limit),
            None => None,
        };
        self.dress(&mut head, incoming, limit)?;
        // Pinned here: a future that is moved into another one is copied, and kept twice.
        let attempts = pin!(self.attempts(method, head, body, until));
        match until {
            Some(until) => match timeout_at(until, attempts).await {
                Ok(response) => response,
                Err(_) => Err(expired()),
            },
            None => attempts.await,
        }
    }

    /// How long the call may take; none: for ever. What it says itself wins, then its proto, then the
    /// settings; the call that it serves ends it in any case.
    fn limit(
        &self,
        method: &Method,
        incoming: Option<&Incoming>,
        head: &request::Parts,
    ) -> Result<Option<Duration>, Status> {
        let own = head.headers.get(TIMEOUT).and_then(deadline::parse);
        let wanted = match (own, method.timeout) {
            (Some(own), _) => Some(own),
            (None, Timeout::After(time)) => Some(time),
            (None, Timeout::Unlimited) => None,
            (None, Timeout::Unsaid) => Some(self.settings.timeout),
        };
        let left = incoming.and_then(|incoming| incoming.left(self.settings.deadline_margin));
        match wanted.into_iter().chain(left).min() {
            Some(limit) if limit.is_zero() => Err(expired()),
            limit => Ok(limit),
        }
    }

    /// Puts in what the call brings along.
    fn dress(
        &self,
        head: &mut request::Parts,
        incoming: Option<&Incoming>,
        limit: Option<Duration>,
    ) -> Result<(), Status> {
        let mut uri = std::mem::take(&mut head.uri).into_parts();
        uri.scheme = Some(self.scheme.clone());
        uri.authority = Some(self.authority.clone());
        head.uri = Uri::from_parts(uri).map_err(|error| Status::internal(error.to_string()))?;
        let headers = &mut head.headers;
        match limit {
            Some(limit) if limit == self.settings.timeout => {
                headers.insert(TIMEOUT, self.timeout.clone());
            }
            Some(limit) => {
                headers.insert(TIMEOUT, deadline::header(limit));
            }
            None => {
                headers.remove(TIMEOUT);
            }
        }
        headers.insert(header::USER_AGENT, self.user_agent.clone());
        if let Some(incoming) = incoming {
            incoming.inject(headers);
        }
        Ok(())
    }

    async fn attempts(
        &self,
        method: &Method,
        mut head: request::Parts,
        body: Body,
        until: Option<Instant>,
    ) -> Result<Response<ResponseBody>, Status> {
        if let Some(tokens) = &self.tokens
            && !head.headers.contains_key(header::AUTHORIZATION)
        {
            let token = tokens.header().await?;
            head.headers.insert(header::AUTHORIZATION, token);
        }
        let mut source = match method.one_request {
            true => Source::read(body, self.settings.retries.max_request).await?,
            false => Source::stream(body),
        };
        self.retry.count_call();
        let wanted = Wanted {
            method,
            head,
            until,
        };
        if let Some(after) = self.settings.hedging.after
            && method.repeatable
            && source.may_be_sent_twice()
        {
            return Box::pin(self.hedged(wanted, source, after)).await;
        }
        let (mut made, mut avoid) = (0, None);
        loop {
            let ended = match self.pool.pick(avoid).await {
                Ok(lease) => {
                    avoid = Some(lease.endpoint().id());
                    self.attempt(&wanted, lease, source.next(), made).await
                }
                Err(status) => Err(Failure::unsent(status)),
            };
            made += 1;
            let course = Course {
                made,
                most: self.settings.retries.attempts,
                hedged: false,
            };
            let Next::After(wait) = self.retry.next(method, course, source.is_kept(), &ended)
            else {
                return ended.map_err(|failure| failure.status);
            };
            wanted.give_up(made, ended, wait)?;
            if !wait.is_zero() {
                tokio::time::sleep(wait).await;
            }
        }
    }
}

/// The status of a call whose time is over.
pub(crate) fn expired() -> Status {
    Status::deadline_exceeded("the deadline of the call has passed")
}
