//! The feature catalogue, and what a user chose from it.
//!
//! In: `cargo-generate.toml` of the template, the one manifest that cargo-generate reads too, and
//! the names a user gave. Out: a [`Selection`], or every problem with those names and what to do. A feature is
//! a set of paths in the manifest plus its lines in the composition files; nothing here knows what one does.

mod manifest;
mod select;

pub use manifest::{Feature, Manifest, Planned, lies_in};
pub(crate) use select::unknown;
pub use select::{Choice, Preset, Selection, select};
