//! `acme.stock.v1.Stock`.

use api::acme::stock::v1 as pb;
use chassis::rpc::{self, Request, RequestExt, Response, Status, Streaming};

// Knows what is left.
/// Answers the calls of `acme.stock.v1.Stock`.
///
/// State, such as a database pool, goes into fields here and is set in
/// `crates/server/src/services.rs`. All calls share one value: wrap what changes.
#[derive(Debug, Default)]
pub struct Stock;

#[rpc::async_trait]
impl pb::stock_server::Stock for Stock {
    async fn count(
        &self,
        request: Request<pb::CountRequest>,
    ) -> Result<Response<pb::CountResponse>, Status> {
        Err(request.unimplemented())
    }

    type ConnectStream = rpc::BoxStream<pb::ConnectResponse>;

    // Opens a connection to a warehouse. Its name is one that tonic's clients keep for themselves.
    async fn connect_(
        &self,
        request: Request<Streaming<pb::ConnectRequest>>,
    ) -> Result<Response<Self::ConnectStream>, Status> {
        Err(request.unimplemented())
    }
}
