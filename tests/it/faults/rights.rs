//! Tests of a worker whose user lacks a right: at its start, and later.

use super::site::{CONCURRENCY, Site};
use crate::support::eventually;
use crate::support::worker::Worker;

const ALL: [&str; 3] = ["^pricing"; 3];
/// Everything but to write dead letters.
const NO_DEAD_LETTERS: [&str; 3] = ["^pricing", r"^pricing(?!\.dlx$)", "^pricing"];

#[tokio::test]
async fn what_may_not_be_dead_lettered_is_held_and_the_rest_goes_on() {
    let mut site = Site::new().await;
    let user = site.host.user();
    site.host.permit(ALL);
    let url = user.replace(&site.host.address().to_string(), &site.broker_line.address.to_string());
    let worker = site.worker(&[("PRICING_AMQP_URL", &url)]).await;
    site.host.permit(NO_DEAD_LETTERS);
    // They could take every slot.
    for number in 0..2 * CONCURRENCY {
        site.submit_raw(&format!("unreadable {number}"), b"not JSON").await;
    }
    site.submit(20).await;
    site.host.ready_are("pricing.results", 20).await;
    eventually("half of the slots hold unreadable messages", async || {
        let logs = worker.logs();
        let held = logs.iter().filter(|log| log["message"] == "held" && log["wait"] == "1s");
        (held.count() == CONCURRENCY / 2).then_some(())
    })
    .await;
    let why = worker.becomes_ready(false).await;
    assert!(why.contains("ACCESS_REFUSED") && why.contains("pricing.dlx"), "{why}");
    assert_eq!(worker.logs().iter().filter(|log| log["message"] == "not taking requests").count(), 0);
    site.host.permit(ALL);
    site.fault_is_over();
    let measured = site.settle(&[&worker]).await;
    assert_eq!((measured.duplicates, measured.dead), (0, 2 * CONCURRENCY));
    worker.becomes_ready(true).await;
    measured
        .report("21-3", "no right to write to pricing.dlx, eight unreadable messages (dead letters, some after 10 s)");
}

#[tokio::test]
async fn a_right_that_is_missing_at_the_start_ends_the_worker() {
    let site = Site::new().await;
    let user = site.host.user();
    site.host.permit(NO_DEAD_LETTERS);
    for mode in ["declare", "verify"] {
        let mut command = site.program();
        command.env("PRICING_AMQP_URL", &user).env("PRICING_TOPOLOGY", mode);
        let mut worker = Worker::start(command);
        assert_eq!(worker.ended().await.code(), Some(2));
        let said = format!("{:?}", worker.logs());
        assert!(said.contains("the right to write to pricing.dlx, for dead letters"), "{said}");
    }
}

#[tokio::test]
async fn a_right_that_is_missing_later_is_said_by_the_probe_while_the_rest_goes_on() {
    let mut site = Site::new().await;
    let user = site.host.user();
    site.host.permit(ALL);
    let worker = site.worker(&[("PRICING_AMQP_URL", &user)]).await;
    site.host.permit(NO_DEAD_LETTERS);
    site.host.close_connections("consume").await;
    worker.logged("taking requests", 2).await;
    let (status, why) = worker.probe("/readyz").await;
    assert!(status == 503 && why.contains("the right to write to pricing.dlx"), "{status} {why}");
    site.submit(20).await;
    site.host.ready_are("pricing.results", 20).await;
    assert!(!worker.is_ready().await, "it is tried again, and missing");
    site.host.permit(ALL);
    worker.becomes_ready(true).await;
}
