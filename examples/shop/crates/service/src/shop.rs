//! `acme.shop.v1.Shop`.

use api::acme::shop::v1 as pb;
use chassis::rpc::{self, Request, RequestExt, Response, Status, Streaming};

// Sells things.
//
// Carts are kept for a day; {{ braces }} and `code` in a comment are nothing special.
/// Answers the calls of `acme.shop.v1.Shop`.
///
/// State, such as a database pool, goes into fields here and is set in
/// `crates/server/src/services.rs`. All calls share one value: wrap what changes.
#[derive(Debug, Default)]
pub struct Shop;

#[rpc::async_trait]
impl pb::shop_server::Shop for Shop {
    // Looks an article up.
    async fn get_article(
        &self,
        request: Request<pb::GetArticleRequest>,
    ) -> Result<Response<pb::GetArticleResponse>, Status> {
        Err(request.unimplemented())
    }

    type WatchPriceStream = rpc::BoxStream<api::acme::r#type::Money>;

    // Tells the price, and every change of it until the caller hangs up.
    async fn watch_price(
        &self,
        request: Request<pb::WatchPriceRequest>,
    ) -> Result<Response<Self::WatchPriceStream>, Status> {
        Err(request.unimplemented())
    }

    // Puts articles into a cart:
    // ```
    // put 3 of "apple"
    // ```
    async fn fill_cart(
        &self,
        request: Request<Streaming<pb::FillCartRequest>>,
    ) -> Result<Response<pb::FillCartResponse>, Status> {
        Err(request.unimplemented())
    }

    type HaggleStream = rpc::BoxStream<pb::HaggleResponse>;

    // Talks about the price until both agree.
    async fn haggle(
        &self,
        request: Request<Streaming<pb::HaggleRequest>>,
    ) -> Result<Response<Self::HaggleStream>, Status> {
        Err(request.unimplemented())
    }

    // Closes the shop.
    // Deprecated.
    async fn close(
        &self,
        request: Request<()>,
    ) -> Result<Response<prost_types::Timestamp>, Status> {
        Err(request.unimplemented())
    }
}
