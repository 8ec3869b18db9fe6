//! The requests of a day: interactive prices by the hour, sellers' uploads, and models of log-normal sizes.
//!
//! It is seeded: the same demand gives the same day, on any machine.

/// Seconds of a day.
pub const DAY_S: f64 = 86_400.0;

/// Each hour's share of the day's orders: hardly any at night, most at noon and in the evening. A shop's usual curve;
/// assumed.
const HOURS: [f64; 24] = [
    0.6, 0.3, 0.2, 0.1, 0.1, 0.2, 0.7, 1.8, 3.5, 5.2, 6.4, 7.0, 6.8, 6.6, 6.6, 6.5, 6.2, 6.0, 6.3, 7.4, 8.0, 7.2, 4.3,
    2.0,
];
/// The first and the last hour of sellers' uploads: their working day.
const UPLOADS: [f64; 2] = [8.0, 20.0];

/// The demand of a day.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Demand {
    /// Orders of the day.
    pub orders: f64,
    /// Interactive requests for each order: most customers who ask for a price do not order.
    pub prices_per_order: f64,
    /// Uploads of sellers.
    pub uploads: usize,
    /// Models of each upload.
    pub models_per_upload: usize,
}

impl Demand {
    /// The expected number of requests in a day.
    pub fn requests(&self) -> f64 {
        self.orders * self.prices_per_order + (self.uploads * self.models_per_upload) as f64
    }

    /// The largest expected number in one hour, as a share of the day.
    pub fn busiest_hour(&self) -> f64 {
        let interactive = self.orders * self.prices_per_order;
        let (all, most) = (HOURS.iter().sum::<f64>(), HOURS.iter().copied().fold(0.0, f64::max));
        let bulk = (self.uploads * self.models_per_upload) as f64 / (UPLOADS[1] - UPLOADS[0]);
        (interactive * most / all + bulk) / self.requests()
    }
}

/// A queue of requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Queue {
    /// The queue of requests that a customer waits for.
    Interactive,
    /// The queue of uploads.
    Bulk,
}

/// A request.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Request {
    /// Its arrival, in seconds of the day.
    pub at_s: f64,
    /// Its queue.
    pub queue: Queue,
    /// The time that it takes a slot, while the worker's other slots are taken too.
    pub service_s: f64,
    /// The size of its model.
    pub bytes: f64,
    /// The upload that it is part of.
    pub upload: Option<usize>,
}

/// The distribution of model sizes: a log-normal number of triangles, as for sizes that result from many factors.
///
/// The shape follows from the program that priced them so far, whose time grows with the triangles: two and a half
/// minutes on average and thirty at most, twelve times as many. With σ = 0.95 one model in a thousand is beyond twelve
/// times the mean: exp(3.09 σ - σ²/2) = 12.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sizes {
    /// The mean.
    pub mean_triangles: f64,
    /// The standard deviation of the logarithm.
    pub sigma: f64,
}

impl Sizes {
    /// Draws a model's number of triangles.
    pub fn triangles(&self, random: &mut Random) -> f64 {
        let median = self.mean_triangles * (-self.sigma * self.sigma / 2.0).exp();
        (median * (self.sigma * random.normal()).exp()).max(4.0)
    }
}

/// The times of models of some sizes; other sizes are interpolated linearly.
#[derive(Debug, Clone, PartialEq)]
pub struct ServiceTimes {
    /// Triangles and seconds, from small to large: at least two.
    pub points: Vec<(f64, f64)>,
}

impl ServiceTimes {
    /// The time of a model.
    pub fn seconds(&self, triangles: f64) -> f64 {
        let points = &self.points;
        let upper = points.partition_point(|&(size, _)| size < triangles).clamp(1, points.len() - 1);
        let [(from, least), (to, most)] = [points[upper - 1], points[upper]];
        // Below the smallest size the time stays constant.
        least + (most - least) * ((triangles - from) / (to - from)).max(0.0)
    }

    /// The mean of the seconds over models of these sizes.
    pub fn mean_s(&self, sizes: &Sizes) -> f64 {
        const SAMPLES: usize = 100_000;
        let mut random = Random::new(7);
        (0..SAMPLES).map(|_| self.seconds(sizes.triangles(&mut random))).sum::<f64>() / SAMPLES as f64
    }
}

/// The size of a binary STL.
pub fn stl_bytes(triangles: f64) -> f64 {
    84.0 + 50.0 * triangles
}

/// The requests of a day, by time.
pub fn day(demand: &Demand, sizes: &Sizes, times: &ServiceTimes, seed: u64) -> Vec<Request> {
    let mut random = Random::new(seed);
    let mut requests = Vec::new();
    let mut ask = |random: &mut Random, at_s, queue, upload| {
        let triangles = sizes.triangles(random);
        let (service_s, bytes) = (times.seconds(triangles), stl_bytes(triangles));
        requests.push(Request { at_s, queue, service_s, bytes, upload });
    };
    for _ in 0..random.poisson(demand.orders * demand.prices_per_order) {
        let at_s = (random.weighted(&HOURS) as f64 + random.uniform()) * 3_600.0;
        ask(&mut random, at_s, Queue::Interactive, None);
    }
    for upload in 0..demand.uploads {
        let at_s = (UPLOADS[0] + random.uniform() * (UPLOADS[1] - UPLOADS[0])) * 3_600.0;
        for _ in 0..demand.models_per_upload {
            ask(&mut random, at_s, Queue::Bulk, Some(upload));
        }
    }
    requests.sort_by(|a, b| a.at_s.total_cmp(&b.at_s));
    requests
}

/// `SplitMix64`: small, and good enough to draw arrivals.
#[derive(Debug, Clone)]
pub struct Random(u64);

impl Random {
    /// A generator that gives the same numbers for the same seed.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    /// Uniform, from 0 to below 1.
    pub fn uniform(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Exponential, with this mean.
    pub fn exponential(&mut self, mean: f64) -> f64 {
        -mean * (1.0 - self.uniform()).ln()
    }

    /// Normal, with mean 0 and standard deviation 1, after Box and Muller.
    pub fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.uniform()).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.uniform()).cos()
    }

    /// The number of events of a Poisson process in a time with this expected number.
    fn poisson(&mut self, expected: f64) -> usize {
        let (mut events, mut until) = (0, self.exponential(1.0));
        while until < expected {
            events += 1;
            until += self.exponential(1.0);
        }
        events
    }

    /// An index, drawn by its weight.
    fn weighted(&mut self, weights: &[f64]) -> usize {
        let mut left = self.uniform() * weights.iter().sum::<f64>();
        let chosen = weights.iter().position(|weight| {
            left -= weight;
            left < 0.0
        });
        chosen.unwrap_or(weights.len() - 1)
    }
}
