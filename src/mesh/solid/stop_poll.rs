//! The polling of a stop flag by a search whose length does not follow from the number of triangles.

use std::ops::ControlFlow;

/// The number of steps after which the flag is polled. A step is a comparison or two, of some nanoseconds.
pub(in crate::mesh) const STEPS_PER_POLL: usize = 1 << 16;

/// Polls a stop flag once in [`STEPS_PER_POLL`] steps.
pub(in crate::mesh) struct StopPoll<'a> {
    pub stopped: &'a (dyn Fn() -> bool + Sync),
    steps_left: usize,
}

impl<'a> StopPoll<'a> {
    pub fn new(stopped: &'a (dyn Fn() -> bool + Sync)) -> Self {
        Self { stopped, steps_left: STEPS_PER_POLL }
    }

    /// Counts steps, and breaks if the flag is due and set.
    pub fn count(&mut self, steps: usize) -> ControlFlow<()> {
        if steps < self.steps_left {
            self.steps_left -= steps;
            return ControlFlow::Continue(());
        }
        self.steps_left = STEPS_PER_POLL;
        if (self.stopped)() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[test]
    fn the_flag_is_polled_once_in_so_many_steps_however_they_come() {
        for steps in [1, 3, 1000, STEPS_PER_POLL - 1, STEPS_PER_POLL, 5 * STEPS_PER_POLL] {
            let polls = AtomicUsize::new(0);
            let stopped = || polls.fetch_add(1, Ordering::Relaxed) == 9;
            let mut poll = StopPoll::new(&stopped);
            let mut counted = 0;
            while poll.count(steps).is_continue() {
                counted += steps;
            }
            assert_eq!(polls.into_inner(), 10, "it breaks when the flag is set");
            assert!(counted <= 10 * (STEPS_PER_POLL + steps), "{counted} steps of {steps} with ten polls");
        }
    }
}
