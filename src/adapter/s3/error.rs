//! Classifies errors of S3: the request's fault, or not.
//!
//! Wrong or expired credentials are the operator's fault, and must not turn orders into rejections: their codes have no row
//! among the refusals.

use std::error::Error;

use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_smithy_runtime_api::http::Response;

use super::bucket::{is_of_amazon, shown};
use super::http_client::is_untrusted;
use super::refusal::{Answer, Purpose, Refusal, Repeats};
use crate::worker::ports::StoreError;

/// The most characters of an error's message: it goes into logs, headers and probes.
const MESSAGE_CHARS: usize = 500;
/// The most characters that a rejection repeats of the store's own words.
const SAID_CHARS: usize = 160;

/// Words of the SDK about a bucket that leads to no endpoint: it has no codes for them.
const NO_ENDPOINT: [&str; 5] = ["ARN", "Access Point Name", "S3Express bucket name", "hardware type", "Outpost"];

/// A call about an object of a bucket.
#[derive(Debug, Clone, Copy)]
pub(super) struct Call<'a> {
    /// The bucket.
    pub bucket: &'a str,
    /// The purpose.
    pub purpose: Purpose,
}

impl Call<'_> {
    /// Classifies the call's error.
    pub fn classify<E>(self, error: &SdkError<E>) -> StoreError
    where
        E: ProvideErrorMetadata + Error + 'static,
    {
        self.unbuildable(error).or_else(|| self.refused(error)).unwrap_or_else(|| {
            let status = error.raw_response().map_or(0, |response| response.status().as_u16());
            StoreError::Unavailable(match status {
                0 if chain(error).any(is_untrusted) => {
                    format!("{}; AWS_CA_BUNDLE names a file of the authorities that are trusted", message_chain(error))
                }
                0 => message_chain(error),
                _ => format!("status {status}: {}", message_chain(error)),
            })
        })
    }

    /// The fault of a request that the SDK cannot build. Nothing was sent.
    fn unbuildable<E: Error + 'static>(self, error: &SdkError<E>) -> Option<StoreError> {
        let chain = message_chain(error);
        let is_fault = match error {
            SdkError::ConstructionFailure(_) => true,
            // Where the endpoint follows from the bucket. Missing credentials are an error of this kind too.
            SdkError::DispatchFailure(_) => {
                is_of_amazon(self.bucket) && NO_ENDPOINT.iter().any(|words| chain.contains(words))
            }
            _ => false,
        };
        is_fault.then(|| {
            let advice = "correct the bucket, the key, the version or the ETag";
            StoreError::Invalid(self.says(&format!("it cannot be asked for ({}); {advice}", printable(&chain))))
        })
    }

    /// The fault of a request that the store refused. An answer without a code is not S3's: a proxy that answers 404 or
    /// 403, or redirects, knows nothing of the object.
    fn refused<E: ProvideErrorMetadata + Error + 'static>(self, error: &SdkError<E>) -> Option<StoreError> {
        let (service, response) = (error.as_service_error()?, error.raw_response()?);
        let (status, code) = (response.status().as_u16(), service.code());
        match (status, code) {
            (412, _) => return Some(StoreError::Changed(self.says("the object's ETag is another than asked for"))),
            (416, _) => return Some(StoreError::Changed(self.says("the object is shorter than it was"))),
            // The SDK's own code, for an answer without a body: not the store's.
            (404, Some("NotFound")) => return None,
            _ => {}
        }
        let answer = Answer { code: code?, sentence: service.message().unwrap_or_default(), purpose: self.purpose };
        if let Some(refusal) = Refusal::of(&answer) {
            return Some((refusal.error)(self.says(&words(refusal, &answer, response))));
        }
        // A 404 of an upload is about the upload: another one may succeed.
        let is_of_object = status == 404 && self.purpose != Purpose::Write;
        let words = || format!("there is no such object ({})", printable(answer.code));
        is_of_object.then(|| StoreError::NotFound(self.says(&words())))
    }

    /// A message about the bucket.
    pub fn says(self, words: &str) -> String {
        format!("bucket {}: {words}", shown(self.bucket))
    }
}

/// What a refusal means, what the store said, and what to do: the same words for the same request, at every attempt.
fn words(refusal: &Refusal, answer: &Answer<'_>, response: &Response) -> String {
    let Refusal { means, advice, repeats, .. } = refusal;
    let said = match repeats {
        Repeats::Code => None,
        Repeats::Sentence => Some(printable(answer.sentence)),
        Repeats::Region => {
            let named = response.headers().get("x-amz-bucket-region").map(str::to_owned);
            named.or_else(|| element(response, "Region")).map(|region| printable(&region))
        }
        Repeats::StorageClass => element(response, "StorageClass").map(|class| printable(&class)),
    };
    let code = printable(answer.code);
    match said.filter(|said| !said.is_empty()) {
        Some(said) => format!("{means} ({code}: {said}); {advice}"),
        None => format!("{means} ({code}); {advice}"),
    }
}

/// The text of an element of an XML answer.
fn element(response: &Response, name: &str) -> Option<String> {
    let body = std::str::from_utf8(response.body().bytes()?).ok()?;
    let (_, rest) = body.split_once(&format!("<{name}>"))?;
    Some(rest.split_once("</")?.0.to_owned())
}

/// The beginning of a text of the store, without control characters, and without what begins to tell one answer from
/// another: a key service ends its sentences with the id of the request.
fn printable(text: &str) -> String {
    let lower = text.to_ascii_lowercase();
    let ids = ["(service:", "request id", "requestid", "request-id", "host id", "hostid"];
    let end = ids.iter().filter_map(|id| lower.find(id)).min().unwrap_or(text.len());
    let shortened = text[..end].trim_end_matches([' ', ',', ';', '(']).chars().filter(|char| !char.is_control());
    shortened.take(SAID_CHARS).collect()
}

/// The messages of an error and its sources. `DisplayErrorContext` is not used, since it ends with the whole answer, which
/// may hold anything.
pub(super) fn message_chain(error: &(dyn Error + 'static)) -> String {
    let words: Vec<String> = chain(error).map(ToString::to_string).collect();
    words.join(": ").chars().take(MESSAGE_CHARS).collect()
}

/// An error and its sources.
pub(super) fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| error.source())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_message_repeats_is_the_same_in_every_answer() {
        let key_service =
            "The ciphertext refers to a key that does not exist. (Service: AWSKMS; Status Code: 400; Request ID: 1f)";
        let rows = [
            ("Invalid version id specified", "Invalid version id specified"),
            (key_service, "The ciphertext refers to a key that does not exist."),
            ("It is wrong, Request ID 4711", "It is wrong"),
            ("two\nlines\u{7}", "twolines"),
            (&"x".repeat(1000), &"x".repeat(SAID_CHARS)),
            ("", ""),
        ];
        for (text, expected) in rows {
            assert_eq!(printable(text), expected);
        }
    }
}
