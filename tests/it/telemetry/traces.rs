//! Tests of traces: one trace from a submitted request to its result, and no delay caused by telemetry.

use std::ffi::OsStr;

use lapin::BasicProperties;
use lapin::types::{AMQPValue, FieldTable};
use opentelemetry_proto::tonic::trace::v1::span::SpanKind::{self, Consumer, Producer};
use pricing_worker::appraise::HEAD_BYTES;
use serde_json::json;
use tokio::net::TcpListener;

use super::collector::{Collector, Span};
use crate::cli::{Ran, fixture};
use crate::faults::site::Site;
use crate::support::proxy::Line;
use crate::support::tls::Authority;
use crate::support::worker::Worker;
use crate::support::{eventually, port, soon};

/// A body that breaks after its head, so that it fails while the worker measures the model.
fn broken_body() -> &'static str {
    let head = format!("solid {}", "x".repeat(HEAD_BYTES));
    let answer = "HTTP/1.1 200 OK\r\nContent-Length: 9000\r\nETag: \"e\"\r\nConnection: close\r\n\r\n";
    String::leak(format!("{answer}{head}"))
}

/// A worker that exports to a collector.
async fn exporting(site: &Site, collector: &Collector) -> Worker {
    let mut command = site.program();
    command.envs(collector.environment());
    Worker::ready(command).await
}

/// The properties of a request that carries a trace.
fn traced(headers: &[(&str, String)]) -> BasicProperties {
    let mut table = FieldTable::default();
    for (name, value) in headers {
        table.insert((*name).into(), AMQPValue::LongString(value.as_str().into()));
    }
    BasicProperties::default().with_delivery_mode(2).with_headers(table)
}

/// The span that a message's headers name as the parent.
fn carried_by(headers: &std::collections::BTreeMap<String, String>) -> (String, String) {
    let traceparent = &headers["traceparent"];
    let parts: Vec<&str> = traceparent.split('-').collect();
    let [version, trace, span, flags] = parts[..] else { panic!("no traceparent: {traceparent}") };
    assert_eq!((version, flags), ("00", "01"), "{traceparent}");
    (trace.to_owned(), span.to_owned())
}

/// The spans from this one up to the root.
fn line_of<'a>(spans: &'a [Span], of: &Span) -> Vec<&'a Span> {
    let up = |id: &str| spans.iter().find(|span| span.id == id);
    std::iter::successors(up(&of.id), |span| up(&span.parent)).collect()
}

fn children<'a>(spans: &'a [Span], of: &Span) -> Vec<&'a Span> {
    let mut children: Vec<_> = spans.iter().filter(|span| span.parent == of.id).collect();
    children.sort_by_key(|span| span.started_ns);
    children
}

#[tokio::test]
async fn one_trace_leads_from_the_request_over_a_retry_to_the_result() {
    let (site, collector) = (Site::new().await, Collector::start().await);
    let cube = fixture("models/cube-10mm-binary.stl");
    let mut submit = site.program();
    submit.envs(collector.environment()).args(["submit", "--order-id", "A-1001", "--bucket", &site.bucket.name]);
    submit.arg(&cube);
    let submitted = tokio::task::spawn_blocking(move || Ran::of(&mut submit)).await.expect("it ends");
    assert_eq!((submitted.exit, submitted.stderr.as_str()), (0, ""));

    site.store_line.set(Line::Answers(broken_body()));
    let _worker = exporting(&site, &collector).await;
    site.host.ready_are("pricing.retry.10s", 1).await;
    site.store_line.set(Line::Good);
    let result = site.host.take("pricing.results").await;
    let (trace, last) = carried_by(&result.headers);

    // All spans of both attempts: the last one to end is the second attempt's own.
    let last = collector.span(&last).await;
    let second = collector.span(&last.parent).await;
    let spans = collector.so_many(10).await;
    let of_trace: Vec<Span> = spans.into_iter().filter(|span| span.trace == trace).collect();
    let names: Vec<&str> = line_of(&of_trace, &last).iter().map(|span| span.name.as_str()).collect();
    let process = "process pricing.jobs.bulk";
    assert_eq!(names, ["publish pricing", process, "publish pricing.retry", process, "publish pricing"]);
    let line = line_of(&of_trace, &last);
    let kinds: Vec<SpanKind> = line.iter().map(|span| span.kind).collect();
    assert_eq!(kinds, [Producer, Consumer, Producer, Consumer, Producer]);
    assert_eq!(line[4].parent, "", "it begins where the request was submitted");

    let first = line[3];
    let told = |span: &Span| (span.name.clone(), span.is_error);
    let named = |name: &str, is_error| (name.to_owned(), is_error);
    let stages: Vec<_> = children(&of_trace, first).into_iter().map(told).collect();
    let broken = [named("s3.download", true), named("mesh.measure", false), named("publish pricing.retry", false)];
    assert_eq!(stages, broken, "of the first attempt");
    assert!(first.is_error);
    let stages: Vec<_> = children(&of_trace, &second).into_iter().map(told).collect();
    let good = ["s3.download", "mesh.measure", "price.quote", "publish pricing"].map(|name| named(name, false));
    assert_eq!(stages, good, "of the second attempt");
    assert!(!second.is_error);

    for span in &of_trace {
        assert_eq!((span.service.as_str(), span.attributes["order.id"].as_str()), ("pricing-worker", "A-1001"));
        let parent = of_trace.iter().find(|parent| parent.id == span.parent);
        assert!(parent.is_none_or(|parent| parent.started_ns <= span.started_ns), "{span:?} began before its parent");
        assert!(span.started_ns <= span.ended_ns);
    }
    says_what_the_contract_lists(&of_trace, first, &second, &last, &result.properties);
}

