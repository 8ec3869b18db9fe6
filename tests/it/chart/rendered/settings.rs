//! Tests that the worker knows and accepts every setting that the chart makes.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;
use std::sync::LazyLock;

use pricing_worker::config::{AnySetting, Chart};
use serde_json::{Value, json};

use super::super::worker_settings::{EXTRA, NOT_SET, rows, text};
use super::engine::{everything, render};
use super::{Rendered, items};
use crate::cli::program;
use crate::support::tls::{Authority, Identity};

/// Variables that are not in the table of settings, and the program that reads them.
const OTHERS: [(&str, &str); 7] = [
    ("AWS_ACCESS_KEY_ID", "the AWS SDK"),
    ("AWS_REGION", "the AWS SDK"),
    ("AWS_SECRET_ACCESS_KEY", "the AWS SDK"),
    ("AWS_SESSION_TOKEN", "the AWS SDK"),
    ("AWS_SHARED_CREDENTIALS_FILE", "the AWS SDK"),
    ("OTEL_EXPORTER_OTLP_HEADERS", "OpenTelemetry"),
    ("OTEL_RESOURCE_ATTRIBUTES", "OpenTelemetry"),
];

fn variables(rendered: &Rendered) -> Vec<(&str, &Value)> {
    let variables = items(&rendered.container()["env"]);
    variables.map(|variable| (variable["name"].as_str().expect("a name"), variable)).collect()
}

#[test]
fn every_variable_is_one_that_a_program_reads() {
    let known: BTreeSet<_> = rows().map(AnySetting::variable).collect();
    for rendered in everything() {
        let variables = variables(rendered);
        let used: Vec<_> = variables.iter().filter_map(|(_, variable)| variable["value"].as_str()).collect();
        for (name, _) in &variables {
            let is_known = known.contains(*name)
                || OTHERS.iter().any(|(other, _)| other == name)
                || rendered.value("extraEnv").get(*name).is_some();
            let is_part_of_another = used.iter().any(|value| value.contains(&format!("$({name})")));
            assert!(is_known || is_part_of_another, "{}: nothing reads {name}", rendered.name);
        }
        let names: BTreeSet<_> = variables.iter().map(|(name, _)| name).collect();
        assert_eq!(names.len(), variables.len(), "{}: a variable is set twice", rendered.name);
    }
}

#[test]
fn every_setting_of_the_worker_can_be_set() {
    let set: BTreeSet<_> = everything().flat_map(variables).map(|(name, _)| name).collect();
    for row in rows() {
        let (variable, chart) = (row.variable(), row.chart());
        if chart != EXTRA {
            assert_eq!(set.contains(variable), !matches!(chart, Chart::Absent(_)), "{variable}: {chart:?}");
        }
    }
}

#[test]
fn a_value_of_the_chart_is_the_text_of_its_variable() {
    for rendered in everything() {
        for row in rows() {
            let Chart::Value(path) = row.chart() else { continue };
            let expected = Some(text(&rendered.value(path))).filter(|text| !NOT_SET.contains(&text.as_str()));
            assert_eq!(rendered.variable(row.variable()), expected.as_deref(), "{}: {path}", rendered.name);
        }
    }
}

#[test]
fn the_number_of_threads_never_follows_from_the_node() {
    // `threads`, the CPU limit, `concurrency`; the variable.
    let table = [
        (json!("auto"), json!(""), 4, "4"),
        (json!("auto"), json!(""), 9, "9"),
        (json!("auto"), json!("2"), 9, "2"),
        (json!("auto"), json!(2), 9, "2"),
        (json!("auto"), json!(1.001), 9, "2"),
        (json!("auto"), json!("1500m"), 9, "2"),
        (json!("auto"), json!("100m"), 9, "1"),
        (json!("auto"), json!("0.001"), 9, "1"),
        (json!("auto"), json!("2000"), 9, "1024"),
        (json!(7), json!("2"), 9, "7"),
        (json!(1024), json!(""), 9, "1024"),
    ];
    for (threads, limit, concurrency, expected) in table {
        let values = json!({ "threads": threads, "concurrency": concurrency,
                             "resources": { "limits": { "cpu": limit, "memory": "32Gi" }, "requests": { "cpu": "1m" } } });
        let rendered = render(format!("{threads} {limit} {concurrency}"), values, &[]);
        assert_eq!(rendered.variable("PRICING_THREADS"), Some(expected), "{}", rendered.name);
    }
}

