//! The header `grpc-timeout`.

use std::time::Duration;

use http::{HeaderName, HeaderValue};

/// How long the caller is willing to wait.
pub(super) const TIMEOUT: HeaderName = HeaderName::from_static("grpc-timeout");

/// `timeout` as the gRPC specification writes it: up to eight digits and a unit.
///
/// The finest unit in which it fits; what is finer is cut off, so that it never becomes longer.
pub(super) fn header(timeout: Duration) -> HeaderValue {
    const MOST: u128 = 99_999_999;
    let (number, unit) = match timeout {
        _ if timeout.as_micros() <= MOST => (timeout.as_micros(), b'u'),
        _ if timeout.as_millis() <= MOST => (timeout.as_millis(), b'm'),
        _ => (u128::from(timeout.as_secs()).min(MOST), b'S'),
    };
    let mut text = [0; 9];
    let mut start = text.len() - 1;
    text[start] = unit;
    let mut number = number as u32;
    loop {
        start -= 1;
        text[start] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            break;
        }
    }
    HeaderValue::from_bytes(&text[start..]).expect("digits and a letter")
}

/// Reads what [`header`] and others write; none if it is malformed.
pub(super) fn parse(value: &HeaderValue) -> Option<Duration> {
    let (unit, digits) = value.as_bytes().split_last()?;
    if !(1..=8).contains(&digits.len()) || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let add = |sum: u64, digit: &u8| sum * 10 + u64::from(digit - b'0');
    let number = digits.iter().fold(0, add);
    match unit {
        b'H' => Some(Duration::from_secs(number * 3600)),
        b'M' => Some(Duration::from_secs(number * 60)),
        b'S' => Some(Duration::from_secs(number)),
        b'm' => Some(Duration::from_millis(number)),
        b'u' => Some(Duration::from_micros(number)),
        b'n' => Some(Duration::from_nanos(number)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timeout_is_written_in_eight_digits() {
        assert_eq!(header(Duration::ZERO), "0u");
        assert_eq!(header(Duration::from_millis(1500)), "1500000u");
        assert_eq!(header(Duration::from_secs(200)), "200000m");
        assert_eq!(header(Duration::from_secs(200_000)), "200000S");
        assert_eq!(header(Duration::MAX), "99999999S");
    }

    #[test]
    fn what_is_written_is_read() {
        for millis in [0, 1, 99_999, 30_000, 3_600_000, 99_999_000] {
            let timeout = Duration::from_millis(millis);
            assert_eq!(parse(&header(timeout)), Some(timeout));
        }
        for bad in ["", "S", "1", "1s", "123456789S"] {
            assert_eq!(parse(&HeaderValue::from_static(bad)), None, "{bad}");
        }
    }
}