fn says_what_the_contract_lists(of_trace: &[Span], first: &Span, second: &Span, last: &Span, result: &BasicProperties) {
    let said = |span: &Span, name: &str| span.attributes.get(name).cloned().unwrap_or_default();
    let text = |text: &Option<lapin::types::ShortString>| text.as_ref().expect("a property").to_string();
    let request_id = text(result.correlation_id());
    let message_id = text(result.message_id());
    let rows = [
        (first, "error.type", "store_unavailable"),
        (first, "messaging.message.id", &request_id),
        (second, "messaging.system", "rabbitmq"),
        (second, "messaging.operation.name", "process"),
        (second, "messaging.operation.type", "process"),
        (second, "messaging.destination.name", "pricing.jobs.bulk"),
        (second, "messaging.message.id", &request_id),
        (second, "messaging.rabbitmq.destination.routing_key", "job.bulk"),
        (second, "error.type", ""),
        (second, "model.format", "stl"),
        (second, "model.size_bytes", "684"),
        (second, "model.triangle_count", "12"),
        (last, "messaging.system", "rabbitmq"),
        (last, "messaging.operation.name", "publish"),
        (last, "messaging.operation.type", "send"),
        (last, "messaging.destination.name", "pricing"),
        (last, "messaging.message.id", &message_id),
        (last, "messaging.rabbitmq.destination.routing_key", "result.completed"),
    ];
    for (span, name, expected) in rows {
        assert_eq!(said(span, name), expected, "{name} of {span:?}");
    }
    let download = children(of_trace, second)[0];
    assert_eq!(said(download, "aws.s3.bucket"), "models");
    assert!(said(download, "aws.s3.key").ends_with("/cube-10mm-binary.stl"), "{download:?}");
}

#[tokio::test]
async fn a_trace_that_came_with_a_request_goes_on_with_its_rejection_and_its_dead_letter() {
    let (site, collector) = (Site::new().await, Collector::start().await);
    let _worker = exporting(&site, &collector).await;
    let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    let missing = json!({ "specversion": "1.0", "id": "r1", "source": "mes", "type": "pricing.requested.v1",
                          "data": { "order_id": "A-1", "model": { "bucket": site.bucket.name, "key": "nothing.stl" } } });
    for body in [missing.to_string(), "nobody can read this".into()] {
        let headers = [("traceparent", format!("00-{trace}-00f067aa0ba902b7-01")), ("tracestate", "shop=1".into())];
        let properties = traced(&headers);
        site.host.publish("pricing", "job.interactive", body.as_bytes(), properties).await;
    }
    let rows = [("pricing.results", "object_not_found", false), ("pricing.dead", "undecodable", true)];
    for (queue, error_type, is_error) in rows {
        let message = site.host.take(queue).await;
        let (of, last) = carried_by(&message.headers);
        assert_eq!((of.as_str(), message.headers["tracestate"].as_str()), (trace, "shop=1"), "{queue}");
        let publish = collector.span(&last).await;
        let process = collector.span(&publish.parent).await;
        assert_eq!(process.parent, "00f067aa0ba902b7");
        // A rejection is an answer: its span has the reason and is not an error.
        assert_eq!((process.attributes["error.type"].as_str(), process.is_error), (error_type, is_error), "{queue}");
    }
}

#[tokio::test]
async fn without_a_collector_a_result_still_carries_the_trace_on() {
    let site = Site::new().await;
    let worker = site.worker(&[]).await;
    let properties = traced(&[("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".to_owned())]);
    let body = json!({ "specversion": "1.0", "id": "r1", "source": "mes", "type": "pricing.requested.v1",
                       "data": { "model": { "bucket": site.bucket.name, "key": site.bucket.key("cube.stl") } } });
    site.host.publish("pricing", "job.bulk", body.to_string().as_bytes(), properties).await;
    let (trace, span) = carried_by(&site.host.take("pricing.results").await.headers);
    assert_eq!(trace, "4bf92f3577b34da6a3ce929d0e0e4736");
    assert_ne!(span, "00f067aa0ba902b7", "the worker's own");
    assert_eq!(worker.logged("settled", 1).await["trace_id"], trace);
}

/// A collector that never answers, and an address without a collector.
async fn no_collectors() -> (TcpListener, [String; 2]) {
    let silent = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let gone = port::free();
    let urls = [silent.local_addr().expect("its address"), gone].map(|address| format!("http://{address}"));
    (silent, urls)
}

