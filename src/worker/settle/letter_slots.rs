//! The slots of a worker that dead letters may hold while no queue takes them: half of them.
//!
//! A dead letter is an exception: other requests can be answered while its route is denied or its queue is full, and must not
//! wait for it. A worker with one slot has no half: a dead letter holds that slot.

use tokio::sync::{Semaphore, SemaphorePermit};

/// The slots for dead letters that no queue takes.
#[derive(Debug)]
pub(in crate::worker) struct LetterSlots(Semaphore);

impl LetterSlots {
    /// The slots of a worker with so many jobs at once.
    pub fn of(concurrency: usize) -> Self {
        Self(Semaphore::new((concurrency / 2).max(1)))
    }

    /// A slot to wait in; none where other letters hold them all.
    pub fn hold(&self) -> Option<SemaphorePermit<'_>> {
        self.0.try_acquire().ok()
    }
}
