//! The team's own guard and observer, in the running server.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use bytes::Bytes;
use chassis::rpc::{Code, Request};
use server::own::volume;

use harness::Server;
use harness::bytes_codec::BytesCodec;

mod harness;

#[tokio::test]
async fn calls_have_a_tenant_and_are_added_up() {
    let server = Server::start().await;
    let client = server.connect().await;
    // A name of three letters in field 1.
    let message = Bytes::from_static(b"\x0a\x03Ann");
    let request = || Request::new(tokio_stream::once(message.clone()));
    let path = "/greeter.v1.Greeter/SayHello";

    let refused = client.call(path, BytesCodec, request()).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);

    let mut named = request();
    named
        .metadata_mut()
        .insert("x-tenant", "acme".parse().unwrap());
    let reply = client.call(path, BytesCodec, named).await.unwrap();
    let mut messages = reply.into_inner();
    while messages.message().await.unwrap().is_some() {}

    // Five bytes before each message, one message each way.
    while volume::total() < 2 * 5 + 5 {
        tokio::task::yield_now().await;
    }
}
