//! Refuses whatever is not a gRPC call of a method in the table.

use http::{HeaderMap, Method, StatusCode, header, request};
use tonic::Code;

use super::{Guard, Refusal};
use crate::call::Call;
use crate::runtime::text::cut;

/// Longest part of an unknown path that is repeated in the answer, in characters.
const SHOWN: usize = 200;

/// Lets known methods pass, called as gRPC calls them.
#[derive(Debug)]
pub struct Known;

impl Guard for Known {
    fn check(&self, call: &mut Call, head: &request::Parts) -> Result<(), Refusal> {
        if head.method != Method::POST {
            return Err(Refusal::not_grpc(
                StatusCode::METHOD_NOT_ALLOWED,
                "not a gRPC call: the HTTP method is not POST",
            ));
        }
        if !is_grpc(&head.headers) {
            return Err(Refusal::not_grpc(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "not a gRPC call: the content type is not application/grpc",
            ));
        }
        if !call.method().is_known() {
            let path = cut(head.uri.path(), SHOWN);
            let message = format!("unknown method {path}");
            return Err(Refusal::new(Code::Unimplemented, message));
        }
        Ok(())
    }
}

/// True for `application/grpc` and `application/grpc+proto`, with or without parameters.
fn is_grpc(headers: &HeaderMap) -> bool {
    let value = headers
        .get(header::CONTENT_TYPE)
        .map_or(&b""[..], |value| value.as_bytes());
    let Some(rest) = value.strip_prefix(b"application/grpc") else {
        return false;
    };
    let rest = rest.strip_prefix(b"+proto").unwrap_or(rest);
    rest.is_empty() || rest.starts_with(b";")
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;
    use crate::call::{self, testing};

    fn refusal(method: &str, content_type: &str) -> Refusal {
        let request = Request::builder()
            .method(method)
            .uri(format!("/{}", "x".repeat(1000)))
            .header(header::CONTENT_TYPE, content_type);
        let (head, ()) = request.body(()).unwrap().into_parts();
        Known
            .check(&mut testing::unknown(&head), &head)
            .unwrap_err()
    }

    #[test]
    fn what_is_not_grpc_is_told_so_in_http() {
        let status = |refusal: Refusal| {
            let (response, _) = refusal.into_response(&call::Method::unknown(0));
            response.status().as_u16()
        };
        assert_eq!(status(refusal("GET", "application/grpc")), 405);
        for other in [
            "",
            "application/json",
            "application/grpc-web",
            "application/grpcx",
        ] {
            assert_eq!(status(refusal("POST", other)), 415, "{other}");
        }
    }

    #[test]
    fn an_unknown_method_is_named_but_not_at_any_length() {
        for grpc in [
            "application/grpc",
            "application/grpc+proto",
            "application/grpc;a=b",
        ] {
            let refusal = refusal("POST", grpc);
            assert_eq!(refusal.code(), Code::Unimplemented);
            let message = refusal.message();
            assert!(message.starts_with("unknown method /xxx"), "{grpc}");
            assert!(message.len() < 250);
        }
    }
}
