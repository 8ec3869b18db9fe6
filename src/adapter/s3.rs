//! S3, and every store that speaks its protocol.
//!
//! One GET gives an object's description and its bytes, pinned by `versionId` or `If-Match` where the reference has them;
//! of a large object it gives the first part, and several GETs at once read the rest. Connecting, the first byte and a
//! stall each have a time limit, the SDK bounds the attempts, and a body that breaks is resumed where it stopped.

mod absent;
mod body;
mod bucket;
mod bucket_check;
mod error;
mod headers;
mod http_client;
mod open;
mod parts;
mod probe;
mod refusal;
mod renewal;
mod tag;
mod upload;

use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, ConfigLoader, Region, SdkConfig};
use aws_sdk_s3::Client;
use aws_sdk_s3::config::{Builder, RequestChecksumCalculation};
use futures_util::FutureExt;

use self::body::{PinnedObject, RangeReader};
use self::headers::ReadHeadersOnly;
use self::http_client::http_client;
use self::parts::PartsReader;
use self::renewal::RenewingClient;
use self::tag::bare;
use crate::config::CaBundle;
use crate::worker::ports::{Body, NewObject, Object, ObjectRef, ObjectStore, StoreError};

/// Attempts at one call, the first included.
const ATTEMPTS: u32 = 3;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// From the last byte of the request to the first byte of the answer.
const READ_TIMEOUT: Duration = Duration::from_secs(10);
/// One attempt, up to the body.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(15);

/// An S3-compatible store.
#[derive(Debug, Clone)]
pub struct S3 {
    client: RenewingClient,
    /// Whether it is Amazon's own store, which alone has access points, directory buckets and Outposts.
    is_amazon: bool,
    most_ahead_bytes: u64,
}

impl S3 {
    /// The store that the environment names (`AWS_*`, the SDK's own chain). Sends nothing yet.
    ///
    /// `path_style` puts the bucket into the path and not into the host's name. `ca_bundle` has authorities in place of the
    /// system's own.
    pub async fn from_env(path_style: bool, ca_bundle: Option<CaBundle>) -> Self {
        Self::new(|| aws_config::defaults(BehaviorVersion::latest()), path_style, ca_bundle).await
    }

    /// The store that a configuration of the SDK names, with this module's limits. `config` is called again whenever the
    /// store refuses the credentials.
    pub async fn load(config: impl Fn() -> ConfigLoader + Send + Sync + 'static, path_style: bool) -> Self {
        Self::new(config, path_style, None).await
    }

    async fn new(
        config: impl Fn() -> ConfigLoader + Send + Sync + 'static,
        path_style: bool,
        ca_bundle: Option<CaBundle>,
    ) -> Self {
        let load = move || {
            let authorities = ca_bundle.as_ref().map(CaBundle::read);
            load(config().http_client(http_client(authorities.as_ref())))
        };
        let loaded = load().await;
        // Its further kinds of bucket are not in the path of a URL.
        let is_amazon = !path_style && loaded.endpoint_url().is_none();
        let make = move || load().map(move |loaded| client(&loaded, path_style)).boxed();
        let client = RenewingClient::new(client(&loaded, path_style), make);
        Self { client, is_amazon, most_ahead_bytes: u64::MAX }
    }

    /// The same store, with a limit on the bytes of one object that have arrived and are not read yet. Where several GETs at
    /// once would hold more, one GET reads even a large object, as fast as one connection is.
    #[must_use]
    pub fn reading_ahead(self, most_ahead_bytes: u64) -> Self {
        Self { most_ahead_bytes, ..self }
    }
}

impl ObjectStore for S3 {
    async fn open(&self, object: &ObjectRef) -> Result<Object, StoreError> {
        let bucket = self.bucket(object.bucket.as_deref())?;
        let (size_bytes, output) = open::open(&self.client, bucket, object).await?;
        let etag = output.e_tag().map(|etag| bare(etag).to_owned());
        let version_id = output.version_id().map(str::to_owned);
        let content_type = output.content_type().map(str::to_owned);
        let (pinned, body) = PinnedObject::new(self.client.clone(), bucket, &object.key, size_bytes, output);
        let ahead_bytes = PartsReader::AHEAD_BYTES;
        let (ahead_bytes, body) = if ahead_bytes <= self.most_ahead_bytes && PartsReader::reads(&pinned) {
            (ahead_bytes, PartsReader::new(pinned, body).into_body())
        } else {
            (0, RangeReader::whole(pinned, body).into_body())
        };
        Ok(Object { size_bytes, etag, version_id, content_type, ahead_bytes, body })
    }

    async fn put(&self, object: &NewObject<'_>, body: Body) -> Result<(), StoreError> {
        upload::upload(&self.client, self.bucket(object.bucket)?, object, body).await
    }

    async fn probe(&self, bucket: Option<&str>) -> Result<(), StoreError> {
        probe::probe(&self.client, bucket).await
    }
}

impl S3 {
    /// The name of a bucket that there may be.
    fn bucket<'a>(&self, name: Option<&'a str>) -> Result<&'a str, StoreError> {
        let name = name.ok_or_else(|| StoreError::NotFound("an object of S3 is in a bucket".into()))?;
        bucket::check(name, self.is_amazon)?;
        Ok(name)
    }
}

/// The SDK's configuration, with this module's limits.
async fn load(config: ConfigLoader) -> SdkConfig {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .read_timeout(READ_TIMEOUT)
        .operation_attempt_timeout(ATTEMPT_TIMEOUT)
        .build();
    config.timeout_config(timeouts).retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS)).load().await
}

fn client(config: &SdkConfig, path_style: bool) -> Client {
    // Stores other than AWS seldom use the region, but a signature must name one.
    let region = config.region().cloned().unwrap_or(Region::from_static("us-east-1"));
    let config = Builder::from(config)
        .region(region)
        .force_path_style(path_style)
        .interceptor(ReadHeadersOnly)
        // Many S3-compatible stores do not understand trailing checksums; the signature covers the body.
        .request_checksum_calculation(RequestChecksumCalculation::WhenRequired);
    Client::from_conf(config.build())
}
