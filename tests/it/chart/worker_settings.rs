//! Tests of the chart's values against the worker's table of settings: names, defaults, bounds and words.
//!
//! `rendered` tests what Helm makes of them; these tests need no tool.

use std::collections::{BTreeMap, BTreeSet};

use pricing_worker::config::kind::Bounds;
use pricing_worker::config::{AnySetting, Chart, GROUPS};
use serde_json::{Value, json};

use super::read;
use super::schema::Node;

/// The value for variables that have no value of their own.
pub const EXTRA: Chart = Chart::Made(&["extraEnv"]);

/// The variable that has no effect in a pod.
const NO_USE: &str = "NO_COLOR";

/// Variables of libraries that would undo what the chart sets by another name.
const OF_LIBRARIES: [&str; 1] = ["OTEL_EXPORTER_OTLP_TRACES_HEADERS"];

/// The value that leaves a variable unset.
pub const NOT_SET: [&str; 2] = ["", "auto"];

/// Every row of the worker's table.
pub fn rows() -> impl Iterator<Item = &'static dyn AnySetting> {
    GROUPS.iter().flat_map(|group| group.settings.iter().copied())
}

/// A value as the text of a variable.
pub fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// The rows whose text is one value of the chart.
fn values() -> impl Iterator<Item = (&'static dyn AnySetting, &'static str)> {
    rows().filter_map(|row| match row.chart() {
        Chart::Value(path) => Some((row, path)),
        _ => None,
    })
}

#[test]
fn every_setting_is_where_the_table_says() {
    let (root, env) = (Node::root(), read("templates/_env.tpl"));
    for row in rows() {
        let paths = match row.chart() {
            Chart::Value(path) => vec![path],
            Chart::Made(paths) => paths.to_vec(),
            Chart::Absent(reason) => {
                assert!(!reason.is_empty(), "{} is not in the chart, and the table does not say why", row.variable());
                Vec::new()
            }
        };
        for path in &paths {
            root.at(path);
        }
        let is_set = env.contains(&format!("- name: {}\n", row.variable()));
        assert_eq!(is_set, !paths.is_empty() && row.chart() != EXTRA, "{} in _env.tpl", row.variable());
    }
}

#[test]
fn extra_variables_do_not_set_what_a_value_sets() {
    let env = read("templates/_env.tpl");
    let (set, refused) =
        env.split_once("{{- define \"pricing-worker.variables\" -}}\n").expect("the list of variables");
    let refused: BTreeMap<_, _> = refused.lines().filter_map(|line| line.split_once(": ")).collect();
    let set = set.lines().filter_map(|line| line.strip_prefix("- name: ")).filter(|name| !name.starts_with("{{"));
    let rows: BTreeMap<_, _> = rows().map(|row| (row.variable(), row.chart())).collect();
    // What the chart sets, what stands for that by another name, and no other.
    let by_another_name = rows.iter().filter(|(name, chart)| matches!(chart, Chart::Absent(_)) && **name != NO_USE);
    let expected: BTreeSet<_> = set.chain(by_another_name.map(|(name, _)| *name)).chain(OF_LIBRARIES).collect();
    assert_eq!(refused.keys().copied().collect::<BTreeSet<_>>(), expected, "the variables that _env.tpl refuses");
    for (variable, path) in refused {
        // The value to use is the one of the table, or its group.
        let is_of_the_table =
            |paths: &[&str]| paths.iter().any(|of_row| format!("{of_row}.").starts_with(&format!("{path}.")));
        match rows.get(variable) {
            Some(Chart::Value(of_row)) => assert!(is_of_the_table(&[of_row]), "{variable}: {path}"),
            Some(Chart::Made(of_row)) => assert!(is_of_the_table(of_row), "{variable}: {path}"),
            _ if variable == "POD_NAME" => {}
            _ => {
                Node::root().at(path);
            }
        }
    }
}

#[test]
fn a_default_of_the_chart_is_the_workers_where_the_worker_has_one() {
    let root = Node::root();
    for (row, path) in values() {
        let default = text(root.at(path).default.as_ref().expect("a default"));
        match row.default_text() {
            Some(expected) => assert_eq!(default, expected, "{path}"),
            None => assert!(NOT_SET.contains(&default.as_str()) || row.kind().accepts(&default), "{path}: {default}"),
        }
    }
}

#[test]
fn numbers_and_words_have_the_bounds_of_the_worker() {
    let root = Node::root();
    let mut bounded = Vec::new();
    for (row, path) in values() {
        let node = root.at(path);
        match row.kind().bounds() {
            Bounds::Whole(least, most) => {
                assert_eq!(node.kind, Some(json!("integer")), "{path}");
                assert_eq!((&node.minimum, &node.maximum), (&Some(json!(least)), &Some(json!(most))), "{path}");
            }
            Bounds::Words(expected) => {
                let words = node.words.iter().flatten().map(text).filter(|word| !NOT_SET.contains(&word.as_str()));
                let (mut words, mut expected) = (words.collect::<Vec<_>>(), expected);
                words.sort_unstable();
                expected.sort_unstable();
                assert_eq!(words, expected, "{path}");
            }
            Bounds::Text => continue,
        }
        bounded.push(path);
    }
    assert_eq!(bounded, ["broker.topology", "s3.pathStyle", "concurrency", "topologyTriangles", "log.format"]);
}

#[test]
fn the_worker_takes_every_text_that_the_chart_takes() {
    let schema: Value = serde_json::from_str(&read("values.schema.json")).expect("JSON");
    let numbers = ["0", "1", "9", "10", "24", "25", "99", "100", "999", "1000", "1399", "1439", "1440", "1441", "1500"];
    let large = ["9999", "10000", "99999", "100000", "999999", "1000000"];
    let units = ["s", "m", "h", "d", "KiB", "MiB", "GiB", "TiB", "Mi", "MB", ""];
    let with_unit = numbers.iter().chain(&large).flat_map(|number| units.map(|unit| format!("{number}{unit}")));
    let urls = ["http://a", "https://a.b:1/c", "http://", "a:1", "http:///a", "https://a/"].map(str::to_owned);
    let words = ["json", "text", "declare", "verify", "true", "false", "info,pricing_worker=debug"].map(str::to_owned);
    let candidates: Vec<_> = with_unit.chain(urls).chain(words).collect();
    for (row, path) in values() {
        let part = &schema.pointer(&format!("/properties/{}", path.replace('.', "/properties/"))).expect("it is there");
        // As text, and as the number or boolean that it may be.
        let forms = |text: &str| [Some(json!(text)), serde_json::from_str(text).ok()].into_iter().flatten();
        let valid = |text: &&String| forms(text).any(|value| jsonschema::draft7::is_valid(part, &value));
        let taken: Vec<_> = candidates.iter().filter(valid).collect();
        assert!(!taken.is_empty(), "{path}: no candidate is a value of it");
        for text in taken {
            assert!(row.kind().accepts(text), "{path} may be {text:?}, which the worker refuses");
        }
    }
}
