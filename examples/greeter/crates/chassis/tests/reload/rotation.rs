//! Keys and policy change with the settings, or not at all.

use std::fs;
use std::path::Path;

use tonic::{Code, Request};

use crate::harness::call_with;
use crate::harness::wait::until;
use crate::{Reloading, folder};

#[path = "../tokens/keys.rs"]
#[allow(dead_code, reason = "the tests of tokens use the rest")]
mod keys;

/// Settings that want a token by the secret in that file.
fn closed(key: &Path, more: &str) -> String {
    format!(
        "reload: {{settle: 20ms, poll: 0s}}\n\
         auth: {{issuer: '{}', audience: {}, algorithm: HS256, refresh: 0s, keys: '{}'}}\n\
         policy: [{{methods: '*', public: false{more}}}]\n",
        keys::ISSUER,
        keys::AUDIENCE,
        key.display(),
    )
}

#[tokio::test]
async fn keys_and_policies_are_taken_together() {
    let folder = folder("keys");
    let (old, new) = (keys::secret("old"), keys::secret("new"));
    let key = folder.join("a.key");
    fs::write(&key, &old.public).unwrap();
    let file = folder.join("settings.yaml");
    fs::write(&file, closed(&key, "")).unwrap();
    let mut server = Reloading::start_from(file).await;
    server.watch();
    let channel = server.server.connect().await;
    let claims = serde_json::json!({
        "sub": "42", "name": "Ann", "iss": keys::ISSUER, "aud": keys::AUDIENCE,
        "iat": 0, "exp": 4_000_000_000_u64, "jti": "1", "type": "access", "roles": ["user"],
    });
    let code = async |key: &keys::Key| {
        let mut request = Request::new(());
        let token = format!("Bearer {}", key.sign(&claims)).parse().unwrap();
        request.metadata_mut().insert("authorization", token);
        let answer = call_with(&channel, "Unary", request).await;
        answer.err().map(|error| error.code())
    };
    assert_eq!(code(&old).await, None);
    assert_eq!(code(&new).await, Some(Code::Unauthenticated));

    // The key file alone.
    let settings = server.server.shared.settings.clone();
    fs::write(&key, &new.public).unwrap();
    until(async || settings.status().generation == 2).await;
    assert_eq!(code(&new).await, None);
    assert_eq!(code(&old).await, Some(Code::Unauthenticated));

    // A bad key holds up the policy that came with it.
    let other = folder.join("b.key");
    fs::write(&other, "short").unwrap();
    server.write(&closed(&other, ", roles: [admin]"));
    until(async || settings.status().refused == 1).await;
    assert_eq!(code(&new).await, None);

    // With a good one, both are in force.
    fs::write(&other, &old.public).unwrap();
    // That file is not watched yet: it is of settings that were refused.
    server.write(&(closed(&other, ", roles: [admin]") + "\n"));
    until(async || settings.status().generation == 3).await;
    assert_eq!(code(&new).await, Some(Code::Unauthenticated));
    assert_eq!(code(&old).await, Some(Code::PermissionDenied));
}
