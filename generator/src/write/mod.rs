//! Puts a tree on disk ([`create`]), or changes one that is there ([`commit`]): whole, or not at all.

mod create;
mod disk;
mod journal;
mod running;
mod transaction;

pub use create::{check_vacant, create};
pub use running::{Running, running};
pub use transaction::{Change, Recovered, commit, note, pending, recover, undo, unfinished};
