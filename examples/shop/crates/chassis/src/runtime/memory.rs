//! Watches the memory of the process, and tells when it is short.
//!
//! Sampled, so that no call pays for it. Pressure begins at the limit and ends a tenth below it, so
//! that it does not flutter.
//!
//! What has been freed is resident until the allocator gives it back. While memory is short it does so
//! each time that is looked, for else calls would be refused for the sake of memory that nobody uses.

use std::fmt::Display;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use tokio::task::spawn_blocking;
use tracing::{info, warn};

use crate::guard::Pressure;

/// How often the memory is looked at: a tenth of the limit, which is left above it, takes longer to
/// fill for all but the fastest bursts.
const INTERVAL: Duration = Duration::from_millis(100);

/// The resident memory from which on it is short; clones share it.
#[derive(Debug, Default, Clone)]
pub struct Limit(Arc<AtomicU64>);

impl Limit {
    /// `configured` bytes, or nine tenths of what the cgroup allows when that is 0.
    pub fn new(configured: u64) -> Self {
        let limit = Self::default();
        limit.set(configured);
        limit
    }

    /// The same for a limit that is watched already.
    pub fn set(&self, configured: u64) {
        let bytes = match configured {
            0 => cgroup_limit().map_or(u64::MAX, |limit| limit / 10 * 9),
            bytes => bytes,
        };
        self.0.store(bytes, Relaxed);
    }

    /// Bytes; none if there is no limit.
    pub fn get(&self) -> Option<u64> {
        Some(self.0.load(Relaxed)).filter(|limit| *limit < u64::MAX)
    }
}

/// Keeps `pressure` up to date for as long as it is polled, and has `purge` give back what is free while
/// memory is short.
pub async fn watch(limit: Limit, pressure: Pressure, purge: fn()) {
    if limit.get().is_none() {
        info!("no memory limit is known: memory does not shed load");
    }
    let mut interval = tokio::time::interval(INTERVAL);
    loop {
        interval.tick().await;
        if pressure.is_high() {
            // Gigabytes take a while, and calls go on.
            let _ = spawn_blocking(purge).await;
        }
        if !look(&limit, &pressure) {
            return info!("the resident memory cannot be read: memory does not shed load");
        }
    }
}

/// Compares memory with `limit` now, and tells `pressure`; false where the system does not tell.
pub(super) fn look(limit: &Limit, pressure: &Pressure) -> bool {
    let Some(limit) = limit.get() else {
        // It may have been taken away while memory was short.
        if pressure.turn(false) {
            info!("memory is enough again: there is no limit");
        }
        return true;
    };
    let Some(resident) = resident() else {
        return false;
    };
    if resident >= limit {
        if pressure.turn(true) {
            warn!(resident, limit, "memory is short: calls are refused");
        }
    } else if resident < limit / 10 * 9 && pressure.turn(false) {
        info!(resident, limit, "memory is enough again");
    }
    true
}

/// The resident memory of this process, in bytes; none where the system does not tell.
pub fn resident() -> Option<u64> {
    resident_of("self")
}

/// The same of another process, by its id.
pub fn resident_of(process: impl Display) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes << 10)
}

/// What the cgroup of this process allows, of version 2 or 1; none if it allows everything.
fn cgroup_limit() -> Option<u64> {
    let groups = fs::read_to_string("/proc/self/cgroup").ok()?;
    groups.lines().find_map(|line| {
        let mut fields = line.splitn(3, ':').skip(1);
        let (controllers, path) = (fields.next()?, fields.next()?.trim_start_matches('/'));
        let (root, file) = match controllers {
            "" => ("/sys/fs/cgroup", "memory.max"),
            _ if controllers.split(',').any(|name| name == "memory") => {
                ("/sys/fs/cgroup/memory", "memory.limit_in_bytes")
            }
            _ => return None,
        };
        // Inside a container the group's own folder is the root.
        let inside = Path::new(root).join(path).join(file);
        let text = fs::read_to_string(inside)
            .or_else(|_| fs::read_to_string(Path::new(root).join(file)))
            .ok()?;
        let bytes: u64 = text.trim().parse().ok()?;
        // Version 1 writes "no limit" as a number near the largest.
        (bytes < 1 << 60).then_some(bytes)
    })
}
