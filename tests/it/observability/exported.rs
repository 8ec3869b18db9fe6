//! The metrics that each program exports, and a test that the query check against them finds mistakes.

use std::time::Duration;

use pricing_worker::adapter::amqp::topology;
use pricing_worker::contract::Engine;
use pricing_worker::pricing::PriceBook;
use pricing_worker::worker::compute::memory_budget::MemoryBudget;
use pricing_worker::worker::{Health, Metrics, WorkerLimits};

use super::exposition::Exported;
use super::query::check;
use super::rules;
use crate::project::assert_none;
use crate::support::broker::VirtualHost;
use crate::support::{eventually, node};

/// The metrics that the worker exports.
pub fn by_worker() -> Exported {
    Exported::parse(&worker_page())
}

/// The /metrics page of a worker without a job yet: every series that can exist.
fn worker_page() -> String {
    let settings = WorkerLimits {
        concurrency: 4,
        memory_budget_bytes: 512 << 20,
        job_timeout: Duration::from_mins(5),
        drain_timeout: Duration::from_secs(30),
    };
    let (health, memory) = (Health::starting().0, MemoryBudget::new(settings.memory_budget_bytes));
    let engine = Engine { version: "0.1.0".into(), topology_triangles: Some(2_000_000) };
    Metrics::new(&settings, &health, &memory, PriceBook::sample().identity(), &engine).render()
}

/// The metrics that RabbitMQ's plugin exports about the worker's queues.
pub async fn by_rabbitmq() -> Exported {
    let broker = node::own();
    let host = VirtualHost::on(broker.clone());
    let topology = topology::definitions(host.name());
    host.import(&topology);
    let queues = topology["queues"].as_array().expect("queues").len();
    let path =
        format!("/metrics/detailed?vhost={}&family=queue_coarse_metrics&family=queue_consumer_count", host.name());
    // The plugin sees a new queue at its next statistics.
    let page = eventually("metrics of every queue", async || {
        let page = broker.metrics(&path);
        let of = |metric: &str| page.lines().filter(|line| line.starts_with(metric)).count();
        let all = ["rabbitmq_detailed_queue_messages{", "rabbitmq_detailed_queue_consumers{"].map(of) == [queues; 2];
        all.then_some(page)
    })
    .await;
    Exported::parse(&page)
}

/// The series that Prometheus itself adds for these alerts.
pub fn by_prometheus() -> Exported {
    let alerts = rules::alerts().into_iter().map(|alert| {
        format!("ALERTS{{alertname={:?},alertstate=\"firing\",severity={:?}}} 1\n", alert.name, alert.severity())
    });
    Exported::parse(&format!("up 1\n{}", alerts.collect::<String>()))
}

#[tokio::test]
async fn queries_name_what_exists() {
    let all = by_worker().and(by_rabbitmq().await).and(by_prometheus());
    let of_rules = rules::alerts().into_iter().map(|alert| alert.expr);
    let queries: Vec<String> = super::dashboard::queries().into_iter().chain(of_rules).collect();
    let problems: Vec<String> = queries.iter().flat_map(|query| check(query, &all).problems).collect();
    assert_none("queries of helm/ that can have no answer", &problems);
}

