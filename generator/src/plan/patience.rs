//! How long a proxy waits for a server before it gives a call up.
//!
//! Longer than the method may take, so that it is the server that ends the call, with a status.

use std::time::Duration;

use crate::model::{Method, quantity};

/// What a proxy waits for the answer of a method that declares no time: twice what the server allows it.
const UNARY: Duration = Duration::from_secs(60);

/// What it waits between two messages of a stream.
const STREAM: Duration = Duration::from_secs(86_400);

/// By how much it outlasts the method.
const MARGIN: Duration = Duration::from_secs(5);

/// Whole seconds as nginx writes them: `60s`.
pub(super) fn patience(method: &Method) -> String {
    let streams = method.kind != crate::model::Kind::Unary;
    let least = if streams { STREAM } else { UNARY };
    let declared = method.policy.timeout.as_deref();
    let declared = declared.and_then(|text| quantity::duration(text).ok());
    let patience = match declared {
        Some(Duration::ZERO) => STREAM,
        Some(timeout) => least.max(timeout + MARGIN),
        None => least,
    };
    let seconds = patience.as_secs() + u64::from(patience.subsec_nanos() > 0);
    format!("{seconds}s")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::from_proto;
    use crate::proto::compile_embedded;

    #[test]
    fn a_proxy_waits_longer_than_the_method_takes() {
        let text = "syntax = 'proto3'; import 'protosmith/options.proto'; message M {} service S {
            rpc A(M) returns (M);
            rpc B(M) returns (M) { option (protosmith.method).timeout = '5s'; }
            rpc C(M) returns (M) { option (protosmith.method).timeout = '1500 ms'; }
            rpc D(M) returns (M) { option (protosmith.method).timeout = '90500ms'; }
            rpc E(M) returns (M) { option (protosmith.method).timeout = '0s'; }
            rpc F(M) returns (stream M) { option (protosmith.method).timeout = '2h'; }
            rpc G(stream M) returns (M) { option (protosmith.method).timeout = '3d'; } }";
        let compiled = compile_embedded("x.proto", text).expect("it compiles");
        let model = from_proto::model(&compiled).expect("it has a service");
        let found: Vec<_> = model.services[0].methods.iter().map(patience).collect();
        let expected = ["60s", "60s", "60s", "96s", "86400s", "86400s", "259205s"];
        assert_eq!(found, expected);
    }
}
