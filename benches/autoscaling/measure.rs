//! The measurements of a real worker, RabbitMQ and S3 server that the model starts from.
//!
//! All of them share this machine, which slows each down. So the cost of a job is the worker's own processor time, and
//! its waits (for the store, for the broker's confirms) are measured on a worker with one job at a time. A mover, which
//! does a worker's steps without the pricing, measures broker and store.

use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use autoscaling_model::arrivals::stl_bytes;
use autoscaling_model::measured::{Measured, Model};
use bench_report::statistics::{median, percentile};
use futures_util::future::join_all;
use futures_util::{StreamExt, TryStreamExt, stream};
use lapin::options::{BasicAckOptions, BasicConsumeOptions, BasicQosOptions};
use lapin::types::FieldTable;
use lapin::{BasicProperties, Connection, ConnectionProperties};
use pricing_worker::adapter::amqp::{Results, TopologyMode};
use pricing_worker::worker::ports::{ObjectRef, ObjectStore};
use serde_json::json;
use test_support::broker::{VirtualHost, publish};
use test_support::s3::Bucket;
use test_support::shapes;
use test_support::worker::Worker;
use tokio::sync::Notify;

/// Models: rings and segments of a sphere, and the number of jobs.
const MODELS: [(usize, usize, usize); 5] =
    [(20, 26, 1_500), (60, 85, 1_000), (200, 251, 200), (600, 834, 30), (1_000, 1_501, 10)];
/// The small model: its time is mostly that of the way to the store and back.
const SMALL: usize = 0;
/// Starts of a worker; the median counts.
const STARTS: usize = 9;
/// First answers that do not count: connections are made, caches fill.
const WARM_UP: usize = 3;
/// Measurements of broker and store; the best counts.
const ROUNDS: usize = 3;
const MOVED: usize = 20_000;
const GETS: usize = 4_000;
/// The mover's connections, and messages in flight on each.
const MOVERS: usize = 4;
const AT_ONCE: u16 = 64;

/// Makes all measurements; takes some minutes.
pub async fn measure() -> Measured {
    let place = Place::new().await;
    let start_s = place.start_s().await;
    let mut models = Vec::new();
    for (number, (rings, segments, count)) in MODELS.into_iter().enumerate() {
        // The lattice is fine enough for corners to differ; the scale makes it as large as a part.
        let triangles = shapes::sphere(400_000.0, rings, segments).triangles();
        let part: Vec<_> = triangles.iter().map(|corners| corners.map(|corner| corner.map(|c| c * 1e-4))).collect();
        place.put(number, shapes::binary(&part)).await;
        models.push(place.price(number, part.len(), count).await);
    }
    let four_at_once_per_s = place.throughput(2, 4, 200).await;
    let broker_per_s = best_of(async || place.moved_per_s(false).await).await;
    let moved_per_s = best_of(async || place.moved_per_s(true).await).await;
    let store_gets_per_s = best_of(async || place.gets_per_s(SMALL, GETS, 32).await).await;
    let largest = models.last().expect("some");
    let bytes = stl_bytes(largest.triangles as f64);
    let store_bytes_per_s = bytes * best_of(async || place.gets_per_s(MODELS.len() - 1, 8, 4).await).await;
    Measured { start_s, models, four_at_once_per_s, broker_per_s, store_gets_per_s, store_bytes_per_s, moved_per_s }
}

/// The best of some rates: other load on the machine can only lower them.
async fn best_of(rate: impl AsyncFn() -> f64) -> f64 {
    let mut best = 0.0_f64;
    for _ in 0..ROUNDS {
        best = best.max(rate().await);
    }
    best
}

/// A broker and a store.
struct Place {
    host: VirtualHost,
    bucket: Bucket,
}

impl Place {
    async fn new() -> Self {
        let (host, bucket) = (VirtualHost::new(), Bucket::new().await);
        host.declare().await;
        Self { host, bucket }
    }

    fn key(&self, model: usize) -> String {
        self.bucket.key(&format!("{model}.stl"))
    }

    async fn put(&self, model: usize, bytes: Vec<u8>) {
        self.bucket.put(&self.key(model), bytes).await;
    }

