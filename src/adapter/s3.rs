//! S3, and every store that speaks it.
//!
//! One GET gives what the object is and its bytes, pinned by `versionId` or `If-Match` where the request gives them; of a
//! large object it gives the first of them, and the rest is read by several at once. Connecting, the first byte and a
//! stall each have their limit, attempts are bounded by the SDK, and a body that breaks is taken up where it stopped.

mod body;
mod error;
mod parts;
mod tag;
mod upload;

use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, ConfigLoader, Region};
use aws_sdk_s3::Client;
use aws_sdk_s3::config::{Builder, RequestChecksumCalculation};
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};

use self::body::{Opened, Reading};
use self::error::classify;
use self::parts::Parts;
use self::tag::bare;
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
    most_ahead_bytes: u64,
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
        Self { client: Client::from_conf(config.build()), most_ahead_bytes: u64::MAX }
    }

    /// The same, holding so many bytes at most of an object that have arrived and were not read yet: where several GETs at
    /// once would hold more, even a large object is read by one, as fast as one connection is.
    #[must_use]
    pub fn reading_ahead(self, most_ahead_bytes: u64) -> Self {
        Self { most_ahead_bytes, ..self }
    }
}

impl ObjectStore for S3 {
    async fn open(&self, model: &ModelRef) -> Result<Object, StoreError> {
        let bucket = bucket_of(model.bucket.as_deref())?;
        let output = body::get(&self.client, bucket, model).send().await.map_err(|error| classify(&error))?;
        body::check_pinned(model, &output)?;
        let size_bytes = output
            .content_length()
            .and_then(|length| u64::try_from(length).ok())
            .ok_or_else(|| StoreError::Unavailable("the store did not give the object's length".into()))?;
        let etag = output.e_tag().map(|etag| bare(etag).to_owned());
        let version_id = output.version_id().map(str::to_owned);
        let (object, body) = Opened::new(self.client.clone(), bucket, &model.key, size_bytes, output);
        let (ahead_bytes, body) = if Parts::AHEAD_BYTES <= self.most_ahead_bytes && Parts::are_of(&object) {
            (Parts::AHEAD_BYTES, Parts::new(object, body).into_body())
        } else {
            (0, Reading::whole(object, body).into_body())
        };
        Ok(Object { size_bytes, etag, version_id, ahead_bytes, body })
    }

    async fn put(&self, bucket: Option<&str>, key: &str, size_bytes: u64, body: Body) -> Result<(), StoreError> {
        upload::upload(&self.client, bucket_of(bucket)?, key, size_bytes, body).await
    }
}

fn bucket_of(bucket: Option<&str>) -> Result<&str, StoreError> {
    bucket.ok_or_else(|| StoreError::NotFound("an object of S3 is in a bucket".into()))
}
