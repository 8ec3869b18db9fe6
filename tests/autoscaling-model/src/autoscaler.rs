//! The autoscaler: decides the number of replicas as KEDA and the Kubernetes HPA controller do, on numbers alone.
//!
//! KEDA makes a `HorizontalPodAutoscaler` of a `ScaledObject`: each trigger is an external metric with an
//! `AverageValue`, and `advanced.horizontalPodAutoscalerConfig.behavior` is the HPA's own. Above zero the HPA decides,
//! each time it syncs; KEDA itself only goes from none to one, as it polls, and back to none after its cooldown
//! (<https://keda.sh/docs/latest/concepts/scaling-deployments/>,
//! <https://keda.sh/docs/latest/reference/scaledobject-spec/>).
//!
//! The formulas are those of <https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/> and, where it
//! is silent (what a percentage is rounded to, what a period starts from), those of the controller's source,
//! `pkg/controller/podautoscaler`. Left out: metrics that cannot be fetched, KEDA's fallback, and `selectPolicy: Min`,
//! since the chart uses none of them in the steady state.
//!
//! The test with real workers and the model of a day both use it.

use std::time::Duration;

/// The settings of a `ScaledObject`.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// The minimum; 0 lets KEDA go to none.
    pub min_replicas: u32,
    /// The maximum.
    pub max_replicas: u32,
    /// Messages, ready and unacknowledged, of one queue for each replica: the trigger's `value`.
    pub messages_per_replica: u64,
    /// The limits on scaling up.
    pub scale_up: Rules,
    /// The limits on scaling down.
    pub scale_down: Rules,
    /// KEDA's polling interval.
    pub polling_interval: Duration,
    /// KEDA's cooldown: the time without work before it goes to none.
    pub cooldown: Duration,
}

/// The limits on changes in one direction: the policy that allows the largest change counts.
#[derive(Debug, Clone, PartialEq)]
pub struct Rules {
    /// The stabilization window: up, no further than its lowest recommendation; down, no further than its highest.
    pub stabilization: Duration,
    /// Of these, the one that allows the largest change counts.
    pub policies: Vec<Policy>,
}

/// A limit on the change within a period.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Policy {
    /// The largest change.
    pub change: Change,
    /// The period.
    pub period: Duration,
}

/// An amount of change in replicas.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Change {
    /// A number of pods.
    Pods(u32),
    /// A percentage of the replicas at the start of the period.
    Percent(u32),
}

/// A backlog this close to the target changes nothing: the controller's default.
const TOLERANCE: f64 = 0.1;

/// The autoscaler of one deployment, from sync to sync.
#[derive(Debug)]
pub struct Autoscaler {
    settings: Settings,
    /// The recommendations by the backlogs alone, with their times.
    recommendations: Vec<(Duration, u32)>,
    /// The changes of the replicas, with their times.
    changes: Vec<(Duration, i64)>,
    last_active: Duration,
}

impl Autoscaler {
    /// An autoscaler before its first sync.
    pub fn new(settings: Settings) -> Self {
        Self { settings, recommendations: Vec::new(), changes: Vec::new(), last_active: Duration::ZERO }
    }

    /// One sync of the HPA controller: takes the current replicas and each queue's backlog, and returns the desired
    /// replicas. `now` is the time since any start.
    pub fn sync(&mut self, now: Duration, replicas: u32, backlogs: &[u64]) -> u32 {
        // The HPA is off while its target has no replica; KEDA gives it a minimum of one.
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

    /// One poll by KEDA: goes from none to one as soon as there is work, and to none after the cooldown without work.
    pub fn poll(&mut self, now: Duration, replicas: u32, backlogs: &[u64]) -> u32 {
        if backlogs.iter().any(|&backlog| backlog > 0) {
            self.last_active = now;
            return replicas.max(1);
        }
        let may_go = self.settings.min_replicas == 0 && now >= self.last_active + self.settings.cooldown;
        if may_go { 0 } else { replicas }
    }

    /// The recommendation by the backlogs alone: the largest `ceil(backlog / value)`.
    fn recommended(&self, replicas: u32, backlogs: &[u64]) -> u32 {
        let per_replica = self.settings.messages_per_replica;
        let by_one = |&backlog: &u64| {
            let ratio = backlog as f64 / (per_replica as f64 * f64::from(replicas));
            let near_enough = (1.0 - TOLERANCE..=1.0 + TOLERANCE).contains(&ratio);
            if near_enough { replicas } else { backlog.div_ceil(per_replica) as u32 }
        };
        backlogs.iter().map(by_one).max().unwrap_or(replicas)
    }

    /// The recommendation kept between the lowest of one window and the highest of the other.
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

    /// The desired replicas within the policies' limits and the bounds.
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

    /// The replicas at the start of the period.
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
