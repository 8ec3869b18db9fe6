//! Several workers on one queue: whether each gets its share.
//!
//! RabbitMQ deals ready messages out to consumers in turn, each up to its prefetch count. A worker takes ahead as many as
//! it works on at once, so while a backlog lasts every worker asks for its next as soon as it has acknowledged one: shares
//! follow speed, and workers that are alike get alike. With a prefetch count of hundreds the first to connect would take
//! hundreds before the second asks, which shows in every backlog shorter than a few times that.

use crate::loads::Load;
use crate::place::{Contender, Place};
use crate::process::Process;

/// By how many percent of the even share the worker farthest from it is off it, when so many work through so many jobs.
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
