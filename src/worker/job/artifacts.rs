//! Puts the files that go with an answer into the store, before the answer is published.

use bytes::Bytes;
use futures_util::{StreamExt, stream};

use super::{JobContext, StepError};
use crate::appraise::Artifact;
use crate::contract::Reason;
use crate::worker::ports::{NewObject, ObjectStore, StoreError};

/// Puts each file in its turn, within the job's time. Errors are classified as those of reads are.
///
/// A repeated attempt puts the same bytes under the same keys.
pub(super) async fn put_all<S: ObjectStore>(
    artifacts: Vec<Artifact>,
    context: &JobContext<S>,
) -> Result<(), StepError> {
    for artifact in artifacts {
        let bucket = artifact.bucket.clone();
        if let Err(error) = context.within(put(artifact, context)).await {
            return Err(match error {
                StepError::Failed(error) => context.blame_store(bucket.as_deref(), error).await.into(),
                rejected @ StepError::Rejected(_) => rejected,
            });
        }
    }
    Ok(())
}

async fn put<S: ObjectStore>(artifact: Artifact, context: &JobContext<S>) -> Result<(), StepError> {
    let Artifact { bucket, key, content_type, bytes } = artifact;
    let size_bytes = bytes.len() as u64;
    let object = NewObject { bucket: bucket.as_deref(), key: &key, content_type: Some(content_type), size_bytes };
    let chunk = (!bytes.is_empty()).then(|| Ok(Bytes::from(bytes)));
    let uploading = context.record().begin_upload(&object);
    let put = uploading.wait(context.store().put(&object, stream::iter(chunk).boxed())).await;
    put.map_err(|error| rejection(&key, &error).map_or_else(|| error.into(), StepError::Rejected))
}

/// The rejection, which names the file: the requester asked for it by its key.
fn rejection(key: &str, error: &StoreError) -> Option<Reason> {
    let reason = error.rejection()?;
    Some(Reason::new(reason.code, format!("cannot store {key:?}: {}", reason.message)))
}
