//! Calls a server that nobody here wrote. Argument: the target, and the folder with certificates if it is
//! `https`; a third argument means that the server wants to know who calls. Fails if an answer is wrong.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test")]

use std::time::Duration;

use api::greeter::v1::{ChatRequest, GreetAllRequest, RepeatHelloRequest, SayHelloRequest};
use client::{Batch, Compression, GreeterClient, Settings, State};
use tokio_stream::StreamExt;
use tonic::{Code, Request};

const NAMES: [&str; 3] = ["Ada", "Grace", "Barbara"];

#[tokio::main]
async fn main() {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let mut settings = Settings::new(&arguments[0]);
    settings.health.every = Some(Duration::from_millis(20));
    if let Some(folder) = arguments.get(1) {
        let file = |name: &str| Some(std::path::Path::new(folder).join(name));
        settings.tls.ca = file("ca.pem");
        if arguments.len() > 2 {
            settings.tls.certificate = file("client.pem");
            settings.tls.key = file("client.key");
        }
    }
    for compression in [Compression::Off, Compression::Gzip] {
        settings.compression = compression;
        all_kinds(&settings).await;
    }
    limits(settings).await;
    println!("every answer is right");
}

/// Messages that are too long are refused here, whichever way they go; the connection stays as it is.
async fn limits(mut settings: Settings) {
    for (max_send, max_receive) in [(4, 1000), (1000, 4)] {
        settings.max_send = max_send;
        settings.max_receive = max_receive;
        let channel = client::connect(&settings).await.unwrap();
        let mut greeter: GreeterClient = channel.client();
        let name = "Ada Lovelace".to_owned();
        let long = greeter.say_hello(SayHelloRequest { name }).await;
        assert_eq!(long.unwrap_err().code(), Code::OutOfRange);
        assert_eq!(channel.state(), State::Ready);
    }
}

async fn all_kinds(settings: &Settings) {
    let channel = client::connect(settings).await.unwrap();
    let mut greeter: GreeterClient = channel.client();
    let say = |name: &str| SayHelloRequest { name: name.into() };
    let hello = greeter.say_hello(say("Ada")).await.unwrap();
    assert_eq!(hello.into_inner().message, "Hello, Ada!");
    let status = greeter.say_hello(say("nobody")).await.unwrap_err();
    assert_eq!(
        (status.code(), status.message()),
        (Code::NotFound, "there is nobody")
    );

    let mut slow = Request::new(say("slow"));
    slow.set_timeout(Duration::from_millis(300));
    let status = greeter.say_hello(slow).await.unwrap_err();
    assert_eq!(status.code(), Code::DeadlineExceeded);

    let times = 1000;
    let name = "Ada".into();
    let hellos = greeter
        .repeat_hello(RepeatHelloRequest { name, times })
        .await
        .unwrap();
    assert_eq!(
        hellos
            .into_inner()
            .map(Result::unwrap)
            .collect::<Vec<_>>()
            .await
            .len(),
        1000
    );
    let name = "Ada".into();
    let hellos = greeter
        .repeat_hello(RepeatHelloRequest {
            name,
            times: 1_000_000,
        })
        .await;
    let mut hellos = hellos.unwrap().into_inner();
    hellos.message().await.unwrap().unwrap();
    // Hanging up costs the connection nothing.
    drop(hellos);

    let people = NAMES.map(|name| GreetAllRequest { name: name.into() });
    let all = greeter.greet_all(tokio_stream::iter(people)).await.unwrap();
    assert_eq!(all.into_inner().people, 3);

    let items = (0..500).map(|number| ChatRequest {
        name: number.to_string(),
    });
    let items = tokio_stream::iter(items.map(Ok::<_, std::convert::Infallible>));
    let chat = greeter.clone();
    let open = move |items| {
        let mut greeter = chat.clone();
        async move { greeter.chat(items).await }
    };
    let answers: Vec<_> = Batch::new(16).in_order(items, open).collect().await;
    assert_eq!(answers.len(), 500);
    for (number, answer) in answers.into_iter().enumerate() {
        assert_eq!(answer.unwrap().message, format!("Hello, {number}!"));
    }

    // It has been asked for its health several times by now.
    let stats = channel.stats();
    assert_eq!(
        (stats.state, stats.endpoints[0].ready),
        (State::Ready, 1),
        "{stats:?}"
    );
    assert_eq!(stats.endpoints[0].in_flight, 0, "{stats:?}");
}
