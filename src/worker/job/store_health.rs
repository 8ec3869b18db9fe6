//! The health of the store and of its buckets, shared by the jobs of a worker.
//!
//! A request names its bucket, and must not stop other requests by it. So the trouble of one bucket is never taken for the
//! store's ([`outage`]) and never takes every slot of the worker ([`slots`]). A bucket that denies all of its objects is told
//! from a denied object ([`denials`]). Each part bounds what it keeps of the names in requests.

mod denials;
mod outage;
mod slots;

use std::sync::Arc;

use bytes::Bytes;
use futures_util::{StreamExt, stream};

use self::denials::Denials;
use self::outage::Outages;
use self::slots::{BucketSlots, PATIENCE, Wait};
use crate::worker::ports::{Body, StoreError};

/// The health of the store and of its buckets, as the jobs of a worker see it.
#[derive(Debug)]
pub(in crate::worker) struct StoreHealth {
    pub(super) denials: Denials,
    pub(super) outages: Outages,
    slots: BucketSlots,
}

impl StoreHealth {
    /// The health of a store that no job has asked yet, for so many jobs at once.
    pub fn new(concurrency: usize) -> Self {
        Self { denials: Denials::default(), outages: Outages::default(), slots: BucketSlots::of(concurrency) }
    }

    /// Records that an object of a bucket was opened.
    pub fn opened(&self, bucket: Option<&str>) {
        self.outages.worked(bucket);
        self.denials.opened(bucket);
    }

    /// Waits for the first answer of a bucket, for a job that runs alone or not.
    pub async fn answer<T>(
        &self,
        bucket: Option<&str>,
        alone: bool,
        call: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        self.slots.wait(bucket, Wait { patience: self.slots.patience(bucket), alone }, call).await
    }

    /// Waits for a call that sends bytes to a bucket, as long as a slow line takes for them.
    pub async fn upload<T>(
        &self,
        bucket: Option<&str>,
        alone: bool,
        size_bytes: u64,
        call: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        self.slots.wait(bucket, Wait { patience: slots::upload_patience(size_bytes), alone }, call).await
    }

    /// The body of an object in a bucket, which fails where it stalls and the job may not wait for that.
    pub fn watched(self: &Arc<Self>, bucket: Option<&str>, alone: bool, body: Body) -> Body {
        // Files are read as they come: no bucket competes for the slots.
        let Some(bucket) = bucket.map(str::to_owned) else { return body };
        let watched = WatchedBody { health: Arc::clone(self), bucket, alone, body };
        let next = async |mut watched: WatchedBody| Ok(watched.next().await?.map(|chunk| (chunk, watched)));
        stream::try_unfold(watched, next).boxed()
    }
}

/// A body whose stalls are noticed.
struct WatchedBody {
    health: Arc<StoreHealth>,
    bucket: String,
    alone: bool,
    body: Body,
}

impl WatchedBody {
    async fn next(&mut self) -> Result<Option<Bytes>, StoreError> {
        let Self { health, bucket, alone, body } = self;
        let wait = Wait { patience: PATIENCE, alone: *alone };
        health.slots.wait(Some(bucket), wait, async { body.next().await.transpose() }).await
    }
}
