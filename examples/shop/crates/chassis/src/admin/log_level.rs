//! `/debug/log-level`: tells the level of the log, and changes it.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};

use super::Known;
use crate::config::Levels;

/// The level as it is told and as it is wanted, such as `{"level": "info,chassis=debug"}`.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Level {
    level: String,
}

impl Level {
    fn of(known: &Known) -> Json<Self> {
        let level = known.facts.shared.log_level.get().into();
        Json(Self { level })
    }
}

pub(super) async fn get(State(known): State<Arc<Known>>) -> Json<Level> {
    Level::of(&known)
}

/// Puts the wanted level in force until the process ends, and answers with the level in force.
///
/// What is no level is answered with 400 and what was expected; the level stays.
pub(super) async fn set(
    State(known): State<Arc<Known>>,
    wanted: Result<Json<Level>, JsonRejection>,
) -> Result<Json<Level>, (StatusCode, String)> {
    let Json(wanted) = wanted.map_err(|rejection| {
        let status = match rejection.status() {
            // JSON of another shape is a bad request like any other.
            StatusCode::UNPROCESSABLE_ENTITY => StatusCode::BAD_REQUEST,
            status => status,
        };
        (status, rejection.body_text())
    })?;
    let levels = Levels::try_from(wanted.level);
    let levels = levels.map_err(|message| (StatusCode::BAD_REQUEST, message))?;
    known.facts.shared.log_level.set(levels);
    Ok(Level::of(&known))
}
