//! One delivery, from receipt to settlement.
//!
//! ```text
//! parse → accept → open → reserve → begin → push ∥ fetch … → finish → quote → publish → ack
//!    └────────┴───────┴───────────────┴───────┴─────────────────┴───────┴─ rejected ─┘
//! ```
//!
//! A rejection is an answer like any other. Everything else that goes wrong is decided by [`settle`] and done here.
//! The core is told the time and never asks for it; it computes on rayon while the next bytes are on their way.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio_util::sync::CancellationToken;
use tracing::{Instrument, Span, field, info, info_span, warn};

use super::Settings;
use super::download::Download;
use super::fail_point;
use super::health::Health;
use super::hold::{Hold, watched};
use super::job::{Job, StopOnDrop, TimeLimit, Turns};
use super::memory::{MemoryBudget, Reserved};
use super::ports::{
    Delivery, Failure, FirstFailure, MessagePort, Object, ObjectStore, Outgoing, Payload, Route, StoreError,
    TraceContext,
};
use super::settle::{JobError, Settlement, settle};
use crate::appraise::{Appraiser, Outcome, Stop};
use crate::contract::request::InvalidRequest;
use crate::contract::{Completed, ModelRef, ObjectInfo, Reason, RejectionCode, Request, RequestError, Requested};

/// For a store to say anything at all, once it has failed.
const STORE_QUESTION: Duration = Duration::from_secs(5);

/// Handles deliveries, many at once: all that jobs share.
pub struct Handler<S> {
    store: S,
    appraiser: Arc<Appraiser>,
    memory: MemoryBudget,
    job_timeout: Duration,
    health: Arc<Health>,
}

impl<S: ObjectStore> Handler<S> {
    /// A handler of models in one store, by one price book.
    pub fn new(store: S, appraiser: Appraiser, settings: &Settings, health: &Arc<Health>) -> Self {
        Self {
            store,
            appraiser: Arc::new(appraiser),
            memory: MemoryBudget::new(settings.memory_budget_bytes),
            job_timeout: settings.job_timeout,
            health: Arc::clone(health),
        }
    }

    /// The budget that all jobs share.
    pub fn memory(&self) -> &MemoryBudget {
        &self.memory
    }

    /// Answers a delivery and settles it. Dropping the future leaves it unsettled, and stops what it computes.
    ///
    /// Once `draining` is cancelled, nothing is held: what would be is left unsettled, for the next worker.
    pub async fn handle<P: MessagePort>(&self, port: &P, delivery: Delivery<P::Receipt>, draining: &CancellationToken) {
        let attempt = delivery.attempt;
        let span = info_span!("process", request_id = field::Empty, order_id = field::Empty, attempt);
        async {
            let id = delivery.message_id.clone().unwrap_or_default();
            fail_point::reached("delivered", &id).await;
            let Some(outgoing) = self.next_step::<P>(&delivery, draining).await else { return };
            if self.publish(port, &delivery, outgoing, draining).await {
                fail_point::reached("confirmed", &id).await;
                acknowledge(port, delivery.receipt).await;
            }
        }
        .instrument(span)
        .await;
    }

    /// What is published about a delivery: its answer, its retry or its dead letter. None where it is left unsettled.
    async fn next_step<P: MessagePort>(
        &self,
        delivery: &Delivery<P::Receipt>,
        draining: &CancellationToken,
    ) -> Option<Outgoing> {
        let mut hold = Hold::new(&self.health, draining);
        let mut was_held = false;
        loop {
            let error = match self.answer(&delivery.payload, &delivery.trace).await {
                Ok(answer) => return Some(answer),
                Err(error) => error,
            };
            match decide::<P>(delivery, &error) {
                Settlement::Hold if hold.wait(&error).await => was_held = true,
                // What everybody waited for came back after this try, and before it was asked whose fault it was.
                Settlement::Retry(_) if std::mem::take(&mut was_held) => {}
                Settlement::Retry(tier) => {
                    warn!(%error, reason = error.code(), tier = tier.name(), "to be tried again");
                    return Some(delivery.retry(tier, failure(delivery, &error)));
                }
                Settlement::DeadLetter => {
                    warn!(%error, reason = error.code(), "dead-lettered");
                    return Some(delivery.dead_letter(failure(delivery, &error)));
                }
                Settlement::Hold | Settlement::Leave => {
                    warn!(%error, "left to be delivered again");
                    return None;
                }
            }
        }
    }

