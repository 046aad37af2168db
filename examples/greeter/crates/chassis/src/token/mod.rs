//! Tokens: JWTs that say who calls.
//!
//! In: a token, or whom to issue one for. Out: an [`Identity`], which guards, observers and handlers
//! see, or a [`TokenError`]; or a [`Pair`] of new tokens. A key decides by which algorithm it is
//! used; a token never does. Nothing here shows a token or a key: not in an error, not in the log.

use std::time::SystemTime;

use crate::runtime::time::since_1970;

mod cache;
mod claims;
mod error;
mod identity;
mod issuer;
mod keys;
mod rotation;
mod verifier;

pub use claims::{Audience, Claims, Use};
pub use error::{AuthError, IssueError, TokenError};
pub use identity::Identity;
pub use issuer::{Issuer, Pair, Subject};
pub use rotation::watch;
pub use verifier::{Next, Verifier, all_public, verifier};

/// Longest token that is looked at, in bytes; others are refused unread.
pub const LONGEST: usize = 8 << 10;

/// The time as tokens tell it.
fn seconds(time: SystemTime) -> u64 {
    since_1970(time).as_secs()
}
