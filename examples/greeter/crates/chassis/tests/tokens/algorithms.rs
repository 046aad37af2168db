//! Every algorithm, from a key to a token and back, by each form that a key has.

use std::time::{Duration, SystemTime};

use chassis::config::{Algorithm, Auth, Signing};
use chassis::token::{Issuer, Subject, TokenError, Use, Verifier};
use serde_json::json;

use crate::harness::Server;
use crate::keys::{self, EC, ED, Key, RSA, SECRET};
use crate::{call, closed};

fn all() -> [&'static Key; 4] {
    [&SECRET, &RSA, &EC, &ED]
}

/// Settings that issue by `key`, and verify by that file.
fn settings(key: &Key, content: &str, algorithm: Option<Algorithm>) -> Auth {
    let form = if algorithm.is_some() { "one" } else { "set" };
    let name = format!("{}-{form}", key.kid);
    Auth {
        signing: Signing {
            key: keys::write(&format!("{name}.private"), &key.private),
            algorithm: key.algorithm,
            kid: key.kid.to_owned(),
            ..Signing::default()
        },
        ..keys::settings(&name, content, algorithm)
    }
}

fn ann() -> Subject {
    let other = json!({ "tenant": "acme" });
    Subject {
        id: "42".to_owned(),
        name: "Ann".to_owned(),
        roles: vec!["admin".to_owned()],
        other: other.as_object().unwrap().clone(),
    }
}

#[test]
fn a_pair_is_issued_verified_and_exchanged() {
    for key in all() {
        let set = keys::jwks(&[key.jwk()]);
        for settings in [
            settings(key, &set, None),
            settings(key, &key.public, Some(key.algorithm)),
        ] {
            round_trip(&settings);
        }
    }
}

fn round_trip(settings: &Auth) {
    let issuer = Issuer::new(settings).unwrap();
    let verifier = Verifier::new(settings).unwrap();
    let now = SystemTime::now();
    let pair = issuer.issue(ann(), now).unwrap();
    assert_eq!((pair.token_type, pair.expires_in), ("Bearer", 900));

    let access = pair.access_token.as_bytes();
    let identity = verifier.verify(access, now).unwrap();
    assert_eq!((identity.subject(), identity.name()), ("42", "Ann"));
    assert!(identity.has_role("admin"));
    assert_eq!(identity.claim("tenant"), Some(&json!("acme")));
    let refresh = verifier.claims(pair.refresh_token.as_bytes(), Use::Refresh, now);
    let refresh = refresh.unwrap();
    assert_eq!(refresh.exp - refresh.iat.unwrap(), 7 * 86_400);
    assert_ne!(identity.token_id(), refresh.jti.as_deref());

    // Each is good for what it is for.
    let wrong = verifier.verify(pair.refresh_token.as_bytes(), now);
    assert_eq!(wrong.unwrap_err(), TokenError::Use);
    assert!(issuer.exchange(&verifier, &pair.access_token, now).is_err());

    let day = Duration::from_secs(86_400);
    let later = now + day;
    let expired = verifier.verify(access, later).unwrap_err();
    assert_eq!(expired, TokenError::Expired(86_400 - 900));
    let next = issuer
        .exchange(&verifier, &pair.refresh_token, later)
        .unwrap();
    let renewed = verifier
        .verify(next.access_token.as_bytes(), later)
        .unwrap();
    assert_eq!(
        (renewed.subject(), renewed.roles()),
        ("42", identity.roles())
    );
    assert_eq!(renewed.claim("tenant"), identity.claim("tenant"));
    let refused = issuer.exchange(&verifier, &pair.refresh_token, now + 8 * day);
    assert!(refused.is_err());
}

#[tokio::test]
async fn a_server_takes_all_of_them_at_once() {
    let set = keys::jwks(&all().map(Key::jwk));
    let config = closed(keys::settings("all.json", &set, None));
    let server = Server::start_with(config).await;
    let channel = server.connect().await;
    for key in all() {
        let token = format!("Bearer {}", key.sign(&crate::claims()));
        let answer = call(&channel, "/test.Behaviour/Answer", &[&token]).await;
        answer.expect(key.kid);
    }
}
