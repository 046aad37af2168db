//! Verifies tokens: who has a good one is who it says.
//!
//! In: a token and the time. Out: an [`Identity`], of the cache if the token has been seen before.
//! Keys and cache are one: when the keys change, nothing that the old ones verified is left.

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use arc_swap::ArcSwap;
use jsonwebtoken::decode_header;

use super::cache::Cache;
use super::claims::Expected;
use super::keys::{Keys, read};
use super::{AuthError, Claims, Identity, LONGEST, TokenError, Use, seconds};
use crate::call::MethodTable;
use crate::config::Auth;
use crate::policy::{Access, Policy};

/// Names the file with the keys.
const SETTING: &str = "auth.keys";

/// Verifies tokens by the keys of a file; file and settings may change.
pub struct Verifier(ArcSwap<Current>);

/// The keys, and the tokens that they have verified.
struct Current {
    settings: Auth,
    /// What the file had when its keys were taken.
    bytes: Vec<u8>,
    expected: Expected,
    keys: Keys,
    cache: Cache,
}

/// Keys and settings that have been found good, and are not yet in force.
pub struct Next(Arc<Current>);

/// What verifies the tokens for `methods`; none if there are no keys, and all methods are public.
pub fn verifier(
    settings: &Auth,
    methods: &MethodTable,
) -> Result<Option<Arc<Verifier>>, AuthError> {
    if !settings.keys.as_os_str().is_empty() {
        return Verifier::new(settings).map(Arc::new).map(Some);
    }
    all_public(methods, &methods.policies())?;
    Ok(None)
}

/// Fails if one of `methods` wants a token by its policy: without keys, no token is valid.
pub fn all_public(methods: &MethodTable, policies: &[Arc<Policy>]) -> Result<(), AuthError> {
    let both = methods.known().zip(policies);
    let closed: Vec<_> = both
        .filter(|(_, policy)| policy.access != Access::Public)
        .collect();
    match closed.first() {
        None => Ok(()),
        Some((example, _)) => Err(AuthError::Closed {
            closed: closed.len(),
            example: example.full_name().to_owned(),
        }),
    }
}

impl Verifier {
    /// Reads the keys that `settings` name.
    pub fn new(settings: &Auth) -> Result<Self, AuthError> {
        let bytes = read(SETTING, &settings.keys)?;
        let current = Current::new(settings.clone(), Expected::new(settings)?, bytes)?;
        Ok(Self(ArcSwap::from_pointee(current)))
    }

    /// Who has this token, if it is valid at `now`.
    ///
    /// A token that has been seen before costs a look-up, and no memory.
    pub fn verify(&self, token: &[u8], now: SystemTime) -> Result<Arc<Identity>, TokenError> {
        let current = self.0.load();
        let now = seconds(now);
        if let Some(identity) = current.cache.get(token, now) {
            return Ok(identity);
        }
        let claims = current.open(token, Use::Access, now)?;
        let identity = Arc::new(Identity::from(claims));
        current.cache.insert(token, &identity, now);
        Ok(identity)
    }

    /// Who has this token, if it was verified before and is valid at `now`.
    pub fn recall(&self, token: &[u8], now: SystemTime) -> Option<Arc<Identity>> {
        self.0.load().cache.get(token, seconds(now))
    }

    /// What a token says, if it is valid at `now` and for that use; past the cache.
    pub fn claims(&self, token: &[u8], usage: Use, now: SystemTime) -> Result<Claims, TokenError> {
        self.0.load().open(token, usage, seconds(now))
    }

    /// Reads the keys again; true if they have changed. A file that cannot be used changes nothing.
    ///
    /// Blocks for as long as the file takes.
    pub fn reload(&self) -> Result<bool, AuthError> {
        let settings = self.0.load().settings.clone();
        let next = self.prepare(&settings)?;
        Ok(next.map(|next| self.commit(next)).is_some())
    }

