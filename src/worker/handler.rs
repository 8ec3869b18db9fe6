//! One delivery, from receipt to settlement.
//!
//! ```text
//! parse → accept → open → reserve → begin → push ∥ fetch … → finish → quote → publish → ack
//!    └────────┴───────┴───────────────┴───────┴─────────────────┴───────┴─ rejected ─┘
//! ```
//!
//! What became of it, and what each stage took, is written into its account.
//!
//! A rejection is an answer like any other. Everything else that goes wrong is decided by [`settle`] and done here.
//! The core is told the time and never asks for it; it computes while the next bytes are on their way.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;
use tokio_util::sync::CancellationToken;
use tracing::{Instrument, warn};

use crate::appraise::{Appraiser, Outcome, Stop};
use crate::contract::request::InvalidRequest;
use crate::contract::{Completed, ModelRef, ObjectInfo, Reason, RejectionCode, Request, RequestError, Requested};
use crate::worker::Settings;
use crate::worker::compute::memory_budget::{MemoryBudget, Reserved};
use crate::worker::fail_point;
use crate::worker::job::download::Download;
use crate::worker::job::{Job, StopOnDrop, TimeLimit, Turns};
use crate::worker::observe::health::Health;
use crate::worker::observe::job_record::{Account, Step};
use crate::worker::observe::metrics::{JobOutcome, Metrics, Stage};
use crate::worker::observe::trace;
use crate::worker::ports::{
    Delivery, Failure, FirstFailure, MessagePort, Object, ObjectStore, Outgoing, Payload, PublishError, Route,
    StoreError, TraceContext,
};
use crate::worker::settle::wait_in_slot::{Hold, watched};
use crate::worker::settle::{JobError, Settlement, settle};

/// For a store to say anything at all, once it has failed.
const STORE_QUESTION: Duration = Duration::from_secs(5);

/// Handles deliveries, many at once: all that jobs share.
pub struct Handler<S> {
    store: S,
    appraiser: Arc<Appraiser>,
    memory: MemoryBudget,
    job_timeout: Duration,
    health: Arc<Health>,
    metrics: Arc<Metrics>,
}

impl<S: ObjectStore> Handler<S> {
    /// A handler of models in one store, by one price book.
    pub fn new(store: S, appraiser: Appraiser, settings: &Settings, health: &Arc<Health>) -> Self {
        let memory = MemoryBudget::new(settings.memory_budget_bytes);
        let metrics = Metrics::new(settings, health, &memory, appraiser.book().identity());
        Self {
            store,
            appraiser: Arc::new(appraiser),
            memory,
            job_timeout: settings.job_timeout,
            health: Arc::clone(health),
            metrics: Arc::new(metrics),
        }
    }

    /// The budget that all jobs share.
    pub fn memory(&self) -> &MemoryBudget {
        &self.memory
    }

    /// What was counted so far.
    pub fn metrics(&self) -> &Arc<Metrics> {
        &self.metrics
    }

    /// Where it says how it stands.
    pub fn health(&self) -> &Arc<Health> {
        &self.health
    }

    /// Answers a delivery and settles it. Dropping the future leaves it unsettled, and stops what it computes.
    ///
    /// Once `draining` is cancelled, nothing is held: what would be is left unsettled, for the next worker.
    pub async fn handle<P: MessagePort>(&self, port: &P, delivery: Delivery<P::Receipt>, draining: &CancellationToken) {
        let span = trace::process(P::SYSTEM, &delivery);
        let account = Account::open(&self.metrics, &delivery, &span);
        let handled = async {
            let id = delivery.message_id.clone().unwrap_or_default();
            fail_point::reached("delivered", &id).await;
            let Some(outgoing) = self.next_step::<P>(&delivery, &account, draining).await else { return };
            let Some(outcome) = self.publish(port, &delivery, outgoing, &account, draining).await else { return };
            account.ended(outcome);
            fail_point::reached("confirmed", &id).await;
            acknowledge(port, delivery.receipt).await;
        };
        handled.instrument(span).await;
    }

