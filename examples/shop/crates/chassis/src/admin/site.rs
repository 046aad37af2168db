//! Keeps foreign web sites away: their scripts run in the browser of whoever may reach this port.
//!
//! A site can make a browser send requests here, and by a name of its own that leads to this
//! server's address (DNS rebinding) it could even read the answers. So what `admin.debug` opens is
//! answered only under names that no stranger owns, and changes are taken only from the page itself
//! or from no browser at all. No header grants another origin anything.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HOST, ORIGIN, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS,
};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

/// What a page of this port may load: its own three files and its own answers. The icon is in it.
const LOADED: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
                      connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; \
                      frame-ancestors 'none'";

/// How every answer is to be treated by a browser.
const TREATED: [(HeaderName, &str); 5] = [
    (CONTENT_SECURITY_POLICY, LOADED),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    // The state of a moment, which may tell of callers.
    (CACHE_CONTROL, "no-store"),
    (REFERRER_POLICY, "no-referrer"),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    ),
];

/// Where the browser says that a request comes from.
const FETCH_SITE: &str = "sec-fetch-site";

/// Adds to every answer how it is to be treated.
pub(super) async fn guarded(mut response: Response) -> Response {
    let headers = response.headers_mut();
    for (name, value) in TREATED {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

/// Lets requests pass that ask for this server by a name of its own.
pub(super) async fn own_name(
    State(hosts): State<Arc<[String]>>,
    request: Request,
    next: Next,
) -> Response {
    match authority(request.uri(), request.headers()) {
        Some(authority) if is_own(authority.host(), &hosts) => next.run(request).await,
        _ => {
            let message =
                "unknown host: ask by IP address, by localhost, or by a name in admin.hosts\n";
            (StatusCode::FORBIDDEN, message).into_response()
        }
    }
}

/// Lets changes pass that are JSON and that no foreign site has sent.
///
/// Programs other than browsers say nothing of their origin; they pass.
pub(super) async fn own_site(request: Request, next: Next) -> Response {
    let headers = request.headers();
    // A form of a foreign site cannot have this type, and a script not without asking first.
    let json = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"));
    if !json {
        let message = "expected content type application/json\n";
        return (StatusCode::UNSUPPORTED_MEDIA_TYPE, message).into_response();
    }
    if is_foreign(request.uri(), headers) {
        return (StatusCode::FORBIDDEN, "sent by another site\n").into_response();
    }
    next.run(request).await
}

/// The name by which the server is asked, with the port.
fn authority(uri: &Uri, headers: &HeaderMap) -> Option<Authority> {
    let host = || headers.get(HOST)?.to_str().ok()?.parse().ok();
    uri.authority().cloned().or_else(host)
}

/// True for an IP address, which no stranger can give a meaning, for `localhost`, and for `hosts`.
fn is_own(host: &str, hosts: &[String]) -> bool {
    let inside = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'));
    let is_address = match inside {
        Some(host) => host.parse::<Ipv6Addr>().is_ok(),
        None => host.parse::<Ipv4Addr>().is_ok(),
    };
    is_address
        || host.eq_ignore_ascii_case("localhost")
        || hosts.iter().any(|own| own.eq_ignore_ascii_case(host))
}

fn is_foreign(uri: &Uri, headers: &HeaderMap) -> bool {
    let site = headers.get(FETCH_SITE).map(HeaderValue::as_bytes);
    if !matches!(site, None | Some(b"same-origin" | b"none")) {
        return true;
    }
    let Some(origin) = headers.get(ORIGIN) else {
        return false;
    };
    let origin = origin.to_str().ok().and_then(|origin| {
        // Of either scheme: a proxy in front may speak TLS.
        let host = origin
            .strip_prefix("http://")
            .or(origin.strip_prefix("https://"));
        host?.parse::<Authority>().ok()
    });
    origin.is_none() || origin != authority(uri, headers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_that_no_stranger_owns_are_ours() {
        let hosts = ["greeter.internal".to_owned()];
        for own in [
            "127.0.0.1",
            "10.0.0.7",
            "[::1]",
            "localhost",
            "LocalHost",
            "Greeter.Internal",
        ] {
            assert!(is_own(own, &hosts), "{own}");
        }
        for foreign in [
            "",
            "evil.example",
            "127.0.0.1.evil.example",
            "localhost.evil.example",
            "greeter.internal.evil.example",
            "[evil.example]",
            "[127.0.0.1]",
        ] {
            assert!(!is_own(foreign, &hosts), "{foreign}");
        }
    }

    #[test]
    fn only_the_page_itself_and_programs_are_no_strangers() {
        let foreign = |headers: &[(&'static str, &'static str)]| {
            let mut map = HeaderMap::new();
            map.insert(HOST, HeaderValue::from_static("127.0.0.1:8081"));
            for (name, value) in headers {
                map.insert(*name, HeaderValue::from_static(value));
            }
            is_foreign(&Uri::from_static("/debug/log-level"), &map)
        };
        assert!(!foreign(&[]));
        assert!(!foreign(&[("origin", "http://127.0.0.1:8081")]));
        assert!(!foreign(&[("origin", "https://127.0.0.1:8081")]));
        assert!(!foreign(&[("sec-fetch-site", "same-origin")]));
        assert!(!foreign(&[("sec-fetch-site", "none")]));
        for origin in [
            "null",
            "http://evil.example",
            "http://127.0.0.1",
            "http://127.0.0.1:8082",
            "127.0.0.1:8081",
            "file://127.0.0.1:8081",
        ] {
            assert!(foreign(&[("origin", origin)]), "{origin}");
        }
        for site in ["cross-site", "same-site", ""] {
            let own = ("origin", "http://127.0.0.1:8081");
            assert!(foreign(&[own, ("sec-fetch-site", site)]), "{site}");
        }
    }
}
