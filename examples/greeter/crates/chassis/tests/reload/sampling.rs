//! The share of traces that are sampled changes.

use crate::harness::call;
use crate::harness::wait::LONG;
use crate::{Reloading, settings};

#[tokio::test]
async fn the_ratio_of_samples_changes() {
    // Nobody listens there: every span is lost, and counted.
    let ratio = |ratio: u8| {
        settings(20)
            + &format!(
                "tracing: {{enabled: true, endpoint: 'http://127.0.0.1:1', delay: 1h, ratio: {ratio}}}\n"
            )
    };
    let server = Reloading::start("sampling", &ratio(0)).await;
    let channel = server.server.connect().await;
    for share in [0, 1, 0] {
        server.write(&ratio(share));
        server.reloader.reload().unwrap();
        call(&channel, "Unary").await.unwrap();
    }
    server.server.settled().await;
    let traces = &server.server.shared.traces;
    traces.end(LONG).await;
    assert_eq!(traces.lost(), 1);
}