    /// What is published about a delivery: its answer, its retry or its dead letter. None where it is left unsettled.
    async fn next_step<P: MessagePort>(
        &self,
        delivery: &Delivery<P::Receipt>,
        account: &Arc<Account>,
        draining: &CancellationToken,
    ) -> Option<Outgoing> {
        let mut hold = Hold::new(&self.health, draining);
        let mut was_held = false;
        loop {
            let error = match self.answer(&delivery.payload, account).await {
                Ok(answer) => return Some(answer),
                Err(error) => error,
            };
            match decide::<P>(delivery, &error) {
                Settlement::Hold if hold.wait(&error).await => was_held = true,
                // What everybody waited for came back after this try, and before it was asked whose fault it was.
                Settlement::Retry(_) if std::mem::take(&mut was_held) => {}
                Settlement::Retry(tier) => {
                    account.failed(&error);
                    warn!(%error, reason = error.code(), tier = tier.name(), "to be tried again");
                    return Some(delivery.retry(tier, failure(delivery, &error)));
                }
                Settlement::DeadLetter => {
                    account.failed(&error);
                    warn!(%error, reason = error.code(), "dead-lettered");
                    return Some(delivery.dead_letter(failure(delivery, &error)));
                }
                Settlement::Hold | Settlement::Leave => {
                    account.failed(&error);
                    warn!(%error, "left to be delivered again");
                    return None;
                }
            }
        }
    }

    /// Publishes what there is to say about a delivery, however long nobody takes it, and gives what became of the
    /// delivery by it; none where it was not said.
    async fn publish<P: MessagePort>(
        &self,
        port: &P,
        delivery: &Delivery<P::Receipt>,
        mut outgoing: Outgoing,
        account: &Arc<Account>,
        draining: &CancellationToken,
    ) -> Option<JobOutcome> {
        let mut hold = Hold::new(&self.health, draining);
        loop {
            let published = self.publish_once(port, delivery, &outgoing, account).await;
            let Err(error) = published.map_err(JobError::Publish) else {
                return Some(JobOutcome::of(&outgoing.route));
            };
            let is_dead = matches!(outgoing.route, Route::Dead { .. });
            match decide::<P>(delivery, &error) {
                Settlement::Hold if hold.wait(&error).await => {}
                Settlement::DeadLetter if !is_dead => {
                    account.failed(&error);
                    warn!(%error, reason = error.code(), "dead-lettered");
                    outgoing = delivery.dead_letter(failure(delivery, &error));
                }
                Settlement::Hold | Settlement::Retry(_) | Settlement::DeadLetter | Settlement::Leave => {
                    account.failed(&error);
                    warn!(%error, "left to be delivered again");
                    return None;
                }
            }
        }
    }

    /// Publishes a message once, in a span of its own, which the message carries on.
    async fn publish_once<P: MessagePort>(
        &self,
        port: &P,
        delivery: &Delivery<P::Receipt>,
        outgoing: &Outgoing,
        account: &Arc<Account>,
    ) -> Result<(), PublishError> {
        let publishing = account.begin(Stage::Publish);
        trace::of_message(publishing.span(), P::SYSTEM, P::destination(&outgoing.route), outgoing);
        let message = Outgoing { trace: trace::context_of(publishing.span(), &delivery.trace), ..outgoing.clone() };
        let published = watched(&self.health, "the broker does not confirm", port.publish(message));
        let published = publishing.wait(published).await;
        if matches!(published, Err(PublishError::Returned(_))) {
            self.metrics.publish_returned.increment(1);
        }
        published
    }

