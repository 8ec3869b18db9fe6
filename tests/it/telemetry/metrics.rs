//! Tests of the metrics: their names, labels and counts, and promtool's check.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::process::{Command, Stdio};

use crate::cli::fixture;
use crate::faults::site::Site;
use crate::support::worker::Worker;

/// The metrics of a worker: the value of each series, by its name and labels as exported.
async fn scraped(worker: &Worker) -> (String, BTreeMap<String, f64>) {
    let (status, text) = worker.probe("/metrics").await;
    assert_eq!(status, 200);
    let series = text.lines().filter(|line| !line.starts_with('#')).map(|line| {
        let (name, value) = line.rsplit_once(' ').expect("a name and a value");
        (name.to_owned(), value.parse().expect("a number"))
    });
    let series = series.collect();
    (text, series)
}

/// Every non-zero series of the families that count events caused by the test.
fn counts(series: &BTreeMap<String, f64>) -> BTreeMap<&str, f64> {
    let counted = |name: &str| name.contains("_total") || name.contains("_count");
    let own = |name: &str| name.starts_with("pricing_") || name.starts_with("messaging_");
    series
        .iter()
        .map(|(name, value)| (name.as_str(), *value))
        .filter(|(name, value)| counted(name) && own(name) && *value != 0.0)
        .collect()
}