    /// Publishes what there is to say about a delivery, however long nobody takes it; false where it was not said.
    async fn publish<P: MessagePort>(
        &self,
        port: &P,
        delivery: &Delivery<P::Receipt>,
        mut outgoing: Outgoing,
        draining: &CancellationToken,
    ) -> bool {
        let mut hold = Hold::new(&self.health, draining);
        loop {
            let published = watched(&self.health, "the broker does not confirm", port.publish(outgoing.clone())).await;
            let Err(error) = published.map_err(JobError::Publish) else { return true };
            let is_dead = matches!(outgoing.route, Route::Dead { .. });
            match decide::<P>(delivery, &error) {
                Settlement::Hold if hold.wait(&error).await => {}
                Settlement::DeadLetter if !is_dead => {
                    warn!(%error, reason = error.code(), "dead-lettered");
                    outgoing = delivery.dead_letter(failure(delivery, &error));
                }
                Settlement::Hold | Settlement::Retry(_) | Settlement::DeadLetter | Settlement::Leave => {
                    warn!(%error, "left to be delivered again");
                    return false;
                }
            }
        }
    }

    /// The answer to a message, a price or a rejection.
    async fn answer(&self, payload: &Payload, trace: &TraceContext) -> Result<Outgoing, JobError> {
        let request = match parse(payload) {
            Ok(request) => Arc::new(request),
            Err(RequestError::Invalid(invalid)) => return Ok(self.reject_invalid(*invalid, trace)),
            Err(error @ RequestError::Undecodable(_)) => return Err(JobError::Undecodable(error.to_string())),
            Err(error @ RequestError::UnsupportedSchema { .. }) => {
                return Err(JobError::UnsupportedSchema(error.to_string()));
            }
        };
        let span = Span::current();
        span.record("request_id", &request.id);
        span.record("order_id", request.data.order_id.as_deref());
        let mut object = request.data.object();
        // On the heap: it holds what a download and a measure hold, and would be copied into every future around it.
        let result = match Box::pin(self.appraise(&request, &mut object)).await {
            Ok(completed) => Ok(completed),
            Err(JobError::Rejected(reason)) => Err(reason),
            Err(JobError::Store(error)) => return Err(self.whose_fault(&request, error).await),
            Err(error) => return Err(error),
        };
        Ok(self.publishable(&request, &object, result, trace))
    }

    /// Tells a store that answers nobody from one that fails on this object, by asking it for another: any answer will do.
    async fn whose_fault(&self, request: &Request, error: StoreError) -> JobError {
        let another = ModelRef {
            bucket: request.data.model.bucket.clone(),
            key: "pricing-worker-asks-whether-you-answer".into(),
            ..ModelRef::default()
        };
        match tokio::time::timeout(STORE_QUESTION, self.store.open(&another)).await {
            Err(_) | Ok(Err(StoreError::Unavailable(_) | StoreError::CutShort { .. })) => JobError::StoreDown(error),
            Ok(_) => JobError::Store(error),
        }
    }

    /// Fetches, measures and quotes. `object` becomes what the store says it is.
    async fn appraise(&self, request: &Arc<Request>, object: &mut ObjectInfo) -> Result<Completed, JobError> {
        self.appraiser.accept(request, Timestamp::now())?;
        let mut time = TimeLimit::new(self.job_timeout);
        let (opened, reserved) = self.admit(request, object, &mut time).await?;
        let stop = Stop::default();
        let _stop_computing_when_dropped = StopOnDrop(stop.clone());
        let appraisal = self.appraiser.begin(request, opened.size_bytes, stop.clone())?;
        let job = Job::new(appraisal, reserved, stop);
        let turns = time.turns();
        time.within(self.read(job, opened, request, object, &turns)).await
    }

    /// Opens the object, and reserves the memory that it takes.
    ///
    /// Waiting for memory is not the job's time, and may take long: the connection is let go meanwhile, and the same
    /// version of the object is opened again.
    async fn admit(
        &self,
        request: &Request,
        object: &mut ObjectInfo,
        time: &mut TimeLimit,
    ) -> Result<(Object, Reserved), JobError> {
        let mut opened = time.within(self.open(&request.data.model)).await?;
        note(object, &opened);
        let needed_bytes = self.appraiser.memory_needed(opened.size_bytes);
        if let Some(reserved) = self.memory.try_reserve(needed_bytes) {
            return Ok((opened, reserved));
        }
        let size_bytes = opened.size_bytes;
        let ModelRef { version_id, etag, .. } = request.data.model.clone();
        let pinned = ModelRef {
            version_id: version_id.or_else(|| opened.version_id.take()),
            etag: etag.or_else(|| opened.etag.take()),
            ..request.data.model.clone()
        };
        drop(opened);
        let reserved = self.memory.reserve(needed_bytes).await;
        self.appraiser.accept(request, Timestamp::now())?;
        let again = time.within(self.open(&pinned)).await?;
        if again.size_bytes != size_bytes {
            let message = format!("the object had {size_bytes} bytes and has {} now", again.size_bytes);
            return Err(Reason::new(RejectionCode::ObjectChanged, message).into());
        }
        Ok((again, reserved))
    }

