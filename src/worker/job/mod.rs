//! Running jobs: one file a kind of job, and the table of the kinds.
//!
//! A job reads an object, computes, and gives an [`Answer`] or says why there is none. It knows nothing of
//! acknowledgements, routes and retries: those are [`settle`](super::settle)'s.
//!
//! To add a kind of job: a file here with a type that implements [`Job`], and its row in the table of
//! [`RequestedJob`].

mod artifacts;
mod context;
mod download;
mod error;
mod invalid_request;
pub mod price;
pub(in crate::worker) mod reading;
mod store_health;
pub mod study;
mod time_limit;

pub use context::{JobContext, JobResources};
pub use error::{JobError, StepError};

pub(in crate::worker) use invalid_request::reject;

use crate::appraise::{Answer, Outcome};
use crate::contract::{Envelope, EventHeaders, RequestError};
use crate::worker::ports::ObjectStore;

/// One kind of job.
pub trait Job: Sized + Send + Sync + 'static {
    /// The type of the events that ask for it.
    const TYPE: &'static str;

    /// Reads an event of this type.
    fn parse(envelope: Envelope) -> Result<Self, RequestError>;

    /// Does the job. First it tells the context's record whose request it is.
    ///
    /// A rejection is an answer. An attempt that gives a [`JobError`] may be repeated, by any worker, and must then give
    /// the same bytes.
    fn run<S: ObjectStore>(&self, context: &JobContext<S>) -> impl Future<Output = Result<Answer, JobError>> + Send;
}

/// A set of kinds of job, of which each message asks for one.
pub trait JobKinds: Sized + Send + Sync + 'static {
    /// The types of the events that are read.
    const TYPES: &'static [&'static str];

    /// Reads a message.
    fn parse(headers: &EventHeaders, body: &[u8]) -> Result<Self, RequestError>;

    /// Does the job.
    fn run<S: ObjectStore>(&self, context: &JobContext<S>) -> impl Future<Output = Result<Answer, JobError>> + Send;
}

/// Makes an enum of kinds of job, which reads each event by its type: one row a kind.
#[macro_export]
macro_rules! job_kinds {
    ($(#[$attribute:meta])* $visibility:vis enum $name:ident {
        $($(#[$row_attribute:meta])* $kind:ident($job:ty)),+ $(,)?
    }) => {
        $(#[$attribute])*
        $visibility enum $name {
            $($(#[$row_attribute])* $kind($job)),+
        }

        impl $crate::worker::job::JobKinds for $name {
            const TYPES: &'static [&'static str] = &[$(<$job as $crate::worker::job::Job>::TYPE),+];

            fn parse(
                headers: &$crate::contract::EventHeaders,
                body: &[u8],
            ) -> Result<Self, $crate::contract::RequestError> {
                let envelope = $crate::contract::Envelope::read(headers, body, Self::TYPES)?;
                match envelope.event_type.as_str() {
                    $(<$job as $crate::worker::job::Job>::TYPE => {
                        <$job as $crate::worker::job::Job>::parse(envelope).map(Self::$kind)
                    })+
                    other => Err($crate::contract::RequestError::unsupported(other)),
                }
            }

            async fn run<S: $crate::worker::ports::ObjectStore>(
                &self,
                context: &$crate::worker::job::JobContext<S>,
            ) -> Result<$crate::appraise::Answer, $crate::worker::job::JobError> {
                match self {
                    $(Self::$kind(job) => $crate::worker::job::Job::run(job, context).await),+
                }
            }
        }
    };
}

job_kinds! {
    /// The jobs that messages ask the worker for.
    #[derive(Debug)]
    pub enum RequestedJob {
        /// Measures a model and quotes it.
        Price(price::Price),
    }
}

/// Does a job, and puts the files that go with its answer into the store.
///
/// Where the store denies one of them, the answer is a rejection that says so.
pub(in crate::worker) async fn answer<S: ObjectStore, K: JobKinds>(
    job: &K,
    context: &JobContext<S>,
) -> Result<Outcome, JobError> {
    // On the heap: it holds a download and a measurement, and would be copied into every future around it.
    let Answer { event, artifacts } = Box::pin(job.run(context)).await?;
    for artifact in artifacts {
        let (bucket, key) = (artifact.bucket.clone(), artifact.key.clone());
        match context.within(artifacts::put(artifact, context)).await {
            Ok(()) => {}
            Err(StepError::Rejected(reason)) => return Ok(event.into_rejection(reason)),
            Err(StepError::Failed(error)) => {
                let reject = |reason| event.into_rejection(artifacts::cannot_store(&key, &reason));
                return Err(context.blame_store(bucket.as_deref(), &key, error, reject).await);
            }
        }
    }
    Ok(event)
}
