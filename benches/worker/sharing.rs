//! The share of each of several workers on one queue.
//!
//! RabbitMQ deals ready messages out to consumers in turn, each up to its prefetch count. A worker prefetches as many
//! as it works on at once, so during a backlog each worker gets its next message when it has acknowledged one: shares
//! follow speed, and equal workers get equal shares. With a prefetch count of hundreds, the first to connect would take
//! hundreds before the second, which shows in every backlog shorter than a few times that.

use crate::loads::Load;
use crate::place::{Contender, Place};
use crate::process::Process;

/// The largest deviation of a worker from the even share, in percent, for a number of workers and of jobs.
pub async fn unevenness(place: &Place, load: &Load, workers: usize, jobs: usize) -> f64 {
    let workers: Vec<_> = (0..workers).map(|_| place.start(&Contender::Worker)).collect();
    for worker in &workers {
        worker.ready().await;
    }
    let mut answers = place.listen().await;
    place.ask(load, jobs).await;
    for _ in 0..jobs {
        answers.next(&workers[0]).await;
    }
    place.clear().await;
    let shares: Vec<f64> = workers.iter().map(Process::jobs).collect();
    assert_eq!(shares.iter().sum::<f64>(), jobs as f64, "each job is done once, and counted");
    println!("{}, {}: jobs of each worker: {shares:?}", place.store.name, load.title);
    let even = jobs as f64 / workers.len() as f64;
    for worker in workers {
        worker.stop().await;
    }
    shares.iter().map(|share| 100.0 * (share / even - 1.0).abs()).fold(0.0, f64::max)
}
