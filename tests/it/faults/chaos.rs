//! A test that kills workers at random while their number goes up and down.

use std::time::{Duration, Instant};

use super::site::{MODEL, Site};
use crate::support::worker::Worker;

const REQUESTS: usize = 5_000;
/// The duration of the test.
const LONG: Duration = Duration::from_mins(1);

#[tokio::test(flavor = "multi_thread")]
#[ignore = "long: tests/run --long"]
async fn workers_killed_every_second_for_a_minute_under_load_lose_nothing() {
    let mut site = Site::new().await;
    let mut workers: Vec<Worker> = Vec::new();
    let (started, mut submitted, mut killed) = (Instant::now(), 0, 0);
    while started.elapsed() < LONG {
        let percent = (started.elapsed().as_millis() * 100 / LONG.as_millis()) as usize;
        // One worker, then four, then one again; each killed worker has a successor.
        let replicas = if (20..80).contains(&percent) { 4 } else { 1 };
        while workers.len() < replicas {
            workers.push(Worker::start(site.program()));
        }
        for mut leaving in workers.drain(replicas..) {
            leaving.signal("TERM");
            assert!(leaving.ended().await.success());
        }
        let due = (REQUESTS * percent / 100).min(REQUESTS) - submitted;
        let ids: Vec<String> = (submitted..submitted + due).map(|number| format!("chaos {number:04}")).collect();
        let (interactive, bulk) = ids.split_at(ids.len() / 2);
        site.submit_all("job.interactive", interactive, MODEL).await;
        site.submit_all("job.bulk", bulk, MODEL).await;
        submitted += due;
        // The clock's nanoseconds are random enough.
        let victim = started.elapsed().subsec_nanos() as usize % workers.len();
        workers.swap_remove(victim).kill();
        killed += 1;
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    let rest: Vec<String> = (submitted..REQUESTS).map(|number| format!("chaos {number:04}")).collect();
    site.submit_all("job.bulk", &rest, MODEL).await;
    site.fault_is_over();
    let last = site.worker(&[]).await;
    let measured = site.settle_within(Duration::from_mins(5), &[&last]).await;
    assert_eq!((measured.requests, measured.lost), (REQUESTS, 0));
    assert_eq!(measured.dead, 0, "{:?}", site.dead());
    measured.report("11-1", &format!("{killed} workers killed in a minute under load, replicas 1, 4, 1"));
}
