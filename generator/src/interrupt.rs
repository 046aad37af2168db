//! Ctrl-C and SIGTERM: at once where nothing is half done, after the clean-up where something is.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::error::{Problem, Result};

/// 128 + SIGINT, as shells have it.
pub(crate) const EXIT_CODE: u8 = 130;

/// Whether something is half done. Locked by an interrupt until the program has ended, so that nothing is
/// begun meanwhile.
static HOLDING: Mutex<bool> = Mutex::new(false);
static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// Installs the handler. Called once by `main`; the library never does.
pub(crate) fn install() {
    // Fails only if a handler is installed already, which the default behaviour survives.
    let _ = ctrlc::set_handler(|| {
        let holding = holding();
        INTERRUPTED.store(true, Ordering::SeqCst);
        if !*holding {
            std::process::exit(EXIT_CODE.into());
        }
    });
}

fn holding() -> MutexGuard<'static, bool> {
    HOLDING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Runs `work`, during which an interrupt only shows in [`check`], so that it can clean up.
///
/// An interrupt after its success comes too late: what is left is to say what was done.
pub(crate) fn uninterrupted<T>(work: impl FnOnce() -> Result<T>) -> Result<T> {
    *holding() = true;
    let result = work();
    *holding() = result.is_ok();
    result
}

/// Whether the user has interrupted the program.
pub(crate) fn interrupted() -> bool {
    INTERRUPTED.load(Ordering::SeqCst)
}

/// Fails once the user has interrupted the program.
pub(crate) fn check() -> Result<()> {
    if interrupted() {
        Err(Problem::new("interrupted; nothing was written").into())
    } else {
        Ok(())
    }
}
