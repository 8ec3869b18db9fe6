//! Tests of a store that is down, stalls, breaks off, or returns a different object.

use std::time::Duration;

use super::site::{CONCURRENCY, MODEL, Site};
use crate::geometry::shapes::{cube, sphere};
use crate::support::eventually;
use crate::support::proxy::Line;

const SLOW_DOWN: &str = "HTTP/1.1 503 Slow Down\r\nContent-Length: 43\r\nConnection: close\r\n\r\n\
                         <Error><Code>SlowDown</Code></Error>       ";
const DENIED: &str = "HTTP/1.1 403 Forbidden\r\nContent-Length: 40\r\nConnection: close\r\n\r\n\
                         <Error><Code>AccessDenied</Code></Error>";
const TOO_SHORT: &str = "HTTP/1.1 200 OK\r\nContent-Length: 684\r\nETag: \"e\"\r\nConnection: close\r\n\r\nsolid?";

/// Takes the store down for every job, for a while after the worker has noticed.
async fn down(a_while: Duration, number: &str, fault: &str) {
    let mut site = Site::new().await;
    let worker = site.worker(&[]).await;
    site.store_line.set(Line::Answers(SLOW_DOWN));
    site.submit(20).await;
    let why = worker.becomes_ready(false).await;
    assert!(why.contains("the store is unavailable"), "{why}");
    // Wait for all jobs that the worker took: one that failed before its check of the store would find the store up
    // again, and spend an attempt.
    eventually("every job that was taken is held", async || {
        (worker.held() >= CONCURRENCY.max(site.wire.seen().deliveries.len())).then_some(())
    })
    .await;
    // The duration of the fault.
    tokio::time::sleep(a_while).await;
    let taken = site.wire.seen().deliveries.len();
    assert!(taken <= 2 * CONCURRENCY, "{taken} of 20 were taken: it goes on consuming");
    site.store_line.set(Line::Good);
    site.fault_is_over();
    let measured = site.settle(&[&worker]).await;
    assert_eq!((measured.duplicates, measured.dead), (0, 0));
    assert_eq!(site.wire.seen().deliveries.values().max(), Some(&1), "no attempt was spent on it");
    worker.becomes_ready(true).await;
    measured.report(number, fault);
}

#[tokio::test]
async fn a_store_that_answers_nobody() {
    down(Duration::ZERO, "10-1", "S3 answers 503, until it is noticed").await;
}

#[tokio::test]
#[ignore = "long: tests/run --long"]
async fn a_store_that_answers_nobody_for_a_minute() {
    down(Duration::from_mins(1), "10-2", "S3 answers 503 for a minute").await;
}

/// Submits a large model whose body stalls in its middle.
async fn in_mid_download() -> (Site, crate::support::worker::Worker) {
    let mut site = Site::new().await;
    site.put("sphere.stl", sphere(1000.0, 100, 130).binary()).await;
    let worker = site.worker(&[]).await;
    site.store_line.set(Line::StallsAfter(600_000));
    site.submit_as("large", "sphere.stl").await;
    eventually("the middle of the download", async || (site.store_line.stalled() > 0).then_some(())).await;
    (site, worker)
}

#[tokio::test]
async fn a_body_that_is_reset_in_its_middle_is_taken_up() {
    let (mut site, worker) = in_mid_download().await;
    site.store_line.set(Line::Good);
    site.store_line.cut();
    site.fault_is_over();
    let measured = site.settle(&[&worker]).await;
    assert_eq!(site.answer("large").0, "result.completed");
    assert_eq!(site.wire.seen().deliveries["large"], 1, "the rest was fetched, in the same attempt");
    measured.report("10-3", "S3 resets a body in its middle");
}

#[tokio::test]
async fn a_body_that_stalls_is_noticed_and_taken_up() {
    let (mut site, worker) = in_mid_download().await;
    // A stalled body stalls for ever; a new request is served.
    site.store_line.set(Line::Good);
    site.fault_is_over();
    let measured = site.settle(&[&worker]).await;
    assert_eq!(site.answer("large").0, "result.completed");
    assert_eq!(site.wire.seen().deliveries["large"], 1, "the rest was fetched, in the same attempt");
    measured.report("10-4", "S3 stalls in the middle of a body");
}

#[tokio::test]
async fn an_object_replaced_in_mid_download_is_never_mixed() {
    let (mut site, worker) = in_mid_download().await;
    site.put("sphere.stl", cube(10).binary()).await;
    site.store_line.set(Line::Good);
    site.store_line.cut();
    rejected(&mut site, &worker, "object_changed", "10-5", "S3 object replaced in mid-download").await;
}

#[tokio::test]
async fn an_object_lost_in_mid_download_is_not_found() {
    let (mut site, worker) = in_mid_download().await;
    site.bucket.delete(&site.bucket.key("sphere.stl")).await;
    site.store_line.set(Line::Good);
    site.store_line.cut();
    rejected(&mut site, &worker, "object_not_found", "10-6", "S3 object lost in mid-download").await;
}

#[tokio::test]
async fn an_object_that_is_denied() {
    let mut site = Site::new().await;
    let worker = site.worker(&[]).await;
    site.store_line.set(Line::Answers(DENIED));
    site.submit_as("large", MODEL).await;
    rejected(&mut site, &worker, "object_forbidden", "10-7", "S3 denies the object (rejected after 10 s)").await;
}

/// The request for the large model is answered by a rejection.
async fn rejected(site: &mut Site, worker: &crate::support::worker::Worker, code: &str, number: &str, fault: &str) {
    site.fault_is_over();
    let measured = site.settle(&[worker]).await;
    let (key, event) = site.answer("large");
    assert_eq!((key, event["data"]["reason"]["code"].as_str()), ("result.rejected", Some(code)), "{event}");
    measured.report(number, fault);
}

#[tokio::test]
async fn a_body_that_is_cut_short_is_tried_again() {
    let mut site = Site::new().await;
    let worker = site.worker(&[]).await;
    site.store_line.set(Line::Answers(TOO_SHORT));
    site.submit_as("large", MODEL).await;
    site.host.ready_are("pricing.retry.10s", 1).await;
    site.store_line.set(Line::Good);
    site.fault_is_over();
    let measured = site.settle(&[&worker]).await;
    assert_eq!(site.answer("large").0, "result.completed");
    assert_eq!(measured.duplicates, 0);
    measured.report("10-8", "S3 cuts a body short (retried after 10 s)");
}
