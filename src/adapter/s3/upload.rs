//! Uploads to S3 in bounded memory: one PUT where the object fits in a part, parts in sequence where it does not.
//!
//! Memory holds a whole part, so that the SDK can send it again. An upload that fails is aborted; one that is dropped in
//! the middle stays invisible, until the bucket's rule for incomplete uploads removes it.

use std::time::Duration;

use aws_sdk_s3::Client;
use aws_sdk_s3::config::Builder;
use aws_sdk_s3::config::timeout::TimeoutConfig;
use aws_sdk_s3::types::{CompletedMultipartUpload, CompletedPart};
use bytes::{Bytes, BytesMut};
use futures_util::stream::Fuse;
use futures_util::{StreamExt, TryStreamExt};

use super::error::Call;
use super::refusal::Purpose;
use super::renewal::RenewingClient;
use crate::worker::ports::{Body, NewObject, StoreError};

/// The size of a part, unless the object would have too many of them.
const PART_BYTES: u64 = 16 << 20;
/// S3's own limit.
const MOST_PARTS: u64 = 10_000;
/// One attempt to send a part: 16 MiB over a line of 60 kB/s.
const PART_TIMEOUT: Duration = Duration::from_mins(5);

/// Uploads a body of a known length.
pub async fn upload(
    client: &RenewingClient,
    bucket: &str,
    object: &NewObject<'_>,
    body: Body,
) -> Result<(), StoreError> {
    let &NewObject { key, content_type, size_bytes, .. } = object;
    let call = Call { bucket, purpose: Purpose::Write };
    let mut parts = PartsOfBody::new(body, size_bytes);
    if size_bytes <= parts.part_bytes {
        let whole = parts.next().await?;
        let put = |client: &Client| {
            let put = client.put_object().bucket(bucket).key(key).set_content_type(content_type.map(str::to_owned));
            put.body(whole.clone().into()).customize().config_override(patient()).send()
        };
        client.call(put).await.map_err(|error| call.classify(&error))?;
        return Ok(());
    }
    let create = |client: &Client| {
        let create = client.create_multipart_upload().bucket(bucket).key(key);
        create.set_content_type(content_type.map(str::to_owned)).send()
    };
    let created = client.call(create).await.map_err(|error| call.classify(&error))?;
    let id = created.upload_id().ok_or_else(|| StoreError::Unavailable("the store gave no upload id".into()))?;
    let uploaded = upload_parts(client, bucket, key, id, &mut parts).await;
    if uploaded.is_err() {
        // Where this fails too, the bucket's rule for incomplete uploads cleans up.
        let abort = |client: &Client| client.abort_multipart_upload().bucket(bucket).key(key).upload_id(id).send();
        let _ = client.call(abort).await;
    }
    uploaded
}

async fn upload_parts(
    client: &RenewingClient,
    bucket: &str,
    key: &str,
    id: &str,
    parts: &mut PartsOfBody,
) -> Result<(), StoreError> {
    let call = Call { bucket, purpose: Purpose::Write };
    let mut completed = Vec::new();
    for number in 1.. {
        let part = parts.next().await?;
        if part.is_empty() {
            break;
        }
        let put = |client: &Client| {
            let put = client.upload_part().bucket(bucket).key(key).upload_id(id).part_number(number);
            put.body(part.clone().into()).customize().config_override(patient()).send()
        };
        let output = client.call(put).await.map_err(|error| call.classify(&error))?;
        completed.push(CompletedPart::builder().part_number(number).set_e_tag(output.e_tag).build());
    }
    let upload = CompletedMultipartUpload::builder().set_parts(Some(completed)).build();
    let complete = |client: &Client| {
        let complete = client.complete_multipart_upload().bucket(bucket).key(key).upload_id(id);
        complete.multipart_upload(upload.clone()).send()
    };
    client.call(complete).await.map(|_| ()).map_err(|error| call.classify(&error))
}

/// Limits for a call that sends a part.
fn patient() -> Builder {
    let timeouts = TimeoutConfig::builder().read_timeout(PART_TIMEOUT).operation_attempt_timeout(PART_TIMEOUT).build();
    aws_sdk_s3::Config::builder().timeout_config(timeouts)
}

/// Cuts a body into parts.
struct PartsOfBody {
    body: Fuse<Body>,
    /// The rest of the last chunk, which belongs to the next part.
    rest: Bytes,
    part_bytes: u64,
    size_bytes: u64,
    read_bytes: u64,
}

impl PartsOfBody {
    fn new(body: Body, size_bytes: u64) -> Self {
        let part_bytes = PART_BYTES.max(size_bytes.div_ceil(MOST_PARTS));
        Self { body: body.fuse(), rest: Bytes::new(), part_bytes, size_bytes, read_bytes: 0 }
    }

    /// The next part, whole but for the last; empty once all was read.
    async fn next(&mut self) -> Result<Bytes, StoreError> {
        let wanted_bytes = self.part_bytes.min(self.size_bytes - self.read_bytes) as usize;
        // A chunk that holds the part is not copied: a file of an answer is one chunk, whose memory is reserved once.
        if wanted_bytes > 0 {
            self.fill(0).await?;
        }
        let part = if self.rest.len() >= wanted_bytes {
            self.rest.split_to(wanted_bytes)
        } else {
            let mut part = BytesMut::with_capacity(wanted_bytes);
            while part.len() < wanted_bytes {
                self.fill(part.len()).await?;
                let taken = self.rest.split_to(self.rest.len().min(wanted_bytes - part.len()));
                part.extend_from_slice(&taken);
            }
            part.freeze()
        };
        self.read_bytes += part.len() as u64;
        if self.read_bytes == self.size_bytes && (!self.rest.is_empty() || self.body.try_next().await?.is_some()) {
            return Err(StoreError::Changed(format!("there are more than the announced {} bytes", self.size_bytes)));
        }
        Ok(part)
    }

    /// Reads the next chunk where nothing is left of the last, for a part of which so many bytes are there.
    async fn fill(&mut self, part_bytes: usize) -> Result<(), StoreError> {
        if self.rest.is_empty() {
            let Some(chunk) = self.body.try_next().await? else {
                let read_bytes = self.read_bytes + part_bytes as u64;
                return Err(StoreError::CutShort { read_bytes, size_bytes: self.size_bytes });
            };
            self.rest = chunk;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use futures_util::stream;

    use super::*;

    #[tokio::test]
    async fn a_body_is_cut_into_parts_of_its_announced_length() {
        let part = PART_BYTES as usize;
        let rows = [
            (vec![], 0, Ok(vec![])),
            (vec![3], 3, Ok(vec![3])),
            (vec![part], part, Ok(vec![part])),
            (vec![part - 1, 2], part + 1, Ok(vec![part, 1])),
            (vec![2 * part + 5], 2 * part + 5, Ok(vec![part, part, 5])),
            (vec![3], 4, Err(())),
            (vec![5], 4, Err(())),
            (vec![4, 1], 4, Err(())),
        ];
        for (chunks, size, expected) in rows {
            let body = stream::iter(chunks.iter().map(|&length| Ok(Bytes::from(vec![7; length]))).collect::<Vec<_>>());
            let mut parts = PartsOfBody::new(body.boxed(), size as u64);
            let mut lengths = Vec::new();
            let result = loop {
                match parts.next().await {
                    Ok(part) if part.is_empty() => break Ok(lengths),
                    Ok(part) => lengths.push(part.len()),
                    Err(_) => break Err(()),
                }
            };
            assert_eq!(result, expected, "{chunks:?}, {size} announced");
        }
    }
}
