//! One record: the line of JSON that is kept of a call.
//!
//! Written when the call ends, where all that it tells of is at hand: a writer that was handed the calls
//! would have to fetch each of them again, and keep them alive until then.

use std::cell::RefCell;

use http::HeaderName;
use tonic::Code;

use super::features::{trace_id, user};
use super::line::{Clock, Line};
use crate::call::{Call, Outcome};
use crate::observe::code_name;
use crate::runtime::text;

/// Longest text that callers or handlers determine, in characters; a longer one is cut.
const LONGEST: usize = 1024;

thread_local! {
    /// What a thread has written before, so that it need not make room again.
    static LAST: RefCell<(Clock, Vec<u8>)> = RefCell::default();
}

/// What the audit keeps of a call that has ended: a line with its end.
#[derive(Debug)]
pub(super) struct Record(Box<[u8]>);

impl Record {
    /// The record of `call`; `wanted` are the headers whose values it has captured.
    pub(super) fn new(call: &Call, outcome: &Outcome, wanted: &[HeaderName]) -> Self {
        LAST.with_borrow_mut(|(clock, line)| {
            line.clear();
            write(call, outcome, wanted, clock, line);
            Self(line.as_slice().into())
        })
    }

    pub(super) fn line(&self) -> &[u8] {
        &self.0
    }
}

/// Adds the record of `call` to `out`. `README.md` explains the keys.
fn write(
    call: &Call,
    outcome: &Outcome,
    wanted: &[HeaderName],
    clock: &mut Clock,
    out: &mut Vec<u8>,
) {
    let (user_id, user_name) = user(call);
    let success = outcome.code == Code::Ok;
    let mut line = Line::new(out);
    // Both clocks are read at the start; the way between them has no steps.
    let ended = clock.text(call.time() + outcome.elapsed);
    line.plain(r#"{"timestamp":"#, ended);
    line.text(r#","user_id":"#, user_id.map(cut));
    line.text(r#","user_name":"#, user_name.map(cut));
    line.plain(r#","method":"#, call.method().full_name());
    line.address(r#","remote_address":"#, call.peer());
    let agent = Some(cut(call.user_agent())).filter(|agent| !agent.is_empty());
    line.text(r#","user_agent":"#, agent);
    line.plain(r#","request_id":"#, call.id().as_str());
    let trace_id = trace_id(call);
    line.text(r#","trace_id":"#, trace_id.as_ref().and_then(digits));
    line.flag(r#","success":"#, success);
    line.plain(r#","code":"#, code_name(outcome.code));
    line.text(r#","error":"#, (!success).then(|| cut(&outcome.message)));
    line.text(r#","detail":"#, outcome.detail.as_deref().map(cut));
    line.millis(r#","duration_ms":"#, outcome.elapsed);
    line.number(r#","messages_received":"#, outcome.received.messages);
    line.number(r#","messages_sent":"#, outcome.sent.messages);
    call.fields().read(|fields| {
        let fields = fields.iter().map(|(name, value)| (name, value));
        line.object(r#","fields":"#, fields);
    });
    let captured = call.captured().into_iter().flat_map(|all| all.values());
    let metadata = wanted.iter().zip(captured);
    line.object(
        r#","metadata":"#,
        metadata.filter_map(|(name, value)| Some((name, value?))),
    );
    line.end();
}

/// Digits are a text; were they none, there is nothing to show.
fn digits(id: &[u8; 32]) -> Option<&str> {
    std::str::from_utf8(id).ok()
}

fn cut(text: &str) -> &str {
    text::cut(text, LONGEST)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use http::Request;
    use serde_json::{Value, json};

    use super::*;
    use crate::call::{Captured, Traffic, testing};
    use crate::runtime::time::rfc3339;

    fn outcome(code: Code, message: String) -> Outcome {
        let traffic = |messages| Traffic { messages, bytes: 9 };
        Outcome {
            code,
            message,
            detail: None,
            elapsed: Duration::from_micros(1500),
            cancelled: false,
            received: traffic(1),
            sent: traffic(2),
        }
    }

    fn read(record: &Record) -> Value {
        let (end, line) = record.line().split_last().unwrap();
        assert_eq!(*end, b'\n');
        assert!(!line.contains(&b'\n'));
        serde_json::from_slice(line).unwrap()
    }

    #[test]
    fn a_record_has_every_key() {
        let tenant = HeaderName::from_static("x-tenant");
        let request = Request::builder()
            .header("x-request-id", "r1")
            .header("user-agent", "test/1")
            .header(&tenant, "acme")
            .header("authorization", "Bearer secret");
        let (head, ()) = request.body(()).unwrap().into_parts();
        let call = testing::unknown(&head);
        let wanted = [HeaderName::from_static("x-region"), tenant];
        let captured = Captured::of(&wanted, &head.headers).unwrap();
        call.captured.set(captured).unwrap();
        call.add_field("order", 42);
        call.add_field("line", "one\ntwo");
        let record = Record::new(&call, &outcome(Code::Ok, String::new()), &wanted);

        let ended = call.time() + Duration::from_micros(1500);
        let expected = json!({
            "timestamp": rfc3339(ended),
            "user_id": null,
            "user_name": null,
            "method": "unknown",
            "remote_address": "127.0.0.1:4711",
            "user_agent": "test/1",
            "request_id": "r1",
            "trace_id": trace_id(&call).as_ref().and_then(digits),
            "success": true,
            "code": "OK",
            "error": null,
            "detail": null,
            "duration_ms": 1.5,
            "messages_received": 1,
            "messages_sent": 2,
            "fields": {"order": "42", "line": "one\ntwo"},
            "metadata": {"x-tenant": "acme"},
        });
        assert_eq!(read(&record), expected);
    }

    #[test]
    fn a_failure_has_its_message_and_nothing_is_endless() {
        let request = Request::builder().header("user-agent", "a".repeat(9999));
        let (head, ()) = request.body(()).unwrap().into_parts();
        let call = testing::unknown(&head);
        let mut outcome = outcome(Code::NotFound, "ä".repeat(9999));
        outcome.detail = Some("why".into());
        let line = read(&Record::new(&call, &outcome, &[]));
        assert_eq!(line["success"], false);
        assert_eq!(line["code"], "NOT_FOUND");
        assert_eq!(line["error"], "ä".repeat(LONGEST));
        assert_eq!(line["detail"], "why");
        assert_eq!(line["user_agent"], "a".repeat(LONGEST));
        assert_eq!(
            (&line["fields"], &line["metadata"]),
            (&json!({}), &json!({}))
        );
    }
}
