//! Many items over one bidirectional stream.
//!
//! In: items, and a method whose both sides stream. Out: one answer for each item, in the order of the
//! items. Sending and receiving go on at the same time; at most a window of items is without an answer
//! that was taken, so memory stays flat however many items there are.

use std::collections::VecDeque;
use std::error::Error;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_stream::Stream;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Response, Status, Streaming};

use crate::Channel;

mod run;

use run::{Run, Slot};

/// How a batch is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    window: usize,
    reopenings: u32,
}

/// Why a batch has no further answers.
#[derive(Debug, thiserror::Error)]
pub enum BatchError {
    /// The items ended with an error; whatever was sent before is answered.
    #[error("cannot send further items")]
    Send(#[source] Box<dyn Error + Send + Sync>),
    /// The stream ended with a status.
    #[error("the stream failed with {unanswered} items unanswered: {status}")]
    Receive {
        /// What the server, or the connection, said.
        status: Status,
        /// Items that were sent and not answered.
        unanswered: usize,
    },
    /// The server ended the stream before it had answered all items.
    #[error("the server ended the stream with {unanswered} items unanswered")]
    Ended {
        /// Items that were sent and not answered.
        unanswered: usize,
    },
    /// An answer belongs to no item that waits for one.
    #[error("the server answered what was not asked")]
    Unasked,
}

/// The answers of a batch, in the order of its items; dropping it ends the stream.
///
/// A failed batch gives the answers it has, then each of its errors.
#[derive(Debug)]
pub struct Answers<A> {
    /// Sends and receives; ends with the value.
    _tasks: JoinSet<()>,
    answers: ReceiverStream<Result<A, BatchError>>,
}

/// Finds the item that an answer belongs to.
type Pair<Q, A> = Box<dyn Fn(&VecDeque<Slot<Q, A>>, &A) -> Option<usize> + Send + Sync>;

impl Batch {
    /// At most `window` items, at least one, are on their way at once.
    pub fn new(window: usize) -> Self {
        Self {
            window: window.max(1),
            reopenings: 0,
        }
    }

    /// Opens the stream again after `UNAVAILABLE` and sends what has no answer, if the proto declares the
    /// method at `path`, such as `/greeter.v1.Greeter/Chat`, to be idempotent; at most `times` without an
    /// answer in between.
    pub fn resuming(mut self, channel: &Channel, path: &str, times: u32) -> Self {
        self.reopenings = match channel.may_repeat(path) {
            true => times,
            false => 0,
        };
        self
    }

    /// Sends `items` to a method that answers each item before the next one.
    ///
    /// `open` calls the method with a stream of items. Must be called where tokio runs.
    pub fn in_order<Q, A, E, F, R>(
        &self,
        items: impl Stream<Item = Result<Q, E>> + Send + 'static,
        open: F,
    ) -> Answers<A>
    where
        Q: Clone + Send + Sync + 'static,
        A: Send + Sync + 'static,
        E: Into<Box<dyn Error + Send + Sync>> + Send + 'static,
        F: FnMut(ReceiverStream<Q>) -> R + Send + Sync + 'static,
        R: Future<Output = Result<Response<Streaming<A>>, Status>> + Send + 'static,
    {
        let pair = |slots: &VecDeque<Slot<Q, A>>, _: &A| slots.iter().position(Slot::is_open);
        self.start(items, Box::new(pair), open)
    }

    /// Sends `items` to a method that answers them in any order; items and answers have ids, by which they
    /// find each other.
    ///
    /// `open` calls the method with a stream of items. Must be called where tokio runs.
    pub fn by_id<Q, A, K, E, F, R>(
        &self,
        items: impl Stream<Item = Result<Q, E>> + Send + 'static,
        of_item: impl Fn(&Q) -> K + Send + Sync + 'static,
        of_answer: impl Fn(&A) -> K + Send + Sync + 'static,
        open: F,
    ) -> Answers<A>
    where
        Q: Clone + Send + Sync + 'static,
        A: Send + Sync + 'static,
        K: Eq,
        E: Into<Box<dyn Error + Send + Sync>> + Send + 'static,
        F: FnMut(ReceiverStream<Q>) -> R + Send + Sync + 'static,
        R: Future<Output = Result<Response<Streaming<A>>, Status>> + Send + 'static,
    {
        let pair = move |slots: &VecDeque<Slot<Q, A>>, answer: &A| {
            let id = of_answer(answer);
            let asked = |slot: &Slot<Q, A>| slot.is_open() && of_item(slot.item()) == id;
            slots.iter().position(asked)
        };
        self.start(items, Box::new(pair), open)
    }

    fn start<Q, A, E, F, R>(
        &self,
        items: impl Stream<Item = Result<Q, E>> + Send + 'static,
        pair: Pair<Q, A>,
        open: F,
    ) -> Answers<A>
    where
        Q: Clone + Send + Sync + 'static,
        A: Send + Sync + 'static,
        E: Into<Box<dyn Error + Send + Sync>> + Send + 'static,
        F: FnMut(ReceiverStream<Q>) -> R + Send + Sync + 'static,
        R: Future<Output = Result<Response<Streaming<A>>, Status>> + Send + 'static,
    {
        let (sender, answers) = mpsc::channel(1);
        let run = Run::new(self.window, self.reopenings, pair, open, sender);
        let mut tasks = JoinSet::new();
        tasks.spawn(run.all(Box::pin(items)));
        Answers {
            _tasks: tasks,
            answers: ReceiverStream::new(answers),
        }
    }
}

impl<A> Stream for Answers<A> {
    type Item = Result<A, BatchError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Pin::new(&mut self.answers).poll_next(cx)
    }
}
