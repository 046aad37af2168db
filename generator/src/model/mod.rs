//! What a project is about: its services and methods, free of protobuf types.
//!
//! In: compiled protos (`from_proto`, the only place that knows descriptors). Out: plain values, in
//! an order that depends on nothing but the protos. Everything later works on these.

use std::fmt;

mod check;
mod depth;
pub mod from_proto;
#[path = "../../../template/crates/api/build/names.rs"]
mod names;
mod options;
pub(crate) mod places;
mod policy;
#[allow(
    dead_code,
    unreachable_pub,
    reason = "shared with the generated workspace, which also writes them and reads sizes"
)]
#[path = "../../../template/crates/chassis/src/config/quantity.rs"]
pub(crate) mod quantity;
mod rust_names;
#[cfg(test)]
mod shapes;

pub use policy::{Access, Idempotency, Policy};

/// The services of a project, and the files they are written in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Model {
    /// The given protos and every import they reach, by import name; well-known types are not
    /// among them.
    pub files: Vec<ProtoFile>,
    /// By full name. Never empty.
    pub services: Vec<Service>,
    /// Whether the Rust name of a service, a method or a type in a signature differs from what
    /// tonic's generator gives it, so that the `api` crate needs the renaming generator.
    pub renamed: bool,
    /// Whether a file is written in an edition, so that the `api` crate needs what reads them.
    pub editions: bool,
    /// What crates with these messages in their signatures ask of rustc; `None` if its own
    /// recursion limit serves.
    pub recursion_limit: Option<usize>,
}

/// One file to copy into `proto/`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProtoFile {
    /// As it is imported, below `proto/`, with `/` on every system: `greeter/v1/greeter.proto`.
    pub name: String,
    /// As messages show it: the path that the user would type, or the name for a file of ours.
    pub shown: String,
    /// Without a byte order mark, else as the user wrote it.
    pub text: String,
    /// Whether the user named it; else an import brought it in.
    pub given: bool,
}

/// A gRPC service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// As the proto has it: `Greeter`.
    pub name: String,
    /// The proto package, `greeter.v1`; may be empty.
    pub package: String,
    /// The comment above it, a line each, without comment marks and trailing blanks.
    pub docs: Vec<String>,
    /// Marked `deprecated = true`, by itself or by its file.
    pub deprecated: bool,
    /// The import name of its file.
    pub file: String,
    /// The line of its name in that file, from 1.
    pub line: u32,
    /// What it is called in Rust.
    pub rust: ServiceNames,
    /// In the order of the file; may be empty.
    pub methods: Vec<Method>,
}

/// What the code generator calls a service. Names are valid Rust, with `r#` where needed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceNames {
    /// The module of its package, from the crate: `api::greeter::v1`, or `api` without a package.
    pub package: String,
    /// The trait that a handler implements: `Greeter`.
    pub trait_name: String,
    /// The module with the trait and the server, in `package`: `greeter_server`.
    pub server_module: String,
    /// The server type in `server_module`: `GreeterServer`.
    pub server: String,
    /// The module with the client, in `package`: `greeter_client`.
    pub client_module: String,
    /// The client type in `client_module`: `GreeterClient`.
    pub client: String,
}

/// A method of a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Method {
    /// As the proto has it: `SayHello`.
    pub name: String,
    /// Which sides stream.
    pub kind: Kind,
    /// The comment above it, as [`Service::docs`].
    pub docs: Vec<String>,
    /// Marked `deprecated = true`.
    pub deprecated: bool,
    /// The line of its name, from 1.
    pub line: u32,
    /// The function of the trait: `say_hello`, `r#type`.
    pub function: String,
    /// The associated type of the trait for a streaming response: `WatchStream`.
    pub stream_type: Option<String>,
    /// What the client sends.
    pub input: Message,
    /// What the server answers.
    pub output: Message,
    /// What the proto says of who may call it, how often, and for how long.
    pub policy: Policy,
    /// What the proto says of a repetition.
    pub idempotency: Idempotency,
}

/// The type of a message in a signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Its full name in the proto: `greeter.v1.HelloRequest`.
    pub proto: String,
    /// Its path in Rust as seen from any crate that depends on `api`:
    /// `api::greeter::v1::HelloRequest`, `()`, `bool`, `::prost_types::Timestamp` under the name by which
    /// `api` re-exports it.
    pub rust: String,
}

/// Which sides of a method stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// One message each way.
    Unary,
    /// The client streams.
    ClientStreaming,
    /// The server streams.
    ServerStreaming,
    /// Both stream.
    Bidirectional,
}

// === impl Service ===

impl Service {
    /// `greeter.v1.Greeter`.
    pub fn full_name(&self) -> String {
        if self.package.is_empty() {
            self.name.clone()
        } else {
            format!("{}.{}", self.package, self.name)
        }
    }
}

// === impl Kind ===

impl Kind {
    /// Whether the client sends any number of messages.
    pub fn client_streams(self) -> bool {
        matches!(self, Self::ClientStreaming | Self::Bidirectional)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Unary => "unary",
            Self::ClientStreaming => "client streaming",
            Self::ServerStreaming => "server streaming",
            Self::Bidirectional => "bidirectional",
        })
    }
}
