//! Tests of job queues that are deleted under their consumers, and of a broker that takes deliveries back.

use super::site::Site;
use crate::support::node;
use crate::support::proxy::Line;

#[tokio::test]
async fn a_job_queue_deleted_under_its_consumer_is_declared_again() {
    let mut site = Site::new().await;
    let worker = site.worker(&[]).await;
    site.submit(10).await;
    site.settle(&[&worker]).await;
    for (number, queue) in ["pricing.jobs.interactive", "pricing.jobs.bulk"].into_iter().enumerate() {
        site.host.manage("DELETE", &format!("queues/{queue}"), None);
        site.fault_is_over();
        let why = worker.logged("not taking requests", number + 1).await;
        assert!(why["error"].as_str().is_some_and(|error| error.contains(queue)), "{why}");
        worker.logged("taking requests", number + 2).await;
    }
    site.submit(10).await;
    site.settle(&[&worker]).await.report("08-1", "job queue deleted under its consumer (consumer cancelled)");
}

#[tokio::test]
async fn a_worker_that_only_verifies_is_not_ready_until_the_queue_is_back() {
    let mut site = Site::new().await;
    let worker = site.worker(&[("PRICING_TOPOLOGY", "verify")]).await;
    site.host.manage("DELETE", "queues/pricing.jobs.bulk", None);
    let why = worker.becomes_ready(false).await;
    assert!(why.contains("pricing.jobs.bulk"), "{why}");
    site.declare().await;
    site.fault_is_over();
    worker.becomes_ready(true).await;
    site.submit(10).await;
    site.settle(&[&worker]).await.report("08-2", "job queue deleted, worker that only verifies, until it is back");
}

#[tokio::test(flavor = "multi_thread")]
async fn deliveries_that_the_broker_takes_back_are_answered_once_more() {
    let node = node::private().await;
    let mut site = Site::on(node.broker.clone()).await;
    node.broker.acknowledge_within(1_000, 500);
    let worker = site.worker(&[]).await;
    site.store_line.set(Line::BlackHole);
    site.submit(10).await;
    let why = worker.logged("not taking requests", 1).await;
    assert!(why["error"].as_str().is_some_and(|error| error.contains("timed out")), "{why}");
    // The broker's defaults.
    node.broker.acknowledge_within(1_800_000, 60_000);
    site.store_line.set(Line::Good);
    site.fault_is_over();
    let measured = site.settle(&[&worker]).await;
    assert_eq!(measured.dead, 0);
    measured.report("08-3", "delivery acknowledgement timeout of the broker");
}
