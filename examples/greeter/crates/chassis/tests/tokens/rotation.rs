//! Keys change while the server runs.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use chassis::token::{TokenError, Verifier, watch};
use tokio::time::sleep;
use tonic::Code;

use crate::harness::Server;
use crate::harness::log::Log;
use crate::harness::wait::until;
use crate::keys::{self, EC, ED, Key, SECRET, secret};
use crate::{call, claims, closed, refusal};

/// How often the file is read.
const INTERVAL: Duration = Duration::from_millis(2);

#[tokio::test]
async fn the_server_takes_new_keys_and_forgets_old_tokens() {
    let (log, _guard) = Log::capture();
    let (old, new) = (secret("old"), secret("new"));
    let settings = keys::settings("rotated.key", &old.public, Some(old.algorithm));
    let server = Server::start_with(closed(settings)).await;
    let verifier = server.shared.verifier.clone().unwrap();
    let watching = tokio::spawn(watch(verifier, INTERVAL));
    let channel = server.connect().await;
    let answer = async |key: &Key, claims: &serde_json::Value| {
        let token = format!("Bearer {}", key.sign(claims));
        call(&channel, "/test.Behaviour/Answer", &[&token]).await
    };
    let claims = claims();
    // Twice: the second is in the cache.
    answer(&old, &claims).await.unwrap();
    answer(&old, &claims).await.unwrap();
    assert!(answer(&new, &claims).await.is_err());

    keys::write("rotated.key", &new.public);
    until(async || answer(&new, &claims).await.is_ok()).await;
    let refused = (Code::Unauthenticated, "TOKEN_INVALID".to_owned());
    assert_eq!(refusal(answer(&old, &claims).await), refused);
    assert_eq!(log.events("the keys for tokens have changed").len(), 1);

    // A bad file changes nothing, and is told once, however often it is read.
    let warnings = || log.events("the keys for tokens stay as they are");
    keys::write("rotated.key", "bad");
    until(async || !warnings().is_empty()).await;
    sleep(INTERVAL * 20).await;
    answer(&new, &claims).await.unwrap();
    assert_eq!(warnings().len(), 1);
    let error = warnings()[0]["error"].as_str().unwrap().to_owned();
    assert!(
        error.contains("rotated.key") && error.contains("found 3"),
        "{error}"
    );
    // Another fault is told again; so is the end of all faults, by silence.
    keys::write("rotated.key", "worse");
    until(async || warnings().len() == 2).await;
    keys::write("rotated.key", &old.public);
    until(async || answer(&old, &claims).await.is_ok()).await;
    assert!(answer(&new, &claims).await.is_err());
    assert_eq!(warnings().len(), 2);
    watching.abort();
}

#[test]
fn a_set_may_overlap_the_old_and_the_new_key() {
    let overlap = "overlap.json";
    let settings = keys::settings(overlap, &keys::jwks(&[EC.jwk()]), None);
    let verifier = Verifier::new(&settings).unwrap();
    let (old, new) = (EC.sign(&claims()), ED.sign(&claims()));
    let check = |token: &str| verifier.verify(token.as_bytes(), SystemTime::now()).is_ok();
    assert_eq!((check(&old), check(&new)), (true, false));
    keys::write(overlap, &keys::jwks(&[EC.jwk(), ED.jwk()]));
    assert_eq!(verifier.reload(), Ok(true));
    assert_eq!((check(&old), check(&new)), (true, true));
    keys::write(overlap, &keys::jwks(&[ED.jwk()]));
    assert_eq!(verifier.reload(), Ok(true));
    assert_eq!((check(&old), check(&new)), (false, true));
    assert_eq!(verifier.reload(), Ok(false));
}

#[test]
fn a_verified_token_is_remembered_until_it_expires() {
    let settings = keys::settings("cached.key", &SECRET.public, Some(SECRET.algorithm));
    let verifier = Verifier::new(&settings).unwrap();
    let token = SECRET.sign(&claims());
    let verify = |now| verifier.verify(token.as_bytes(), now);
    let now = SystemTime::now();
    let first = verify(now).unwrap();
    assert!(Arc::ptr_eq(&first, &verify(now).unwrap()));
    let expiry = first.expires();
    let second = Duration::from_secs(1);
    assert!(Arc::ptr_eq(&first, &verify(expiry - second).unwrap()));
    // From now on by the leeway alone, and each time anew.
    let late = verify(expiry).unwrap();
    assert!(!Arc::ptr_eq(&first, &late));
    assert!(!Arc::ptr_eq(&late, &verify(expiry).unwrap()));
    let over = verify(expiry + Duration::from_secs(keys::LEEWAY));
    assert_eq!(over.unwrap_err(), TokenError::Expired(keys::LEEWAY));
}
