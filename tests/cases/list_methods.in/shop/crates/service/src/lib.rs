//! What the service does.

mod orders;
