//! A model of the deployment's autoscaling: a day of requests, played event by event against the chart's settings.
//!
//! [`autoscaler`] decides on replicas as KEDA and the HPA controller do; a test starts and stops real workers by it.
//! [`arrivals`] generates the requests of a day, and [`model`] plays them. The tests check both against the
//! documentation of Kubernetes and against queueing theory. `benches/autoscaling` measures a worker, a broker and a
//! store ([`measured`]), plays the days ([`scenario`]), compares the chart's settings with others ([`sweep`]), and
//! writes `docs/autoscaling.md` ([`report`], [`chart`]).

pub mod arrivals;
pub mod autoscaler;
pub mod chart;
pub mod day;
pub mod measured;
pub mod model;
pub mod report;
pub mod scenario;
pub mod settings;
pub mod sweep;
