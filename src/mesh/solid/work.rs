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

/// Steps that are left for a search. A step is the comparison of two boxes, or as long; it takes five to ten nanoseconds.
pub(in crate::mesh) struct Work<'a, 'b> {
    poll: &'a mut StopPoll<'b>,
    steps_left: u64,
}

impl<'a, 'b> Work<'a, 'b> {
    pub fn new(steps: u64, poll: &'a mut StopPoll<'b>) -> Self {
        Self { poll, steps_left: steps }
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
