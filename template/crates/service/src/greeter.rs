//! `greeter.v1.Greeter`: greets people, in one method of each streaming kind.

use api::greeter::v1::greeter_server;
use api::greeter::v1::{
    ChatRequest, ChatResponse, GreetAllRequest, GreetAllResponse, RepeatHelloRequest,
    RepeatHelloResponse, SayHelloRequest, SayHelloResponse,
};
use chassis::rpc::{self, Request, Response, Status, Streaming};
use tokio_stream::StreamExt;

/// Longest name, in characters.
const LONGEST_NAME: usize = 100;

/// Most greetings for one person, and most people in one greeting.
const MOST: u32 = 1000;

/// Greets people.
///
/// State, such as a database pool, goes into fields here and is set in
/// `crates/server/src/services.rs`. All calls share one value: wrap what changes.
#[derive(Debug, Default)]
pub struct Greeter;

#[rpc::async_trait]
impl greeter_server::Greeter for Greeter {
    async fn say_hello(
        &self,
        request: Request<SayHelloRequest>,
    ) -> Result<Response<SayHelloResponse>, Status> {
        let message = hello(&request.get_ref().name)?;
        Ok(Response::new(SayHelloResponse { message }))
    }

    type RepeatHelloStream = rpc::BoxStream<RepeatHelloResponse>;

    async fn repeat_hello(
        &self,
        request: Request<RepeatHelloRequest>,
    ) -> Result<Response<Self::RepeatHelloStream>, Status> {
        let RepeatHelloRequest { name, times } = request.into_inner();
        if !(1..=MOST).contains(&times) {
            return Err(Status::invalid_argument(format!(
                "times: 1 to {MOST}, got {times}"
            )));
        }
        let message = hello(&name)?;
        // Made one by one, as fast as the client reads.
        let hellos = (0..times).map(move |_| {
            Ok(RepeatHelloResponse {
                message: message.clone(),
            })
        });
        Ok(Response::new(Box::pin(tokio_stream::iter(hellos))))
    }

    async fn greet_all(
        &self,
        request: Request<Streaming<GreetAllRequest>>,
    ) -> Result<Response<GreetAllResponse>, Status> {
        let mut requests = request.into_inner();
        let mut names = Vec::new();
        while let Some(GreetAllRequest { name }) = requests.message().await? {
            check(&name)?;
            if names.len() == MOST as usize {
                return Err(Status::invalid_argument(format!("people: at most {MOST}")));
            }
            names.push(name);
        }
        let message = format!("Hello {}!", names.join(", "));
        Ok(Response::new(GreetAllResponse {
            message,
            people: names.len() as u32,
        }))
    }

    type ChatStream = rpc::BoxStream<ChatResponse>;

    async fn chat(
        &self,
        request: Request<Streaming<ChatRequest>>,
    ) -> Result<Response<Self::ChatStream>, Status> {
        let answers = request
            .into_inner()
            .map(|request| request.and_then(|ChatRequest { name }| hello(&name)))
            .map(|message| message.map(|message| ChatResponse { message }));
        Ok(Response::new(Box::pin(answers)))
    }
}

/// The greeting for `name`.
fn hello(name: &str) -> Result<String, Status> {
    check(name)?;
    Ok(format!("Hello {name}!"))
}

/// Refuses a name that is empty or too long.
fn check(name: &str) -> Result<(), Status> {
    match name.chars().count() {
        1..=LONGEST_NAME => Ok(()),
        found => Err(Status::invalid_argument(format!(
            "name: 1 to {LONGEST_NAME} characters, got {found}"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use chassis::rpc::Code;
    use greeter_server::Greeter as _;

    use super::*;

    #[tokio::test]
    async fn a_person_is_greeted_by_name() {
        let request = Request::new(SayHelloRequest {
            name: "Zoë".into()
        });
        let response = Greeter.say_hello(request).await.unwrap().into_inner();
        assert_eq!(response.message, "Hello Zoë!");
    }

    #[tokio::test]
    async fn a_name_has_a_length() {
        for name in [String::new(), "x".repeat(LONGEST_NAME + 1)] {
            let status = Greeter
                .say_hello(Request::new(SayHelloRequest { name }))
                .await;
            assert_eq!(status.unwrap_err().code(), Code::InvalidArgument);
        }
    }

    #[tokio::test]
    async fn a_greeting_is_repeated_but_not_for_ever() {
        let repeat = |times| {
            let request = RepeatHelloRequest {
                name: "Ann".into(),
                times,
            };
            Greeter.repeat_hello(Request::new(request))
        };
        let hellos: Vec<_> = repeat(3).await.unwrap().into_inner().collect().await;
        assert_eq!(hellos.len(), 3);
        for times in [0, MOST + 1] {
            let Err(status) = repeat(times).await else {
                panic!("{times} times")
            };
            assert_eq!(status.code(), Code::InvalidArgument);
        }
    }
}
