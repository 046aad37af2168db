//! A flood of forged tokens ends before their signatures are looked at.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::path::Path;
use std::time::SystemTime;

use chassis::config::{Algorithm, Auth, Config};
use chassis::policy::Rule;
use chassis::token::{Issuer, Subject};
use tonic::transport::Channel;
use tonic::{Code, Request};
use tonic_types::StatusExt;

use harness::{Server, call_with};

mod harness;

const SECRET: &str = "0123456789abcdef0123456789abcdef";

fn auth(name: &str) -> Auth {
    let key = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&key, SECRET).unwrap();
    let mut auth = Auth {
        issuer: "test".to_owned(),
        audience: "test".to_owned(),
        keys: key.clone(),
        algorithm: Some(Algorithm::HS256),
        ..Auth::default()
    };
    auth.signing.key = key;
    auth
}

fn token(auth: &Auth, subject: &str) -> String {
    let subject = Subject {
        id: subject.to_owned(),
        ..Subject::default()
    };
    let pair = Issuer::new(auth).unwrap().issue(subject, SystemTime::now());
    pair.unwrap().access_token
}

/// The code and the reason that a call with this token is answered with.
async fn answer(channel: &Channel, method: &str, token: &str) -> (Code, String) {
    let mut request = Request::new(());
    let bearer = format!("Bearer {token}").parse().unwrap();
    request.metadata_mut().insert("authorization", bearer);
    match call_with(channel, method, request).await {
        Ok(_) => (Code::Ok, String::new()),
        Err(status) => {
            let details = status.get_error_details();
            let reason = details.error_info().map(|info| info.reason.clone());
            (status.code(), reason.unwrap_or_default())
        }
    }
}

/// A server that takes three calls an hour of each caller, all methods together or of one method.
async fn limited(auth: Auth, of_method: bool) -> Server {
    let mut closed = Rule {
        methods: "*".to_owned(),
        public: Some(false),
        ..Rule::default()
    };
    let three = "3/h".parse().unwrap();
    let mut config = Config {
        auth,
        ..Config::default()
    };
    if of_method {
        closed.rate.caller = Some(three);
    } else {
        config.rate_limit.caller = three;
    }
    config.policy = vec![closed];
    Server::start_with(config).await
}

async fn flood(name: &str, of_method: bool) {
    let auth = auth(name);
    let server = limited(auth.clone(), of_method).await;
    let channel = server.connect().await;
    let ok = (Code::Ok, String::new());
    let known = token(&auth, "ann");
    assert_eq!(answer(&channel, "Unary", &known).await, ok);

    let forged = |number: u32| {
        let (head, _) = known.rsplit_once('.').unwrap();
        format!("{head}.{number:043}")
    };
    let refused = (Code::Unauthenticated, "TOKEN_INVALID".to_owned());
    let too_many = (Code::ResourceExhausted, "RATE_LIMITED".to_owned());
    for number in 0..3 {
        let answer = answer(&channel, "Unary", &forged(number)).await;
        assert_eq!(answer, refused, "{number}");
    }
    for number in 3..6 {
        let answer = answer(&channel, "Unary", &forged(number)).await;
        assert_eq!(answer, too_many, "{number}");
    }
    // A good token that is new is refused as well: it was not looked at.
    let new = token(&auth, "bob");
    assert_eq!(answer(&channel, "Unary", &new).await, too_many);
    // Whoever is known already goes on, by its own limit.
    assert_eq!(answer(&channel, "Unary", &known).await, ok);
    // Without the flood the new one gets in.
    let quiet = limited(auth, of_method).await;
    assert_eq!(answer(&quiet.connect().await, "Unary", &new).await, ok);
}

#[tokio::test]
async fn an_address_with_too_many_refused_tokens_costs_no_more_signatures() {
    flood("flood.key", false).await;
}

#[tokio::test]
async fn the_limit_of_one_method_does_so_as_well() {
    flood("flood-method.key", true).await;
}
