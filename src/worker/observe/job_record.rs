//! The record of one delivery: its metrics, its trace attributes and its final log line.
//!
//! The record is opened with the delivery and closed with it, whatever happens in between: a job that is lost with its
//! connection is recorded too. The stages of a job run side by side, on threads that serve sockets and on threads that
//! compute; each adds its own time.

use std::fmt::Display;
use std::ops::Deref;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use jiff::Timestamp;
use tracing::{Instrument, Span, info};

use crate::contract::{Completed, Format, Reason};
use crate::worker::conversion::ConversionError;
use crate::worker::job::StepError;
use crate::worker::observe::job_outcome::JobOutcome;
use crate::worker::observe::metrics::Metrics;
use crate::worker::observe::stage::Stage;
use crate::worker::observe::trace;
use crate::worker::ports::{JobQueue, NewObject, PublishError, StoreError};
use crate::worker::settle::DeliveryError;

/// One delivery's record.
pub struct JobRecord {
    metrics: Arc<Metrics>,
    span: Span,
    queue: JobQueue,
    attempt: u32,
    began: Instant,
    facts: Mutex<Facts>,
}

/// Closes a record when it is dropped, even where a computation still holds the record.
pub(in crate::worker) struct OpenRecord(Arc<JobRecord>);

/// The facts that are known so far.
#[derive(Default)]
struct Facts {
    order_id: Option<String>,
    queue_age: Option<Duration>,
    format: Option<Format>,
    size_bytes: Option<u64>,
    triangle_count: Option<u64>,
    stages: [Option<Duration>; Stage::ALL.len()],
    outcome: Option<JobOutcome>,
    /// Why there is no price: the machine-readable code, and a sentence.
    failure: Option<(String, String)>,
}

/// Measures the time of one stage, in the stage's span.
pub struct StageTimer {
    record: Arc<JobRecord>,
    /// The stage to whose time it adds; none where only the span is wanted.
    stage: Option<Stage>,
    span: Span,
}

/// An error that has a machine-readable code, for `error.type`.
pub trait ErrorType: Display {
    /// The machine-readable code.
    fn error_type(&self) -> String;
}

impl JobRecord {
    /// Opens the record of an attempt at a job of a queue. Everything about it happens in `span`.
    pub(in crate::worker) fn open(metrics: &Arc<Metrics>, queue: JobQueue, attempt: u32, span: &Span) -> OpenRecord {
        metrics.in_flight.increment(1.0);
        OpenRecord(Arc::new(Self {
            metrics: Arc::clone(metrics),
            span: span.clone(),
            queue,
            attempt,
            began: Instant::now(),
            facts: Mutex::default(),
        }))
    }

    /// Records whose request it is, and its age in the queue. `made_at` is RFC 3339, as its sender wrote it.
    ///
    /// The age is recorded once, however often a job that waits in its slot is tried, and only at the first attempt: a
    /// later attempt waited in a retry queue.
    pub fn request(&self, id: &str, order_id: Option<&str>, made_at: Option<&str>) {
        trace::of_request(&self.span, id, order_id);
        let mut facts = self.facts();
        facts.order_id = order_id.map(str::to_owned);
        let made_at: Option<Timestamp> = made_at.and_then(|time| time.parse().ok());
        if let Some(made_at) = made_at.filter(|_| self.attempt == 1 && facts.queue_age.is_none()) {
            // Clocks differ: no request is younger than now.
            let age = Duration::try_from(Timestamp::now().duration_since(made_at)).unwrap_or(Duration::ZERO);
            self.metrics.waited(self.queue.routing_key, age);
            facts.queue_age = Some(age);
        }
    }

    /// Begins a stage. Its span is a child of the current span.
    pub fn begin(self: &Arc<Self>, stage: Stage) -> StageTimer {
        let span = trace::stage(stage, self.order_id().as_deref());
        StageTimer { record: Arc::clone(self), stage: Some(stage), span }
    }

    /// Begins the upload of a file that goes with the answer.
    pub fn begin_upload(self: &Arc<Self>, object: &NewObject<'_>) -> StageTimer {
        let span = trace::upload(object, self.order_id().as_deref());
        StageTimer { record: Arc::clone(self), stage: None, span }
    }

    /// Records the size of the model.
    pub fn size(&self, size_bytes: u64) {
        trace::of_size(&self.span, size_bytes);
        self.facts().size_bytes = Some(size_bytes);
    }

    /// Counts bytes of a model that were read.
    pub fn read(&self, batch: &[Bytes]) {
        self.metrics.input_bytes.increment(batch.iter().map(|chunk| chunk.len() as u64).sum());
    }

    /// Records the format that the bytes are read as.
    pub fn format(&self, format: Format) {
        self.facts().format = Some(format);
    }

