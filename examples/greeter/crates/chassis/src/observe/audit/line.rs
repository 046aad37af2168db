//! Writes one line of JSON, key by key.
//!
//! By hand, since the audit writes a line for every call: this takes a tenth of the instructions of
//! a general serializer. Texts that need escapes are left to one.

use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::runtime::time::{rfc3339, since_1970};

/// Room for most lines.
const TYPICAL: usize = 1024;

/// A line that is being written.
///
/// A key is given as it stands in the line: with its quotes, its colon and what is before it.
pub(super) struct Line<'a>(&'a mut Vec<u8>);

impl<'a> Line<'a> {
    /// Begins a line at the end of `out`.
    pub(super) fn new(out: &'a mut Vec<u8>) -> Self {
        out.reserve(TYPICAL);
        Self(out)
    }

    /// Adds a text that is known to need no escapes.
    pub(super) fn plain(&mut self, key: &str, text: &str) {
        self.raw(key);
        self.0.push(b'"');
        self.raw(text);
        self.0.push(b'"');
    }

    /// Adds a text, or `null`.
    pub(super) fn text(&mut self, key: &str, text: Option<&str>) {
        match text {
            Some(text) if is_plain(text) => self.plain(key, text),
            Some(text) => {
                self.raw(key);
                serde_json::to_writer(&mut *self.0, text)
                    .expect("every text has escapes, and memory takes them");
            }
            None => {
                self.raw(key);
                self.raw("null");
            }
        }
    }

    /// Adds true or false.
    pub(super) fn flag(&mut self, key: &str, flag: bool) {
        self.raw(key);
        self.raw(if flag { "true" } else { "false" });
    }

    /// Adds a number.
    pub(super) fn number(&mut self, key: &str, number: u64) {
        self.raw(key);
        self.digits(number);
    }

    /// Adds a duration in milliseconds, to the microsecond.
    pub(super) fn millis(&mut self, key: &str, duration: Duration) {
        self.raw(key);
        let micros = u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
        self.digits(micros / 1000);
        self.0.push(b'.');
        let mut buffer = itoa::Buffer::new();
        self.raw(&buffer.format(1000 + micros % 1000)[1..]);
    }

    /// Adds an address with its port.
    pub(super) fn address(&mut self, key: &str, address: SocketAddr) {
        let IpAddr::V4(ip) = address.ip() else {
            return self.plain(key, &address.to_string());
        };
        self.raw(key);
        let mut mark = b'"';
        for octet in ip.octets() {
            self.0.push(mark);
            self.digits(octet.into());
            mark = b'.';
        }
        self.0.push(b':');
        self.digits(address.port().into());
        self.0.push(b'"');
    }

    /// Adds an object of texts, whose names need no escapes.
    pub(super) fn object<N: AsRef<str>, V: AsRef<str>>(
        &mut self,
        key: &str,
        entries: impl Iterator<Item = (N, V)>,
    ) {
        self.raw(key);
        let mut mark = "{\"";
        for (name, value) in entries {
            self.raw(mark);
            self.raw(name.as_ref());
            self.text("\":", Some(value.as_ref()));
            mark = ",\"";
        }
        self.raw(if mark == "{\"" { "{}" } else { "}" });
    }

    /// Ends the line.
    pub(super) fn end(self) {
        self.0.extend_from_slice(b"}\n");
    }

    /// Inlined, since a key of known length is copied by a few moves.
    #[inline(always)]
    fn raw(&mut self, text: &str) {
        self.0.extend_from_slice(text.as_bytes());
    }

    fn digits(&mut self, number: u64) {
        self.raw(itoa::Buffer::new().format(number));
    }
}

/// True if JSON writes `text` as it is.
fn is_plain(text: &str) -> bool {
    // Without a way out in the middle, so that many bytes are looked at in one step.
    let escaped = |byte: u8| byte < b' ' || byte == b'"' || byte == b'\\';
    !text
        .bytes()
        .fold(false, |found, byte| found | escaped(byte))
}

// === Clock ===

/// Writes times, most of which have the second of the one before.
#[derive(Debug, Default)]
pub(super) struct Clock {
    second: u64,
    text: String,
}

impl Clock {
    /// `time` as RFC 3339 in UTC, to the millisecond.
    pub(super) fn text(&mut self, time: SystemTime) -> &str {
        let since = since_1970(time);
        if self.text.is_empty() || self.second != since.as_secs() {
            self.second = since.as_secs();
            self.text = rfc3339(UNIX_EPOCH + Duration::from_secs(self.second));
        }
        // The text ends in `.000Z`.
        self.text.truncate(self.text.len() - 4);
        let mut buffer = itoa::Buffer::new();
        let millis = buffer.format(1000 + since.subsec_millis());
        self.text.push_str(&millis[1..]);
        self.text.push('Z');
        &self.text
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn every_kind_of_value_is_json() {
        let mut out = Vec::new();
        let mut line = Line::new(&mut out);
        line.plain(r#"{"plain":"#, "a/b");
        line.text(r#","escaped":"#, Some("\"\\\n\u{1}ä"));
        line.text(r#","none":"#, None);
        line.flag(r#","flag":"#, true);
        line.number(r#","number":"#, u64::MAX);
        line.millis(r#","millis":"#, Duration::from_micros(1_002_003));
        line.address(r#","v4":"#, "10.0.0.255:80".parse().unwrap());
        line.address(r#","v6":"#, "[2001:db8::1]:443".parse().unwrap());
        line.object(r#","empty":"#, std::iter::empty::<(&str, &str)>());
        line.object(r#","object":"#, [("a", "1"), ("b", "\"")].into_iter());
        line.end();
        assert_eq!(out.pop(), Some(b'\n'));
        let expected = json!({
            "plain": "a/b",
            "escaped": "\"\\\n\u{1}ä",
            "none": null,
            "flag": true,
            "number": u64::MAX,
            "millis": 1002.003,
            "v4": "10.0.0.255:80",
            "v6": "[2001:db8::1]:443",
            "empty": {},
            "object": {"a": "1", "b": "\""},
        });
        assert_eq!(serde_json::from_slice::<Value>(&out).unwrap(), expected);
    }

    #[test]
    fn a_clock_writes_as_everybody_does() {
        let mut clock = Clock::default();
        for millis in [0, 999, 1000, 1001, 61_250, 5, 1_795_489_200_123] {
            let time = UNIX_EPOCH + Duration::from_millis(millis);
            assert_eq!(clock.text(time), rfc3339(time));
        }
    }
}
