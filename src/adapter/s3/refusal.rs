//! The refusals of S3, and of stores that speak its protocol, that are the request's fault: a table with a row for each.
//!
//! The codes are those of S3's list of error responses, of `MinIO` (`XMinio…`) and of Ceph. A code without a row is the
//! world's fault and tried again: a throttled key service, a clock that is wrong, a store that is busy.

use crate::worker::ports::ObjectRef;
use crate::worker::ports::StoreError::{self, Denied, Forbidden, Invalid, NotFound};

/// A refusal: what it means, and what its reader can do.
#[derive(Debug, Clone, Copy)]
pub(super) struct Refusal {
    codes: &'static [&'static str],
    applies: fn(&Answer<'_>) -> bool,
    /// The error of the port, of a message.
    pub error: fn(String) -> StoreError,
    /// What it means, for people.
    pub means: &'static str,
    /// What its reader can do.
    pub advice: &'static str,
    /// What of the answer the message repeats.
    pub repeats: Repeats,
}

/// What a message repeats of an answer: nothing that differs from one answer to the next, such as the ids of requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Repeats {
    /// The code.
    Code,
    /// The store's sentence.
    Sentence,
    /// The region that the store names.
    Region,
    /// The storage class of the object.
    StorageClass,
}

/// An answer with an error code.
#[derive(Debug, Clone, Copy)]
pub(super) struct Answer<'a> {
    /// The code.
    pub code: &'a str,
    /// The store's sentence.
    pub sentence: &'a str,
    /// The call that was refused.
    pub purpose: Purpose,
}

/// The purpose of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// To read the object as it is.
    Read,
    /// To read a version of it that the request names.
    ReadVersion,
    /// To write it.
    Write,
}

impl Purpose {
    /// The purpose of opening an object.
    pub fn of_read(object: &ObjectRef) -> Self {
        if object.version_id.is_some() { Self::ReadVersion } else { Self::Read }
    }
}

impl Refusal {
    /// The row of an answer; none where the request is not to blame.
    pub fn of(answer: &Answer<'_>) -> Option<&'static Self> {
        REFUSALS.iter().find(|row| row.codes.contains(&answer.code) && (row.applies)(answer))
    }

    const fn row(
        codes: &'static [&'static str],
        error: fn(String) -> StoreError,
        means: &'static str,
        advice: &'static str,
    ) -> Self {
        Self { codes, applies: |_| true, error, means, advice, repeats: Repeats::Code }
    }

