//! Tests of the probes: of a ready worker, and of one whose broker or store is down.

use std::time::Instant;

use crate::faults::site::Site;
use crate::support::eventually;
use crate::support::proxy::Line;
use crate::support::worker::Worker;

#[tokio::test]
async fn a_worker_that_is_well_says_so() {
    let site = Site::new().await;
    let worker = site.worker(&[]).await;
    assert_eq!(worker.probe("/livez").await, (200, "alive\n".into()));
    assert_eq!(worker.probe("/readyz").await, (200, "ready\n".into()));
    assert_eq!(worker.gauge("pricing_ready").await, 1.0);
    assert_eq!(worker.probe("/nothing").await.0, 404);
}

#[tokio::test]
async fn no_probe_hangs_when_the_broker_and_the_store_do() {
    let mut site = Site::new().await;
    let mut program = site.program();
    // After two silent seconds the worker counts the broker as lost.
    program.env("PRICING_AMQP_URL", site.worker_url() + "?heartbeat=1");
    let worker = Worker::ready(program).await;
    site.submit(4).await;
    site.settle(&[&worker]).await;
    site.broker_line.set(Line::BlackHole);
    site.store_line.set(Line::BlackHole);
    let why = worker.becomes_ready(false).await;
    assert!(why.starts_with("not ready: "), "{why}");
    for path in ["/livez", "/readyz", "/metrics"] {
        let asked = Instant::now();
        let (status, text) = worker.probe(path).await;
        assert_eq!(status == 200, path != "/readyz", "{path}: {text}");
        assert!(asked.elapsed().as_secs() < 5, "{path} hung");
    }
    worker.gauge_becomes("pricing_ready", 0.0).await;
    for line in [&site.broker_line, &site.store_line] {
        line.set(Line::Good);
        line.cut();
    }
    worker.becomes_ready(true).await;
    assert!(worker.gauge("pricing_amqp_reconnects_total").await >= 1.0);
}

#[tokio::test]
async fn a_worker_that_drains_is_alive_and_not_ready() {
    let mut site = Site::new().await;
    let mut worker = site.worker(&[("PRICING_DRAIN_TIMEOUT", "1h")]).await;
    // A job that cannot end while the fault lasts.
    site.store_line.set(Line::StallsAfter(1));
    site.submit(1).await;
    eventually("a job", async || (site.store_line.stalled() > 0).then_some(())).await;
    worker.signal("TERM");
    assert_eq!(worker.becomes_ready(false).await, "not ready: draining\n");
    assert_eq!(worker.probe("/livez").await.0, 200);
    worker.gauge_becomes("pricing_draining", 1.0).await;
    assert_eq!(worker.gauge("pricing_jobs_in_flight").await, 1.0);
    site.store_line.set(Line::Good);
    site.store_line.cut();
    assert_eq!(worker.ended().await.code(), Some(0));
}

#[tokio::test]
async fn a_worker_whose_admin_server_ends_does_not_work_on() {
    let site = Site::new().await;
    let mut program = site.program();
    program.env("PRICING_FAIL_POINTS", "admin=end");
    let mut worker = Worker::start(program);
    assert_eq!(worker.ended().await.code(), Some(1));
    let logs = worker.logs();
    let ended = logs.iter().find(|log| log["message"] == "stopping" && log["level"] == "ERROR");
    let error = ended.unwrap_or_else(|| panic!("it says so: {logs:#?}"))["error"].as_str().expect("an error");
    assert!(error.starts_with("the admin server ended (a fail point)"), "{error}");
    assert_eq!(logs.last().and_then(|line| line.as_str()), Some(&*format!("error: {error}")), "for people too");
}
