//! The number of replicas, decided as KEDA and the Kubernetes HPA controller decide it, on numbers alone.
//!
//! KEDA makes a `HorizontalPodAutoscaler` of a `ScaledObject`: each trigger is an external metric with an `AverageValue`,
//! and `advanced.horizontalPodAutoscalerConfig.behavior` is the HPA's own. Above zero the HPA decides, each time it
//! syncs; KEDA itself only goes from none to one, as it polls, and back to none after its cooldown
//! (<https://keda.sh/docs/latest/concepts/scaling-deployments/>, <https://keda.sh/docs/latest/reference/scaledobject-spec/>).
//!
//! The formulas are those of <https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/> and, where it
//! is silent (what a percentage is rounded to, what a period starts from), those of the controller's source,
//! `pkg/controller/podautoscaler`. Left out: metrics that cannot be fetched, KEDA's fallback, and `selectPolicy: Min`,
//! since the chart uses none of them in the steady state.
//!
//! The test that starts and stops real workers and the model of a day both decide by this.

use std::time::Duration;

/// The settings of a `ScaledObject`.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// At least so many; 0 lets KEDA go to none.
    pub min_replicas: u32,
    /// At most so many.
    pub max_replicas: u32,
    /// Messages, ready and unacknowledged, of one queue for each replica: the trigger's `value`.
    pub messages_per_replica: u64,
    /// How fast replicas may become more.
    pub scale_up: Rules,
    /// How fast they may become fewer.
    pub scale_down: Rules,
    /// How often KEDA looks whether there is anything to do.
    pub polling_interval: Duration,
    /// How long there must have been nothing to do before KEDA goes to none.
    pub cooldown: Duration,
}

/// How fast replicas may change, one way: the policy that allows the most counts.
#[derive(Debug, Clone, PartialEq)]
pub struct Rules {
    /// Up: no further than the lowest that was recommended in this time; down: no further than the highest.
    pub stabilization: Duration,
    /// Of these, the one that allows the largest change counts.
    pub policies: Vec<Policy>,
}

/// A change of so much in so long.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Policy {
    /// At most this.
    pub change: Change,
    /// In this time.
    pub period: Duration,
}

/// How much replicas may change.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Change {
    /// By so many.
    Pods(u32),
    /// By so many percent of what there was.
    Percent(u32),
}

/// A backlog so near to what its replicas are there for changes nothing: the controller's default.
const TOLERANCE: f64 = 0.1;

/// Decides for one deployment, from sync to sync.
#[derive(Debug)]
pub struct Autoscaler {
    settings: Settings,
    /// What the backlogs alone asked for, and when.
    recommendations: Vec<(Duration, u32)>,
    /// By how much the replicas were changed, and when.
    changes: Vec<(Duration, i64)>,
    last_active: Duration,
}

impl Autoscaler {
    /// An autoscaler before its first sync.
    pub fn new(settings: Settings) -> Self {
        Self { settings, recommendations: Vec::new(), changes: Vec::new(), last_active: Duration::ZERO }
    }

    /// One sync of the HPA controller: from the replicas that there are and each queue's backlog to the replicas that
    /// there should be. `now` is the time since any start.
    pub fn sync(&mut self, now: Duration, replicas: u32, backlogs: &[u64]) -> u32 {
        // An HPA is off while its target has none; KEDA gives it a minimum of one.
        let Settings { min_replicas, max_replicas, .. } = self.settings;
        let least = min_replicas.max(1);
        let target = if replicas == 0 {
            return 0;
        } else if replicas > max_replicas {
            max_replicas
        } else if replicas < least {
            least
        } else {
            let recommended = self.recommended(replicas, backlogs);
            let stabilized = self.stabilized(now, replicas, recommended);
            self.in_steps(now, replicas, stabilized, least)
        };
        self.record(now, i64::from(target) - i64::from(replicas));
        target
    }