    const fn where_it(self, applies: fn(&Answer<'_>) -> bool) -> Self {
        Self { applies, ..self }
    }

    const fn repeating(self, repeats: Repeats) -> Self {
        Self { repeats, ..self }
    }
}

const CHECK_BUCKET: &str = "check the bucket's name, and that the worker reads the store that has it";
const CHECK_KEY: &str = "check the key; a request must be sent after its upload";
const CHECK_VERSION: &str = "check the version";
const CHECK_RIGHTS: &str = "check the key, and the rights of the worker's credentials";
const OTHER_KEY: &str = "give the object another key";

/// The first row that fits is the answer's.
const REFUSALS: &[Refusal] = &[
    Refusal::row(&["NoSuchBucket"], NotFound, "there is no such bucket", CHECK_BUCKET),
    Refusal::row(&["InvalidBucketName"], NotFound, "no bucket has such a name", CHECK_BUCKET),
    Refusal::row(
        &["NoSuchAccessPoint", "NoSuchMultiRegionAccessPoint", "InvalidAccessPoint", "InvalidAccessPointAliasError"],
        NotFound,
        "there is no such access point",
        CHECK_BUCKET,
    ),
    Refusal::row(&["NoSuchKey"], NotFound, "there is no such object", CHECK_KEY),
    Refusal::row(&["NoSuchVersion"], NotFound, "there is no such version", CHECK_VERSION),
    // What a version looks like is the store's own: an argument that it cannot read names no version.
    Refusal::row(&["InvalidArgument", "InvalidVersionId"], NotFound, "there is no such version", CHECK_VERSION)
        .where_it(|answer| answer.purpose == Purpose::ReadVersion),
    Refusal::row(
        &["NotImplemented"],
        Invalid,
        "the store keeps no versions",
        "leave out the version, or use a store that keeps versions",
    )
    .where_it(|answer| answer.purpose == Purpose::ReadVersion),
    // The answer to a GET of a delete marker.
    Refusal::row(&["MethodNotAllowed"], NotFound, "the object is deleted", CHECK_VERSION),
    Refusal::row(
        &[
            "PermanentRedirect",
            "PermanentRedirectControlError",
            "TemporaryRedirect",
            "EndpointNotFound",
            "IllegalLocationConstraint",
            "IllegalLocationConstraintException",
        ],
        NotFound,
        ELSEWHERE,
        OTHER_BUCKET,
    )
    .repeating(Repeats::Region),
    // Where the store expects no other region, the worker's credentials are at fault.
    Refusal::row(&["AuthorizationHeaderMalformed"], NotFound, ELSEWHERE, OTHER_BUCKET)
        .where_it(|answer| answer.sentence.contains("expecting '"))
        .repeating(Repeats::Region),
    Refusal::row(
        &["InvalidObjectState"],
        Forbidden,
        "the object is archived",
        "restore it, and send the request again",
    )
    .repeating(Repeats::StorageClass),
    Refusal::row(
        &[
            "KMS.DisabledException",
            "KMS.InvalidKeyUsageException",
            "KMS.InvalidMacException",
            "KMS.InvalidStateException",
            "KMS.KMSInvalidStateException",
            "KMS.NotFoundException",
            "XMinioKMSNotConfigured",
        ],
        Forbidden,
        "the store cannot use the key that the object is encrypted with",
        "enable that key, or store the object with another",
    ),
    Refusal::row(
        &["InvalidArgument", "InvalidEncryptionAlgorithmError", "InvalidRequest"],
        Forbidden,
        "the object is encrypted with a key that the worker does not have",
        "store it without a key of its owner (SSE-C)",
    )
    .where_it(|answer| is_about_encryption(answer.sentence)),
    Refusal::row(&["KeyTooLong", "KeyTooLongError"], Invalid, "the key is longer than the store allows", OTHER_KEY),
    Refusal::row(
        &[
            "InvalidObjectName",
            "InvalidURI",
            "XMinioInvalidObjectName",
            "XMinioInvalidResourceName",
            "XMinioObjectExistsAsDirectory",
            "XMinioParentIsObject",
        ],
        Invalid,
        "the store takes no such key",
        OTHER_KEY,
    )
    .repeating(Repeats::Sentence),
    Refusal::row(&["InvalidArgument"], Invalid, "the store does not take the request", "correct what it names")
        .repeating(Repeats::Sentence),
    Refusal::row(&["EntityTooLarge"], Invalid, "the object is larger than the store takes", "make it smaller")
        .where_it(|answer| answer.purpose == Purpose::Write),
    Refusal::row(
        &["AccessDenied", "AllAccessDisabled", "InvalidPayer"],
        Denied,
        "the object may not be written",
        CHECK_RIGHTS,
    )
    .where_it(|answer| answer.purpose == Purpose::Write && !is_about_credentials(answer.sentence)),
    Refusal::row(
        &["AccessDenied", "AllAccessDisabled", "InvalidPayer"],
        Denied,
        "the object does not exist, or may not be read",
        CHECK_RIGHTS,
    )
    .where_it(|answer| answer.purpose != Purpose::Write && !is_about_credentials(answer.sentence)),
];

const ELSEWHERE: &str = "the bucket is in another region, or behind another endpoint, than the worker reads";
const OTHER_BUCKET: &str = "use a bucket of the worker's region, or run a worker for the other";

/// Whether the sentence of a denial is about the worker's credentials. Stores have codes for that; Garage says it only so.
pub(super) fn is_about_credentials(sentence: &str) -> bool {
    const OF_GARAGE: [&str; 3] = [
        "Forbidden: Invalid signature",
        "Forbidden: No such key: ",
        "Forbidden: Garage does not support anonymous access",
    ];
    OF_GARAGE.iter().any(|denial| sentence.starts_with(denial))
}

/// Whether a sentence is about an object that is encrypted with its owner's key: stores have no code for that.
fn is_about_encryption(sentence: &str) -> bool {
    let sentence = sentence.to_ascii_lowercase();
    ["server side encryption", "server-side encryption", "encryption parameters", "sse-c"]
        .iter()
        .any(|words| sentence.contains(words))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::RejectionCode::{self, InvalidRequest, ObjectForbidden, ObjectNotFound};

    /// What a code leads to.
    #[derive(Debug, PartialEq)]
    enum Fault {
        /// A rejection at once.
        Rejected(RejectionCode),
        /// A denial, which may pass.
        Denied,
        /// Not the request's fault.
        World,
    }

    fn fault(code: &str, sentence: &str, purpose: Purpose) -> Fault {
        let Some(refusal) = Refusal::of(&Answer { code, sentence, purpose }) else { return Fault::World };
        match (refusal.error)("why".into()) {
            Denied(_) => Fault::Denied,
            error => Fault::Rejected(error.rejection().expect("a fault of the request").code),
        }
    }

    #[test]
    fn a_code_is_the_requests_fault_or_the_worlds() {
        use Fault::{Rejected, World};
        let encrypted =
            "The object was stored using a form of Server Side Encryption. The correct parameters must be provided";
        let customer_key = "Requests specifying Server Side Encryption with Customer provided keys must provide an appropriate secret key.";
        let other_region =
            "The authorization header is malformed; the region 'us-east-1' is wrong; expecting 'eu-west-1'";
        let rows = [
            ("NoSuchBucket", "", Rejected(ObjectNotFound)),
            ("NoSuchKey", "", Rejected(ObjectNotFound)),
            ("NoSuchVersion", "", Rejected(ObjectNotFound)),
            ("InvalidBucketName", "", Rejected(ObjectNotFound)),
            ("NoSuchAccessPoint", "", Rejected(ObjectNotFound)),
            ("InvalidAccessPointAliasError", "", Rejected(ObjectNotFound)),
            ("MethodNotAllowed", "", Rejected(ObjectNotFound)),
            ("PermanentRedirect", "", Rejected(ObjectNotFound)),
            ("TemporaryRedirect", "", Rejected(ObjectNotFound)),
            ("IllegalLocationConstraintException", "", Rejected(ObjectNotFound)),
            ("AuthorizationHeaderMalformed", other_region, Rejected(ObjectNotFound)),
            ("AuthorizationHeaderMalformed", "the Credential is mal-formed", World),
            ("InvalidObjectState", "", Rejected(ObjectForbidden)),
            ("KMS.DisabledException", "", Rejected(ObjectForbidden)),
            ("KMS.NotFoundException", "", Rejected(ObjectForbidden)),
            ("KMS.KMSInvalidStateException", "", Rejected(ObjectForbidden)),
            ("KMS.InvalidKeyUsageException", "", Rejected(ObjectForbidden)),
            ("KMS.ThrottlingException", "", World),
            ("KMS.InternalException", "", World),
            ("XMinioKMSNotConfigured", "", Rejected(ObjectForbidden)),
            ("InvalidRequest", encrypted, Rejected(ObjectForbidden)),
            ("InvalidRequest", "Please use AWS4-HMAC-SHA256.", World),
            ("InvalidArgument", customer_key, Rejected(ObjectForbidden)),
            ("InvalidEncryptionAlgorithmError", customer_key, Rejected(ObjectForbidden)),
            ("InvalidArgument", "Invalid argument", Rejected(InvalidRequest)),
            ("KeyTooLongError", "", Rejected(InvalidRequest)),
            ("InvalidURI", "", Rejected(InvalidRequest)),
            ("InvalidObjectName", "", Rejected(InvalidRequest)),
            ("XMinioInvalidObjectName", "", Rejected(InvalidRequest)),
            ("XMinioInvalidResourceName", "", Rejected(InvalidRequest)),
            ("NotImplemented", "", World),
            ("AccessDenied", "Access Denied", Fault::Denied),
            ("AllAccessDisabled", "", Fault::Denied),
            ("AccessDenied", "Forbidden: Operation is not allowed for this key.", Fault::Denied),
            ("AccessDenied", "Forbidden: Invalid signature", World),
            ("AccessDenied", "Forbidden: No such key: GK02c4d4568dba5e91fdc329ff", World),
            ("AccessDenied", "Forbidden: Garage does not support anonymous access yet", World),
            ("InvalidAccessKeyId", "", World),
            ("SignatureDoesNotMatch", "", World),
            ("RequestTimeTooSkewed", "", World),
            ("ExpiredToken", "", World),
            ("InvalidToken", "", World),
            ("UserSuspended", "", World),
            ("SlowDown", "", World),
            ("InternalError", "", World),
            ("ServiceUnavailable", "", World),
            ("XMinioServerNotInitialized", "", World),
            ("EntityTooLarge", "", World),
            ("", "", World),
        ];
        for (code, sentence, expected) in rows {
            assert_eq!(fault(code, sentence, Purpose::Read), expected, "{code}: {sentence}");
        }
    }

    #[test]
    fn some_codes_mean_another_thing_for_another_purpose() {
        use Fault::{Denied, Rejected};
        let rows = [
            ("InvalidArgument", Purpose::ReadVersion, Rejected(ObjectNotFound)),
            ("InvalidVersionId", Purpose::ReadVersion, Rejected(ObjectNotFound)),
            ("NotImplemented", Purpose::ReadVersion, Rejected(InvalidRequest)),
            ("EntityTooLarge", Purpose::Write, Rejected(InvalidRequest)),
            ("AccessDenied", Purpose::Write, Denied),
        ];
        for (code, purpose, expected) in rows {
            assert_eq!(fault(code, "", purpose), expected, "{code} {purpose:?}");
        }
        let garage = "Forbidden: Invalid signature";
        assert_eq!(fault("AccessDenied", garage, Purpose::Write), Fault::World);
    }
}
