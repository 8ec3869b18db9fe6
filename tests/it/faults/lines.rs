//! Tests of bad network lines between the worker and the broker, and between the worker and the store.

use std::time::Duration;

use super::site::Site;
use crate::geometry::shapes::sphere;
use crate::support::eventually;
use crate::support::proxy::{Line, Proxy};

/// The line that fails.
type Which = fn(&Site) -> &Proxy;

const TO_BROKER: Which = |site| &site.broker_line;
const TO_STORE: Which = |site| &site.store_line;

/// Makes a line bad while requests arrive and are answered, and then good again.
async fn endured(which: Which, line: Line, number: &str, fault: &str) {
    let mut site = Site::new().await;
    // About a hundred kilobytes, which take a thin line a while.
    site.put("sphere.stl", sphere(1000.0, 30, 35).binary()).await;
    which(&site).set(line);
    let worker = site.worker(&[]).await;
    site.submit(20).await;
    site.submit_as("large", "sphere.stl").await;
    site.fault_is_over();
    let measured = site.settle(&[&worker]).await;
    assert_eq!((measured.duplicates, measured.dead), (0, 0), "it is slow, and no more");
    measured.report(number, fault);
}

#[tokio::test]
async fn half_a_second_to_the_broker() {
    endured(TO_BROKER, Line::Slow(Duration::from_millis(500)), "05-4", "line to the broker: 500 ms latency").await;
}

#[tokio::test]
async fn a_thin_line_to_the_broker() {
    endured(TO_BROKER, Line::Thin(64_000), "05-5", "line to the broker: 64 kB/s").await;
}

#[tokio::test]
async fn half_a_second_to_the_store() {
    endured(TO_STORE, Line::Slow(Duration::from_millis(500)), "05-8a", "line to S3: 500 ms latency").await;
}

#[tokio::test]
async fn a_thin_line_to_the_store() {
    endured(TO_STORE, Line::Thin(64_000), "05-8b", "line to S3: 64 kB/s").await;
}

/// Makes the line to the broker fail under load until the worker notices, and then good again.
async fn to_broker_fails(line: Line, number: &str, fault: &str) {
    let mut site = Site::new().await;
    let worker = site.worker(&[]).await;
    site.store_line.set(Line::BlackHole);
    site.submit(20).await;
    eventually("jobs in flight", async || (!site.wire.seen().deliveries.is_empty()).then_some(())).await;
    site.broker_line.set(line);
    site.store_line.set(Line::Good);
    worker.logged("not taking requests", 1).await;
    assert!(!worker.is_ready().await);
    site.broker_line.set(Line::Good);
    site.fault_is_over();
    site.submit(20).await;
    let measured = site.settle(&[&worker]).await;
    assert_eq!(measured.dead, 0);
    measured.report(number, fault);
}

#[tokio::test]
async fn the_line_to_the_broker_is_reset() {
    to_broker_fails(Line::Reset, "05-1", "line to the broker: reset").await;
}

#[tokio::test]
async fn the_line_to_the_broker_is_a_black_hole() {
    to_broker_fails(Line::BlackHole, "05-2", "line to the broker: black hole, until it is noticed").await;
}

#[tokio::test]
async fn the_line_to_the_broker_is_cut_in_the_middle_of_a_frame() {
    // On an established connection the next byte breaks the line; a new one gets as far as its handshake.
    to_broker_fails(Line::BreaksAfter(700), "05-3", "line to the broker: cut in mid-frame, again and again").await;
}

/// Makes the line to the store fail under load until some jobs have failed, and then good again.
async fn to_store_fails(line: Line, number: &str, fault: &str) {
    let mut site = Site::new().await;
    site.put("sphere.stl", sphere(1000.0, 30, 35).binary()).await;
    let worker = site.worker(&[]).await;
    site.store_line.set(line);
    site.submit(20).await;
    site.submit_as("large", "sphere.stl").await;
    let held = worker.becomes_ready(false).await;
    assert!(held.contains("the store is unavailable"), "{held}");
    site.store_line.set(Line::Good);
    site.fault_is_over();
    let measured = site.settle(&[&worker]).await;
    assert_eq!((measured.duplicates, measured.dead), (0, 0));
    measured.report(number, fault);
}

#[tokio::test]
async fn the_line_to_the_store_is_reset() {
    to_store_fails(Line::Reset, "05-6", "line to S3: reset").await;
}

#[tokio::test]
async fn the_line_to_the_store_is_cut_in_the_middle_of_an_answer() {
    let mut site = Site::new().await;
    let worker = site.worker(&[]).await;
    // Short answers pass: the store is reachable, but no object can be read.
    site.store_line.set(Line::BreaksAfter(200));
    site.submit(20).await;
    eventually("requests wait to be tried again", async || {
        (site.host.ready("pricing.retry.10s").await == 20).then_some(())
    })
    .await;
    site.store_line.set(Line::Good);
    site.fault_is_over();
    let measured = site.settle(&[&worker]).await;
    assert_eq!((measured.duplicates, measured.dead), (0, 0));
    measured.report("05-7", "line to S3: cut in mid-answer (retried after 10 s)");
}

#[tokio::test]
async fn the_line_to_the_store_is_a_black_hole() {
    to_store_fails(Line::BlackHole, "05-8", "line to S3: black hole, until it is noticed").await;
}
