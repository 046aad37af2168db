//! The server is ready while all that its services need is up.

use chassis::config::Config;
use chassis::runtime::Dependency;
use chassis::services::Services;

use crate::harness::Server;
use crate::{Both, open};

#[tokio::test]
async fn a_server_without_what_it_needs_is_not_ready_but_alive() {
    let (database, cache) = (Dependency::new("database"), Dependency::new("cache"));
    let mut services = Services::default();
    services.needs(None, &database);
    services.needs(Some("test.Behaviour"), &cache);
    let server = Server::start_besides(Config::default(), services, &[]).await;
    let both = Both::of(server, open()).await;
    let answer = both.get("/readyz").await;
    assert_eq!(answer.status, 503);
    assert_eq!(answer.body, "not ready: cache, database down\n");
    assert_eq!(both.get("/livez").await.status, 200);
    database.set_up(true);
    cache.set_up(true);
    assert_eq!(both.get("/readyz").await.status, 200);
    cache.set_up(false);
    assert_eq!(both.get("/readyz").await.body, "not ready: cache down\n");
}
