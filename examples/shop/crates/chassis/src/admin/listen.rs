//! HTTP/1.1 for few and short visits.
//!
//! Every client is bounded, in each way it can be slow: in sending headers, in sending a body, in
//! reading the answer. Who is too slow is closed; who comes always gets in.

use std::collections::VecDeque;
use std::pin::pin;
use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::{sleep, timeout};
use tracing::{debug, warn};

/// Pause after a failed accept: the usual cause, too many open files, needs time to pass.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// What clients may take.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// Connections at one time. One more closes the oldest: if it were refused instead, a few idle
    /// clients would keep the probes out.
    connections: usize,
    /// Longest wait for the headers of a request, be it the first or the next.
    headers: Duration,
    /// Largest head of a request, in bytes.
    head: usize,
    /// Longest time from the headers of a request to its answer, the body included.
    request: Duration,
    /// Largest body of a request, in bytes.
    body: usize,
    /// Age at which a connection ends after the answer it is at, and `request` later in any case.
    age: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 64,
            headers: Duration::from_secs(5),
            head: 16 << 10,
            request: Duration::from_secs(5),
            body: 4 << 10,
            age: Duration::from_secs(60),
        }
    }
}

/// Answers by `routes` until the future is dropped, which cuts all connections.
pub(super) async fn serve(listener: TcpListener, routes: Router, limits: Limits) {
    let routes = routes
        .layer(DefaultBodyLimit::max(limits.body))
        .layer(from_fn(move |request, next| {
            in_time(limits.request, request, next)
        }));
    let mut connections = JoinSet::new();
    let mut by_age: VecDeque<AbortHandle> = VecDeque::new();
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                while connections.try_join_next().is_some() {}
                by_age.retain(|connection| !connection.is_finished());
                if by_age.len() >= limits.connections
                    && let Some(oldest) = by_age.pop_front()
                {
                    oldest.abort();
                }
                by_age.push_back(connections.spawn(connection(stream, routes.clone(), limits)));
            }
            Err(error) => {
                warn!(%error, "admin connection not accepted");
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

async fn connection(stream: TcpStream, routes: Router, limits: Limits) {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(limits.headers)
        .max_buf_size(limits.head);
    let service = TowerToHyperService::new(routes);
    let mut connection = pin!(http.serve_connection(TokioIo::new(stream), service));
    let ended = match timeout(limits.age, connection.as_mut()).await {
        Ok(ended) => Ok(ended),
        Err(_) => {
            connection.as_mut().graceful_shutdown();
            timeout(limits.request, connection).await
        }
    };
    match ended {
        Ok(Ok(())) => {}
        Ok(Err(error)) => debug!(%error, "admin connection failed"),
        Err(_) => debug!("admin connection cut: its answer was not read"),
    }
}

async fn in_time(longest: Duration, request: Request, next: Next) -> Response {
    timeout(longest, next.run(request))
        .await
        .unwrap_or_else(|_| StatusCode::REQUEST_TIMEOUT.into_response())
}

#[cfg(test)]
mod tests {
    use axum::routing::{get, post};
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    const SHORT: Duration = Duration::from_millis(50);
    const LONG: Duration = Duration::from_secs(3600);

    /// No bound is reached unless a test lowers it.
    fn limits() -> Limits {
        Limits {
            headers: LONG,
            request: LONG,
            age: LONG,
            ..Limits::default()
        }
    }

    /// A server that dies with the test's runtime.
    async fn start(limits: Limits) -> std::net::SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let routes = Router::new()
            .route("/", get(async || "hello"))
            .route("/length", post(async |body: String| body.len().to_string()))
            // More than the buffers of both sides hold.
            .route("/endless", get(async || vec![0_u8; 64 << 20]));
        tokio::spawn(serve(listener, routes, limits));
        address
    }

    /// Sends `request`, reads until the server closes; a reset is a way to close.
    async fn answer(limits: Limits, request: &str) -> String {
        let mut stream = TcpStream::connect(start(limits).await).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        String::from_utf8(answer).unwrap()
    }

    fn status(answer: &str) -> &str {
        answer.split(' ').nth(1).unwrap_or_default()
    }

    #[tokio::test]
    async fn slow_headers_end_the_connection() {
        let headers = SHORT;
        for sent in ["", "GET / HTTP/1.1\r\nHost: a\r\n"] {
            let limits = Limits {
                headers,
                ..limits()
            };
            // Either way of saying so is good: a status, or nothing.
            assert!(!answer(limits, sent).await.contains("200 OK"), "{sent}");
        }
    }

    #[tokio::test]
    async fn an_idle_connection_ends() {
        let headers = SHORT;
        let limits = Limits {
            headers,
            ..limits()
        };
        let answer = answer(limits, "GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
        assert!(answer.ends_with("hello"), "{answer}");
    }

    #[tokio::test]
    async fn a_slow_body_is_answered_in_time() {
        let limits = Limits {
            request: SHORT,
            ..limits()
        };
        let request = "POST /length HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nab";
        let answer = answer(limits, request).await;
        assert_eq!(status(&answer), "408", "{answer}");
    }

    #[tokio::test]
    async fn a_large_body_is_refused() {
        let length = Limits::default().body + 1;
        let body = "x".repeat(length);
        let head = "POST /length HTTP/1.1\r\nHost: a\r\nConnection: close\r\n";
        let told = format!("{head}Content-Length: {length}\r\n\r\n{body}");
        let chunked =
            format!("{head}Transfer-Encoding: chunked\r\n\r\n{length:x}\r\n{body}\r\n0\r\n\r\n");
        for request in [told, chunked] {
            let answer = answer(limits(), &request).await;
            assert_eq!(status(&answer), "413", "{answer}");
        }
    }

    #[tokio::test]
    async fn a_large_head_is_refused() {
        let value = "x".repeat(Limits::default().head);
        let request = format!("GET / HTTP/1.1\r\nHost: a\r\nX: {value}\r\n\r\n");
        let answer = answer(limits(), &request).await;
        assert_ne!(status(&answer), "200");
    }

    #[tokio::test]
    async fn an_answer_that_nobody_reads_is_dropped() {
        let limits = Limits {
            request: SHORT,
            age: SHORT,
            ..limits()
        };
        let address = start(limits).await;
        let mut stream = TcpStream::connect(address).await.unwrap();
        let request = b"GET /endless HTTP/1.1\r\nHost: a\r\n\r\n";
        stream.write_all(request).await.unwrap();
        // The write fails once the server has closed: nothing is read until then.
        while stream.write_all(b"x").await.is_ok() {
            sleep(Duration::from_millis(1)).await;
        }
    }

    #[tokio::test]
    async fn an_old_connection_ends_after_its_answer() {
        let limits = Limits {
            age: SHORT,
            ..limits()
        };
        let answer = answer(limits, "GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
        assert!(answer.ends_with("hello"), "{answer}");
    }

    #[tokio::test]
    async fn who_comes_gets_in_and_the_oldest_goes() {
        let limits = Limits {
            connections: 2,
            ..limits()
        };
        let address = start(limits).await;
        let mut idle = Vec::new();
        for _ in 0..2 {
            idle.push(TcpStream::connect(address).await.unwrap());
        }
        let mut third = TcpStream::connect(address).await.unwrap();
        let request = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
        third.write_all(request).await.unwrap();
        let mut answer = String::new();
        third.read_to_string(&mut answer).await.unwrap();
        assert!(answer.ends_with("hello"), "{answer}");
        let mut nothing = Vec::new();
        let _ = idle[0].read_to_end(&mut nothing).await;
        assert!(nothing.is_empty());
    }
}
