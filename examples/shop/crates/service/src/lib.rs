//! What the service does: one module per gRPC service, one function per method.
//!
//! Handlers name `chassis::rpc` and the messages of `api`, never the transport below.

pub mod shop;
pub mod stock;
