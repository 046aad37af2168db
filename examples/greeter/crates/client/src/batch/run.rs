//! The life of one batch.

use std::collections::VecDeque;
use std::error::Error;
use std::pin::Pin;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tokio_stream::{Stream, StreamExt};
use tonic::{Code, Response, Status, Streaming};

use super::{BatchError, Pair};

/// Wait before a stream is opened again, times the number of openings without an answer.
const PAUSE: Duration = Duration::from_millis(50);

/// An item that was sent, and its answer.
pub(super) struct Slot<Q, A> {
    /// Kept in case the stream has to be opened again.
    item: Q,
    answer: Option<A>,
}

impl<Q, A> Slot<Q, A> {
    /// Whether its answer is to come.
    pub(super) fn is_open(&self) -> bool {
        self.answer.is_none()
    }

    pub(super) fn item(&self) -> &Q {
        &self.item
    }
}

/// The method that was called, before its headers have come.
type Opening<A> = Pin<Box<dyn Future<Output = Result<Response<Streaming<A>>, Status>> + Send>>;

/// The other side of the stream.
enum Answers<A> {
    /// Many servers answer the headers with the first message.
    Opening(Opening<A>),
    Open(Box<Streaming<A>>),
}

impl<A> Answers<A> {
    /// The next one. May be dropped and called again.
    async fn next(&mut self) -> Result<Option<A>, Status> {
        loop {
            match self {
                Self::Opening(opening) => {
                    *self = Self::Open(Box::new(opening.await?.into_inner()));
                }
                Self::Open(answers) => return answers.message().await,
            }
        }
    }
}

/// One batch while it is sent.
pub(super) struct Run<Q, A, F> {
    window: usize,
    reopenings: u32,
    pair: Pair<Q, A>,
    open: F,
    taken: mpsc::Sender<Result<A, BatchError>>,
    slots: VecDeque<Slot<Q, A>>,
}

impl<Q, A, F, R> Run<Q, A, F>
where
    Q: Clone + Send + Sync + 'static,
    A: Send + Sync + 'static,
    F: FnMut(ReceiverStream<Q>) -> R + Send + Sync,
    R: Future<Output = Result<Response<Streaming<A>>, Status>> + Send + 'static,
{
    pub(super) fn new(
        window: usize,
        reopenings: u32,
        pair: Pair<Q, A>,
        open: F,
        taken: mpsc::Sender<Result<A, BatchError>>,
    ) -> Self {
        Self {
            window,
            reopenings,
            pair,
            open,
            taken,
            slots: VecDeque::with_capacity(window),
        }
    }

    /// Sends all of `items`, and tells what came back.
    pub(super) async fn all<E>(
        mut self,
        mut items: Pin<Box<dyn Stream<Item = Result<Q, E>> + Send>>,
    ) where
        E: Into<Box<dyn Error + Send + Sync>>,
    {
        let mut refused: Option<Box<dyn Error + Send + Sync>> = None;
        let (mut requests, mut answers) = self.open();
        let mut tries = 0;
        let failed = loop {
            if self.hand_over().await.is_err() {
                return;
            }
            // Without a sender, all items are there.
            if requests.is_none() && self.slots.is_empty() {
                break self.finish(&mut answers).await;
            }
            let room = self.slots.len() < self.window;
            tokio::select! {
                item = items.next(), if room && requests.is_some() => match item {
                    Some(Ok(item)) => {
                        if let Some(requests) = &requests {
                            // The queue is as long as the window, so there is room. Nobody reads it any
                            // more when the stream has failed, which its answers tell.
                            let _ = requests.try_send(item.clone());
                        }
                        self.slots.push_back(Slot { item, answer: None });
                    }
                    Some(Err(error)) => {
                        refused = Some(error.into());
                        requests = None;
                    }
                    None => requests = None,
                },
                answer = answers.next() => match answer {
                    Ok(Some(answer)) => {
                        tries = 0;
                        match (self.pair)(&self.slots, &answer) {
                            Some(index) => self.slots[index].answer = Some(answer),
                            None => break Some(BatchError::Unasked),
                        }
                    }
                    Ok(None) => {
                        let unanswered = self.unanswered();
                        if unanswered == 0 && requests.is_none() {
                            continue;
                        }
                        break Some(BatchError::Ended { unanswered });
                    }
                    Err(status) if status.code() == Code::Unavailable && tries < self.reopenings => {
                        tries += 1;
                        tokio::time::sleep(PAUSE * tries).await;
                        let more = requests.is_some();
                        (requests, answers) = self.open();
                        if !more {
                            requests = None;
                        }
                    }
                    Err(status) => {
                        let unanswered = self.unanswered();
                        break Some(BatchError::Receive { status, unanswered });
                    }
                },
            }
        };
        let refused = refused.map(BatchError::Send);
        for error in failed.into_iter().chain(refused) {
            // Whoever reads may have gone.
            let _ = self.taken.send(Err(error)).await;
        }
    }

    /// Opens a stream, and sends what has no answer.
    fn open(&mut self) -> (Option<mpsc::Sender<Q>>, Answers<A>) {
        let (sender, requests) = mpsc::channel(self.window);
        for slot in self.slots.iter().filter(|slot| slot.is_open()) {
            let _ = sender.try_send(slot.item.clone());
        }
        let opening = (self.open)(ReceiverStream::new(requests));
        (Some(sender), Answers::Opening(Box::pin(opening)))
    }

    /// Hands over the answers whose turn it is. Fails when nobody takes them.
    async fn hand_over(&mut self) -> Result<(), ()> {
        while self.slots.front().is_some_and(|slot| !slot.is_open()) {
            if let Some(answer) = self.slots.pop_front().and_then(|slot| slot.answer) {
                self.taken.send(Ok(answer)).await.map_err(|_| ())?;
            }
        }
        Ok(())
    }

    /// Everything is answered: reads the status.
    async fn finish(&self, answers: &mut Answers<A>) -> Option<BatchError> {
        match answers.next().await {
            Ok(None) => None,
            Ok(Some(_)) => Some(BatchError::Unasked),
            // It would be opened again to send nothing.
            Err(status) if status.code() == Code::Unavailable && self.reopenings > 0 => None,
            Err(status) => Some(BatchError::Receive {
                status,
                unanswered: 0,
            }),
        }
    }

    fn unanswered(&self) -> usize {
        self.slots.iter().filter(|slot| slot.is_open()).count()
    }
}
