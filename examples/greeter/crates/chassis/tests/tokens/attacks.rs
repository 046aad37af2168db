//! Everything that is not a good token is refused, with the right reason and nothing besides.

use jsonwebtoken::crypto::sign;
use jsonwebtoken::{EncodingKey, Header};
use serde_json::{Value, json};
use tonic::Code;

use crate::harness::Server;
use crate::harness::log::Log;
use crate::keys::{self, EC, ED, LEEWAY, OTHER_EC, RSA, SECRET};
use crate::{call, claims, closed, now};

const METHOD: &str = "/test.Behaviour/Answer";
/// All that a caller is ever told.
const MESSAGES: [&str; 3] = [
    "a token is needed: authorization: Bearer …",
    "the token is not valid",
    "the token has expired",
];

/// Claims with a change.
fn changed(change: Value) -> Value {
    let mut claims = claims();
    let change = change.as_object().unwrap().clone();
    claims.as_object_mut().unwrap().extend(change);
    claims
}

/// A token with these claims of a key that the server has.
fn signed(change: Value) -> String {
    SECRET.sign(&changed(change))
}

/// A token with one part of another.
fn spliced(token: &str, part: usize, other: &str) -> String {
    let mut parts: Vec<_> = token.split('.').collect();
    parts[part] = other.split('.').nth(part).unwrap();
    parts.join(".")
}

/// Attacks by name: the token, why it is refused.
fn attacks() -> Vec<(&'static str, String, &'static str)> {
    let good = signed(json!({}));
    let payload = good.split('.').nth(1).unwrap();
    let mut attacks = Vec::new();
    let mut attack = |name, token, reason| attacks.push((name, token, reason));

    // {"alg":"none"}
    let none = format!("eyJhbGciOiJub25lIn0.{payload}.");
    attack("alg none", none, "TOKEN_INVALID");
    // The public key of RSA, which everybody may have, as a secret.
    for kid in [Some("rsa".to_owned()), None] {
        let header = Header {
            kid,
            ..SECRET.header()
        };
        let confused = keys::Key {
            kid: "",
            algorithm: SECRET.algorithm,
            private: RSA.public.clone(),
            public: String::new(),
        };
        let token = confused.sign_with(&header, &claims());
        attack("a public key as a secret", token, "TOKEN_INVALID");
    }
    let mut header = RSA.header();
    header.kid = Some("ec".to_owned());
    let token = RSA.sign_with(&header, &claims());
    attack("the key of another algorithm", token, "TOKEN_INVALID");

    let stranger = keys::secret("secret").sign(&claims());
    attack("signed by a stranger", stranger, "TOKEN_INVALID");
    let mut header = ED.header();
    header.kid = Some("nobody".to_owned());
    attack(
        "a key nobody has",
        ED.sign_with(&header, &claims()),
        "TOKEN_INVALID",
    );
    header.kid = Some("ec".to_owned());
    header.alg = jsonwebtoken::Algorithm::ES256;
    let own = keys::generate("ec", EC.algorithm, &rcgen::PKCS_ECDSA_P256_SHA256);
    header.jwk = serde_json::from_value(own.jwk()).unwrap();
    let token = own.sign_with(&header, &claims());
    attack("a key of its own", token, "TOKEN_INVALID");
    let mut header = EC.header();
    header.kid = None;
    let token = EC.sign_with(&header, &claims());
    attack("one of several keys", token, "TOKEN_INVALID");
    let mut header = EC.header();
    header.crit = Some(vec!["b64".to_owned()]);
    let token = EC.sign_with(&header, &claims());
    attack("an extension", token, "TOKEN_INVALID");

    let admin = signed(json!({ "roles": ["admin"] }));
    attack(
        "another payload",
        spliced(&good, 1, &admin),
        "TOKEN_INVALID",
    );
    attack(
        "another signature",
        spliced(&good, 2, &admin),
        "TOKEN_INVALID",
    );
    let message = good.rsplit_once('.').unwrap().0.as_bytes();
    let short = EncodingKey::from_secret(b"");
    let signature = sign(message, &short, jsonwebtoken::Algorithm::HS256).unwrap();
    let token = spliced(&good, 2, &format!("..{signature}"));
    attack("the empty secret", token, "TOKEN_INVALID");
    attack("a bit of the end", format!("{good}A"), "TOKEN_INVALID");
    attack("padding", format!("{good}="), "TOKEN_INVALID");

    for (name, change, reason) in [
        ("another issuer", json!({ "iss": "them" }), "TOKEN_INVALID"),
        (
            "another audience",
            json!({ "aud": "them" }),
            "TOKEN_INVALID",
        ),
        (
            "other audiences",
            json!({ "aud": ["them"] }),
            "TOKEN_INVALID",
        ),
        ("nobody's", json!({ "aud": [] }), "TOKEN_INVALID"),
        (
            "a refresh token",
            json!({ "type": "refresh" }),
            "TOKEN_INVALID",
        ),
        ("no type", json!({ "type": null }), "TOKEN_INVALID"),
        ("no subject", json!({ "sub": null }), "TOKEN_INVALID"),
        ("for ever", json!({ "exp": null }), "TOKEN_INVALID"),
        (
            "expired",
            json!({ "exp": now() - LEEWAY - 9 }),
            "TOKEN_EXPIRED",
        ),
        (
            "not yet",
            json!({ "nbf": now() + LEEWAY + 99 }),
            "TOKEN_INVALID",
        ),
        (
            "expired, of another issuer",
            json!({ "exp": 1, "iss": "them" }),
            "TOKEN_INVALID",
        ),
    ] {
        attack(name, signed(change), reason);
    }

    let expired = signed(json!({ "exp": 1 }));
    let forged = spliced(&expired, 2, &good);
    attack("expired and forged", forged, "TOKEN_INVALID");
    attack("huge", "a".repeat(9000), "TOKEN_INVALID");
    attack("huge parts", [good.as_str(); 30].join("."), "TOKEN_INVALID");
    attack("bad base64", good.replace('.', "!."), "TOKEN_INVALID");
    for text in ["", " ", ".", "..", "...", "hello", "a.b.c"] {
        attack("not a JWT", text.to_owned(), "TOKEN_INVALID");
    }
    attacks
}

