//! An authority that issues certificates for the tests.

use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use chassis::config::{Config, Tls, TlsMode};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, SanType};

/// The name by which clients know the server.
pub(crate) const NAME: &str = "greeter.test";

pub(crate) struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    pub(crate) fn new() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params
            .distinguished_name
            .push(DnType::CommonName, "authority");
        let key = KeyPair::generate().unwrap();
        Self(CertifiedIssuer::self_signed(params, key).unwrap())
    }

    /// Its own certificate, in PEM.
    pub(crate) fn certificate(&self) -> String {
        self.0.pem()
    }

    /// A certificate for these names and its key, in PEM; it ended `expired` seconds ago, unless 0.
    pub(crate) fn issue(&self, names: &[&str], expired: u64) -> (String, String) {
        let mut params = CertificateParams::default();
        let name = |name: &&str| match name.contains("://") {
            true => SanType::URI((*name).try_into().unwrap()),
            false => SanType::DnsName((*name).try_into().unwrap()),
        };
        params.subject_alt_names = names.iter().map(name).collect();
        if expired > 0 {
            params.not_after = (SystemTime::now() - Duration::from_secs(expired)).into();
        }
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.0).unwrap();
        (certificate.pem(), key.serialize_pem())
    }

    /// Settings of a server whose certificate it has issued, with files in a folder of this name.
    pub(crate) fn settings(&self, name: &str, mode: TlsMode) -> Config {
        let folder = folder(name);
        let (certificate, key) = self.issue(&[NAME], 0);
        let write = |name: &str, text: &str| {
            let file = folder.join(name);
            std::fs::write(&file, text).unwrap();
            file
        };
        let tls = Tls {
            mode,
            certificate: write("server.pem", &certificate),
            key: write("server.key", &key),
            client_ca: write("ca.pem", &self.certificate()),
            ..Tls::default()
        };
        Config {
            tls,
            ..Config::default()
        }
    }
}

/// A folder of this name for the files of one test.
pub(crate) fn folder(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("tls-{name}"));
    std::fs::create_dir_all(&folder).unwrap();
    folder
}
