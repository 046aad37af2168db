//! Limits change while they count, and others go on counting.

use tonic::Code;

use crate::harness::call;
use crate::{Reloading, settings};

#[tokio::test]
async fn limits_change_and_those_that_stay_go_on_counting() {
    let limits =
        |caller: &str, seconds| settings(seconds) + &format!("rate_limit: {{caller: {caller}}}\n");
    let server = Reloading::start("limits", &limits("2/h", 20)).await;
    let channel = server.server.connect().await;
    let code = async || {
        call(&channel, "Unary")
            .await
            .err()
            .map(|error| error.code())
    };
    assert_eq!(code().await, None);
    // Something else changes: the second call is still the last one.
    server.write(&limits("2/h", 21));
    server.reloader.reload().unwrap();
    assert_eq!(code().await, None);
    assert_eq!(code().await, Some(Code::ResourceExhausted));
    server.write(&limits("3/h", 21));
    server.reloader.reload().unwrap();
    for _ in 0..3 {
        assert_eq!(code().await, None);
    }
    assert_eq!(code().await, Some(Code::ResourceExhausted));
}
