//! The measurements of a real worker, RabbitMQ and S3 server that the model starts from.

use serde::{Deserialize, Serialize};

/// All measurements.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// The time from the start of the process until `/readyz` answers 200.
    pub start_s: f64,
    /// The times of models of some sizes, from small to large.
    pub models: Vec<Model>,
    /// Models a second on the whole machine, with four jobs at once of a hundred thousand triangles each.
    pub four_at_once_per_s: f64,
    /// Messages a second that the mover consumes, publishes, confirms and acknowledges.
    pub broker_per_s: f64,
    /// GETs of small objects a second.
    pub store_gets_per_s: f64,
    /// Bytes of large objects a second.
    pub store_bytes_per_s: f64,
    /// Jobs a second with both: consumed, fetched, published, confirmed and acknowledged.
    pub moved_per_s: f64,
}

/// The time of one model.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Model {
    /// Its size.
    pub triangles: usize,
    /// Processor time.
    pub processor_s: f64,
    /// The time from one answer to the next, of a worker with one job at a time: the 10th percentile, since other load on
    /// the machine can only make it longer.
    pub alone_s: f64,
}

impl Model {
    /// The time in one of a pod's slots, while all slots are taken.
    pub fn service_s(&self, slots: usize, cores: f64) -> f64 {
        // The slots share the cores; and a model is never faster than alone.
        (slots as f64 * self.processor_s / cores).max(self.alone_s)
    }
}
