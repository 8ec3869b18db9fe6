//! The bound on the steps of a search whose length does not follow from the number of triangles.

use std::ops::ControlFlow;

use super::stop_poll::StopPoll;

/// Why a search ends before it has seen everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::mesh) enum Ended {
    /// The caller stopped it.
    Stopped,
    /// It reached its bound.
    Exhausted,
}

/// Steps that are left for a search. A step takes some nanoseconds.
pub(in crate::mesh) struct Work<'a, 'b> {
    poll: &'a mut StopPoll<'b>,
    steps_left: u64,
}

impl<'a, 'b> Work<'a, 'b> {
    /// The steps of any search, and those for each triangle. Of 100,000 triangles, which are a file of 5 MB, each search takes
    /// less than a quarter of a second. A ball or a relief takes less than 300 steps a triangle; what is above that, and the
    /// steps of any search, is for fans and needles, which have many neighbours.
    const STEPS: u64 = 1 << 25;
    const STEPS_PER_TRIANGLE: u64 = 1 << 9;

    /// The work that the search over a number of triangles may take.
    pub fn on(triangle_count: usize, poll: &'a mut StopPoll<'b>) -> Self {
        let steps_left = (triangle_count as u64).saturating_mul(Self::STEPS_PER_TRIANGLE).saturating_add(Self::STEPS);
        Self { poll, steps_left }
    }

    /// Takes steps, if they are left.
    #[inline]
    pub fn spend(&mut self, steps: u32) -> ControlFlow<Ended> {
        let Some(left) = self.steps_left.checked_sub(u64::from(steps)) else {
            return ControlFlow::Break(Ended::Exhausted);
        };
        self.steps_left = left;
        match self.poll.count(steps as usize) {
            ControlFlow::Continue(()) => ControlFlow::Continue(()),
            ControlFlow::Break(()) => ControlFlow::Break(Ended::Stopped),
        }
    }
}
