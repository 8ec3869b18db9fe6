//! Asks the store for an answer, whatever it is: a denial shows as well as a list that the store works.

use aws_sdk_s3::Client;
use aws_sdk_s3::config::Builder;
use aws_sdk_s3::config::retry::RetryConfig;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::operation::list_buckets::ListBucketsError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::ServiceError;

use super::absent::get_absent;
use super::error::Call;
use super::refusal::Purpose;
use super::renewal::RenewingClient;
use crate::worker::ports::StoreError;

/// Asks about a bucket by a GET of an object that is not there, and about the store itself by the list of its buckets. The
/// bodies do not matter: one that breaks off has come from the store.
pub(super) async fn probe(client: &RenewingClient, bucket: Option<&str>) -> Result<(), StoreError> {
    let call = Call { bucket: bucket.unwrap_or_default(), purpose: Purpose::Read };
    let list = |client: &Client| client.list_buckets().max_buckets(1).customize().config_override(once()).send();
    let error = match bucket {
        Some(bucket) => match get_absent(client, bucket).await {
            Ok(_) => return Ok(()),
            Err(error) => call.classify(&error),
        },
        None => match client.call(list).await {
            Ok(_) => return Ok(()),
            Err(SdkError::ResponseError(broken_off)) if broken_off.raw().status().is_success() => return Ok(()),
            Err(SdkError::ServiceError(refused)) if lacks_the_call(&refused) => return Ok(()),
            Err(error) => call.classify(&error),
        },
    };
    match error {
        StoreError::Unavailable(_) => Err(error),
        _ => Ok(()),
    }
}

/// Whether a store says that it has no list of buckets: by S3's code, or as a web server does.
fn lacks_the_call(refused: &ServiceError<ListBucketsError, HttpResponse>) -> bool {
    match refused.err().code() {
        Some("NotImplemented") => true,
        // The SDK's own code, for an answer without a body.
        None | Some("NotFound") => matches!(refused.raw().status().as_u16(), 404 | 405),
        Some(_) => false,
    }
}

/// One attempt: jobs wait for the answer, and one that is held for a wrong answer asks again after a second.
fn once() -> Builder {
    aws_sdk_s3::Config::builder().retry_config(RetryConfig::disabled())
}
