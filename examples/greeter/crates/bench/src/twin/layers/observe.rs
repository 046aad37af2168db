//! What each naive layer does by itself: boxes the call, wraps the body, reads its status.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use http_body::Frame;
use tonic::body::Body;
use tonic::{Code, Status};
use tower::util::BoxCloneSyncService;
use tower::{ServiceExt, service_fn};

/// A service in a box.
pub(super) type Boxed = BoxCloneSyncService<Request<Body>, Response<Body>, Infallible>;

/// What a layer does when a call has ended.
pub(super) type Done = Box<dyn FnOnce(Code) + Send>;

/// Runs `start` when a call starts, and what it returns when the call has ended.
#[allow(dead_code, reason = "without features there is no layer")]
pub(super) fn observe<F>(service: Boxed, start: F) -> Boxed
where
    F: Fn(&Request<Body>) -> Done + Clone + Send + Sync + 'static,
{
    Boxed::new(service_fn(move |request: Request<Body>| {
        let done = start(&request);
        let service = service.clone();
        async move {
            let response = service.oneshot(request).await?;
            if let Some(code) = code(response.headers()) {
                done(code);
                return Ok(response);
            }
            let wrap = |body| Body::new(Ended(body, Some(done)));
            Ok(response.map(wrap))
        }
    }))
}

/// The path of a request, as the two labels that everybody wants.
#[allow(dead_code, reason = "without features there is no layer")]
pub(super) fn labels(request: &Request<Body>) -> (String, String) {
    let (service, method) = request.uri().path()[1..]
        .split_once('/')
        .unwrap_or_default();
    (service.to_owned(), method.to_owned())
}

fn code(headers: &HeaderMap) -> Option<Code> {
    Some(Code::from_bytes(headers.get("grpc-status")?.as_bytes()))
}

/// A body that tells its end.
struct Ended(Body, Option<Done>);

impl http_body::Body for Ended {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let frame = ready!(Pin::new(&mut self.0).poll_frame(cx));
        if let Some(Ok(frame)) = &frame
            && let Some(code) = frame.trailers_ref().and_then(code)
            && let Some(done) = self.1.take()
        {
            done(code);
        }
        Poll::Ready(frame)
    }
}

impl Drop for Ended {
    fn drop(&mut self) {
        if let Some(done) = self.1.take() {
            done(Code::Cancelled);
        }
    }
}
