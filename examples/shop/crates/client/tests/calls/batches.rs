//! Many items over one stream.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use client::{Answers, Batch, BatchError, Channel};
use tokio_stream::{Stream, StreamExt};
use tonic::Code;

use super::harness::{self, Behaviour, CHAT, Server, TALK};

async fn channel() -> (Server, Channel) {
    let server = Server::start().await;
    let channel = harness::channel(&[&server]);
    (server, channel)
}

fn numbers(count: usize) -> impl Stream<Item = Result<String, Infallible>> {
    tokio_stream::iter((0..count).map(|number| Ok(number.to_string())))
}

fn send<E: Into<Box<dyn std::error::Error + Send + Sync>> + Send + 'static>(
    batch: &Batch,
    channel: &Channel,
    path: &'static str,
    items: impl Stream<Item = Result<String, E>> + Send + 'static,
) -> Answers<String> {
    let channel = channel.clone();
    batch.in_order(items, move |items| {
        harness::stream(channel.clone(), path, items)
    })
}

#[tokio::test]
async fn every_item_has_its_answer_in_order_and_memory_stays_flat() {
    let (server, channel) = channel().await;
    let made = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&made);
    let items = numbers(20_000).map(move |item| {
        count.fetch_add(1, Relaxed);
        item
    });
    let mut answers = send(&Batch::new(32), &channel, TALK, items);
    let mut taken = 0;
    while let Some(answer) = answers.next().await {
        assert_eq!(answer.unwrap(), taken.to_string());
        taken += 1;
        // One may be in the hands of the batch, and one in those of its reader.
        let ahead = made.load(Relaxed) - taken;
        assert!(ahead <= 32 + 2, "{ahead}");
    }
    assert_eq!((taken, server.calls()), (20_000, 1));
}

#[tokio::test]
async fn answers_in_any_order_find_their_items() {
    let (_server, channel) = channel().await;
    let channel = channel.clone();
    // Every pair of items comes to the server, and so back, the other way round.
    let answers = Batch::new(8).by_id(
        numbers(100),
        |item: &String| item.clone(),
        |answer: &String| answer.clone(),
        move |items| {
            let (sender, swapped) = tokio::sync::mpsc::channel(8);
            tokio::spawn(async move {
                let mut items = items;
                while let Some(one) = items.next().await {
                    let other = items.next().await;
                    for item in other.into_iter().chain([one]) {
                        let _ = sender.send(item).await;
                    }
                }
            });
            let swapped = tokio_stream::wrappers::ReceiverStream::new(swapped);
            harness::stream(channel.clone(), TALK, swapped)
        },
    );
    let answers: Vec<_> = answers.map(Result::unwrap).collect().await;
    let expected: Vec<_> = (0..100).map(|number| number.to_string()).collect();
    assert_eq!(answers, expected);
}

#[tokio::test]
async fn errors_of_both_sides_are_told() {
    let (server, channel) = channel().await;
    let failing = || {
        let items = numbers(10).map(|item| item.map_err(|never| match never {}));
        items.chain(tokio_stream::once(Err::<String, String>(
            "no more".to_owned(),
        )))
    };
    let all: Vec<_> = send(&Batch::new(4), &channel, TALK, failing())
        .collect()
        .await;
    assert_eq!(all.iter().filter(|answer| answer.is_ok()).count(), 10);
    assert!(
        matches!(all.last(), Some(Err(BatchError::Send(_)))),
        "{all:?}"
    );

    server.behave(Behaviour::Breaks(1));
    let all: Vec<_> = send(&Batch::new(16), &channel, TALK, failing())
        .collect()
        .await;
    let errors: Vec<_> = all
        .iter()
        .filter_map(|answer| answer.as_ref().err())
        .collect();
    match errors.as_slice() {
        [BatchError::Receive { status, .. }, BatchError::Send(_)] => {
            assert_eq!(status.code(), Code::Unavailable);
        }
        // The stream may break before the last item is reached.
        [BatchError::Receive { status, .. }] => assert_eq!(status.code(), Code::Unavailable),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_broken_stream_is_opened_again_only_where_the_proto_allows() {
    let (server, channel) = channel().await;
    server.behave(Behaviour::Breaks(1));
    let batch = Batch::new(16).resuming(&channel, CHAT, 3);
    let answers: Vec<_> = send(&batch, &channel, CHAT, numbers(50)).collect().await;
    let answers: Vec<_> = answers.into_iter().map(Result::unwrap).collect();
    let expected: Vec<_> = (0..50).map(|number| number.to_string()).collect();
    assert_eq!(answers, expected);
    assert!(server.calls() > 1, "{}", server.calls());

    let before = server.calls();
    let batch = Batch::new(16).resuming(&channel, TALK, 3);
    let answers: Vec<_> = send(&batch, &channel, TALK, numbers(50)).collect().await;
    assert!(matches!(
        answers.last(),
        Some(Err(BatchError::Receive { .. }))
    ));
    assert_eq!(server.calls(), before + 1);
}
