//! A limit per caller, by the text of its name.

use std::num::NonZeroU32;
use std::sync::Arc;

use governor::{DefaultKeyedRateLimiter, Quota};
use tonic::Status;
use tower::{ServiceExt, service_fn};

use super::observe::Boxed;

/// Lets calls pass that are not too many.
pub(super) fn layer(service: Boxed) -> Boxed {
    let quota = Quota::per_second(NonZeroU32::MAX);
    let limiter = Arc::new(DefaultKeyedRateLimiter::<String>::keyed(quota));
    Boxed::new(service_fn(move |request: http::Request<_>| {
        let service = service.clone();
        let limiter = Arc::clone(&limiter);
        async move {
            let header = request.headers().get("user-agent");
            let caller = header.and_then(|value| value.to_str().ok());
            if limiter
                .check_key(&caller.unwrap_or_default().to_owned())
                .is_err()
            {
                return Ok(Status::resource_exhausted("too many calls").into_http());
            }
            service.oneshot(request).await
        }
    }))
}
