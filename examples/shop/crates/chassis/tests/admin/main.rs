//! The admin port over real sockets: what it tells, when, and to whom.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use chassis::admin::{Admin, Facts};
use chassis::config::{self, Config};
use http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::watch;

use harness::Server;

mod changes;
mod dependencies;
#[path = "../harness/mod.rs"]
mod harness;
mod routes;
mod state;

/// What is open only where `admin.debug` opens it.
const DEBUG: [&str; 8] = [
    "/",
    "/page.css",
    "/page.js",
    "/debug/config",
    "/debug/connections",
    "/debug/log-level",
    "/debug/policy",
    "/debug/runtime",
];

/// A server and its admin port.
struct Both {
    server: Server,
    admin: SocketAddr,
}

impl Both {
    async fn start(config: Config) -> Self {
        let server = Server::start_with(config.clone()).await;
        Self::of(server, config).await
    }

    /// The admin port of a server that runs already.
    async fn of(server: Server, mut config: Config) -> Self {
        config.admin.host = Ipv4Addr::LOCALHOST.into();
        config.admin.port = 0;
        let facts = facts(&server, &config);
        let port = Admin::bind(&config.admin, facts).await.unwrap();
        let admin = port.address().unwrap();
        tokio::spawn(port.serve());
        Self { server, admin }
    }

    async fn get(&self, path: &str) -> Answer {
        ask(self.admin, "GET", path, &[], "").await
    }

    async fn json(&self, path: &str) -> Value {
        let answer = self.get(path).await;
        assert_eq!(answer.status, 200, "{path}");
        assert_eq!(answer.headers["content-type"], "application/json");
        serde_json::from_str(&answer.body).unwrap()
    }

    /// Asks for the log level `body` with `headers` besides the content type.
    async fn put(&self, headers: &[(&str, &str)], body: &str) -> Answer {
        let json = [("content-type", "application/json")];
        let headers = [&json, headers].concat();
        ask(self.admin, "PUT", "/debug/log-level", &headers, body).await
    }
}

fn facts(server: &Server, config: &Config) -> Facts {
    Facts {
        name: "tested",
        version: "1.2.3",
        phase: server.phase.clone(),
        dependencies: server.dependencies.clone(),
        methods: server.methods.clone(),
        shared: server.shared.clone(),
        settings: watch::channel(Arc::new(config.clone())).1,
    }
}

/// What the port answers.
struct Answer {
    status: u16,
    headers: HeaderMap,
    body: String,
}

/// One request on a connection of its own; `host` among the headers replaces the address.
async fn ask(
    admin: SocketAddr,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Answer {
    let mut head = format!("{method} {path} HTTP/1.1\r\nConnection: close\r\n");
    if headers.iter().all(|(name, _)| *name != "host") {
        head += &format!("host: {admin}\r\n");
    }
    for (name, value) in headers {
        head += &format!("{name}: {value}\r\n");
    }
    let request = format!("{head}Content-Length: {}\r\n\r\n{body}", body.len());
    let mut stream = TcpStream::connect(admin).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let mut lines = head.lines();
    let status = lines.next().unwrap().split(' ').nth(1).unwrap();
    let headers = lines.map(|line| {
        let (name, value) = line.split_once(": ").unwrap();
        let name: HeaderName = name.parse().unwrap();
        (name, value.parse::<HeaderValue>().unwrap())
    });
    Answer {
        status: status.parse().unwrap(),
        headers: headers.collect(),
        body: body.to_owned(),
    }
}

/// The defaults, but open.
fn open() -> Config {
    Config {
        admin: config::Admin {
            debug: true,
            hosts: vec!["greeter.internal".to_owned()],
            ..Default::default()
        },
        ..Default::default()
    }
}