    /// Reads the keys that other `settings` name, and changes nothing yet; none if all is as it was.
    ///
    /// Blocks for as long as the file takes.
    pub fn prepare(&self, settings: &Auth) -> Result<Option<Next>, AuthError> {
        let bytes = read(SETTING, &settings.keys)?;
        let current = self.0.load();
        if current.bytes == bytes && current.settings == *settings {
            return Ok(None);
        }
        let next = Current::new(settings.clone(), Expected::new(settings)?, bytes)?;
        Ok(Some(Next(Arc::new(next))))
    }

    /// Verifies by `next` from now on.
    pub fn commit(&self, next: Next) {
        self.0.store(next.0);
    }
}

impl Current {
    fn new(settings: Auth, expected: Expected, bytes: Vec<u8>) -> Result<Self, AuthError> {
        let keys = Keys::read(&bytes, settings.algorithm);
        Ok(Self {
            expected,
            keys: keys.map_err(|reason| AuthError::file(SETTING, &settings.keys, reason))?,
            cache: Cache::new(settings.cache),
            bytes,
            settings,
        })
    }

    fn open(&self, token: &[u8], usage: Use, now: u64) -> Result<Claims, TokenError> {
        if token.len() > LONGEST {
            return Err(TokenError::TooLong);
        }
        let header = decode_header(token)?;
        let claims = self.keys.of(&header)?.open(token)?;
        claims.check(usage, &self.expected, now)?;
        Ok(claims)
    }
}

impl fmt::Debug for Next {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Next").finish_non_exhaustive()
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Nothing of a key.
        let current = self.0.load();
        f.debug_struct("Verifier")
            .field("path", &current.settings.keys)
            .field("cache", &current.cache)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use jsonwebtoken::{EncodingKey, Header, encode};
    use serde_json::json;

    use super::*;
    use crate::config::Algorithm;

    const SECRET: &[u8] = &[7; 32];
    const CACHE: u64 = 64 << 10;

    fn verifier() -> Verifier {
        let settings = Auth {
            issuer: "us".to_owned(),
            audience: "me".to_owned(),
            leeway: Duration::ZERO,
            algorithm: Some(Algorithm::HS256),
            cache: CACHE,
            ..Auth::default()
        };
        let expected = Expected::new(&settings).unwrap();
        let current = Current::new(settings, expected, SECRET.to_vec()).unwrap();
        Verifier(ArcSwap::from_pointee(current))
    }

    fn token(subject: &str, secret: &[u8]) -> String {
        let claims = json!({
            "sub": subject, "iss": "us", "aud": "me", "exp": 1000, "type": "access"
        });
        let key = EncodingKey::from_secret(secret);
        encode(&Header::default(), &claims, &key).unwrap()
    }

    #[test]
    fn many_callers_take_no_more_memory_than_they_may() {
        let (verifier, now) = (verifier(), UNIX_EPOCH + Duration::from_secs(999));
        let bytes = || verifier.0.load().cache.bytes();
        for number in 0..2000 {
            let subject = number.to_string();
            let token = token(&subject, SECRET);
            let identity = verifier.verify(token.as_bytes(), now).unwrap();
            assert_eq!(identity.subject(), subject);
            assert!(bytes() <= CACHE);
        }
        assert!(bytes() > CACHE / 2);
    }

    #[test]
    fn strangers_take_none() {
        let (verifier, now) = (verifier(), UNIX_EPOCH);
        let refused = |token: &str| verifier.verify(token.as_bytes(), now).unwrap_err();
        assert_eq!(refused(&token("ann", &[8; 32])), TokenError::Signature);
        assert!(matches!(refused("a.b.c"), TokenError::Malformed(_)));
        assert_eq!(refused(&"a".repeat(LONGEST + 1)), TokenError::TooLong);
        assert_eq!(verifier.0.load().cache.bytes(), 0);
    }
}
