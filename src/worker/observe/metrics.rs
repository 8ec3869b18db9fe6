//! The worker's metrics, under the contract's names, in Prometheus' text format.
//!
//! Each handler has a recorder of its own, and there is no global one: a test sees only its own numbers. No label takes its
//! values from a message, and every series exists from the start, at zero: a rate over the first event, and an alert on it,
//! need the zero before it. A scrape reads memory, health and the process itself.

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use metrics::{Counter, Gauge, counter, gauge, histogram, with_local_recorder};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle, PrometheusRecorder};

use crate::contract::{Engine, Format, PriceBookIdentity, RejectionCode};
use crate::worker::WorkerLimits;
use crate::worker::compute::memory_budget::MemoryBudget;
use crate::worker::observe::health::Health;
use crate::worker::observe::job_outcome::JobOutcome;
use crate::worker::observe::metric_families::{self as families, describe};
use crate::worker::observe::process_metrics;
use crate::worker::observe::stage::Stage;
use crate::worker::ports::Route;
use crate::worker::settle::DeliveryError;

/// From a millisecond to ten minutes: the longest that a job may take by default, twice. In steps of about two and a
/// half, so that a quantile read off them is right within that.
const BUCKETS_S: [f64; 18] =
    [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0];

/// The most durations that wait to be counted into their buckets. The exporter keeps each until a scrape, at 16 bytes; a
/// worker that nothing scrapes counts them itself when there are so many.
const MOST_UNCOUNTED: usize = 1024;

/// The content type of a scrape's answer.
pub const CONTENT_TYPE: &str = "text/plain; version=0.0.4";

/// The metrics of one handler.
pub struct Metrics {
    recorder: PrometheusRecorder,
    page: PrometheusHandle,
    health: Arc<Health>,
    memory: MemoryBudget,
    /// Durations that the recorder has not counted into their buckets yet.
    uncounted: AtomicUsize,
    /// Shared by those who record a duration, and taken alone by those who count them: the exporter loses a duration that
    /// is recorded while it counts.
    counting: RwLock<()>,
    pub(in crate::worker) publish_returned: Counter,
    pub(in crate::worker) reconnects: Counter,
    pub(in crate::worker) input_bytes: Counter,
    pub(in crate::worker) in_flight: Gauge,
}

impl Metrics {
    /// Every series at zero, for a worker within these bounds.
    pub fn new(
        limits: &WorkerLimits,
        health: &Arc<Health>,
        memory: &MemoryBudget,
        book: &PriceBookIdentity,
        engine: &Engine,
    ) -> Self {
        let recorder = PrometheusBuilder::new().set_buckets(&BUCKETS_S).expect("there are buckets").build_recorder();
        let (publish_returned, reconnects, input_bytes, in_flight) = with_local_recorder(&recorder, || {
            describe();
            process_metrics::describe();
            register_every_series();
            set_what_stays(limits, book, engine);
            let [returned, reconnects, input_bytes] =
                [families::PUBLISH_RETURNED, families::RECONNECTS, families::INPUT_BYTES].map(|name| counter!(name));
            (returned, reconnects, input_bytes, gauge!(families::IN_FLIGHT))
        });
        Self {
            page: recorder.handle(),
            recorder,
            health: Arc::clone(health),
            memory: memory.clone(),
            uncounted: AtomicUsize::new(0),
            counting: RwLock::default(),
            publish_returned,
            reconnects,
            input_bytes,
            in_flight,
        }
    }

    /// A delivery has ended.
    pub(in crate::worker) fn ended(
        &self,
        routing_key: &'static str,
        outcome: JobOutcome,
        format: Option<Format>,
        took: Duration,
    ) {
        with_local_recorder(&self.recorder, || jobs(outcome, format).increment(1));
        self.observe(families::PROCESS_DURATION, ("routing_key", routing_key), took);
    }

    /// A delivery ended without a price, for this reason.
    pub(in crate::worker) fn unpriced(&self, outcome: JobOutcome, reason: &str) {
        let (family, label) = match outcome {
            JobOutcome::Rejected => (families::REJECTIONS, "code"),
            JobOutcome::Retried => (families::RETRIES, "reason"),
            JobOutcome::DeadLettered => (families::DEAD_LETTERS, "reason"),
            JobOutcome::Completed | JobOutcome::Left => return,
        };
        with_local_recorder(&self.recorder, || counter!(family, label => reason.to_owned()).increment(1));
    }

    /// A stage of a job has ended.
    pub(in crate::worker) fn stage(&self, stage: Stage, took: Duration) {
        self.observe(families::STAGE_DURATION, ("stage", stage.name()), took);
    }

    /// A first attempt at a request began, at this age of the request.
    pub(in crate::worker) fn waited(&self, routing_key: &'static str, age: Duration) {
        self.observe(families::QUEUE_AGE, ("routing_key", routing_key), age);
    }

    fn observe(&self, family: &'static str, (label, value): (&'static str, &'static str), took: Duration) {
        let recording = self.counting.read().unwrap_or_else(PoisonError::into_inner);
        with_local_recorder(&self.recorder, || histogram!(family, label => value).record(took));
        drop(recording);
        if self.uncounted.fetch_add(1, Ordering::Relaxed) + 1 >= MOST_UNCOUNTED {
            self.counted(PrometheusHandle::run_upkeep);
        }
    }

