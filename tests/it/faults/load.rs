//! Tests of both job queues under load: neither interactive requests nor bulk requests starve the other.

use std::time::Instant;

use pricing_worker::adapter::amqp::{Results, TopologyMode};

use super::report::Measured;
use super::site::{MODEL, Site};
use crate::support::soon;

fn ids(name: &str, count: usize) -> Vec<String> {
    (0..count).map(|number| format!("{name} {number:05}")).collect()
}

/// Waits for the next answer, and returns the request's id.
async fn heard(results: &mut Results) -> String {
    soon("an answer", results.next()).await.expect("a broker").request_id.expect("an answer to a request")
}

#[tokio::test]
async fn ten_thousand_bulk_requests_do_not_keep_one_that_is_waited_for() {
    let mut site = Site::new().await;
    site.submit_all("job.bulk", &ids("bulk", 10_000), MODEL).await;
    let mut results = Results::listen(&site.host.config(TopologyMode::Declare, 1)).await.expect("a listener");
    let _worker = site.worker(&[]).await;
    for _ in 0..20 {
        heard(&mut results).await;
    }
    let asked = Instant::now();
    site.submit_as("waited for", MODEL).await;
    let mut overtaken_by = 0;
    while heard(&mut results).await != "waited for" {
        overtaken_by += 1;
    }
    let recovered = asked.elapsed();
    // This counts bulk requests answered while it travelled, and those in work when it arrived.
    assert!(overtaken_by < 200, "{overtaken_by} bulk requests were answered while somebody waited for {recovered:?}");
    let measured = Measured { requests: 10_001, recovered, ..Measured::default() };
    measured.report("13-1", "10,000 bulk requests waiting: an interactive one is answered");
}

#[tokio::test]
async fn interactive_requests_without_pause_leave_bulk_a_tenth() {
    let mut site = Site::new().await;
    // More than the test reads, so that an interactive request always waits.
    site.submit_all("job.interactive", &ids("interactive", 2_000), MODEL).await;
    site.submit_all("job.bulk", &ids("bulk", 300), MODEL).await;
    let mut results = Results::listen(&site.host.config(TopologyMode::Declare, 1)).await.expect("a listener");
    let _worker = site.worker(&[]).await;
    let mut bulk = 0;
    for _ in 0..500 {
        bulk += usize::from(heard(&mut results).await.starts_with("bulk"));
    }
    // A tenth, less those still in work; more if no interactive request had arrived when a slot was free.
    assert!((48..=250).contains(&bulk), "{bulk} of 500 answers were bulk");
}
