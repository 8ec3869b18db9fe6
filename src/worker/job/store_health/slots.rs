//! The slots of a worker that one bucket may hold, half of them, and that all may hold together, all but one.
//!
//! A job that waits for its bucket longer than [`PATIENCE`], for an answer or for the next byte, holds one of the bucket's
//! slots while it waits. Where there is none left the wait ends with an error, so that the other half of the worker's slots
//! is free for other buckets. A body that arrives slowly holds none. A worker with one slot has no half: its bucket holds
//! that slot, until the store's own time limits end the wait. A job that runs alone holds the whole worker, and so never a
//! slot of its bucket.

use std::collections::HashMap;
use std::pin::pin;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::worker::ports::StoreError;

/// How long a job may wait before it holds a slot of its bucket: longer than a store that works takes for an answer.
pub(super) const PATIENCE: Duration = Duration::from_secs(3);
/// The same for a job that has not begun to read, where the bucket's slots are held already: most probably it would wait in
/// vain, and a queue of such jobs must pass quickly.
const SHORT_PATIENCE: Duration = Duration::from_millis(500);
/// A slow line, in bytes per second. The store takes the bytes of an upload without a sign that they arrive.
const SLOW_LINE: u64 = 60_000;

/// How a job waits for its bucket.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wait {
    /// How long without a slot.
    pub patience: Duration,
    /// Whether every other job of the worker waits for the end of this one.
    pub alone: bool,
}

/// Counts the jobs that wait for each bucket.
#[derive(Debug)]
pub(super) struct BucketSlots {
    most_of_a_bucket: usize,
    most_of_all: usize,
    /// Buckets that no job waits for are not there.
    waiting: Mutex<HashMap<String, usize>>,
}

/// A slot that a job holds while it waits for its bucket.
struct BucketSlot<'a> {
    slots: &'a BucketSlots,
    bucket: &'a str,
}

/// How long the upload of so many bytes may take before it holds a slot.
pub(super) fn upload_patience(size_bytes: u64) -> Duration {
    PATIENCE + Duration::from_secs(size_bytes / SLOW_LINE)
}

impl BucketSlots {
    /// The slots of a worker with so many jobs at once.
    pub fn of(concurrency: usize) -> Self {
        let (most_of_a_bucket, most_of_all) = ((concurrency / 2).max(1), concurrency.saturating_sub(1).max(1));
        Self { most_of_a_bucket, most_of_all, waiting: Mutex::default() }
    }

    /// How long a job may wait for the first answer of a bucket.
    pub fn patience(&self, bucket: Option<&str>) -> Duration {
        let waiting = bucket.and_then(|bucket| self.waiting().get(bucket).copied());
        if waiting.is_some_and(|waiting| waiting >= self.most_of_a_bucket) { SHORT_PATIENCE } else { PATIENCE }
    }

    /// Waits for a bucket; past the patience, only with one of the bucket's slots.
    pub async fn wait<T>(
        &self,
        bucket: Option<&str>,
        Wait { patience, alone }: Wait,
        call: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        let Some(bucket) = bucket else { return call.await };
        let mut call = pin!(call);
        if let Ok(result) = tokio::time::timeout(patience, &mut call).await {
            return result;
        }
        let slot = if alone { None } else { self.take(bucket) };
        let Some(_slot) = slot else {
            let others = if alone {
                "every other job waits for this one"
            } else {
                "as many jobs as may wait for buckets already"
            };
            return Err(StoreError::Unavailable(format!("bucket {bucket:?} does not answer, and {others}")));
        };
        call.await
    }

    fn take<'a>(&'a self, bucket: &'a str) -> Option<BucketSlot<'a>> {
        let mut waiting = self.waiting();
        let taken = waiting.get(bucket).copied().unwrap_or_default();
        if taken == self.most_of_a_bucket || waiting.values().sum::<usize>() == self.most_of_all {
            return None;
        }
        waiting.insert(bucket.to_owned(), taken + 1);
        Some(BucketSlot { slots: self, bucket })
    }

