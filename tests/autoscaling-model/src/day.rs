//! The surroundings that the model plays a day in, and its outcome.

/// The surroundings of the deployment: measured, assumed, or a default of the programs around it.
#[derive(Debug, Clone, PartialEq)]
pub struct World {
    /// Concurrent jobs in each worker.
    pub slots: usize,
    /// The time from the decision to start a worker until it takes requests.
    pub start_s: f64,
    /// The drain timeout: how long a worker that is told to stop may work on.
    pub drain_timeout_s: f64,
    /// The sync interval of the HPA controller.
    pub sync_s: f64,
    /// The interval at which a queue counts its messages, and the one at which the management API gathers the counts.
    pub statistics_s: f64,
    /// The broker's rate for all workers together: requests a second, each delivered, answered and acknowledged.
    pub broker_per_s: f64,
    /// The store's rate for all workers together: GETs a second.
    pub store_gets_per_s: f64,
    /// The store's rate in bytes a second.
    pub store_bytes_per_s: f64,
    /// The interval between two samples of the day.
    pub sample_s: f64,
}

impl World {
    /// The same with a store of unlimited rate.
    #[must_use]
    pub fn with_a_store_that_keeps_up(&self) -> Self {
        Self { store_gets_per_s: f64::MAX, store_bytes_per_s: f64::MAX, ..self.clone() }
    }
}

/// The outcome of a day.
#[derive(Debug, Default)]
pub struct Day {
    /// The waits from arrival to the start of work, by queue, in the order of starting.
    pub waits_s: [Vec<f64>; 2],
    /// The time from arrival to acknowledgement, for each request; NaN without one.
    pub answered_s: Vec<f64>,
    /// The time from each upload until its last model is answered.
    pub uploads_s: Vec<f64>,
    /// The deployment at regular times.
    pub samples: Vec<Sample>,
    /// The time of all workers, from the decision to start them until they are gone.
    pub pod_seconds: f64,
    /// The most replicas at once.
    pub most_replicas: u32,
    /// The number of requests begun again because their worker's drain timeout ended.
    pub begun_again: usize,
    /// The area under ready and unacknowledged messages.
    pub backlog_seconds: f64,
    /// The time of the last answer.
    pub ended_s: f64,
}

/// The deployment at one time.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Sample {
    /// In seconds of the day.
    pub at_s: f64,
    /// The desired replicas.
    pub replicas: u32,
    /// The ready replicas.
    pub ready: u32,
    /// Messages, ready and unacknowledged.
    pub backlogs: [u64; 2],
    /// The longest wait of requests whose work began since the last sample, if any did.
    pub longest_wait_s: [Option<f64>; 2],
}
