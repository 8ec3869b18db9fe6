//! Tests of the alerts in the chart's `PrometheusRule`: those of helm/rules, each with a switch and a threshold.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::super::schema::Node;
use super::super::{folder, read};
use super::engine::{assert_valid, parse, try_render};
use super::items;
use crate::observability::promtool;

/// The mark of the number in an expression that a value sets.
const MARK: &str = " # threshold";

fn rules_file() -> Value {
    serde_saphyr::from_str(&read("rules/pricing-worker.yaml")).expect("YAML")
}

/// The `spec` of the rule that these alerts make, beside the manifests.
fn rendered(alerts: &Value) -> (Value, String) {
    let values = json!({ "prometheusRule": { "enabled": true, "alerts": alerts } });
    let text = try_render(&folder(), &values, &[]).expect("it renders");
    let rule = parse(&text).into_iter().find(|manifest| manifest["kind"] == "PrometheusRule").expect("it is there");
    (rule["spec"].clone(), text)
}

/// The expression of each alert.
fn expressions(rules: &Value) -> BTreeMap<String, String> {
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let rules = items(&rules["groups"]).flat_map(|group| items(&group["rules"]));
    rules.map(|rule| (text(&rule["alert"]), text(&rule["expr"]))).collect()
}

/// The marked numbers of an expression.
fn thresholds(expression: &str) -> Vec<f64> {
    let before = expression.split(MARK).collect::<Vec<_>>();
    let (_, before) = before.split_last().expect("a split has a part");
    let number = |text: &str| text.rsplit([' ', '(']).next().and_then(|number| number.parse().ok()).expect("a number");
    before.iter().map(|text| number(text)).collect()
}

#[test]
fn with_no_value_set_they_are_those_of_the_file() {
    let (spec, text) = rendered(&json!({}));
    assert_eq!(spec, rules_file());
    assert_valid(&text);
}

#[test]
fn each_alert_has_a_switch_and_the_threshold_of_the_file() {
    let root = Node::root();
    let expressions = expressions(&rules_file());
    let values: Vec<_> =
        root.at("prometheusRule.alerts").group().expect("a group").iter().map(|(name, _)| name).collect();
    assert!(
        values.iter().copied().eq(items(&rules_file()["groups"])
            .flat_map(|group| items(&group["rules"]))
            .map(|rule| { rule["alert"].as_str().expect("a name") })),
        "prometheusRule.alerts has {values:?}, in the order of helm/rules/pricing-worker.yaml"
    );
    for (alert, expression) in expressions {
        let threshold = &root.at(&format!("prometheusRule.alerts.{alert}.threshold")).default;
        let default = threshold.as_ref().and_then(Value::as_f64).expect("a number");
        let found = thresholds(&expression);
        assert!(!found.is_empty() && found.iter().all(|found| *found == default), "{alert}: {found:?}, {default}");
    }
}

#[test]
fn a_threshold_that_was_set_is_in_every_expression_and_prometheus_reads_it() {
    let alerts: Map<_, _> = expressions(&rules_file())
        .into_keys()
        .map(|alert| {
            let kind = &Node::root().at(&format!("prometheusRule.alerts.{alert}.threshold")).kind;
            let threshold = if *kind == Some("integer".into()) { json!(12_000_000) } else { json!(0.015) };
            (alert, json!({ "threshold": threshold }))
        })
        .collect();
    let alerts = Value::Object(alerts);
    let (spec, text) = rendered(&alerts);
    assert_valid(&text);
    for (alert, expression) in expressions(&spec) {
        let expected = alerts[&alert]["threshold"].as_f64().expect("a number");
        let found = thresholds(&expression);
        assert!(!found.is_empty() && found.iter().all(|found| *found == expected), "{alert}: {expression}");
    }
    let file = tempfile::Builder::new().suffix(".yaml").tempfile().expect("a file");
    std::fs::write(file.path(), spec.to_string()).expect("written");
    promtool(&["check", "rules", "--lint=all", "--lint-fatal"], &[file.path().to_owned()]).expect("promtool reads it");
}

#[test]
fn an_alert_that_is_off_is_not_there_and_a_group_without_alerts_neither() {
    let all = expressions(&rules_file());
    let off = |alerts: &[&String]| {
        let alerts = alerts.iter().map(|alert| ((*alert).clone(), json!({ "enabled": false })));
        rendered(&Value::Object(alerts.collect())).0
    };
    // Two of each group, and what is left; then all of one group.
    let mut names: Vec<_> = all.keys().collect();
    let (some, others) = names.split_at(names.len() / 2);
    for (off_alerts, left) in [(some, others), (others, some)] {
        assert!(expressions(&off(off_alerts)).keys().eq(left.iter().copied()), "{off_alerts:?} are off");
    }
    names.retain(|name| *name != "PricingRejections");
    let left = off(&names);
    assert_eq!(items(&left["groups"]).count(), 1, "{left}");
    assert!(off(&all.keys().collect::<Vec<_>>())["groups"] == json!([]));
}