    /// Records a priced answer.
    pub(in crate::worker) fn completed(&self, completed: &Completed) {
        trace::of_model(&self.span, completed);
        self.format(completed.model.format);
        self.facts().triangle_count = Some(completed.geometry.triangle_count);
    }

    /// Records a rejection.
    pub(in crate::worker) fn rejected(&self, reason: &Reason) {
        let code = reason.code.to_string();
        trace::rejected(&self.span, &code);
        self.facts().failure = Some((code, reason.message.clone()));
    }

    /// Records why there is no answer.
    pub(in crate::worker) fn failed(&self, error: &DeliveryError) {
        let (code, error) = (error.error_type(), error.to_string());
        trace::failed(&self.span, &code, &error);
        self.facts().failure = Some((code, error));
    }

    /// Counts a message that the broker returned.
    pub(in crate::worker) fn returned(&self) {
        self.metrics.publish_returned.increment(1);
    }

    /// Records how the delivery ended.
    pub(in crate::worker) fn ended(&self, outcome: JobOutcome) {
        self.facts().outcome = Some(outcome);
    }

    fn order_id(&self) -> Option<String> {
        self.facts().order_id.clone()
    }

    fn took(&self, stage: Stage, duration: Duration) {
        *self.facts().stages[stage as usize].get_or_insert_default() += duration;
    }

    fn facts(&self) -> MutexGuard<'_, Facts> {
        self.facts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn close(&self) {
        let facts = std::mem::take(&mut *self.facts());
        let (took, outcome) = (self.began.elapsed(), facts.outcome.unwrap_or(JobOutcome::Left));
        self.metrics.in_flight.decrement(1.0);
        self.metrics.ended(self.queue.routing_key, outcome, facts.format, took);
        for stage in Stage::ALL {
            if let Some(duration) = facts.stages[stage as usize] {
                self.metrics.stage(stage, duration);
            }
        }
        let (reason, error) = facts.failure.unzip();
        if let Some(reason) = &reason {
            self.metrics.unpriced(outcome, reason);
        }
        let [download_s, convert_s, measure_s, price_s, publish_s] = facts.stages.map(|duration| duration.map(seconds));
        info!(
            parent: &self.span,
            outcome = outcome.name(),
            reason,
            error,
            format = facts.format.map(|format| format.to_string()),
            size_bytes = facts.size_bytes,
            triangle_count = facts.triangle_count,
            queue_age_s = facts.queue_age.map(seconds),
            download_s,
            convert_s,
            measure_s,
            price_s,
            publish_s,
            total_s = seconds(took),
            "settled"
        );
    }
}

impl Deref for OpenRecord {
    type Target = Arc<JobRecord>;

    fn deref(&self) -> &Arc<JobRecord> {
        &self.0
    }
}

impl Drop for OpenRecord {
    fn drop(&mut self) {
        self.0.close();
    }
}

/// Seconds, rounded to the microsecond: more digits would be noise in a log.
fn seconds(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1e6).round() / 1e6
}

impl StageTimer {
    /// The stage's span, for more attributes.
    pub fn span(&self) -> &Span {
        &self.span
    }

    /// Waits for work of this stage. May be called more than once.
    pub async fn wait<T, E: ErrorType>(&self, work: impl Future<Output = Result<T, E>>) -> Result<T, E> {
        let began = Instant::now();
        let result = work.instrument(self.span.clone()).await;
        self.add(began, result)
    }

    /// Computes work of this stage. May be called more than once.
    pub fn compute<T, E: ErrorType>(&self, work: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
        let began = Instant::now();
        let result = self.span.in_scope(work);
        self.add(began, result)
    }

    fn add<T, E: ErrorType>(&self, began: Instant, result: Result<T, E>) -> Result<T, E> {
        if let Some(stage) = self.stage {
            self.record.took(stage, began.elapsed());
        }
        result.inspect_err(|error| trace::failed(&self.span, &error.error_type(), error))
    }
}

impl ErrorType for Reason {
    fn error_type(&self) -> String {
        self.code.to_string()
    }
}

impl ErrorType for StoreError {
    fn error_type(&self) -> String {
        StepError::from(self.clone()).error_type()
    }
}

impl ErrorType for ConversionError {
    fn error_type(&self) -> String {
        StepError::from(self.clone()).error_type()
    }
}

impl ErrorType for StepError {
    fn error_type(&self) -> String {
        match self {
            Self::Rejected(reason) => reason.error_type(),
            Self::Failed(error) => error.code().into(),
        }
    }
}

impl ErrorType for PublishError {
    fn error_type(&self) -> String {
        DeliveryError::Publish(self.clone()).error_type()
    }
}

impl ErrorType for DeliveryError {
    fn error_type(&self) -> String {
        self.code().into()
    }
}
