//! Hides from the SDK the headers of an answer that the worker does not read.
//!
//! The SDK parses every header that it knows, and fails where one cannot be parsed: metadata in Latin-1, a date in a form
//! of its own. Such a header says nothing of the bytes, and must not cost the price of the model. A media type is its
//! uploader's own too, so that a header that is read is hidden as well where it is no text.

use aws_sdk_s3::config::ConfigBag;
use aws_sdk_s3::config::interceptors::BeforeDeserializationInterceptorContextMut;
use aws_sdk_s3::config::{Intercept, RuntimeComponents};
use aws_sdk_s3::error::BoxError;

/// The headers that the worker or the SDK's own checks read.
const READ: [&str; 9] = [
    "connection",
    "content-length",
    "content-range",
    "content-type",
    "date",
    "etag",
    "x-amz-id-2",
    "x-amz-request-id",
    "x-amz-version-id",
];
/// The checksums of the body, which the SDK holds it against.
const CHECKSUMS: &str = "x-amz-checksum-";

/// Removes the other headers, and those that are no text, of every answer that is no error.
#[derive(Debug)]
pub(super) struct ReadHeadersOnly;

impl Intercept for ReadHeadersOnly {
    fn name(&self) -> &'static str {
        "ReadHeadersOnly"
    }

    fn modify_before_deserialization(
        &self,
        context: &mut BeforeDeserializationInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let response = context.response_mut();
        if response.status().is_success() {
            let headers = response.headers_mut();
            let is_read = |name: &str| READ.contains(&name) || name.starts_with(CHECKSUMS);
            let is_text = |value: &[u8]| str::from_utf8(value).is_ok();
            let hidden = headers.iter_bytes().filter(|&(name, value)| !is_read(name) || !is_text(value));
            for name in hidden.map(|(name, _)| name.to_owned()).collect::<Vec<_>>() {
                headers.remove(name);
            }
        }
        Ok(())
    }
}
