//! What is counted and measured, under the contract's names, in Prometheus' text format.
//!
//! A registry of its own and no global one: each handler has its numbers, and a test sees nobody else's. No label takes
//! its values from a message, and every series is there from the start, at zero: a rate over the first event, and an
//! alert on it, need the zero before it. What others know already (memory, health) is asked of them when somebody scrapes.

use std::fmt::{self, Write};
use std::sync::Arc;
use std::time::Duration;

use prometheus::process_collector::ProcessCollector;
use prometheus::{HistogramVec, IntCounter, IntCounterVec, IntGauge, Registry, TextEncoder};

use crate::contract::{ENGINE_VERSION, Format, PriceBookIdentity, RejectionCode};
use crate::worker::WorkerLimits;
use crate::worker::compute::memory_budget::MemoryBudget;
use crate::worker::observe::health::Health;
use crate::worker::observe::metric_families::{Families, RIGHT};
use crate::worker::ports::Route;
use crate::worker::settle::DeliveryError;

/// From a millisecond to ten minutes: the longest that a job may take by default, twice. In steps of about two and a
/// half, so that a quantile read off them is right within that.
const BUCKETS_S: [f64; 18] =
    [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0];

/// The bytes of an answer to a scrape are of this type.
pub const CONTENT_TYPE: &str = prometheus::TEXT_FORMAT;

/// What became of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobOutcome {
    /// Answered with a price.
    Completed,
    /// Answered with a reason.
    Rejected,
    /// To be tried again.
    Retried,
    /// Dead-lettered.
    DeadLettered,
    /// Left unsettled: the broker delivers it again.
    Left,
}

impl JobOutcome {
    const ALL: [Self; 5] = [Self::Completed, Self::Rejected, Self::Retried, Self::DeadLettered, Self::Left];

    /// What becomes of a delivery whose answer takes this route.
    pub(in crate::worker) fn of(route: &Route) -> Self {
        match route {
            Route::ResultCompleted => Self::Completed,
            Route::ResultRejected => Self::Rejected,
            Route::Retry { .. } => Self::Retried,
            Route::Dead { .. } => Self::DeadLettered,
            // No handler publishes a request.
            Route::JobInteractive | Route::JobBulk => Self::Left,
        }
    }

    /// A word for programs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Completed => "completed",
            Self::Rejected => "rejected",
            Self::Retried => "retried",
            Self::DeadLettered => "dead_lettered",
            Self::Left => "left",
        }
    }
}

/// A part of a job whose time is measured. They overlap: a model is measured while the rest of it arrives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Waiting for the store: to open the object, and for each of its bytes.
    Download,
    /// Computing what the model is.
    Measure,
    /// Computing what it costs.
    Price,
    /// Waiting for the broker's word that it has the answer.
    Publish,
}

impl Stage {
    /// All of them, in the order of a job's life.
    pub const ALL: [Self; 4] = [Self::Download, Self::Measure, Self::Price, Self::Publish];

    /// A word for programs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Download => "download",
            Self::Measure => "measure",
            Self::Price => "price",
            Self::Publish => "publish",
        }
    }
}

/// Everything that is counted.
pub struct Metrics {
    registry: Registry,
    jobs: IntCounterVec,
    rejections: IntCounterVec,
    retries: IntCounterVec,
    dead_letters: IntCounterVec,
    process_duration: HistogramVec,
    queue_age: HistogramVec,
    stage_duration: HistogramVec,
    pub(in crate::worker) publish_returned: IntCounter,
    pub(in crate::worker) reconnects: IntCounter,
    pub(in crate::worker) input_bytes: IntCounter,
    pub(in crate::worker) in_flight: IntGauge,
}

