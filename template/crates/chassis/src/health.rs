//! The health service, `grpc.health.v1`: for probes and for clients that balance.
//!
//! The overall health, `""`, and each service are SERVING from the start and NOT_SERVING from the
//! first signal on. Watches end when the server drains, so that they do not hold it up.

use std::time::Duration;

use tonic::Status;
use tonic::transport::{Endpoint, Error, Uri};
use tonic_health::ServingStatus;
pub use tonic_health::pb::FILE_DESCRIPTOR_SET as DESCRIPTORS;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus as Answer;
use tonic_health::pb::health_client::HealthClient;
use tonic_health::pb::health_server::HealthServer;
use tonic_health::server::{HealthReporter, HealthService};

use crate::runtime::{Phase, Watch};
use crate::services::Services;

/// Adds the health service, which answers for all `services` that are there already.
pub async fn add(services: &mut Services, mut phase: Watch) {
    let mut reporter = HealthReporter::new();
    let mut names = services.names();
    // The overall health.
    names.push("");
    for name in &names {
        reporter
            .set_service_status(name, ServingStatus::Serving)
            .await;
    }
    services.add(HealthServer::new(HealthService::from_health_reporter(
        reporter.clone(),
    )));
    tokio::spawn(async move {
        phase.reached(Phase::Leaving).await;
        for name in &names {
            reporter
                .set_service_status(name, ServingStatus::NotServing)
                .await;
        }
        phase.reached(Phase::Draining).await;
        for name in &names {
            reporter.clear_service_status(name).await;
        }
    });
}

/// Why a server cannot be called healthy.
#[derive(Debug, thiserror::Error)]
pub enum Unhealthy {
    /// It cannot be reached.
    #[error("not reachable")]
    Unreachable(#[from] Error),
    /// It does not answer, or does not know the service.
    #[error("{}", .0.message())]
    Refused(#[from] Box<Status>),
    /// It answers, and is not serving.
    #[error("{}", .0.as_str_name())]
    NotServing(Answer),
}

/// Asks the server at `uri` for the health of `service`; `""` is the overall health.
pub async fn check(uri: Uri, service: &str, timeout: Duration) -> Result<(), Unhealthy> {
    let endpoint = Endpoint::from(uri)
        .connect_timeout(timeout)
        .timeout(timeout);
    let mut client = HealthClient::new(endpoint.connect().await?);
    let request = HealthCheckRequest {
        service: service.to_owned(),
    };
    match client
        .check(request)
        .await
        .map_err(Box::new)?
        .into_inner()
        .status()
    {
        Answer::Serving => Ok(()),
        other => Err(Unhealthy::NotServing(other)),
    }
}
