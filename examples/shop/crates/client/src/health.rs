//! Asks servers for their health, by the gRPC health checking protocol.
//!
//! In: a connection. Out: whether its server serves, each time that it was asked. What follows from
//! that is the pool's to say. A server without the service `grpc.health.v1.Health` is asked once.

use std::sync::Weak;
use std::time::Duration;

use bytes::{Buf, BufMut, Bytes, BytesMut};
use http::{HeaderValue, Method, Request, Version, header};
use prost::Message;
use tonic::Code;

use crate::call::{Exchange, PREFIX, Payload, one_response};
use crate::pool::{Connection, Lease};
use crate::settings::Health;

const PATH: &str = "http://localhost/grpc.health.v1.Health/Check";
/// Longest answer; it has a number and nothing else.
const LONGEST: usize = 1024;

/// `grpc.health.v1.HealthCheckRequest`.
#[derive(Clone, PartialEq, Message)]
struct Question {
    #[prost(string, tag = "1")]
    service: String,
}

/// `grpc.health.v1.HealthCheckResponse`.
#[derive(Clone, PartialEq, Message)]
struct Answer {
    #[prost(int32, tag = "1")]
    status: i32,
}

/// The status of [`Answer`] that means: call me.
const SERVING: i32 = 1;

/// Asks again and again until the connection is gone; tells `report`.
pub(crate) async fn watch(
    connection: Weak<Connection>,
    settings: Health,
    every: Duration,
    report: impl Fn(Result<(), String>) + Send,
) {
    loop {
        let Some(open) = connection.upgrade() else {
            return;
        };
        let asked = check(&open, &settings.service);
        let answer = tokio::time::timeout(settings.timeout, asked).await;
        drop(open);
        match answer {
            Ok(Ok(SERVING)) => report(Ok(())),
            Ok(Ok(status)) => report(Err(format!("health status {status}, not serving"))),
            // Nobody there who knows: the server counts as healthy.
            Ok(Err(Code::Unimplemented)) => return report(Ok(())),
            Ok(Err(code)) => report(Err(format!("health check ended with {code:?}"))),
            Err(_) => report(Err("health check not answered in time".to_owned())),
        }
        tokio::time::sleep(every).await;
    }
}

/// The status that the server gives itself.
async fn check(connection: &std::sync::Arc<Connection>, service: &str) -> Result<i32, Code> {
    let service = service.to_owned();
    let message = Question { service };
    let mut bytes = BytesMut::with_capacity(PREFIX + message.encoded_len());
    bytes.put_u8(0);
    bytes.put_u32(message.encoded_len() as u32);
    message.encode(&mut bytes).map_err(|_| Code::Internal)?;
    let mut request = Request::new(Payload::whole(bytes.freeze()));
    *request.method_mut() = Method::POST;
    *request.version_mut() = Version::HTTP_2;
    *request.uri_mut() = PATH.try_into().map_err(|_| Code::Internal)?;
    let headers = request.headers_mut();
    headers.insert(header::TE, HeaderValue::from_static("trailers"));
    let grpc = HeaderValue::from_static("application/grpc");
    headers.insert(header::CONTENT_TYPE, grpc);
    let lease = Lease::unseen(connection);
    let sent = lease.send(request).await;
    let response = sent.map_err(|_| Code::Unavailable)?;
    let exchange = Exchange::new(lease, None, None);
    let response = one_response(response, exchange, LONGEST).await;
    let (head, body) = response
        .map_err(|failure| failure.status.code())?
        .into_parts();
    match body.code(&head.headers) {
        Code::Ok => answer(body.into_first().unwrap_or_default()),
        code => Err(code),
    }
}

fn answer(mut bytes: Bytes) -> Result<i32, Code> {
    if bytes.len() < PREFIX {
        return Err(Code::Internal);
    }
    bytes.advance(PREFIX);
    let answer = Answer::decode(bytes).map_err(|_| Code::Internal)?;
    Ok(answer.status)
}
