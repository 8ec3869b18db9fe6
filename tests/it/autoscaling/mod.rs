//! Tests of autoscaling by queue length: the autoscaler's decisions, real workers that follow them, and the model by
//! which `benches/autoscaling` judges a whole day and the chart's settings.

mod decided;
mod modelled;
mod real;
