//! The errors of a job, classified where they arise.

use crate::appraise::Outcome;
use crate::contract::Reason;
use crate::worker::compute::Panicked;
use crate::worker::conversion::ConversionError;
use crate::worker::ports::StoreError;

/// Why a job gave no answer.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum JobError {
    /// A computation panicked: a defect of this program, which every attempt meets again.
    #[error(transparent)]
    Panicked(Panicked),
    /// The store failed on this object or its bucket, and answers for others.
    #[error(transparent)]
    Store(StoreError),
    /// The store denied the object. The rejection is the answer if the denial lasts.
    #[error("{reason}")]
    Denied {
        /// The denial.
        reason: Reason,
        /// The answer.
        rejection: Box<Outcome>,
    },
    /// The store denies every object of the bucket.
    #[error("every object of the bucket is denied: {0}")]
    BucketDenied(StoreError),
    /// The store does not answer.
    #[error("{0}")]
    StoreDown(StoreError),
    /// The converter of CAD files did not start.
    #[error("{0}")]
    Converter(String),
}

/// Why a step of a job did not succeed.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum StepError {
    /// The request or the model is at fault: the job's answer is a rejection.
    #[error("rejected: {0}")]
    Rejected(Reason),
    /// The job gives no answer.
    #[error(transparent)]
    Failed(JobError),
}

/// The code of a denied object.
const DENIED: &str = "object_forbidden";
/// The code of a bucket whose objects are all denied.
const BUCKET_DENIED: &str = "bucket_denied";

impl JobError {
    /// Whether a code is that of a denial, of the object or of its whole bucket.
    pub fn is_denial(code: &str) -> bool {
        [DENIED, BUCKET_DENIED].contains(&code)
    }

    /// The machine-readable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Panicked(_) => "panicked",
            Self::Denied { .. } | Self::Store(StoreError::Denied(_)) => DENIED,
            Self::BucketDenied(_) => BUCKET_DENIED,
            Self::Store(_) | Self::StoreDown(_) => "store_unavailable",
            Self::Converter(_) => "converter_unavailable",
        }
    }
}

impl From<Reason> for StepError {
    fn from(reason: Reason) -> Self {
        Self::Rejected(reason)
    }
}

impl From<JobError> for StepError {
    fn from(error: JobError) -> Self {
        Self::Failed(error)
    }
}

impl From<Panicked> for StepError {
    fn from(panicked: Panicked) -> Self {
        Self::Failed(JobError::Panicked(panicked))
    }
}

impl From<StoreError> for StepError {
    fn from(error: StoreError) -> Self {
        error.rejection().map_or(Self::Failed(JobError::Store(error)), Self::Rejected)
    }
}

impl From<ConversionError> for StepError {
    fn from(error: ConversionError) -> Self {
        match error {
            ConversionError::Store(error) => error.into(),
            ConversionError::Refused(reason) => Self::Rejected(reason),
            ConversionError::Unavailable(_) => Self::Failed(JobError::Converter(error.to_string())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::RejectionCode;

    #[test]
    fn a_store_error_is_the_requests_fault_or_the_stores() {
        let rows = [
            (StoreError::NotFound("gone".into()), Some(RejectionCode::ObjectNotFound)),
            (StoreError::Forbidden("no".into()), Some(RejectionCode::ObjectForbidden)),
            (StoreError::Changed("other".into()), Some(RejectionCode::ObjectChanged)),
            (StoreError::Invalid("odd".into()), Some(RejectionCode::InvalidRequest)),
            (StoreError::Denied("no".into()), None),
            (StoreError::CutShort { read_bytes: 0, size_bytes: 1 }, None),
            (StoreError::Unavailable("503".into()), None),
        ];
        for (error, code) in rows {
            let expected = match code {
                Some(code) => StepError::Rejected(Reason::new(code, error.to_string())),
                None => StepError::Failed(JobError::Store(error.clone())),
            };
            assert_eq!(StepError::from(error), expected);
        }
    }
}
