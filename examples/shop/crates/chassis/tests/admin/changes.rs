//! What the port lets be changed, and by whom.

use serde_json::{Value, json};

use crate::{Both, DEBUG, ask, open};

#[tokio::test]
async fn the_log_level_can_be_changed() {
    let both = Both::start(open()).await;
    assert_eq!(
        both.json("/debug/log-level").await,
        json!({ "level": "info" })
    );
    let wanted = "{\"level\": \"warn,chassis=debug\"}";
    let answer = both.put(&[], wanted).await;
    let told: Value = serde_json::from_str(&answer.body).unwrap();
    assert_eq!(
        (answer.status, told),
        (200, json!({ "level": "warn,chassis=debug" }))
    );

    let json = [("content-type", "application/json; charset=utf-8")];
    let body = "{\"level\": \"error\"}";
    let answer = ask(both.admin, "POST", "/debug/log-level", &json, body).await;
    assert_eq!(answer.status, 200);
    assert_eq!(
        both.json("/debug/log-level").await,
        json!({ "level": "error" })
    );
}

#[tokio::test]
async fn what_is_no_level_changes_nothing() {
    let both = Both::start(open()).await;
    let answer = both.put(&[], "{\"level\": \"loud\"}").await;
    let expected = "expected a level such as `info` or `warn,chassis=debug`, found `loud`";
    assert_eq!((answer.status, &*answer.body), (400, expected));
    for bad in [
        "",
        "info",
        "[]",
        "{}",
        "{\"level\": 1}",
        "{\"level\": \"info\", \"a\": 1}",
    ] {
        assert_eq!(both.put(&[], bad).await.status, 400, "{bad}");
    }
    let large = format!("{{\"level\": \"info\"{}}}", " ".repeat(5000));
    assert_eq!(both.put(&[], &large).await.status, 413);
    assert_eq!(
        both.json("/debug/log-level").await,
        json!({ "level": "info" })
    );
}

#[tokio::test]
async fn a_foreign_site_changes_nothing() {
    let both = Both::start(open()).await;
    let off = "{\"level\": \"off\"}";
    let refused = [
        [("origin", "http://evil.example")].as_slice(),
        &[("origin", "null")],
        &[("sec-fetch-site", "cross-site")],
        &[("sec-fetch-site", "same-site")],
    ];
    for headers in refused {
        assert_eq!(both.put(headers, off).await.status, 403, "{headers:?}");
    }
    for kind in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
    ] {
        let headers = [("content-type", kind)];
        for method in ["PUT", "POST"] {
            let answer = ask(both.admin, method, "/debug/log-level", &headers, off).await;
            assert_eq!(answer.status, 415, "{method} {kind}");
        }
    }
    // A browser that asks whether it may is told nothing, which means no.
    let preflight = [
        ("origin", "http://evil.example"),
        ("access-control-request-method", "PUT"),
    ];
    let answer = ask(both.admin, "OPTIONS", "/debug/log-level", &preflight, "").await;
    assert_eq!(answer.status, 405);
    assert_eq!(
        both.json("/debug/log-level").await,
        json!({ "level": "info" })
    );

    let own = format!("http://{}", both.admin);
    let headers = [("origin", own.as_str()), ("sec-fetch-site", "same-origin")];
    assert_eq!(both.put(&headers, off).await.status, 200);
}

#[tokio::test]
async fn a_name_of_a_stranger_opens_nothing() {
    let both = Both::start(open()).await;
    let status = async |path: &str, host: &str| {
        let headers = [("host", host)];
        ask(both.admin, "GET", path, &headers, "").await.status
    };
    for path in DEBUG {
        assert_eq!(status(path, "evil.example:8081").await, 403, "{path}");
        assert_eq!(status(path, "").await, 403, "{path}");
        assert_eq!(status(path, "localhost:8081").await, 200, "{path}");
        assert_eq!(status(path, "greeter.internal").await, 200, "{path}");
        assert_eq!(status(path, "[::1]:8081").await, 200, "{path}");
    }
    // A probe may come by any name.
    assert_eq!(status("/readyz", "greeter.default.svc").await, 200);

    let host = [("host", "evil.example"), ("origin", "http://evil.example")];
    let answer = both.put(&host, "{\"level\": \"off\"}").await;
    assert_eq!(answer.status, 403);
}
