//! One job: the model that it reads, the memory that it holds, and the time that it has.

pub(in crate::worker) mod download;

use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use tokio::time::Instant;

use crate::appraise::{Appraisal, Appraiser, Stop};
use crate::contract::{Completed, ObjectInfo, Reason, RejectionCode, Request};
use crate::worker::compute::memory_budget::Reserved;
use crate::worker::compute::{Panicked, compute};
use crate::worker::fail_point;
use crate::worker::observe::job_record::{Account, Step};
use crate::worker::observe::metrics::Stage;
use crate::worker::settle::JobError;

/// A model that is being read, and the memory that it holds: wherever it goes, and even if nobody waits for it.
pub(in crate::worker) struct Job {
    appraisal: Appraisal,
    stop: Stop,
    account: Arc<Account>,
    measuring: Step,
    _reserved: Reserved,
}

impl Job {
    /// A job that has begun, its memory, and what stops it.
    pub fn new(appraisal: Appraisal, reserved: Reserved, stop: Stop, account: &Arc<Account>) -> Self {
        let measuring = account.begin(Stage::Measure);
        Self { appraisal, stop, account: Arc::clone(account), measuring, _reserved: reserved }
    }

    /// Reads the next bytes, for a request. Computes.
    pub fn push(mut self, batch: &[Bytes], request: &str) -> Result<Self, JobError> {
        let Self { appraisal, stop, measuring, .. } = &mut self;
        let pushed = measuring.compute(|| {
            fail_point::computing(request, stop);
            batch.iter().try_for_each(|chunk| appraisal.push(chunk))
        });
        self.account.format(self.appraisal.format());
        pushed?;
        Ok(self)
    }

    /// Measures and quotes. Computes.
    pub fn finish(self, appraiser: &Appraiser, request: &Request, object: &ObjectInfo) -> Result<Completed, JobError> {
        let Self { appraisal, account, measuring, _reserved, .. } = self;
        let measured = measuring.compute(|| appraisal.finish())?;
        drop(measuring);
        Ok(account.begin(Stage::Price).compute(|| appraiser.quote(request, object, measured))?)
    }
}

/// Tells a computation to stop when its job ends before it: timed out, or dropped with its connection.
pub(in crate::worker) struct StopOnDrop(pub Stop);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.stop();
    }
}

/// The time that a job has left; it runs only [`within`](Self::within), and not while the job waits for its [`Turns`].
pub(in crate::worker) struct TimeLimit {
    whole: Duration,
    left: Duration,
    turns: Turns,
}

/// How long a job has waited for a thread to compute on. Jobs that take theirs to the last cost their neighbours a wait,
/// and must not cost them their answers.
#[derive(Debug, Clone, Default)]
pub(in crate::worker) struct Turns(Arc<Mutex<Waited>>);

#[derive(Debug, Default)]
struct Waited {
    before: Duration,
    since: Option<Instant>,
}

impl TimeLimit {
    /// All of it.
    pub fn new(whole: Duration) -> Self {
        Self { whole, left: whole, turns: Turns::default() }
    }

    /// For the job to compute with.
    pub fn turns(&self) -> Turns {
        self.turns.clone()
    }

    /// Runs work in the time that is left; past it, the job is rejected.
    pub async fn within<T>(&mut self, work: impl Future<Output = Result<T, JobError>>) -> Result<T, JobError> {
        let (started, turns, at_first) = (Instant::now(), self.turns.clone(), self.left);
        let waited_before = turns.waited();
        let left = || {
            let waited = turns.waited().saturating_sub(waited_before);
            at_first.saturating_sub(started.elapsed().saturating_sub(waited))
        };
        let mut work = pin!(work);
        let result = loop {
            // While it waits nothing is used up, and this comes round again.
            match tokio::time::timeout(left().max(SHORTEST_LOOK), &mut work).await {
                Ok(result) => break result,
                Err(_) if left().is_zero() => {
                    let message = format!("the job took longer than {:?}", self.whole);
                    break Err(Reason::new(RejectionCode::JobTimeout, message).into());
                }
                Err(_) => {}
            }
        };
        self.left = left();
        result
    }
}

/// How often a job that waits with next to no time left is looked at.
const SHORTEST_LOOK: Duration = Duration::from_millis(10);

impl Turns {
    /// Computes as soon as there is a thread to do it.
    pub async fn compute<T, F>(&self, work: F) -> Result<T, Panicked>
    where
        T: Send + 'static,
        F: FnOnce() -> T + Send + 'static,
    {
        self.waiting().since = Some(Instant::now());
        let turns = self.clone();
        compute(move || {
            turns.came();
            work()
        })
        .await
    }

    fn came(&self) {
        let mut waiting = self.waiting();
        if let Some(since) = waiting.since.take() {
            waiting.before += since.elapsed();
        }
    }

    fn waited(&self) -> Duration {
        let waiting = self.waiting();
        waiting.before + waiting.since.map_or(Duration::ZERO, |since| since.elapsed())
    }

    fn waiting(&self) -> MutexGuard<'_, Waited> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn takes(seconds: u64) -> Result<(), JobError> {
        tokio::time::sleep(Duration::from_secs(seconds)).await;
        Ok(())
    }

    fn too_long(result: &Result<(), JobError>) -> bool {
        matches!(result, Err(JobError::Rejected(reason)) if reason.code == RejectionCode::JobTimeout)
    }

    #[tokio::test(start_paused = true)]
    async fn the_parts_of_a_job_share_its_time() {
        let mut time = TimeLimit::new(Duration::from_secs(5));
        assert_eq!(time.within(takes(3)).await, Ok(()));
        // Between its parts it does not run.
        takes(60).await.expect("it only waits");
        assert_eq!(time.within(takes(1)).await, Ok(()));
        assert!(too_long(&time.within(takes(2)).await));
        assert!(too_long(&time.within(takes(2)).await), "there is none left");
    }

    #[tokio::test(start_paused = true)]
    async fn waiting_for_a_thread_takes_none_of_it() {
        let mut time = TimeLimit::new(Duration::from_secs(5));
        let turns = time.turns();
        let waits = async {
            takes(3).await?;
            turns.waiting().since = Some(Instant::now());
            takes(100).await?;
            turns.came();
            takes(1).await
        };
        assert_eq!(time.within(waits).await, Ok(()));
        assert!(too_long(&time.within(takes(2)).await), "of five seconds, one is left");
    }
}
