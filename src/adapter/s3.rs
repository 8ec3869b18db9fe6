//! S3, and every store that speaks it.
//!
//! One GET gives what the object is and its bytes, pinned by `versionId` or `If-Match` where the request gives them;
//! since some stores ignore conditions, the answer is held against the request too. Connecting, the first byte and a
//! stall each have their limit, and attempts are bounded by the SDK; resuming a broken body is not here.

mod error;
mod upload;

use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, ConfigLoader, Region};
use aws_sdk_s3::Client;
use aws_sdk_s3::config::{Builder, RequestChecksumCalculation};
use aws_sdk_s3::error::DisplayErrorContext;
use aws_sdk_s3::operation::get_object::GetObjectOutput;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use futures_util::{StreamExt, stream};

use self::error::classify;
use crate::contract::ModelRef;
use crate::worker::ports::{Body, Object, ObjectStore, StoreError};

/// Tries of one call, the first included.
const ATTEMPTS: u32 = 3;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// From the request's last byte to the answer's first.
const READ_TIMEOUT: Duration = Duration::from_secs(10);
/// One try, up to the body.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(15);

/// An S3-compatible store.
#[derive(Debug, Clone)]
pub struct S3 {
    client: Client,
}

impl S3 {
    /// The store that the environment names (`AWS_*`, the SDK's own chain). Asks the store nothing yet.
    ///
    /// `path_style` puts the bucket into the path and not into the host's name.
    pub async fn from_env(path_style: bool) -> Self {
        Self::load(aws_config::defaults(BehaviorVersion::latest()), path_style).await
    }

    /// The store that a configuration of the SDK's names, with this module's limits.
    pub async fn load(config: ConfigLoader, path_style: bool) -> Self {
        let http = aws_smithy_http_client::Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring));
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .read_timeout(READ_TIMEOUT)
            .operation_attempt_timeout(ATTEMPT_TIMEOUT)
            .build();
        let config = config
            .http_client(http.build_https())
            .timeout_config(timeouts)
            .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS))
            .load()
            .await;
        // Stores other than AWS seldom care for the region, but a signature must name one.
        let region = config.region().cloned().unwrap_or(Region::from_static("us-east-1"));
        let config = Builder::from(&config)
            .region(region)
            .force_path_style(path_style)
            // Trailing checksums are more than many S3-compatible stores understand; the signature covers the body.
            .request_checksum_calculation(RequestChecksumCalculation::WhenRequired);
        Self { client: Client::from_conf(config.build()) }
    }
}

impl ObjectStore for S3 {
    async fn open(&self, model: &ModelRef) -> Result<Object, StoreError> {
        let bucket = bucket_of(model.bucket.as_deref())?;
        let get = self.client.get_object().bucket(bucket).key(&model.key);
        let get = get.set_version_id(model.version_id.clone()).set_if_match(model.etag.as_deref().map(quoted));
        let output = get.send().await.map_err(|error| classify(&error))?;
        pinned(model, &output)?;
        let size_bytes = output
            .content_length()
            .and_then(|length| u64::try_from(length).ok())
            .ok_or_else(|| StoreError::Unavailable("the store did not give the object's length".into()))?;
        let GetObjectOutput { body, e_tag, version_id, .. } = output;
        let body = stream::unfold(Some(body), |body| async {
            let mut body = body?;
            match body.next().await? {
                Ok(chunk) => Some((Ok(chunk), Some(body))),
                Err(error) => Some((Err(StoreError::Unavailable(DisplayErrorContext(error).to_string())), None)),
            }
        });
        let etag = e_tag.as_deref().map(|etag| bare(etag).to_owned());
        Ok(Object { size_bytes, etag, version_id, body: body.boxed() })
    }

    async fn put(&self, bucket: Option<&str>, key: &str, size_bytes: u64, body: Body) -> Result<(), StoreError> {
        upload::upload(&self.client, bucket_of(bucket)?, key, size_bytes, body).await
    }
}

fn bucket_of(bucket: Option<&str>) -> Result<&str, StoreError> {
    bucket.ok_or_else(|| StoreError::NotFound("an object of S3 is in a bucket".into()))
}

/// Holds the answer against what was asked for.
fn pinned(model: &ModelRef, output: &GetObjectOutput) -> Result<(), StoreError> {
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

/// An entity tag without its quotes: notifications and requests leave them out, headers have them.
fn bare(etag: &str) -> &str {
    etag.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(etag)
}

fn quoted(etag: &str) -> String {
    format!("\"{}\"", bare(etag))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_etag_is_compared_without_its_quotes() {
        let rows = [("\"a\"", "a"), ("a", "a"), ("\"", "\""), ("", ""), ("W/\"a\"", "W/\"a\"")];
        for (etag, expected) in rows {
            assert_eq!(bare(etag), expected);
        }
        assert_eq!(quoted("a"), "\"a\"");
        assert_eq!(quoted("\"a\""), "\"a\"");
    }
}
