//! The channel that typed clients call through.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use http::{HeaderValue, Request, Response};
use tokio::sync::watch;
use tonic::Status;
use tonic::body::Body;
use tower_service::Service;

use crate::call::{Calls, ResponseBody};
use crate::connect::Connector;
use crate::incoming::Incoming;
use crate::policy::Methods;
use crate::pool::{Pool, State};
use crate::resolve::{Dns, Resolve};
use crate::stats::Stats;
use crate::target::{Target, TargetError};
use crate::token::{TokenSource, Tokens};
use crate::{Settings, Typed};

/// Calls the servers of one target, over connections that clones share.
#[derive(Debug, Clone)]
pub struct Channel {
    calls: Arc<Calls>,
    /// The call that is being served.
    incoming: Option<Arc<Incoming>>,
}

/// The target cannot be connected to.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// It is no target.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// No server was reached, however often that was tried.
    #[error("cannot connect to `{target}`: {cause}")]
    Unreachable {
        /// The target.
        target: String,
        /// Why the last attempt failed.
        cause: String,
    },
}

/// Opens a channel and waits until a server is reached.
///
/// Attempts are repeated for `settings.connecting.give_up`; dropping the future ends them. A connection
/// that is lost later is made again.
///
/// ```no_run
/// use client::Settings;
///
/// # async fn example() -> Result<(), client::ConnectError> {
/// let channel = client::connect(&Settings::new("http://host:50051")).await?;
/// println!("{:?}", channel.stats());
/// # Ok(())
/// # }
/// ```
pub async fn connect(settings: &Settings) -> Result<Channel, ConnectError> {
    let channel = Channel::builder(settings).open()?;
    channel.connected().await?;
    Ok(channel)
}

/// Puts a channel together.
#[derive(Clone)]
pub struct ChannelBuilder {
    settings: Settings,
    resolver: Arc<dyn Resolve>,
    tokens: Option<Arc<dyn TokenSource>>,
    descriptors: Vec<Vec<u8>>,
}

impl ChannelBuilder {
    /// Finds addresses by `resolver` instead of the system's.
    pub fn resolver(mut self, resolver: impl Resolve) -> Self {
        self.resolver = Arc::new(resolver);
        self
    }

    /// Sends tokens of `source` with each call that has no `authorization` of its own.
    pub fn tokens(mut self, source: impl TokenSource) -> Self {
        self.tokens = Some(Arc::new(source));
        self
    }

    /// Knows the methods of further protos as well: whether they may be called again, and how long they
    /// may take. `descriptors` is an encoded `FileDescriptorSet`; those of `api` are always known.
    pub fn descriptors(mut self, descriptors: &[u8]) -> Self {
        self.descriptors.push(descriptors.to_owned());
        self
    }

    /// Opens the channel; it connects when the first call is made.
    ///
    /// Fails when the target is no target. Must be called where tokio runs.
    pub fn open(self) -> Result<Channel, TargetError> {
        let settings = self.settings;
        let fail = |reason: String| TargetError::new(&settings.target, reason);
        let target = Target::parse(&settings.target)?;
        let authority = settings.authority.clone();
        let authority = authority.unwrap_or_else(|| target.authority());
        let authority = authority.as_str().try_into();
        let authority = authority.map_err(|error| fail(format!("its authority: {error}")))?;
        let user_agent = HeaderValue::try_from(settings.user_agent.as_str());
        let user_agent = user_agent.map_err(|error| fail(format!("its user agent: {error}")))?;
        let scheme = target.scheme.clone();
        let connector = Connector::new(&settings, &target)?;
        let pool = Pool::new(&settings, target, connector, self.resolver);
        let tokens = self.tokens.map(Tokens::new);
        let descriptors: Vec<_> = self.descriptors.iter().map(Vec::as_slice).collect();
        let methods = Methods::read(&descriptors);
        let calls = Calls::new(
            settings,
            pool,
            tokens,
            methods,
            (scheme, authority, user_agent),
        );
        Ok(Channel {
            calls: Arc::new(calls),
            incoming: None,
        })
    }
}

impl std::fmt::Debug for ChannelBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ChannelBuilder")
            .field("settings", &self.settings)
            .field("resolver", &self.resolver)
            .field("tokens", &self.tokens.is_some())
            .finish_non_exhaustive()
    }
}

impl Channel {
    /// A channel with these settings, to be put together further.
    pub fn builder(settings: &Settings) -> ChannelBuilder {
        ChannelBuilder {
            settings: settings.clone(),
            resolver: Arc::new(Dns),
            tokens: None,
            descriptors: Vec::new(),
        }
    }

    /// A typed client, such as `channel.client::<GreeterClient>()`.
    pub fn client<C: Typed>(&self) -> C {
        C::over(self.clone())
    }

    /// The same channel for calls that are made while `incoming` is served: they end before it does, and
    /// bring its id and trace along.
    ///
    /// ```no_run
    /// use std::time::Instant;
    ///
    /// use client::{Channel, Incoming};
    ///
    /// # fn example(channel: &Channel, request: &tonic::Request<()>, deadline: Option<Instant>) {
    /// // In a handler of the chassis, the deadline is `request.call().deadline()`.
    /// let incoming = Incoming::of(request.metadata().as_ref()).deadline(deadline);
    /// let channel = channel.within(incoming);
    /// # let _ = channel;
    /// # }
    /// ```
    pub fn within(&self, incoming: Incoming) -> Self {
        Self {
            calls: Arc::clone(&self.calls),
            incoming: Some(Arc::new(incoming)),
        }
    }

    /// Waits until a server is reached; see [`connect`].
    pub async fn connected(&self) -> Result<(), ConnectError> {
        let settings = self.settings();
        let mut state = self.watch();
        let ready = async {
            loop {
                match *state.borrow_and_update() {
                    State::Ready => return true,
                    State::Idle => self.calls.pool.wake(),
                    _ => {}
                }
                if state.changed().await.is_err() {
                    return false;
                }
            }
        };
        match tokio::time::timeout(settings.connecting.give_up, ready).await {
            Ok(true) => Ok(()),
            _ => Err(ConnectError::Unreachable {
                target: settings.target.clone(),
                cause: match &self.calls.pool.picture().cause {
                    Some(cause) => cause.to_string(),
                    None => "no attempt has ended".to_owned(),
                },
            }),
        }
    }

    /// Whether servers can be reached now.
    pub fn state(&self) -> State {
        self.calls.pool.picture().state
    }

    /// Whether servers can be reached, now and later. The watch does not keep the channel open.
    pub fn watch(&self) -> watch::Receiver<State> {
        self.calls.pool.watch()
    }

    /// What connections there are, and what became of calls.
    pub fn stats(&self) -> Stats {
        Stats::of(&self.calls)
    }

    /// What the channel was opened with.
    pub fn settings(&self) -> &Settings {
        &self.calls.settings
    }

    /// Whether the protos allow the method at `path` to be called again.
    pub(crate) fn may_repeat(&self, path: &str) -> bool {
        self.calls.methods.of(path).repeatable
    }

    /// Whether nobody else holds the channel.
    pub(crate) fn is_alone(&self) -> bool {
        Arc::strong_count(&self.calls) == 1
    }
}

impl Service<Request<Body>> for Channel {
    type Response = Response<ResponseBody>;
    type Error = Status;
    type Future = Pin<Box<dyn Future<Output = Result<Response<ResponseBody>, Status>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Status>> {
        // A call waits by itself, within its own deadline.
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let calls = Arc::clone(&self.calls);
        Box::pin(calls.make(self.incoming.clone(), request))
    }
}
