//! Who a client is, by its certificate.

use std::fmt;
use std::io;

use x509_parser::extensions::GeneralName;
use x509_parser::parse_x509_certificate;

/// What the certificate of a client says, which one of `tls.client_ca` has signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeerCertificate {
    uris: Vec<String>,
    dns_names: Vec<String>,
    emails: Vec<String>,
    subject: String,
}

impl PeerCertificate {
    /// Reads a certificate in DER.
    pub(super) fn read(der: &[u8]) -> io::Result<Self> {
        let unreadable = |error: &dyn fmt::Display| {
            let message = format!("the certificate of the client cannot be read: {error}");
            io::Error::new(io::ErrorKind::InvalidData, message)
        };
        let (_, parsed) = parse_x509_certificate(der).map_err(|error| unreadable(&error))?;
        let mut certificate = Self {
            uris: Vec::new(),
            dns_names: Vec::new(),
            emails: Vec::new(),
            subject: parsed.subject().to_string(),
        };
        let names = parsed.subject_alternative_name();
        let names = names.map_err(|error| unreadable(&error))?;
        for name in names.iter().flat_map(|names| &names.value.general_names) {
            match name {
                GeneralName::URI(uri) => certificate.uris.push((*uri).to_owned()),
                GeneralName::DNSName(name) => certificate.dns_names.push((*name).to_owned()),
                GeneralName::RFC822Name(email) => certificate.emails.push((*email).to_owned()),
                _ => {}
            }
        }
        Ok(certificate)
    }

    /// The name to know the client by: its first URI, such as a SPIFFE id, else its first DNS name,
    /// else its first email address, else its subject.
    pub fn identity(&self) -> &str {
        let names = [&self.uris, &self.dns_names, &self.emails];
        let first = names.into_iter().flatten().next();
        first.unwrap_or(&self.subject)
    }

    /// Its URIs, in their order.
    pub fn uris(&self) -> &[String] {
        &self.uris
    }

    /// Its DNS names, in their order.
    pub fn dns_names(&self) -> &[String] {
        &self.dns_names
    }

    /// Its email addresses, in their order.
    pub fn emails(&self) -> &[String] {
        &self.emails
    }

    /// Its subject, such as `CN=orders, O=acme`.
    pub fn subject(&self) -> &str {
        &self.subject
    }
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, DnType, KeyPair, SanType};

    use super::*;

    fn identity(names: Vec<SanType>) -> String {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, "orders");
        params.subject_alt_names = names;
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap();
        let read = PeerCertificate::read(certificate.der()).unwrap();
        read.identity().to_owned()
    }

    #[test]
    fn the_most_telling_name_is_the_identity() {
        let uri = SanType::URI("spiffe://acme/orders".try_into().unwrap());
        let dns = SanType::DnsName("orders.acme.example".try_into().unwrap());
        let email = SanType::Rfc822Name("orders@acme.example".try_into().unwrap());
        let all = vec![email.clone(), dns.clone(), uri];
        assert_eq!(identity(all), "spiffe://acme/orders");
        assert_eq!(identity(vec![email.clone(), dns]), "orders.acme.example");
        assert_eq!(identity(vec![email]), "orders@acme.example");
        assert!(identity(Vec::new()).contains("CN=orders"));
        assert!(PeerCertificate::read(b"no certificate").is_err());
    }
}
