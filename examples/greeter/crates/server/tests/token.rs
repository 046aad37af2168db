//! The command `token`, and the running binary, which takes the tokens of the command.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::fs;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::time::Duration;

use bytes::Bytes;
use serde_json::Value;
use tokio::time::{sleep, timeout};
use tonic::{Code, Request, Status};

use harness::Client;
use harness::bytes_codec::BytesCodec;
use harness::command::{FOLDER, with_settings};
use harness::files::replace;
use harness::process::Process;

mod harness;

/// Makes a secret, in a file of that name.
fn secret(name: &str) -> PathBuf {
    let key = Path::new(FOLDER).join(format!("{name}.key"));
    let random = |_| format!("{:016x}", RandomState::new().build_hasher().finish());
    replace(&key, (0..4).map(random).collect::<String>());
    key
}

/// Settings in a file, with a secret that is made now; every method wants the role `tester`.
fn settings(name: &str) -> PathBuf {
    let key = secret(name);
    let key = key.display();
    let settings = format!(
        "
server:
  host: 127.0.0.1
  port: 0
auth:
  issuer: us
  audience: me
  algorithm: HS256
  refresh: 10ms
  keys: {key}
  signing:
    key: {key}
policy:
  - methods: '*'
    roles: [tester]
"
    );
    let file = Path::new(FOLDER).join(format!("{name}.yaml"));
    fs::write(&file, settings).unwrap();
    file
}

/// Runs `token` with `arguments`, and `input` at its standard input.
fn token(settings: &Path, arguments: &[&str], input: &str) -> Output {
    let mut child = with_settings(settings, &[&["token"], arguments].concat())
        .spawn()
        .unwrap();
    // Whoever does not read may have ended already.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    child.wait_with_output().unwrap()
}

