//! Ctrl-C and SIGTERM: at once where nothing is half done, after the clean-up where something is.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::error::{Problem, Result};

/// 128 + SIGINT, as shells have it.
pub(crate) const EXIT_CODE: u8 = 130;

static HOLDING: AtomicBool = AtomicBool::new(false);
static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// Installs the handler. Called once by `main`; the library never does.
pub(crate) fn install() {
    // Fails only if a handler is installed already, which the default behaviour survives.
    let _ = ctrlc::set_handler(|| {
        INTERRUPTED.store(true, Ordering::SeqCst);
        if !HOLDING.load(Ordering::SeqCst) {
            std::process::exit(EXIT_CODE.into());
        }
    });
}

/// Runs `work`, during which an interrupt only shows in [`check`], so that it can clean up.
///
/// An interrupt after its success comes too late: what is left is to say what was done.
pub(crate) fn uninterrupted<T>(work: impl FnOnce() -> Result<T>) -> Result<T> {
    HOLDING.store(true, Ordering::SeqCst);
    let result = work();
    HOLDING.store(result.is_ok(), Ordering::SeqCst);
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
