//! Tokens that have been verified, so that the next call with one costs a look-up.
//!
//! The key is the whole token: nothing that differs in one bit is found. Bounded in bytes; what is
//! asked for least makes room. Only verified tokens enter, so a stranger cannot fill it.

use std::fmt;
use std::sync::Arc;

use quick_cache::{Weighter, sync};

use super::Identity;

/// What an entry takes besides the token and the identity: counts, links, the hash.
const ENTRY: usize = 128;
/// What an entry takes as a rule, to plan the tables.
const TYPICAL: u64 = 1024;

/// Identities by their tokens.
pub(super) struct Cache(sync::Cache<Box<[u8]>, Arc<Identity>, Bytes>);

/// Weighs entries in bytes.
#[derive(Clone)]
struct Bytes;

impl Weighter<Box<[u8]>, Arc<Identity>> for Bytes {
    fn weight(&self, token: &Box<[u8]>, identity: &Arc<Identity>) -> u64 {
        (ENTRY + token.len() + identity.size()) as u64
    }
}

impl Cache {
    /// An empty cache of at most `bytes`; of none if that is 0.
    pub(super) fn new(bytes: u64) -> Self {
        let entries = usize::try_from(bytes / TYPICAL).unwrap_or(usize::MAX);
        Self(sync::Cache::with_weighter(entries, bytes, Bytes))
    }

    /// Whom `token` is of, if it is valid at `now`; seconds since 1970.
    pub(super) fn get(&self, token: &[u8], now: u64) -> Option<Arc<Identity>> {
        let identity = self.0.get(token)?;
        if now < identity.expiry() {
            return Some(identity);
        }
        self.0.remove(token);
        None
    }

    /// Keeps a token that has been verified, unless it has expired already.
    pub(super) fn insert(&self, token: &[u8], identity: &Arc<Identity>, now: u64) {
        if now < identity.expiry() {
            self.0.insert(token.into(), Arc::clone(identity));
        }
    }

    /// What it takes now, in bytes.
    pub(super) fn bytes(&self) -> u64 {
        self.0.weight()
    }
}

impl fmt::Debug for Cache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Its keys are tokens, which nobody may see.
        let mut cache = f.debug_struct("Cache");
        cache.field("bytes", &self.bytes()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::Claims;
    use super::*;

    fn identity(exp: u64) -> Arc<Identity> {
        let claims = json!({
            "sub": "ann", "iss": "us", "aud": "greeter", "exp": exp, "type": "access"
        });
        Arc::new(serde_json::from_value::<Claims>(claims).unwrap().into())
    }

    #[test]
    fn a_token_is_found_until_it_expires() {
        let cache = Cache::new(1 << 20);
        cache.insert(b"token", &identity(1000), 0);
        assert!(cache.get(b"token", 999).is_some());
        assert!(cache.get(b"tokem", 999).is_none());
        assert!(cache.get(b"token", 1000).is_none());
        // It is gone, whatever the clock says next.
        assert!(cache.get(b"token", 0).is_none());
        cache.insert(b"token", &identity(1000), 1000);
        assert!(cache.get(b"token", 0).is_none());
    }

    #[test]
    fn many_tokens_take_no_more_than_they_may() {
        let bytes = 1 << 20;
        let cache = Cache::new(bytes);
        let identity = identity(1000);
        for number in 0..100_000 {
            let token = format!("{number:0300}");
            cache.insert(token.as_bytes(), &identity, 0);
            assert!(cache.bytes() <= bytes);
        }
        assert!(cache.bytes() > bytes / 2);
        assert!(cache.0.len() as u64 * 300 < bytes);
    }

    #[test]
    fn a_cache_may_be_off() {
        let cache = Cache::new(0);
        cache.insert(b"token", &identity(1000), 0);
        assert!(cache.get(b"token", 0).is_none());
    }
}
