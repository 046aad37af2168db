//! The connections to a real database, if the environment names one.
//!
//! `TEST_POSTGRES_URL` is its address, such as `postgres://tester@127.0.0.1:5432/postgres`;
//! without it, only what needs no database is tested.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::num::NonZeroUsize;
use std::time::Duration;

use chassis::config::{Config, Database, SecretSource};
use chassis::postgres::{Postgres, PostgresError, Unavailable};
use chassis::services::Services;

use harness::outside::{environment, missing};

mod harness;

/// Settings for the database of the environment; none if it names none.
fn settings() -> Option<Database> {
    let url = environment("TEST_POSTGRES_URL")?;
    let short = Duration::from_millis(50);
    let connections = NonZeroUsize::MIN;
    Some(Database {
        url,
        connections,
        check: short,
        wait: 4 * short,
        statement: 4 * short,
        ..Database::default()
    })
}

/// Services that need it.
fn services(postgres: &Postgres) -> Services {
    let mut services = Services::default();
    postgres.needed_by(&mut services);
    services
}

#[tokio::test]
async fn connections_are_bounded_timed_and_given_back() {
    let Some(settings) = settings() else {
        return;
    };
    let postgres = Postgres::new(&settings).unwrap();
    let services = services(&postgres);
    let watching = tokio::spawn(postgres.clone().watch());
    missing(&services, &[]).await;
    watching.abort();
    let _ = watching.await;

    let client = postgres.get().await.unwrap();
    let row = client.query_one("select 40 + 2", &[]).await.unwrap();
    assert_eq!(row.get::<_, i32>(0), 42);
    // It is the only one.
    assert!(matches!(postgres.get().await, Err(Unavailable::Pool(_))));
    let slow = client.query_one("select pg_sleep(30)", &[]).await;
    let code = slow.unwrap_err().code().unwrap().code().to_owned();
    assert_eq!(code, "57014", "the statement is cancelled");
    drop(client);
    drop(postgres.get().await.unwrap());
}

#[tokio::test]
async fn a_database_that_is_away_makes_the_server_unready() {
    let settings = Database {
        // Nobody listens at this port.
        url: "postgres://tester@127.0.0.1:1/postgres".to_owned(),
        check: Duration::from_millis(10),
        connect: Duration::from_millis(200),
        ..Database::default()
    };
    let postgres = Postgres::new(&settings).unwrap();
    let services = services(&postgres);
    assert_eq!(services.dependencies().down(""), ["postgres"]);
    let watching = tokio::spawn(postgres.watch());
    missing(&services, &["postgres"]).await;
    watching.abort();
}

#[tokio::test]
async fn without_an_address_there_is_nothing_to_wait_for() {
    let postgres = Postgres::new(&Config::default().database).unwrap();
    assert!(matches!(
        postgres.get().await,
        Err(Unavailable::Unconfigured)
    ));
    let services = services(&postgres);
    postgres.watch().await;
    assert_eq!(services.dependencies().down(""), [""; 0]);
}

#[test]
fn bad_settings_are_told_without_secrets() {
    let error = |settings: Database| Postgres::new(&settings).unwrap_err();
    let url = "postgres://tester@127.0.0.1:port/hunter2".to_owned();
    let told = error(Database {
        url,
        ..Database::default()
    });
    assert!(matches!(told, PostgresError::Url(_)), "{told}");
    assert!(!told.to_string().contains("hunter2"), "{told}");
    let url = "postgres://tester@127.0.0.1/postgres".to_owned();
    let told = error(Database {
        url: url.clone(),
        password: SecretSource::File("no/such/file".into()),
        ..Database::default()
    });
    assert!(matches!(told, PostgresError::Password(_)), "{told}");
    let told = error(Database {
        url,
        ca: "Cargo.toml".into(),
        ..Database::default()
    });
    assert!(matches!(told, PostgresError::Certificates { .. }), "{told}");
}
