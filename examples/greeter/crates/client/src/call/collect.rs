//! Reads the whole response of a call that has one message.
//!
//! So its true end is known while another attempt can be made still, and the call is off the
//! connection before its caller looks at it.

use std::pin::Pin;

use http::Response;
use http_body::Body as _;
use hyper::body::Incoming;

use super::response::Whole;
use super::{Ended, Exchange, Failure, ResponseBody};

/// Bytes before each message: whether it is compressed, and its length.
pub(crate) const PREFIX: usize = 5;

/// Reads the response to its end; what is longer than `most` bytes is left to whoever decodes it, and
/// refuses it.
pub(crate) async fn one_response(
    response: Response<Incoming>,
    exchange: Exchange,
    most: usize,
) -> Ended {
    let (head, mut body) = response.into_parts();
    let mut whole = Whole::default();
    let mut length = 0;
    while let Some(frame) = std::future::poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await {
        let frame = match frame {
            Ok(frame) => frame,
            Err(error) => {
                exchange.give_back();
                return Err(Failure::broken(&error));
            }
        };
        match frame.into_data() {
            Ok(data) => {
                length += data.len();
                whole.push(data);
            }
            Err(frame) => whole.trailers = frame.into_trailers().ok(),
        }
        if length > most.saturating_add(PREFIX) {
            let body = ResponseBody::partly(whole, body, exchange);
            return Ok(Response::from_parts(head, body));
        }
    }
    Ok(Response::from_parts(
        head,
        ResponseBody::whole(whole, exchange.leave()),
    ))
}
