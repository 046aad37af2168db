//! A burst that takes memory is refused before it takes all of it.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::convert::Infallible;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::task::{Context, Poll};
use std::time::Duration;

use chassis::call::RequestBody;
use chassis::config::Config;
use chassis::runtime::memory;
use chassis::services::{Answer, Services};
use http::{Request, Response};
use tonic::body::Body;
use tonic::client::Grpc;
use tonic::codegen::Service;
use tonic::server::NamedService;
use tonic::transport::Channel;
use tonic::{Code, Status};
use tonic_prost::ProstCodec;

use harness::{Server, describe};

mod harness;

/// What one call takes.
const PORTION: usize = 2 << 20;
/// What all of them may take.
const ROOM: u64 = 48 << 20;
/// What may come above it until it is noticed, and what else the process does meanwhile.
const SLACK: u64 = 32 << 20;

/// What the calls have taken.
static TAKEN: Mutex<Vec<Vec<u8>>> = Mutex::new(Vec::new());

/// How often free memory was to be given back.
static PURGED: AtomicUsize = AtomicUsize::new(0);

/// A service whose calls take memory and keep it.
#[derive(Clone)]
struct Hoard;

impl NamedService for Hoard {
    const NAME: &'static str = "test.Hoard";
}

impl Service<Request<RequestBody>> for Hoard {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Answer;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<RequestBody>) -> Answer {
        // Not zeros, which the system gives without memory behind them.
        TAKEN.lock().unwrap().push(vec![1; PORTION]);
        Box::pin(async { Ok(Status::not_found("taken").into_http()) })
    }
}

async fn take(channel: &Channel) -> Code {
    let mut grpc = Grpc::new(channel.clone());
    grpc.ready().await.unwrap();
    let path = "/test.Hoard/UnaryTake".try_into().unwrap();
    let codec = ProstCodec::<(), ()>::default();
    let answer = grpc.unary(tonic::Request::new(()), path, codec).await;
    answer.unwrap_err().code()
}

#[tokio::test]
async fn a_burst_is_refused_before_it_takes_all_memory() {
    let limit = memory::resident().unwrap() + ROOM;
    let mut config = Config::default();
    config.load_shedding.memory = limit;
    let mut services = Services::default();
    services.add(Hoard);
    let sets = [describe("test", "Hoard", &["UnaryTake"], false)];
    let server = Server::start_besides(config, services, &sets).await;
    let shared = &server.shared;
    let (limits, pressure) = (shared.memory_limit.clone(), shared.pressure.clone());
    let purge = || _ = PURGED.fetch_add(1, Relaxed);
    let watching = tokio::spawn(memory::watch(limits, pressure, purge));
    let channel = server.connect().await;

    let (mut refused, mut peak) = (0, 0);
    // Four times what there is room for.
    for _ in 0..4 * ROOM as usize / PORTION {
        match take(&channel).await {
            Code::ResourceExhausted => refused += 1,
            code => assert_eq!(code, Code::NotFound),
        }
        peak = peak.max(memory::resident().unwrap());
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert!(refused > 0);
    assert!(peak < limit + SLACK, "{peak} {limit}");

    // What takes memory is refused until it is given back.
    TAKEN.lock().unwrap().clear();
    let given_back = async {
        while take(&channel).await == Code::ResourceExhausted {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    let given_back = tokio::time::timeout(Duration::from_secs(30), given_back).await;
    given_back.expect("calls are taken again");
    assert!(PURGED.load(Relaxed) > 0);
    watching.abort();
}
