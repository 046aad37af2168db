//! What is slow changes.

use tonic::Code;

use crate::harness::call;
use crate::harness::log::Log;
use crate::{Reloading, settings};

#[tokio::test]
async fn the_time_of_a_slow_call_changes() {
    let slow = |time: &str| {
        let rule = format!("public: true, timeout: 20ms, slow: {time}");
        settings(20).replace("public: true", &rule)
    };
    let (log, _guard) = Log::capture();
    let server = Reloading::start("slow", &slow("1m")).await;
    let channel = server.server.connect().await;
    for (time, count) in [("1m", 0), ("1ms", 1), ("1m", 1)] {
        server.write(&slow(time));
        server.reloader.reload().unwrap();
        let cut = async { call(&channel, "Wait").await?.get_mut().message().await };
        assert_eq!(cut.await.unwrap_err().code(), Code::DeadlineExceeded);
        server.server.settled().await;
        assert_eq!(log.events("slow call").len(), count, "{time}");
    }
}
