//! `serve`: runs the server until it is told to end.

use std::error::Error;

use chassis::config::Config;
use chassis::runtime::{Exit, Signals, logging};
use server::app::App;
use tracing::{error, info};

/// Serves until a signal; a failed start is logged.
pub(crate) fn run(config: &Config) -> Exit {
    logging::start(&config.logging);
    serve(config).unwrap_or_else(|error| {
        let cause = error.source().map(tracing::field::display);
        error!(error = %error, cause, "not started");
        Exit::Failed
    })
}

#[tokio::main]
async fn serve(config: &Config) -> Result<Exit, Box<dyn Error>> {
    // Before the address is known: whoever knows it may end the server.
    let signals = Signals::of_system()?;
    let app = App::bind(config).await?;
    info!(address = %app.address()?, "listening");
    Ok(app.run(signals).await)
}
