//! Tests of the autoscaler's decisions against the formulas and examples of Kubernetes' and KEDA's documentation.

use std::time::Duration;

use autoscaling_model::autoscaler::{Autoscaler, Change, Policy, Rules, Settings};

fn s(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn rules(stabilization_s: u64, policies: &[(Change, u64)]) -> Rules {
    let policies = policies.iter().map(|&(change, period_s)| Policy { change, period: s(period_s) });
    Rules { stabilization: s(stabilization_s), policies: policies.collect() }
}

/// No limit to the steps and no window: the formula alone.
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
    // Replicas, backlogs, expected replicas. The first two are the documentation's own: twice the target doubles the
    // replicas, half of it halves them.
    let table: [(u32, &[u64], u32); 15] = [
        (4, &[800], 8),
        (4, &[200], 2),
        (4, &[400], 4),
        // Within a tenth the number stays; beyond that it is rounded up.
        (10, &[1_100], 10),
        (10, &[1_101], 12),
        (10, &[900], 10),
        (10, &[899], 9),
        (1, &[101], 1),
        (1, &[111], 2),
        // The larger of two metrics, in either order.
        (2, &[50, 700], 7),
        (2, &[700, 50], 7),
        // Within the minimum and the maximum, and back within them at once.
        (3, &[0, 0], 1),
        (3, &[1_000_000, 0], 1_000),
        (1_001, &[0, 0], 1_000),
        (0, &[1_000, 0], 0),
    ];
    for (replicas, backlogs, expected) in table {
        assert_eq!(Autoscaler::new(formula()).sync(s(0), replicas, backlogs), expected, "{replicas} {backlogs:?}");
    }
}

/// Syncs at an interval with the same backlog each time; returns the replicas after each.
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
    // Seconds, replicas, backlogs, expected replicas.
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
