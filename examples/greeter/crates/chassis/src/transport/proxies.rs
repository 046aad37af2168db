//! The proxies that may say for whom they call, and what their headers say.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use http::{HeaderMap, HeaderValue};
use ipnet::IpNet;

/// Each proxy on the way adds the address that called it at the end.
const FORWARDED_FOR: &str = "x-forwarded-for";
const REAL_IP: &str = "x-real-ip";

/// Networks of proxies that are trusted; clones share the same.
#[derive(Debug, Clone)]
pub struct Proxies(Arc<[IpNet]>);

impl Proxies {
    pub(super) fn new(networks: &[IpNet]) -> Self {
        Self(networks.into())
    }

    /// True if whoever has this address may say for whom it calls.
    pub(super) fn trust(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address))
    }

    /// For whom a trusted proxy calls, by the headers that it sent; none if they do not say.
    ///
    /// What came before the last one who is not trusted could have been written by anybody.
    pub(crate) fn caller(&self, headers: &HeaderMap) -> Option<SocketAddr> {
        let mut caller = None;
        let lines = headers.get_all(FORWARDED_FOR).iter().rev();
        for address in lines.flat_map(|line| text(line).rsplit(',')) {
            let Some(address) = parse(address.trim()) else {
                break;
            };
            caller = Some(address);
            if !self.trust(address.ip()) {
                break;
            }
        }
        caller.or_else(|| parse(text(headers.get(REAL_IP)?).trim()))
    }
}

fn text(value: &HeaderValue) -> &str {
    value.to_str().unwrap_or_default()
}

/// An address with or without a port, which is 0 if there is none.
fn parse(text: &str) -> Option<SocketAddr> {
    let bare = text.parse().map(|ip: IpAddr| SocketAddr::new(ip, 0));
    let address = bare.or_else(|_| text.parse::<SocketAddr>()).ok()?;
    Some(SocketAddr::new(address.ip().to_canonical(), address.port()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caller(headers: &[(&'static str, &'static str)]) -> Option<String> {
        let networks = ["10.0.0.0/8", "fd00::/8"].map(|network| network.parse().unwrap());
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, HeaderValue::from_static(value));
        }
        let caller = Proxies::new(&networks).caller(&map)?;
        Some(caller.to_string())
    }

    #[test]
    fn the_last_address_that_is_no_proxy_is_the_caller() {
        let of = |value| caller(&[(FORWARDED_FOR, value)]).unwrap_or_default();
        assert_eq!(of("203.0.113.7"), "203.0.113.7:0");
        assert_eq!(of("203.0.113.7:4711"), "203.0.113.7:4711");
        assert_eq!(of("6.6.6.6, 203.0.113.7, 10.1.2.3"), "203.0.113.7:0");
        assert_eq!(of("2001:db8::1,fd00::1"), "[2001:db8::1]:0");
        assert_eq!(of("[2001:db8::1]:80"), "[2001:db8::1]:80");
        assert_eq!(of("::ffff:203.0.113.7"), "203.0.113.7:0");
        assert_eq!(of("10.0.0.1, 10.0.0.2"), "10.0.0.1:0");
        let lines = [(FORWARDED_FOR, "6.6.6.6"), (FORWARDED_FOR, "203.0.113.7")];
        assert_eq!(caller(&lines).unwrap(), "203.0.113.7:0");
    }

    #[test]
    fn what_cannot_be_read_names_nobody() {
        assert_eq!(caller(&[]), None);
        assert_eq!(caller(&[(FORWARDED_FOR, "")]), None);
        assert_eq!(caller(&[(FORWARDED_FOR, "203.0.113.7, unknown")]), None);
        let of = |value| caller(&[(FORWARDED_FOR, value)]).unwrap_or_default();
        assert_eq!(of("_hidden, 10.0.0.9"), "10.0.0.9:0");
        assert_eq!(
            caller(&[(REAL_IP, "203.0.113.7")]).unwrap(),
            "203.0.113.7:0"
        );
        assert_eq!(caller(&[(REAL_IP, "nobody")]), None);
    }
}
