//! The place of a measurement: a RabbitMQ and a store on this machine, and the contender between them.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use futures_util::future::join_all;
use lapin::options::QueuePurgeOptions;
use lapin::{BasicProperties, Channel, Connection};
use pricing_worker::adapter::amqp::{PublishedResult, Results, TopologyMode};
use serde_json::json;
use test_support::broker::{VirtualHost, publish};

use crate::loads::Load;
use crate::process::Process;
use crate::store::Store;

/// Messages published before waiting for their confirms.
const BATCH: usize = 500;
/// The longest time without an answer.
const SILENCE: Duration = Duration::from_mins(1);

/// The Python worker's packages, and those that trimesh needs to count bodies.
pub const PYTHON_PACKAGES: [&str; 6] =
    ["pika==1.4.4", "boto3==1.44.8", "trimesh==5.2.0", "numpy==2.4.6", "scipy==1.17.1", "networkx==3.6.1"];

/// The program that handles the requests.
#[derive(Debug, Clone)]
pub enum Contender {
    /// This program.
    Worker,
    /// The worker's steps without the pricing; its results have this length.
    Mover { result_bytes: usize },
    /// A worker as people run it today: the interpreter of an environment with all of its packages.
    Python(PathBuf),
}

impl Contender {
    /// Asserts that the worker's answer is a price; the other contenders give none.
    pub fn check(&self, answer: &PublishedResult) {
        if matches!(self, Self::Worker) {
            priced(answer);
        }
    }
}

/// A broker and a store.
pub struct Place {
    host: VirtualHost,
    pub store: Store,
    /// Concurrent jobs, and the prefetch count.
    pub concurrency: usize,
}

impl Place {
    pub async fn new(store: Store) -> Self {
        let host = VirtualHost::new();
        host.declare().await;
        // The worker's own default.
        let concurrency = 2 * std::thread::available_parallelism().map_or(1, usize::from);
        Self { host, store, concurrency }
    }

    /// Puts the models of a load into the store.
    pub async fn put(&self, load: &Load) {
        for number in 0..load.triangles.len() {
            self.store.put(&load.key(number), load.model(number)).await;
        }
    }

    /// The command that starts a contender here.
    pub fn command(&self, contender: &Contender, concurrency: usize) -> Command {
        let mut command = match contender {
            Contender::Worker => {
                let mut command = Command::new(env!("CARGO_BIN_EXE_pricing-worker"));
                command.arg("run");
                command
            }
            Contender::Mover { result_bytes } => {
                let mut command = Command::new(std::env::current_exe().expect("this program"));
                command.args(["mover", &concurrency.to_string(), &result_bytes.to_string()]);
                command
            }
            Contender::Python(interpreter) => {
                let mut command = Command::new(interpreter);
                command.arg(trimesh_worker()).arg(concurrency.to_string());
                command
            }
        };
        command
            .env_clear()
            .env("PRICING_AMQP_URL", self.host.url())
            .env("PRICING_CONCURRENCY", concurrency.to_string())
            .envs(self.store.environment());
        command
    }

    pub fn start(&self, contender: &Contender) -> Process {
        Process::start(&mut self.command(contender, self.concurrency))
    }

    /// A channel in confirm mode.
    pub async fn channel(&self) -> (Connection, Channel) {
        self.host.channel().await
    }

    /// Listens for all answers from now on.
    pub async fn listen(&self) -> Answers {
        let results = Results::listen(&self.host.config(TopologyMode::Declare, 1)).await;
        Answers(results.expect("the topology is there"))
    }

    /// The request for a model, whose id is the load's name and the number.
    pub fn request(&self, load: &Load, number: usize) -> String {
        let model = json!({ "bucket": self.store.bucket, "key": load.key(number) });
        let id = format!("{} {number}", load.name);
        let event = json!({ "specversion": "1.0", "id": id, "source": "bench", "type": "pricing.requested.v1",
                            "time": "2026-11-23T10:00:00Z", "data": { "order_id": "A-1001", "model": model } });
        event.to_string()
    }

    /// Enqueues `count` bulk requests, each confirmed.
    pub async fn ask(&self, load: &Load, count: usize) {
        let (_connection, channel) = self.channel().await;
        for from in (0..count).step_by(BATCH) {
            let requests: Vec<_> = (from..count.min(from + BATCH)).map(|number| self.request(load, number)).collect();
            let published = requests.iter().map(|request| {
                publish(
                    &channel,
                    "pricing",
                    "job.bulk",
                    request.as_bytes(),
                    BasicProperties::default().with_delivery_mode(2),
                )
            });
            join_all(published).await;
        }
    }

    /// Waits until every request is acknowledged, and deletes the results that wait for the MES.
    pub async fn clear(&self) {
        for queue in ["pricing.jobs.interactive", "pricing.jobs.bulk"] {
            self.host.drained(queue).await;
        }
        let (_connection, channel) = self.channel().await;
        channel.queue_purge("pricing.results".into(), QueuePurgeOptions::default()).await.expect("it is there");
    }
}

/// The answers, as they are published.
pub struct Answers(Results);

impl Answers {
    /// The next answer, which must come from this process.
    pub async fn next(&mut self, from: &Process) -> PublishedResult {
        let answer = tokio::time::timeout(SILENCE, self.0.next()).await;
        let answer = answer.unwrap_or_else(|_| panic!("no answer within {SILENCE:?}: {}", from.last_words()));
        answer.expect("the broker is there")
    }
}

/// Asserts that an answer is a price: fast rejections must not count as speed.
pub fn priced(answer: &PublishedResult) {
    let is_price = memchr::memmem::find(&answer.body, b"pricing.completed.v1").is_some();
    assert!(is_price, "no price: {}", String::from_utf8_lossy(&answer.body));
}

/// The worker in Python.
fn trimesh_worker() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/worker/trimesh_worker.py")
}
