//! A server that does what a test wants.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::{BufMut, Bytes, BytesMut};
use http::{HeaderMap, HeaderValue, Request, Response};
use http_body::Body as _;
use hyper::body::Incoming;
use hyper::server::conn::http2;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::answer::{Answer, status, ticking, well};

/// What a server does with each call.
#[derive(Debug, Clone, Default)]
pub(crate) enum Behaviour {
    /// Answers.
    #[default]
    Answers,
    /// Answers after a while.
    Slow(Duration),
    /// Ends each call with a code, and perhaps says when to come back.
    Fails(u16, Option<&'static str>),
    /// Ends so many of its first calls with `UNAVAILABLE`, and answers the others.
    FailsFirst(u64),
    /// Answers the headers, then breaks the connection off.
    FailsLate,
    /// Ends a stream with `UNAVAILABLE` after so many frames, if it is that long.
    Breaks(usize),
    /// Streams as fast as the client allows, a frame for each message.
    Floods,
    /// Never answers.
    Silent,
}

/// What a server knows of its calls.
#[derive(Debug)]
pub(crate) struct Known {
    /// Calls so far, but for health checks.
    pub(crate) calls: AtomicU64,
    /// Health checks so far.
    pub(crate) checks: AtomicU64,
    /// Calls whose caller went away, or that were broken off.
    pub(crate) cancelled: AtomicU64,
    /// Connections so far.
    pub(crate) connections: AtomicU64,
    /// Messages of [`Behaviour::Floods`] so far.
    pub(crate) flooded: AtomicU64,
    /// The headers of each call.
    pub(crate) headers: Mutex<Vec<HeaderMap>>,
    /// The authority of the last call.
    pub(crate) authority: Mutex<String>,
    behaviour: Mutex<Behaviour>,
    /// What `Check` says; 0: there is no such service.
    health: AtomicU64,
}

/// A running server; it breaks off when it is dropped.
#[derive(Debug)]
pub(crate) struct Server {
    address: SocketAddr,
    pub(crate) known: Arc<Known>,
    /// Ends with the value.
    _tasks: JoinSet<()>,
    leaving: watch::Sender<bool>,
}

impl Known {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            calls: AtomicU64::new(0),
            checks: AtomicU64::new(0),
            cancelled: AtomicU64::new(0),
            connections: AtomicU64::new(0),
            flooded: AtomicU64::new(0),
            headers: Mutex::default(),
            authority: Mutex::default(),
            behaviour: Mutex::default(),
            health: AtomicU64::new(0),
        })
    }
}

impl Server {
    /// Starts one on a free port.
    pub(crate) async fn start() -> Self {
        Self::start_at("127.0.0.1:0".parse().unwrap()).await
    }

    /// Starts one at an address, where another one may have been a moment ago.
    pub(crate) async fn start_at(address: SocketAddr) -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_reuseaddr(true).unwrap();
        socket.bind(address).unwrap();
        let listener = socket.listen(1024).unwrap();
        let address = listener.local_addr().unwrap();
        let (known, leaving) = (Known::new(), watch::Sender::new(false));
        let mut tasks = JoinSet::new();
        tasks.spawn(accept(listener, Arc::clone(&known), leaving.subscribe()));
        Self {
            address,
            known,
            _tasks: tasks,
            leaving,
        }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn calls(&self) -> u64 {
        self.known.calls.load(Relaxed)
    }

    pub(crate) fn checks(&self) -> u64 {
        self.known.checks.load(Relaxed)
    }

    pub(crate) fn cancelled(&self) -> u64 {
        self.known.cancelled.load(Relaxed)
    }

    pub(crate) fn connections(&self) -> u64 {
        self.known.connections.load(Relaxed)
    }

    /// Changes what it does.
    pub(crate) fn behave(&self, behaviour: Behaviour) {
        *self.known.behaviour.lock().unwrap() = behaviour;
    }

    /// Changes what it says of its health: 1 is serving, 2 is not, 3 is that it never answers.
    pub(crate) fn say_health(&self, status: u64) {
        self.known.health.store(status, Relaxed);
    }

    /// Takes no new calls, and lets those in flight end.
    pub(crate) fn leave(&self) {
        self.leaving.send_replace(true);
    }
}

async fn accept(listener: TcpListener, known: Arc<Known>, mut leaving: watch::Receiver<bool>) {
    let mut connections = JoinSet::new();
    let each = leaving.clone();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let (stream, _) = accepted.unwrap();
                stream.set_nodelay(true).unwrap();
                connections.spawn(serve(stream, Arc::clone(&known), each.clone()));
            }
            _ = leaving.wait_for(|leaving| *leaving) => break,
        }
    }
    drop(listener);
    while connections.join_next().await.is_some() {}
}