/// A server with several keys, and its log.
async fn server(name: &str) -> Server {
    let all = [&SECRET, &RSA, &EC, &OTHER_EC, &ED].map(|key| key.jwk());
    let settings = keys::settings(name, &keys::jwks(&all), None);
    Server::start_with(closed(settings)).await
}

#[tokio::test]
async fn an_attack_is_told_to_the_log_and_not_to_the_attacker() {
    let (log, _guard) = Log::capture();
    let server = server("attacks.json").await;
    let channel = server.connect().await;
    let attacks = attacks();
    for (name, token, reason) in &attacks {
        let answer = call(&channel, METHOD, &[&format!("Bearer {token}")]).await;
        refused(name, answer, reason);
    }
    server.settled().await;

    let ends = log.events("call ended");
    assert_eq!(ends.len(), attacks.len());
    for ((name, ..), end) in attacks.iter().zip(&ends) {
        assert!(end["detail"].is_string(), "{name}");
        assert_eq!(end.get("subject"), None, "{name}");
    }
    let detail = |name| {
        let index = attacks.iter().position(|attack| attack.0 == name).unwrap();
        ends[index]["detail"].as_str().unwrap()
    };
    assert_eq!(
        detail("a key nobody has"),
        "signed by the key \"nobody\", which is unknown"
    );
    assert_eq!(
        detail("one of several keys"),
        "names no key, and 2 keys have its algorithm"
    );
    assert_eq!(detail("another payload"), "the signature is wrong");
    assert_eq!(detail("huge parts"), "longer than 8192 bytes");
    assert_eq!(detail("another issuer"), "issued by \"them\"");

    let text = log.text();
    for (name, token, _) in attacks.iter().filter(|(_, token, _)| token.len() > 100) {
        let signature = token.rsplit('.').next().unwrap();
        let secret = if signature.len() > 20 {
            signature
        } else {
            token
        };
        assert!(!text.contains(secret), "{name}");
    }
}

fn refused(name: &str, answer: Result<(), tonic::Status>, reason: &str) {
    let status = answer.expect_err(name);
    assert!(MESSAGES.contains(&status.message()), "{name}: {status}");
    let details = tonic_types::StatusExt::get_error_details(&status);
    let info = details.error_info().expect(name);
    assert_eq!(status.code(), Code::Unauthenticated, "{name}");
    assert_eq!(info.reason, reason, "{name}");
    assert!(info.metadata.is_empty(), "{name}");
}

#[tokio::test]
async fn headers_that_are_not_one_bearer_are_refused() {
    let server = server("headers.json").await;
    let channel = server.connect().await;
    let token = signed(json!({}));
    let bearer = format!("Bearer {token}");
    let basic = format!("Basic {token}");
    for (name, headers, reason) in [
        ("none", &[][..], "TOKEN_MISSING"),
        ("empty", &[""], "TOKEN_INVALID"),
        ("no scheme", &[token.as_str()], "TOKEN_INVALID"),
        ("another scheme", &[basic.as_str()], "TOKEN_INVALID"),
        (
            "twice",
            &[bearer.as_str(), bearer.as_str()],
            "TOKEN_INVALID",
        ),
        ("twice, one empty", &[bearer.as_str(), ""], "TOKEN_INVALID"),
        ("in one", &[&format!("{bearer}, {bearer}")], "TOKEN_INVALID"),
    ] {
        refused(name, call(&channel, METHOD, headers).await, reason);
    }
}

#[tokio::test]
async fn a_good_token_is_one_that_barely_is() {
    let server = server("good.json").await;
    let channel = server.connect().await;
    let mut nameless = SECRET.header();
    nameless.kid = None;
    for (name, token) in [
        ("plain", signed(json!({}))),
        (
            "several audiences",
            signed(json!({ "aud": ["them", keys::AUDIENCE] })),
        ),
        ("a slow clock", signed(json!({ "exp": now() - LEEWAY / 2 }))),
        ("a fast clock", signed(json!({ "nbf": now() + LEEWAY / 2 }))),
        (
            "no key, but only one fits",
            SECRET.sign_with(&nameless, &claims()),
        ),
        ("one of several keys", OTHER_EC.sign(&claims())),
    ] {
        // The second time it comes out of the cache.
        for scheme in ["Bearer", "bearer"] {
            let answer = call(&channel, METHOD, &[&format!("{scheme} {token}")]).await;
            answer.expect(name);
        }
    }
}
