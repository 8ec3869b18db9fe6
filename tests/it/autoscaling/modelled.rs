//! Tests of the model of a day (`tests/autoscaling-model`) against queueing theory, and against rules for any day.

use std::time::Duration;

use autoscaling_model::arrivals::{DAY_S, Queue, Random, Request};
use autoscaling_model::autoscaler::{Change, Policy, Rules, Settings};
use autoscaling_model::day::{Day, World};
use autoscaling_model::model::play;
use proptest::prelude::*;

/// A broker and a store with unlimited rates, and workers that start at once.
fn world(slots: usize) -> World {
    World {
        slots,
        start_s: 0.0,
        drain_timeout_s: 30.0,
        sync_s: 15.0,
        statistics_s: 5.0,
        broker_per_s: 1e6,
        store_gets_per_s: 1e6,
        store_bytes_per_s: 1e12,
        sample_s: 60.0,
    }
}

fn rules(stabilization_s: u64, change: Change, period_s: u64) -> Rules {
    let period = Duration::from_secs(period_s);
    Rules { stabilization: Duration::from_secs(stabilization_s), policies: vec![Policy { change, period }] }
}

/// Settings with this minimum and maximum of workers.
fn between(min_replicas: u32, max_replicas: u32) -> Settings {
    Settings {
        min_replicas,
        max_replicas,
        messages_per_replica: 40,
        scale_up: rules(0, Change::Percent(100), 15),
        scale_down: rules(60, Change::Pods(1), 15),
        polling_interval: Duration::from_secs(5),
        cooldown: Duration::from_mins(5),
    }
}

