//! Issues tokens: an access token to call with, a refresh token to get the next pair by.
//!
//! In: whom they are about, or a refresh token. Out: a signed [`Pair`]. Keeps nothing, so a refresh
//! token may be exchanged until it expires; what it says was true when it was issued.

use std::fmt;
use std::time::{Duration, SystemTime};

use jsonwebtoken::crypto::sign;
use jsonwebtoken::{EncodingKey, Header, encode};
use serde::Serialize;
use serde_json::{Map, Value};

use super::claims::Expected;
use super::keys::{is_pem, read, secret, wire};
use super::{Audience, AuthError, Claims, IssueError, Use, Verifier, seconds};
use crate::config::{Algorithm, Auth};

/// Names the file with the key.
const SETTING: &str = "auth.signing.key";

/// Signs tokens.
pub struct Issuer {
    expected: Expected,
    header: Header,
    key: EncodingKey,
    access: Duration,
    refresh: Duration,
}

/// Whom tokens are about.
#[derive(Debug, Default, Clone, PartialEq)]
pub struct Subject {
    /// The id, which never changes.
    pub id: String,
    /// A name for people; empty if there is none.
    pub name: String,
    /// What the subject may do.
    pub roles: Vec<String>,
    /// Every other claim.
    pub other: Map<String, Value>,
}

/// An access token and a refresh token, as RFC 6749 names them.
#[derive(Clone, Serialize)]
pub struct Pair {
    /// To call with.
    pub access_token: String,
    /// To get the next pair by.
    pub refresh_token: String,
    /// How the access token is sent: `Bearer`.
    pub token_type: &'static str,
    /// How long the access token is valid, in seconds.
    pub expires_in: u64,
}

impl Issuer {
    /// Reads the key that `settings.signing` names.
    pub fn new(settings: &Auth) -> Result<Self, AuthError> {
        let expected = Expected::new(settings)?;
        let signing = &settings.signing;
        let bytes = read(SETTING, &signing.key)?;
        let fault = |reason| AuthError::file(SETTING, &signing.key, reason);
        let mut header = Header::new(wire(signing.algorithm));
        header.kid = (!signing.kid.is_empty()).then(|| signing.kid.clone());
        Ok(Self {
            expected,
            header,
            key: key(&bytes, signing.algorithm).map_err(fault)?,
            access: signing.access,
            refresh: signing.refresh,
        })
    }

    /// Issues a pair that is valid from `now` on.
    pub fn issue(&self, subject: Subject, now: SystemTime) -> Result<Pair, IssueError> {
        let now = seconds(now);
        let mut claims = Claims {
            sub: subject.id,
            name: Some(subject.name).filter(|name| !name.is_empty()),
            roles: subject.roles,
            iss: self.expected.issuer.clone(),
            aud: Audience::One(self.expected.audience.clone()),
            iat: Some(now),
            nbf: None,
            exp: 0,
            jti: None,
            usage: Use::Access,
            other: subject.other,
        };
        let mut sign = |usage, lifetime: Duration| {
            claims.usage = usage;
            claims.exp = now.saturating_add(lifetime.as_secs());
            // Unique, and no secret.
            claims.jti = Some(format!("{:032x}", fastrand::u128(..)));
            let token = encode(&self.header, &claims, &self.key);
            token.map_err(|error| IssueError::Sign(error.to_string()))
        };
        Ok(Pair {
            access_token: sign(Use::Access, self.access)?,
            refresh_token: sign(Use::Refresh, self.refresh)?,
            token_type: "Bearer",
            expires_in: self.access.as_secs(),
        })
    }

    /// Exchanges a refresh token, which `verifier` must accept, for a new pair.
    pub fn exchange(
        &self,
        verifier: &Verifier,
        token: &str,
        now: SystemTime,
    ) -> Result<Pair, IssueError> {
        let claims = verifier.claims(token.as_bytes(), Use::Refresh, now)?;
        let subject = Subject {
            id: claims.sub,
            name: claims.name.unwrap_or_default(),
            roles: claims.roles,
            other: claims.other,
        };
        self.issue(subject, now)
    }
}

/// Reads a private key in PEM, or a secret; fails for one that does not sign.
fn key(bytes: &[u8], algorithm: Algorithm) -> Result<EncodingKey, String> {
    if algorithm == Algorithm::HS256 {
        return Ok(EncodingKey::from_secret(secret(bytes)?));
    }
    let wrong = || format!("expected a private key for {algorithm:?}, in PEM");
    if !is_pem(bytes, "PRIVATE KEY") {
        return Err(wrong());
    }
    let key = match algorithm {
        Algorithm::RS256 => EncodingKey::from_rsa_pem(bytes),
        Algorithm::ES256 => EncodingKey::from_ec_pem(bytes),
        _ => EncodingKey::from_ed_pem(bytes),
    };
    let key = key.map_err(|_| wrong())?;
    sign(b"", &key, wire(algorithm)).map_err(|_| wrong())?;
    Ok(key)
}

impl fmt::Debug for Issuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Nothing of the key.
        let mut issuer = f.debug_struct("Issuer");
        issuer
            .field("expected", &self.expected)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Pair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Nothing of the tokens.
        f.debug_struct("Pair")
            .field("expires_in", &self.expires_in)
            .finish_non_exhaustive()
    }
}
