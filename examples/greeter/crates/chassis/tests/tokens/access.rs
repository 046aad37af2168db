//! What a method demands of its callers.

use chassis::config::Config;
use chassis::policy::Rule;
use serde_json::json;
use tonic::Code;

use crate::harness::Server;
use crate::harness::log::Log;
use crate::keys::{self, SECRET};
use crate::{call, claims, closed, refusal};

fn token(roles: &[&str]) -> String {
    let mut claims = claims();
    claims["roles"] = json!(roles);
    format!("Bearer {}", SECRET.sign(&claims))
}

fn settings(name: &str) -> chassis::config::Auth {
    keys::settings(name, &SECRET.public, Some(SECRET.algorithm))
}

/// A server of which one method wants one of two roles, and the others any token.
async fn with_roles(name: &str) -> Server {
    let mut config = closed(settings(name));
    let roles = ["admin", "staff"].map(str::to_owned).to_vec();
    config.policy.push(Rule {
        methods: "*/Fail".to_owned(),
        roles: Some(roles),
        ..Rule::default()
    });
    Server::start_with(config).await
}

#[tokio::test]
async fn any_of_the_roles_will_do() {
    let server = with_roles("roles.key").await;
    let channel = server.connect().await;
    for roles in [&["staff"][..], &["admin"], &["other", "admin"]] {
        // The handler answers: nothing here.
        let answer = call(&channel, "/test.Behaviour/Fail", &[&token(roles)]).await;
        assert_eq!(answer.unwrap_err().code(), Code::NotFound, "{roles:?}");
    }
    let answer = call(&channel, "/test.Behaviour/Answer", &[&token(&[])]).await;
    answer.unwrap();
}

#[tokio::test]
async fn a_missing_role_is_not_told_to_the_caller() {
    let (log, _guard) = Log::capture();
    let server = with_roles("role.key").await;
    let channel = server.connect().await;
    for roles in [&[][..], &["Admin"], &["admin,staff"], &["adm", ""]] {
        let answer = call(&channel, "/test.Behaviour/Fail", &[&token(roles)]).await;
        let status = answer.clone().unwrap_err();
        assert_eq!(status.message(), "not permitted");
        assert!(!format!("{status:?}").contains("staff"));
        let expected = (Code::PermissionDenied, "ROLE_MISSING".to_owned());
        assert_eq!(refusal(answer), expected, "{roles:?}");
    }
    server.settled().await;
    for end in log.events("call ended") {
        assert_eq!(end["detail"], r#""42" has none of ["admin", "staff"]"#);
        assert_eq!(
            (&end["subject"], &end["code"]),
            (&"42".into(), &"PERMISSION_DENIED".into())
        );
    }
}

#[tokio::test]
async fn a_public_method_takes_any_token_and_none() {
    let (log, _guard) = Log::capture();
    let config = Config {
        auth: settings("public.key"),
        ..Config::default()
    };
    let server = Server::start_with(config).await;
    let channel = server.connect().await;
    let good = token(&[]);
    let broken = format!("{good}x");
    for headers in [&[][..], &["Basic x"], &[&broken], &[&good, &good], &[&good]] {
        let answer = call(&channel, "/test.Behaviour/Answer", headers).await;
        answer.unwrap();
    }
    server.settled().await;
    let ends = log.events("call ended");
    let subjects: Vec<_> = ends.iter().map(|end| end["subject"].as_str()).collect();
    assert_eq!(subjects, [None, None, None, None, Some("42")]);
}

#[tokio::test]
async fn an_unknown_method_is_unknown_with_and_without_a_token() {
    let server = Server::start_with(closed(settings("unknown.key"))).await;
    let channel = server.connect().await;
    for headers in [&[][..], &[token(&[]).as_str()]] {
        let answer = call(&channel, "/test.Behaviour/NoSuch", headers).await;
        assert_eq!(answer.unwrap_err().code(), Code::Unimplemented);
    }
}
