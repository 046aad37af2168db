//! Section `compression`.

use serde::{Deserialize, Serialize};
use tonic::codec::CompressionEncoding;

/// Which encodings are taken and given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Compression {
    /// Encodings that requests may have; others are answered with `UNIMPLEMENTED`.
    ///
    /// Default `["gzip", "zstd"]`.
    pub accept: Vec<Encoding>,
    /// Encodings that responses get if the caller accepts them; the caller's order decides.
    ///
    /// Default `["gzip"]`. Empty: responses are never compressed.
    pub send: Vec<Encoding>,
}

impl Default for Compression {
    fn default() -> Self {
        Self {
            accept: vec![Encoding::Gzip, Encoding::Zstd],
            send: vec![Encoding::Gzip],
        }
    }
}

/// A way to compress messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Encoding {
    /// Understood by every gRPC implementation.
    Gzip,
    /// Faster and smaller, less widely understood.
    Zstd,
}

impl Encoding {
    /// The encoding as the runtime names it.
    #[doc(hidden)]
    pub fn wire(self) -> CompressionEncoding {
        match self {
            Self::Gzip => CompressionEncoding::Gzip,
            Self::Zstd => CompressionEncoding::Zstd,
        }
    }
}
