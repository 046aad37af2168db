//! Cores to stay on: where client and server share one, each is late by the other's work.
//!
//! Does nothing where the system cannot be asked for it.

use crate::Error;

/// Two cores, each for a process.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cores {
    pub(crate) client: usize,
    pub(crate) server: usize,
}

impl Cores {
    /// The first two that this process may use; none if there is but one.
    #[cfg(target_os = "linux")]
    pub(crate) fn find() -> Result<Option<Self>, Error> {
        use rustix::thread::{CpuSet, sched_getaffinity};

        let set = sched_getaffinity(None)?;
        let mut cores = (0..CpuSet::MAX_CPU).filter(|core| set.is_set(*core));
        let found = cores.next().zip(cores.next());
        Ok(found.map(|(client, server)| Self { client, server }))
    }

    /// The system gives none.
    #[cfg(not(target_os = "linux"))]
    pub(crate) fn find() -> Result<Option<Self>, Error> {
        Ok(None)
    }
}

/// Keeps this thread, and the processes and threads that it starts, on a core.
#[cfg(target_os = "linux")]
pub(crate) fn stay_on(core: usize) -> Result<(), Error> {
    use rustix::thread::{CpuSet, sched_setaffinity};

    let mut set = CpuSet::new();
    set.set(core);
    Ok(sched_setaffinity(None, &set)?)
}

/// The system gives none.
#[cfg(not(target_os = "linux"))]
pub(crate) fn stay_on(_: usize) -> Result<(), Error> {
    Ok(())
}