impl Metrics {
    /// All of it at zero, for a worker within these bounds.
    pub fn new(settings: &WorkerLimits, health: &Arc<Health>, memory: &MemoryBudget, book: &PriceBookIdentity) -> Self {
        let families = Families(Registry::new());
        families.settings(settings, memory);
        families.identity(book);
        let asked = Arc::clone(health);
        families.asked("pricing_ready", "1 while requests are answered: subscribed, able to publish, not draining.", {
            move || f64::from(u8::from(asked.is_ready()))
        });
        let asked = Arc::clone(health);
        families.asked("pricing_draining", "1 once the worker was told to stop.", move || {
            f64::from(u8::from(asked.is_draining()))
        });
        let asked = Arc::clone(health);
        families.asked(
            "pricing_amqp_blocked",
            "1 while the broker blocks those who publish, by an alarm.",
            move || f64::from(u8::from(asked.is_blocked())),
        );
        Self {
            jobs: families.counters("pricing_jobs_total", "Deliveries that ended, by how.", &["outcome", "format"]),
            rejections: families.counters("pricing_rejections_total", "Models without a price, by why.", &["code"]),
            retries: families.counters("pricing_retries_total", "Requests that are to be tried again.", &["reason"]),
            dead_letters: families.counters(
                "pricing_dead_letters_total",
                "Requests that nobody can answer, put into the queue of the dead.",
                &["reason"],
            ),
            publish_returned: families
                .counter("pricing_publish_returned_total", "Messages that the broker returned: no queue is bound."),
            reconnects: families
                .counter("pricing_amqp_reconnects_total", "Times that the link to the broker was built again."),
            input_bytes: families.counter("pricing_input_bytes_total", "Bytes of models that were read."),
            process_duration: families.histograms(
                "messaging_process_duration_seconds",
                "Time from a delivery to its settlement.",
                "routing_key",
                &BUCKETS_S,
            ),
            queue_age: families.histograms(
                "pricing_queue_age_seconds",
                "Age of a request when its first attempt began.",
                "routing_key",
                &BUCKETS_S,
            ),
            stage_duration: families.histograms(
                "pricing_stage_duration_seconds",
                "Time that a job spent in a stage; they overlap.",
                "stage",
                &BUCKETS_S,
            ),
            in_flight: families.gauge("pricing_jobs_in_flight", "Deliveries that are not settled yet."),
            registry: families.0,
        }
        .with_every_series()
    }

    /// Touches every series that there can be, so that each is told of at zero.
    fn with_every_series(self) -> Self {
        let formats = Format::ALL.map(Some).into_iter().chain([None]);
        for format in formats {
            for outcome in JobOutcome::ALL {
                self.jobs.with_label_values(&[outcome.name(), &format_label(format)]);
            }
        }
        for code in RejectionCode::ALL {
            self.rejections.with_label_values(&[&code.to_string()]);
        }
        for reason in DeliveryError::RETRIED {
            self.retries.with_label_values(&[reason]);
        }
        for reason in DeliveryError::DEAD_LETTERED {
            self.dead_letters.with_label_values(&[reason]);
        }
        for key in ROUTING_KEYS {
            self.process_duration.with_label_values(&[key]);
            self.queue_age.with_label_values(&[key]);
        }
        for stage in Stage::ALL {
            self.stage_duration.with_label_values(&[stage.name()]);
        }
        self
    }

    /// A delivery has ended.
    pub(in crate::worker) fn ended(
        &self,
        routing_key: &str,
        outcome: JobOutcome,
        format: Option<Format>,
        took: Duration,
    ) {
        self.jobs.with_label_values(&[outcome.name(), &format_label(format)]).inc();
        self.process_duration.with_label_values(&[routing_key_label(routing_key)]).observe(took.as_secs_f64());
    }

    /// Why a delivery ended without a price.
    pub(in crate::worker) fn unpriced(&self, outcome: JobOutcome, reason: &str) {
        let family = match outcome {
            JobOutcome::Rejected => &self.rejections,
            JobOutcome::Retried => &self.retries,
            JobOutcome::DeadLettered => &self.dead_letters,
            JobOutcome::Completed | JobOutcome::Left => return,
        };
        family.with_label_values(&[reason]).inc();
    }

