//! Faults of an S3 server by bucket or object: a policy that denies, a bucket that has moved, one that never answers.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use s3s::access::{S3Access, S3AccessContext};
use s3s::path::S3Path;
use s3s::{S3Error, S3ErrorCode, S3Result};

/// A fault of a bucket or an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum S3Fault {
    /// Each request gets this error, with the status that S3 gives it.
    Refuses(&'static str),
    /// The server takes each request, and never answers it.
    Silent,
}

/// The faults of a server.
#[derive(Debug, Clone, Default)]
pub struct S3Faults(Arc<Mutex<HashMap<String, S3Fault>>>);

impl S3Faults {
    /// Makes requests fail about a bucket, `bucket/`, or about one object, `bucket/key`.
    pub fn set(&self, path: impl Into<String>, fault: S3Fault) {
        self.faults().insert(path.into(), fault);
    }

    /// Mends everything.
    pub fn clear(&self) {
        self.faults().clear();
    }

    fn of(&self, path: &S3Path) -> Option<S3Fault> {
        let (bucket, path) = match path {
            S3Path::Root => return None,
            S3Path::Bucket { bucket } => (format!("{bucket}/"), None),
            S3Path::Object { bucket, key } => (format!("{bucket}/"), Some(format!("{bucket}/{key}"))),
        };
        let faults = self.faults();
        faults.get(&bucket).or_else(|| faults.get(&path?)).copied()
    }

    fn faults(&self) -> MutexGuard<'_, HashMap<String, S3Fault>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait::async_trait]
impl S3Access for S3Faults {
    async fn check(&self, context: &mut S3AccessContext<'_>) -> S3Result<()> {
        match self.of(context.s3_path()) {
            None if context.credentials().is_none() => Err(S3Error::new(S3ErrorCode::AccessDenied)),
            None => Ok(()),
            Some(S3Fault::Refuses(code)) => {
                let code = S3ErrorCode::from_bytes(code.as_bytes()).expect("a code is text");
                let mut error = S3Error::new(code);
                // The codes of other stores have no status here; theirs is that of a bad request.
                if let (None, Some(bad_request)) = (error.status_code(), S3ErrorCode::InvalidArgument.status_code()) {
                    error.set_status_code(bad_request);
                }
                Err(error)
            }
            Some(S3Fault::Silent) => std::future::pending().await,
        }
    }
}
