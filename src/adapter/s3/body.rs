//! A range of an object, taken up where it breaks.
//!
//! A connection that is reset, stalls (the SDK notices one that gives less than a byte a second) or ends too early is
//! followed by another GET, of the rest and of the same version. Where the store gives neither a version nor an entity
//! tag, nothing could tell the rest from that of another object, and the break is final.

use std::ops::Range;
use std::sync::Arc;

use aws_sdk_s3::Client;
use aws_sdk_s3::operation::get_object::GetObjectOutput;
use aws_sdk_s3::operation::get_object::builders::GetObjectFluentBuilder;
use aws_sdk_s3::primitives::ByteStream;
use bytes::Bytes;
use futures_util::{StreamExt, stream};

use super::error::{classify, told};
use super::tag::{bare, quoted};
use crate::contract::ModelRef;
use crate::worker::ports::{Body, StoreError};

/// How often a range is taken up again.
const RESUMES: u32 = 5;
/// What is repeated at most of a range that is another than asked for.
const RANGE_CHARS: usize = 100;

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

/// An object, pinned to what it was when it was opened.
pub(super) struct Opened {
    client: Client,
    bucket: String,
    pinned: ModelRef,
    pub size_bytes: u64,
}

impl Opened {
    /// What was opened by an answer, and the answer's body.
    pub fn new(
        client: Client,
        bucket: &str,
        key: &str,
        size_bytes: u64,
        output: GetObjectOutput,
    ) -> (Arc<Self>, ByteStream) {
        let GetObjectOutput { body, e_tag: etag, version_id, .. } = output;
        let pinned = ModelRef { key: key.to_owned(), etag, version_id, ..ModelRef::default() };
        (Arc::new(Self { client, bucket: bucket.to_owned(), pinned, size_bytes }), body)
    }

    /// Whether the store gives anything that tells it from what may replace it.
    pub fn is_pinned(&self) -> bool {
        self.pinned.etag.is_some() || self.pinned.version_id.is_some()
    }

    /// The bytes of a range, of the same version.
    async fn range(&self, range: &Range<u64>) -> Result<ByteStream, StoreError> {
        let Self { client, bucket, pinned, size_bytes } = self;
        let (first, last) = (range.start, range.end - 1);
        let get = get(client, bucket, pinned).range(format!("bytes={first}-{last}"));
        let output = get.send().await.map_err(|error| classify(&error))?;
        check_pinned(pinned, &output)?;
        match output.content_range() {
            Some(range) if range == format!("bytes {first}-{last}/{size_bytes}") => Ok(output.body),
            Some(range) => {
                let range: String = range.chars().take(RANGE_CHARS).collect();
                Err(StoreError::Changed(format!("the object had {size_bytes} bytes; the store has {range}")))
            }
            None => Err(StoreError::Unavailable("the rest was asked for, and the store does not give ranges".into())),
        }
    }
}

/// A range that is being read.
pub(super) struct Reading {
    object: Arc<Opened>,
    left: Range<u64>,
    /// None where it has not been asked for, or broke.
    body: Option<ByteStream>,
    /// Whether the body goes on after the range.
    cut: bool,
    resumes_left: u32,
}

impl Reading {
    /// The body of the whole object.
    pub fn whole(object: Arc<Opened>, body: ByteStream) -> Self {
        let left = 0..object.size_bytes;
        Self { object, left, body: Some(body), cut: false, resumes_left: RESUMES }
    }

    /// The first bytes of the body of the whole object.
    pub fn start(object: Arc<Opened>, body: ByteStream, length: u64) -> Self {
        Self { object, left: 0..length, body: Some(body), cut: true, resumes_left: RESUMES }
    }

    /// A range with bytes in it, for which nobody has asked yet.
    pub fn part(object: Arc<Opened>, range: Range<u64>) -> Self {
        Self { object, left: range, body: None, cut: false, resumes_left: RESUMES }
    }

    /// As a stream.
    pub fn into_body(self) -> Body {
        let next = async |mut reading: Self| Ok(reading.next().await?.map(|chunk| (chunk, reading)));
        stream::try_unfold(self, next).boxed()
    }

    /// The bytes that are not read yet.
    pub fn left_bytes(&self) -> u64 {
        self.left.end - self.left.start
    }

    /// The next chunk; none at the end of the range.
    pub async fn next(&mut self) -> Result<Option<Bytes>, StoreError> {
        loop {
            if self.left.is_empty() && self.cut {
                return Ok(None);
            }
            let body = match &mut self.body {
                Some(body) => body,
                broken => broken.insert(self.object.range(&self.left).await?),
            };
            let broken = match body.next().await {
                Some(Ok(chunk)) => return self.take(chunk).map(Some),
                None if self.left.is_empty() => return Ok(None),
                None => StoreError::CutShort { read_bytes: self.left.start, size_bytes: self.object.size_bytes },
                Some(Err(error)) => StoreError::Unavailable(told(&error)),
            };
            // What comes after the last byte is the SDK's word that they are not those of the store's own checksum.
            if self.left.is_empty() || self.resumes_left == 0 || !self.object.is_pinned() {
                return Err(broken);
            }
            self.resumes_left -= 1;
            self.body = None;
        }
    }

    /// Counts a chunk, as far as it is of the range.
    fn take(&mut self, mut chunk: Bytes) -> Result<Bytes, StoreError> {
        let left_bytes = self.left_bytes();
        if chunk.len() as u64 > left_bytes {
            if !self.cut {
                return Err(StoreError::Changed("the store gave more bytes than it announced".into()));
            }
            chunk.truncate(left_bytes as usize);
        }
        self.left.start += chunk.len() as u64;
        Ok(chunk)
    }
}
