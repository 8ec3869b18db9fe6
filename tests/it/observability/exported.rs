//! What is exported, by whom; and that the check of queries against it finds what is wrong.

use std::fmt::Write as _;

use pricing_worker::adapter::amqp::topology;

use super::exposition::Exported;
use super::query::check;
use super::{assert_none, rules};
use crate::support::broker::VirtualHost;
use crate::support::{eventually, node};

/// What the worker exports.
pub fn by_worker() -> Exported {
    Exported::parse(&worker_page())
}

/// A stand-in for the worker's /metrics, by hand: to be replaced by the page of a worker that runs.
fn worker_page() -> String {
    let mut page = String::new();
    let mut family = |name: &str, kind: &str, series: &[String]| {
        writeln!(page, "# HELP {name} What it is.\n# TYPE {name} {kind}").expect("a string takes all");
        for series in series {
            writeln!(page, "{name}{series} 0").expect("a string takes all");
        }
    };
    let each = |label: &str, values: &[&str]| -> Vec<String> {
        values.iter().map(|value| format!("{{{label}={value:?}}}")).collect()
    };
    let outcomes = ["completed", "rejected", "retried", "dead_lettered", "left"];
    let jobs = outcomes.map(|outcome| ["stl", "unknown"].map(|f| format!("{{outcome={outcome:?},format={f:?}}}")));
    let reasons = [
        "undecodable",
        "unsupported_schema",
        "panicked",
        "store_unavailable",
        "publish_returned",
        "publish_refused",
        "publish_unsendable",
        "publish_lost",
    ];
    let codes = [
        "unknown_format",
        "truncated",
        "malformed",
        "non_finite_coordinate",
        "empty_model",
        "no_volume",
        "too_large",
        "object_not_found",
        "object_forbidden",
        "object_changed",
        "checksum_mismatch",
        "unknown_material",
        "unknown_lead_time",
        "invalid_request",
        "deadline_exceeded",
        "job_timeout",
    ];
    family("pricing_jobs_total", "counter", &jobs.concat());
    family("pricing_rejections_total", "counter", &each("code", &codes));
    family("pricing_retries_total", "counter", &each("reason", &reasons));
    family("pricing_dead_letters_total", "counter", &each("reason", &reasons));
    family("pricing_build_info", "gauge", &each("version", &["0.1.0"]));
    family("pricing_price_book_info", "gauge", &[r#"{name="sample",version="2026-11",sha256="aa"}"#.to_owned()]);
    for name in ["pricing_publish_returned_total", "pricing_amqp_reconnects_total", "pricing_input_bytes_total"] {
        family(name, "counter", &[String::new()]);
    }
    family("process_cpu_seconds_total", "counter", &[String::new()]);
    for name in [
        "pricing_jobs_in_flight",
        "pricing_concurrency",
        "pricing_memory_budget_used_bytes",
        "pricing_memory_budget_bytes",
        "pricing_amqp_blocked",
        "pricing_ready",
        "pricing_draining",
        "pricing_job_timeout_seconds",
        "process_resident_memory_bytes",
        "process_virtual_memory_bytes",
        "process_open_fds",
        "process_max_fds",
        "process_start_time_seconds",
        "process_threads",
    ] {
        family(name, "gauge", &[String::new()]);
    }
    let keys = ["job.interactive", "job.bulk", "other"];
    for (name, label, values) in [
        ("messaging_process_duration_seconds", "routing_key", &keys[..]),
        ("pricing_queue_age_seconds", "routing_key", &keys[..]),
        ("pricing_stage_duration_seconds", "stage", &["download", "measure", "price", "publish"]),
    ] {
        let bounds = ["0.001", "0.01", "0.1", "1", "10", "60", "300", "600", "+Inf"];
        let of = |value: &&str| {
            let buckets = bounds.iter().map(|le| format!("_bucket{{{label}={value:?},le={le:?}}}")).collect::<Vec<_>>();
            [buckets, ["_sum", "_count"].map(|part| format!("{part}{{{label}={value:?}}}")).to_vec()].concat()
        };
        family(name, "histogram", &values.iter().flat_map(of).collect::<Vec<_>>());
    }
    page
}

/// What RabbitMQ exports of the worker's queues, by its own plugin.
pub async fn by_rabbitmq() -> Exported {
    let broker = node::own();
    let host = VirtualHost::on(broker.clone());
    let topology = topology::definitions(host.name());
    host.import(&topology);
    let queues = topology["queues"].as_array().expect("queues").len();
    let path =
        format!("/metrics/detailed?vhost={}&family=queue_coarse_metrics&family=queue_consumer_count", host.name());
    // It learns of a new queue with its next statistics.
    let page = eventually("metrics of every queue", async || {
        let page = broker.metrics(&path);
        let of = |metric: &str| page.lines().filter(|line| line.starts_with(metric)).count();
        let all = ["rabbitmq_detailed_queue_messages{", "rabbitmq_detailed_queue_consumers{"].map(of) == [queues; 2];
        all.then_some(page)
    })
    .await;
    Exported::parse(&page)
}

/// What Prometheus adds by itself, of these alerts.
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
    // A query; what is wrong with it, where something is.
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
