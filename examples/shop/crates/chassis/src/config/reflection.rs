//! Section `reflection`.

use serde::{Deserialize, Serialize};

/// Whether the server tells its protos to whoever asks.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Reflection {
    /// Serves `grpc.reflection.v1` and `v1alpha`. Default `false`: the protos are yours to tell.
    pub enabled: bool,
}
