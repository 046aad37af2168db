//! The channel that typed clients call through.

use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http::{HeaderValue, Request, Response};
use tonic::body::Body;
use tonic::transport::channel::ResponseFuture;
use tonic::transport::{Endpoint, Error};
use tower_service::Service;

use crate::{Settings, Typed};

/// The header by which a call tells its timeout.
const TIMEOUT: &str = "grpc-timeout";

/// A connection to a server; clones share it.
#[derive(Debug, Clone)]
pub struct Channel {
    inner: tonic::transport::Channel,
    /// The timeout of calls that set none, as a header.
    timeout: HeaderValue,
    settings: Arc<Settings>,
}

/// The server cannot be connected to.
#[derive(Debug, thiserror::Error)]
#[error("cannot connect to `{target}`")]
pub struct ConnectError {
    target: String,
    #[source]
    cause: Error,
}

/// Connects to the server of `settings`; a connection that is lost later is made again.
///
/// Fails when the target is no address, or when no connection is made in time.
pub async fn connect(settings: &Settings) -> Result<Channel, ConnectError> {
    let inner = open(settings).await.map_err(|cause| ConnectError {
        target: settings.target.clone(),
        cause,
    })?;
    let timeout = header(settings.timeout);
    Ok(Channel {
        inner,
        timeout,
        settings: Arc::new(settings.clone()),
    })
}

async fn open(settings: &Settings) -> Result<tonic::transport::Channel, Error> {
    Endpoint::from_shared(settings.target.clone())?
        .connect_timeout(settings.connect_timeout)
        .http2_keep_alive_interval(settings.keepalive_interval)
        .keep_alive_timeout(settings.keepalive_timeout)
        .keep_alive_while_idle(true)
        .tcp_nodelay(true)
        .connect()
        .await
}

impl Channel {
    /// A typed client, such as `channel.client::<GreeterClient>()`.
    pub fn client<C: Typed>(&self) -> C {
        C::over(self.clone())
    }

    /// What the channel was opened with.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }
}

impl Service<Request<Body>> for Channel {
    type Response = Response<Body>;
    type Error = Error;
    type Future = ResponseFuture;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<Body>) -> ResponseFuture {
        let headers = request.headers_mut();
        headers
            .entry(TIMEOUT)
            .or_insert_with(|| self.timeout.clone());
        self.inner.call(request)
    }
}

/// `timeout` as the gRPC specification writes it: up to eight digits and a unit.
fn header(timeout: Duration) -> HeaderValue {
    let (number, unit) = match timeout.as_millis() {
        millis @ 0..=99_999_999 => (millis, "m"),
        millis => ((millis / 1000).min(99_999_999), "S"),
    };
    HeaderValue::try_from(format!("{number}{unit}")).expect("digits and a letter")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timeout_is_written_in_eight_digits() {
        assert_eq!(header(Duration::from_millis(1500)), "1500m");
        assert_eq!(header(Duration::from_secs(200_000)), "200000S");
        assert_eq!(header(Duration::MAX), "99999999S");
    }

    #[test]
    fn a_target_is_checked() {
        assert!(Endpoint::from_shared("not an address").is_err());
    }
}
