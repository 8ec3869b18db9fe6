//! Replicas that follow the queue: what the autoscaler decides, what real workers do by it, and the model by which
//! `benches/autoscaling` judges a whole day and the chart's settings.

mod decided;
mod modelled;
mod real;
