//! Tests of answers that no queue takes: the worker holds them and their requests until a queue does.

use serde_json::json;

use super::site::{CONCURRENCY, Site};
use crate::support::eventually;

const RESULTS_BINDING: &str = "bindings/e/pricing/q/pricing.results/result.%23";

/// Makes the results queue unavailable, and restores it.
async fn away(take_away: impl Fn(&Site), give_back: impl AsyncFn(&Site), why: &str, number: &str, fault: &str) {
    let mut site = Site::new().await;
    let worker = site.worker(&[]).await;
    take_away(&site);
    site.submit(20).await;
    let said = worker.becomes_ready(false).await;
    assert!(said.contains(why), "{said}");
    give_back(&site).await;
    site.fault_is_over();
    let measured = site.settle(&[&worker]).await;
    assert_eq!((measured.duplicates, measured.dead), (0, 0));
    worker.becomes_ready(true).await;
    measured.report(number, fault);
}

#[tokio::test]
async fn a_results_queue_that_is_unbound() {
    let unbind = |site: &Site| drop(site.host.manage("DELETE", RESULTS_BINDING, None));
    away(unbind, Site::declare, "returned", "07-1", "results queue unbound (results returned)").await;
}

#[tokio::test]
async fn a_results_queue_that_is_deleted() {
    let delete = |site: &Site| drop(site.host.manage("DELETE", "queues/pricing.results", None));
    away(delete, Site::declare, "returned", "07-3", "results queue deleted").await;
}

#[tokio::test]
async fn a_results_queue_that_is_full() {
    let limit = |site: &Site| {
        let policy = json!({"pattern": "^pricing.results$", "apply-to": "queues", "definition": {"max-length": 1}});
        site.host.manage("PUT", "policies/full", Some(&policy));
    };
    // Reading the results makes room: `settle` reads them.
    away(limit, async |_: &Site| {}, "refused", "07-2", "results queue full (results refused)").await;
}

#[tokio::test]
async fn of_several_answers_at_once_the_one_without_a_queue_is_held() {
    let mut site = Site::new().await;
    site.put("nothing.stl", b"solid\n".to_vec()).await;
    // The worker declares missing bindings at its start, so it starts before the test removes one.
    let worker = site.worker(&[]).await;
    site.host.manage("DELETE", RESULTS_BINDING, None);
    site.host.manage("POST", "bindings/e/pricing/q/pricing.results", Some(&json!({"routing_key": "result.completed"})));
    // Unroutable rejections hold all slots but one; priced answers pass them.
    for number in 1..CONCURRENCY {
        site.submit_as(&format!("rejected {number}"), "nothing.stl").await;
    }
    site.submit(20).await;
    site.host.ready_are("pricing.results", 20).await;
    eventually("all but one slot is held", async || (worker.held() >= CONCURRENCY - 1).then_some(())).await;
    // The last acknowledgement comes after its result.
    eventually("the priced ones are acknowledged", async || (site.wire.seen().acknowledged >= 20).then_some(())).await;
    assert_eq!(site.wire.seen().acknowledged, 20);
    site.declare().await;
    site.fault_is_over();
    let measured = site.settle(&[&worker]).await;
    assert_eq!((measured.duplicates, measured.dead), (0, 0));
    assert_eq!(site.answer("rejected 1").0, "result.rejected");
    measured.report("07-4", "no queue for rejections, while prices have one");
}
