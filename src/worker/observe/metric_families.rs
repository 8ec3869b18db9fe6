//! The families of metrics: their names, help texts and units, and the order of a page of them.

use std::fmt::Write;

use metrics::{describe_counter, describe_gauge, describe_histogram};

/// Deliveries by outcome and format.
pub(in crate::worker) const JOBS: &str = "pricing_jobs_total";
/// Rejections by code.
pub(in crate::worker) const REJECTIONS: &str = "pricing_rejections_total";
/// Retries by reason.
pub(in crate::worker) const RETRIES: &str = "pricing_retries_total";
/// Dead letters by reason.
pub(in crate::worker) const DEAD_LETTERS: &str = "pricing_dead_letters_total";
/// Messages that the broker returned.
pub(in crate::worker) const PUBLISH_RETURNED: &str = "pricing_publish_returned_total";
/// Reconnects to the broker.
pub(in crate::worker) const RECONNECTS: &str = "pricing_amqp_reconnects_total";
/// Bytes of models.
pub(in crate::worker) const INPUT_BYTES: &str = "pricing_input_bytes_total";
/// Seconds of deliveries by routing key.
pub(in crate::worker) const PROCESS_DURATION: &str = "messaging_process_duration_seconds";
/// Seconds that requests waited, by routing key.
pub(in crate::worker) const QUEUE_AGE: &str = "pricing_queue_age_seconds";
/// Seconds of jobs by stage.
pub(in crate::worker) const STAGE_DURATION: &str = "pricing_stage_duration_seconds";
/// Unsettled deliveries.
pub(in crate::worker) const IN_FLIGHT: &str = "pricing_jobs_in_flight";
/// Always 1; its label is the program's version.
pub(in crate::worker) const BUILD_INFO: &str = "pricing_build_info";
/// Always 1; its labels are the price book's identity.
pub(in crate::worker) const PRICE_BOOK_INFO: &str = "pricing_price_book_info";
/// The most deliveries at once.
pub(in crate::worker) const CONCURRENCY: &str = "pricing_concurrency";
/// The longest job, in seconds.
pub(in crate::worker) const JOB_TIMEOUT: &str = "pricing_job_timeout_seconds";
/// Bytes of the memory budget.
pub(in crate::worker) const MEMORY_BUDGET: &str = "pricing_memory_budget_bytes";
/// The largest mesh whose topology is examined, in triangles.
pub(in crate::worker) const TOPOLOGY_TRIANGLES: &str = "pricing_topology_triangles";
/// Reserved bytes of the memory budget.
pub(in crate::worker) const MEMORY_BUDGET_USED: &str = "pricing_memory_budget_used_bytes";
/// 1 while the worker is ready.
pub(in crate::worker) const READY: &str = "pricing_ready";
/// 1 while the worker drains.
pub(in crate::worker) const DRAINING: &str = "pricing_draining";
/// 1 while the broker blocks publishers.
pub(in crate::worker) const AMQP_BLOCKED: &str = "pricing_amqp_blocked";

const COUNTERS: [(&str, &str); 7] = [
    (JOBS, "Deliveries that ended, by how."),
    (REJECTIONS, "Models without a price, by why."),
    (RETRIES, "Requests that are to be tried again."),
    (DEAD_LETTERS, "Messages moved to the dead-letter queue."),
    (PUBLISH_RETURNED, "Messages that the broker returned: no queue is bound."),
    (RECONNECTS, "Times that the link to the broker was built again."),
    (INPUT_BYTES, "Bytes of models that were read."),
];

const HISTOGRAMS: [(&str, &str); 3] = [
    (PROCESS_DURATION, "Time from a delivery to its settlement."),
    (QUEUE_AGE, "Age of a request when its first attempt began."),
    (STAGE_DURATION, "Time that a job spent in a stage; they overlap."),
];

const GAUGES: [(&str, &str); 11] = [
    (IN_FLIGHT, "Deliveries that are not settled yet."),
    (BUILD_INFO, "Which program this is."),
    (PRICE_BOOK_INFO, "By which price book it quotes."),
    (CONCURRENCY, "The most deliveries that are in flight at once."),
    (JOB_TIMEOUT, "The longest that a job may take."),
    (MEMORY_BUDGET, "Memory that models may take at once."),
    (TOPOLOGY_TRIANGLES, "The largest mesh, in triangles, whose topology is examined."),
    (MEMORY_BUDGET_USED, "Memory that models have reserved now."),
    (READY, "1 while requests are answered: subscribed, able to publish, not draining."),
    (DRAINING, "1 once the worker was told to stop."),
    (AMQP_BLOCKED, "1 while the broker blocks those who publish, by an alarm."),
];

