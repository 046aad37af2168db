//! Guards: each may refuse a call before the handler sees it.
//!
//! In: the call and its headers. Out: nothing, or a [`Refusal`], which is an outcome like any
//! other: the observers see it. Guards run on the reactor for every call, so they are cheap and
//! never wait; what takes time happens in the background and is published to them.

use http::{Response, StatusCode, request};
use tonic::Status;
use tonic::body::Body;

use crate::call::Call;

mod known;

pub use known::Known;

/// Something that may refuse a call.
pub trait Guard {
    /// Lets the call pass, perhaps with more known about it, or refuses it.
    fn check(&self, call: &mut Call, head: &request::Parts) -> Result<(), Refusal>;
}

/// Why and how a call is refused.
#[derive(Debug)]
pub struct Refusal {
    status: Status,
    http: StatusCode,
}

impl Refusal {
    /// Refuses a gRPC call.
    pub fn new(status: Status) -> Self {
        Self {
            status,
            http: StatusCode::OK,
        }
    }

    /// Refuses what is no gRPC call: the HTTP status is for whoever sent it.
    pub fn not_grpc(http: StatusCode, message: &'static str) -> Self {
        Self {
            status: Status::unimplemented(message),
            http,
        }
    }

    /// The gRPC status that the caller gets.
    pub fn status(&self) -> &Status {
        &self.status
    }

    pub(crate) fn into_response(self) -> Response<Body> {
        let mut response = self.status.into_http();
        *response.status_mut() = self.http;
        response
    }
}