#[test]
fn the_worker_takes_what_the_chart_gives_it() {
    for rendered in everything() {
        let checked = check(rendered);
        assert!(checked.status.success(), "{}: {}", rendered.name, String::from_utf8_lossy(&checked.stderr));
        let told = String::from_utf8(checked.stdout).expect("UTF-8");
        let expect = |text: &str| assert!(told.contains(text), "{}: {text} in {told}", rendered.name);
        expect(&format!("jobs        {} in flight", rendered.value("concurrency")));
        expect(&format!("threads     {} compute", rendered.variable("PRICING_THREADS").expect("it is set")));
        expect(&format!("meshes of up to {} triangles", rendered.value("topologyTriangles")));
        expect(&format!("rabbit:5672/%2f ({})", rendered.value("broker.topology").as_str().expect("a word")));
        expect(if rendered.value("priceBook.toml") == "" { "price book  sample" } else { "price book  shop 2026-11" });
        let path_style = match rendered.value("s3.pathStyle") {
            Value::Bool(is_set) => is_set,
            _ => rendered.value("s3.endpointUrl") != "",
        };
        expect(if path_style { "path-style" } else { "virtual-hosted" });
    }
}

/// Runs the command of the test's pod, with its variables, and its volumes in a folder here.
fn check(rendered: &Rendered) -> std::process::Output {
    let container = &rendered.the("Pod")["spec"]["containers"][0];
    assert_eq!(container["env"], rendered.container()["env"], "{}: the test's variables", rendered.name);
    let root = tempfile::tempdir().expect("a folder");
    let spec = &rendered.the("Pod")["spec"];
    for mount in items(&container["volumeMounts"]) {
        let volume = items(&spec["volumes"]).find(|volume| volume["name"] == mount["name"]).expect("it is there");
        let folder =
            root.path().join(mount["mountPath"].as_str().and_then(|path| path.strip_prefix('/')).expect("a path"));
        std::fs::create_dir_all(&folder).expect("made");
        fill(&folder, volume, rendered);
    }
    let mut command: Command = program();
    for argument in items(&container["args"]) {
        command.arg(argument.as_str().expect("text"));
    }
    for variable in items(&container["env"]) {
        let text = variable["value"].as_str().unwrap_or("from elsewhere");
        let here = text.replace("/etc/", &format!("{}/etc/", root.path().display()));
        // The image has it.
        let here = here.replace("/usr/local/bin/pricing-cad", env!("CARGO_BIN_EXE_pricing-worker"));
        command.env(variable["name"].as_str().expect("a name"), here);
    }
    command.output().expect("it starts")
}

/// Fills a folder with a volume's files: those of the chart's own `ConfigMap`, or others of the names that the chart gives.
fn fill(folder: &Path, volume: &Value, rendered: &Rendered) {
    let made = rendered.all("ConfigMap").into_iter().find(|map| map["metadata"]["name"] == volume["configMap"]["name"]);
    let source = if volume["secret"].is_object() { &volume["secret"] } else { &volume["configMap"] };
    for item in items(&source["items"]) {
        let [key, path] = ["key", "path"].map(|name| item[name].as_str().expect("a text"));
        let text = made.map(|map| map["data"][key].as_str().expect("the ConfigMap has the key").to_owned());
        std::fs::write(folder.join(path), text.unwrap_or_else(|| of_the_operator(path))).expect("written");
    }
}

/// The certificate authority, and a client's certificate that it signed.
static AUTHORITY: LazyLock<Authority> = LazyLock::new(|| Authority::new("ours"));
static CLIENT: LazyLock<Identity> = LazyLock::new(|| AUTHORITY.client("worker"));

/// A file that comes from outside of the chart.
fn of_the_operator(path: &str) -> String {
    match path {
        "url" => "amqp://shop:secret@rabbit:5672/%2f\n".into(),
        "ca.crt" => AUTHORITY.pem(),
        "tls.crt" => CLIENT.pem()[0].into(),
        "tls.key" => CLIENT.pem()[1].into(),
        "credentials" => "[default]\naws_access_key_id = a\naws_secret_access_key = b\n".into(),
        "book.toml" => {
            let sample = std::fs::read_to_string(crate::fixtures::folder().join("price-books/sample.toml"));
            sample.expect("the sample book")
        }
        other => panic!("the worker has no use for {other}"),
    }
}
