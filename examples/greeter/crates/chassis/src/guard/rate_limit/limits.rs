//! One limit over all methods and those of single ones, which may change while they count.

use std::sync::Arc;

use crate::call::Method;
use crate::config::Rate;

/// The limits of one moment.
#[derive(Debug)]
pub(super) struct Limits<L> {
    /// None before the first settings.
    all: Option<Limit<L>>,
    /// By the index of the method.
    methods: Vec<Option<Limit<L>>>,
    /// For how many each of them counts.
    capacity: usize,
}

/// What counts, and up to which rate.
#[derive(Debug)]
pub(super) struct Limit<L> {
    pub(super) rate: Rate,
    pub(super) counter: Arc<L>,
}

impl<L> Limits<L> {
    /// Those of other rates; a rate that stays the same keeps what counts it.
    pub(super) fn next(
        &self,
        all: Rate,
        methods: impl Iterator<Item = Option<Rate>>,
        capacity: usize,
        make: impl Fn(Rate) -> L,
    ) -> Self {
        let limit = |rate: Rate, old: Option<&Limit<L>>| {
            let same = old.filter(|old| old.rate == rate && self.capacity == capacity);
            let kept = same.map(|old| Arc::clone(&old.counter));
            let counter = kept.unwrap_or_else(|| Arc::new(make(rate)));
            Limit { rate, counter }
        };
        let of_method = |(index, rate): (usize, Option<Rate>)| {
            rate.map(|rate| limit(rate, self.methods.get(index).and_then(Option::as_ref)))
        };
        Self {
            all: Some(limit(all, self.all.as_ref())),
            methods: methods.enumerate().map(of_method).collect(),
            capacity,
        }
    }

    /// Those that a call of `method` counts for: that of the method, if it has one, then that of all
    /// methods, which belongs to none.
    pub(super) fn both<'a>(
        &'a self,
        method: &'a Method,
    ) -> impl Iterator<Item = (&'a Limit<L>, Option<&'a Method>)> {
        let own = self.methods.get(method.index()).and_then(Option::as_ref);
        let own = own.map(|limit| (limit, Some(method)));
        let all = self.all.as_ref().map(|limit| (limit, None));
        own.into_iter().chain(all)
    }
}

impl<L> Default for Limits<L> {
    fn default() -> Self {
        Self {
            all: None,
            methods: Vec::new(),
            capacity: 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stays_the_same_goes_on_counting() {
        let rate = |text: &str| text.parse::<Rate>().unwrap();
        let next = |limits: &Limits<Rate>, all: &str, method: &str, capacity| {
            let methods = [None, Some(rate(method))];
            limits.next(rate(all), methods.into_iter(), capacity, |rate| rate)
        };
        let same = |one: &Limits<Rate>, other: &Limits<Rate>| {
            let counters = |limits: &Limits<Rate>| {
                [&limits.all, &limits.methods[1]]
                    .map(|limit| Arc::as_ptr(&limit.as_ref().unwrap().counter))
            };
            let (one, other) = (counters(one), counters(other));
            [one[0] == other[0], one[1] == other[1]]
        };
        let first = next(&Limits::default(), "1/s", "2/s", 5);
        assert_eq!(same(&first, &next(&first, "1/s", "2/s", 5)), [true, true]);
        assert_eq!(same(&first, &next(&first, "1/s", "3/s", 5)), [true, false]);
        assert_eq!(same(&first, &next(&first, "3/s", "2/s", 5)), [false, true]);
        assert_eq!(same(&first, &next(&first, "1/s", "2/s", 6)), [false, false]);
        assert!(first.methods[0].is_none());
    }
}
