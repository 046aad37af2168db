//! Gives every call its deadline: the caller's or the policy's, whichever comes first.
//!
//! The guard only sets it, and refuses what is late already; the call is cut where it is polled.

use std::time::Duration;

use http::{HeaderValue, request};
use tonic::Code;

use super::{Guard, Refusal};
use crate::call::{Call, expired};

/// Lets calls pass that have time left.
#[derive(Debug)]
pub struct Deadline;

impl Guard for Deadline {
    fn check(&self, call: &mut Call, _: &request::Parts) -> Result<(), Refusal> {
        let wanted = timeout(call.timeout.as_ref())?;
        let granted = call.policy().timeout;
        let Some(timeout) = [wanted, granted].into_iter().flatten().min() else {
            return Ok(());
        };
        if timeout.is_zero() {
            let status = expired();
            return Err(Refusal::new(status.code(), status.message().to_owned()));
        }
        // A time too far away to be told is none.
        call.deadline = call.start().checked_add(timeout);
        Ok(())
    }
}

/// How long the caller is willing to wait, by its `grpc-timeout`; none if there is none.
fn timeout(header: Option<&HeaderValue>) -> Result<Option<Duration>, Refusal> {
    let Some(value) = header else {
        return Ok(None);
    };
    match parse(value.as_bytes()) {
        Some(timeout) => Ok(Some(timeout)),
        None => Err(Refusal::new(
            Code::InvalidArgument,
            "malformed grpc-timeout: expected up to 8 digits and one of H, M, S, m, u, n",
        )),
    }
}

/// Reads what the gRPC protocol calls `TimeoutValue TimeoutUnit`.
fn parse(value: &[u8]) -> Option<Duration> {
    let (unit, digits) = value.split_last()?;
    if !(1..=8).contains(&digits.len()) || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let number = digits
        .iter()
        .fold(0, |sum, digit| sum * 10 + u64::from(digit - b'0'));
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
    fn timeouts_are_read_as_the_protocol_writes_them() {
        let millis = |value: &str| parse(value.as_bytes()).map(|timeout| timeout.as_millis());
        assert_eq!(millis("1H"), Some(3_600_000));
        assert_eq!(millis("2M"), Some(120_000));
        assert_eq!(millis("3S"), Some(3000));
        assert_eq!(millis("99999999m"), Some(99_999_999));
        assert_eq!(millis("5000u"), Some(5));
        assert_eq!(millis("0n"), Some(0));
        for bad in [
            "",
            "S",
            "1",
            "1s",
            "-1S",
            "1.5S",
            "123456789S",
            " 1S",
            "1S ",
        ] {
            assert_eq!(parse(bad.as_bytes()), None, "{bad}");
        }
    }
}
