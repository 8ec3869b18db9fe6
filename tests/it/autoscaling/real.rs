//! A test with real workers: one runs when 2,000 requests arrive at once; the test starts and stops more as KEDA would,
//! and checks that no request is lost. A third of a second stands for ten of KEDA's seconds.

use std::time::{Duration, Instant};

use autoscaling_model::autoscaler::{Autoscaler, Change, Policy, Rules, Settings};

use crate::faults::site::{MODEL, Site};
use crate::support::proxy::Line;
use crate::support::worker::Worker;

/// The sync interval, and the age of RabbitMQ's statistics.
const SYNC: Duration = Duration::from_millis(500);
/// Far more time than it takes, on a machine with two busy cores.
const LONG: Duration = Duration::from_mins(4);
/// The delay of each packet from the store: even on a fast machine one worker cannot do the work alone, and the queue
/// still has work when the test stops the first of several.
const STORE: Line = Line::Slow(Duration::from_millis(5));

fn settings() -> Settings {
    let rules = |change| Rules { stabilization: Duration::ZERO, policies: vec![Policy { change, period: SYNC }] };
    Settings {
        min_replicas: 1,
        max_replicas: 4,
        messages_per_replica: 300,
        scale_up: rules(Change::Percent(100)),
        scale_down: Rules { stabilization: SYNC, ..rules(Change::Pods(1)) },
        polling_interval: SYNC,
        cooldown: SYNC,
    }
}

/// The counts that KEDA's RabbitMQ scaler reads over HTTP: ready and unacknowledged messages.
fn backlogs(site: &Site) -> [u64; 2] {
    ["queues/pricing.jobs.interactive", "queues/pricing.jobs.bulk"].map(|queue| {
        // A queue that the broker has not counted yet is treated as empty.
        site.host.manage("GET", queue, None)["messages"].as_u64().unwrap_or_default()
    })
}

/// Scales the worker processes to the requested number.
struct Deployment {
    running: Vec<Worker>,
    leaving: Vec<Worker>,
}

impl Deployment {
    fn scale(&mut self, site: &Site, replicas: usize) {
        while self.running.len() < replicas {
            let mut command = site.program();
            command.env("PRICING_CONCURRENCY", "1");
            self.running.push(Worker::start(command));
        }
        while self.running.len() > replicas {
            // The youngest is stopped first, as by a ReplicaSet.
            let worker = self.running.pop().expect("more than none");
            worker.signal("TERM");
            self.leaving.push(worker);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn replicas_follow_two_thousand_requests_up_and_down_and_lose_none() {
    let mut site = Site::new().await;
    site.store_line.set(STORE);
    let mut deployment = Deployment { running: Vec::new(), leaving: Vec::new() };
    deployment.scale(&site, 1);
    deployment.running[0].becomes_ready(true).await;
    let ids: Vec<String> = (0..2_000).map(|number| format!("flood {number:04}")).collect();
    let (interactive, bulk) = ids.split_at(100);
    site.submit_all("job.bulk", bulk, MODEL).await;
    site.submit_all("job.interactive", interactive, MODEL).await;
    site.fault_is_over();

    let mut autoscaler = Autoscaler::new(settings());
    let (started, mut syncs) = (Instant::now(), tokio::time::interval(SYNC));
    let mut seen_backlog = false;
    // After each sync: the observed backlog, and the replicas from then on.
    let mut history: Vec<([u64; 2], usize)> = Vec::new();
    let mut stopped_with_work = 0;
    loop {
        syncs.tick().await;
        assert!(started.elapsed() < LONG, "the queues do not empty: {history:?}");
        let (backlogs, before) = (backlogs(&site), deployment.running.len());
        let replicas = autoscaler.sync(started.elapsed(), before as u32, &backlogs) as usize;
        deployment.scale(&site, replicas);
        history.push((backlogs, replicas));
        if replicas < before && site.host.ready("pricing.jobs.bulk").await > 0 {
            stopped_with_work += 1;
        }
        seen_backlog |= backlogs != [0, 0];
        if seen_backlog && backlogs == [0, 0] && replicas == 1 {
            break;
        }
    }
    for worker in &mut deployment.leaving {
        assert_eq!(worker.ended().await.code(), Some(0), "it drains: {:#?}", worker.last_logs(30));
    }
    let measured = site.settle(&[&deployment.running[0]]).await;

    assert_eq!((measured.requests, measured.lost, measured.dead), (2_000, 0, 0));
    assert_eq!(measured.duplicates, 0, "a worker that is stopped in order settles what it has");
    let most = history.iter().map(|&(_, replicas)| replicas).max();
    assert_eq!(most, Some(4), "they rise: {history:?}");
    assert_eq!(deployment.leaving.len(), 3, "they fall, and do not rise again: {history:?}");
    // The broker takes back deliveries in transit to a cancelled consumer: at most one of each queue.
    let taken_back = site.wire.seen().redelivered;
    assert!(taken_back <= 2 * 3, "{taken_back} were delivered again");
    assert!(stopped_with_work > 0, "nobody was stopped while there was work: {history:?}");
}
