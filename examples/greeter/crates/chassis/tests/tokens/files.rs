//! Files that hold no usable keys say so, and nothing of what they hold.

use chassis::config::{Algorithm, Auth, Config};
use chassis::runtime::logging::LogLevel;
use chassis::services::Routes;
use chassis::shared::Shared;
use chassis::token::{Issuer, Verifier};
use serde_json::{Value, json};

use crate::handlers::whoami;
use crate::harness::log::Log;
use crate::keys::{self, EC, ED, RSA, SECRET};
use crate::{claims, closed};

/// A key of the set with changes.
fn jwk(mut jwk: Value, change: Value) -> Value {
    let change = change.as_object().unwrap().clone();
    jwk.as_object_mut().unwrap().extend(change);
    jwk
}

#[test]
fn a_bad_file_is_told_with_its_path_and_reason() {
    let p384 = keys::generate("x", Algorithm::ES256, &rcgen::PKCS_ECDSA_P384_SHA384);
    let weak = json!({ "kty": "RSA", "kid": "weak", "e": "AQAB", "n": "A".repeat(171) });
    let short = json!({ "kty": "oct", "kid": "short", "k": "c2VjcmV0" });
    let encryption = jwk(RSA.jwk(), json!({ "use": "enc" }));
    let lying = jwk(RSA.jwk(), json!({ "alg": "HS256" }));
    let set = |set: &[Value]| keys::jwks(set);
    use Algorithm::{ES256, EdDSA, HS256, RS256};
    let cases = [
        (
            "short secret".to_owned(),
            Some(HS256),
            "at least 32 bytes, found 12",
        ),
        (EC.public.clone(), Some(HS256), "found a key in PEM"),
        (set(&[EC.jwk()]), Some(HS256), "found JSON"),
        (EC.jwk().to_string(), Some(HS256), "found JSON"),
        (EC.public.clone(), None, "found a key in PEM"),
        (EC.private.clone(), Some(ES256), "a public key for ES256"),
        (EC.public.clone(), Some(RS256), "a public key for RS256"),
        (EC.public.clone(), Some(EdDSA), "a public key for EdDSA"),
        (p384.public, Some(ES256), "not a key for ES256"),
        (SECRET.public.clone(), Some(ES256), "a public key for ES256"),
        ("{".to_owned(), None, "expected a JWKS"),
        (set(&[]), None, "no key in it verifies"),
        (set(&[encryption]), None, "no key in it verifies"),
        (set(&[lying]), None, "no key in it verifies"),
        (
            set(&[weak]),
            None,
            "key 0 \"weak\": expected at least 2048 bits",
        ),
        (
            set(&[ED.jwk(), short]),
            None,
            "key 1 \"short\": expected a secret",
        ),
        (
            set(&[EC.jwk(), jwk(ED.jwk(), json!({ "kid": "ec" }))]),
            None,
            "the name of another",
        ),
        (
            set(&[jwk(EC.jwk(), json!({ "x": "AAAA" }))]),
            None,
            "not a key for ES256",
        ),
        (
            set(&[jwk(EC.jwk(), json!({ "x": "!" }))]),
            None,
            "not in base64url",
        ),
    ];
    for (content, algorithm, expected) in cases {
        let settings = keys::settings("bad-file", &content, algorithm);
        let error = Verifier::new(&settings).unwrap_err().to_string();
        assert!(error.starts_with("`auth.keys`: "), "{error}");
        assert!(
            error.contains("bad-file: ") && error.contains(expected),
            "{error}"
        );
        for secret in content.split(['\n', '"']).filter(|part| part.len() > 40) {
            assert!(!error.contains(secret), "{error}");
        }
    }
}

#[test]
fn a_key_that_signs_nothing_is_refused() {
    for (content, algorithm, expected) in [
        ("short", Algorithm::HS256, "at least 32 bytes"),
        (&EC.private, Algorithm::HS256, "found a key in PEM"),
        (
            &EC.public,
            Algorithm::ES256,
            "expected a private key for ES256",
        ),
        (
            &EC.private,
            Algorithm::RS256,
            "expected a private key for RS256",
        ),
    ] {
        let mut settings = keys::settings("unused", "", None);
        settings.signing.key = keys::write("bad-signing", content);
        settings.signing.algorithm = algorithm;
        let error = Issuer::new(&settings).unwrap_err().to_string();
        assert!(error.starts_with("`auth.signing.key`: "), "{error}");
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn what_is_not_set_is_named() {
    let good = keys::settings("set.key", &SECRET.public, Some(SECRET.algorithm));
    let unset = |change: fn(&mut Auth)| {
        let mut settings = good.clone();
        change(&mut settings);
        let verifier = Verifier::new(&settings).map(drop);
        verifier.unwrap_err().to_string()
    };
    assert_eq!(
        unset(|auth| auth.issuer.clear()),
        "`auth.issuer` is not set"
    );
    assert_eq!(
        unset(|auth| auth.audience.clear()),
        "`auth.audience` is not set"
    );
    let missing = unset(|auth| auth.keys = "no/such/file".into());
    assert!(
        missing.starts_with("`auth.keys`: no/such/file: "),
        "{missing}"
    );
    let issuer = Issuer::new(&good).unwrap_err().to_string();
    assert_eq!(issuer, "`auth.signing.key` is not set");
}

#[test]
fn keys_that_verify_nothing_are_left_out_with_a_warning() {
    let (log, _guard) = Log::capture();
    let set = keys::jwks(&[
        jwk(RSA.jwk(), json!({ "use": "enc", "kid": "for-encryption" })),
        jwk(
            EC.jwk(),
            json!({ "key_ops": ["deriveKey"], "kid": "for-derivation" }),
        ),
        json!({ "kty": "AKP", "kid": "of-the-future", "alg": "ML-DSA-44", "pub": "x" }),
        jwk(
            RSA.jwk(),
            json!({ "alg": "PS512", "kid": "of-another-algorithm" }),
        ),
        jwk(
            ED.jwk(),
            json!({ "use": "sig", "alg": "EdDSA", "key_ops": ["verify"] }),
        ),
    ]);
    let verifier = Verifier::new(&keys::settings("mixed.json", &set, None)).unwrap();
    let token = ED.sign(&claims());
    verifier
        .verify(token.as_bytes(), std::time::SystemTime::now())
        .unwrap();
    let warnings = log.events("a key verifies no tokens and is left out");
    assert_eq!(warnings.len(), 4);
    assert_eq!(warnings[2]["kid"], "of-the-future");
}

#[tokio::test]
async fn closed_methods_without_keys_are_a_mistake() {
    let config = closed(Auth::default());
    let setup = |config: &Config| {
        let (services, set) = whoami();
        let routes = Routes::new(services, &[&set]).unwrap();
        let methods = routes.methods();
        methods
            .set_policy(&config.deadline, &config.policy)
            .unwrap();
        Shared::new(config, methods, LogLevel::default()).map(|shared| shared.verifier.is_none())
    };
    let error = setup(&config).unwrap_err().to_string();
    assert_eq!(
        error,
        "1 of the methods need a token, such as `test.Whoami/Ask`, but there is no key to verify \
         one: set `auth.keys` to a file, or make the methods public by `policy`"
    );
    let mut open = config;
    open.policy[0].public = Some(true);
    assert!(setup(&open).unwrap());
}
