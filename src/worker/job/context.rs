//! What a job works with: a store, an appraiser, and its shares of memory, time and threads.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;

use super::time_limit::TimeLimit;
use super::{JobError, StepError};
use crate::appraise::Appraiser;
use crate::worker::compute::Panicked;
use crate::worker::compute::memory_budget::{MemoryBudget, Reserved};
use crate::worker::observe::job_record::JobRecord;
use crate::worker::ports::{ObjectRef, ObjectStore, StoreError};

/// How long a store that failed may take to answer for another object.
const PROBE_TIMEOUT: Duration = Duration::from_secs(5);
/// A key that no store has.
const PROBE_KEY: &str = "pricing-worker-asks-whether-you-answer";

/// What all jobs of a worker share.
#[derive(Debug)]
pub struct JobResources<S> {
    /// The object store.
    pub store: S,
    /// The core, with the price book.
    pub appraiser: Arc<Appraiser>,
    /// The memory of all jobs.
    pub memory: MemoryBudget,
    /// The time of one job.
    pub time_limit: Duration,
}

/// What one attempt at a job works with.
///
/// It holds the memory that the job reserved until the files of its answer are in the store.
pub struct JobContext<S> {
    resources: Arc<JobResources<S>>,
    time: TimeLimit,
    reserved: Mutex<Vec<Reserved>>,
    record: Arc<JobRecord>,
}

impl<S: ObjectStore> JobContext<S> {
    /// The context of an attempt that begins now. The record takes the job's stages and facts.
    pub(in crate::worker) fn new(resources: &Arc<JobResources<S>>, record: &Arc<JobRecord>) -> Self {
        Self {
            resources: Arc::clone(resources),
            time: TimeLimit::new(resources.time_limit),
            reserved: Mutex::default(),
            record: Arc::clone(record),
        }
    }

    /// The object store.
    pub fn store(&self) -> &S {
        &self.resources.store
    }

    /// The core, with the price book.
    pub fn appraiser(&self) -> &Arc<Appraiser> {
        &self.resources.appraiser
    }

    /// Takes the job's stages and facts.
    pub fn record(&self) -> &Arc<JobRecord> {
        &self.record
    }

    /// The time of day.
    pub fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    /// Does work in the time that the job has left; past it, the job is rejected as `job_timeout`.
    pub fn within<T>(
        &self,
        work: impl Future<Output = Result<T, StepError>>,
    ) -> impl Future<Output = Result<T, StepError>> {
        self.time.within(work)
    }

    /// Computes on a thread of the computing pool. The wait for a thread is not the job's time.
    pub async fn compute<T, F>(&self, work: F) -> Result<T, Panicked>
    where
        T: Send + 'static,
        F: FnOnce() -> T + Send + 'static,
    {
        self.time.compute(work).await
    }

    /// Reserves memory of the budget, if it is free and no job waits for it.
    ///
    /// The memory stays reserved while this context or the returned value lives: a computation holds the value, since it
    /// may outlive a job that was dropped.
    pub fn try_reserve(&self, size_bytes: u64) -> Option<Reserved> {
        self.resources.memory.try_reserve(size_bytes).map(|reserved| self.keep(reserved))
    }

    /// Reserves memory as [`try_reserve`](Self::try_reserve) does, and waits for it. Call it outside
    /// [`within`](Self::within): the wait is not the job's time.
    pub async fn reserve(&self, size_bytes: u64) -> Reserved {
        self.keep(self.resources.memory.reserve(size_bytes).await)
    }

    /// Tells a store that is down from a store that fails on one object: by asking it for another object in the same
    /// bucket, for which any answer will do.
    pub async fn blame_store(&self, bucket: Option<&str>, error: JobError) -> JobError {
        let JobError::Store(error) = error else { return error };
        let probe = ObjectRef { bucket: bucket.map(str::to_owned), key: PROBE_KEY.into(), ..ObjectRef::default() };
        match tokio::time::timeout(PROBE_TIMEOUT, self.store().open(&probe)).await {
            Err(_) | Ok(Err(StoreError::Unavailable(_) | StoreError::CutShort { .. })) => JobError::StoreDown(error),
            Ok(_) => JobError::Store(error),
        }
    }

    fn keep(&self, reserved: Reserved) -> Reserved {
        self.reserved.lock().unwrap_or_else(PoisonError::into_inner).push(reserved.clone());
        reserved
    }
}
