//! The header `traceparent`, as the W3C's Trace Context defines it.

use http::HeaderName;
use opentelemetry::trace::{SpanId, TraceId};

use super::headers::Found;

/// Carries the position of a call in its trace.
pub(super) const HEADER: HeaderName = HeaderName::from_static("traceparent");

/// Length of version 0; later versions may be longer.
const LENGTH: usize = 55;
/// The flag that says: whoever called exports this trace.
const SAMPLED: u128 = 1;

/// Who called: the trace, and the span in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Parent {
    pub(super) trace_id: TraceId,
    pub(super) span_id: SpanId,
    pub(super) sampled: bool,
}

impl Parent {
    /// The caller's position; none when there is no header, more than one, or a malformed one.
    pub(super) fn of(found: Found<'_>) -> Option<Self> {
        match found {
            Found::One(value) => Self::parse(value.as_bytes()),
            Found::None | Found::Several => None,
        }
    }

    /// Reads `version-trace-span-flags`; what a later version appends is left alone.
    fn parse(text: &[u8]) -> Option<Self> {
        let (text, rest) = text.split_at_checked(LENGTH)?;
        let version = hex(&text[..2])?;
        let ends = rest.is_empty() || (version != 0 && rest[0] == b'-');
        let parted = [2, 35, 52].iter().all(|&at| text[at] == b'-');
        if version == 0xff || !ends || !parted {
            return None;
        }
        let trace_id = TraceId::from(hex(&text[3..35])?);
        let span_id = SpanId::from(u64::try_from(hex(&text[36..52])?).ok()?);
        let sampled = hex(&text[53..55])? & SAMPLED != 0;
        let valid = trace_id != TraceId::INVALID && span_id != SpanId::INVALID;
        valid.then_some(Self {
            trace_id,
            span_id,
            sampled,
        })
    }
}

/// The text of the header, for whoever is called next.
pub(super) fn text(trace_id: TraceId, span_id: SpanId, sampled: bool) -> String {
    format!("00-{trace_id}-{span_id}-{:02x}", u8::from(sampled))
}

/// Reads lower-case hexadecimal digits, at most 32 of them.
fn hex(digits: &[u8]) -> Option<u128> {
    digits.iter().try_fold(0, |number, digit| {
        let digit = match digit {
            b'0'..=b'9' => digit - b'0',
            b'a'..=b'f' => digit - b'a' + 10,
            _ => return None,
        };
        Some(number << 4 | u128::from(digit))
    })
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;

    use super::super::headers::Headers;
    use super::*;

    const GOOD: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    fn parent(values: &[&str]) -> Option<Parent> {
        let header = |value: &&str| (HEADER, value.parse().unwrap());
        let all = HeaderMap::from_iter(values.iter().map(header));
        Parent::of(Headers::of(&all).traceparent)
    }

    #[test]
    fn a_good_header_is_read_and_written() {
        let read = parent(&[GOOD]).unwrap();
        assert_eq!(text(read.trace_id, read.span_id, read.sampled), GOOD);
        let flag = |flags: &str| {
            parent(&[&format!("{}{flags}", &GOOD[..53])])
                .unwrap()
                .sampled
        };
        assert!(flag("03") && flag("ff") && !flag("00") && !flag("02"));
    }

    #[test]
    fn a_later_version_is_read_as_far_as_it_is_known() {
        let later = GOOD.replacen("00", "cc", 1);
        assert_eq!(parent(&[&later]), parent(&[GOOD]));
        assert_eq!(parent(&[&format!("{later}-more")]), parent(&[GOOD]));
        assert_eq!(parent(&[&format!("{later}more")]), None);
    }

    #[test]
    fn anything_else_is_no_parent() {
        let bad = [
            String::new(),
            GOOD[..54].to_owned(),
            format!("{GOOD}-00"),
            format!(" {}", &GOOD[1..]),
            GOOD.replacen("00", "ff", 1),
            GOOD.replacen("00", "0g", 1),
            GOOD.replace("0af7", "0AF7"),
            GOOD.replace("b7ad", "B7AD"),
            GOOD.replace("-01", "-0A"),
            GOOD.replace("-b7", "_b7"),
            GOOD.replace("0af7651916cd43dd8448eb211c80319c", &"0".repeat(32)),
            GOOD.replace("b7ad6b7169203331", &"0".repeat(16)),
        ];
        for bad in &bad {
            assert_eq!(parent(&[bad]), None, "{bad}");
        }
        assert_eq!(parent(&[GOOD, GOOD]), None, "two headers");
        assert_eq!(parent(&[]), None);
    }
}
