//! Puts the files that go with an answer into the store, before the answer is published.

use bytes::Bytes;
use futures_util::{StreamExt, stream};

use super::{JobContext, StepError};
use crate::appraise::Artifact;
use crate::contract::Reason;
use crate::worker::ports::{NewObject, ObjectStore};

/// Puts a file. Errors are classified as those of reads are.
///
/// A repeated attempt puts the same bytes under the same key.
pub(super) async fn put<S: ObjectStore>(artifact: Artifact, context: &JobContext<S>) -> Result<(), StepError> {
    let Artifact { bucket, key, content_type, bytes } = artifact;
    let size_bytes = bytes.len() as u64;
    let object = NewObject { bucket: bucket.as_deref(), key: &key, content_type: Some(content_type), size_bytes };
    let chunk = (!bytes.is_empty()).then(|| Ok(Bytes::from(bytes)));
    let uploading = context.record().begin_upload(&object);
    let put = uploading.wait(context.put(&object, stream::iter(chunk).boxed())).await;
    put.map_err(|error| match error.rejection() {
        Some(reason) => cannot_store(&key, &reason).into(),
        None => error.into(),
    })
}

/// The reason of a rejection, with the file's name: the requester asked for it by its key.
pub(super) fn cannot_store(key: &str, reason: &Reason) -> Reason {
    Reason::new(reason.code, format!("cannot store {key:?}: {}", reason.message))
}
