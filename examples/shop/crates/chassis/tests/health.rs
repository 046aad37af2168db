//! The health of services follows what they need, and the life of the server.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::time::Duration;

use chassis::config::{self, Config, Shutdown};
use chassis::health;
use chassis::runtime::{Dependency, Lifecycle};
use chassis::services::Services;
use tonic::transport::Channel;
use tonic::{Code, Streaming};
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;
use tonic_health::pb::{HealthCheckRequest, HealthCheckResponse};

use harness::{Behaviour, Server};

mod harness;

const SERVICE: &str = "test.Behaviour";
const PATIENCE: Duration = Duration::from_secs(10);

fn request(service: &str) -> HealthCheckRequest {
    HealthCheckRequest {
        service: service.to_owned(),
    }
}

async fn watch(channel: &Channel, service: &str) -> Streaming<HealthCheckResponse> {
    let mut client = HealthClient::new(channel.clone());
    client.watch(request(service)).await.unwrap().into_inner()
}

/// Waits until the watch tells this; statuses in between may be left out.
async fn told(watch: &mut Streaming<HealthCheckResponse>, status: ServingStatus) {
    let told = async { while watch.message().await.unwrap().unwrap().status() != status {} };
    tokio::time::timeout(PATIENCE, told).await.unwrap();
}

#[tokio::test]
async fn a_service_is_healthy_while_all_that_it_needs_is_up() {
    let database = Dependency::new("database");
    let lifecycle = Lifecycle::new();
    let mut services = Services::default();
    services.add(Behaviour);
    services.needs(Some(SERVICE), &database);
    health::add(&mut services, lifecycle.watch()).await;
    let sets = [health::DESCRIPTORS.to_vec(), harness::descriptors()];
    let config = Config {
        server: config::Server {
            shutdown: Shutdown {
                delay: Duration::from_millis(200),
                ..Shutdown::default()
            },
            ..config::Server::default()
        },
        ..Config::default()
    };
    let server = Server::start_alone(config, services, &sets, lifecycle, |_| ()).await;
    let channel = server.connect().await;
    let mut service = watch(&channel, SERVICE).await;
    let mut overall = watch(&channel, "").await;
    for up in [false, true, false, true] {
        database.set_up(up);
        let status = match up {
            true => ServingStatus::Serving,
            false => ServingStatus::NotServing,
        };
        told(&mut service, status).await;
        told(&mut overall, status).await;
    }

    // Whatever is up: once the server leaves, nobody should come.
    server.trigger.end();
    told(&mut service, ServingStatus::NotServing).await;
    database.set_up(false);
    database.set_up(true);
    let mut client = HealthClient::new(channel);
    let answer = client.check(request(SERVICE)).await.unwrap();
    assert_eq!(answer.into_inner().status(), ServingStatus::NotServing);
    let status = client.check(request("test.Nobody")).await.unwrap_err();
    assert_eq!(status.code(), Code::NotFound);
    // Watches end with the server, and do not hold it up.
    while let Ok(Some(_)) = overall.message().await {}
    assert_eq!(server.running.await.unwrap(), chassis::runtime::Exit::Clean);
}