/// Tells the current recorder the help text of each family.
pub(in crate::worker) fn describe() {
    for (name, help) in COUNTERS {
        describe_counter!(name, help);
    }
    for (name, help) in HISTOGRAMS {
        describe_histogram!(name, help);
    }
    for (name, help) in GAUGES {
        describe_gauge!(name, help);
    }
}

/// The exporter's page with its families and their series in order, and with their units: the exporter keeps both in hash
/// tables, so that its order differs from process to process. The format has no place for a unit but the family's name; a
/// comment says it, as `OpenMetrics` does.
pub(in crate::worker) fn in_order(page: &str) -> String {
    // The exporter ends each family with an empty line.
    let mut families: Vec<Vec<&str>> = page.split_terminator("\n\n").map(|family| family.lines().collect()).collect();
    families.sort_unstable();
    let mut text = String::with_capacity(page.len());
    for mut lines in families {
        // Stable: the buckets of one series stay in the order of their bounds, before its sum and count.
        lines.sort_by_key(|line| labels(line));
        let name = lines.first().and_then(|line| line.split(' ').nth(2)).unwrap_or_default();
        if let Some(unit) = unit(name) {
            let _ = writeln!(text, "# UNIT {name} {unit}");
        }
        for line in lines {
            text.push_str(line);
            text.push('\n');
        }
    }
    text
}

/// The labels of a sample, without the bound of a bucket; `None` of a comment.
fn labels(line: &str) -> Option<&str> {
    if line.starts_with('#') {
        return None;
    }
    let labels = line.split_once('{').and_then(|(_, rest)| rest.rsplit_once('}')).map_or("", |(labels, _)| labels);
    Some(labels.split_once(",le=").map_or(labels, |(labels, _)| labels))
}

/// The unit that a name ends in, before `_total` in a counter's.
fn unit(name: &str) -> Option<&'static str> {
    let name = name.strip_suffix("_total").unwrap_or(name);
    ["seconds", "bytes"].into_iter().find(|unit| name.strip_suffix(unit).is_some_and(|before| before.ends_with('_')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_read_off_the_names() {
        let table = [
            ("pricing_queue_age_seconds", Some("seconds")),
            ("process_cpu_seconds_total", Some("seconds")),
            ("pricing_input_bytes_total", Some("bytes")),
            ("pricing_jobs_total", None),
            ("pricing_kilobytes", None),
        ];
        for (name, expected) in table {
            assert_eq!(unit(name), expected, "{name}");
        }
    }

    #[test]
    fn families_and_series_are_in_order_and_buckets_stay_as_they_are() {
        let page = "# HELP b_seconds B.\n# TYPE b_seconds histogram\n\
                    b_seconds_bucket{of=\"y\",le=\"5\"} 1\nb_seconds_bucket{of=\"y\",le=\"10\"} 2\nb_seconds_count{of=\"y\"} 2\n\
                    b_seconds_bucket{of=\"x\",le=\"5\"} 0\nb_seconds_bucket{of=\"x\",le=\"10\"} 0\nb_seconds_count{of=\"x\"} 0\n\n\
                    # HELP a A.\n# TYPE a gauge\na 1\n\n";
        let expected = "# HELP a A.\n# TYPE a gauge\na 1\n\
                        # UNIT b_seconds seconds\n# HELP b_seconds B.\n# TYPE b_seconds histogram\n\
                        b_seconds_bucket{of=\"x\",le=\"5\"} 0\nb_seconds_bucket{of=\"x\",le=\"10\"} 0\nb_seconds_count{of=\"x\"} 0\n\
                        b_seconds_bucket{of=\"y\",le=\"5\"} 1\nb_seconds_bucket{of=\"y\",le=\"10\"} 2\nb_seconds_count{of=\"y\"} 2\n";
        assert_eq!(in_order(page), expected);
    }
}
