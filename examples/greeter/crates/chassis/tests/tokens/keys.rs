//! Keys, made for the tests: none is ever written down but in files of the tests.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::time::Duration;

use chassis::config::{Algorithm, Auth};
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{DecodingKey, EncodingKey, Header, encode};
use rcgen::{KeyPair, RsaKeySize, SignatureAlgorithm};
use serde_json::{Value, json};

use crate::harness::files::replace;

pub(crate) const ISSUER: &str = "https://issuer.test";
pub(crate) const AUDIENCE: &str = "greeter";
/// How far clocks may differ.
pub(crate) const LEEWAY: u64 = 60;

/// A key by its name, in every form.
pub(crate) struct Key {
    pub(crate) kid: &'static str,
    pub(crate) algorithm: Algorithm,
    /// What is signed with: a PEM, or the secret itself.
    pub(crate) private: String,
    /// What is verified with.
    pub(crate) public: String,
}

pub(crate) static SECRET: LazyLock<Key> = LazyLock::new(|| secret("secret"));
pub(crate) static RSA: LazyLock<Key> = LazyLock::new(|| {
    let pair = KeyPair::generate_rsa_for(&rcgen::PKCS_RSA_SHA256, RsaKeySize::_2048);
    pem("rsa", Algorithm::RS256, &pair.unwrap())
});
pub(crate) static EC: LazyLock<Key> =
    LazyLock::new(|| generate("ec", Algorithm::ES256, &rcgen::PKCS_ECDSA_P256_SHA256));
pub(crate) static OTHER_EC: LazyLock<Key> =
    LazyLock::new(|| generate("ec-2", Algorithm::ES256, &rcgen::PKCS_ECDSA_P256_SHA256));
pub(crate) static ED: LazyLock<Key> =
    LazyLock::new(|| generate("ed", Algorithm::EdDSA, &rcgen::PKCS_ED25519));

/// A secret that no other test has.
pub(crate) fn secret(kid: &'static str) -> Key {
    let secret = KeyPair::generate_for(&rcgen::PKCS_ED25519).unwrap();
    let secret: String = secret
        .public_key_raw()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    Key {
        kid,
        algorithm: Algorithm::HS256,
        private: secret.clone(),
        public: secret,
    }
}

pub(crate) fn generate(
    kid: &'static str,
    algorithm: Algorithm,
    kind: &'static SignatureAlgorithm,
) -> Key {
    pem(kid, algorithm, &KeyPair::generate_for(kind).unwrap())
}

fn pem(kid: &'static str, algorithm: Algorithm, pair: &KeyPair) -> Key {
    Key {
        kid,
        algorithm,
        private: pair.serialize_pem(),
        public: pair.public_key_pem(),
    }
}

impl Key {
    /// A header that names the key and its algorithm.
    pub(crate) fn header(&self) -> Header {
        let mut header = Header::new(match self.algorithm {
            Algorithm::HS256 => jsonwebtoken::Algorithm::HS256,
            Algorithm::RS256 => jsonwebtoken::Algorithm::RS256,
            Algorithm::ES256 => jsonwebtoken::Algorithm::ES256,
            Algorithm::EdDSA => jsonwebtoken::Algorithm::EdDSA,
        });
        header.kid = Some(self.kid.to_owned());
        header
    }

    pub(crate) fn sign(&self, claims: &Value) -> String {
        self.sign_with(&self.header(), claims)
    }

    pub(crate) fn sign_with(&self, header: &Header, claims: &Value) -> String {
        let private = self.private.as_bytes();
        let key = match self.algorithm {
            Algorithm::HS256 => EncodingKey::from_secret(private),
            Algorithm::RS256 => EncodingKey::from_rsa_pem(private).unwrap(),
            Algorithm::ES256 => EncodingKey::from_ec_pem(private).unwrap(),
            Algorithm::EdDSA => EncodingKey::from_ed_pem(private).unwrap(),
        };
        encode(header, claims, &key).unwrap()
    }

    /// The key in a JWKS, by its name and without `alg`.
    pub(crate) fn jwk(&self) -> Value {
        let public = self.public.as_bytes();
        let key = match self.algorithm {
            Algorithm::HS256 => DecodingKey::from_secret(public),
            Algorithm::RS256 => DecodingKey::from_rsa_pem(public).unwrap(),
            Algorithm::ES256 => DecodingKey::from_ec_pem(public).unwrap(),
            Algorithm::EdDSA => DecodingKey::from_ed_pem(public).unwrap(),
        };
        let jwk = Jwk::from_decoding_key(&key, None).unwrap();
        let mut jwk = serde_json::to_value(jwk).unwrap();
        jwk["kid"] = self.kid.into();
        jwk
    }
}

/// A JWKS with these keys.
pub(crate) fn jwks(keys: &[Value]) -> String {
    json!({ "keys": keys }).to_string()
}

/// Writes a file of one test, at once, as whoever rotates keys should.
pub(crate) fn write(name: &str, content: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    replace(&path, content);
    path
}

/// Settings by the keys in the file of that name.
pub(crate) fn settings(name: &str, content: &str, algorithm: Option<Algorithm>) -> Auth {
    Auth {
        issuer: ISSUER.to_owned(),
        audience: AUDIENCE.to_owned(),
        leeway: Duration::from_secs(LEEWAY),
        keys: write(name, content),
        algorithm,
        ..Auth::default()
    }
}
