//! The wire: everything that is generated from `proto/`.
//!
//! In: the `.proto` files, compiled by `build.rs`. Out: a module per proto package with its
//! messages, server traits and clients, and [`DESCRIPTORS`]. Never edited by hand: change the
//! proto and build again.

// Generated code and documentation written for protobuf, not for Rust's lints.
#![allow(
    clippy::all,
    clippy::unwrap_used,
    missing_docs,
    nonstandard_style,
    rustdoc::all,
    text_direction_codepoint_in_comment,
    unreachable_pub
)]

// Named so that no package of a proto clashes with it.
#[path = "codec.rs"]
pub mod protosmith_codec;

include!(concat!(env!("OUT_DIR"), "/api.rs"));

/// Every proto file with its imports, as an encoded `google.protobuf.FileDescriptorSet`.
pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));
