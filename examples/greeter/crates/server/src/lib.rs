//! The composition root: puts the user's services and the chassis together.
//!
//! The binary beside it parses the command line and runs an [`app::App`]; tests start one in their
//! own process, on a port of their own.

pub mod allocator;
pub mod app;
pub mod own;
pub mod services;
