//! Moved here by its team.

use api::acme as pb;
use chassis::rpc::{Request, RequestExt, Response, Status};

pub struct Orders;

#[chassis::rpc::async_trait]
impl pb::shop_server::Shop for Orders {
    async fn buy(&self, request: Request<pb::Order>) -> Result<Response<pb::Receipt>, Status> {
        self.bought(request.into_inner()).await
    }

    async fn sell(&self, request: Request<pb::Order>) -> Result<Response<pb::Receipt>, Status> {
        Err(request.unimplemented())
    }

    async fn watch(&self, request: Request<pb::Order>) -> Result<Response<pb::Receipt>, Status> {
        self.watched(request.into_inner()).await
    }

    async fn refund(&self, request: Request<pb::Order>) -> Result<Response<pb::Receipt>, Status> {
        self.refunded(request.into_inner()).await
    }
}
