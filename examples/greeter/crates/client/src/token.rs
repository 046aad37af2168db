//! The token that calls bring along.
//!
//! In: a [`TokenSource`]. Out: the value of `authorization`, which calls read by one atomic load. It is
//! asked for anew when four fifths of its life are over, by a task that ends with the channel.

use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwapOption;
use http::HeaderValue;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tonic::Status;
use tracing::warn;

/// Wait after the first attempt that failed; it doubles with each.
const RETRY: Duration = Duration::from_secs(1);
/// Longest wait between attempts.
const RETRY_MAX: Duration = Duration::from_secs(30);

/// A token, without `Bearer`.
#[derive(Clone)]
pub struct Token {
    /// The token itself.
    pub value: String,
    /// How long it is good for from now on; none: for ever.
    pub lives: Option<Duration>,
}

impl std::fmt::Debug for Token {
    /// Without the value.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Token")
            .field("lives", &self.lives)
            .finish_non_exhaustive()
    }
}

impl Token {
    /// A token that is good for ever.
    pub fn fixed(value: impl Into<String>) -> Self {
        Self {
            value: value.into(),
            lives: None,
        }
    }
}

/// Why there is no token.
pub type TokenError = Box<dyn std::error::Error + Send + Sync>;

/// A token, when it is there.
type Fetching<'a> = Pin<Box<dyn Future<Output = Result<Token, TokenError>> + Send + 'a>>;

/// Gives tokens: a [`Token`] itself, a [`FileToken`], or any async function.
pub trait TokenSource: Send + Sync + 'static {
    /// A token that is good now.
    fn token(&self) -> Fetching<'_>;
}

impl TokenSource for Token {
    fn token(&self) -> Fetching<'_> {
        Box::pin(std::future::ready(Ok(self.clone())))
    }
}

impl<F, R> TokenSource for F
where
    F: Fn() -> R + Send + Sync + 'static,
    R: Future<Output = Result<Token, TokenError>> + Send + 'static,
{
    fn token(&self) -> Fetching<'_> {
        Box::pin(self())
    }
}

/// Reads the token from a file, which somebody else keeps fresh.
#[derive(Debug, Clone)]
pub struct FileToken {
    /// The file; space around the token is left out.
    pub path: PathBuf,
    /// How often it is read. The token counts as good for a quarter longer.
    pub every: Duration,
}

impl TokenSource for FileToken {
    fn token(&self) -> Fetching<'_> {
        Box::pin(async {
            let (path, shown) = (self.path.clone(), self.path.display());
            let read = tokio::task::spawn_blocking(move || std::fs::read_to_string(path));
            let text = read.await?;
            let text = text.map_err(|error| format!("cannot read `{shown}`: {error}"))?;
            Ok(Token {
                value: text.trim().to_owned(),
                lives: Some(self.every.saturating_add(self.every / 4)),
            })
        })
    }
}

/// The token of a channel.
#[derive(Debug)]
pub(crate) struct Tokens {
    shared: Arc<Shared>,
    /// Asks for tokens; ends with the value.
    _tasks: JoinSet<()>,
}

#[derive(Debug)]
struct Shared {
    current: ArcSwapOption<Current>,
    /// Why there is none; changes with each attempt.
    failure: watch::Sender<Option<Arc<str>>>,
}

#[derive(Debug)]
struct Current {
    header: HeaderValue,
    until: Option<Instant>,
}

impl Tokens {
    /// Begins to ask `source`. Needs a running tokio.
    pub(crate) fn new(source: Arc<dyn TokenSource>) -> Self {
        let shared = Arc::new(Shared {
            current: ArcSwapOption::empty(),
            failure: watch::Sender::new(None),
        });
        let mut tasks = JoinSet::new();
        tasks.spawn(keep(source, Arc::clone(&shared)));
        Self {
            shared,
            _tasks: tasks,
        }
    }

