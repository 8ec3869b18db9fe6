//! Tests of workers that are killed at each point of a job, and of workers that are told to stop.

use std::time::Duration;

use super::site::{CONCURRENCY, Site};
use crate::geometry::shapes::sphere;
use crate::support::eventually;
use crate::support::proxy::Line;
use crate::support::worker::Worker;

/// The request at which a worker blocks, so that the test can kill it.
const VICTIM: &str = "victim";

/// Kills a worker blocked at one point of a job, and lets another one take over.
async fn killed(place: &str, number: &str, fault: &str) {
    let mut site = Site::new().await;
    // The model has several batches, so that it has a middle.
    site.put("sphere.stl", sphere(1000.0, 100, 130).binary()).await;
    let point = format!("{place}=stop@{VICTIM}");
    let mut worker = site.worker(&[("PRICING_FAIL_POINTS", &point)]).await;
    site.submit(10).await;
    site.submit_as(VICTIM, "sphere.stl").await;
    site.submit(10).await;
    worker.logged("stopped at a fail point", 1).await;
    worker.kill();
    site.fault_is_over();
    let successor = site.worker(&[]).await;
    let measured = site.settle(&[&successor]).await;
    assert!(site.wire.seen().deliveries[VICTIM] > 1, "it was delivered once more");
    assert_eq!((measured.lost, measured.dead), (0, 0));
    measured.report(number, fault);
}

#[tokio::test]
async fn a_worker_killed_with_a_delivery_in_its_hands() {
    killed("delivered", "01-1", "worker killed: request delivered, nothing done").await;
}

#[tokio::test]
async fn a_worker_killed_in_mid_download() {
    killed("downloading", "01-2", "worker killed: in mid-download").await;
}

#[tokio::test]
async fn a_worker_killed_in_mid_compute() {
    killed("computing", "01-3", "worker killed: in mid-compute").await;
}

#[tokio::test]
async fn a_worker_killed_before_its_answer_is_confirmed() {
    killed("published", "01-4", "worker killed: answer published, not confirmed").await;
}

#[tokio::test]
async fn a_worker_killed_before_it_acknowledges() {
    killed("confirmed", "01-5", "worker killed: answer confirmed, request not acknowledged").await;
}

/// A worker with all slots taken, each job in the middle of its download.
async fn busy(site: &mut Site, settings: &[(&str, &str)]) -> Worker {
    let worker = site.worker(settings).await;
    site.store_line.set(Line::BlackHole);
    site.submit(20).await;
    eventually("jobs in flight", async || (site.wire.seen().deliveries.len() >= CONCURRENCY).then_some(())).await;
    worker
}

#[tokio::test]
async fn a_worker_told_to_stop_settles_what_it_has() {
    let mut site = Site::new().await;
    let mut worker = busy(&mut site, &[]).await;
    worker.signal("TERM");
    worker.logged("draining", 1).await;
    assert!(!worker.is_ready().await);
    site.store_line.set(Line::Good);
    site.fault_is_over();
    assert_eq!(worker.ended().await.code(), Some(0));
    let successor = site.worker(&[]).await;
    let measured = site.settle(&[&successor]).await;
    assert_eq!(site.wire.seen().redelivered, 0, "what it had was settled, and what it had not was not taken");
    assert_eq!((measured.duplicates, measured.dead), (0, 0));
    measured.report("02-1", "worker told to stop (SIGTERM) with jobs in flight");
}

#[tokio::test]
async fn past_the_drain_timeout_the_rest_is_delivered_once_more() {
    let mut site = Site::new().await;
    let mut worker = busy(&mut site, &[("PRICING_DRAIN_TIMEOUT", "200ms")]).await;
    worker.signal("TERM");
    assert_eq!(worker.ended().await.code(), Some(0));
    site.store_line.set(Line::Good);
    site.fault_is_over();
    let successor = site.worker(&[]).await;
    let measured = site.settle(&[&successor]).await;
    let most = site.wire.seen().deliveries.values().max().copied();
    assert_eq!(most, Some(2), "once more, and not again");
    assert_eq!((measured.duplicates, measured.dead), (0, 0));
    measured.report("02-2", "worker told to stop, past its drain timeout");
}

#[tokio::test]
async fn a_worker_told_to_stop_ends_even_if_its_broker_is_silent() {
    let mut site = Site::new().await;
    let mut worker = busy(&mut site, &[("PRICING_DRAIN_TIMEOUT", "1s")]).await;
    site.broker_line.set(Line::BlackHole);
    worker.signal("TERM");
    let ended = tokio::time::timeout(Duration::from_secs(20), worker.ended()).await;
    assert!(ended.expect("it ends by itself").success());
    site.broker_line.set(Line::Good);
    site.store_line.set(Line::Good);
    site.fault_is_over();
    let successor = site.worker(&[]).await;
    site.settle(&[&successor]).await.report("02-3", "worker told to stop while its broker is silent");
}
