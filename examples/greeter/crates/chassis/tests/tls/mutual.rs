//! Clients that need a certificate.

use std::sync::{Arc, Mutex};

use chassis::config::TlsMode;

use crate::authority::{Authority, NAME};
use crate::client::{Client, failed};
use crate::harness::{self, Server};
use crate::start;

#[tokio::test]
async fn only_a_certificate_of_the_authority_opens_a_connection() {
    let authority = Authority::new();
    let stranger = Authority::new();
    let client = Client::of(&authority);
    let known = client.with(authority.issue(&["spiffe://acme/orders"], 0));
    for (folder, client) in [
        ("without", client.clone()),
        (
            "strange",
            client.with(stranger.issue(&["spiffe://acme/orders"], 0)),
        ),
        (
            "expired",
            client.with(authority.issue(&["spiffe://acme/orders"], 60)),
        ),
    ] {
        let (server, _) = start(&authority, folder, TlsMode::Mutual).await;
        client.open(server.address).await.unwrap_err();
        failed(&server, "tls").await;
        known.open(server.address).await.unwrap();
    }
}

#[tokio::test]
async fn the_client_does_not_talk_to_a_server_of_another_authority() {
    let (server, _) = start(&Authority::new(), "other", TlsMode::Server).await;
    let client = Client::of(&Authority::new());
    client.open(server.address).await.unwrap_err();
    failed(&server, "tls").await;
}

/// What an own guard of a team would see.
#[derive(Debug, Clone, Default)]
struct Seen(Arc<Mutex<Vec<String>>>);

impl chassis::guard::Guard for Seen {
    fn check(
        &self,
        call: &mut chassis::call::Call,
        _: &http::request::Parts,
    ) -> Result<(), chassis::guard::Refusal> {
        let certificate = call.certificate().unwrap();
        self.0
            .lock()
            .unwrap()
            .push(certificate.identity().to_owned());
        Ok(())
    }
}

#[tokio::test]
async fn guards_see_who_the_client_is() {
    let authority = Authority::new();
    let config = authority.settings("identity", TlsMode::Mutual);
    let seen = Seen::default();
    let guard = seen.clone();
    let server = Server::start_guarded(config, |stack| stack.add_guard(guard)).await;
    let client = Client::of(&authority);
    for (names, identity) in [
        (&[NAME, "spiffe://acme/orders"][..], "spiffe://acme/orders"),
        (&["orders.acme.example"], "orders.acme.example"),
    ] {
        let client = client.with(authority.issue(names, 0));
        let channel = client.channel(server.address).await.unwrap();
        harness::call(&channel, "Answer").await.unwrap();
        assert_eq!(seen.0.lock().unwrap().pop().as_deref(), Some(identity));
    }
}
