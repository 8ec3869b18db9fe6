//! Tests of a suspect, which runs alone: whatever holds it holds the others not without an end.

use serde_json::json;

use super::site::{MODEL, Site};
use crate::support::node;
use crate::support::proxy::Line;

const RESULTS_BINDING: &str = "bindings/e/pricing/q/pricing.results/result.%23";

#[tokio::test]
async fn a_suspect_that_cannot_be_answered_lets_the_others_have_their_turn() {
    let mut site = Site::new().await;
    site.put("nothing.stl", b"solid\n".to_vec()).await;
    site.submit_suspect("suspect", "nothing.stl").await;
    site.submit(5).await;
    site.host.manage("DELETE", RESULTS_BINDING, None);
    let only_prices = json!({"routing_key": "result.completed"});
    site.host.manage("POST", "bindings/e/pricing/q/pricing.results", Some(&only_prices));
    // A worker that declares would bind the queue again.
    let worker = site.worker(&[("PRICING_TOPOLOGY", "verify")]).await;
    worker.logged("deferred, for the others to get their turn", 1).await;
    site.host.ready_are("pricing.results", 5).await;
    // It comes back as a suspect.
    worker.logged("delivered again and again: it will run alone", 1).await;
    site.declare().await;
    site.fault_is_over();
    let measured = site.settle(&[&worker]).await;
    assert_eq!((measured.duplicates, measured.dead), (0, 0));
    measured.report("21-4", "suspect whose answer finds no queue, five good requests behind it");
}

/// A worker whose first delivery is a suspect that is downloaded for as long as the line to the store stalls.
async fn suspect_running(mut site: Site) -> (Site, crate::support::worker::Worker) {
    site.submit_suspect("suspect", MODEL).await;
    site.submit(20).await;
    site.store_line.set(Line::BlackHole);
    let worker = site.worker(&[]).await;
    crate::support::eventually("the suspect is delivered", async || {
        site.wire.seen().deliveries.contains_key("suspect").then_some(())
    })
    .await;
    (site, worker)
}

#[tokio::test]
async fn a_queue_that_is_deleted_while_a_suspect_runs_is_noticed() {
    let (mut site, worker) = suspect_running(Site::new().await).await;
    site.host.manage("DELETE", "queues/pricing.jobs.bulk", None);
    let why = worker.logged("not taking requests", 1).await;
    assert!(why["error"].as_str().is_some_and(|error| error.contains("pricing.jobs.bulk")), "{why}");
    site.store_line.set(Line::Good);
    site.fault_is_over();
    let measured = site.settle(&[&worker]).await;
    assert_eq!((measured.duplicates, measured.dead), (0, 0));
    measured.report("21-5", "job queue deleted while a suspect runs");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_channel_that_the_broker_closes_while_a_suspect_runs_is_noticed() {
    let node = node::private().await;
    let site = Site::on(node.broker.clone()).await;
    node.broker.acknowledge_within(1_000, 500);
    let (mut site, worker) = suspect_running(site).await;
    let why = worker.logged("not taking requests", 1).await;
    assert!(why["error"].as_str().is_some_and(|error| error.contains("timed out")), "{why}");
    // The broker's defaults.
    node.broker.acknowledge_within(1_800_000, 60_000);
    site.store_line.set(Line::Good);
    site.fault_is_over();
    let measured = site.settle(&[&worker]).await;
    assert_eq!(measured.dead, 0);
    measured.report("21-6", "delivery acknowledgement timeout while a suspect runs");
}
