//! The way of a call through guards, observers and the generated server.

use std::convert::Infallible;
use std::fmt;
use std::mem;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use http::{HeaderMap, Request, Response, header};
use hyper::body::Incoming;
use tonic::body::Body;

use super::body::{CallBody, Ending};
use super::contained::contained;
use super::{Call, Calls, Peer, RequestBody, id, outcome};
use crate::guard::{Refusal, Turn};
use crate::services::{Answer, Routes};
use crate::stack::Stack;

/// Why a taken value is there: whoever polls a future does so to its end, once.
const POLLED: &str = "a future is polled to its end once";

/// What all calls of one connection share.
///
/// Held once per connection, so that counting references does not make cores wait for each other.
pub(super) struct Connection {
    routes: Arc<Routes>,
    stack: Arc<Stack>,
    peer: Peer,
    calls: Arc<Calls>,
    window: usize,
}

impl Connection {
    pub(super) fn stack(&self) -> &Stack {
        &self.stack
    }

    pub(super) fn routes(&self) -> &Routes {
        &self.routes
    }

    pub(super) fn calls(&self) -> &Calls {
        &self.calls
    }

    /// Bytes that each caller may have on the way before it is told that more may come.
    pub(super) fn window(&self) -> usize {
        self.window
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("peer", &self.peer)
            .finish_non_exhaustive()
    }
}

/// Answers the calls of one connection.
#[derive(Debug, Clone)]
pub struct CallService(Arc<Connection>);

impl CallService {
    /// The service for the connection that `peer` has opened; it counts what it answers in `calls`.
    ///
    /// Each stream of the connection has a first `window` of so many bytes.
    pub fn new(
        routes: Arc<Routes>,
        stack: Arc<Stack>,
        peer: Peer,
        calls: Arc<Calls>,
        window: usize,
    ) -> Self {
        Self(Arc::new(Connection {
            routes,
            stack,
            peer,
            calls,
            window,
        }))
    }
}

impl hyper::service::Service<Request<Incoming>> for CallService {
    type Response = Response<CallBody>;
    type Error = Infallible;
    type Future = CallFuture;

    fn call(&self, request: Request<Incoming>) -> CallFuture {
        let Connection {
            routes,
            stack,
            peer,
            calls,
            ..
        } = &*self.0;
        let (mut head, body) = request.into_parts();
        hide(&mut head.headers);

        let method = routes.methods().get(head.uri.path());
        let mut call = Call::begin(peer, Arc::clone(method), &head);
        calls.begin();
        stack.started(&call, &head);
        let checked = stack.check(&mut call, &head);
        let slot = mem::take(&mut call.slot);
        let call = Arc::new(call);
        let ending = Ending::new(Arc::clone(&self.0), Arc::clone(&call), slot);
        let body = RequestBody::new(body, Arc::clone(&self.0), Arc::clone(&call));

        if let Err(refusal) = checked {
            return CallFuture::refused(refusal, ending);
        }
        head.extensions.insert(call);
        let request = Request::from_parts(head, body);
        CallFuture::started(request, ending)
    }
}

/// Marks what nobody should see, so that printing the headers does not show it.
fn hide(headers: &mut HeaderMap) {
    // There may be several.
    for (name, value) in headers {
        if name == header::AUTHORIZATION {
            value.set_sensitive(true);
        }
    }
}

/// The response of one call, when its headers are known.
pub struct CallFuture {
    state: State,
    /// Gone as soon as the response body has it, or the end has been told.
    ending: Option<Ending>,
}

enum State {
    /// The guard `shed` lets it wait for its turn.
    Queued(Turn, Option<Request<RequestBody>>),
    Running(Answer),
    /// Answered without a body. `None` once taken.
    Ended(Option<Response<Body>>),
}

impl CallFuture {
    fn started(request: Request<RequestBody>, mut ending: Ending) -> Self {
        let state = match ending.slot.turn() {
            Some(turn) => State::Queued(turn, Some(request)),
            None => State::Running(ending.answer(request)),
        };
        let ending = Some(ending);
        Self { state, ending }
    }

    fn refused(refusal: Refusal, mut ending: Ending) -> Self {
        Self {
            state: State::Ended(Some(ending.refuse(refusal))),
            ending: Some(ending),
        }
    }
}

impl CallFuture {
    /// Goes on as far as possible.
    fn poll_response(&mut self, cx: &mut Context<'_>) -> Poll<Response<Body>> {
        let ending = self.ending.as_mut().expect(POLLED);
        loop {
            match &mut self.state {
                State::Queued(turn, request) => {
                    let Poll::Ready(turn) = turn.as_mut().poll(cx) else {
                        return ending.poll_expired(cx).map(|status| status.into_http());
                    };
                    match turn {
                        Ok(slot) => ending.slot = slot,
                        Err(refusal) => return Poll::Ready(ending.refuse(refusal)),
                    }
                    let request = request.take().expect(POLLED);
                    let answer = ending.answer(request);
                    self.state = State::Running(answer);
                }
                State::Running(answer) => {
                    return match contained(Some(ending.call()), || answer.as_mut().poll(cx)) {
                        Ok(Poll::Ready(Ok(response))) => Poll::Ready(response),
                        Ok(Poll::Ready(Err(never))) => match never {},
                        Ok(Poll::Pending) => {
                            ending.poll_expired(cx).map(|status| status.into_http())
                        }
                        Err(status) => Poll::Ready(status.into_http()),
                    };
                }
                State::Ended(response) => return Poll::Ready(response.take().expect(POLLED)),
            }
        }
    }
}

impl Future for CallFuture {
    type Output = Result<Response<CallBody>, Infallible>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut response = ready!(self.poll_response(cx));
        // The handler is done: what it holds, such as its request, is given back now.
        self.state = State::Ended(None);
        let ending = self.ending.take().expect(POLLED);

        let id = ending.call().id().header();
        response.headers_mut().insert(id::HEADER, id);
        if outcome::status(response.headers()).is_some() {
            ending.headers(response.headers());
            return Poll::Ready(Ok(response.map(CallBody::ended)));
        }
        Poll::Ready(Ok(response.map(|body| CallBody::open(body, ending))))
    }
}