    /// Does what counts durations into their buckets, while no other thread records any.
    fn counted<T>(&self, count: impl FnOnce(&PrometheusHandle) -> T) -> T {
        let _alone = self.counting.write().unwrap_or_else(PoisonError::into_inner);
        self.uncounted.store(0, Ordering::Relaxed);
        count(&self.page)
    }

    /// The page of a scrape, in Prometheus' text format.
    pub fn render(&self) -> String {
        with_local_recorder(&self.recorder, || {
            gauge!(families::MEMORY_BUDGET_USED).set(self.memory.used_bytes() as f64);
            gauge!(families::READY).set(f64::from(u8::from(self.health.is_ready())));
            gauge!(families::DRAINING).set(f64::from(u8::from(self.health.is_draining())));
            gauge!(families::AMQP_BLOCKED).set(f64::from(u8::from(self.health.is_blocked())));
            process_metrics::set();
        });
        families::in_order(&self.counted(PrometheusHandle::render))
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metrics").finish_non_exhaustive()
    }
}

/// Registers every labelled series with the current recorder, so that a scrape finds it at zero.
fn register_every_series() {
    let formats = Format::ALL.map(Some).into_iter().chain([None]);
    for format in formats {
        for outcome in JobOutcome::ALL {
            let _ = jobs(outcome, format);
        }
    }
    for code in RejectionCode::ALL {
        let _ = counter!(families::REJECTIONS, "code" => code.to_string());
    }
    for reason in DeliveryError::RETRIED {
        let _ = counter!(families::RETRIES, "reason" => reason);
    }
    for reason in DeliveryError::DEAD_LETTERED {
        let _ = counter!(families::DEAD_LETTERS, "reason" => reason);
    }
    for key in routing_keys() {
        let _ = histogram!(families::PROCESS_DURATION, "routing_key" => key);
        let _ = histogram!(families::QUEUE_AGE, "routing_key" => key);
    }
    for stage in Stage::ALL {
        let _ = histogram!(families::STAGE_DURATION, "stage" => stage.name());
    }
}

/// Sets the gauges that never change, of the current recorder.
fn set_what_stays(limits: &WorkerLimits, book: &PriceBookIdentity, engine: &Engine) {
    gauge!(families::CONCURRENCY).set(limits.concurrency as f64);
    gauge!(families::JOB_TIMEOUT).set(limits.job_timeout);
    gauge!(families::MEMORY_BUDGET).set(limits.memory_budget_bytes as f64);
    gauge!(families::TOPOLOGY_TRIANGLES).set(engine.topology_triangles.unwrap_or_default() as f64);
    gauge!(families::BUILD_INFO, "version" => engine.version.clone()).set(1.0);
    let PriceBookIdentity { name, version, sha256 } = book.clone();
    gauge!(families::PRICE_BOOK_INFO, "name" => name, "sha256" => sha256, "version" => version).set(1.0);
}

/// The counter of the deliveries that ended so, in the current recorder.
fn jobs(outcome: JobOutcome, format: Option<Format>) -> Counter {
    let format = format.map_or_else(|| "unknown".into(), |format| format.to_string());
    counter!(families::JOBS, "format" => format, "outcome" => outcome.name())
}

/// The routing keys of the job queues, by which deliveries are told apart.
fn routing_keys() -> [&'static str; 2] {
    [Route::JobInteractive, Route::JobBulk].map(|route| route.routing_key())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pricing::PriceBook;

    fn metrics() -> Metrics {
        let limits = WorkerLimits {
            concurrency: 1,
            memory_budget_bytes: 1 << 20,
            job_timeout: Duration::from_mins(5),
            drain_timeout: Duration::from_secs(30),
        };
        let memory = MemoryBudget::new(limits.memory_budget_bytes);
        let engine = Engine { version: "0".into(), topology_triangles: Some(1000) };
        Metrics::new(&limits, &Health::starting().0, &memory, PriceBook::sample().identity(), &engine)
    }

    #[test]
    fn without_a_scrape_durations_are_counted_and_take_no_memory_each() {
        let (metrics, jobs) = (metrics(), 400_000);
        let info = allocation_counter::measure(|| {
            for _ in 0..jobs {
                metrics.stage(Stage::Price, Duration::from_millis(2));
            }
        });
        // Kept one by one, these durations would take 6.4 MB. Some are kept for a while: how many depends on other threads, which
        // may hold up the collector of what was counted.
        assert!(info.bytes_max < 1 << 20, "{info:?}");
        let page = metrics.render();
        for (bound, count) in [("0.001", 0), ("0.0025", jobs), ("+Inf", jobs)] {
            let line = format!("pricing_stage_duration_seconds_bucket{{stage=\"price\",le=\"{bound}\"}} {count}\n");
            assert!(page.contains(&line), "{line} is not in {page}");
        }
    }

    #[test]
    fn no_duration_is_lost_to_a_scrape() {
        let (metrics, threads, of_each) = (metrics(), 4, 20_000);
        std::thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(|| (0..of_each).for_each(|_| metrics.stage(Stage::Price, Duration::from_millis(2))));
            }
            scope.spawn(|| (0..20).for_each(|_| drop(metrics.render())));
        });
        let count = format!("pricing_stage_duration_seconds_count{{stage=\"price\"}} {}\n", threads * of_each);
        assert!(metrics.render().contains(&count), "{count} is not in {}", metrics.render());
    }
}
