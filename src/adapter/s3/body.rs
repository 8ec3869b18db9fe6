//! The body of an object, taken up where it breaks.
//!
//! A connection that is reset, stalls (the SDK notices one that gives less than a byte a second) or ends too early is
//! followed by another GET, of the rest and of the same version. Where the store gives neither a version nor an entity
//! tag, nothing could tell the rest from that of another object, and the break is final.

use aws_sdk_s3::Client;
use aws_sdk_s3::operation::get_object::GetObjectOutput;
use aws_sdk_s3::operation::get_object::builders::GetObjectFluentBuilder;
use aws_sdk_s3::primitives::ByteStream;
use bytes::Bytes;

use super::error::{classify, told};
use super::tag::{bare, quoted};
use crate::contract::ModelRef;
use crate::worker::ports::StoreError;

/// How often a body is taken up again.
const RESUMES: u32 = 5;
/// What is repeated at most of a range that is another than asked for.
const RANGE_CHARS: usize = 100;

/// A body that is being read.
pub(super) struct Reading {
    client: Client,
    bucket: String,
    /// The object, pinned to what was opened.
    pinned: ModelRef,
    size_bytes: u64,
    read_bytes: u64,
    body: ByteStream,
    resumes_left: u32,
}

/// The request for an object, pinned as far as the model says.
pub(super) fn get(client: &Client, bucket: &str, model: &ModelRef) -> GetObjectFluentBuilder {
    let get = client.get_object().bucket(bucket).key(&model.key);
    get.set_version_id(model.version_id.clone()).set_if_match(model.etag.as_deref().map(quoted))
}

/// Holds an answer against what was asked for: some stores ignore conditions.
pub(super) fn check_pinned(model: &ModelRef, output: &GetObjectOutput) -> Result<(), StoreError> {
    if let (Some(asked), Some(found)) = (&model.etag, output.e_tag())
        && bare(asked) != bare(found)
    {
        return Err(StoreError::Changed(format!("the object's ETag is not {}", bare(asked))));
    }
    if let (Some(asked), Some(found)) = (&model.version_id, output.version_id())
        && asked != found
    {
        return Err(StoreError::Changed(format!("the store gave another version than {asked}")));
    }
    Ok(())
}

impl Reading {
    /// The body of an object that was opened.
    pub fn new(client: Client, bucket: &str, key: &str, size_bytes: u64, output: GetObjectOutput) -> Self {
        let GetObjectOutput { body, e_tag: etag, version_id, .. } = output;
        let pinned = ModelRef { key: key.to_owned(), etag, version_id, ..ModelRef::default() };
        Self { client, bucket: bucket.to_owned(), pinned, size_bytes, read_bytes: 0, body, resumes_left: RESUMES }
    }

    /// The next chunk and the rest of the body; none at its end.
    pub async fn next(mut self) -> Result<Option<(Bytes, Self)>, StoreError> {
        loop {
            let broken = match self.body.next().await {
                Some(Ok(chunk)) => {
                    self.read_bytes += chunk.len() as u64;
                    return Ok(Some((chunk, self)));
                }
                // What breaks after the last byte is no loss.
                _ if self.read_bytes >= self.size_bytes => return Ok(None),
                None => StoreError::CutShort { read_bytes: self.read_bytes, size_bytes: self.size_bytes },
                Some(Err(error)) => StoreError::Unavailable(told(&error)),
            };
            let can_be_told = self.pinned.etag.is_some() || self.pinned.version_id.is_some();
            if self.resumes_left == 0 || !can_be_told {
                return Err(broken);
            }
            self.resumes_left -= 1;
            self.body = self.rest().await?;
        }
    }

    /// What was not read yet, of the same version.
    async fn rest(&self) -> Result<ByteStream, StoreError> {
        let Self { client, bucket, pinned, size_bytes, read_bytes, .. } = self;
        let get = get(client, bucket, pinned).range(format!("bytes={read_bytes}-"));
        let output = get.send().await.map_err(|error| classify(&error))?;
        check_pinned(pinned, &output)?;
        match output.content_range() {
            Some(range) if range == format!("bytes {read_bytes}-{}/{size_bytes}", size_bytes - 1) => Ok(output.body),
            Some(range) => {
                let range: String = range.chars().take(RANGE_CHARS).collect();
                Err(StoreError::Changed(format!("the object had {size_bytes} bytes; the store has {range}")))
            }
            None => Err(StoreError::Unavailable("the body broke, and the store does not give ranges".into())),
        }
    }
}
