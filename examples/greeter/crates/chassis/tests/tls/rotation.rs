//! Certificates that change while the server runs, and files that are no use.

use std::path::PathBuf;
use std::time::SystemTime;

use chassis::config::{Config, TlsMode};
use chassis::transport::{Admission, Expiry};
use tonic::Code;

use crate::authority::{Authority, NAME};
use crate::client::Client;
use crate::harness::call;
use crate::start;

#[tokio::test]
async fn new_connections_get_the_new_certificate_and_old_ones_go_on() {
    let old = Authority::new();
    let new = Authority::new();
    let (server, config) = start(&old, "rotation", TlsMode::Mutual).await;
    let client = Client::of(&old).with(old.issue(&[NAME], 0));
    let channel = client.channel(server.address).await.unwrap();
    let mut messages = call(&channel, "WaitLater").await.unwrap().into_inner();
    assert!(messages.message().await.unwrap().is_some());

    // Half of a change does not fit together: it is refused, and nothing has changed.
    let admission = &server.shared.admission;
    let (certificate, key) = new.issue(&[NAME], 0);
    std::fs::write(&config.tls.certificate, certificate).unwrap();
    let error = admission.prepare(&config).unwrap_err().to_string();
    assert!(
        error.ends_with("server.key: not the key of `tls.certificate`"),
        "{error}"
    );
    client.open(server.address).await.unwrap();

    std::fs::write(&config.tls.key, key).unwrap();
    std::fs::write(&config.tls.client_ca, new.certificate()).unwrap();
    let next = admission.prepare(&config).unwrap();
    client.open(server.address).await.unwrap();
    next.commit();
    client.open(server.address).await.unwrap_err();
    let renewed = Client::of(&new).with(new.issue(&[NAME], 0));
    renewed.open(server.address).await.unwrap();
    // Trusted by the new clients, yet known by the old authority.
    Client::of(&new)
        .with(old.issue(&[NAME], 0))
        .open(server.address)
        .await
        .unwrap_err();

    // The connection from before has neither ended nor changed.
    let status = call(&channel, "Fail").await.unwrap_err();
    assert_eq!(status.code(), Code::NotFound);
    drop(messages);
}

/// What is wrong with the settings, without the folder of the test.
fn fault(config: &Config) -> String {
    let folder = config.tls.certificate.parent().unwrap();
    let error = Admission::new(config).unwrap_err().to_string();
    error.replace(&format!("{}/", folder.display()), "")
}

#[test]
fn files_that_are_no_use_are_named_with_their_fault() {
    let authority = Authority::new();
    let good = authority.settings("faults", TlsMode::Mutual);
    assert!(Admission::new(&good).is_ok());
    let folder = good.tls.certificate.parent().unwrap();
    let written = |name: &str, text: &str| -> PathBuf {
        let file = folder.join(name);
        std::fs::write(&file, text).unwrap();
        file
    };
    let (certificate, key) = authority.issue(&[NAME], 60);
    let with = |change: &dyn Fn(&mut Config)| {
        let mut config = good.clone();
        change(&mut config);
        fault(&config)
    };
    let missing = with(&|config| config.tls.key = folder.join("missing"));
    assert!(
        missing.starts_with("`tls.key`: missing: No such file"),
        "{missing}"
    );
    let unset = with(&|config| config.tls.client_ca = PathBuf::new());
    assert_eq!(unset, "`tls.client_ca`: no file, but `tls.mode` needs one");
    let swapped = with(&|config| config.tls.key = config.tls.client_ca.clone());
    let expected = "expected a private key in PEM without a password, found none";
    assert_eq!(swapped, format!("`tls.key`: ca.pem: {expected}"));
    let swapped = with(&|config| config.tls.certificate = config.tls.key.clone());
    assert_eq!(
        swapped,
        "`tls.certificate`: server.key: expected certificates in PEM, found none"
    );
    let expired = with(&|config| config.tls.certificate = written("expired.pem", &certificate));
    assert!(
        expired.starts_with("`tls.certificate`: expired.pem: expired at 20"),
        "{expired}"
    );
    let secret: String = key.lines().nth(1).unwrap().to_owned();
    for (text, expected) in [
        (key.replace("-----END", "-----"), "a PEM without an end"),
        (
            key.replace(&secret, &format!("{secret}*")),
            "a PEM that is not in base64",
        ),
        (String::new(), expected),
    ] {
        let broken = with(&|config| config.tls.key = written("broken.key", &text));
        assert_eq!(broken, format!("`tls.key`: broken.key: {expected}"));
    }
}

#[test]
fn the_files_are_those_of_the_mode() {
    let names = |mode| {
        let config = Authority::new().settings("names", mode);
        let files = Admission::files(&config);
        let name = |file: &PathBuf| file.file_name().unwrap().to_str().unwrap().to_owned();
        files.iter().map(name).collect::<Vec<_>>()
    };
    assert!(names(TlsMode::Off).is_empty());
    assert_eq!(names(TlsMode::Server), ["server.pem", "server.key"]);
    assert_eq!(
        names(TlsMode::Mutual),
        ["server.pem", "server.key", "ca.pem"]
    );
}

#[test]
fn the_end_of_the_certificate_is_known() {
    let config = Authority::new().settings("expiry", TlsMode::Server);
    let not_after = Expiry::new(Admission::new(&config).unwrap()).not_after();
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    assert!(not_after.unwrap() > since.unwrap().as_secs().try_into().unwrap());
    let off = Admission::new(&Config::default()).unwrap();
    assert_eq!(Expiry::new(off).not_after(), None);
}
