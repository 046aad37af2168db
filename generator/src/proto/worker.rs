//! Runs other people's parsers and generators where they can do no harm.
//!
//! They recurse, and some give up by panicking. So they run on a thread with a deep stack, and a
//! panic becomes a message instead of the end of the program, without a report on stderr.

use std::any::Any;
use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;
use std::thread;

use crate::error::{Problem, Result};

/// Enough for the deepest nesting that [`super::scan`] lets through, in a debug build.
const STACK: usize = 64 << 20;

thread_local! {
    /// Whether a panic of this thread is expected, and told by whoever catches it.
    static QUIET: Cell<bool> = const { Cell::new(false) };
}

/// Does the work on a thread with a deep stack.
///
/// # Errors
/// Those of the work; or that a thread could not be started, or that the work panicked.
pub(crate) fn run<T: Send>(work: impl FnOnce() -> Result<T> + Send) -> Result<T> {
    let done = thread::scope(|scope| {
        thread::Builder::new()
            .name("protos".to_owned())
            .stack_size(STACK)
            .spawn_scoped(scope, || caught(work))
            .map(|thread| {
                thread
                    .join()
                    .unwrap_or_else(|panic| Err(said(panic.as_ref())))
            })
    });
    match done {
        Ok(Ok(result)) => result,
        Ok(Err(panic)) => Err(Problem::new(format!("the proto compiler gave up: {panic}"))
            .hint(REPORT)
            .into()),
        Err(error) => Err(Problem::new(format!("cannot start a thread: {error}")).into()),
    }
}

/// What to do about a panic in a library.
pub(crate) const REPORT: &str =
    "this is a limit of the libraries that read protos; please report it with the file";

/// Does the work; a panic becomes the text it came with.
pub(crate) fn caught<T>(work: impl FnOnce() -> T) -> std::result::Result<T, String> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let loud = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            if !QUIET.get() {
                loud(panic);
            }
        }));
    });
    let before = QUIET.replace(true);
    let result = panic::catch_unwind(AssertUnwindSafe(work));
    QUIET.set(before);
    result.map_err(|panic| said(panic.as_ref()))
}

/// The text that a panic came with.
fn said(panic: &(dyn Any + Send)) -> String {
    match (panic.downcast_ref::<&str>(), panic.downcast_ref::<String>()) {
        (Some(text), _) => (*text).to_owned(),
        (_, Some(text)) => text.clone(),
        _ => "no reason given".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_a_problem() {
        let error = run::<()>(|| panic!("no {}", 1)).expect_err("it panics");
        assert_eq!(
            error.problems[0].message,
            "the proto compiler gave up: no 1"
        );
        assert_eq!(caught(|| 1), Ok(1));
    }
}
