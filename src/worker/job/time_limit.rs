//! The time that one job has, waits for memory and for a computing thread not counted.

use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::contract::{Reason, RejectionCode};
use crate::worker::compute::{Panicked, compute};

/// The time that a job has left. It runs only [`within`](Self::within), and not while the job waits for a thread to
/// [`compute`](Self::compute) on: jobs that take their time to the last cost their neighbours a wait, and must not cost
/// them their answers.
pub(super) struct TimeLimit {
    whole: Duration,
    left: Mutex<Duration>,
    thread_wait: ThreadWait,
}

/// How long a job has waited for computing threads.
#[derive(Debug, Clone, Default)]
struct ThreadWait(Arc<Mutex<Waited>>);

#[derive(Debug, Default)]
struct Waited {
    before: Duration,
    since: Option<Instant>,
}

/// The shortest timer of a job that has hardly any time left, but waits for a thread.
const SHORTEST_TIMER: Duration = Duration::from_millis(10);

impl TimeLimit {
    /// A limit of which nothing is used up.
    pub fn new(whole: Duration) -> Self {
        Self { whole, left: Mutex::new(whole), thread_wait: ThreadWait::default() }
    }

    /// Does work in the time that is left; past it, the job is rejected. One call at a time.
    pub async fn within<T, E: From<Reason>>(&self, work: impl Future<Output = Result<T, E>>) -> Result<T, E> {
        let (started, at_first, waited_before) = (Instant::now(), *self.left(), self.thread_wait.total());
        let left = || {
            let waited = self.thread_wait.total().saturating_sub(waited_before);
            at_first.saturating_sub(started.elapsed().saturating_sub(waited))
        };
        let mut work = pin!(work);
        let result = loop {
            // A wait for a thread uses nothing up, and the timer is set again.
            match tokio::time::timeout(left().max(SHORTEST_TIMER), &mut work).await {
                Ok(result) => break result,
                Err(_) if left().is_zero() => {
                    let message = format!("the job took longer than {:?}", self.whole);
                    break Err(Reason::new(RejectionCode::JobTimeout, message).into());
                }
                Err(_) => {}
            }
        };
        *self.left() = left();
        result
    }

    /// Computes as soon as a thread is free.
    pub async fn compute<T, F>(&self, work: F) -> Result<T, Panicked>
    where
        T: Send + 'static,
        F: FnOnce() -> T + Send + 'static,
    {
        let wait = self.thread_wait.clone();
        wait.begin();
        compute(move || {
            wait.end();
            work()
        })
        .await
    }

    fn left(&self) -> MutexGuard<'_, Duration> {
        self.left.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ThreadWait {
    fn begin(&self) {
        self.waited().since = Some(Instant::now());
    }

    fn end(&self) {
        let mut waited = self.waited();
        if let Some(since) = waited.since.take() {
            waited.before += since.elapsed();
        }
    }

    fn total(&self) -> Duration {
        let waited = self.waited();
        waited.before + waited.since.map_or(Duration::ZERO, |since| since.elapsed())
    }

    fn waited(&self) -> MutexGuard<'_, Waited> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::worker::job::StepError;

    async fn takes(seconds: u64) -> Result<(), StepError> {
        tokio::time::sleep(Duration::from_secs(seconds)).await;
        Ok(())
    }

    fn too_long(result: &Result<(), StepError>) -> bool {
        matches!(result, Err(StepError::Rejected(reason)) if reason.code == RejectionCode::JobTimeout)
    }

    #[tokio::test(start_paused = true)]
    async fn the_parts_of_a_job_share_its_time() {
        let time = TimeLimit::new(Duration::from_secs(5));
        assert_eq!(time.within(takes(3)).await, Ok(()));
        // Between its parts it does not run.
        takes(60).await.expect("it only waits");
        assert_eq!(time.within(takes(1)).await, Ok(()));
        assert!(too_long(&time.within(takes(2)).await));
        assert!(too_long(&time.within(takes(2)).await), "there is none left");
    }

    #[tokio::test(start_paused = true)]
    async fn waiting_for_a_thread_takes_none_of_it() {
        let time = TimeLimit::new(Duration::from_secs(5));
        let waits = async {
            takes(3).await?;
            time.thread_wait.begin();
            takes(100).await?;
            time.thread_wait.end();
            takes(1).await
        };
        assert_eq!(time.within(waits).await, Ok(()));
        assert!(too_long(&time.within(takes(2)).await), "of five seconds, one is left");
    }
}