    /// The value of `authorization`; waits for the first token, and fails with `UNAVAILABLE` when there
    /// is none that is good.
    pub(crate) async fn header(&self) -> Result<HeaderValue, Status> {
        if let Some(header) = self.current() {
            return Ok(header);
        }
        let mut failure = self.shared.failure.subscribe();
        loop {
            let cause = failure.borrow_and_update().clone();
            if let Some(header) = self.current() {
                return Ok(header);
            }
            if let Some(cause) = cause {
                return Err(Status::unavailable(format!("no token: {cause}")));
            }
            if failure.changed().await.is_err() {
                return Err(Status::unavailable("no token"));
            }
        }
    }

    fn current(&self) -> Option<HeaderValue> {
        let current = self.shared.current.load();
        let current = current.as_ref()?;
        let good = current.until.is_none_or(|until| Instant::now() < until);
        good.then(|| current.header.clone())
    }
}

/// Asks for tokens, before each one ends.
async fn keep(source: Arc<dyn TokenSource>, shared: Arc<Shared>) {
    let mut retry = RETRY;
    loop {
        let asked = Instant::now();
        let fetched = source.token().await.and_then(|token| {
            let header = header(&token.value)?;
            Ok((header, token.lives))
        });
        match fetched {
            Ok((header, lives)) => {
                retry = RETRY;
                let until = lives.and_then(|lives| asked.checked_add(lives));
                shared
                    .current
                    .store(Some(Arc::new(Current { header, until })));
                shared.failure.send_replace(None);
                match lives {
                    Some(lives) => {
                        tokio::time::sleep(lives.mul_f64(0.8).max(Duration::from_millis(10))).await
                    }
                    None => return std::future::pending().await,
                }
            }
            Err(error) => {
                warn!(error, "no new token");
                shared.failure.send_replace(Some(error.to_string().into()));
                tokio::time::sleep(retry).await;
                retry = (retry * 2).min(RETRY_MAX);
            }
        }
    }
}

/// `Bearer` and the token; no log and no debug form shows it.
fn header(token: &str) -> Result<HeaderValue, TokenError> {
    if token.is_empty() {
        return Err("expected a token, found an empty one".into());
    }
    let header = HeaderValue::try_from(format!("Bearer {token}"));
    let mut header = header.map_err(|_| "expected a token, found control characters")?;
    header.set_sensitive(true);
    Ok(header)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

    use super::*;

    #[tokio::test]
    async fn a_fixed_token_is_sent_as_it_is() {
        let tokens = Tokens::new(Arc::new(Token::fixed("abc")));
        assert_eq!(tokens.header().await.unwrap(), "Bearer abc");
        let shown = format!("{:?} {:?}", tokens, Token::fixed("abc"));
        assert!(!shown.contains("abc"), "{shown}");
    }

    #[tokio::test]
    async fn a_token_is_renewed_before_it_ends() {
        let asked = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&asked);
        let source = move || {
            let number = count.fetch_add(1, Relaxed);
            let lives = Some(Duration::from_millis(200));
            let value = number.to_string();
            async move { Ok(Token { value, lives }) }
        };
        let tokens = Tokens::new(Arc::new(source));
        assert_eq!(tokens.header().await.unwrap(), "Bearer 0");
        while asked.load(Relaxed) < 3 {
            // There is one that is good at any time.
            tokens.header().await.unwrap();
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        assert_ne!(tokens.header().await.unwrap(), "Bearer 0");
    }

    #[tokio::test]
    async fn a_file_is_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        let every = Duration::from_millis(40);
        let missing = Tokens::new(Arc::new(FileToken {
            path: path.clone(),
            every,
        }));
        let status = missing.header().await.unwrap_err();
        assert!(status.message().contains("cannot read `"), "{status}");
        std::fs::write(&path, "one\n").unwrap();
        let tokens = Tokens::new(Arc::new(FileToken {
            path: path.clone(),
            every,
        }));
        assert_eq!(tokens.header().await.unwrap(), "Bearer one");
        std::fs::write(&path, "two\n").unwrap();
        while tokens.header().await.unwrap() != "Bearer two" {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}
