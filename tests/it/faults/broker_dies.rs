//! Tests of a broker that is restarted, killed, away for long, or short of memory.

use std::time::{Duration, Instant};

use super::site::{CONCURRENCY, MODEL, Site};
use crate::support::eventually;
use crate::support::node::{self, Node};
use crate::support::proxy::Line;
use crate::support::worker::Worker;

/// The longest time from the broker's return until the worker consumes again.
const BACK_IN_USE: Duration = Duration::from_secs(10);

/// Waits until the worker consumes for the n-th time.
async fn in_use_again(worker: &Worker, times: usize) {
    let returned = Instant::now();
    worker.logged("taking requests", times).await;
    assert!(returned.elapsed() < BACK_IN_USE, "it took {:?}", returned.elapsed());
    worker.becomes_ready(true).await;
}

async fn comes_back(end: fn(&mut Node), busy: bool, number: &str, fault: &str) {
    let mut node = node::private().await;
    let mut site = Site::on(node.broker.clone()).await;
    let worker = site.worker(&[]).await;
    // Queues without a write may not survive a power cut: this writes to both.
    site.submit(9).await;
    site.submit_all("job.bulk", &["bulk".to_owned()], MODEL).await;
    site.settle(&[&worker]).await;
    if busy {
        site.store_line.set(Line::BlackHole);
        site.submit(20).await;
        eventually("jobs in flight", async || (site.wire.seen().deliveries.len() >= 10 + CONCURRENCY).then_some(()))
            .await;
    }
    end(&mut node);
    worker.logged("not taking requests", 1).await;
    assert!(!worker.is_ready().await);
    site.store_line.set(Line::Good);
    node.start_again();
    site.fault_is_over();
    in_use_again(&worker, 2).await;
    site.submit(20).await;
    let measured = site.settle(&[&worker]).await;
    assert_eq!(measured.dead, 0);
    let most = site.wire.seen().most_outstanding;
    assert!(most <= 2 * CONCURRENCY, "{most} deliveries at once: the prefetch count is not in force");
    measured.report(number, fault);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_restarted_while_it_is_idle() {
    comes_back(Node::stop, false, "03-1", "broker restarted, idle").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_restarted_while_it_is_busy() {
    comes_back(Node::stop, true, "03-2", "broker restarted, busy").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_killed_while_it_is_idle() {
    comes_back(Node::kill, false, "03-3", "broker killed -9, idle").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_killed_while_it_is_busy() {
    comes_back(Node::kill, true, "03-4", "broker killed -9, busy").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_is_away_for_longer_than_every_backoff() {
    let mut node = node::private().await;
    let mut site = Site::on(node.broker.clone()).await;
    let worker = site.worker(&[]).await;
    site.submit(10).await;
    node.stop();
    // Twice the longest wait between two retries.
    eventually("it has waited for as long as it ever does", async || {
        (worker.logs().iter().filter(|log| log["wait"] == "5s").count() >= 2).then_some(())
    })
    .await;
    let (status, why) = worker.probe("/readyz").await;
    assert!(status == 503 && why.contains("cannot connect"), "{status} {why}");
    assert_eq!(worker.probe("/livez").await.0, 200, "restarting it would mend nothing");
    node.start_again();
    site.fault_is_over();
    in_use_again(&worker, 2).await;
    site.submit(10).await;
    site.settle(&[&worker]).await.report("04-1", "broker away for longer than every backoff");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_is_short_of_memory() {
    let node = node::private().await;
    let mut site = Site::on(node.broker.clone()).await;
    let worker = site.worker(&[]).await;
    site.store_line.set(Line::BlackHole);
    site.submit(20).await;
    node.broker.ctl(&["set_vm_memory_high_watermark", "0"]);
    site.store_line.set(Line::Good);
    eventually("the broker says that it takes no messages", async || (site.wire.seen().blocked > 0).then_some(()))
        .await;
    let why = worker.becomes_ready(false).await;
    assert!(why.contains("the broker blocks those who publish"), "{why}");
    worker.gauge_becomes("pricing_amqp_blocked", 1.0).await;
    assert_eq!(site.wire.seen().acknowledged, 0, "nothing is settled that was not answered");
    node.broker.ctl(&["set_vm_memory_high_watermark", "0.4"]);
    site.fault_is_over();
    let measured = site.settle(&[&worker]).await;
    assert_eq!((measured.duplicates, measured.dead), (0, 0));
    assert!(!worker.logs().iter().any(|log| log["message"] == "not taking requests"), "it only waits");
    worker.gauge_becomes("pricing_amqp_blocked", 0.0).await;
    measured.report("06-1", "broker short of memory (publishers blocked)");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_is_short_of_memory_when_the_worker_starts() {
    let node = node::private().await;
    let mut site = Site::on(node.broker.clone()).await;
    site.submit(20).await;
    node.broker.ctl(&["set_vm_memory_high_watermark", "0"]);
    let worker = site.worker(&[]).await;
    let why = worker.becomes_ready(false).await;
    assert!(why.contains("the broker blocks those who publish"), "{why}");
    let checking = site.program().args(["check", "--online"]).output().expect("the program starts");
    let said = String::from_utf8_lossy(&checking.stdout);
    assert_eq!(checking.status.code(), Some(1), "{said}");
    assert!(said.contains("rights      wrong: rights: not tried: the broker blocks publishers"), "{said}");
    node.broker.ctl(&["set_vm_memory_high_watermark", "0.4"]);
    site.fault_is_over();
    let measured = site.settle(&[&worker]).await;
    assert_eq!((measured.duplicates, measured.dead), (0, 0));
    measured.report("06-2", "broker short of memory when the worker starts");
}