#[tokio::test]
async fn what_happened_is_counted() {
    let mut site = Site::new().await;
    site.put("flat.stl", std::fs::read(fixture("rejected/no_volume--flat-sheet.stl")).expect("the fixture")).await;
    let worker = site.worker(&[]).await;
    let (_, before) = scraped(&worker).await;
    assert_eq!(counts(&before), BTreeMap::new(), "nothing has happened");
    assert_eq!(before["pricing_ready"], 1.0);

    site.submit(3).await;
    let bulk = ["b1", "b2"].map(String::from);
    site.submit_all("job.bulk", &bulk, "cube.stl").await;
    site.submit_as("refused", "flat.stl").await;
    site.submit_as("missing", "nothing.stl").await;
    site.submit_raw("dead", b"nobody can read this").await;
    site.settle(&[&worker]).await;
    worker.logged("settled", 8).await;

    let (_, after) = scraped(&worker).await;
    let flat_bytes = 184.0;
    let expected = BTreeMap::from([
        (r#"pricing_jobs_total{format="stl",outcome="completed"}"#, 5.0),
        (r#"pricing_jobs_total{format="stl",outcome="rejected"}"#, 1.0),
        (r#"pricing_jobs_total{format="unknown",outcome="rejected"}"#, 1.0),
        (r#"pricing_jobs_total{format="unknown",outcome="dead_lettered"}"#, 1.0),
        (r#"pricing_rejections_total{code="no_volume"}"#, 1.0),
        (r#"pricing_rejections_total{code="object_not_found"}"#, 1.0),
        (r#"pricing_dead_letters_total{reason="undecodable"}"#, 1.0),
        ("pricing_input_bytes_total", 5.0 * 684.0 + flat_bytes),
        (r#"messaging_process_duration_seconds_count{routing_key="job.interactive"}"#, 6.0),
        (r#"messaging_process_duration_seconds_count{routing_key="job.bulk"}"#, 2.0),
        (r#"pricing_queue_age_seconds_count{routing_key="job.interactive"}"#, 5.0),
        (r#"pricing_queue_age_seconds_count{routing_key="job.bulk"}"#, 2.0),
        (r#"pricing_stage_duration_seconds_count{stage="download"}"#, 7.0),
        (r#"pricing_stage_duration_seconds_count{stage="measure"}"#, 6.0),
        (r#"pricing_stage_duration_seconds_count{stage="price"}"#, 5.0),
        (r#"pricing_stage_duration_seconds_count{stage="publish"}"#, 8.0),
    ]);
    assert_eq!(counts(&after), expected);
    let states = ["pricing_jobs_in_flight", "pricing_memory_budget_used_bytes", "pricing_amqp_blocked"];
    assert_eq!(states.map(|name| after[name]), [0.0; 3], "all is done");
    let settings = ["pricing_concurrency", "pricing_memory_budget_bytes", "pricing_job_timeout_seconds"];
    assert_eq!(settings.map(|name| after[name]), [4.0, f64::from(64 << 20), 300.0]);
    // The requests are dated in the past: they are old, and their jobs are short.
    let sum = |name: &str| after[name];
    assert!(sum(r#"pricing_queue_age_seconds_sum{routing_key="job.bulk"}"#) > 2.0 * 3600.0);
    assert!(sum(r#"messaging_process_duration_seconds_sum{routing_key="job.bulk"}"#) < 60.0);
}

#[tokio::test]
async fn promtool_finds_nothing_wrong_with_them_and_every_family_is_explained() {
    let mut site = Site::new().await;
    let worker = site.worker(&[]).await;
    site.submit_raw("<secret> \"id\"", b"nobody can read this").await;
    site.submit(1).await;
    site.settle(&[&worker]).await;
    let (text, series) = scraped(&worker).await;

    let checked = Command::new("promtool")
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let mut promtool = checked.expect("promtool is there: tests/run installs it, or apt-get install prometheus");
    promtool.stdin.take().expect("it is piped").write_all(text.as_bytes()).expect("it reads");
    let output = promtool.wait_with_output().expect("it ends");
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.is_empty(), "promtool check metrics: {said}");

    let told = |word: &str| -> BTreeMap<String, String> {
        let lines = text.lines().filter_map(|line| line.strip_prefix(&format!("# {word} "))?.split_once(' '));
        lines.map(|(name, what)| (name.to_owned(), what.to_owned())).collect()
    };
    let (types, help, units) = (told("TYPE"), told("HELP"), told("UNIT"));
    for name in types.keys() {
        assert!(help.get(name).is_some_and(|help| help.len() > 10), "{name} is not explained");
        let unit = ["seconds", "bytes"].into_iter().find(|unit| name.trim_end_matches("_total").ends_with(unit));
        assert_eq!(units.get(name).map(String::as_str), unit, "the unit of {name}");
    }
    // Every metric of the contract, and process metrics.
    let families = [
        ("pricing_jobs_total", "counter"),
        ("pricing_retries_total", "counter"),
        ("pricing_dead_letters_total", "counter"),
        ("pricing_publish_returned_total", "counter"),
        ("pricing_amqp_reconnects_total", "counter"),
        ("pricing_input_bytes_total", "counter"),
        ("messaging_process_duration_seconds", "histogram"),
        ("pricing_queue_age_seconds", "histogram"),
        ("pricing_stage_duration_seconds", "histogram"),
        ("pricing_jobs_in_flight", "gauge"),
        ("pricing_memory_budget_used_bytes", "gauge"),
        ("pricing_amqp_blocked", "gauge"),
        ("pricing_ready", "gauge"),
        ("process_cpu_seconds_total", "counter"),
        ("process_resident_memory_bytes", "gauge"),
        ("process_open_fds", "gauge"),
    ];
    for (name, kind) in families {
        assert_eq!(types.get(name).map(String::as_str), Some(kind), "{name}");
    }
    // The buckets range from a millisecond to ten minutes.
    for (name, kind) in &types {
        let prefix = format!("{name}_bucket");
        let bounds: BTreeSet<&str> = series
            .keys()
            .filter(|series| kind == "histogram" && series.starts_with(&prefix))
            .filter_map(|series| series.split("le=\"").nth(1)?.split('"').next())
            .collect();
        assert!(
            kind != "histogram" || ["0.001", "600", "+Inf"].iter().all(|bound| bounds.contains(bound)),
            "{name}: {bounds:?}"
        );
    }
    for series in series.keys() {
        assert!(!series.contains("secret") && !series.contains("r00000") && !series.contains("cube.stl"), "{series}");
    }
}

#[tokio::test]
async fn every_series_of_a_fixed_set_is_there_before_anything_happens() {
    let site = Site::new().await;
    let worker = site.worker(&[]).await;
    let (_, series) = scraped(&worker).await;
    let first = [
        r#"pricing_jobs_total{format="stl",outcome="left"}"#,
        r#"pricing_retries_total{reason="store_unavailable"}"#,
        r#"pricing_dead_letters_total{reason="panicked"}"#,
        r#"pricing_rejections_total{code="job_timeout"}"#,
        r#"pricing_queue_age_seconds_count{routing_key="job.bulk"}"#,
        "pricing_publish_returned_total",
        "pricing_amqp_reconnects_total",
    ];
    for name in first {
        assert_eq!(series.get(name), Some(&0.0), "{name}");
    }
}
