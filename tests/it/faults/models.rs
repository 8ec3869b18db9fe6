//! Tests of models that panic the core, overflow its stack, never end or take long: their jobs end, and no others are lost.

use super::site::{CONCURRENCY, MODEL, Site};
use crate::geometry::shapes::prism_around_tetrahedra;
use crate::support::worker::Worker;

/// Enough models that a leak per model, even a small one, shows.
const MANY: usize = 100;

#[tokio::test]
async fn a_hundred_models_that_panic_the_core() {
    let mut site = Site::new().await;
    let worker = site.worker(&[("PRICING_FAIL_POINTS", "computing=panic@panics")]).await;
    site.submit(10).await;
    site.settle(&[&worker]).await;
    let threads = worker.threads();
    let panicking: Vec<String> = (0..MANY).map(|number| format!("panics {number}")).collect();
    site.submit_all("job.bulk", &panicking, MODEL).await;
    site.fault_is_over();
    site.submit(20).await;
    let measured = site.settle(&[&worker]).await;
    assert_eq!((measured.duplicates, measured.dead), (0, MANY));
    assert!(site.dead().iter().all(|id| id.starts_with("panics")), "{:?}", site.dead());
    assert!(worker.threads() <= threads, "threads were added to {threads}");
    assert_eq!(site.wire.seen().redelivered, 0, "the worker lives on");
    measured.report("09-1", "100 models that panic the core (dead letters)");
}

#[tokio::test]
async fn a_model_that_overflows_the_stack_dies_alone() {
    let mut site = Site::new().await;
    site.submit(10).await;
    site.submit_as("overflows", MODEL).await;
    site.submit(20).await;
    let point = ("PRICING_FAIL_POINTS", "computing=overflow@overflows");
    // The first delivery, and twenty more; the test restarts the worker as Kubernetes would.
    for _ in 0..21 {
        let mut command = site.program();
        command.env(point.0, point.1);
        assert!(!Worker::start(command).ended().await.success(), "it dies");
    }
    site.fault_is_over();
    let worker = site.worker(&[]).await;
    let measured = site.settle(&[&worker]).await;
    assert_eq!(site.dead(), ["overflows"], "its neighbours are priced");
    let most = site.wire.seen().deliveries.iter().filter(|(id, _)| *id != "overflows").map(|(_, times)| *times).max();
    assert!(most <= Some(3), "a neighbour was delivered {most:?} times");
    measured.report("09-2", "model that overflows the stack: 21 workers die (one dead letter)");
}

#[tokio::test]
async fn a_hundred_models_that_never_end() {
    let mut site = Site::new().await;
    let settings = [
        ("PRICING_FAIL_POINTS", "computing=endless@endless"),
        ("PRICING_JOB_TIMEOUT", "1s"),
        // Many jobs at once, on many threads, so that it does not take a hundred seconds.
        ("PRICING_CONCURRENCY", "16"),
        ("RAYON_NUM_THREADS", "16"),
    ];
    let worker = site.worker(&settings).await;
    site.submit(10).await;
    site.settle(&[&worker]).await;
    let threads = worker.threads();
    let endless: Vec<String> = (0..MANY).map(|number| format!("endless {number}")).collect();
    site.submit_all("job.bulk", &endless, MODEL).await;
    site.fault_is_over();
    site.submit(20).await;
    let measured = site.settle(&[&worker]).await;
    assert_eq!((measured.duplicates, measured.dead), (0, 0));
    for id in &endless {
        let (key, event) = site.answer(id);
        let code = event["data"]["reason"]["code"].as_str();
        assert_eq!((key, code), ("result.rejected", Some("job_timeout")), "{id}");
    }
    assert_eq!(site.answer("r00110").0, "result.completed");
    assert!(worker.threads() <= threads, "threads were added to {threads}");
    measured.report("09-3", "100 models that never end (rejected: job_timeout)");
}

#[tokio::test]
async fn models_that_take_every_thread_cost_their_neighbours_only_time() {
    let mut site = Site::new().await;
    let settings = [
        ("PRICING_FAIL_POINTS", "computing=endless@endless"),
        ("PRICING_JOB_TIMEOUT", "3s"),
        ("RAYON_NUM_THREADS", "1"),
    ];
    let worker = site.worker(&settings).await;
    for number in 0..3 {
        site.submit_as(&format!("endless {number}"), MODEL).await;
    }
    site.submit(10).await;
    site.fault_is_over();
    let measured = site.settle(&[&worker]).await;
    for number in 3..13 {
        assert_eq!(site.answer(&format!("r{number:05}")).0, "result.completed", "a neighbour is not to blame");
    }
    measured.report("09-4", "models that never end on every thread; their neighbours");
}

#[tokio::test]
async fn models_that_take_long_in_every_slot_leave_it_at_the_time_limit() {
    let mut site = Site::new().await;
    // Long triangles askew: their boxes overlap, so that millions of pairs are compared.
    site.put("nested.stl", prism_around_tetrahedra(6_000, 6_000).diagonal().binary()).await;
    // Room for a mesh of so many triangles, in each slot.
    let room = [("PRICING_TOPOLOGY_TRIANGLES", "50000"), ("PRICING_MEMORY_BUDGET", "512MiB")];
    let worker = site.worker(&[room[0], room[1], ("PRICING_JOB_TIMEOUT", "1s")]).await;
    let slow: Vec<String> = (0..CONCURRENCY).map(|number| format!("slow {number}")).collect();
    site.submit_all("job.interactive", &slow, "nested.stl").await;
    site.fault_is_over();
    site.submit(20).await;
    let measured = site.settle(&[&worker]).await;
    assert_eq!((measured.duplicates, measured.dead), (0, 0));
    for id in &slow {
        let (_, event) = site.answer(id);
        assert_eq!(event["data"]["reason"]["code"], "job_timeout", "{id}");
    }
    for number in CONCURRENCY..CONCURRENCY + 20 {
        assert_eq!(site.answer(&format!("r{number:05}")).0, "result.completed", "a neighbour is not to blame");
    }
    measured.report(
        "09-5",
        "models whose bodies take long to compare, in every slot (rejected: job_timeout); their neighbours",
    );
}
