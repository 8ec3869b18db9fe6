//! The search for the best settings. Every candidate plays the same days. Of those that keep the waits short, the best
//! has the fewest pod hours, or about as few and quicker uploads.

use std::fmt;

use bench_report::statistics::percentile;
use rayon::prelude::*;

use super::arrivals::Request;
use super::day::World;
use super::model::play;
use super::settings::{Down, Keda, Up};

/// The largest cost of a candidate relative to the cheapest: of those within it, the quickest is the best.
const ABOUT_AS_CHEAP: f64 = 1.05;
/// The longest wait of 99 of 100 interactive requests.
const INTERACTIVE_P99_S: f64 = 10.0;

/// A day for judging settings.
pub struct Trial {
    /// Its name in the output.
    pub name: &'static str,
    /// Its requests, by time.
    pub requests: Vec<Request>,
    /// The limit within which 19 of 20 uploads of ten thousand models are priced.
    pub upload_p95_s: f64,
}

/// The outcome of settings over a day.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Outcome {
    /// The wait that 99 of 100 interactive requests do not exceed.
    pub interactive_p99_s: f64,
    /// Half of the uploads are priced within this.
    pub upload_median_s: f64,
    /// 19 of 20 uploads are priced within this.
    pub upload_p95_s: f64,
    /// The most replicas at once.
    pub most_replicas: u32,
    /// The cost of the day.
    pub pod_hours: f64,
}

impl Outcome {
    /// Plays a day.
    pub fn of(world: &World, keda: &Keda, requests: &[Request]) -> Self {
        let day = play(world, &keda.settings(world.slots), requests);
        // A day may have no requests of a queue, and so no waits.
        let percentile = |values: &[f64], percent| percentile(values, percent).unwrap_or(0.0);
        Self {
            interactive_p99_s: percentile(&day.waits_s[0], 99.0),
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

/// Settings with their outcome in each trial.
struct Judged {
    /// The settings.
    keda: Keda,
    /// One for each trial.
    outcomes: Vec<Outcome>,
    /// Whether every wait is within its trial's limit.
    waits_are_short: bool,
}

impl Judged {
    /// Plays all trials.
    fn of(world: &World, keda: Keda, trials: &[Trial]) -> Self {
        let outcomes: Vec<_> = trials.iter().map(|trial| Outcome::of(world, &keda, &trial.requests)).collect();
        let waits_are_short = trials.iter().zip(&outcomes).all(|(trial, outcome)| outcome.keeps_to(trial));
        Self { keda, outcomes, waits_are_short }
    }

    /// The pod hours of all trials.
    fn pod_hours(&self) -> f64 {
        self.outcomes.iter().map(|outcome| outcome.pod_hours).sum()
    }

    fn uploads_s(&self) -> f64 {
        self.outcomes.iter().map(|outcome| outcome.upload_p95_s).sum()
    }
}

/// Judges all candidates, and sorts them: those that keep the waits short first, and of both kinds the cheaper first.
fn judge(world: &World, chart: &Keda, trials: &[Trial]) -> Vec<Judged> {
    let mut judged: Vec<_> = candidates(chart).into_par_iter().map(|keda| Judged::of(world, keda, trials)).collect();
    judged.sort_by(|a, b| {
        let waiting = b.waits_are_short.cmp(&a.waits_are_short);
        waiting.then(a.pod_hours().total_cmp(&b.pod_hours()))
    });
    judged
}

/// The best of sorted candidates; none if no candidate keeps the waits short.
fn best(judged: &[Judged]) -> Option<&Judged> {
    let cheapest = judged.first().filter(|first| first.waits_are_short)?;
    let about_as_cheap = |one: &&Judged| one.pod_hours() <= cheapest.pod_hours() * ABOUT_AS_CHEAP;
    let good = judged.iter().take_while(|one| one.waits_are_short).take_while(about_as_cheap);
    good.min_by(|a, b| a.uploads_s().total_cmp(&b.uploads_s()))
}

/// Plays the trials with every candidate, and prints the best. The store of `world` must keep up, so that the size of a
/// test server does not influence the choice.
pub fn print(chart: &Keda, world: &World, trials: &[Trial]) {
    println!("By settings: p99 of interactive waits, p95 of uploads, most replicas, pod hours a day. The days:");
    for Trial { name, upload_p95_s, .. } in trials {
        println!("  {name}: uploads within {upload_p95_s:.0} s, interactive waits within {INTERACTIVE_P99_S} s");
    }
    let own = Judged::of(world, *chart, trials);
    println!("the chart's own:\n  {own}");
    let judged = judge(world, chart, trials);
    println!("all, the best first:");
    for judged in &judged {
        println!("  {judged}");
    }
    let Some(best) = best(&judged) else {
        println!("none of them keeps the waits short");
        return;
    };
    println!(
        "the best: it keeps the waits short, with the fewest pod hours or about as few and quicker uploads:\n  {best}"
    );
    let more = 100.0 * (own.pod_hours() / best.pod_hours() - 1.0);
    println!("the chart's own take {more:.0} % more pod hours than it");
    println!("and with another least number of pods, or polling interval:");
    for (min_replicas, polling_s) in [(1, 30), (2, 5), (0, 5), (0, 30)] {
        println!("  {}", Judged::of(world, Keda { min_replicas, polling_s, ..best.keda }, trials));
    }
}

/// Every combination of the values worth a try.
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
        f.write_str(if self.waits_are_short { "" } else { "  too long" })
    }
}
