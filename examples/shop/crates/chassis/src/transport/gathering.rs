//! Whether a write waits for the answers that are about to be there.
//!
//! tokio runs a task that was just woken before those that were ready already. The first answer of calls
//! that came together would be written before the second call has had its turn, so that each would cost a
//! write of its own: 25,500 for 40,000 calls, 16 at a time, on two threads. A write that waits until the
//! others have had their turn takes all of their answers along.

/// What is known of the calls at the last write.
#[derive(Debug, Default)]
pub(super) struct Gathering {
    /// Others have had their turn.
    has_waited: bool,
    /// Calls that were in flight all the same.
    slow: u64,
}

impl Gathering {
    /// Whether the write is to be tried again when others have had their turn; asked before each try.
    ///
    /// Not if every call has its answer, nor for those that were waited for once: they take longer.
    pub(super) fn waits(&mut self, in_flight: u64) -> bool {
        if in_flight > self.slow && !self.has_waited {
            self.has_waited = true;
            return true;
        }
        self.has_waited = false;
        self.slow = in_flight;
        false
    }
}

#[cfg(test)]
mod tests {
    use super::Gathering;

    /// For each number of calls in flight, whether a write waits.
    fn waits<const N: usize>(in_flight: [u64; N]) -> [bool; N] {
        let mut gathering = Gathering::default();
        in_flight.map(|calls| gathering.waits(calls))
    }

    #[test]
    fn nothing_is_waited_for_when_all_is_answered() {
        assert_eq!(waits([0, 0, 0]), [false; 3]);
    }

    #[test]
    fn a_batch_is_waited_for_once() {
        assert_eq!(waits([15, 0, 15, 3]), [true, false, true, false]);
    }

    #[test]
    fn calls_that_take_longer_are_waited_for_once() {
        assert_eq!(waits([2, 2, 2, 1, 1]), [true, false, false, false, false]);
        // A new one beside them.
        assert_eq!(waits([2, 2, 3, 2]), [true, false, true, false]);
    }
}
