//! One delivery's trip: from its receipt, through its job, to its settlement.
//!
//! ```text
//! parse → run → put artifacts → publish → acknowledge
//!   └──────┴───────────┴───────────┴─ retry, dead letter, wait in slot: see `settle`
//! ```
//!
//! This is where running a job ([`job`]) and settling a delivery ([`settle`](super::settle)) meet; neither
//! knows the other.

use std::marker::PhantomData;
use std::sync::Arc;

use tokio_util::sync::CancellationToken;
use tracing::{Instrument, Span};

use crate::appraise::{Appraiser, Outcome, QuoteRequest};
use crate::contract::RequestError;
use crate::worker::compute::memory_budget::MemoryBudget;
use crate::worker::conversion::CadConverter;
use crate::worker::job::study::{self, Study};
use crate::worker::job::{self, JobContext, JobError, JobKinds, JobResources, RequestedJob, StepError};
use crate::worker::observe::health::Health;
use crate::worker::observe::job_record::JobRecord;
use crate::worker::observe::metrics::Metrics;
use crate::worker::observe::trace;
use crate::worker::ports::{Delivery, JobQueue, MessagePort, ObjectStore, Outgoing, Route, TraceContext};
use crate::worker::settle::{DeliveryError, LetterSlots, Settler, acknowledge};
use crate::worker::{WorkerLimits, fail_point};

/// The queue of a model that no message asks for.
const NO_QUEUE: JobQueue = JobQueue { name: "none", routing_key: Route::JobInteractive.routing_key() };

/// Handles deliveries, many at once, that ask for jobs of the kinds `K`.
pub struct Handler<S, K = RequestedJob> {
    resources: Arc<JobResources<S>>,
    health: Arc<Health>,
    metrics: Arc<Metrics>,
    letter_slots: LetterSlots,
    kinds: PhantomData<fn() -> K>,
}

impl<S: ObjectStore> Handler<S> {
    /// A handler of the worker's own kinds of job, with models in one store and one price book.
    pub fn new(store: S, appraiser: Appraiser, limits: &WorkerLimits, health: &Arc<Health>) -> Self {
        Self::with_kinds(store, appraiser, limits, health)
    }
}

impl<S: ObjectStore, K: JobKinds> Handler<S, K> {
    /// A handler of any kinds of job, with models in one store and one price book.
    pub fn with_kinds(store: S, appraiser: Appraiser, limits: &WorkerLimits, health: &Arc<Health>) -> Self {
        Self::with_converter(store, appraiser, None, limits, health)
    }

    /// The same, with a converter of CAD files, where the appraiser reads them.
    pub fn with_converter(
        store: S,
        appraiser: Appraiser,
        converter: Option<Arc<dyn CadConverter>>,
        limits: &WorkerLimits,
        health: &Arc<Health>,
    ) -> Self {
        let memory = MemoryBudget::new(limits.memory_budget_bytes);
        let metrics = Metrics::new(limits, health, &memory, appraiser.book().identity(), appraiser.engine());
        Self {
            resources: Arc::new(JobResources::new(store, appraiser, converter, memory, limits)),
            health: Arc::clone(health),
            metrics: Arc::new(metrics),
            letter_slots: LetterSlots::of(limits.concurrency),
            kinds: PhantomData,
        }
    }

    /// The memory budget of all jobs.
    pub fn memory(&self) -> &MemoryBudget {
        self.resources.memory()
    }

    /// The worker's metrics.
    pub fn metrics(&self) -> &Arc<Metrics> {
        &self.metrics
    }

    /// The worker's health.
    pub fn health(&self) -> &Arc<Health> {
        &self.health
    }

    /// Answers a delivery and settles it. Dropping the future leaves it unsettled, and stops its computation.
    ///
    /// Once `draining` is cancelled, no delivery waits for a dependency that is down: it is left unsettled, for the next
    /// worker.
    pub async fn handle<P: MessagePort>(&self, port: &P, delivery: Delivery<P::Receipt>, draining: &CancellationToken) {
        let span = trace::process(P::SYSTEM, &delivery);
        let record = JobRecord::open(&self.metrics, delivery.queue, delivery.attempt, &span);
        let handled = async {
            let id = delivery.message_id.as_deref().unwrap_or_default();
            fail_point::reached("delivered", id).await;
            let (health, letter_slots) = (&self.health, &self.letter_slots);
            let settler = Settler { port, delivery: &delivery, record: &record, health, letter_slots, draining };
            let message = settler.message(|| self.answer(&delivery, &record), |error| reject(error, &record));
            let Some(message) = message.await else { return };
            let Some(outcome) = settler.publish(message).await else { return };
            record.ended(outcome);
            fail_point::reached("confirmed", id).await;
            acknowledge(port, delivery.receipt).await;
        };
        handled.instrument(span).await;
    }

    /// Reads one model that no message asks for, and gives what a study makes of it.
    pub async fn study<T: Send + 'static>(&self, request: QuoteRequest, study: Study<T>) -> Result<T, StepError> {
        let record = JobRecord::open(&self.metrics, NO_QUEUE, 1, &Span::current());
        let context = JobContext::new(&self.resources, &record, false);
        study::run(request, study, &context).await
    }

    /// The answer to a message, a price or a rejection.
    async fn answer<R>(&self, delivery: &Delivery<R>, record: &Arc<JobRecord>) -> Result<Outgoing, DeliveryError> {
        let context = JobContext::new(&self.resources, record, delivery.is_suspect());
        let outcome = match K::parse(&delivery.event_headers, &delivery.payload) {
            Ok(job) => job::answer(&job, &context).await?,
            Err(RequestError::Invalid(invalid)) => job::reject(*invalid, &context),
            Err(error @ RequestError::Undecodable(_)) => return Err(DeliveryError::Undecodable(error.to_string())),
            Err(RequestError::UnsupportedSchema { found }) => {
                let message = format!("type {found:?}; this worker reads {}", K::TYPES.join(", "));
                return Err(DeliveryError::UnsupportedSchema(message));
            }
        };
        match &outcome {
            Outcome::Completed(event) => record.completed(&event.data),
            Outcome::Rejected(event) => record.rejected(&event.data.reason),
        }
        Ok(message(&outcome))
    }
}

/// The rejection of an error that is one where it lasts; none for other errors.
fn reject(error: &DeliveryError, record: &JobRecord) -> Option<Outgoing> {
    let DeliveryError::Job(JobError::Denied { reason, rejection }) = error else { return None };
    record.rejected(reason);
    Some(message(rejection))
}

/// The message that publishes an answer.
fn message(outcome: &Outcome) -> Outgoing {
    let route = match outcome {
        Outcome::Completed(_) => Route::ResultCompleted,
        Outcome::Rejected(_) => Route::ResultRejected,
    };
    Outgoing {
        route,
        message_id: Some(outcome.event_id().to_owned()),
        correlation_id: Some(outcome.request_id().to_owned()),
        event_type: Some(outcome.event_type().to_owned()),
        trace: TraceContext::default(),
        failure: None,
        body: outcome.to_json().into(),
    }
}
