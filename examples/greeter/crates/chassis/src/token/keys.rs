//! The keys that tokens are verified by.
//!
//! In: the bytes of a file, a JWKS or one key. Out: keys, each with the one algorithm it is for. A
//! key decides the algorithm, so no token can choose to be checked by a weaker one.

use std::fs;
use std::path::Path;

use jsonwebtoken::jwk::{
    AlgorithmParameters, EllipticCurve, Jwk, JwkSet, KeyAlgorithm, KeyOperations, PublicKeyUse,
};
use jsonwebtoken::{DecodingKey, Header, Validation, decode};
use serde_json::{Map, Value};
use tracing::warn;

use super::error::shown;
use super::{AuthError, Claims, TokenError};
use crate::config::Algorithm;

/// Shortest secret: as long as the hash, by RFC 7518, section 3.2.
const SECRET: usize = 32;
/// Shortest modulus of RSA, in bytes.
const MODULUS: usize = 2048 / 8;

/// The bytes of the file with keys that `setting` of the configuration names.
pub(super) fn read(setting: &'static str, file: &Path) -> Result<Vec<u8>, AuthError> {
    if file.as_os_str().is_empty() {
        return Err(AuthError::Unset(setting));
    }
    fs::read(file).map_err(|error| AuthError::file(setting, file, error.to_string()))
}

/// The keys of one file.
#[derive(Debug)]
pub(super) enum Keys {
    /// The one key of a PEM or a secret; such files name no key, so every token means this one.
    One(Box<Key>),
    /// Those of a JWKS.
    Set(Vec<(Option<String>, Key)>),
}

/// A key and what it is for.
#[derive(Debug)]
pub(super) struct Key {
    algorithm: jsonwebtoken::Algorithm,
    key: DecodingKey,
    validation: Validation,
}

impl Keys {
    /// Reads the bytes of a file: one key of `algorithm`, or else a JWKS.
    ///
    /// Fails with what was found and what was expected, but never with a part of a key.
    pub(super) fn read(bytes: &[u8], algorithm: Option<Algorithm>) -> Result<Self, String> {
        match algorithm {
            Some(algorithm) => one(bytes, algorithm).map(Box::new).map(Self::One),
            None => set(bytes).map(Self::Set),
        }
    }

    /// The key that must have signed a token with this header.
    pub(super) fn of(&self, header: &Header) -> Result<&Key, TokenError> {
        // An extension that must be understood, and is not.
        if header.crit.is_some() {
            return Err(TokenError::Malformed("has critical headers".to_owned()));
        }
        let key = match (self, &header.kid) {
            (Self::One(key), _) => key,
            (Self::Set(keys), Some(wanted)) => {
                let named = keys.iter().find(|(kid, _)| kid.as_ref() == Some(wanted));
                let unknown = || TokenError::UnknownKey(shown(wanted));
                named.map(|(_, key)| key).ok_or_else(unknown)?
            }
            (Self::Set(keys), None) => {
                let candidates = keys.iter().filter(|(_, key)| key.algorithm == header.alg);
                match &*candidates.collect::<Vec<_>>() {
                    [(_, key)] => key,
                    others => return Err(TokenError::NoKey(others.len())),
                }
            }
        };
        match key.algorithm == header.alg {
            true => Ok(key),
            false => Err(TokenError::Algorithm),
        }
    }
}

impl Key {
    /// Fails for a key that is too weak, or not one for `algorithm`.
    fn new(algorithm: Algorithm, key: DecodingKey) -> Result<Self, String> {
        strong(algorithm, &key)?;
        let algorithm = wire(algorithm);
        let mut validation = Validation::new(algorithm);
        // The signature is checked here; the claims are by `Claims::check`, which says why not.
        validation.required_spec_claims.clear();
        validation.validate_exp = false;
        validation.validate_aud = false;
        Ok(Self {
            algorithm,
            key,
            validation,
        })
    }

    /// What a token says, if this key has signed it.
    pub(super) fn open(&self, token: &[u8]) -> Result<Claims, TokenError> {
        Ok(decode(token, &self.key, &self.validation)?.claims)
    }
}

/// An algorithm as `jsonwebtoken` names it.
pub(super) fn wire(algorithm: Algorithm) -> jsonwebtoken::Algorithm {
    match algorithm {
        Algorithm::HS256 => jsonwebtoken::Algorithm::HS256,
        Algorithm::RS256 => jsonwebtoken::Algorithm::RS256,
        Algorithm::ES256 => jsonwebtoken::Algorithm::ES256,
        Algorithm::EdDSA => jsonwebtoken::Algorithm::EdDSA,
    }
}

/// The secret in a file, less the line break that editors put at its end.
///
/// Fails when it is short enough to be guessed, and when it looks like a key of another kind: a public
/// key taken for a secret would let everybody sign.
pub(super) fn secret(bytes: &[u8]) -> Result<&[u8], String> {
    let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    let bytes = bytes.strip_suffix(b"\r").unwrap_or(bytes);
    if is_pem(bytes, "") {
        return Err("expected a secret for HS256, found a key in PEM".to_owned());
    }
    if serde_json::from_slice::<Map<String, Value>>(bytes).is_ok() {
        return Err("expected a secret for HS256, found JSON".to_owned());
    }
    long_enough(bytes)?;
    Ok(bytes)
}