    fn waiting(&self) -> MutexGuard<'_, HashMap<String, usize>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for BucketSlot<'_> {
    fn drop(&mut self) {
        let mut waiting = self.slots.waiting();
        if let Some(taken) = waiting.get_mut(self.bucket) {
            *taken -= 1;
            if *taken == 0 {
                waiting.remove(self.bucket);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use tokio::time::Instant;

    use super::*;

    /// A call that the bucket never answers: how long the job waits, where it is ended within a minute.
    async fn waits(slots: &BucketSlots, bucket: Option<&str>, patience: Duration) -> Option<Duration> {
        waits_so(slots, bucket, Wait { patience, alone: false }).await
    }

    async fn waits_so(slots: &BucketSlots, bucket: Option<&str>, wait: Wait) -> Option<Duration> {
        let started = Instant::now();
        let wait = slots.wait(bucket, wait, pending::<Result<(), StoreError>>());
        let ended = tokio::time::timeout(Duration::from_mins(1), wait).await.ok()?;
        assert!(matches!(ended, Err(StoreError::Unavailable(_))), "{ended:?}");
        Some(started.elapsed())
    }

    #[tokio::test(start_paused = true)]
    async fn one_bucket_holds_at_most_half_of_the_slots() {
        // Jobs at once; those of them that may wait for one bucket.
        for (concurrency, half) in [(0, 1), (1, 1), (2, 1), (3, 1), (4, 2), (16, 8)] {
            let slots = BucketSlots::of(concurrency);
            let jobs = (0..half + 3).map(|_| waits(&slots, Some("b"), PATIENCE));
            let ended = futures_util::future::join_all(jobs).await;
            assert_eq!(ended.iter().filter(|ended| ended.is_none()).count(), half, "{concurrency} slots");
            assert!(ended.iter().flatten().all(|after| *after == PATIENCE), "{ended:?}");
            assert!(slots.waiting().is_empty(), "what is over is forgotten");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn several_buckets_leave_one_slot() {
        let slots = BucketSlots::of(4);
        let jobs = ["a", "a", "b", "b", "c"].map(|bucket| waits(&slots, Some(bucket), PATIENCE));
        let ended = futures_util::future::join_all(jobs).await;
        assert_eq!(ended, [None, None, None, Some(PATIENCE), Some(PATIENCE)]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_bucket_that_holds_its_slots_makes_the_next_job_short_of_patience() {
        let slots = BucketSlots::of(2);
        let first = waits(&slots, Some("b"), slots.patience(Some("b")));
        let then = async {
            tokio::time::sleep(PATIENCE * 2).await;
            assert_eq!(slots.patience(Some("other")), PATIENCE);
            assert_eq!(slots.patience(None), PATIENCE);
            waits(&slots, Some("b"), slots.patience(Some("b"))).await
        };
        assert_eq!(tokio::join!(first, then), (None, Some(SHORT_PATIENCE)));
        assert_eq!(slots.patience(Some("b")), PATIENCE, "it is over");
    }

    #[tokio::test(start_paused = true)]
    async fn other_buckets_files_and_what_answers_in_time_take_no_slot() {
        let slots = BucketSlots::of(3);
        let held = waits(&slots, Some("b"), PATIENCE);
        let others = async {
            tokio::time::sleep(PATIENCE * 2).await;
            let wait = Wait { patience: PATIENCE, alone: false };
            assert_eq!(slots.wait(Some("b"), wait, ready(Ok(1))).await, Ok(1));
            assert_eq!(waits(&slots, Some("other"), PATIENCE).await, None);
            assert_eq!(waits(&slots, None, PATIENCE).await, None);
        };
        assert_eq!(tokio::join!(held, others).0, None);
    }

    #[tokio::test(start_paused = true)]
    async fn a_job_that_runs_alone_holds_no_slot() {
        let slots = BucketSlots::of(4);
        let alone = Wait { patience: PATIENCE, alone: true };
        assert_eq!(waits_so(&slots, Some("b"), alone).await, Some(PATIENCE));
        assert_eq!(waits_so(&slots, None, alone).await, None, "files are read as they come");
    }

    #[test]
    fn an_upload_may_take_what_a_slow_line_takes() {
        assert_eq!(upload_patience(0), PATIENCE);
        assert_eq!(upload_patience(16 << 20), PATIENCE + Duration::from_secs(279));
    }
}