/// The arrivals of a Poisson process over a day, each with a service time.
fn poisson(per_s: f64, queue: impl Fn(usize) -> Queue, mut service_s: impl FnMut(&mut Random) -> f64) -> Vec<Request> {
    let (mut random, mut at_s, mut requests) = (Random::new(1), 0.0, Vec::new());
    loop {
        at_s += random.exponential(1.0 / per_s);
        if at_s > DAY_S {
            return requests;
        }
        let (queue, service_s) = (queue(requests.len()), service_s(&mut random));
        requests.push(Request { at_s, queue, service_s, bytes: 0.0, upload: None });
    }
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// Erlang's C formula: the mean wait for one of `servers`, at an offered load (arrivals × service) in units of servers.
/// Hokstad 1978, and any textbook.
fn mean_wait_s(servers: usize, per_s: f64, service_s: f64) -> f64 {
    let load = per_s * service_s;
    // Erlang's B by its recursion, and C from B.
    let blocked = (1..=servers).fold(1.0, |b, n| load * b / (n as f64 + load * b));
    let utilization = load / servers as f64;
    let waits = blocked / (1.0 - utilization * (1.0 - blocked));
    waits * service_s / (servers as f64 - load)
}

#[test]
fn the_mean_wait_is_that_of_erlang() {
    for (slots, utilization) in [(1, 0.5), (1, 0.7), (2, 0.8), (4, 0.7), (8, 0.8)] {
        let service_s = 2.0;
        let per_s = utilization * slots as f64 / service_s;
        let requests = poisson(per_s, |_| Queue::Interactive, |random| random.exponential(service_s));
        let day = play(&world(slots), &between(1, 1), &requests);
        let (found, expected) = (mean(&day.waits_s[0]), mean_wait_s(slots, per_s, service_s));
        let off = (found / expected - 1.0).abs();
        assert!(off < 0.06, "M/M/{slots} at {utilization}: {found:.4} s, not {expected:.4} s");
    }
}

#[test]
fn work_of_one_length_waits_half_as_long() {
    // Pollaczek and Khinchine: M/D/1.
    for utilization in [0.3, 0.6, 0.9] {
        let service_s = 0.5;
        let requests = poisson(utilization / service_s, |_| Queue::Bulk, |_| service_s);
        let day = play(&world(1), &between(1, 1), &requests);
        let expected = utilization * service_s / (2.0 * (1.0 - utilization));
        let found = mean(&day.waits_s[1]);
        assert!((found / expected - 1.0).abs() < 0.05, "M/D/1 at {utilization}: {found:.4} s, not {expected:.4} s");
    }
}

#[test]
fn little_s_law_holds_whatever_the_replicas_do() {
    let requests = poisson(8.0, |n| if n % 3 == 0 { Queue::Interactive } else { Queue::Bulk }, |r| r.exponential(1.0));
    for settings in [between(3, 3), between(1, 10)] {
        let day = play(&world(4), &settings, &requests);
        // The area under the backlog equals the sum of all times in the system.
        let in_system: f64 = day.answered_s.iter().sum();
        assert!((day.backlog_seconds / in_system - 1.0).abs() < 1e-6, "{} {in_system}", day.backlog_seconds);
    }
}

#[test]
fn while_both_wait_one_of_ten_is_bulk() {
    let wait = |queue| Request { at_s: 1.0, queue, service_s: 1.0, bytes: 0.0, upload: None };
    let requests: Vec<Request> = (0..2_000).map(|n| wait([Queue::Bulk, Queue::Interactive][n % 2])).collect();
    let day = play(&world(1), &between(1, 1), &requests);
    let bulk_done = |by_s: f64| {
        let done =
            requests.iter().zip(&day.answered_s).filter(|(r, took_s)| r.queue == Queue::Bulk && **took_s <= by_s);
        done.count()
    };
    // One a second: the interactive ones are done after 1,111.
    assert!((99..=101).contains(&bulk_done(1_000.0)), "{}", bulk_done(1_000.0));
    assert_eq!(bulk_done(2_000.0), 1_000);
}

#[test]
fn no_more_is_answered_than_the_broker_and_the_store_can_take() {
    let upload = |bytes| Request { at_s: 0.0, queue: Queue::Bulk, service_s: 0.001, bytes, upload: Some(0) };
    let table = [
        (World { broker_per_s: 100.0, ..world(4) }, 0.0),
        (World { store_gets_per_s: 100.0, ..world(4) }, 0.0),
        (World { store_bytes_per_s: 100e6, ..world(4) }, 1e6),
    ];
    for (world, bytes) in table {
        let requests = vec![upload(bytes); 10_000];
        let took_s = play(&world, &between(5, 5), &requests).uploads_s[0];
        assert!((took_s - 100.0).abs() < 0.5, "10,000 at 100 a second: {took_s} s; {world:?}");
    }
}

#[test]
fn replicas_share_an_upload_and_go_again() {
    let upload = Request { at_s: 100.0, queue: Queue::Bulk, service_s: 1.0, bytes: 0.0, upload: Some(0) };
    let requests = vec![upload; 4_000];
    let alone = play(&world(4), &between(1, 1), &requests);
    assert!((alone.uploads_s[0] - 1_000.0).abs() < 1.0, "{}", alone.uploads_s[0]);
    assert!((alone.pod_seconds - DAY_S).abs() < 60.0, "{}", alone.pod_seconds);
    let ten = play(&world(4), &between(10, 10), &requests);
    assert!((ten.uploads_s[0] - 100.0).abs() < 1.0, "{}", ten.uploads_s[0]);
    let scaled = play(&world(4), &between(1, 10), &requests);
    assert_eq!(scaled.most_replicas, 10);
    // The replicas double every 15 s, from one to ten, without delay: 15 s of each of 1, 2, 4 and 8 do 900 of them.
    let expected_s = 60.0 + (4_000.0 - 900.0) / 40.0;
    assert!((scaled.uploads_s[0] - expected_s).abs() < 20.0, "{} {expected_s}", scaled.uploads_s[0]);
    assert_eq!(scaled.samples.last().map(|sample| sample.replicas), Some(1));
}

#[test]
fn from_none_the_first_one_comes_with_the_next_poll() {
    let request = Request { at_s: 1_000.0, queue: Queue::Interactive, service_s: 1.0, bytes: 0.0, upload: None };
    let day = play(&World { start_s: 7.0, ..world(4) }, &between(0, 4), &[request]);
    let wait_s = day.waits_s[0][0];
    // The start time, and at most one interval each of the queue, of the management API and of KEDA.
    assert!((7.0..=7.0 + 15.0).contains(&wait_s), "{wait_s}");
    assert!((300.0..400.0).contains(&day.pod_seconds), "the cooldown, and no more: {}", day.pod_seconds);
}

fn any_settings() -> impl Strategy<Value = Settings> {
    let up = (0..60_u64, prop_oneof![(1..400_u32).prop_map(Change::Percent), (1..10_u32).prop_map(Change::Pods)]);
    let down = (0..400_u64, prop_oneof![(1..=100_u32).prop_map(Change::Percent), (1..10_u32).prop_map(Change::Pods)]);
    (0..3_u32, 0..10_u32, 1..100_u64, up, down, 15..120_u64).prop_map(|(min, more, value, up, down, period_s)| {
        Settings {
            max_replicas: (min + more).max(1),
            messages_per_replica: value,
            scale_up: rules(up.0, up.1, period_s),
            scale_down: rules(down.0, down.1, period_s),
            ..between(min, 0)
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_request_is_answered_once_and_replicas_keep_to_their_bounds(
        settings in any_settings(),
        slots in 1..6_usize,
        start_s in 0.0..60.0,
        // Short drain timeouts return work again and again.
        drain_timeout_s in 0.0..40.0,
        arrivals in prop::collection::vec((0.0..20_000.0, any::<bool>(), 0.01..60.0), 1..400),
    ) {
        let mut requests: Vec<Request> = arrivals
            .into_iter()
            .map(|(at_s, bulk, service_s)| {
                let queue = if bulk { Queue::Bulk } else { Queue::Interactive };
                Request { at_s, queue, service_s, bytes: 0.0, upload: None }
            })
            .collect();
        requests.sort_by(|a, b| a.at_s.total_cmp(&b.at_s));
        let world = World { start_s, drain_timeout_s, ..world(slots) };
        let day: Day = play(&world, &settings, &requests);
        for (request, took_s) in requests.iter().zip(&day.answered_s) {
            prop_assert!(*took_s >= request.service_s - 1e-5, "{took_s} for {request:?}");
        }
        prop_assert_eq!(day.waits_s.iter().map(Vec::len).sum::<usize>(), requests.len());
        prop_assert!(day.most_replicas <= settings.max_replicas);
        for sample in &day.samples {
            prop_assert!((settings.min_replicas..=settings.max_replicas).contains(&sample.replicas), "{sample:?}");
            prop_assert!(sample.ready <= sample.replicas);
        }
        let work_s: f64 = requests.iter().map(|request| request.service_s).sum();
        prop_assert!(day.pod_seconds * slots as f64 >= work_s * 0.999, "{} {work_s}", day.pod_seconds);
        // The same again.
        prop_assert_eq!(play(&world, &settings, &requests).waits_s, day.waits_s);
    }
}
