//! What is told of one delivery: to the metrics, to its trace, and to the log in one line when it ends.
//!
//! An account is opened with the delivery and closed with it, whatever happened in between: a job that is lost with its
//! connection is told of too. The stages of a job run side by side, on threads that serve sockets and on those that
//! compute; each notes its own time here.

use std::fmt::Display;
use std::ops::Deref;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use tracing::{Instrument, Span, info};

use crate::contract::{Completed, Format, Reason, Request};
use crate::worker::observe::metrics::{JobOutcome, Metrics, Stage};
use crate::worker::observe::trace;
use crate::worker::ports::{Delivery, PublishError, StoreError};
use crate::worker::settle::JobError;

/// One delivery's account.
pub(in crate::worker) struct Account {
    metrics: Arc<Metrics>,
    span: Span,
    routing_key: String,
    attempt: u32,
    began: Instant,
    facts: Mutex<Facts>,
}

/// Keeps an account open; dropped, it closes it, though what is still computed holds it.
pub(in crate::worker) struct Opened(Arc<Account>);

/// What became known.
#[derive(Default)]
struct Facts {
    order_id: Option<String>,
    queue_age: Option<Duration>,
    format: Option<Format>,
    size_bytes: Option<u64>,
    triangle_count: Option<u64>,
    stages: [Option<Duration>; Stage::ALL.len()],
    outcome: Option<JobOutcome>,
    /// A word and a sentence.
    why: Option<(String, String)>,
}

/// One stage while it lasts: its span, and where its time is noted.
pub(in crate::worker) struct Step {
    account: Arc<Account>,
    stage: Stage,
    span: Span,
}

/// An error that has a word for programs.
pub(in crate::worker) trait ErrorType: Display {
    /// The word.
    fn error_type(&self) -> String;
}

impl Account {
    /// Opens the account of a delivery, in whose span everything happens.
    pub fn open<R>(metrics: &Arc<Metrics>, delivery: &Delivery<R>, span: &Span) -> Opened {
        metrics.in_flight.increment(1.0);
        Opened(Arc::new(Self {
            metrics: Arc::clone(metrics),
            span: span.clone(),
            routing_key: delivery.routing_key.clone(),
            attempt: delivery.attempt,
            began: Instant::now(),
            facts: Mutex::default(),
        }))
    }

    /// Notes whose request it is, and how old it was when it was begun: once, however often a job that is held tries. A
    /// later attempt has waited because it was told to.
    pub fn request(&self, request: &Request, now: Timestamp) {
        let order_id = request.data.order_id.as_deref();
        trace::of_request(&self.span, &request.id, order_id);
        let mut facts = self.facts();
        facts.order_id = order_id.map(str::to_owned);
        let made: Option<Timestamp> = request.time.as_deref().and_then(|time| time.parse().ok());
        if let Some(made) = made.filter(|_| self.attempt == 1 && facts.queue_age.is_none()) {
            // Clocks differ: nothing is younger than now.
            let age = Duration::try_from(now.duration_since(made)).unwrap_or(Duration::ZERO);
            self.metrics.waited(&self.routing_key, age);
            facts.queue_age = Some(age);
        }
    }

    /// The order that the request named.
    pub fn order_id(&self) -> Option<String> {
        self.facts().order_id.clone()
    }

    /// Begins a stage. Its span is a child of the one that is entered.
    pub fn begin(self: &Arc<Self>, stage: Stage) -> Step {
        let span = trace::stage(stage, self.order_id().as_deref());
        Step { account: Arc::clone(self), stage, span }
    }

    /// Notes the size of a model.
    pub fn size(&self, size_bytes: u64) {
        trace::of_size(&self.span, size_bytes);
        self.facts().size_bytes = Some(size_bytes);
    }

    /// Notes what the bytes are read as.
    pub fn format(&self, format: Option<Format>) {
        if format.is_some() {
            self.facts().format = format;
        }
    }

    /// Notes what a model was found to be.
    pub fn completed(&self, completed: &Completed) {
        trace::of_model(&self.span, completed);
        self.format(Some(completed.model.format));
        self.facts().triangle_count = Some(completed.geometry.triangle_count);
    }

    /// Notes why there is no price.
    pub fn rejected(&self, reason: &Reason) {
        let code = reason.code.to_string();
        trace::rejected(&self.span, &code);
        self.facts().why = Some((code, reason.message.clone()));
    }

    /// Notes why there is no answer.
    pub fn failed(&self, error: &JobError) {
        let (code, error) = (error.error_type(), error.to_string());
        trace::failed(&self.span, &code, &error);
        self.facts().why = Some((code, error));
    }

    /// Notes how the delivery ended.
    pub fn ended(&self, outcome: JobOutcome) {
        self.facts().outcome = Some(outcome);
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
        self.metrics.ended(&self.routing_key, outcome, facts.format, took);
        for stage in Stage::ALL {
            if let Some(duration) = facts.stages[stage as usize] {
                self.metrics.stage(stage, duration);
            }
        }
        let (reason, error) = facts.why.unzip();
        if let Some(reason) = &reason {
            self.metrics.unpriced(outcome, reason);
        }
        let [download_s, measure_s, price_s, publish_s] = facts.stages.map(|duration| duration.map(seconds));
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
            measure_s,
            price_s,
            publish_s,
            total_s = seconds(took),
            "settled"
        );
    }
}

impl Deref for Opened {
    type Target = Arc<Account>;

    fn deref(&self) -> &Arc<Account> {
        &self.0
    }
}

impl Drop for Opened {
    fn drop(&mut self) {
        self.0.close();
    }
}

/// Seconds to the microsecond: more would be noise in a log.
fn seconds(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1e6).round() / 1e6
}

impl Step {
    /// The span, to say more of it.
    pub fn span(&self) -> &Span {
        &self.span
    }

    /// Waits for work of this stage. May be called more than once.
    pub async fn wait<T, E: ErrorType>(&self, work: impl Future<Output = Result<T, E>>) -> Result<T, E> {
        let began = Instant::now();
        let result = work.instrument(self.span.clone()).await;
        self.note(began, result)
    }

    /// Computes work of this stage. May be called more than once.
    pub fn compute<T, E: ErrorType>(&self, work: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
        let began = Instant::now();
        let result = self.span.in_scope(work);
        self.note(began, result)
    }

    fn note<T, E: ErrorType>(&self, began: Instant, result: Result<T, E>) -> Result<T, E> {
        self.account.took(self.stage, began.elapsed());
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
        JobError::from(self.clone()).error_type()
    }
}

impl ErrorType for PublishError {
    fn error_type(&self) -> String {
        JobError::Publish(self.clone()).error_type()
    }
}

impl ErrorType for JobError {
    fn error_type(&self) -> String {
        match self {
            Self::Rejected(reason) => reason.error_type(),
            error => error.code().into(),
        }
    }
}
