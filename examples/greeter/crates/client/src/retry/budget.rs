//! A budget of retries: a share of the calls, and some to begin with.

use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;

/// What one retry costs.
const PRICE: u64 = 1000;

/// A purse that each call pays into and each retry is paid from.
#[derive(Debug)]
pub(super) struct Budget {
    purse: AtomicU64,
    /// What a call pays.
    share: u64,
    most: u64,
}

impl Budget {
    /// For so many retries per call, and `burst` of them at any time.
    pub(super) fn new(share: f64, burst: u32) -> Self {
        let most = u64::from(burst) * PRICE;
        Self {
            purse: AtomicU64::new(most),
            share: (share.clamp(0.0, 1.0) * PRICE as f64) as u64,
            most,
        }
    }

    /// A call begins.
    pub(super) fn pay_in(&self) {
        // Full most of the time: reading is cheaper than writing. That two calls at once exceed the
        // limit by one share is no harm.
        if self.purse.load(Relaxed) < self.most {
            self.purse.fetch_add(self.share, Relaxed);
        }
    }

    /// A retry is to be made; false if there is nothing left for it.
    pub(super) fn pay(&self) -> bool {
        let less = |left: u64| left.checked_sub(PRICE);
        self.purse.fetch_update(Relaxed, Relaxed, less).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retries_are_a_share_of_calls_and_a_burst() {
        let budget = Budget::new(0.1, 5);
        let mut retries = 0;
        for _ in 0..1000 {
            budget.pay_in();
            // As a call that fails wants it: three more attempts.
            retries += (0..3).filter(|_| budget.pay()).count();
        }
        assert!((100..=105).contains(&retries), "{retries}");
    }

    #[test]
    fn without_a_share_there_is_the_burst_alone() {
        let budget = Budget::new(0.0, 2);
        let paid = (0..10).filter(|_| {
            budget.pay_in();
            budget.pay()
        });
        assert_eq!(paid.count(), 2);
    }
}
