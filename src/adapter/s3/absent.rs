//! A GET of an object that is not there: a store that works says so, and nothing is read.

use aws_sdk_s3::Client;
use aws_sdk_s3::error::SdkError;
use aws_sdk_s3::operation::get_object::{GetObjectError, GetObjectOutput};

use super::renewal::RenewingClient;

/// A key that no store has.
const KEY: &str = "pricing-worker/no-such-object";

/// Asks a bucket for an object that is not there.
pub(super) async fn get_absent(
    client: &RenewingClient,
    bucket: &str,
) -> Result<GetObjectOutput, SdkError<GetObjectError>> {
    client.call(|client: &Client| client.get_object().bucket(bucket).key(KEY).send()).await
}
