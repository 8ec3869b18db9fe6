//! One job: the model that it reads, the memory that it holds, and the time that it has.

use std::time::{Duration, Instant};

use bytes::Bytes;

use super::fail_point;
use super::memory::Reserved;
use super::settle::JobError;
use crate::appraise::{Appraisal, Appraiser, Stop};
use crate::contract::{Completed, ObjectInfo, Reason, RejectionCode, Request};

/// A model that is being read, and the memory that it holds: wherever it goes, and even if nobody waits for it.
pub(super) struct Job {
    appraisal: Appraisal,
    stop: Stop,
    _reserved: Reserved,
}

impl Job {
    /// A job that has begun, its memory, and what stops it.
    pub fn new(appraisal: Appraisal, reserved: Reserved, stop: Stop) -> Self {
        Self { appraisal, stop, _reserved: reserved }
    }

    /// Reads the next bytes, for a request. Computes.
    pub fn push(mut self, batch: &[Bytes], request: &str) -> Result<Self, JobError> {
        fail_point::computing(request, &self.stop);
        batch.iter().try_for_each(|chunk| self.appraisal.push(chunk))?;
        Ok(self)
    }

    /// Measures and quotes. Computes.
    pub fn finish(self, appraiser: &Appraiser, request: &Request, object: &ObjectInfo) -> Result<Completed, JobError> {
        let measured = self.appraisal.finish()?;
        Ok(appraiser.quote(request, object, measured)?)
    }
}

/// Tells a computation to stop when its job ends before it: timed out, or dropped with its connection.
pub(super) struct StopOnDrop(pub Stop);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.stop();
    }
}

/// The time that a job has left; it runs only [`within`](Self::within).
pub(super) struct TimeLimit {
    whole: Duration,
    left: Duration,
}

impl TimeLimit {
    /// All of it.
    pub fn new(whole: Duration) -> Self {
        Self { whole, left: whole }
    }

    /// Runs work in the time that is left; past it, the job is rejected.
    pub async fn within<T>(&mut self, work: impl Future<Output = Result<T, JobError>>) -> Result<T, JobError> {
        let started = Instant::now();
        let result = tokio::time::timeout(self.left, work).await;
        self.left = self.left.saturating_sub(started.elapsed());
        result.unwrap_or_else(|_| {
            let message = format!("the job took longer than {:?}", self.whole);
            Err(Reason::new(RejectionCode::JobTimeout, message).into())
        })
    }
}
