//! The site of a fault test: a broker, a store, the lines to both, the workers, and a ledger of requests and answers.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use lapin::options::{BasicAckOptions, BasicGetOptions, BasicPublishOptions};
use lapin::types::FieldTable;
use lapin::{BasicProperties, Channel};
use serde_json::{Value, json};

use super::report::Measured;
use crate::cli::program;
use crate::geometry::shapes::cube;
use crate::support::DEADLINE;
use crate::support::broker::{self, VirtualHost};
use crate::support::node::{self, Broker};
use crate::support::proxy::{Blind, Proxy};
use crate::support::s3::Bucket;
use crate::support::wire::Wire;
use crate::support::worker::Worker;

/// The memory budget for all models of a worker.
const BUDGET_MIB: u64 = 64;
/// The memory that a worker may take beyond the budget.
const BESIDE_MIB: u64 = 128;
/// Concurrent jobs in each worker.
pub const CONCURRENCY: usize = 4;
/// The default model of a request.
pub const MODEL: &str = "cube.stl";

/// A broker, a store and the lines to them; removed at the end of the test.
pub struct Site {
    pub host: VirtualHost,
    pub bucket: Bucket,
    /// The line between the workers and the broker.
    pub broker_line: Proxy,
    /// The line between the workers and the store.
    pub store_line: Proxy,
    /// The traffic on the line to the broker.
    pub wire: Wire,
    /// The requests that the broker confirmed.
    confirmed: BTreeSet<String>,
    answers: Answers,
    fault_over: Instant,
}

/// Each answer to a request: its routing key, its id and its bytes.
#[derive(Default)]
struct Answers {
    results: BTreeMap<String, Vec<(String, String, Vec<u8>)>>,
    dead: BTreeMap<String, Vec<String>>,
}

impl Site {
    /// A site on the broker that all tests share.
    pub async fn new() -> Self {
        Self::on(node::broker()).await
    }

    /// A site on the given broker.
    pub async fn on(broker: Broker) -> Self {
        Self::at(broker, Bucket::new().await).await
    }

    /// A site on the given broker and store.
    pub async fn at(broker: Broker, bucket: Bucket) -> Self {
        let (host, wire) = (VirtualHost::on(broker), Wire::default());
        let listener = wire.clone();
        let broker_line = Proxy::to(host.address(), move || listener.listen()).await;
        let store_line = Proxy::to(bucket.address(), || Blind).await;
        let (confirmed, answers) = (BTreeSet::new(), Answers::default());
        let site = Self { host, bucket, broker_line, store_line, wire, confirmed, answers, fault_over: Instant::now() };
        site.put(MODEL, cube(10).binary()).await;
        site.declare().await;
        site
    }

    /// Declares the missing parts of the topology, as an operator would.
    pub async fn declare(&self) {
        self.host.declare().await;
    }

    /// Puts a model into the store.
    pub async fn put(&self, name: &str, bytes: Vec<u8>) {
        self.bucket.put(&self.bucket.key(name), bytes).await;
    }

    /// The worker's program, connected over the test's lines.
    pub fn program(&self) -> Command {
        let mut command = program();
        command
            .env("PRICING_AMQP_URL", self.worker_url())
            .env("PRICING_MEMORY_BUDGET", format!("{BUDGET_MIB}MiB"))
            .env("PRICING_TOPOLOGY_TRIANGLES", "20000")
            .env("PRICING_CONCURRENCY", CONCURRENCY.to_string())
            .envs(self.bucket.environment_at(self.store_line.address));
        command
    }

    /// The broker's URL, over the test's line.
    pub fn worker_url(&self) -> String {
        self.host.url_at(self.broker_line.address)
    }

    /// A worker that is ready.
    pub async fn worker(&self, settings: &[(&str, &str)]) -> Worker {
        let mut command = self.program();
        command.envs(settings.iter().copied());
        Worker::ready(command).await
    }

    /// Submits requests for a model, and waits until the broker has confirmed each.
    pub async fn submit(&mut self, count: usize) {
        let from = self.confirmed.len();
        let ids: Vec<String> = (from..from + count).map(|number| format!("r{number:05}")).collect();
        self.submit_all("job.interactive", &ids, MODEL).await;
    }

    /// Submits a request for a model under the given id.
    pub async fn submit_as(&mut self, id: &str, model: &str) {
        self.submit_all("job.interactive", &[id.to_owned()], model).await;
    }

