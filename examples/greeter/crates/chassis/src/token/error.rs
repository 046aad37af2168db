//! Why a token is refused, and why keys are.

use std::path::{Path, PathBuf};

use jsonwebtoken::errors::{Error, ErrorKind};

use super::LONGEST;
use crate::runtime::text::cut;

/// Longest part of a token that an error repeats, in characters.
const SHOWN: usize = 64;

/// Why a token is not valid. For observers and for whoever runs the server; callers are told less.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// It was not looked at.
    #[error("longer than {LONGEST} bytes")]
    TooLong,
    /// It is no JWT, or one that says something else than ours do.
    #[error("malformed: {0}")]
    Malformed(String),
    /// It names a key that we do not have.
    #[error("signed by the key {0:?}, which is unknown")]
    UnknownKey(String),
    /// It names no key, and more than one, or none, could have signed it.
    #[error("names no key, and {0} keys have its algorithm")]
    NoKey(usize),
    /// Its key is for another algorithm than the one it names.
    #[error("names another algorithm than that of its key")]
    Algorithm,
    /// Its key did not sign it.
    #[error("the signature is wrong")]
    Signature,
    /// Somebody else issued it.
    #[error("issued by {0:?}")]
    Issuer(String),
    /// It is for somebody else.
    #[error("for another audience")]
    Audience,
    /// It is a refresh token where an access token is wanted, or the other way round.
    #[error("of the wrong type: an access token is not a refresh token")]
    Use,
    /// It is not valid yet.
    #[error("valid only in {0} s")]
    Early(u64),
    /// It was valid.
    #[error("expired {0} s ago")]
    Expired(u64),
}

impl From<Error> for TokenError {
    fn from(error: Error) -> Self {
        match error.kind() {
            ErrorKind::InvalidSignature => Self::Signature,
            ErrorKind::InvalidAlgorithm => Self::Algorithm,
            ErrorKind::InvalidToken => Self::Malformed("not three parts".to_owned()),
            _ => Self::Malformed(shown(&error.to_string())),
        }
    }
}

/// As much of a text as an error repeats.
pub(super) fn shown(text: &str) -> String {
    cut(text, SHOWN).to_owned()
}

/// Why tokens cannot be verified or issued as the configuration wants it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AuthError {
    /// Methods are closed to everybody.
    #[error(
        "{closed} of the methods need a token, such as `{example}`, but there is no key to verify \
         one: set `auth.keys` to a file, or make the methods public by `policy`"
    )]
    Closed {
        /// How many methods.
        closed: usize,
        /// One of them.
        example: String,
    },
    /// A key of the configuration must be set.
    #[error("`{0}` is not set")]
    Unset(&'static str),
    /// A file with keys cannot be used.
    #[error("`{setting}`: {}: {reason}", path.display())]
    File {
        /// The key of the configuration that names the file.
        setting: &'static str,
        /// The file.
        path: PathBuf,
        /// What was found and what was expected.
        reason: String,
    },
}

impl AuthError {
    /// A file of the configuration has no keys for us, and why.
    pub(super) fn file(setting: &'static str, path: &Path, reason: String) -> Self {
        Self::File {
            setting,
            path: path.to_owned(),
            reason,
        }
    }
}

/// Why no tokens are issued.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IssueError {
    /// The refresh token is not valid.
    #[error("the token is refused: {0}")]
    Refused(#[from] TokenError),
    /// The key does not sign.
    #[error("the key does not sign: {0}")]
    Sign(String),
}
