//! What a job works with: a store, an appraiser, and its shares of memory, time and threads.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;

use super::JobError;
use super::store_health::StoreHealth;
use super::time_limit::TimeLimit;
use crate::appraise::{Appraiser, Conversion, Outcome};
use crate::contract::{Reason, RejectionCode};
use crate::worker::WorkerLimits;
use crate::worker::compute::Panicked;
use crate::worker::compute::memory_budget::{MemoryBudget, Reserved};
use crate::worker::conversion::{CadConverter, ConversionError, ConvertedBody};
use crate::worker::observe::job_record::JobRecord;
use crate::worker::ports::{Body, NewObject, Object, ObjectRef, ObjectStore, StoreError};

/// What all jobs of a worker share.
#[derive(Debug)]
pub struct JobResources<S> {
    store: S,
    store_health: Arc<StoreHealth>,
    appraiser: Arc<Appraiser>,
    converter: Option<Arc<dyn CadConverter>>,
    memory: MemoryBudget,
    time_limit: Duration,
}

impl<S> JobResources<S> {
    /// What jobs share within a worker's limits.
    pub(in crate::worker) fn new(
        store: S,
        appraiser: Appraiser,
        converter: Option<Arc<dyn CadConverter>>,
        memory: MemoryBudget,
        limits: &WorkerLimits,
    ) -> Self {
        let store_health = Arc::new(StoreHealth::new(limits.concurrency));
        Self { store, store_health, appraiser: Arc::new(appraiser), converter, memory, time_limit: limits.job_timeout }
    }

    /// The memory of all jobs.
    pub fn memory(&self) -> &MemoryBudget {
        &self.memory
    }
}

/// What one attempt at a job works with.
///
/// It holds the memory that the job reserved until the files of its answer are in the store.
pub struct JobContext<S> {
    resources: Arc<JobResources<S>>,
    /// Whether every other job of the worker waits for the end of this one.
    alone: bool,
    time: TimeLimit,
    reserved: Mutex<Vec<Reserved>>,
    record: Arc<JobRecord>,
}

impl<S: ObjectStore> JobContext<S> {
    /// The context of an attempt that begins now, and runs alone or not. The record takes the job's stages and facts.
    pub(in crate::worker) fn new(resources: &Arc<JobResources<S>>, record: &Arc<JobRecord>, alone: bool) -> Self {
        Self {
            resources: Arc::clone(resources),
            alone,
            time: TimeLimit::new(resources.time_limit),
            reserved: Mutex::default(),
            record: Arc::clone(record),
        }
    }

    /// Opens an object of the store. Where its bucket does not answer, or its body stalls, only half of the worker's jobs may
    /// wait for that; for others it fails.
    pub async fn open(&self, object: &ObjectRef) -> Result<Object, StoreError> {
        let (JobResources { store, store_health, .. }, bucket) = (&*self.resources, object.bucket.as_deref());
        // On the heap: a call holds requests of the store's client, and would be copied into every future around it.
        let opened = store_health.answer(bucket, self.alone, Box::pin(store.open(object))).await?;
        store_health.opened(bucket);
        Ok(Object { body: store_health.watched(bucket, self.alone, opened.body), ..opened })
    }

    /// Puts an object into the store. A bucket that does not answer is treated as by [`open`](Self::open).
    pub async fn put(&self, object: &NewObject<'_>, body: Body) -> Result<(), StoreError> {
        let JobResources { store, store_health, .. } = &*self.resources;
        store_health.upload(object.bucket, self.alone, object.size_bytes, Box::pin(store.put(object, body))).await
    }

    /// Has a CAD file converted. Its memory is reserved before.
    pub fn convert(&self, conversion: Conversion, file: Body) -> Result<ConvertedBody, ConversionError> {
        let converter = self.resources.converter.as_ref();
        let converter = converter.ok_or_else(|| ConversionError::Unavailable("there is none".into()))?;
        Ok(converter.convert(conversion, file))
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
    pub fn within<T, E: From<Reason>>(
        &self,
        work: impl Future<Output = Result<T, E>>,
    ) -> impl Future<Output = Result<T, E>> {
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

    /// A way to more memory, which stays reserved while that way lives.
    pub fn more_memory(&self) -> impl Fn(u64) -> bool + Send + Sync + use<S> {
        let (memory, held) = (self.resources.memory.clone(), Mutex::new(Vec::new()));
        move |size_bytes| {
            let reserved = memory.try_reserve(size_bytes);
            let is_reserved = reserved.is_some();
            held.lock().unwrap_or_else(PoisonError::into_inner).extend(reserved);
            is_reserved
        }
    }

    /// Reserves memory as [`try_reserve`](Self::try_reserve) does, and waits for it. Call it outside
    /// [`within`](Self::within): the wait is not the job's time.
    pub async fn reserve(&self, size_bytes: u64) -> Reserved {
        self.keep(self.resources.memory.reserve(size_bytes).await)
    }

    /// Lets go of the memory that this context reserved, so that the job waits for more without holding any: two jobs that each
    /// held some would wait for one another.
    pub fn release_memory(&self) {
        self.reserved.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Finds out whose fault an error is that the store gave about an object: the object's, its bucket's or the store's.
    ///
    /// `reject` makes the answer of a reason: that of a denial that lasts.
    pub async fn blame_store(
        &self,
        bucket: Option<&str>,
        key: &str,
        error: JobError,
        reject: impl FnOnce(Reason) -> Outcome,
    ) -> JobError {
        let JobError::Store(error) = error else { return error };
        let JobResources { store, store_health, .. } = &*self.resources;
        match error {
            StoreError::Denied(_) if store_health.denials.denied(bucket, key) => JobError::BucketDenied(error),
            StoreError::Denied(message) => {
                let reason = Reason::new(RejectionCode::ObjectForbidden, message);
                JobError::Denied { rejection: Box::new(reject(reason.clone())), reason }
            }
            error if store_health.outages.is_down(store, bucket).await => JobError::StoreDown(error),
            error => JobError::Store(error),
        }
    }

    fn keep(&self, reserved: Reserved) -> Reserved {
        self.reserved.lock().unwrap_or_else(PoisonError::into_inner).push(reserved.clone());
        reserved
    }
}
