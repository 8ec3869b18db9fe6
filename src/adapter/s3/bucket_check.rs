//! The check of a bucket, for `check --online`.

use aws_sdk_s3::error::ProvideErrorMetadata;

use super::S3;
use super::absent::get_absent;
use super::error::Call;
use super::refusal::Purpose;
use crate::worker::ports::StoreError;

impl S3 {
    /// Checks that objects of a bucket can be read, by a GET of a key that is not there: only a store that knows the
    /// worker, has the bucket, and lets the worker read it says so.
    pub async fn check_bucket(&self, bucket: &str) -> Result<(), StoreError> {
        let bucket = self.bucket(Some(bucket))?;
        match get_absent(&self.client, bucket).await {
            Ok(_) => Ok(()),
            Err(error) if error.as_service_error().and_then(ProvideErrorMetadata::code) == Some("NoSuchKey") => Ok(()),
            Err(error) => Err(Call { bucket, purpose: Purpose::Read }.classify(&error)),
        }
    }
}
