//! The surroundings that a day is played in, and its outcome.

/// The surroundings of the deployment: measured, assumed, or a default of the programs around it.
#[derive(Debug, Clone, PartialEq)]
pub struct World {
    /// Jobs in each worker at once.
    pub slots: usize,
    /// From the decision to have one more until it takes requests.
    pub start_s: f64,
    /// How long a worker that is told to stop may work on.
    pub drain_timeout_s: f64,
    /// How often the HPA controller looks.
    pub sync_s: f64,
    /// How often a queue counts its messages, and how often the management API gathers the counts.
    pub statistics_s: f64,
    /// What the broker takes, all workers together: requests a second, each delivered, answered and acknowledged.
    pub broker_per_s: f64,
    /// What the store gives, all workers together: GETs a second.
    pub store_gets_per_s: f64,
    /// And bytes a second.
    pub store_bytes_per_s: f64,
    /// How finely the day is drawn.
    pub sample_s: f64,
}

impl World {
    /// The same, with a store that gives as much as is asked.
    #[must_use]
    pub fn with_a_store_that_keeps_up(&self) -> Self {
        Self { store_gets_per_s: f64::MAX, store_bytes_per_s: f64::MAX, ..self.clone() }
    }
}

/// The outcome of a day.
#[derive(Debug, Default)]
pub struct Day {
    /// From arrival to the begin of work on it, by queue, in the order of beginning.
    pub waits_s: [Vec<f64>; 2],
    /// From arrival until it was acknowledged, for each request; NaN where it never was.
    pub answered_s: Vec<f64>,
    /// From each upload until its last model was answered.
    pub uploads_s: Vec<f64>,
    /// The deployment at regular times.
    pub samples: Vec<Sample>,
    /// All workers, from the decision to have them until they are gone.
    pub pod_seconds: f64,
    /// The most replicas that were asked for at once.
    pub most_replicas: u32,
    /// Times that a request was begun again, its worker being told to stop and out of time.
    pub begun_again: usize,
    /// The area under ready and unacknowledged messages.
    pub backlog_seconds: f64,
    /// When the last request was answered.
    pub ended_s: f64,
}

/// The deployment at one time.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Sample {
    /// In seconds of the day.
    pub at_s: f64,
    /// Replicas that were asked for.
    pub replicas: u32,
    /// Replicas that take requests.
    pub ready: u32,
    /// Messages, ready and unacknowledged.
    pub backlogs: [u64; 2],
    /// The longest wait of those whose work began since the last sample, if any did.
    pub longest_wait_s: [Option<f64>; 2],
}
