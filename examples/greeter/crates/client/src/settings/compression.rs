//! How requests are compressed.

use tonic::codec::CompressionEncoding;

/// How requests are compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compression {
    /// Not at all.
    Off,
    /// By gzip, which every gRPC server takes that compresses at all.
    Gzip,
    /// By zstd, which is cheaper and which few servers take.
    Zstd,
}

impl Compression {
    pub(crate) fn encoding(self) -> Option<CompressionEncoding> {
        match self {
            Self::Off => None,
            Self::Gzip => Some(CompressionEncoding::Gzip),
            Self::Zstd => Some(CompressionEncoding::Zstd),
        }
    }
}
