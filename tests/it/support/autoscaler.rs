//! How many replicas there should be: as KEDA and the Kubernetes HPA controller decide it, on numbers alone.
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

/// What a `ScaledObject` says.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// At least so many; 0 lets KEDA go to none.
    pub min_replicas: u32,
    pub max_replicas: u32,
    /// Messages, ready and unacknowledged, of one queue for each replica: the trigger's `value`.
    pub messages_per_replica: u64,
    pub scale_up: Rules,
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
    pub policies: Vec<Policy>,
}

/// So much in so long.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Policy {
    pub change: Change,
    pub period: Duration,
}

/// How much replicas may change.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Change {
    Pods(u32),
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

#[cfg(test)]
mod tests {
    use super::*;

    fn s(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn rules(stabilization_s: u64, policies: &[(Change, u64)]) -> Rules {
        let policies = policies.iter().map(|&(change, period_s)| Policy { change, period: s(period_s) });
        Rules { stabilization: s(stabilization_s), policies: policies.collect() }
    }

    /// No limit to the steps, no window: the formula alone.
    fn formula() -> Settings {
        Settings {
            min_replicas: 1,
            max_replicas: 1_000,
            messages_per_replica: 100,
            scale_up: rules(0, &[(Change::Percent(100_000), 1)]),
            scale_down: rules(0, &[(Change::Percent(100), 1)]),
            polling_interval: s(5),
            cooldown: s(300),
        }
    }

    #[test]
    fn by_the_formula_of_kubernetes() {
        // Replicas, backlogs, replicas that there should be. The first two are the documentation's own: twice what is
        // desired doubles them, half of it halves them.
        let table: [(u32, &[u64], u32); 15] = [
            (4, &[800], 8),
            (4, &[200], 2),
            (4, &[400], 4),
            // Within a tenth nothing changes; what is beyond is rounded up.
            (10, &[1_100], 10),
            (10, &[1_101], 12),
            (10, &[900], 10),
            (10, &[899], 9),
            (1, &[101], 1),
            (1, &[111], 2),
            // The larger of two metrics, in either order.
            (2, &[50, 700], 7),
            (2, &[700, 50], 7),
            // Never none, never more than there may be, and at once where there are more or fewer.
            (3, &[0, 0], 1),
            (3, &[1_000_000, 0], 1_000),
            (1_001, &[0, 0], 1_000),
            (0, &[1_000, 0], 0),
        ];
        for (replicas, backlogs, expected) in table {
            assert_eq!(Autoscaler::new(formula()).sync(s(0), replicas, backlogs), expected, "{replicas} {backlogs:?}");
        }
    }

    /// Syncs every so often with the same backlog each time; the replicas after each.
    fn over_time(settings: Settings, mut replicas: u32, every_s: u64, backlogs: &[u64]) -> Vec<u32> {
        let mut autoscaler = Autoscaler::new(settings);
        let syncs = backlogs.iter().enumerate().map(|(number, &backlog)| {
            replicas = autoscaler.sync(s(every_s * number as u64), replicas, &[backlog, 0]);
            replicas
        });
        syncs.collect()
    }

    #[test]
    fn scale_down_is_no_faster_than_the_policies_allow() {
        // The documentation's example: at most 4 pods or a tenth in a minute, whichever is more. From 80 to 10: 8, then
        // 8 again (a tenth of 72, rounded up), …, and 4 each minute from 40 on.
        let scale_down = rules(0, &[(Change::Pods(4), 60), (Change::Percent(10), 60)]);
        let settings = Settings { scale_down, ..formula() };
        let steps = [72, 64, 57, 51, 45, 40, 36, 32, 28, 24, 20, 16, 12, 10, 10];
        assert_eq!(over_time(settings, 80, 60, &[1_000; 15]), steps);
    }

    #[test]
    fn a_period_is_counted_back_from_each_sync() {
        let settings = Settings { scale_down: rules(0, &[(Change::Pods(1), 60)]), ..formula() };
        // Four syncs a minute, one pod in it.
        assert_eq!(over_time(settings, 4, 15, &[0; 10]), [3, 3, 3, 3, 2, 2, 2, 2, 1, 1]);
    }

    #[test]
    fn scale_up_by_default_is_four_pods_or_twofold() {
        // Kubernetes' own default for scaling up.
        let scale_up = rules(0, &[(Change::Percent(100), 15), (Change::Pods(4), 15)]);
        let settings = Settings { scale_up, max_replicas: 50, ..formula() };
        assert_eq!(over_time(settings, 1, 15, &[100_000; 6]), [5, 10, 20, 40, 50, 50]);
    }

    #[test]
    fn a_window_keeps_the_most_that_was_recommended_on_the_way_down() {
        let settings = Settings { scale_down: rules(60, &[(Change::Percent(100), 15)]), ..formula() };
        let backlogs = [500, 800, 0, 0, 0, 0, 0];
        // Eight until a minute after they were last needed.
        assert_eq!(over_time(settings, 5, 15, &backlogs), [5, 8, 8, 8, 8, 1, 1]);
    }

    #[test]
    fn a_window_keeps_the_least_that_was_recommended_on_the_way_up() {
        let settings = Settings { scale_up: rules(30, &[(Change::Percent(900), 15)]), ..formula() };
        assert_eq!(over_time(settings, 1, 15, &[0, 800, 800, 900, 900]), [1, 1, 8, 8, 9]);
    }

    #[test]
    fn keda_alone_goes_to_none_and_back() {
        let mut autoscaler = Autoscaler::new(Settings { min_replicas: 0, ..formula() });
        // Seconds, replicas, backlogs, replicas that there should be.
        let table: [(u64, u32, [u64; 2], u32); 6] = [
            (0, 0, [0, 0], 0),
            (5, 0, [0, 3], 1),
            (10, 4, [1, 0], 4),
            (309, 4, [0, 0], 4),
            (310, 4, [0, 0], 0),
            (315, 0, [1, 0], 1),
        ];
        for (at, replicas, backlogs, expected) in table {
            assert_eq!(autoscaler.poll(s(at), replicas, &backlogs), expected, "after {at} s");
        }
        assert_eq!(Autoscaler::new(formula()).poll(s(10_000), 1, &[0, 0]), 1, "with a minimum of one, one stays");
    }
}