/// Serves one connection.
pub(crate) async fn serve(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    known: Arc<Known>,
    mut leaving: watch::Receiver<bool>,
) {
    known.connections.fetch_add(1, Relaxed);
    let (break_off, mut broken) = watch::channel(false);
    let service = service_fn(move |request: Request<Incoming>| {
        let (known, break_off) = (Arc::clone(&known), break_off.clone());
        async move { Ok::<_, Infallible>(answer(request, &known, &break_off).await) }
    });
    let connection = http2::Builder::new(TokioExecutor::new())
        .timer(TokioTimer::new())
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = std::pin::pin!(connection);
    tokio::select! {
        _ = connection.as_mut() => return,
        _ = broken.wait_for(|broken| *broken) => return,
        _ = leaving.wait_for(|leaving| *leaving) => connection.as_mut().graceful_shutdown(),
    }
    let _ = connection.await;
}

/// A server of a connection that a test has made itself.
pub(crate) fn known() -> (Arc<Known>, watch::Sender<bool>) {
    (Known::new(), watch::Sender::new(false))
}

/// Counts a call as cancelled, unless it is disarmed.
struct Cancelled<'a>(&'a Known, bool);

impl Drop for Cancelled<'_> {
    fn drop(&mut self) {
        if self.1 {
            self.0.cancelled.fetch_add(1, Relaxed);
        }
    }
}

async fn answer(
    request: Request<Incoming>,
    known: &Arc<Known>,
    break_off: &watch::Sender<bool>,
) -> Response<Answer> {
    if request.uri().path() == "/grpc.health.v1.Health/Check" {
        known.checks.fetch_add(1, Relaxed);
        return match known.health.load(Relaxed) {
            0 => failed(12, None),
            3 => std::future::pending().await,
            status => good(Answer::Whole(Some(framed(&[8, status as u8])), well())),
        };
    }
    let before = known.calls.fetch_add(1, Relaxed);
    known
        .headers
        .lock()
        .unwrap()
        .push(request.headers().clone());
    if let Some(authority) = request.uri().authority() {
        *known.authority.lock().unwrap() = authority.to_string();
    }
    let behaviour = known.behaviour.lock().unwrap().clone();
    let mut cancelled = Cancelled(known, true);
    match behaviour {
        Behaviour::Slow(time) => tokio::time::sleep(time).await,
        Behaviour::Silent => std::future::pending().await,
        _ => {}
    }
    cancelled.1 = false;
    let path = request.uri().path().to_owned();
    match behaviour {
        Behaviour::Fails(code, pushback) => failed(code, pushback),
        Behaviour::FailsFirst(calls) if before < calls => failed(14, None),
        Behaviour::Breaks(frames) => {
            let body = request.into_body();
            good(Answer::Breaks(body, frames, status("14")))
        }
        Behaviour::FailsLate => {
            let breaking = break_off.clone();
            tokio::spawn(async move {
                // When the headers have been sent, most likely.
                tokio::time::sleep(Duration::from_millis(20)).await;
                breaking.send_replace(true);
            });
            good(Answer::Ticks(Bytes::new(), ticking()))
        }
        _ => match path.rsplit('/').next() {
            Some("Chat" | "Talk") => good(Answer::Echo(request.into_body(), well())),
            Some("Watch" | "Follow") => {
                let message = read(request.into_body()).await;
                good(match behaviour {
                    Behaviour::Floods => Answer::Flood(message, Arc::clone(known)),
                    _ => Answer::Ticks(message, ticking()),
                })
            }
            _ => {
                let message = read(request.into_body()).await;
                good(Answer::Whole(Some(message), well()))
            }
        },
    }
}

async fn read(mut body: Incoming) -> Bytes {
    let mut all = BytesMut::new();
    let next = async |body: &mut Incoming| {
        std::future::poll_fn(|cx| std::pin::Pin::new(&mut *body).poll_frame(cx)).await
    };
    while let Some(Ok(frame)) = next(&mut body).await {
        if let Ok(data) = frame.into_data() {
            all.put(data);
        }
    }
    all.freeze()
}

/// A message with its prefix.
fn framed(message: &[u8]) -> Bytes {
    let mut bytes = BytesMut::new();
    bytes.put_u8(0);
    bytes.put_u32(message.len() as u32);
    bytes.put_slice(message);
    bytes.freeze()
}

fn good(body: Answer) -> Response<Answer> {
    let mut response = Response::new(body);
    let grpc = HeaderValue::from_static("application/grpc");
    response.headers_mut().insert("content-type", grpc);
    response
}

fn failed(code: u16, pushback: Option<&'static str>) -> Response<Answer> {
    let mut response = good(Answer::Empty);
    let headers = response.headers_mut();
    headers.insert("grpc-status", code.into());
    headers.insert("grpc-message", HeaderValue::from_static("as%20wanted"));
    if let Some(pushback) = pushback {
        headers.insert("grpc-retry-pushback-ms", HeaderValue::from_static(pushback));
    }
    response
}
