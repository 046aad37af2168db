//! What this team adds to the chassis: guards and observers of its own.

use chassis::stack::Stack;

mod tenant;
pub mod volume;

/// Adds them to the stack, in their order.
pub fn extend(stack: &mut Stack) {
    stack.add_guard(tenant::Tenant);
    stack.add_observer(volume::Volume);
}
