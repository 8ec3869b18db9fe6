//! Classifies errors of S3: the request's fault, or not.
//!
//! A 403 is the request's fault only where the store knows the worker: wrong or expired credentials are the operator's, and
//! must not turn orders into rejections.

use std::error::Error;

use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};

use crate::worker::ports::StoreError;

/// The most characters of an error's message: it goes into logs, headers and probes.
const MESSAGE_CHARS: usize = 500;

/// Classifies the error of a call.
pub(super) fn classify<E>(error: &SdkError<E>) -> StoreError
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    let status = error.raw_response().map_or(0, |response| response.status().as_u16());
    let service = error.as_service_error();
    let code = service.and_then(ProvideErrorMetadata::code);
    let message = service.and_then(ProvideErrorMetadata::message).unwrap_or_default();
    let fault = classify_answer(status, code).filter(|_| !is_about_credentials(code, message));
    fault.unwrap_or_else(|| match status {
        0 => StoreError::Unavailable(message_chain(error)),
        _ => StoreError::Unavailable(format!("status {status}: {}", message_chain(error))),
    })
}

/// The messages of an error and its sources. `DisplayErrorContext` is not used, since it ends with the whole answer, which
/// may hold anything.
pub(super) fn message_chain(error: &(dyn Error + 'static)) -> String {
    let chain = std::iter::successors(Some(error), |&error| error.source());
    let words: Vec<String> = chain.map(ToString::to_string).collect();
    words.join(": ").chars().take(MESSAGE_CHARS).collect()
}

/// The request's fault, by the status and S3's error code; none where it is not. An answer without a code is not
/// S3's: a proxy that answers 404 or 403 knows nothing of the object.
fn classify_answer(status: u16, code: Option<&str>) -> Option<StoreError> {
    let error = match (status, code) {
        (404, Some("NoSuchBucket")) => StoreError::NotFound("there is no such bucket".into()),
        (404 | 400, Some("NoSuchVersion")) | (400, Some("InvalidArgument")) => {
            StoreError::NotFound("there is no such version".into())
        }
        // The SDK's own code, for an answer without a body: not the store's.
        (404, Some("NotFound")) => return None,
        // The store answers 405 to a GET of a delete marker's version.
        (404, Some(_)) | (405, Some("MethodNotAllowed")) => StoreError::NotFound("there is no such object".into()),
        (400, Some("InvalidBucketName")) => StoreError::NotFound("no bucket has such a name".into()),
        (416, _) => StoreError::Changed("the object is shorter than it was".into()),
        (412, _) => StoreError::Changed("the object's ETag is another than asked for".into()),
        (403, Some("InvalidObjectState")) => StoreError::Forbidden("the object is archived".into()),
        (403, Some("AccessDenied" | "AllAccessDisabled")) => {
            StoreError::Forbidden("the store does not allow access to the object".into())
        }
        _ => return None,
    };
    Some(error)
}

/// Whether a denial is about the worker's credentials. Stores have codes for that; Garage says it only in the message.
fn is_about_credentials(code: Option<&str>, message: &str) -> bool {
    const OF_GARAGE: [&str; 3] = [
        "Forbidden: Invalid signature",
        "Forbidden: No such key: ",
        "Forbidden: Garage does not support anonymous access",
    ];
    code == Some("AccessDenied") && OF_GARAGE.iter().any(|denial| message.starts_with(denial))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::RejectionCode::{self, ObjectChanged, ObjectForbidden, ObjectNotFound};

    #[test]
    fn a_denial_is_of_the_object_or_of_the_worker() {
        let rows = [
            ("Access Denied", false),
            ("Forbidden: Operation is not allowed for this key.", false),
            ("Forbidden: Invalid signature", true),
            ("Forbidden: No such key: GK02c4d4568dba5e91fdc329ff", true),
            ("Forbidden: Garage does not support anonymous access yet", true),
        ];
        for (message, expected) in rows {
            assert_eq!(is_about_credentials(Some("AccessDenied"), message), expected, "{message}");
        }
        assert!(!is_about_credentials(Some("NoSuchKey"), "Forbidden: Invalid signature"));
    }

    #[test]
    fn an_answer_is_the_requests_fault_or_the_worlds() {
        let rows: [(u16, Option<&str>, Option<RejectionCode>); 19] = [
            (404, Some("NoSuchKey"), Some(ObjectNotFound)),
            (404, Some("NoSuchBucket"), Some(ObjectNotFound)),
            (405, Some("MethodNotAllowed"), Some(ObjectNotFound)),
            (400, Some("InvalidBucketName"), Some(ObjectNotFound)),
            (403, Some("AccessDenied"), Some(ObjectForbidden)),
            (403, Some("InvalidObjectState"), Some(ObjectForbidden)),
            (412, Some("PreconditionFailed"), Some(ObjectChanged)),
            (416, Some("InvalidRange"), Some(ObjectChanged)),
            (403, Some("InvalidAccessKeyId"), None),
            (403, Some("SignatureDoesNotMatch"), None),
            (403, Some("RequestTimeTooSkewed"), None),
            (400, Some("ExpiredToken"), None),
            (301, Some("PermanentRedirect"), None),
            (503, Some("SlowDown"), None),
            (404, None, None),
            (404, Some("NotFound"), None),
            (403, None, None),
            (500, None, None),
            (0, None, None),
        ];
        for (status, code, expected) in rows {
            let found = classify_answer(status, code).map(|error| error.rejection().expect("a rejection").code);
            assert_eq!(found, expected, "{status} {code:?}");
        }
    }
}
