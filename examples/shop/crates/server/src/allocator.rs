//! The allocator: jemalloc.
//!
//! It takes less of a call's instructions than the system's, and whatever one thread has allocated and
//! another freed can go back to the system, however idle both are then.

use tikv_jemalloc_ctl::{Access, AsName, arenas, background_thread};
use tikv_jemallocator::Jemalloc;

#[global_allocator]
static ALLOCATOR: Jemalloc = Jemalloc;

/// From now on threads of jemalloc's give back what has been free for some ten seconds.
///
/// Not by a setting of the build: where the platform has no such threads, as macOS, that would be fatal.
pub fn purge_in_background() {
    let _ = background_thread::write(true);
}

/// Gives memory that is free back to the system.
pub fn purge() {
    let usual = Access::<isize>::read("arenas.dirty_decay_ms\0".name());
    for arena in 0..arenas::narenas::read().unwrap_or_default() {
        let name = format!("arena.{arena}.dirty_decay_ms\0");
        // What may stay for no time is given back now. An arena that no thread has used has no setting.
        if name.name().write(0_isize).is_ok() {
            let _ = usual.and_then(|usual| name.name().write(usual));
        }
    }
}
