//! Versions, suites, groups and protocols.

use chassis::config::{TlsMode, TlsVersion};
use rustls::crypto::aws_lc_rs::{self, kx_group};
use rustls::version::{TLS12, TLS13};
use rustls::{NamedGroup, ProtocolVersion};

use crate::authority::Authority;
use crate::client::{Client, failed};
use crate::harness::Server;
use crate::start;

#[tokio::test]
async fn both_versions_are_spoken_unless_the_least_is_1_3() {
    let authority = Authority::new();
    let client = Client::of(&authority);
    let of = |version| Client {
        versions: vec![version],
        ..client.clone()
    };
    let (server, mut config) = start(&authority, "versions", TlsMode::Server).await;
    for (version, expected) in [
        (&TLS12, ProtocolVersion::TLSv1_2),
        (&TLS13, ProtocolVersion::TLSv1_3),
    ] {
        let stream = of(version).open(server.address).await.unwrap();
        let session = stream.get_ref().1;
        assert_eq!(session.protocol_version(), Some(expected));
        assert_eq!(session.alpn_protocol(), Some(&b"h2"[..]));
    }

    config.tls.min_version = TlsVersion::V1_3;
    let server = Server::start_with(config).await;
    of(&TLS13).open(server.address).await.unwrap();
    of(&TLS12).open(server.address).await.unwrap_err();
    failed(&server, "tls").await;
}

#[tokio::test]
async fn each_suite_and_group_that_is_meant_is_spoken_and_no_other() {
    let authority = Authority::new();
    let (server, _) = start(&authority, "suites", TlsMode::Server).await;
    let client = Client::of(&authority);
    // The key of the server is on a curve: no suite of RSA.
    let suites = aws_lc_rs::ALL_CIPHER_SUITES.iter().filter(|suite| {
        !format!("{suite:?}").contains("RSA_WITH") || format!("{suite:?}").contains("ECDSA")
    });
    let mut spoken = 0;
    for suite in suites {
        let mut client = client.clone();
        client.provider.cipher_suites = vec![*suite];
        client.versions = vec![suite.version()];
        let stream = client.open(server.address).await.unwrap();
        let agreed = stream.get_ref().1.negotiated_cipher_suite().unwrap();
        assert_eq!(agreed.suite(), suite.suite());
        spoken += 1;
    }
    assert_eq!(spoken, 6);

    let groups = [kx_group::X25519, kx_group::SECP256R1, kx_group::SECP384R1];
    for group in groups {
        let mut client = client.clone();
        client.provider.kx_groups = vec![group];
        client.versions = vec![&TLS13];
        let meant = [NamedGroup::X25519, NamedGroup::secp256r1].contains(&group.name());
        let opened = client.open(server.address).await;
        assert_eq!(opened.is_ok(), meant, "{:?}", group.name());
    }
}

#[tokio::test]
async fn http2_must_be_asked_for() {
    let authority = Authority::new();
    for (folder, protocols) in [("http1", vec!["http/1.1"]), ("none", vec![])] {
        let server = Server::start_with(authority.settings(folder, TlsMode::Server)).await;
        let client = Client {
            protocols,
            ..Client::of(&authority)
        };
        client.open(server.address).await.unwrap_err();
        failed(&server, "tls_protocol").await;
    }
}
