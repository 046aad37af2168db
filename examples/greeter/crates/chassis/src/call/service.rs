//! The way of a call through guards, observers and the generated server.

use std::convert::Infallible;
use std::fmt;
use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use http::{Request, Response};
use hyper::body::Incoming;
use tonic::Status;
use tonic::body::Body;

use super::body::{CallBody, Ending, RequestBody, panicked};
use super::{Call, id};
use crate::services::{Answer, Routes};
use crate::stack::Stack;

/// What all calls of one connection share.
///
/// Held once per connection, so that counting references does not make cores wait for each other.
pub(super) struct Connection {
    routes: Arc<Routes>,
    stack: Arc<Stack>,
    peer: SocketAddr,
}

impl Connection {
    pub(super) fn stack(&self) -> &Stack {
        &self.stack
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
    /// The service for the connection that comes from `peer`.
    pub fn new(routes: Arc<Routes>, stack: Arc<Stack>, peer: SocketAddr) -> Self {
        let peer = SocketAddr::new(peer.ip().to_canonical(), peer.port());
        Self(Arc::new(Connection {
            routes,
            stack,
            peer,
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
        } = &*self.0;
        let (mut head, body) = request.into_parts();

        let method = routes.methods().get(head.uri.path());
        let mut call = Call::begin(*peer, Arc::clone(method), &head);
        stack.started(&call);
        let checked = stack.check(&mut call, &head);
        let call = Arc::new(call);
        let ending = Ending::new(Arc::clone(&self.0), Arc::clone(&call));

        let answer = match checked {
            Ok(()) => routes.endpoint(call.method()),
            Err(refusal) => return CallFuture::ended(refusal.into_response(), ending),
        };
        let Some(endpoint) = answer else {
            // A guard has refused unknown methods; were it taken off the stack, this remains.
            return CallFuture::ended(Status::unimplemented("").into_http(), ending);
        };
        head.extensions.insert(Arc::clone(&call));
        let request = Request::from_parts(head, RequestBody::new(body, call));
        CallFuture {
            state: State::Running(endpoint.call(request)),
            ending: Some(ending),
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
    Running(Answer),
    /// Refused, or panicked: answered without a body. `None` once taken.
    Ended(Option<Response<Body>>),
}

impl CallFuture {
    fn ended(response: Response<Body>, ending: Ending) -> Self {
        Self {
            state: State::Ended(Some(response)),
            ending: Some(ending),
        }
    }
}

impl Future for CallFuture {
    type Output = Result<Response<CallBody>, Infallible>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        let mut response = match &mut this.state {
            State::Running(answer) => {
                match catch_unwind(AssertUnwindSafe(|| answer.as_mut().poll(cx))) {
                    Ok(poll) => match ready!(poll) {
                        Ok(response) => response,
                        Err(never) => match never {},
                    },
                    Err(_) => panicked().into_http(),
                }
            }
            State::Ended(response) => response.take().expect("a future is polled to its end once"),
        };
        // The handler is done: what it holds, such as its request, is given back now.
        this.state = State::Ended(None);
        let ending = this
            .ending
            .take()
            .expect("a future is polled to its end once");

        let id = ending.call().id().header();
        response.headers_mut().insert(id::HEADER, id);
        if response.headers().contains_key(Status::GRPC_STATUS) {
            ending.headers(response.headers());
            return Poll::Ready(Ok(response.map(CallBody::ended)));
        }
        Poll::Ready(Ok(response.map(|body| CallBody::open(body, ending))))
    }
}
