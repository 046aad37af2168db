//! Many small messages that nobody reads: those of one call must not harm another on its connection.

use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use client::{Channel, Connecting};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_stream::wrappers::ReceiverStream;
use tonic::Streaming;

use super::harness::{self, Behaviour, DO, Server, TALK};

/// A stream that stays open, and asks whether it still is.
struct Conversation {
    messages: mpsc::Sender<String>,
    answers: Streaming<String>,
}

impl Conversation {
    async fn open(channel: &Channel) -> Self {
        let (messages, outgoing) = mpsc::channel(1);
        let answers = harness::stream(channel.clone(), TALK, ReceiverStream::new(outgoing)).await;
        let answers = answers.unwrap().into_inner();
        Self { messages, answers }
    }

    async fn goes_on(&mut self) {
        self.messages.send("still there?".to_owned()).await.unwrap();
        let answer = self.answers.message().await.unwrap();
        assert_eq!(answer.as_deref(), Some("still there?"));
    }
}

/// One connection to a server that floods those who watch; `window` is that of a stream.
async fn flooded(window: u32) -> (Server, Channel) {
    let server = Server::start().await;
    server.behave(Behaviour::Floods);
    let mut settings = harness::settings(harness::target(&[&server]));
    settings.pooling.max_connections = 1;
    settings.connecting.stream_window = window;
    (server, harness::open(&settings))
}

#[tokio::test]
async fn messages_that_nobody_reads_stop_their_own_stream_alone() {
    let (server, channel) = flooded(Connecting::default().stream_window).await;
    let mut other = Conversation::open(&channel).await;
    let mut unread = Vec::new();
    for _ in 0..3 {
        unread.push(harness::watch(&channel).await.unwrap().into_inner());
    }
    // Until every window is full.
    let flooded = || server.known.flooded.load(Relaxed);
    let mut before = 0;
    harness::until("the servers wait", async || {
        tokio::time::sleep(Duration::from_millis(200)).await;
        let still = flooded() == before;
        before = flooded();
        still && before > 0
    })
    .await;
    assert!(before > 200_000, "{before}");
    other.goes_on().await;
    for _ in 0..100 {
        harness::unary(&channel, DO).await.unwrap();
    }
    // Nothing of it is lost.
    for _ in 0..100_000 {
        assert!(unread[0].message().await.unwrap().is_some());
    }
    assert!(flooded() > before);
    other.goes_on().await;
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn streams_that_are_cancelled_half_way_harm_no_other() {
    const STREAMS: usize = 3000;
    let (server, channel) = flooded(2048).await;
    let mut other = Conversation::open(&channel).await;
    let mut callers = JoinSet::new();
    for _ in 0..60 {
        let channel = channel.clone();
        callers.spawn(async move {
            for _ in 0..STREAMS / 60 {
                let mut stream = harness::watch(&channel).await.unwrap().into_inner();
                assert!(stream.message().await.unwrap().is_some());
            }
        });
    }
    while let Some(caller) = callers.join_next().await {
        caller.unwrap();
        other.goes_on().await;
    }
    harness::unary(&channel, DO).await.unwrap();
    assert_eq!(server.calls(), STREAMS as u64 + 2);
    // One for each 256 of them, less those that came too late for the next one.
    let connections = server.connections();
    assert!((3..=12).contains(&connections), "{connections}");
    other.goes_on().await;
}
