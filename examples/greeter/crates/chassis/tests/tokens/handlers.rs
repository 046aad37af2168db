//! What a handler sees of its caller.

use std::convert::Infallible;
use std::net::Ipv4Addr;
use std::task::{Context, Poll};

use chassis::call::RequestBody;
use chassis::config::Auth;
use chassis::rpc::{Request, RequestExt, Status};
use chassis::runtime::logging::LogLevel;
use chassis::runtime::{self, Lifecycle, Signals};
use chassis::services::{Answer, Routes, Services};
use chassis::shared::Shared;
use chassis::stack::Stack;
use chassis::transport::Server;
use prost::Message;
use prost_types::{
    FileDescriptorProto, FileDescriptorSet, MethodDescriptorProto, ServiceDescriptorProto,
};
use serde_json::json;
use tonic::codegen::Service;
use tonic::metadata::MetadataMap;
use tonic::server::NamedService;
use tonic::transport::Endpoint;

use crate::keys::{self, SECRET};
use crate::{call, claims, closed};

/// The one method.
pub(crate) const ASK: &str = "/test.Whoami/Ask";

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

pub(crate) fn routes() -> Routes {
    let method = MethodDescriptorProto {
        name: Some("Ask".to_owned()),
        ..Default::default()
    };
    let service = ServiceDescriptorProto {
        name: Some("Whoami".to_owned()),
        method: vec![method],
        ..Default::default()
    };
    let file = FileDescriptorProto {
        package: Some("test".to_owned()),
        service: vec![service],
        ..Default::default()
    };
    let set = FileDescriptorSet { file: vec![file] }.encode_to_vec();
    let mut services = Services::default();
    services.add(Whoami);
    Routes::new(services, &[&set]).unwrap()
}

/// What the handler sees of a call with this header.
async fn seen(auth: Auth, authorization: &str) -> serde_json::Value {
    let mut config = closed(auth);
    config.server.host = Ipv4Addr::LOCALHOST.into();
    config.server.port = 0;
    let routes = routes();
    let methods = routes.methods();
    methods
        .set_policy(&config.deadline, &config.policy)
        .unwrap();
    let shared = Shared::new(&config, methods, LogLevel::default()).unwrap();
    let stack = Stack::new(&shared);
    let (admission, connections) = (shared.admission.clone(), shared.connections.clone());
    let server = Server::bind(&config.server, admission, routes, stack, connections)
        .await
        .unwrap();
    let address = server.address().unwrap();
    let (_trigger, signals) = Signals::triggered();
    let lifecycle = Lifecycle::new();
    let shutdown = &config.server.shutdown;
    let running = runtime::run(server, lifecycle, shutdown, &shared.in_flight, signals);
    let calling = async {
        let endpoint = Endpoint::try_from(format!("http://{address}")).unwrap();
        let channel = endpoint.connect().await.unwrap();
        call(&channel, ASK, &[authorization]).await.unwrap_err()
    };
    tokio::select! {
        _ = running => panic!("the server ended"),
        status = calling => serde_json::from_str(status.message()).unwrap(),
    }
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
