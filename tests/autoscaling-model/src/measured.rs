//! The measurements that the model starts from: of a real worker, RabbitMQ and S3 server.

use serde::{Deserialize, Serialize};

/// What was measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// From the start of the process until `/readyz` answers 200.
    pub start_s: f64,
    /// What models of some sizes take, from small to large.
    pub models: Vec<Model>,
    /// With four jobs at once, a hundred thousand triangles each: models a second on all of the machine.
    pub four_at_once_per_s: f64,
    /// Consumed, published, confirmed and acknowledged by the mover.
    pub broker_per_s: f64,
    /// GETs of small objects a second.
    pub store_gets_per_s: f64,
    /// Bytes of large objects a second.
    pub store_bytes_per_s: f64,
    /// Both, as a job has it: consumed, fetched, published, confirmed and acknowledged.
    pub moved_per_s: f64,
}

/// What a model takes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Model {
    /// Its size.
    pub triangles: usize,
    /// Processor time.
    pub processor_s: f64,
    /// From one answer to the next, of a worker with one job at a time: of ten, the fastest. Other load on the machine can
    /// only make it longer.
    pub alone_s: f64,
}

impl Model {
    /// How long it takes one of so many slots of a pod with so many cores, while all slots are taken.
    pub fn service_s(&self, slots: usize, cores: f64) -> f64 {
        // The slots share the cores; and a model is never faster than it is alone.
        (slots as f64 * self.processor_s / cores).max(self.alone_s)
    }
}
