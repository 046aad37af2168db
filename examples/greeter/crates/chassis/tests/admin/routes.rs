//! Which paths there are, and how they answer.

use chassis::admin::Admin;
use chassis::config::Config;

use crate::{Both, DEBUG, ask, facts, open};

#[tokio::test]
async fn the_state_of_the_server_is_closed_unless_opened() {
    let both = Both::start(Config::default()).await;
    for path in DEBUG {
        assert_eq!(both.get(path).await.status, 404, "{path}");
    }
    assert_eq!(both.put(&[], "{\"level\": \"off\"}").await.status, 404);
    assert_eq!(both.get("/livez").await.status, 200);
    assert_eq!(both.get("/readyz").await.status, 200);

    let both = Both::start(open()).await;
    for path in DEBUG {
        assert_eq!(both.get(path).await.status, 200, "{path}");
    }
}

#[tokio::test]
async fn every_answer_tells_browsers_to_be_careful() {
    let both = Both::start(open()).await;
    for path in ["/", "/livez", "/debug/config", "/no/such/path"] {
        let headers = both.get(path).await.headers;
        let policy = headers["content-security-policy"].to_str().unwrap();
        assert!(policy.contains("default-src 'none'"), "{policy}");
        assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
        assert!(!policy.contains("unsafe"), "{policy}");
        assert_eq!(headers["x-content-type-options"], "nosniff");
        assert_eq!(headers["cache-control"], "no-store");
        // No other origin is granted anything.
        assert!(!headers.contains_key("access-control-allow-origin"));
    }
}

#[tokio::test]
async fn other_paths_and_methods_are_told_apart() {
    let both = Both::start(open()).await;
    for path in ["/no", "/debug", "/debug/", "/livez/", "/page.html"] {
        assert_eq!(both.get(path).await.status, 404, "{path}");
    }
    for (method, path) in [
        ("POST", "/livez"),
        ("PUT", "/"),
        ("DELETE", "/debug/log-level"),
    ] {
        let answer = ask(both.admin, method, path, &[], "").await;
        assert_eq!(answer.status, 405, "{method} {path}");
    }
    for path in ["/livez", "/", "/debug/config"] {
        let answer = ask(both.admin, "HEAD", path, &[], "").await;
        assert_eq!((answer.status, answer.body.as_str()), (200, ""), "{path}");
        let length: usize = answer.headers["content-length"]
            .to_str()
            .unwrap()
            .parse()
            .unwrap();
        assert_eq!(length, both.get(path).await.body.len(), "{path}");
    }
}

#[tokio::test]
async fn a_taken_port_is_told() {
    let both = Both::start(Config::default()).await;
    let mut config = Config::default();
    config.admin.host = both.admin.ip();
    config.admin.port = both.admin.port();
    let error = Admin::bind(&config.admin, facts(&both.server, &config))
        .await
        .unwrap_err();
    let expected = format!("cannot listen at {}, the admin port", both.admin);
    assert_eq!(error.to_string(), expected);
}
