//! Calls for the tests of guards and observers, without a server.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use http::request::Parts;
use prost::Message;
use prost_types::{
    FileDescriptorProto, FileDescriptorSet, MethodDescriptorProto, ServiceDescriptorProto,
};
use tonic::Code;

use super::{Call, Method, MethodTable, Outcome, Peer, Traffic};

/// A call of a method that is in no table, for the tests of guards and observers.
pub(crate) fn unknown(head: &Parts) -> Call {
    let peer = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 4711);
    Call::begin(&Peer::new(peer, None), Arc::new(Method::unknown(0)), head)
}

/// The unary `/test.Echo/Say`, the stream `/test.Echo/Watch`, and the unknown method.
#[allow(dead_code, reason = "not every set of features needs it")]
pub(crate) fn table() -> MethodTable {
    let method = |name: &str, server_streaming| MethodDescriptorProto {
        name: Some(name.to_owned()),
        server_streaming: Some(server_streaming),
        ..Default::default()
    };
    let service = ServiceDescriptorProto {
        name: Some("Echo".to_owned()),
        method: vec![method("Say", false), method("Watch", true)],
        ..Default::default()
    };
    let file = FileDescriptorProto {
        package: Some("test".to_owned()),
        service: vec![service],
        ..Default::default()
    };
    let set = FileDescriptorSet { file: vec![file] }.encode_to_vec();
    MethodTable::read(&[&set], &["test.Echo"]).unwrap()
}

/// A call of `method` that comes from `peer`.
#[allow(dead_code, reason = "not every set of features needs it")]
pub(crate) fn of(method: &Arc<Method>, peer: SocketAddr) -> Call {
    let (head, ()) = http::Request::new(()).into_parts();
    Call::begin(&Peer::new(peer, None), Arc::clone(method), &head)
}

/// The end of a call that sent and received nothing.
#[allow(dead_code, reason = "not every set of features needs it")]
pub(crate) fn outcome(code: Code, elapsed: Duration) -> Outcome {
    Outcome {
        code,
        message: String::new(),
        detail: None,
        elapsed,
        cancelled: false,
        received: Traffic::default(),
        sent: Traffic::default(),
    }
}
