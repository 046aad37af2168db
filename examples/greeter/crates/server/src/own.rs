//! What this team adds to the chassis: guards and observers of its own.
//!
//! Each is a file in `own/`, a `mod` line here, and a line in [`extend`]. A guard implements
//! `chassis::guard::Guard` and may refuse calls; an observer implements `chassis::observe::Observer`
//! and sees how they end. Both run for every call, on the reactor: they must not wait.

use chassis::stack::Stack;

/// Adds them to the stack, in their order.
pub fn extend(stack: &mut Stack) {
    // stack.add_guard(tenant::Tenant);
    let _ = stack;
}
