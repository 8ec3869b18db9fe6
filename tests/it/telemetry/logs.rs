//! Tests of the log: one line per job, with its outcome and the duration of each stage.

use serde_json::Value;

use crate::cli::fixture;
use crate::faults::site::Site;
use crate::support::eventually;
use crate::support::worker::Worker;

/// The final log lines of the jobs, by request.
async fn settled(worker: &Worker, count: usize) -> Vec<Value> {
    worker.logged("settled", count).await;
    worker.logs().into_iter().filter(|log| log["message"] == "settled").collect()
}

#[tokio::test]
async fn each_job_ends_with_one_line_that_says_how_and_how_long() {
    let mut site = Site::new().await;
    site.put("flat.stl", std::fs::read(fixture("rejected/no_volume--flat-sheet.stl")).expect("the fixture")).await;
    let worker = site.worker(&[]).await;
    site.submit_as("priced", "cube.stl").await;
    site.submit_as("refused", "flat.stl").await;
    site.submit_as("missing", "nothing.stl").await;
    site.submit_raw("dead", b"nobody can read this").await;
    site.settle(&[&worker]).await;
    let lines = settled(&worker, 4).await;
    assert_eq!(lines.len(), 4);
    let stages = ["download_s", "measure_s", "price_s", "publish_s"];
    // By request: outcome, reason, format, and the stages that it reached.
    let rows = [
        ("priced", "completed", None, Some("stl"), [true, true, true, true]),
        ("refused", "rejected", Some("no_volume"), Some("stl"), [true, true, false, true]),
        ("missing", "rejected", Some("object_not_found"), None, [true, false, false, true]),
        ("dead", "dead_lettered", Some("undecodable"), None, [false, false, false, true]),
    ];
    for (request, outcome, reason, format, came_to) in rows {
        let of = |line: &&Value| line["order_id"].as_str().unwrap_or("dead") == request;
        let line = lines.iter().find(of).unwrap_or_else(|| panic!("no line about {request}: {lines:#?}"));
        assert_eq!(line["outcome"], outcome, "{line}");
        assert_eq!((line["reason"].as_str(), line["format"].as_str()), (reason, format), "{line}");
        assert_eq!(stages.map(|stage| line[stage].is_f64()), came_to, "{line}");
        assert!(line["total_s"].as_f64() >= line["publish_s"].as_f64(), "{line}");
        for field in ["timestamp", "level", "message", "trace_id", "span_id"] {
            assert!(line[field].is_string(), "{field}: {line}");
        }
        assert_eq!((line["level"].as_str(), line["attempt"].as_u64()), (Some("INFO"), Some(1)));
        let fields = line.as_object().expect("an object").keys();
        let strangers: Vec<_> = fields.filter(|field| field.contains('.')).collect();
        assert!(strangers.is_empty(), "what is for traces is no log's: {strangers:?}");
    }
    let own: Vec<_> = worker.logs().into_iter().filter(|log| log["request_id"] == "priced").collect();
    assert_eq!(own.len(), 1, "one line about a job that went well: {own:#?}");
}

#[tokio::test]
async fn whatever_levels_are_asked_for_a_line_says_whose_request_it_is_about() {
    let mut site = Site::new().await;
    let worker = Worker::start({
        let mut command = site.program();
        command.env("RUST_LOG", "warn");
        command
    });
    site.submit_raw("dead", b"{\"source\": \"mes\"}").await;
    let line = worker.logged("dead-lettered", 1).await;
    assert_eq!(line["level"], "WARN");
    assert!(line["trace_id"].is_string() && line["attempt"] == 1, "{line}");
}

#[tokio::test]
async fn lines_for_people_have_the_request_and_nothing_that_is_for_traces() {
    let mut site = Site::new().await;
    let mut command = site.program();
    command.env("PRICING_LOG", "text");
    let worker = Worker::start(command);
    site.submit(1).await;
    site.settle(&[&worker]).await;
    let line = eventually("a line about the job", async || {
        let lines = worker.logs().into_iter().filter_map(|line| Some(line.as_str()?.to_owned()));
        lines.into_iter().find(|line| line.contains("settled"))
    })
    .await;
    assert!(
        line.contains(" INFO ") && line.contains(r#"process{attempt=1 request_id="r00000" order_id="r00000"}"#),
        "{line}"
    );
    assert!(line.contains("outcome=\"completed\"") && !line.contains("otel"), "{line}");
}
