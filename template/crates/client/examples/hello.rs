//! Calls each method of the greeter and prints the answers.
//!
//! Start the server with `cargo run`, then this with `cargo run --example hello [TARGET]`.

#![allow(clippy::print_stdout)]

use std::error::Error;

use api::greeter::v1::{ChatRequest, GreetAllRequest, RepeatHelloRequest, SayHelloRequest};
use client::{GreeterClient, Settings};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let target = std::env::args()
        .nth(1)
        .unwrap_or_else(|| "http://127.0.0.1:50051".to_owned());
    let channel = client::connect(&Settings::new(target)).await?;
    let mut greeter: GreeterClient = channel.client();

    let hello = greeter
        .say_hello(SayHelloRequest { name: "Ann".into() })
        .await?;
    println!("say:    {}", hello.into_inner().message);

    let request = RepeatHelloRequest {
        name: "Ben".into(),
        times: 3,
    };
    let mut hellos = greeter.repeat_hello(request).await?.into_inner();
    while let Some(hello) = hellos.message().await? {
        println!("repeat: {}", hello.message);
    }

    let people = ["Ann", "Ben", "Zoë"].map(|name| GreetAllRequest { name: name.into() });
    let hello = greeter
        .greet_all(tokio_stream::iter(people))
        .await?
        .into_inner();
    println!("all:    {} ({} people)", hello.message, hello.people);

    let people = ["Ann", "Ben", "Zoë"].map(|name| ChatRequest { name: name.into() });
    let mut hellos = greeter.chat(tokio_stream::iter(people)).await?.into_inner();
    while let Some(hello) = hellos.message().await? {
        println!("chat:   {}", hello.message);
    }
    Ok(())
}