    /// Publishes any bytes under an id.
    pub async fn submit_raw(&mut self, id: &str, body: &[u8]) {
        self.host.publish("pricing", "job.interactive", body, request_properties(id)).await;
        self.confirmed.insert(id.to_owned());
    }

    /// Submits requests for a model under ids, by a routing key; the ledger keeps the confirmed ones.
    pub async fn submit_all(&mut self, routing_key: &str, ids: &[String], model: &str) {
        let (_connection, channel) = self.host.channel().await;
        for some in ids.chunks(500) {
            let model = self.model(model);
            let published = some.iter().map(|id| Self::publish(&channel, routing_key, id, &model));
            for (id, confirmed) in some.iter().zip(join_all(published).await) {
                assert!(confirmed, "{id}: the broker did not take it");
                self.confirmed.insert(id.clone());
            }
        }
    }

    /// Submits a request for each model, named as requests name it, under its id.
    pub async fn submit_models(&mut self, models: &[(String, Value)]) {
        let (_connection, channel) = self.host.channel().await;
        for (id, model) in models {
            assert!(Self::publish(&channel, "job.interactive", id, model).await, "{id}: the broker did not take it");
            self.confirmed.insert(id.clone());
        }
    }

    /// Submits requests for the default model under ids, by an exchange and a routing key of the sender's own, with headers.
    pub async fn submit_by(&mut self, [exchange, routing_key]: [&str; 2], ids: &[String], headers: &FieldTable) {
        let (_connection, channel) = self.host.channel().await;
        for id in ids {
            let properties = request_properties(id).with_headers(headers.clone());
            let body = Self::request(id, &self.model(MODEL));
            broker::publish(&channel, exchange, routing_key, body.as_bytes(), properties).await;
            self.confirmed.insert(id.clone());
        }
    }

    /// A model in the bucket, as requests name it.
    fn model(&self, name: &str) -> Value {
        json!({ "bucket": self.bucket.name, "key": self.bucket.key(name) })
    }

    /// The text of a request for a model, named as requests name it.
    fn request(id: &str, model: &Value) -> String {
        let event = json!({ "specversion": "1.0", "id": id, "source": "mes", "type": "pricing.requested.v1",
                            "time": "2026-11-23T10:00:00Z", "data": { "order_id": id, "model": model } });
        event.to_string()
    }

    async fn publish(channel: &Channel, routing_key: &str, id: &str, model: &Value) -> bool {
        let (body, properties) = (Self::request(id, model), request_properties(id));
        let options = BasicPublishOptions { mandatory: true, ..BasicPublishOptions::default() };
        let sent =
            channel.basic_publish("pricing".into(), routing_key.into(), options, body.as_bytes(), properties).await;
        let Ok(confirm) = sent else { return false };
        confirm.await.is_ok_and(|confirm| confirm.is_ack() && confirm.take_message().is_none())
    }

    /// Marks the end of the fault: the recovery time starts here.
    pub fn fault_is_over(&mut self) {
        self.fault_over = Instant::now();
    }

    /// Waits until every request is answered, and checks the rules that hold after every fault.
    pub async fn settle(&mut self, workers: &[&Worker]) -> Measured {
        self.settle_within(Duration::from_mins(1), workers).await
    }

