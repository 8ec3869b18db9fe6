//! What the jobs of a worker know of the store together: whether it is down, and which of its buckets are in trouble.
//!
//! Requests name buckets, and anybody may send one. So the trouble of one bucket is never taken for the store's
//! ([`outage`]), never takes every slot of the worker ([`slots`]), and a bucket that denies all of its objects is told from a
//! denied object ([`denials`]). Names come from requests: each part bounds what it keeps of them.

mod denials;
mod outage;
mod slots;

use std::sync::Arc;

use futures_util::{StreamExt, stream};

use self::denials::Denials;
use self::outage::Outages;
use self::slots::{BucketSlots, PATIENCE};
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

    /// Waits for the answer to a call that asks a bucket for nothing but an answer.
    pub async fn answer<T>(
        &self,
        bucket: Option<&str>,
        call: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        self.slots.wait(bucket, self.slots.patience(bucket), call).await
    }

    /// Waits for a call that sends bytes to a bucket, as long as a slow line takes for them.
    pub async fn upload<T>(
        &self,
        bucket: Option<&str>,
        size_bytes: u64,
        call: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        self.slots.wait(bucket, slots::upload_patience(size_bytes), call).await
    }

    /// The body of an object in a bucket, which is broken off where it stalls and other jobs wait for the bucket already.
    pub fn watched(self: &Arc<Self>, bucket: Option<&str>, body: Body) -> Body {
        // Files are read as they come: no bucket competes for the slots.
        let Some(bucket) = bucket.map(str::to_owned) else { return body };
        let health = Arc::clone(self);
        let next = async |(health, bucket, mut body): (Arc<Self>, String, Body)| {
            let chunk = async { body.next().await.transpose() };
            let chunk = health.slots.wait(Some(&bucket), PATIENCE, chunk).await?;
            Ok(chunk.map(|chunk| (chunk, (health, bucket, body))))
        };
        stream::try_unfold((health, bucket, body), next).boxed()
    }
}
