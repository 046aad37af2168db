//! What a handler sees of its caller.

use std::convert::Infallible;
use std::task::{Context, Poll};

use chassis::call::RequestBody;
use chassis::config::Auth;
use chassis::rpc::{Request, RequestExt, Status};
use chassis::services::{Answer, Services};
use serde_json::json;
use tonic::codegen::Service;
use tonic::metadata::MetadataMap;
use tonic::server::NamedService;

use crate::harness::{Server, describe};
use crate::keys::{self, SECRET};
use crate::{call, claims, closed};

/// The one method.
const ASK: &str = "/test.Whoami/Ask";

/// Answers with a status that tells what its handler sees.
#[derive(Clone)]
struct Whoami;

impl NamedService for Whoami {
    const NAME: &'static str = "test.Whoami";
}

impl Service<http::Request<RequestBody>> for Whoami {
    type Response = http::Response<tonic::body::Body>;
    type Error = Infallible;
    type Future = Answer;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<RequestBody>) -> Answer {
        let (head, _) = request.into_parts();
        let metadata = MetadataMap::from_headers(head.headers);
        let request = Request::from_parts(metadata, head.extensions, ());
        let caller = request.call().identity().map(|caller| {
            let claim = caller.claim("tenant");
            let (name, roles) = (caller.name(), caller.roles());
            format!("{} {name} {roles:?} {claim:?}", caller.subject())
        });
        let token = request.metadata().get("authorization");
        let seen = json!({
            "caller": caller,
            "token": token.map(|value| value.to_str().unwrap()),
            "printed": format!("{:?}", request.metadata()),
        });
        Box::pin(async move { Ok(Status::already_exists(seen.to_string()).into_http()) })
    }
}

/// The service, and its descriptors.
pub(crate) fn whoami() -> (Services, Vec<u8>) {
    let mut services = Services::default();
    services.add(Whoami);
    (services, describe("test", "Whoami", &["Ask"], false))
}

/// What the handler sees of a call with this header.
async fn seen(auth: Auth, authorization: &str) -> serde_json::Value {
    let (services, set) = whoami();
    let server = Server::start_besides(closed(auth), services, &[set]).await;
    let status = call(&server.connect().await, ASK, &[authorization]).await;
    serde_json::from_str(status.unwrap_err().message()).unwrap()
}

#[tokio::test]
async fn a_handler_sees_who_calls_and_prints_no_token() {
    let mut claims = claims();
    claims["roles"] = json!(["admin"]);
    claims["tenant"] = json!("acme");
    let token = SECRET.sign(&claims);
    let auth = keys::settings("handler.key", &SECRET.public, Some(SECRET.algorithm));
    let authorization = format!("Bearer {token}");
    let seen = seen(auth, &authorization).await;
    assert_eq!(seen["caller"], r#"42 Ann ["admin"] Some(String("acme"))"#);
    // It is there, for calls in the caller's name, but not for the log.
    assert_eq!(seen["token"], authorization);
    let printed = seen["printed"].as_str().unwrap();
    assert!(printed.contains("Sensitive") && !printed.contains(&token));
}
