//! Replicas that follow the queue: with real workers, and in the model by which `benches/autoscaling` judges a whole day
//! and the chart's settings.

mod modelled;
mod real;

#[allow(dead_code)]
#[path = "../../../benches/autoscaling/arrivals.rs"]
mod arrivals;
#[allow(dead_code)]
#[path = "../../../benches/autoscaling/day.rs"]
mod day;
#[path = "../../../benches/autoscaling/model.rs"]
mod model;