    /// One look of KEDA's: from none to one as soon as there is work, and to none when there was none for long.
    pub fn poll(&mut self, now: Duration, replicas: u32, backlogs: &[u64]) -> u32 {
        if backlogs.iter().any(|&backlog| backlog > 0) {
            self.last_active = now;
            return replicas.max(1);
        }
        let may_go = self.settings.min_replicas == 0 && now >= self.last_active + self.settings.cooldown;
        if may_go { 0 } else { replicas }
    }

    /// By the backlogs alone: `ceil(backlog / value)`, and the largest of them.
    fn recommended(&self, replicas: u32, backlogs: &[u64]) -> u32 {
        let per_replica = self.settings.messages_per_replica;
        let by_one = |&backlog: &u64| {
            let ratio = backlog as f64 / (per_replica as f64 * f64::from(replicas));
            let near_enough = (1.0 - TOLERANCE..=1.0 + TOLERANCE).contains(&ratio);
            if near_enough { replicas } else { backlog.div_ceil(per_replica) as u32 }
        };
        backlogs.iter().map(by_one).max().unwrap_or(replicas)
    }

    /// Between the lowest of one window and the highest of the other.
    fn stabilized(&mut self, now: Duration, replicas: u32, recommended: u32) -> u32 {
        let [up, down] = [self.settings.scale_up.stabilization, self.settings.scale_down.stabilization];
        self.recommendations.retain(|(at, _)| at.saturating_add(up.max(down)) > now);
        self.recommendations.push((now, recommended));
        let within = |window: Duration| {
            let recent = self.recommendations.iter().filter(move |(at, _)| *at == now || *at + window > now);
            recent.map(|&(_, recommendation)| recommendation)
        };
        let lowest = within(up).min().unwrap_or(recommended);
        let highest = within(down).max().unwrap_or(recommended);
        replicas.max(lowest).min(highest)
    }

    /// No faster than the policies allow, and between the bounds.
    fn in_steps(&self, now: Duration, replicas: u32, wanted: u32, least: u32) -> u32 {
        let Settings { max_replicas, scale_up, scale_down, .. } = &self.settings;
        if wanted > replicas {
            let allowed = scale_up.policies.iter().map(|policy| match policy.change {
                Change::Pods(pods) => self.at_start_of(policy.period, now, replicas) + i64::from(pods),
                Change::Percent(percent) => {
                    let start = self.at_start_of(policy.period, now, replicas);
                    (start as f64 * (1.0 + f64::from(percent) / 100.0)).ceil() as i64
                }
            });
            let limit = bounded(allowed.max()).max(replicas);
            wanted.min(limit).min(*max_replicas)
        } else {
            let allowed = scale_down.policies.iter().map(|policy| match policy.change {
                Change::Pods(pods) => self.at_start_of(policy.period, now, replicas) - i64::from(pods),
                Change::Percent(percent) => {
                    let start = self.at_start_of(policy.period, now, replicas);
                    // Rounded down, so that a small percentage of a few still changes something.
                    (start as f64 * (1.0 - f64::from(percent) / 100.0)) as i64
                }
            });
            let limit = bounded(allowed.min()).min(replicas);
            wanted.max(limit).max(least)
        }
    }

    /// The replicas that there were so long ago.
    fn at_start_of(&self, period: Duration, now: Duration, replicas: u32) -> i64 {
        let since = self.changes.iter().filter(|(at, _)| *at + period > now).map(|(_, change)| change);
        i64::from(replicas) - since.sum::<i64>()
    }

    fn record(&mut self, now: Duration, change: i64) {
        let policies = self.settings.scale_up.policies.iter().chain(&self.settings.scale_down.policies);
        let longest = policies.map(|policy| policy.period).max().unwrap_or_default();
        self.changes.retain(|(at, _)| *at + longest > now);
        if change != 0 {
            self.changes.push((now, change));
        }
    }
}

fn bounded(limit: Option<i64>) -> u32 {
    u32::try_from(limit.unwrap_or_default().max(0)).unwrap_or(u32::MAX)
}