/// What a command that succeeds prints.
fn json(output: Output) -> Value {
    let error = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{error}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// How a command fails, and what it says.
fn failure(output: Output) -> (i32, String) {
    assert!(output.stdout.is_empty());
    let error = String::from_utf8(output.stderr).unwrap();
    (output.status.code().unwrap(), error)
}

/// Starts the server, and a client of it.
async fn serve(settings: &Path) -> (Process, Client) {
    let server = Process::start(with_settings(settings, &["serve"]));
    let client = Client::connect(server.address("listening")).await;
    (server, client)
}

/// Calls the method; its own server refuses the encoding, if the guards let the call pass.
async fn call(client: &Client, path: &str, token: Option<&Value>) -> Status {
    let mut request = Request::new(tokio_stream::empty::<Bytes>());
    let metadata = request.metadata_mut();
    metadata.insert("grpc-encoding", "none-such".parse().unwrap());
    if let Some(token) = token {
        let bearer = format!("Bearer {}", token.as_str().unwrap());
        metadata.insert("authorization", bearer.parse().unwrap());
    }
    client.call(path, BytesCodec, request).await.unwrap_err()
}

#[tokio::test]
async fn the_server_takes_the_tokens_of_the_command() {
    let settings = settings("serve");
    let (_server, client) = serve(&settings).await;
    let issue = |role| {
        json(token(
            &settings,
            &["issue", "--sub", "ann", "--role", role],
            "",
        ))
    };
    let (tester, other) = (issue("tester"), issue("other"));

    // A few: there may be hundreds, and a limit on how often one caller may call.
    for method in harness::methods().known().take(8) {
        let path = method.path();
        let code = async |token| call(&client, path, token).await.code();
        assert_eq!(code(None).await, Code::Unauthenticated, "{path}");
        let refresh = Some(&tester["refresh_token"]);
        assert_eq!(code(refresh).await, Code::Unauthenticated, "{path}");
        let access = Some(&other["access_token"]);
        assert_eq!(code(access).await, Code::PermissionDenied, "{path}");
        let passed = call(&client, path, Some(&tester["access_token"])).await;
        assert_eq!(passed.code(), Code::Unimplemented, "{path}");
        assert!(passed.message().contains("none-such"), "{passed}");
    }
}

#[tokio::test]
async fn a_new_key_needs_no_restart() {
    let settings = settings("rotated");
    let (_server, client) = serve(&settings).await;
    let methods = harness::methods();
    let Some(method) = methods.known().next() else {
        return;
    };
    let old = json(token(&settings, &["issue", "--sub", "7"], ""));
    secret("rotated");
    let new = json(token(&settings, &["issue", "--sub", "7"], ""));
    let code = async |pair: &Value| {
        let answer = call(&client, method.path(), Some(&pair["access_token"])).await;
        answer.code()
    };
    // A good token without the role is told from a bad one.
    let taken = async {
        while code(&new).await != Code::PermissionDenied {
            sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(Duration::from_secs(30), taken).await.unwrap();
    assert_eq!(code(&old).await, Code::Unauthenticated);
}

#[test]
fn a_pair_is_issued_verified_and_exchanged() {
    let settings = settings("pair");
    let arguments = [
        "issue", "--sub", "7", "--name", "Ann", "--role", "a", "--role", "b",
    ];
    let pair = json(token(&settings, &arguments, ""));
    assert_eq!(pair["token_type"], "Bearer");
    assert_eq!(pair["expires_in"], 900);

    let access = pair["access_token"].as_str().unwrap();
    let refresh = pair["refresh_token"].as_str().unwrap();
    let claims = json(token(&settings, &["verify", access], ""));
    assert_eq!(claims["sub"], "7");
    assert_eq!(claims["roles"], serde_json::json!(["a", "b"]));
    let piped = json(token(&settings, &["verify", "-"], &format!("{access}\n")));
    assert_eq!(piped, claims);

    let next = json(token(&settings, &["refresh", "-"], refresh));
    let renewed = next["access_token"].as_str().unwrap();
    assert_ne!(renewed, access);
    let claims = json(token(&settings, &["verify", renewed], ""));
    assert_eq!(
        (&claims["sub"], &claims["name"]),
        (&"7".into(), &"Ann".into())
    );
}

#[test]
fn what_is_wrong_with_a_token_is_told() {
    let ours = settings("ours");
    let pair = json(token(&ours, &["issue", "--sub", "7"], ""));
    let access = pair["access_token"].as_str().unwrap();
    let refresh = pair["refresh_token"].as_str().unwrap();
    let theirs = settings("theirs");
    for (settings, arguments, expected) in [
        (&theirs, ["verify", access], "the signature is wrong"),
        (&ours, ["verify", refresh], "of the wrong type"),
        (&ours, ["refresh", access], "of the wrong type"),
        (&ours, ["verify", "hello"], "malformed"),
    ] {
        let (code, error) = failure(token(settings, &arguments, ""));
        assert_eq!(code, 1, "{error}");
        assert!(error.contains("the token is refused: "), "{error}");
        assert!(error.contains(expected), "{error}");
        assert!(!error.contains(arguments[1]) || arguments[1] == "hello");
    }
}

#[test]
fn settings_without_keys_have_their_own_exit_code() {
    let file = Path::new(FOLDER).join("keyless.yaml");
    // Closed, whatever the protos say.
    let closed = "policy:\n  - methods: '*'\n    public: false\n";
    fs::write(&file, closed).unwrap();
    let (code, error) = failure(token(&file, &["issue", "--sub", "7"], ""));
    assert_eq!((code, &*error), (64, "error: `auth.issuer` is not set\n"));
    let (code, error) = failure(token(&file, &["verify", "x"], ""));
    assert_eq!((code, &*error), (64, "error: `auth.keys` is not set\n"));

    let output = with_settings(&file, &["serve"]).output().unwrap();
    let log = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(64), "{log}");
    assert!(log.contains("set `auth.keys` to a file"), "{log}");
}