/// True if the bytes are a PEM whose label ends like that.
pub(super) fn is_pem(bytes: &[u8], label: &str) -> bool {
    let text = String::from_utf8_lossy(bytes);
    let first = text
        .lines()
        .find_map(|line| line.strip_prefix("-----BEGIN "));
    first.is_some_and(|rest| rest.trim_end().ends_with(&format!("{label}-----")))
}

/// Reads a public key in PEM, or a secret.
fn one(bytes: &[u8], algorithm: Algorithm) -> Result<Key, String> {
    if algorithm == Algorithm::HS256 {
        return Key::new(algorithm, DecodingKey::from_secret(secret(bytes)?));
    }
    let wrong = || format!("expected a public key for {algorithm:?}, in PEM");
    // A private key has a public part, but has no business on a server that only verifies.
    if !is_pem(bytes, "PUBLIC KEY") {
        return Err(wrong());
    }
    let key = match algorithm {
        Algorithm::RS256 => DecodingKey::from_rsa_pem(bytes),
        Algorithm::ES256 => DecodingKey::from_ec_pem(bytes),
        _ => DecodingKey::from_ed_pem(bytes),
    };
    Key::new(algorithm, key.map_err(|_| wrong())?)
}

/// Reads a JWKS; keys that are for something else are left out, with a warning.
fn set(bytes: &[u8]) -> Result<Vec<(Option<String>, Key)>, String> {
    if is_pem(bytes, "") {
        return Err("expected a JWKS, found a key in PEM: its algorithm must be set".to_owned());
    }
    // What the parser says could repeat a part of a key.
    let set: JwkSet = serde_json::from_slice(bytes)
        .map_err(|error| format!("expected a JWKS; it is not one at line {}", error.line()))?;
    let mut keys: Vec<(Option<String>, Key)> = Vec::new();
    for (index, jwk) in set.keys.iter().enumerate() {
        let kid = jwk.common.key_id.clone();
        let Some(algorithm) = algorithm(jwk) else {
            warn!(index, kid, "a key verifies no tokens and is left out");
            continue;
        };
        let name = kid.as_deref().unwrap_or_default();
        let fault = |reason| format!("key {index} {name:?}: {reason}");
        if kid.is_some() && keys.iter().any(|(other, _)| *other == kid) {
            return Err(fault("has the name of another one".to_owned()));
        }
        let key = DecodingKey::from_jwk(jwk).map_err(|_| fault("not in base64url".to_owned()))?;
        let key = Key::new(algorithm, key).map_err(fault)?;
        keys.push((kid, key));
    }
    match keys.is_empty() {
        true => Err("no key in it verifies tokens".to_owned()),
        false => Ok(keys),
    }
}

/// What a key of a JWKS is for; none if it is for something else, or contradicts itself.
fn algorithm(jwk: &Jwk) -> Option<Algorithm> {
    let verifies = match &jwk.common.key_operations {
        Some(operations) => operations.contains(&KeyOperations::Verify),
        None => true,
    };
    let signature = matches!(
        jwk.common.public_key_use,
        None | Some(PublicKeyUse::Signature)
    );
    let algorithm = match &jwk.algorithm {
        AlgorithmParameters::OctetKey(_) => Algorithm::HS256,
        AlgorithmParameters::RSA(_) => Algorithm::RS256,
        AlgorithmParameters::EllipticCurve(key) if key.curve == EllipticCurve::P256 => {
            Algorithm::ES256
        }
        AlgorithmParameters::OctetKeyPair(key) if key.curve == EllipticCurve::Ed25519 => {
            Algorithm::EdDSA
        }
        _ => return None,
    };
    let named = jwk.common.key_algorithm;
    let agrees = named.is_none_or(|named| named == KeyAlgorithm::from(wire(algorithm)));
    (verifies && signature && agrees).then_some(algorithm)
}

/// Refuses keys that are too weak, or of another kind than they are said to be.
fn strong(algorithm: Algorithm, key: &DecodingKey) -> Result<(), String> {
    if let (Algorithm::HS256, Ok(secret)) = (algorithm, key.try_get_as_bytes()) {
        return long_enough(secret);
    }
    // By way of a JWK: it has the parts of a key, whichever form it came in.
    let parts = Jwk::from_decoding_key(key, None).map(|jwk| jwk.algorithm);
    match (algorithm, parts) {
        // Six bits a character.
        (Algorithm::RS256, Ok(AlgorithmParameters::RSA(key))) => match key.n.len() * 6 / 8 {
            bytes if bytes < MODULUS => Err("expected at least 2048 bits of RSA".to_owned()),
            _ => Ok(()),
        },
        (Algorithm::ES256, Ok(AlgorithmParameters::EllipticCurve(key)))
            if key.curve == EllipticCurve::P256 =>
        {
            Ok(())
        }
        (Algorithm::EdDSA, Ok(AlgorithmParameters::OctetKeyPair(_))) => Ok(()),
        _ => Err(format!("not a key for {algorithm:?}")),
    }
}

fn long_enough(secret: &[u8]) -> Result<(), String> {
    match secret.len() {
        ..SECRET => Err(format!(
            "expected a secret of at least {SECRET} bytes, found {}",
            secret.len()
        )),
        _ => Ok(()),
    }
}
