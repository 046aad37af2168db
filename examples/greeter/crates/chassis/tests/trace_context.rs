//! Which trace a call belongs to, who decides about it, and what belongs to the call.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use chassis::config::Ratio;
use opentelemetry_proto::tonic::trace::v1::{Span, span::SpanKind};
use serde_json::{Value, json};
use tracing::{info, info_span};

use stage::collector::attributes;
use stage::{SPAN, Stage, TRACE, ask, hex};

mod harness;
mod stage;

#[tokio::test]
async fn the_trace_of_the_caller_goes_on() {
    let stage = Stage::start().await;
    let parent = format!("00-{TRACE}-{SPAN}-01");
    let headers = [
        ("traceparent", &*parent),
        ("tracestate", "a=1"),
        ("tracestate", "b=2"),
        ("baggage", "tenant=x%20y"),
    ];
    let seen = ask(&stage.channel, &headers).await;
    let spans = stage.spans().await;
    let span = spans
        .iter()
        .find(|span| span.name == "test.Handler/Ask")
        .unwrap();
    assert_eq!(hex(&span.trace_id), TRACE);
    assert_eq!(hex(&span.parent_span_id), SPAN);
    assert_eq!(span.trace_state, "a=1,b=2");
    let own = hex(&span.span_id);
    assert_eq!(
        (&seen["trace"], &seen["span"]),
        (&json!(TRACE), &json!(own))
    );
    assert_eq!(seen["traceparent"], format!("00-{TRACE}-{own}-01"));
    assert_eq!(
        (&seen["tracestate"], &seen["baggage"]),
        (&json!("a=1,b=2"), &json!("tenant=x%20y"))
    );
    assert_eq!(seen["entries"], json!([["tenant", "x y"]]));
    let attributes = attributes(&span.attributes);
    assert_eq!(attributes["field.order"], "42");
    assert_eq!(
        (
            &attributes["messages_received"],
            &attributes["messages_sent"]
        ),
        (&json!(1), &json!(1))
    );
}

#[tokio::test]
async fn the_caller_decides_where_it_began_the_trace() {
    // The opposite of what this server would decide.
    for (flags, ratio) in [("01", 0.0), ("00", 1.0)] {
        let ratio = Ratio::try_from(ratio).unwrap();
        let stage = Stage::start_with(|config| config.tracing.ratio = ratio).await;
        let parent = format!("00-{TRACE}-{SPAN}-{flags}");
        let seen = ask(&stage.channel, &[("traceparent", &parent)]).await;
        assert_eq!(seen["sampled"], flags == "01");
        assert!(seen["traceparent"].as_str().unwrap().ends_with(flags));
        assert_eq!(stage.spans().await.is_empty(), flags == "00");
    }
}

#[tokio::test]
async fn a_bad_traceparent_begins_a_new_trace() {
    let good = format!("00-{TRACE}-{SPAN}-01");
    let bad = [
        vec![good.replacen("00", "ff", 1)],
        vec![good.replace(TRACE, &"0".repeat(32))],
        vec![good.replace(SPAN, &"0".repeat(16))],
        vec![good.to_uppercase()],
        vec![good[..54].to_owned()],
        vec![good.clone(), good.clone()],
    ];
    let stage = Stage::start().await;
    for values in &bad {
        let headers: Vec<_> = values
            .iter()
            .map(|value| ("traceparent", &**value))
            .collect();
        let headers = [&headers[..], &[("tracestate", "a=1")]].concat();
        let seen = ask(&stage.channel, &headers).await;
        assert_ne!(seen["trace"], TRACE, "{values:?}");
        assert_eq!(seen["tracestate"], Value::Null);
    }
    let spans = stage.spans().await;
    let mut calls = spans.iter().filter(|span| span.name == "test.Handler/Ask");
    assert!(
        calls
            .clone()
            .all(|span| span.parent_span_id.is_empty() && span.trace_state.is_empty())
    );
    let first = calls.next().unwrap();
    assert!(calls.all(|span| span.trace_id != first.trace_id));
}

#[tokio::test]
async fn the_ratio_decides_where_traces_begin_and_may_change() {
    let none = Ratio::try_from(0.0).unwrap();
    let stage = Stage::start_with(|config| config.tracing.ratio = none).await;
    let seen = ask(&stage.channel, &[]).await;
    assert_eq!(seen["sampled"], false);
    assert!(seen["traceparent"].as_str().unwrap().ends_with("-00"));
    stage
        .server
        .shared
        .traces
        .set_ratio(Ratio::try_from(1.0).unwrap());
    assert_eq!(ask(&stage.channel, &[]).await["sampled"], true);
    let spans = stage.spans().await;
    let calls = spans.iter().filter(|span| span.name == "test.Handler/Ask");
    assert_eq!(calls.count(), 1);
}

#[tokio::test]
async fn spans_of_a_handler_are_children_of_its_call() {
    let stage = Stage::start().await;
    info_span!("elsewhere").in_scope(|| info!("nobody calls"));
    let seen = ask(&stage.channel, &[]).await;
    let spans = stage.spans().await;
    let named = |name: &str| spans.iter().find(|span| span.name == name).unwrap();
    let parents = [
        ("work", "test.Handler/Ask"),
        ("inner", "work"),
        ("task", "test.Handler/Ask"),
        ("later", "task"),
    ];
    for (child, parent) in parents {
        assert_eq!(
            named(child).parent_span_id,
            named(parent).span_id,
            "{child}"
        );
        assert_eq!(hex(&named(child).trace_id), seen["trace"]);
        assert_eq!(named(child).kind(), SpanKind::Internal);
    }
    // Nothing of a library, below the level, or outside of calls.
    assert_eq!(spans.len(), 5);
    let work = named("work");
    assert_eq!(attributes(&work.attributes)["size"], 3);
    assert_eq!(work.events[0].name, "something happened");
    // Whoever is called within a span is its child.
    let inner = format!(
        "00-{}-{}-01",
        hex(&work.trace_id),
        hex(&named("inner").span_id)
    );
    assert_eq!(seen["inside"], inner);
}

#[tokio::test]
async fn calls_at_one_time_keep_their_spans_apart() {
    let stage = Stage::start().await;
    let mut running = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let channel = stage.channel.clone();
        running.spawn(async move { ask(&channel, &[]).await });
    }
    running.join_all().await;
    let spans = stage.spans().await;
    let calls: Vec<_> = spans
        .iter()
        .filter(|span| span.kind() == SpanKind::Server)
        .collect();
    let works: Vec<_> = spans.iter().filter(|span| span.name == "work").collect();
    assert_eq!((calls.len(), works.len()), (20, 20));
    for call in calls {
        let ours = |work: &&&Span| work.parent_span_id == call.span_id;
        let ours: Vec<_> = works.iter().filter(ours).collect();
        assert_eq!((ours.len(), &ours[0].trace_id), (1, &call.trace_id));
    }
}

#[tokio::test]
async fn tracing_that_is_off_exports_nothing_and_passes_traces_on() {
    let stage = Stage::start_with(|config| config.tracing.enabled = false).await;
    let parent = format!("00-{TRACE}-{SPAN}-01");
    let seen = ask(
        &stage.channel,
        &[("traceparent", &parent), ("tracestate", "a=1")],
    )
    .await;
    assert_eq!(
        (&seen["sampled"], &seen["trace"]),
        (&json!(false), &json!(TRACE))
    );
    assert_eq!(
        (&seen["traceparent"], &seen["tracestate"]),
        (&json!(parent), &json!("a=1"))
    );
    assert!(stage.spans().await.is_empty());
}