    /// A stage of a job has ended.
    pub(in crate::worker) fn stage(&self, stage: Stage, took: Duration) {
        self.stage_duration.with_label_values(&[stage.name()]).observe(took.as_secs_f64());
    }

    /// A request was begun, so long after it was made.
    pub(in crate::worker) fn waited(&self, routing_key: &str, age: Duration) {
        self.queue_age.with_label_values(&[routing_key_label(routing_key)]).observe(age.as_secs_f64());
    }

    /// All of it, in Prometheus' text format. The unit of a family is said in a comment, as the newer format of
    /// `OpenMetrics` does: this one has no word for it but the family's name.
    pub fn render(&self) -> String {
        let mut text = String::new();
        for family in self.registry.gather() {
            if let Some(unit) = UNITS.into_iter().find(|unit| has_unit(family.name(), unit)) {
                let _ = writeln!(text, "# UNIT {} {unit}", family.name());
            }
            // Written into memory, of families that were checked when they were made: it does not fail.
            let _ = TextEncoder::new().encode_utf8(&[family], &mut text);
        }
        text
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metrics").finish_non_exhaustive()
    }
}

/// The units that names end in, before `_total` in a counter's.
const UNITS: [&str; 2] = ["seconds", "bytes"];

fn has_unit(name: &str, unit: &str) -> bool {
    name.strip_suffix("_total").unwrap_or(name).strip_suffix(unit).is_some_and(|before| before.ends_with('_'))
}

/// The word for what was published with a key that is none of this program's.
const OTHER: &str = "other";
const ROUTING_KEYS: [&str; 3] = ["job.interactive", "job.bulk", OTHER];

/// Whoever publishes chooses the key: only those that mean something here are told apart.
fn routing_key_label(routing_key: &str) -> &'static str {
    ROUTING_KEYS.into_iter().find(|known| *known == routing_key).unwrap_or(OTHER)
}

fn format_label(format: Option<Format>) -> String {
    format.map_or_else(|| "unknown".into(), |format| format.to_string())
}

impl Families {
    fn settings(&self, settings: &WorkerLimits, memory: &MemoryBudget) {
        let concurrency = i64::try_from(settings.concurrency).unwrap_or(i64::MAX);
        self.gauge("pricing_concurrency", "The most deliveries that are in flight at once.").set(concurrency);
        let timeout_s = settings.job_timeout.as_secs_f64();
        self.asked("pricing_job_timeout_seconds", "The longest that a job may take.", move || timeout_s);
        let budget_bytes = settings.memory_budget_bytes as f64;
        self.asked("pricing_memory_budget_bytes", "Memory that models may take at once.", move || budget_bytes);
        let memory = memory.clone();
        self.asked("pricing_memory_budget_used_bytes", "Memory that models have reserved now.", move || {
            memory.used_bytes() as f64
        });
    }

    fn identity(&self, book: &PriceBookIdentity) {
        self.info("pricing_build_info", "Which program this is.", &[("version", ENGINE_VERSION)]);
        let labels = [("name", &*book.name), ("version", &*book.version), ("sha256", &*book.sha256)];
        self.info("pricing_price_book_info", "By which price book it quotes.", &labels);
        self.0.register(Box::new(ProcessCollector::for_self())).expect(RIGHT);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_read_off_the_names() {
        let unit = |name| UNITS.into_iter().find(|unit| has_unit(name, unit));
        let table = [
            ("pricing_queue_age_seconds", Some("seconds")),
            ("process_cpu_seconds_total", Some("seconds")),
            ("pricing_input_bytes_total", Some("bytes")),
            ("pricing_jobs_total", None),
            ("pricing_kilobytes", None),
        ];
        for (name, expected) in table {
            assert_eq!(unit(name), expected, "{name}");
        }
    }

    #[test]
    fn a_strangers_routing_key_is_no_label() {
        for (key, label) in [("job.bulk", "job.bulk"), ("job.interactive", "job.interactive"), ("A-1001", "other")] {
            assert_eq!(routing_key_label(key), label);
        }
    }
}