    /// The answer to a message, a price or a rejection.
    async fn answer(&self, payload: &Payload, account: &Arc<Account>) -> Result<Outgoing, JobError> {
        let request = match parse(payload) {
            Ok(request) => Arc::new(request),
            Err(RequestError::Invalid(invalid)) => return Ok(self.reject_invalid(*invalid, account)),
            Err(error @ RequestError::Undecodable(_)) => return Err(JobError::Undecodable(error.to_string())),
            Err(error @ RequestError::UnsupportedSchema { .. }) => {
                return Err(JobError::UnsupportedSchema(error.to_string()));
            }
        };
        account.request(&request, Timestamp::now());
        let mut object = request.data.object();
        // On the heap: it holds what a download and a measure hold, and would be copied into every future around it.
        let result = match Box::pin(self.appraise(&request, &mut object, account)).await {
            Ok(completed) => Ok(completed),
            Err(JobError::Rejected(reason)) => Err(reason),
            Err(JobError::Store(error)) => return Err(self.whose_fault(&request, error).await),
            Err(error) => return Err(error),
        };
        Ok(self.publishable(&request, &object, result, account))
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
    async fn appraise(
        &self,
        request: &Arc<Request>,
        object: &mut ObjectInfo,
        account: &Arc<Account>,
    ) -> Result<Completed, JobError> {
        self.appraiser.accept(request, Timestamp::now())?;
        let mut time = TimeLimit::new(self.job_timeout);
        let (opened, downloading, reserved) = self.admit(request, object, &mut time, account).await?;
        let stop = Stop::default();
        let _stop_computing_when_dropped = StopOnDrop(stop.clone());
        let appraisal = self.appraiser.begin(request, opened.size_bytes, stop.clone())?;
        let job = Job::new(appraisal, reserved, stop, account);
        let turns = time.turns();
        time.within(self.read(job, opened, downloading, request, object, &turns)).await
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
        account: &Arc<Account>,
    ) -> Result<(Object, Step, Reserved), JobError> {
        let (mut opened, downloading) = time.within(self.open(&request.data.model, account)).await?;
        note(object, &opened);
        let needed_bytes = self.appraiser.memory_needed(opened.size_bytes).saturating_add(opened.ahead_bytes);
        if let Some(reserved) = self.memory.try_reserve(needed_bytes) {
            return Ok((opened, downloading, reserved));
        }
        let size_bytes = opened.size_bytes;
        let ModelRef { version_id, etag, .. } = request.data.model.clone();
        let pinned = ModelRef {
            version_id: version_id.or_else(|| opened.version_id.take()),
            etag: etag.or_else(|| opened.etag.take()),
            ..request.data.model.clone()
        };
        drop((opened, downloading));
        let reserved = self.memory.reserve(needed_bytes).await;
        self.appraiser.accept(request, Timestamp::now())?;
        let (again, downloading) = time.within(self.open(&pinned, account)).await?;
        if again.size_bytes != size_bytes {
            let message = format!("the object had {size_bytes} bytes and has {} now", again.size_bytes);
            return Err(Reason::new(RejectionCode::ObjectChanged, message).into());
        }
        Ok((again, downloading, reserved))
    }

    /// Begins a download.
    async fn open(&self, model: &ModelRef, account: &Arc<Account>) -> Result<(Object, Step), JobError> {
        let downloading = account.begin(Stage::Download);
        trace::of_object(downloading.span(), model);
        let opened = downloading.wait(self.store.open(model)).await?;
        trace::of_size(downloading.span(), opened.size_bytes);
        account.size(opened.size_bytes);
        Ok((opened, downloading))
    }

    /// Reads the body to its end, each batch computed while the next is fetched; then measures and quotes.
    async fn read(
        &self,
        mut job: Job,
        opened: Object,
        downloading: Step,
        request: &Arc<Request>,
        object: &ObjectInfo,
        turns: &Turns,
    ) -> Result<Completed, JobError> {
        let mut download = Download::new(opened.body, opened.size_bytes);
        let mut batch = downloading.wait(download.next_batch()).await?;
        fail_point::reached("downloading", &request.id).await;
        while !download.has_ended() {
            let id = request.id.clone();
            self.read_bytes(&batch);
            let pushed = async { turns.compute(move || job.push(&batch, &id)).await? };
            let fetched = async { Ok::<_, JobError>(downloading.wait(download.next_batch()).await?) };
            (job, batch) = tokio::try_join!(pushed, fetched)?;
        }
        drop((download, downloading));
        self.read_bytes(&batch);
        let (appraiser, request, object) = (Arc::clone(&self.appraiser), Arc::clone(request), object.clone());
        // In one go with the last bytes, which for most models are all: to have something computed wakes two threads.
        turns.compute(move || job.push(&batch, &request.id)?.finish(&appraiser, &request, &object)).await?
    }

    fn read_bytes(&self, batch: &[Bytes]) {
        self.metrics.input_bytes.increment(batch.iter().map(|chunk| chunk.len() as u64).sum());
    }

    /// The answer to a request that breaks the rules: there is nothing to be fetched for it.
    fn reject_invalid(&self, invalid: InvalidRequest, account: &Account) -> Outgoing {
        let InvalidRequest { time, rejected } = invalid;
        let ObjectInfo { bucket, key, .. } = rejected.object.clone();
        let model = ModelRef { bucket, key: key.unwrap_or_default(), ..ModelRef::default() };
        let data = Requested { order_id: rejected.order_id, model, items: Vec::new(), deadline: None };
        let request = Request { id: rejected.request_id, time, data };
        account.request(&request, Timestamp::now());
        self.publishable(&request, &rejected.object, Err(rejected.reason), account)
    }

    fn publishable(
        &self,
        request: &Request,
        object: &ObjectInfo,
        result: Result<Completed, Reason>,
        account: &Account,
    ) -> Outgoing {
        match &result {
            Ok(completed) => account.completed(completed),
            Err(reason) => account.rejected(reason),
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
            trace: TraceContext::default(),
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