    /// The same with a longer deadline.
    pub async fn settle_within(&mut self, deadline: Duration, workers: &[&Worker]) -> Measured {
        let (connection, channel) = self.host.channel().await;
        let all_answered = async {
            while !self.unanswered().is_empty() {
                self.read_answers(&channel).await;
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        if tokio::time::timeout(deadline, all_answered).await.is_err() {
            let logs: Vec<_> = workers.iter().map(|worker| worker.last_logs(300)).collect();
            let (missing, seen) = (self.unanswered(), self.wire.seen());
            panic!("no answer within {deadline:?} to {missing:?}; on the wire: {seen:?}; the workers say {logs:#?}");
        }
        let recovered = self.fault_over.elapsed();
        for queue in ["pricing.jobs.interactive", "pricing.jobs.bulk", "pricing.retry.10s", "pricing.retry.1m"] {
            self.host.drained(queue).await;
        }
        // Duplicate answers may arrive until no request is outstanding.
        self.read_answers(&channel).await;
        // The connection stays open to here: everything that it took must be acknowledged.
        drop(connection);
        self.hold();
        for worker in workers {
            let peak_mib = worker.peak_memory_bytes() >> 20;
            assert!(peak_mib < BUDGET_MIB + BESIDE_MIB, "a worker took {peak_mib} MiB");
        }
        self.measured(recovered)
    }

    /// Waits until these requests are priced, and returns how long that took.
    pub async fn priced(&mut self, ids: &[String], workers: &[&Worker]) -> Duration {
        let started = Instant::now();
        let (_connection, channel) = self.host.channel().await;
        let is_priced =
            |answers: &Answers, id| answers.results.get(id).is_some_and(|answers| answers[0].0 == "result.completed");
        while !ids.iter().all(|id| is_priced(&self.answers, id)) {
            self.read_answers(&channel).await;
            let logs = || workers.iter().map(|worker| worker.last_logs(100)).collect::<Vec<_>>();
            assert!(started.elapsed() < DEADLINE, "not priced within {DEADLINE:?}; the workers say {:#?}", logs());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        started.elapsed()
    }

    fn unanswered(&self) -> Vec<&String> {
        let Answers { results, dead } = &self.answers;
        self.confirmed.iter().filter(|id| !results.contains_key(*id) && !dead.contains_key(*id)).collect()
    }

    async fn read_answers(&mut self, channel: &Channel) {
        for queue in ["pricing.results", "pricing.dead"] {
            // The fault may have removed the queue.
            while let Ok(Some(message)) = channel.basic_get(queue.into(), BasicGetOptions::default()).await {
                let text = |property: &Option<lapin::types::ShortString>| {
                    property.as_ref().map(ToString::to_string).unwrap_or_default()
                };
                let (id, request) = (text(message.properties.message_id()), text(message.properties.correlation_id()));
                message.ack(BasicAckOptions::default()).await.expect("an ack");
                let key = message.routing_key.to_string();
                if queue == "pricing.results" {
                    let answers = self.answers.results.entry(request).or_default();
                    answers.push((key, id, message.delivery.data));
                } else {
                    self.answers.dead.entry(id).or_default().push(key);
                }
            }
        }
    }

    /// Checks the rules that hold after every fault, beside an answer to each request.
    fn hold(&self) {
        let Answers { results, dead } = &self.answers;
        let strangers: Vec<_> = results.keys().chain(dead.keys()).filter(|id| !self.confirmed.contains(*id)).collect();
        assert!(strangers.is_empty(), "nobody asked: {strangers:?}");
        for (request, answers) in results {
            assert!(answers.iter().all(|answer| *answer == answers[0]), "{request}: answers that differ: {answers:?}");
            assert!(!dead.contains_key(request), "{request}: answered and dead");
        }
        let seen = self.wire.seen();
        assert!(seen.too_early.is_empty(), "acknowledged before the answer was confirmed: {:?}", seen.too_early);
        assert!(seen.acknowledged > 0 || results.is_empty(), "the wire was not listened to");
    }

    fn measured(&self, recovered: Duration) -> Measured {
        let Answers { results, dead } = &self.answers;
        let beyond_first: usize = results.values().map(|answers| answers.len() - 1).sum();
        let dead_again: usize = dead.values().map(|letters| letters.len() - 1).sum();
        Measured {
            requests: self.confirmed.len(),
            duplicates: beyond_first + dead_again,
            dead: dead.len(),
            lost: self.unanswered().len(),
            recovered,
        }
    }

    /// The answer to a request: its routing key and its content.
    pub fn answer(&self, request: &str) -> (&str, Value) {
        let (key, _, body) = &self.answers.results.get(request).expect("it was answered")[0];
        (key, serde_json::from_slice(body).expect("JSON"))
    }

    /// Submits a request for a model, which is delivered to two workers that lose their connection: it is a suspect then. No
    /// worker runs yet.
    pub async fn submit_suspect(&mut self, id: &str, model: &str) {
        self.submit_as(id, model).await;
        self.host.deliver_and_lose("pricing.jobs.interactive", 2).await;
    }

    /// The requests that ended as dead letters.
    pub fn dead(&self) -> Vec<&str> {
        self.answers.dead.keys().map(String::as_str).collect()
    }
}

fn request_properties(id: &str) -> BasicProperties {
    BasicProperties::default().with_delivery_mode(2).with_message_id(id.into())
}
