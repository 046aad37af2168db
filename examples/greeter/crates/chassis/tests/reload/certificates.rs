//! Certificates that are replaced as Kubernetes replaces a Secret, and noticed by the watch.

#![cfg(unix)]

use std::fs;
use std::path::Path;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use tonic::Code;

use crate::authority::{Authority, NAME};
use crate::client::Client;
use crate::harness::call;
use crate::harness::files::replace;
use crate::harness::log::Log;
use crate::harness::wait::until;
use crate::mounted::Mounted;
use crate::{Reloading, settings};

/// A folder with a certificate and its key.
struct Secret(Mounted);

impl Secret {
    fn new(name: &str) -> Self {
        Self(Mounted::new(name, &["tls.crt", "tls.key"]))
    }

    fn publish(&mut self, certificate: &str, key: &str) {
        let files = [("tls.crt", certificate), ("tls.key", key)];
        self.0.publish(&files);
    }
}

/// Settings with the certificate in `folder`.
fn encrypted(folder: &Path) -> String {
    let file = |name| folder.join(name).display().to_string();
    let (certificate, key) = (file("tls.crt"), file("tls.key"));
    settings(20) + &format!("tls: {{mode: server, certificate: '{certificate}', key: '{key}'}}\n")
}

/// The certificate that a new connection gets.
async fn presented(client: &Client, server: &Reloading) -> CertificateDer<'static> {
    let stream = client.open(server.server.address).await.unwrap();
    let certificates = stream.get_ref().1.peer_certificates().unwrap();
    certificates[0].clone()
}

fn of(pem: &str) -> CertificateDer<'static> {
    CertificateDer::from_pem_slice(pem.as_bytes()).unwrap()
}

#[tokio::test]
async fn a_secret_that_is_replaced_is_for_new_connections_and_a_bad_one_for_none() {
    let authority = Authority::new();
    let (first, first_key) = authority.issue(&[NAME], 0);
    let mut secret = Secret::new("secret");
    secret.publish(&first, &first_key);
    let mut server = Reloading::start("certificates", &encrypted(&secret.0.folder)).await;
    server.watch();
    let status = {
        let settings = server.server.shared.settings.clone();
        move || settings.status()
    };
    let client = Client::of(&authority);
    assert_eq!(presented(&client, &server).await, of(&first));
    let channel = client.channel(server.server.address).await.unwrap();
    let mut open = call(&channel, "WaitLater").await.unwrap().into_inner();
    assert!(open.message().await.unwrap().is_some());

    // The settings themselves have not changed.
    let (second, second_key) = authority.issue(&[NAME], 0);
    secret.publish(&second, &second_key);
    until(async || status().generation == 2).await;
    assert_eq!(presented(&client, &server).await, of(&second));
    // The connection from before goes on, and so does its call.
    let error = call(&channel, "Fail").await.unwrap_err();
    assert_eq!(error.code(), Code::NotFound);

    // A certificate with the key of another one, one that has ended, and none at all.
    let (expired, expired_key) = authority.issue(&[NAME], 60);
    for (number, (certificate, key, fault)) in [
        (&first, &second_key, "not the key of `tls.certificate`"),
        (&expired, &expired_key, "expired at 20"),
        (&String::new(), &second_key, "expected certificates in PEM"),
    ]
    .into_iter()
    .enumerate()
    {
        secret.publish(certificate, key);
        until(async || status().refused == number as u64 + 1).await;
        let told = status().fault.unwrap();
        assert!(told.contains(fault), "{told}");
        assert!(told.contains("`tls."), "{told}");
        assert_eq!(presented(&client, &server).await, of(&second));
    }
    assert_eq!(status().generation, 2);
    // What the watch is told, so is the log; that of another thread cannot be seen here.
    let (log, guard) = Log::capture();
    server.reloader.reload().unwrap_err();
    drop(guard);
    let events = log.events("settings refused: the old ones stay");
    assert!(events[0]["error"].as_str().unwrap().contains("`tls."));

    let (third, third_key) = authority.issue(&[NAME], 0);
    secret.publish(&third, &third_key);
    until(async || status().generation == 3).await;
    assert_eq!(status().fault, None);
    assert_eq!(presented(&client, &server).await, of(&third));
    let error = call(&channel, "Fail").await.unwrap_err();
    assert_eq!(error.code(), Code::NotFound);
    drop(open);
}

#[tokio::test]
async fn a_secret_that_was_replaced_before_the_watch_began_is_read() {
    let authority = Authority::new();
    let (first, first_key) = authority.issue(&[NAME], 0);
    let mut secret = Secret::new("early");
    secret.publish(&first, &first_key);
    let mut server = Reloading::start("early-certificates", &encrypted(&secret.0.folder)).await;
    let (second, second_key) = authority.issue(&[NAME], 0);
    secret.publish(&second, &second_key);
    server.watch();
    let settings = server.server.shared.settings.clone();
    until(async || settings.status().generation == 2).await;
    let client = Client::of(&authority);
    assert_eq!(presented(&client, &server).await, of(&second));
}

#[tokio::test]
async fn another_authority_of_clients_is_for_new_connections() {
    let (old, new) = (Authority::new(), Authority::new());
    let (certificate, key) = old.issue(&[NAME], 0);
    let mut secret = Secret::new("authority");
    secret.publish(&certificate, &key);
    let file = secret.0.folder.join("ca.crt");
    fs::write(&file, old.certificate()).unwrap();
    let mutual = format!("mode: mutual, client_ca: '{}'", file.display());
    let settings = encrypted(&secret.0.folder).replace("mode: server", &mutual);
    let mut server = Reloading::start("authorities", &settings).await;
    server.watch();
    let client = Client::of(&old);
    let of = |authority: &Authority| client.with(authority.issue(&["spiffe://acme/orders"], 0));
    let address = server.server.address;
    let channel = of(&old).channel(address).await.unwrap();
    of(&new).open(address).await.unwrap_err();

    replace(&file, new.certificate());
    let status = server.server.shared.settings.clone();
    until(async || status.status().generation == 2).await;
    of(&new).open(address).await.unwrap();
    of(&old).open(address).await.unwrap_err();
    let error = call(&channel, "Fail").await.unwrap_err();
    assert_eq!(error.code(), Code::NotFound);
}