#[test]
fn a_query_that_names_what_does_not_exist_is_found() {
    let worker = by_worker();
    // A query; its mistake, if it has one.
    let rows = [
        (r#"sum by (outcome) (rate(pricing_jobs_total{outcome="left"}[5m]))"#, None),
        (
            "sum(rate(pricing_job_total[5m]))",
            Some("nobody exports pricing_job_total; the nearest name is pricing_jobs_total"),
        ),
        (r#"sum(rate(pricing_jobs_total{result="left"}[5m]))"#, Some("no label result")),
        (r#"sum(rate(pricing_jobs_total{outcome="lost"}[5m]))"#, Some("has no outcome lost")),
        (r#"sum(rate(pricing_jobs_total{outcome!="lost"}[5m]))"#, Some("has no outcome lost")),
        (r#"sum(rate(pricing_jobs_total{outcome=~"left|retried"}[5m]))"#, None),
        (r#"sum(rate(pricing_jobs_total{outcome=~"left|lost"}[5m]))"#, Some("has no outcome lost")),
        (r#"sum(rate(pricing_jobs_total{outcome!~"lo.+"}[5m]))"#, Some("has no outcome lo.+")),
        (r#"sum(rate(pricing_jobs_total{namespace="any", pod=~"a|b"}[5m]))"#, None),
        ("sum by (code) (rate(pricing_jobs_total[5m]))", Some("no label code")),
        ("sum without (code) (rate(pricing_jobs_total[5m]))", Some("no label code")),
        ("sum by (outcome) (sum by (format) (rate(pricing_jobs_total[5m])))", Some("no label outcome")),
        ("sum(pricing_jobs_total)", Some("only ever rises")),
        ("rate(pricing_ready[5m])", Some("is no counter")),
        ("max_over_time(pricing_ready[5m])", None),
        ("pricing_queue_age_seconds", Some("is a histogram")),
        ("histogram_quantile(0.9, sum by (le, stage) (rate(pricing_stage_duration_seconds_bucket[5m])))", None),
        (
            "histogram_quantile(0.9, sum by (stage) (rate(pricing_stage_duration_seconds_bucket[5m])))",
            Some("needs buckets"),
        ),
        ("histogram_quantile(0.9, rate(pricing_stage_duration_seconds_count[5m]))", Some("needs buckets")),
        (r#"rate(pricing_queue_age_seconds_bucket{le="11"}[5m])"#, Some("has no le 11")),
        (r#"rate(pricing_queue_age_seconds_bucket{le=~"10(\\.0)?"}[5m])"#, None),
        (r#"rate(pricing_queue_age_seconds_count{le="10"}[5m])"#, Some("no label le")),
        ("pricing_ready and pricing_build_info", Some("never matches")),
        ("pricing_ready and on (instance) pricing_build_info", None),
        ("pricing_ready and on (version) pricing_build_info", Some("no label version")),
        ("pricing_ready * ignoring (version) pricing_build_info", None),
        ("pricing_ready * on (instance) group_left (version) pricing_build_info", None),
        ("pricing_ready * on (instance) group_left (release) pricing_build_info", Some("no label release")),
        ("sum by (pod) (pricing_ready) / sum(pricing_ready)", Some("never matches")),
        ("max_over_time(sum(pricing_ready)[5m:])", Some("does not know subqueries")),
        ("sum(pricing_ready", Some("")),
    ];
    for (query, expected) in rows {
        let problems = check(query, &worker).problems;
        match expected {
            None => assert_none(query, &problems),
            Some(expected) => {
                let found = problems.iter().any(|problem| problem.contains(expected));
                assert!(found, "{query}: {expected:?} is not among {problems:?}");
            }
        }
    }
}

#[test]
fn a_query_has_the_labels_that_its_legend_may_name() {
    let worker = by_worker();
    let rows: [(&str, &[&str]); 6] = [
        ("sum(pricing_ready)", &[]),
        ("sum by (pod) (pricing_ready) > 0", &["pod"]),
        ("pricing_ready", &["instance", "job", "namespace", "pod"]),
        ("sum by (pod) (pricing_ready) or sum by (job) (pricing_ready)", &["job", "pod"]),
        (
            "pricing_ready * on (pod) group_left (version) pricing_build_info",
            &["instance", "job", "namespace", "pod", "version"],
        ),
        ("histogram_quantile(0.9, sum by (le, stage) (rate(pricing_stage_duration_seconds_bucket[5m])))", &["stage"]),
    ];
    for (query, expected) in rows {
        assert!(check(query, &worker).labels.iter().eq(expected), "{query}: {:?}", check(query, &worker));
    }
}
