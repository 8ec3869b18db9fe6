//! Which settings are best: candidates play the same days, and of those that keep nobody waiting the fewest pod hours win,
//! or about the fewest with quicker uploads.

use std::fmt;

use rayon::prelude::*;

use super::arrivals::Request;
use super::day::{World, percentile};
use super::model::play;
use super::settings::{Down, Keda, Up};

/// Of those that are so much dearer than the cheapest at most, the quickest is the best.
const ABOUT_AS_CHEAP: f64 = 1.05;
/// Who waits for an interactive price waits no longer than this, but for one of a hundred.
pub const INTERACTIVE_P99_S: f64 = 10.0;

/// A day that settings are judged by.
pub struct Trial {
    pub name: &'static str,
    pub requests: Vec<Request>,
    /// A seller's ten thousand models are priced within this, but for one upload of twenty.
    pub upload_p95_s: f64,
}

/// What settings come to, over a day.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Outcome {
    pub interactive_p99_s: f64,
    pub interactive_longest_s: f64,
    pub upload_median_s: f64,
    pub upload_p95_s: f64,
    pub most_replicas: u32,
    pub pod_hours: f64,
}

impl Outcome {
    /// Plays a day.
    pub fn of(world: &World, keda: &Keda, requests: &[Request]) -> Self {
        let day = play(world, &keda.settings(world.slots), requests);
        Self {
            interactive_p99_s: percentile(&day.waits_s[0], 99.0),
            interactive_longest_s: percentile(&day.waits_s[0], 100.0),
            upload_median_s: percentile(&day.uploads_s, 50.0),
            upload_p95_s: percentile(&day.uploads_s, 95.0),
            most_replicas: day.most_replicas,
            pod_hours: day.pod_seconds / 3_600.0,
        }
    }

    fn keeps_to(&self, trial: &Trial) -> bool {
        self.interactive_p99_s <= INTERACTIVE_P99_S && self.upload_p95_s <= trial.upload_p95_s
    }
}

/// Settings, and what they come to in each trial.
pub struct Judged {
    pub keda: Keda,
    pub outcomes: Vec<Outcome>,
    pub keeps_nobody_waiting: bool,
}

impl Judged {
    pub fn of(world: &World, keda: Keda, trials: &[Trial]) -> Self {
        let outcomes: Vec<_> = trials.iter().map(|trial| Outcome::of(world, &keda, &trial.requests)).collect();
        let keeps_nobody_waiting = trials.iter().zip(&outcomes).all(|(trial, outcome)| outcome.keeps_to(trial));
        Self { keda, outcomes, keeps_nobody_waiting }
    }

    /// Of all trials.
    pub fn pod_hours(&self) -> f64 {
        self.outcomes.iter().map(|outcome| outcome.pod_hours).sum()
    }

    fn uploads_s(&self) -> f64 {
        self.outcomes.iter().map(|outcome| outcome.upload_p95_s).sum()
    }
}

/// Judges all candidates: those that keep nobody waiting first, and of either kind the cheaper first.
pub fn judge(world: &World, chart: &Keda, trials: &[Trial]) -> Vec<Judged> {
    let mut judged: Vec<_> = candidates(chart).into_par_iter().map(|keda| Judged::of(world, keda, trials)).collect();
    judged.sort_by(|a, b| {
        let waiting = b.keeps_nobody_waiting.cmp(&a.keeps_nobody_waiting);
        waiting.then(a.pod_hours().total_cmp(&b.pod_hours()))
    });
    judged
}

/// The best of those that were judged, sorted: none where each keeps somebody waiting.
pub fn best(judged: &[Judged]) -> Option<&Judged> {
    let cheapest = judged.first().filter(|first| first.keeps_nobody_waiting)?;
    let about_as_cheap = |one: &&Judged| one.pod_hours() <= cheapest.pod_hours() * ABOUT_AS_CHEAP;
    let good = judged.iter().take_while(|one| one.keeps_nobody_waiting).take_while(about_as_cheap);
    good.min_by(|a, b| a.uploads_s().total_cmp(&b.uploads_s()))
}

/// Every combination of what is worth a try.
fn candidates(chart: &Keda) -> Vec<Keda> {
    let ups = [(0, 100, 4, 15), (0, 100, 10, 15), (0, 100, 1, 60), (30, 100, 4, 15)];
    let ups = ups.map(|(stabilization_s, percent, pods, period_s)| Up { stabilization_s, percent, pods, period_s });
    let downs = [(300, 1, 60), (120, 2, 60), (60, 4, 60), (120, 4, 15), (60, 10, 15)];
    let downs = downs.map(|(stabilization_s, pods, period_s)| Down { stabilization_s, pods, period_s });
    let mut all = Vec::new();
    for messages_per_slot in [5, 10, 20, 50, 100, 200, 400] {
        for up in ups {
            for down in downs {
                all.push(Keda { messages_per_slot, up, down, ..*chart });
            }
        }
    }
    all
}

impl fmt::Display for Keda {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { min_replicas, polling_s, messages_per_slot, up, down, .. } = self;
        write!(
            f,
            "at least {min_replicas}, poll {polling_s:>2} s, {messages_per_slot:>3} a slot, up {}% or {:>2} in {} s after \
             {:>2} s, down {:>2} in {} s after {:>3} s",
            up.percent, up.pods, up.period_s, up.stabilization_s, down.pods, down.period_s, down.stabilization_s
        )
    }
}

impl fmt::Display for Judged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.keda)?;
        for outcome in &self.outcomes {
            let Outcome { interactive_p99_s, upload_p95_s, most_replicas, pod_hours, .. } = outcome;
            write!(f, " | {interactive_p99_s:>6.2} s {upload_p95_s:>4.0} s {most_replicas:>2} {pod_hours:>5.1}")?;
        }
        f.write_str(if self.keeps_nobody_waiting { "" } else { "  too long" })
    }
}
