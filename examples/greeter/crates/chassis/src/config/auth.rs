//! Section `auth`.

use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::fault::Contradiction;
use super::units::{BytesText, DurationText};

/// Which tokens are valid, and how they are issued. Keys and secrets are files, never settings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Auth {
    /// The `iss` of every valid token. Needed with `keys`.
    pub issuer: String,
    /// What the `aud` of every valid token is or contains. Needed with `keys`.
    pub audience: String,
    /// How far the clock of the issuer may differ from ours. Default `"5s"`.
    #[serde(with = "DurationText")]
    pub leeway: Duration,
    /// File with the keys that tokens are verified by. Needed unless all methods are public.
    pub keys: PathBuf,
    /// The algorithm of the one key in `keys`. Default none: the file is a JWKS.
    pub algorithm: Option<Algorithm>,
    /// How often `keys` is read again; zero is never. Default `"10s"`.
    #[serde(with = "DurationText")]
    pub refresh: Duration,
    /// Memory for verified tokens, which then need not be verified again. Default `"4MiB"`.
    #[serde(with = "BytesText")]
    pub cache: u64,
    /// How tokens are issued.
    pub signing: Signing,
}

impl Default for Auth {
    fn default() -> Self {
        Self {
            issuer: String::new(),
            audience: String::new(),
            leeway: Duration::from_secs(5),
            keys: PathBuf::new(),
            algorithm: None,
            refresh: Duration::from_secs(10),
            cache: 4 << 20,
            signing: Signing::default(),
        }
    }
}

impl Auth {
    pub(super) fn contradictions(&self) -> Vec<Contradiction> {
        if self.signing.access <= self.signing.refresh {
            return Vec::new();
        }
        let message = "an access token is valid for longer than `auth.signing.refresh`, by which \
                       another one is got";
        let keys = ["auth.signing.access", "auth.signing.refresh"];
        vec![Contradiction::new(keys, message)]
    }
}

/// How tokens are issued: by the command `token` and by `token::Issuer`; the server reads no key here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Signing {
    /// File with the private key in PEM, or with the secret.
    pub key: PathBuf,
    /// The algorithm of the key. Default `"HS256"`.
    pub algorithm: Algorithm,
    /// The `kid` of the key in the JWKS. Default `""`: tokens name no key.
    pub kid: String,
    /// How long an access token is valid. Default `"15m"`.
    #[serde(with = "DurationText")]
    pub access: Duration,
    /// How long a refresh token is valid. Default `"7d"`.
    #[serde(with = "DurationText")]
    pub refresh: Duration,
}

impl Default for Signing {
    fn default() -> Self {
        Self {
            key: PathBuf::new(),
            algorithm: Algorithm::HS256,
            kid: String::new(),
            access: Duration::from_secs(15 * 60),
            refresh: Duration::from_secs(7 * 86_400),
        }
    }
}

/// How a token is signed. Each kind of key has one algorithm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub enum Algorithm {
    /// A secret that issuer and server share.
    HS256,
    /// An RSA key, of at least 2048 bits.
    RS256,
    /// A key on the curve P-256.
    ES256,
    /// A key on the curve Ed25519.
    EdDSA,
}
