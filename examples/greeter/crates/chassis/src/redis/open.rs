//! What opens connections to Redis, with TLS or without.

use std::fs;
use std::path::Path;

use redis::{Client, ConnectionAddr, ConnectionInfo, IntoConnectionInfo, TlsCertificates};
use rustls::crypto::aws_lc_rs;

use super::RedisError;
use crate::config;

/// A client as `settings` want it; opens nothing yet.
pub(super) fn client(settings: &config::Redis) -> Result<Client, RedisError> {
    let address = settings.url.as_str().into_connection_info();
    let mut address = address.map_err(|_| RedisError::Url)?;
    if let Some(password) = settings.password.read()? {
        let login = address.redis_settings().clone();
        address = address.set_redis_settings(login.set_password(password.expose()));
    }
    if !matches!(address.addr(), ConnectionAddr::TcpTls { .. }) {
        return Ok(Client::open(address)?);
    }
    encrypted(address, &settings.ca)
}

fn encrypted(address: ConnectionInfo, ca: &Path) -> Result<Client, RedisError> {
    // The crate takes that of the process. Whoever was here before has chosen one as well.
    let _ = aws_lc_rs::default_provider().install_default();
    let root_cert = match ca.as_os_str().is_empty() {
        true => None,
        false => Some(fs::read(ca).map_err(|error| RedisError::Certificates {
            path: ca.to_owned(),
            reason: error.to_string(),
        })?),
    };
    let certificates = TlsCertificates {
        client_tls: None,
        root_cert,
    };
    Ok(Client::build_with_tls(address, certificates)?)
}
