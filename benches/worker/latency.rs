//! The latency from publish to result, as a client sees it: both ways to the broker, its disk twice (request and result
//! are in quorum queues before they are confirmed), the way to the store, and the job.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use autoscaling_model::arrivals::Random;
use bench_report::statistics::{median, percentile};
use lapin::options::BasicPublishOptions;
use lapin::{BasicProperties, Channel};

use crate::loads::Load;
use crate::place::{Contender, Place, priced};

/// Jobs before the counted ones.
const WARM_UP: usize = 20;
/// Bulk requests of a flood for each interactive one.
const FLOOD: usize = 50;
const SEED: u64 = 2;

/// Milliseconds from publish to result, of many jobs in each of some rounds. Each percentile is the median over the
/// rounds: the broker pauses now and then, which affects the slowest hundredth of one round and not of another.
#[derive(Default)]
pub struct Latencies(Vec<Vec<f64>>);

impl Latencies {
    /// Adds a round.
    pub fn add(&mut self, round: Vec<f64>) {
        self.0.push(round);
    }

    pub fn p50(&self) -> f64 {
        self.percentile(50.0)
    }

    pub fn p99(&self) -> f64 {
        self.percentile(99.0)
    }

    fn percentile(&self, percent: f64) -> f64 {
        median(&self.0.iter().map(|round| percentile(round, percent).expect("a round has jobs")).collect::<Vec<_>>())
    }
}

/// The latency of interactive requests while a flood of bulk requests waits.
pub struct UnderFlood {
    pub latencies: Latencies,
    /// The most bulk requests that were answered during one interactive request.
    pub overtaken_by: usize,
}

/// Measures one job at a time, on an otherwise idle worker.
pub async fn alone(place: &Place, load: &Load, count: usize) -> Vec<f64> {
    let mut answers = place.listen().await;
    let (_connection, channel) = place.channel().await;
    let worker = place.start(&Contender::Worker);
    worker.ready().await;
    let mut latencies = Vec::with_capacity(count);
    for number in 0..WARM_UP + count {
        let asked = Instant::now();
        ask(&channel, &place.request(load, number)).await;
        priced(&answers.next(&worker).await);
        latencies.push(milliseconds(asked.elapsed()));
    }
    place.clear().await;
    worker.stop().await;
    latencies.split_off(WARM_UP)
}

/// Measures Poisson arrivals at a mean rate a second: requests do not wait for earlier answers.
pub async fn at_rate(place: &Place, contender: &Contender, load: &Load, per_s: f64, count: usize) -> Vec<f64> {
    let mut answers = place.listen().await;
    let (_connection, channel) = place.channel().await;
    let process = place.start(contender);
    if matches!(contender, Contender::Worker) {
        // Other contenders have no probe; requests that wait for their start are among the first, which do not count.
        process.ready().await;
    }
    let asking = async {
        let mut random = Random::new(SEED);
        let mut asked = HashMap::with_capacity(count);
        let mut next = tokio::time::Instant::now();
        for number in 0..WARM_UP + count {
            next += Duration::from_secs_f64(random.exponential(1.0 / per_s));
            tokio::time::sleep_until(next).await;
            asked.insert(format!("{} {number}", load.name), (number, Instant::now()));
            ask(&channel, &place.request(load, number)).await;
        }
        asked
    };
    let answering = async {
        let mut answered = Vec::with_capacity(count);
        for _ in 0..WARM_UP + count {
            let answer = answers.next(&process).await;
            let at = Instant::now();
            contender.check(&answer);
            answered.push((answer.request_id.expect("an answer to a request"), at));
        }
        answered
    };
    let (asked, answered) = tokio::join!(asking, answering);
    place.clear().await;
    process.stop().await;
    let latencies = answered.into_iter().filter_map(|(id, at)| {
        let (number, since) = asked[&id];
        (number >= WARM_UP).then(|| milliseconds(at - since))
    });
    latencies.collect()
}

/// Measures `count` interactive requests, one after the other, while more bulk ones wait than the worker can answer.
pub async fn under_flood(place: &Place, load: &Load, flood: &Load, count: usize) -> UnderFlood {
    let bulk = WARM_UP + FLOOD * count;
    let mut answers = place.listen().await;
    let (_connection, channel) = place.channel().await;
    place.ask(flood, bulk).await;
    let worker = place.start(&Contender::Worker);
    for _ in 0..WARM_UP {
        answers.next(&worker).await;
    }
    let (mut latencies, mut most, mut bulk_left) = (Vec::with_capacity(count), 0, bulk - WARM_UP);
    for number in 0..count {
        let (id, asked) = (format!("{} {number}", load.name), Instant::now());
        ask(&channel, &place.request(load, number)).await;
        let mut overtaken_by = 0;
        while answers.next(&worker).await.request_id.as_ref() != Some(&id) {
            overtaken_by += 1;
        }
        latencies.push(milliseconds(asked.elapsed()));
        most = most.max(overtaken_by);
        bulk_left = bulk_left.checked_sub(overtaken_by).expect("each is answered once");
    }
    assert!(bulk_left > 0, "the flood was over before the last interactive request");
    for _ in 0..bulk_left {
        answers.next(&worker).await;
    }
    place.clear().await;
    worker.stop().await;
    UnderFlood { latencies: Latencies(vec![latencies]), overtaken_by: most }
}

/// Publishes an interactive request, without waiting for the confirm.
async fn ask(channel: &Channel, request: &str) {
    let options = BasicPublishOptions { mandatory: true, ..BasicPublishOptions::default() };
    let properties = BasicProperties::default().with_delivery_mode(2);
    let published =
        channel.basic_publish("pricing".into(), "job.interactive".into(), options, request.as_bytes(), properties);
    drop(published.await.expect("published"));
}

fn milliseconds(duration: Duration) -> f64 {
    1e3 * duration.as_secs_f64()
}
