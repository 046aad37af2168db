//! The token, verified at each call.

use std::sync::Arc;

use chassis::config::Auth;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode};
use serde_json::Value;
use tonic::Status;
use tower::{ServiceExt, service_fn};

use super::observe::Boxed;

/// Lets calls with a valid token pass.
pub(super) fn layer(service: Boxed, settings: &Auth) -> Boxed {
    let secret = std::fs::read(&settings.keys).unwrap_or_default();
    let key = Arc::new(DecodingKey::from_secret(secret.trim_ascii()));
    let mut validation = Validation::new(Algorithm::HS256);
    validation.set_issuer(&[&settings.issuer]);
    validation.set_audience(&[&settings.audience]);
    let validation = Arc::new(validation);
    Boxed::new(service_fn(move |request: http::Request<_>| {
        let service = service.clone();
        let (key, validation) = (Arc::clone(&key), Arc::clone(&validation));
        async move {
            let header = request.headers().get("authorization");
            let token = header
                .and_then(|value| value.to_str().ok())
                .and_then(|value| value.strip_prefix("Bearer "))
                .unwrap_or_default();
            if decode::<Value>(token, &key, &validation).is_err() {
                return Ok(Status::unauthenticated("no valid token").into_http());
            }
            service.oneshot(request).await
        }
    }))
}
