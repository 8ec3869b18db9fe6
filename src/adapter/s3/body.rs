//! Reads a range of an object, and resumes it where it breaks.
//!
//! After a connection that is reset, stalls (the SDK reports one that gives less than a byte a second) or ends too early,
//! another GET reads the rest of the same version. Where the store gives neither a version nor an entity tag, the rest
//! could be another object's, and the break is final.

use std::ops::Range;
use std::sync::Arc;

use aws_sdk_s3::Client;
use aws_sdk_s3::operation::get_object::GetObjectOutput;
use aws_sdk_s3::operation::get_object::builders::GetObjectFluentBuilder;
use aws_sdk_s3::primitives::ByteStream;
use bytes::Bytes;
use futures_util::{StreamExt, stream};

use super::error::{Call, message_chain};
use super::refusal::Purpose;
use super::renewal::RenewingClient;
use super::tag::{bare, quoted};
use crate::worker::ports::{Body, ObjectRef, StoreError};

/// How often the reading of a range is resumed.
const RESUMES: u32 = 5;
/// The most characters that an error repeats of a wrong `Content-Range`.
pub(super) const RANGE_CHARS: usize = 100;

/// The request for an object, pinned as far as the reference is.
pub(super) fn get(client: &Client, bucket: &str, object: &ObjectRef) -> GetObjectFluentBuilder {
    let get = client.get_object().bucket(bucket).key(&object.key);
    get.set_version_id(object.version_id.clone()).set_if_match(object.etag.as_deref().map(quoted))
}

/// Checks that an answer with the rest of an object confirms that it is of the version that was opened, by the entity tag or
/// the version: some stores ignore conditions.
fn check_rest(pinned: &ObjectRef, output: &GetObjectOutput) -> Result<(), StoreError> {
    let etags = pinned.etag.as_deref().map(bare).zip(output.e_tag().map(bare));
    let versions = pinned.version_id.as_deref().zip(output.version_id());
    match (etags, versions) {
        (Some((pinned, found)), _) if pinned != found => {
            Err(StoreError::Changed(format!("the object's ETag is not {pinned} any more")))
        }
        (_, Some((pinned, found))) if pinned != found => {
            Err(StoreError::Changed(format!("the store gave another version than {pinned}")))
        }
        (None, None) => {
            Err(StoreError::Changed("the store does not say that the rest is of the object that was opened".into()))
        }
        _ => Ok(()),
    }
}

/// An object, pinned to the version that was opened.
pub(super) struct PinnedObject {
    client: RenewingClient,
    bucket: String,
    pinned: ObjectRef,
    pub size_bytes: u64,
}

impl PinnedObject {
    /// The object that an answer describes, and the answer's body.
    pub fn new(
        client: RenewingClient,
        bucket: &str,
        key: &str,
        size_bytes: u64,
        output: GetObjectOutput,
    ) -> (Arc<Self>, ByteStream) {
        let GetObjectOutput { body, e_tag: etag, version_id, .. } = output;
        let pinned = ObjectRef { bucket: None, key: key.to_owned(), version_id, etag };
        (Arc::new(Self { client, bucket: bucket.to_owned(), pinned, size_bytes }), body)
    }

    /// Whether an entity tag or a version tells the object from another that may replace it.
    pub fn is_pinned(&self) -> bool {
        self.pinned.etag.is_some() || self.pinned.version_id.is_some()
    }

    /// The bytes of a range, of the same version.
    async fn range(&self, range: &Range<u64>) -> Result<ByteStream, StoreError> {
        let Self { client, bucket, pinned, size_bytes } = self;
        let (first, last) = (range.start, range.end - 1);
        let call = Call { bucket, purpose: Purpose::of_read(pinned) };
        let get = |client: &Client| get(client, bucket, pinned).range(format!("bytes={first}-{last}")).send();
        let output = client.call(get).await.map_err(|error| call.classify(&error))?;
        check_rest(pinned, &output)?;
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

/// Reads a range of an object.
pub(super) struct RangeReader {
    object: Arc<PinnedObject>,
    left: Range<u64>,
    /// None where no GET is under way: before the first, and after a break.
    body: Option<ByteStream>,
    /// Whether the body goes on after the range.
    cut: bool,
    resumes_left: u32,
}

impl RangeReader {
    /// The body of the whole object.
    pub fn whole(object: Arc<PinnedObject>, body: ByteStream) -> Self {
        let left = 0..object.size_bytes;
        Self { object, left, body: Some(body), cut: false, resumes_left: RESUMES }
    }

    /// The first bytes of the body of the whole object.
    pub fn start(object: Arc<PinnedObject>, body: ByteStream, length: u64) -> Self {
        Self { object, left: 0..length, body: Some(body), cut: true, resumes_left: RESUMES }
    }

    /// A range of at least one byte, for which no GET was sent yet.
    pub fn part(object: Arc<PinnedObject>, range: Range<u64>) -> Self {
        Self { object, left: range, body: None, cut: false, resumes_left: RESUMES }
    }

    /// As a stream.
    pub fn into_body(self) -> Body {
        let next = async |mut reader: Self| Ok(reader.next().await?.map(|chunk| (chunk, reader)));
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
                Some(Err(error)) => StoreError::Unavailable(message_chain(&error)),
            };
            // An error after the last byte is the SDK's: the bytes do not match the store's own checksum.
            if self.left.is_empty() || self.resumes_left == 0 || !self.object.is_pinned() {
                return Err(broken);
            }
            self.resumes_left -= 1;
            self.body = None;
        }
    }

    /// Counts a chunk, and cuts off what lies beyond the range.
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