#[tokio::test]
async fn traces_that_cannot_be_delivered_cost_no_job_anything() {
    let (_silent, collectors) = no_collectors().await;
    for collector in collectors {
        let mut site = Site::new().await;
        // The span queue is full at once, so the exporter drops spans.
        let mut worker = site
            .worker(&[
                ("OTEL_EXPORTER_OTLP_ENDPOINT", &collector),
                ("OTEL_BSP_MAX_QUEUE_SIZE", "4"),
                ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "2"),
                ("OTEL_BSP_SCHEDULE_DELAY", "10"),
            ])
            .await;
        site.submit(50).await;
        let measured = site.settle(&[&worker]).await;
        assert_eq!((measured.duplicates, measured.dead, measured.lost), (0, 0, 0), "{collector}");
        let settled = worker.logged("settled", 50).await;
        assert!(settled["publish_s"].is_f64(), "{settled}");
        // The collector delays the worker's exit by at most the time of the last export.
        worker.signal("TERM");
        assert_eq!(soon("the end", worker.ended()).await.code(), Some(0), "{collector}");
    }
}

#[tokio::test]
async fn a_collector_that_is_gone_is_told_of() {
    let (_silent, [_, gone]) = no_collectors().await;
    let mut site = Site::new().await;
    let worker = site.worker(&[("OTEL_EXPORTER_OTLP_ENDPOINT", &gone), ("OTEL_BSP_SCHEDULE_DELAY", "10")]).await;
    site.submit(1).await;
    eventually("a word about it", async || {
        let logs = worker.logs();
        logs.into_iter().find(|log| log["target"].as_str().is_some_and(|target| target.starts_with("opentelemetry")))
    })
    .await;
    site.settle(&[&worker]).await;
}

#[tokio::test]
async fn traces_go_over_tls_to_a_collector_whose_authority_is_known_and_to_no_other() {
    let authority = Authority::new("the collector's authority");
    let collector = Collector::over_tls(&authority.identity(&["127.0.0.1"])).await;
    let mut site = Site::new().await;
    let stranger = exporting(&site, &collector).await;
    site.submit(1).await;
    site.settle(&[&stranger]).await;
    eventually("a word about it", async || {
        let logs = stranger.logs();
        logs.into_iter().find(|log| log["target"].as_str().is_some_and(|target| target.starts_with("opentelemetry")))
    })
    .await;
    stranger.signal("TERM");

    let mut command = site.program();
    command.envs(collector.environment()).env("SSL_CERT_FILE", authority.file());
    let _worker = Worker::ready(command).await;
    site.submit_as("known", "cube.stl").await;
    let spans = collector.so_many(5).await;
    assert!(spans.iter().all(|span| span.attributes["order.id"] == "known"), "{spans:?}");
}

#[tokio::test]
async fn a_set_up_of_traces_that_would_be_ignored_is_an_error_at_once() {
    let site = Site::new().await;
    let endpoint = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4318");
    let rows = [
        (vec![("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4318")], Some("a URL, like http://collector:4318")),
        (vec![("OTEL_EXPORTER_OTLP_ENDPOINT", "http://")], Some("a URL, like http://collector:4318")),
        (vec![endpoint, ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")], Some("OTEL_EXPORTER_OTLP_PROTOCOL: \"grpc\"")),
        (vec![endpoint, ("OTEL_TRACES_EXPORTER", "zipkin")], Some("OTEL_TRACES_EXPORTER: \"zipkin\"")),
        (vec![endpoint, ("OTEL_EXPORTER_OTLP_TIMEOUT", "10s")], Some("OTEL_EXPORTER_OTLP_TIMEOUT: \"10s\"")),
        (vec![endpoint, ("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "500")], None),
        (vec![endpoint, ("OTEL_TRACES_EXPORTER", "none")], None),
        (vec![endpoint, ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf")], None),
        (vec![("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")], None),
    ];
    for (variables, expected) in rows {
        for command in ["check", "run"] {
            if command == "run" && expected.is_none() {
                continue;
            }
            let mut program = site.program();
            program.arg(command).envs(variables.iter().copied());
            let ran = Ran::of(&mut program);
            match expected {
                None => assert_eq!((ran.exit, ran.stderr.as_str()), (0, ""), "{variables:?}"),
                Some(message) => {
                    assert_eq!((ran.exit, ran.stdout.as_str()), (2, ""), "{command} {variables:?}");
                    assert!(ran.stderr.contains(message), "{command} {variables:?}: {}", ran.stderr);
                }
            }
        }
    }
    let shown = |variables: &[(&str, &str)]| {
        let mut program = site.program();
        program.arg("check").envs(variables.iter().map(|&(name, value)| (OsStr::new(name), OsStr::new(value))));
        let ran = Ran::of(&mut program);
        ran.stdout.lines().find_map(|line| Some(line.strip_prefix("traces")?.trim().to_owned())).expect("a line")
    };
    assert_eq!(
        shown(&[("OTEL_EXPORTER_OTLP_ENDPOINT", "https://me:key@otlp.example:443/x")]),
        "exported to https://otlp.example:443"
    );
    assert_eq!(shown(&[]), "not exported: OTEL_EXPORTER_OTLP_ENDPOINT is not set");
}
