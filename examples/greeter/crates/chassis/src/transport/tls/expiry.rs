//! When the certificate of the server ends, and who is told.

use std::time::{Duration, SystemTime};

use tokio::time::{Instant, sleep};
use tracing::warn;

use super::files::seconds;
use crate::transport::Admission;

/// How often it is looked at.
const LOOK: Duration = Duration::from_secs(60);
/// How often the same is warned of.
const REMIND: Duration = Duration::from_secs(86_400);

/// The end of the certificate for new connections.
#[derive(Debug, Clone)]
pub struct Expiry(Admission);

impl Expiry {
    /// That of the certificate that `admission` has at the time.
    pub fn new(admission: Admission) -> Self {
        Self(admission)
    }

    /// When it ends, in seconds since 1970; none if there is no TLS.
    pub fn not_after(&self) -> Option<i64> {
        self.0.security().tls().map(|tls| tls.not_after)
    }

    /// Warns once a day when the end is near, for as long as it is polled.
    pub async fn watch(self) {
        let mut told: Option<(i64, Instant)> = None;
        loop {
            let remaining = self.near();
            if let Some((not_after, remaining)) = remaining
                && told.is_none_or(|(of, at)| of != not_after || at.elapsed() >= REMIND)
            {
                told = Some((not_after, Instant::now()));
                let hours = remaining / 3600;
                warn!(hours, "the certificate of the server ends soon");
            }
            sleep(LOOK).await;
        }
    }

    /// The end and the seconds until then, if that is to be warned of.
    fn near(&self) -> Option<(i64, i64)> {
        let security = self.0.security();
        let tls = security.tls()?;
        let remaining = tls.not_after - seconds(SystemTime::now());
        let warning = i64::try_from(tls.expiry_warning.as_secs()).unwrap_or(i64::MAX);
        (warning > 0 && remaining < warning).then_some((tls.not_after, remaining))
    }
}