    fn program(&self, concurrency: usize) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_pricing-worker"));
        command
            .env_clear()
            .env("PRICING_AMQP_URL", self.host.url())
            .env("PRICING_CONCURRENCY", concurrency.to_string())
            .envs(self.bucket.environment());
        command
    }

    /// The median of some starts.
    async fn start_s(&self) -> f64 {
        let mut starts = Vec::new();
        for _ in 0..STARTS {
            let started = Instant::now();
            let mut worker = Worker::start(self.program(1));
            worker.becomes_ready(true).await;
            starts.push(started.elapsed().as_secs_f64());
            worker.signal("TERM");
            worker.ended().await;
        }
        median(&starts)
    }

    /// Prices a model again and again, one at a time.
    async fn price(&self, model: usize, triangles: usize, count: usize) -> Model {
        let (worker, times) = self.answers(model, 1, count).await;
        let (begun, ended) = (&times[WARM_UP], times.last().expect("some"));
        let processor_s = ended.1.saturating_sub(begun.1).as_secs_f64() / (times.len() - 1 - WARM_UP) as f64;
        let gaps: Vec<f64> = times[WARM_UP..].windows(2).map(|pair| (pair[1].0 - pair[0].0).as_secs_f64()).collect();
        drop(worker);
        Model { triangles, processor_s, alone_s: percentile(&gaps, 10.0).expect("gaps") }
    }

    /// Models a second with this concurrency.
    async fn throughput(&self, model: usize, concurrency: usize, count: usize) -> f64 {
        let (_worker, times) = self.answers(model, concurrency, count).await;
        let took = times[count - 1].0 - times[WARM_UP].0;
        (count - 1 - WARM_UP) as f64 / took.as_secs_f64()
    }

    /// The time of each answer, and the worker's processor time by then.
    async fn answers(&self, model: usize, concurrency: usize, count: usize) -> (Worker, Vec<(Instant, Duration)>) {
        let mut results = Results::listen(&self.host.config(TopologyMode::Declare, 1)).await.expect("a listener");
        self.ask(model, count).await;
        let worker = Worker::start(self.program(concurrency));
        let mut times = Vec::with_capacity(count);
        for number in 0..count {
            let answer = results.next().await.expect("a broker");
            let completed = answer.body.windows(9).any(|words| words == b"completed");
            assert!(completed, "it has a price: {}", String::from_utf8_lossy(&answer.body));
            // Reading it has a cost: it is read only if needed.
            let processor =
                if number == WARM_UP || number + 1 == count { worker.processor_time() } else { Duration::ZERO };
            times.push((Instant::now(), processor));
        }
        (worker, times)
    }

    /// Enqueues requests, each confirmed.
    async fn ask(&self, model: usize, count: usize) {
        let (_connection, channel) = self.host.channel().await;
        for from in (0..count).step_by(500) {
            let request = |number| {
                let model = json!({ "bucket": self.bucket.name, "key": self.key(model) });
                let id = format!("{number}");
                let event = json!({ "specversion": "1.0", "id": id, "source": "bench", "type": "pricing.requested.v1",
                                    "time": "2026-11-23T10:00:00Z", "data": { "model": model } });
                event.to_string()
            };
            let requests: Vec<_> = (from..count.min(from + 500)).map(request).collect();
            let persistent = || BasicProperties::default().with_delivery_mode(2);
            let bodies = requests.iter().map(String::as_bytes);
            join_all(bodies.map(|body| publish(&channel, "pricing", "job.bulk", body, persistent()))).await;
        }
    }

    /// Messages a second of movers that price nothing.
    async fn moved_per_s(&self, fetch: bool) -> f64 {
        self.ask(SMALL, MOVED).await;
        let (started, left, done) = (Instant::now(), AtomicUsize::new(MOVED), Notify::new());
        tokio::select! {
            _ = join_all((0..MOVERS).map(|_| self.mover(fetch, &left, &done))) => panic!("the broker gave up"),
            () = done.notified() => {}
        }
        MOVED as f64 / started.elapsed().as_secs_f64()
    }

    async fn mover(&self, fetch: bool, left: &AtomicUsize, done: &Notify) {
        // Like the worker: one connection to consume on, and one to publish on.
        let connecting = Connection::connect(self.host.url(), ConnectionProperties::default());
        let consuming = connecting.await.expect("a connection");
        let consumes = consuming.create_channel().await.expect("a channel");
        let (_publishing, publishes) = self.host.channel().await;
        consumes.basic_qos(AT_ONCE, BasicQosOptions::default()).await.expect("a prefetch count");
        let options = BasicConsumeOptions::default();
        let consumer = consumes.basic_consume("pricing.jobs.bulk".into(), "".into(), options, FieldTable::default());
        let deliveries = consumer.await.expect("a consumer");
        // An answer is some kilobytes.
        let answer = vec![b'x'; 4_096];
        deliveries
            .for_each_concurrent(usize::from(AT_ONCE), async |delivery| {
                let delivery = delivery.expect("a delivery");
                if fetch {
                    self.get(SMALL).await;
                }
                let persistent = BasicProperties::default().with_delivery_mode(2);
                publish(&publishes, "pricing", "result.completed", &answer, persistent).await;
                delivery.ack(BasicAckOptions::default()).await.expect("an ack");
                if left.fetch_sub(1, Ordering::Relaxed) == 1 {
                    done.notify_one();
                }
            })
            .await;
    }

    /// GETs a second with this concurrency.
    async fn gets_per_s(&self, model: usize, count: usize, at_once: usize) -> f64 {
        let started = Instant::now();
        stream::iter(0..count).for_each_concurrent(at_once, async |_| self.get(model).await).await;
        count as f64 / started.elapsed().as_secs_f64()
    }

    async fn get(&self, model: usize) {
        let model = ObjectRef { bucket: Some(self.bucket.name.clone()), key: self.key(model), ..ObjectRef::default() };
        let object = self.bucket.store.open(&model).await.expect("an object");
        let bytes = object.body.try_fold(0, async |bytes, chunk| Ok(bytes + chunk.len() as u64)).await.expect("a body");
        assert_eq!(bytes, object.size_bytes);
    }
}