    async fn open(&self, model: &ModelRef) -> Result<Object, JobError> {
        Ok(self.store.open(model).await?)
    }

    /// Reads the body to its end, each batch computed while the next is fetched; then measures and quotes.
    async fn read(
        &self,
        mut job: Job,
        opened: Object,
        request: &Arc<Request>,
        object: &ObjectInfo,
        turns: &Turns,
    ) -> Result<Completed, JobError> {
        let mut download = Download::new(opened.body, opened.size_bytes);
        let mut batch = download.next_batch().await?;
        fail_point::reached("downloading", &request.id).await;
        while !batch.is_empty() {
            let id = request.id.clone();
            let pushed = async { turns.compute(move || job.push(&batch, &id)).await? };
            let fetched = async { Ok::<_, JobError>(download.next_batch().await?) };
            (job, batch) = tokio::try_join!(pushed, fetched)?;
        }
        let (appraiser, request, object) = (Arc::clone(&self.appraiser), Arc::clone(request), object.clone());
        turns.compute(move || job.finish(&appraiser, &request, &object)).await?
    }

    /// The answer to a request that breaks the rules: there is nothing to be fetched for it.
    fn reject_invalid(&self, invalid: InvalidRequest, trace: &TraceContext) -> Outgoing {
        let InvalidRequest { time, rejected } = invalid;
        let ObjectInfo { bucket, key, .. } = rejected.object.clone();
        let model = ModelRef { bucket, key: key.unwrap_or_default(), ..ModelRef::default() };
        let data = Requested { order_id: rejected.order_id, model, items: Vec::new(), deadline: None };
        let request = Request { id: rejected.request_id, time, data };
        Span::current().record("request_id", &request.id);
        self.publishable(&request, &rejected.object, Err(rejected.reason), trace)
    }

    fn publishable(
        &self,
        request: &Request,
        object: &ObjectInfo,
        result: Result<Completed, Reason>,
        trace: &TraceContext,
    ) -> Outgoing {
        if let Err(reason) = &result {
            info!(code = %reason.code, %reason, "rejected");
        }
        let outcome = self.appraiser.outcome(request, object, result);
        let route = match &outcome {
            Outcome::Completed(_) => Route::ResultCompleted,
            Outcome::Rejected(_) => Route::ResultRejected,
        };
        Outgoing {
            route,
            message_id: Some(outcome.event_id().to_owned()),
            correlation_id: Some(request.id.clone()),
            event_type: Some(outcome.event_type().to_owned()),
            trace: trace.clone(),
            failure: None,
            body: outcome.to_json().into(),
        }
    }
}

fn parse(payload: &Payload) -> Result<Request, RequestError> {
    match payload {
        Payload::Bytes(bytes) => Request::parse(bytes),
        Payload::Request(request) => Ok(request.as_ref().clone()),
    }
}

/// Writes down what the store says of the object.
fn note(object: &mut ObjectInfo, opened: &Object) {
    object.size_bytes = Some(opened.size_bytes);
    object.etag.clone_from(&opened.etag);
    object.version_id.clone_from(&opened.version_id);
}

async fn acknowledge<P: MessagePort>(port: &P, receipt: P::Receipt) {
    // The answer is published. If this is lost the request is delivered again, and its answer has the same id.
    if let Err(error) = port.ack(receipt).await {
        warn!(%error, "answered, but not acknowledged: it will be delivered again");
    }
}

fn decide<P: MessagePort>(delivery: &Delivery<P::Receipt>, error: &JobError) -> Settlement {
    let first = delivery.first_failure.as_ref().map(|first| Timestamp::now().duration_since(first.at));
    // A clock that was set back makes no request older.
    let age = first.and_then(|age| age.try_into().ok()).unwrap_or(Duration::ZERO);
    settle(error, delivery.attempt, age, P::TIERS)
}

/// What the next attempt, or whoever reads the dead letters, must know.
fn failure<R>(delivery: &Delivery<R>, error: &JobError) -> Failure {
    let (at, text) = (Timestamp::now(), error.to_string());
    let first = delivery.first_failure.clone().unwrap_or_else(|| FirstFailure { error: text.clone(), at });
    Failure { reason: error.code(), error: text, at, first, attempts: delivery.attempt }
}
